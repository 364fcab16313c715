//! Whole transfers, both ways and in both modes.

use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;

use ftp_io::net::PortRange;
use ftp_io::server::{Permissions, Server, User, Users};
use ftp_io::storage::{Durability, LocalDirectory};

use crate::client::{Client, accept, connect, read_all};
use crate::harness::{Running, content, own_address};

#[test]
fn a_passive_download_brings_the_file() {
    for size in [0, 1, 16 << 10, (16 << 10) + 1, 5 << 20] {
        let server = Running::new().with_file("f", &content(size));
        let mut client = Client::logged_in(server.address());
        assert!(client.fetch("RETR f") == content(size), "{size} bytes");
        client.say("QUIT", 221);
        client.expect_end();
    }
}

#[test]
fn pasv_tells_an_address_that_works() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let at = client.pasv();
    client.send("RETR f\r\n");
    let data = connect(at);
    client.expect(150);
    assert_eq!(read_all(data), b"content");
    client.expect(226);
}

#[test]
fn the_server_connects_where_port_and_eprt_say() {
    let server = Running::new().with_file("f", &content(3 << 20));
    let mut client = Client::logged_in(server.address());
    for say in [Client::port, Client::eprt] {
        let listener = say(&mut client);
        client.send("RETR f\r\n");
        let data = accept(&listener);
        client.expect(150);
        assert!(read_all(data) == content(3 << 20));
        client.expect(226);
    }
}

#[test]
fn an_upload_is_there_when_it_is_told_so() {
    for size in [0, 1, 70_000, 5 << 20] {
        let server = Running::new();
        let mut client = Client::logged_in(server.address());
        client.give("STOR f", &content(size));
        assert!(fs::read(server.file("f")).expect("stored") == content(size));
    }
}

#[test]
fn an_upload_that_waits_for_the_disk_is_there_when_it_is_told_so() {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = LocalDirectory::open(directory.path()).expect("the directory");
    let storage = storage.with_durability(Durability::Disk);
    let builder = Server::builder(Arc::new(storage))
        .users(Users::new().with(User::new("ada", "secret", Permissions::READ_WRITE)))
        .listen_on((Ipv4Addr::LOCALHOST, 0).into());
    let server = Running::of(builder, directory);
    let mut client = Client::logged_in(server.address());
    let sent = content(100_000);
    client.give("STOR f", &sent);
    assert_eq!(fs::read(server.file("f")).expect("there"), sent);
    client.give("APPE f", b"more");
    assert!(client.say("SIZE f", 213).starts_with("213 100004\r\n"));
}

#[test]
fn of_two_uploads_of_one_file_the_last_to_end_wins_whole() {
    let server = Running::new().with_file("f", b"old");
    let mut first = Client::logged_in(server.address());
    let mut second = Client::logged_in(server.address());
    let begin = |client: &mut Client| {
        let data = connect(client.epsv());
        client.say("STOR f", 150);
        data
    };
    let (mut one, mut other) = (begin(&mut first), begin(&mut second));
    let (longer, shorter) = (content(300_000), vec![b'x'; 1_000]);
    one.write_all(&longer[..200_000]).expect("taken");
    other.write_all(&shorter).expect("taken");
    drop(other);
    second.expect(226);
    assert_eq!(second.fetch("RETR f"), shorter);
    assert_eq!(second.fetch("NLST"), b"f\r\n", "and no temporary name");
    one.write_all(&longer[200_000..]).expect("taken");
    drop(one);
    first.expect(226);
    assert_eq!(second.fetch("RETR f"), longer);
}

#[test]
fn an_upload_cut_short_is_found_and_gone_on_with() {
    let server = Running::new();
    let whole = content(100_000);
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    data.write_all(&whole[..60_000]).expect("taken");
    server.await_stored(60_000);
    client.send("ABOR\r\n");
    client.expect(426);
    client.expect(226);
    drop(data);
    assert!(client.say("SIZE f", 213).starts_with("213 60000\r\n"));
    client.say("REST 60000", 350);
    client.give("STOR f", &whole[60_000..]);
    assert_eq!(client.fetch("RETR f"), whole);
}

#[test]
fn a_transfer_goes_on_where_rest_says() {
    let server = Running::new().with_file("f", b"0123456789");
    let mut client = Client::logged_in(server.address());
    client.say("REST 4", 350);
    assert_eq!(client.fetch("RETR f"), b"456789");
    client.say("REST 8", 350);
    client.give("STOR f", b"abc");
    client.give("APPE f", b"!");
    assert_eq!(fs::read(server.file("f")).expect("there"), b"01234567abc!");
}

