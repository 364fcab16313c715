//! Commands as clients send them, and worse: each gets its own reply, and none does what it must
//! not.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use ftp_proto::Timeouts;

use crate::client::{Client, connect, read_all};
use crate::harness::{Running, content};

#[test]
fn a_line_over_the_cap_is_answered_once_and_its_tail_never_runs() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    // Wherever the line is cut, a command stands behind the cut.
    for length in 8_180..8_200 {
        client.send(&format!("{}DELE f\r\n", "x".repeat(length)));
        client.expect(500);
    }
    client.send(&format!("{}\r\nNOOP\r\n", "DELE f ".repeat(100_000)));
    client.expect(500);
    client.expect(200);
    assert!(client.say("SIZE f", 213).starts_with("213 7\r\n"));
}

#[test]
fn an_endless_line_before_a_login_is_answered_once() {
    let server = Running::new();
    let mut client = Client::greeted(server.address());
    client.send("USER ");
    for _ in 0..64 {
        client.send(&"x".repeat(1 << 16));
    }
    client.send("\r\nNOOP\r\n");
    client.expect(500);
    client.expect(200);
}

#[test]
fn telnet_sequences_are_passed_over_however_they_are_cut() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    client.socket().set_nodelay(true).expect("a socket");
    for sequence in [
        &b"\xff\xf4\xff\xf2ABOR\r\n"[..],
        b"\xff\xfb\x01\xff\xfd\x03ABOR\r\n",
        b"AB\xff\xf1OR\r\n",
    ] {
        for cut in 0..=sequence.len() {
            let (one, other) = sequence.split_at(cut);
            client.socket().write_all(one).expect("taken");
            client.socket().write_all(other).expect("taken");
            client.expect(225);
        }
    }
}

#[test]
fn names_are_bytes() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    // The byte 255 is IAC, and doubled; the space at the end belongs to the name.
    let names: [(&[u8], &[u8]); 4] = [
        (b"\xed\x95\x9c", b"\xed\x95\x9c"),
        (b"a b ", b"a b "),
        (b"\xff\xff\xe9", b"\xff\xe9"),
        (b" ;=\"\\*", b" ;=\"\\*"),
    ];
    for (sent, name) in names {
        let command = |verb: &[u8]| [verb, b" ", sent, b"\r\n"].concat();
        let mut data = connect(client.epsv());
        client.socket().write_all(&command(b"STOR")).expect("taken");
        client.expect_code(150);
        data.write_all(b"content").expect("taken");
        drop(data);
        client.expect_code(226);
        let here = server.directory.path().join(OsStr::from_bytes(name));
        assert_eq!(fs::read(here).expect("by its own name"), b"content");

        let data = connect(client.epsv());
        client.socket().write_all(&command(b"RETR")).expect("taken");
        client.expect_code(150);
        assert_eq!(read_all(data), b"content");
        client.expect_code(226);
        client.socket().write_all(&command(b"DELE")).expect("taken");
        client.expect_code(250);
    }
}

#[test]
fn replies_leave_in_the_order_of_the_commands() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.send("SIZE f\r\nPWD\r\nXYZZY\r\nSYST\r\nQUIT\r\nNOOP\r\n");
    for code in [213, 257, 500, 215, 221] {
        client.expect(code);
    }
    client.expect_end();
}

#[test]
fn a_wrong_argument_is_answered_and_the_session_goes_on() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    for (command, code) in [
        ("NOOP x", 501),
        ("OPTS utf8 on", 200),
        ("OPTS no such", 501),
        ("MODE Q", 504),
        ("TYPE Q", 504),
        ("STRU Q", 504),
        ("REST abc", 501),
        ("REST -1", 501),
        ("REST +1", 501),
        ("REST 18446744073709551616", 501),
        ("CWD", 501),
        ("RETR", 501),
        ("RETR a\0b", 501),
        ("CWD a\rb", 501),
        ("PORT 1,2,3", 501),
        ("PORT 127,0,0,1,256,1", 501),
        ("EPRT |3|x|1|", 522),
        ("EPSV 2", 522),
        ("MFMT yesterday f", 501),
        ("", 500),
        ("12345", 500),
        ("XYZZY", 500),
        ("SMNT x", 502),
        ("NOOP", 200),
    ] {
        client.say(command, code);
    }
}

#[test]
fn keywords_ignore_case() {
    let server = Running::new();
    let mut client = Client::greeted(server.address());
    for (command, code) in [
        ("uSeR ada", 331),
        ("pass secret", 230),
        ("type i", 200),
        ("Type L 8", 200),
        ("mode s", 200),
        ("epsv all", 200),
        ("opts utf8 ON", 200),
        ("quit", 221),
    ] {
        client.say(command, code);
    }
}

#[test]
fn rest_holds_until_the_next_transfer_whatever_becomes_of_it() {
    let server = Running::new().with_file("f", b"0123456789");
    let mut client = Client::logged_in(server.address());
    client.say("REST 3", 350);
    client.say("TYPE I", 200);
    client.pasv();
    drop(client.port());
    assert_eq!(client.fetch("RETR f"), b"3456789");
    assert_eq!(client.fetch("RETR f"), b"0123456789");
    client.say("REST 3", 350);
    client.epsv();
    client.say("RETR nowhere", 550);
    assert_eq!(client.fetch("RETR f"), b"0123456789");
    client.say("REST 11", 350);
    client.epsv();
    client.say("RETR f", 550);
    assert_eq!(client.fetch("RETR f"), b"0123456789");
}

#[test]
fn a_name_is_not_told_to_be_known() {
    let mut timeouts = Timeouts::server();
    timeouts.refused_login = Duration::from_millis(1);
    let server = Running::with(|builder| builder.timeouts(timeouts));
    let mut replies = Vec::new();
    for user in ["ada", "nobody"] {
        let mut client = Client::greeted(server.address());
        replies.push((
            client.say(&format!("USER {user}"), 331),
            client.say("PASS wrong", 530),
        ));
    }
    assert_eq!(replies[0], replies[1]);
}

#[test]
fn each_refused_login_is_told_later() {
    let mut timeouts = Timeouts::server();
    timeouts.refused_login = Duration::from_millis(50);
    let server = Running::with(|builder| builder.timeouts(timeouts));
    let mut client = Client::greeted(server.address());
    for (times, code) in [(1, 530), (2, 530)] {
        client.say("USER ada", 331);
        let begun = Instant::now();
        client.say("PASS wrong", code);
        assert!(begun.elapsed() >= times * timeouts.refused_login);
    }
    client.say("USER ada", 331);
    client.say("PASS wrong", 421);
    client.expect_end();
}

#[test]
fn user_in_a_session_begins_a_new_login() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    client.say("USER eve", 331);
    client.say("PWD", 530);
    client.say("USER eve", 331);
    client.say("PASS secret", 230);
    client.say("MKD d", 550);
}

#[test]
fn user_during_a_transfer_waits_for_it() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    client.send("USER eve\r\n");
    data.write_all(&content(100_000)).expect("taken");
    drop(data);
    client.expect(226);
    client.expect(331);
    assert!(fs::read(server.file("f")).expect("stored") == content(100_000));
}

#[test]
fn before_a_login_only_what_needs_none_is_carried_out() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::greeted(server.address());
    for command in [
        "CWD /",
        "CDUP",
        "PWD",
        "PORT 127,0,0,1,16,0",
        "PASV",
        "EPSV",
        "EPRT |1|127.0.0.1|4096|",
        "TYPE I",
        "RETR f",
        "STOR f",
        "STOU",
        "APPE f",
        "RNFR f",
        "RNTO g",
        "ABOR",
        "DELE f",
        "RMD f",
        "MKD d",
        "LIST",
        "NLST",
        "MLSD",
        "MLST",
        "SITE HELP",
        "SITE CHMOD 777 f",
        "STAT",
        "STAT f",
        "SIZE f",
        "MDTM f",
        "MFMT 20260102030405 f",
        "REST 1",
    ] {
        client.say(command, 530);
    }
    client.say("NOOP", 200);
    assert_eq!(fs::read(server.file("f")).expect("there"), b"content");
}

#[test]
fn a_reply_holds_nothing_that_ends_it_early() {
    let server = Running::with(|builder| builder.banner("Welcome.\n220 is no end.\nBe kind."));
    let mut client = Client::connected(server.address());
    let banner = client.expect(220);
    assert_eq!(
        banner,
        "220-Welcome.\r\n 220 is no end.\r\n220 Be kind.\r\n"
    );
    client.say("USER ada", 331);
    client.say("PASS secret", 230);
    assert!(client.say("MKD a\"b", 257).starts_with("257 \"/a\"\"b\" "));
    client.say("CWD a\"b", 250);
    assert!(client.say("PWD", 257).starts_with("257 \"/a\"\"b\" "));
    // Not from what was said, but from the disk.
    client.say("CDUP", 250);
    fs::write(server.file("d\r\n200 x"), b"").expect("a name for a disk");
    client.say("STAT .", 213);
    for command in ["LIST", "NLST", "MLSD"] {
        let list = client.fetch(command);
        assert!(!list.windows(5).any(|five| five == b"\n200 "), "{command}");
    }
    client.say("NOOP", 200);
}

#[test]
fn nothing_leads_out_of_the_root() {
    let server = Running::new().with_file("f", b"content");
    std::os::unix::fs::symlink("..", server.file("up")).expect("new");
    let mut client = Client::logged_in(server.address());
    for command in [
        "CWD up",
        "CWD /../../up/",
        "SIZE up/f",
        "STOR up/g",
        "DELE up/../up/f",
        "MKD up/d",
        "RNFR up/f",
    ] {
        if command.starts_with("STOR") {
            client.epsv();
        }
        client.say(command, 550);
    }
    // Both ends of a renaming.
    client.say("RNFR f", 350);
    client.say("RNTO up/f", 550);
    // What climbs above the root stays in it; a backslash is a byte of a name.
    assert!(client.say("SIZE ../.././/f", 213).starts_with("213 7\r\n"));
    client.give("STOR ..\\g", b"new");
    assert_eq!(fs::read(server.file("..\\g")).expect("there"), b"new");
    client.say("CDUP", 250);
    assert!(client.say("PWD", 257).starts_with("257 \"/\" "));
}

#[test]
fn flags_of_list_are_no_path_and_patterns_are_names() {
    let server = Running::new();
    fs::create_dir(server.file("a b")).expect("new");
    fs::create_dir(server.file("a b/c")).expect("new");
    fs::write(server.file("a b/c/deep"), b"").expect("new");
    let mut client = Client::logged_in(server.address());
    let names = |list: Vec<u8>| String::from_utf8(list).expect("text");
    for command in ["LIST a b", "LIST -la a b", "LIST -R a b"] {
        let list = names(client.fetch(command));
        assert!(list.ends_with(" c\r\n"), "{command}: {list}");
        assert!(!list.contains("deep"), "{command}: {list}");
    }
    for command in ["LIST *", "LIST a*", "NLST ?"] {
        client.epsv();
        client.say(command, 550);
    }
}