#[test]
fn stou_tells_the_name_that_it_made() {
    let server = Running::new().with_file("f", b"old");
    let mut client = Client::logged_in(server.address());
    let told = client.give("STOU f", b"new");
    let name = told.trim().rsplit(' ').next().expect("a name");
    assert_ne!(name, "f");
    assert_eq!(fs::read(server.file(name)).expect("there"), b"new");
    assert_eq!(fs::read(server.file("f")).expect("there"), b"old");
}

#[test]
fn lists_tell_what_is_there() {
    let server = Running::new().with_file("a b.txt", b"12345");
    fs::create_dir(server.file("d")).expect("writable");
    let mut client = Client::logged_in(server.address());
    let list = String::from_utf8(client.fetch("LIST -la")).expect("text");
    let mut lines: Vec<_> = list.split_terminator("\r\n").collect();
    lines.sort_by_key(|line| line.len());
    assert!(
        lines[0].starts_with('d') && lines[0].ends_with(" d"),
        "{list}"
    );
    assert!(
        lines[1].starts_with("-rw") && lines[1].ends_with(" a b.txt"),
        "{list}"
    );
    assert_eq!(lines.len(), 2, "{list}");
    let facts = String::from_utf8(client.fetch("MLSD")).expect("text");
    assert!(
        facts.contains("size=5;") || facts.contains("Size=5;"),
        "{facts}"
    );
    let names = String::from_utf8(client.fetch("NLST")).expect("text");
    let mut names: Vec<_> = names.split_terminator("\r\n").collect();
    names.sort_unstable();
    assert_eq!(names, ["a b.txt", "d"]);
}

#[test]
fn a_large_directory_is_listed_whole() {
    let server = Running::new();
    fs::create_dir(server.file("d")).expect("writable");
    for number in 0..3_000 {
        fs::File::create(server.file(&format!("d/file-{number}"))).expect("writable");
    }
    let mut client = Client::logged_in(server.address());
    for command in ["LIST d", "MLSD d", "NLST d"] {
        let list = client.fetch(command);
        assert_eq!(
            list.iter().filter(|&&byte| byte == b'\n').count(),
            3_000,
            "{command}"
        );
    }
}

#[test]
fn type_a_changes_line_ends_both_ways() {
    let server = Running::new().with_file("f", b"one\ntwo\n");
    let mut client = Client::logged_in(server.address());
    client.say("TYPE A", 200);
    assert_eq!(client.fetch("RETR f"), b"one\r\ntwo\r\n");
    client.give("STOR g", b"three\r\nfour\r\n");
    assert_eq!(fs::read(server.file("g")).expect("there"), b"three\nfour\n");
}

#[test]
fn a_range_of_two_ports_serves_any_number_of_transfers() {
    let here = own_address(1);
    let range = PortRange::new(50_000, 50_001).expect("a range");
    let server = Running::at(&[(here, 0).into()], |builder| builder.passive_ports(range))
        .with_file("f", b"content");
    let mut first = Client::logged_in(server.address());
    let mut second = Client::logged_in(server.address());
    for _ in 0..10 {
        let (one, other) = (first.epsv(), second.epsv());
        assert_ne!(one, other);
        assert!(range.contains(one.port()) && range.contains(other.port()));
        let mut third = Client::logged_in(server.address());
        third.say("EPSV", 425);
        for (client, at) in [(&mut first, one), (&mut second, other)] {
            let data = connect(at);
            client.say("RETR f", 150);
            assert_eq!(read_all(data), b"content");
            client.expect(226);
        }
    }
}

#[test]
fn one_session_serves_many_transfers() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    for _ in 0..300 {
        assert_eq!(client.fetch("RETR f"), b"content");
    }
}

#[test]
fn sessions_on_several_threads_do_not_disturb_each_other() {
    let server = Running::on_two_threads();
    std::thread::scope(|scope| {
        for number in 0..8_u8 {
            let server = &server;
            scope.spawn(move || {
                let mut client = Client::logged_in(server.address());
                let name = format!("f{number}");
                for size in [0, 1_000, 1 << 20] {
                    let content = vec![number; size];
                    client.give(&format!("STOR {name}"), &content);
                    assert!(client.fetch(&format!("RETR {name}")) == content);
                }
                client.say("QUIT", 221);
            });
        }
    });
}
