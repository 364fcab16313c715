//! What RFC 959 does not have: ranges, facts, checksums, and commands of SITE.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use ftp_io::server::{Permissions, SiteCommand, Text};
use ftp_io::storage::Op;

use crate::client::{Client, accept, connect, read_all};
use crate::harness::{Running, content};

#[cfg(feature = "hash")]
#[test]
fn checksums_are_those_of_the_file() {
    let server = Running::new()
        .with_file("f", b"123456789")
        .with_file("e", b"");
    let mut client = Client::logged_in(server.address());
    assert_eq!(client.say("XCRC f", 250), "250 cbf43926\r\n");
    assert_eq!(
        client.say("XMD5 \"f\" 0 9", 250),
        "250 25f9e794323b453885f5181f1b624d0b\r\n"
    );
    assert_eq!(
        client.say("MD5 f", 251),
        "251 /f 25f9e794323b453885f5181f1b624d0b\r\n"
    );
    assert_eq!(
        client.say("XSHA1 f", 250),
        "250 f7c3bc1d808e04732adf679965ccc34ca7ae3441\r\n"
    );
    assert_eq!(
        client.say("HASH f", 213),
        "213 SHA-256 0-8 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225 /f\r\n"
    );
    client.say("OPTS HASH CRC32", 200);
    client.say("RANG 2 3", 350);
    // The same as of a file that holds "34".
    let server = server.with_file("part", b"34");
    let part = client.say("XCRC part", 250);
    let sum = part
        .trim()
        .rsplit(' ')
        .next()
        .expect("a checksum")
        .to_owned();
    assert_eq!(
        client.say("HASH f", 213),
        format!("213 CRC32 2-3 {sum} /f\r\n")
    );
    assert_eq!(client.say("HASH e", 213), "213 CRC32 0-0 00000000 /e\r\n");
    client.say("HASH nothing", 550);
    client.say("HASH /", 553);
    drop(server);
}

#[cfg(feature = "hash")]
#[test]
fn checksums_can_be_limited_and_switched_off() {
    use ftp_io::server::{ChecksumLimits, Checksums};
    use ftp_proto::codec::hash::{HashAlgorithm, HashAlgorithms};

    let limits = ChecksumLimits {
        largest: Some(9),
        ..ChecksumLimits::default()
    };
    let only = Checksums::new(HashAlgorithms::NONE.with(HashAlgorithm::Sha512));
    let server = Running::with(|builder| builder.checksums(only, limits))
        .with_file("f", b"123456789")
        .with_file("g", b"1234567890");
    let mut client = Client::logged_in(server.address());
    client.say("HASH f", 213);
    client.say("HASH g", 556);
    client.say("XCRC f", 502);

    let server = Running::with(|builder| builder.checksums(Checksums::NONE, limits));
    let mut client = Client::logged_in(server.address());
    client.say("HASH f", 502);
    assert!(!client.say("FEAT", 211).contains("HASH"));
}

#[cfg(feature = "hash")]
#[test]
fn abor_takes_back_the_checksum_of_a_large_file() {
    let server = Running::new();
    let file = fs::File::create(server.file("large")).expect("a file");
    // Of no block on the disk, and more than any machine reads in the time that this test has.
    file.set_len(1 << 42).expect("a sparse file");
    let mut client = Client::logged_in(server.address());
    client.send("XSHA512 large\r\n");
    client.send("ABOR\r\n");
    client.expect(426);
    client.expect(226);
    // And so does going away.
    client.send("XSHA512 large\r\n");
    drop(client);
    let mut client = Client::logged_in(server.address());
    client.give("STOR f", b"123456789");
    assert_eq!(client.say("XCRC f", 250), "250 cbf43926\r\n");
}

#[test]
fn a_range_is_retrieved() {
    let server = Running::new().with_file("f", b"0123456789");
    let mut client = Client::logged_in(server.address());
    client.say("RANG 3 6", 350);
    assert_eq!(client.fetch("RETR f"), b"3456");
    assert_eq!(client.fetch("RETR f"), b"0123456789");
    client.say("RANG 8 100", 350);
    assert_eq!(client.fetch("RETR f"), b"89");
    client.say("RANG 20 30", 350);
    assert_eq!(client.fetch("RETR f"), b"");
}

#[test]
fn a_range_is_stored_and_nothing_outside_it_is_touched() {
    let server = Running::new().with_file("f", b"0123456789");
    let mut client = Client::logged_in(server.address());
    client.say("RANG 3 6", 350);
    client.give("STOR f", b"abcd");
    assert_eq!(fs::read(server.file("f")).expect("a file"), b"012abcd789");
    // More than the range has: nothing behind it is written, and the transfer has failed.
    client.say("RANG 3 6", 350);
    let data = connect(client.epsv());
    client.say("STOR f", 150);
    std::io::Write::write_all(&mut &data, b"ABCDE").expect("taken");
    drop(data);
    client.expect(451);
    assert_eq!(fs::read(server.file("f")).expect("a file"), b"012ABCD789");
}

#[test]
fn mff_and_site_set_facts() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("MFF modify=20200102030405;UNIX.mode=0640; f", 213);
    let metadata = fs::metadata(server.file("f")).expect("a file");
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o640);
    assert_eq!(metadata.mtime(), 1_577_934_245);
    client.say("SITE CHMOD 600 f", 200);
    client.say("SITE UTIME 202001020304 f", 200);
    let metadata = fs::metadata(server.file("f")).expect("a file");
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o600);
    assert_eq!(metadata.mtime(), 1_577_934_240);
    assert_eq!(metadata.atime(), 1_577_934_240);
    // No file system sets it.
    client.say("MFCT 20200102030405 f", 502);
    client.say("MFF Create=20200102030405; f", 504);
}

#[test]
fn site_umask_is_for_what_the_session_makes() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    client.say("SITE UMASK 077", 200);
    client.give("STOR f", b"content");
    client.say("MKD d", 257);
    let mode = |name| {
        let metadata = fs::metadata(server.file(name)).expect("it is there");
        metadata.permissions().mode() & 0o077
    };
    assert_eq!((mode("f"), mode("d")), (0, 0));
    let mut other = Client::logged_in(server.address());
    other.give("STOR g", b"content");
    assert_ne!(mode("g"), 0);
}

#[test]
fn site_symlink_stays_beneath_the_root() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("MKD d", 257);
    client.say("SITE SYMLINK /f d/link", 200);
    assert_eq!(
        fs::read_link(server.file("d/link")).expect("a link"),
        std::path::Path::new("../f")
    );
    assert_eq!(client.fetch("RETR d/link"), b"content");
    client.say("SITE SYMLINK ../../../etc/passwd out", 200);
    client.say("SIZE out", 550);
    client.say("SITE SYMLINK /f d/link", 550);
}

#[test]
fn comb_puts_parts_together() {
    let server = Running::new()
        .with_file("p1", b"one ")
        .with_file("p2", b"two ")
        .with_file("p3", b"three");
    let mut client = Client::logged_in(server.address());
    client.say("COMB whole p1 missing", 550);
    client.say("SIZE whole", 550);
    client.say("COMB \"whole\" \"p1\" \"p2\"", 250);
    client.say("COMB whole p3", 250);
    assert_eq!(
        fs::read(server.file("whole")).expect("a file"),
        b"one two three"
    );
    for part in ["p1", "p2", "p3"] {
        assert!(!server.file(part).exists(), "{part}");
    }
}

#[test]
fn avbl_tells_the_room_that_there_is() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let reply = client.say("AVBL", 213);
    let bytes: u64 = reply.trim()[4..].parse().expect("a number");
    assert!(bytes > 0);
    client.say("AVBL nowhere", 550);
}

#[test]
fn long_addresses_open_data_connections() {
    let server = Running::new().with_file("f", &content(10_000));
    let mut client = Client::logged_in(server.address());
    let reply = client.say("LPSV", 228);
    let inside = reply.split(['(', ')']).nth(1).expect("an address");
    let numbers: Vec<u8> = inside
        .split(',')
        .map(|n| n.parse().expect("a number"))
        .collect();
    assert_eq!(numbers[..2], [4, 4]);
    let port = u16::from_be_bytes([numbers[7], numbers[8]]);
    let data = connect((std::net::Ipv4Addr::LOCALHOST, port).into());
    client.say("RETR f", 150);
    assert_eq!(read_all(data), content(10_000));
    client.expect(226);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let [high, low] = listener.local_addr().expect("bound").port().to_be_bytes();
    client.say(&format!("LPRT 4,4,127,0,0,1,2,{high},{low}"), 200);
    client.send("RETR f\r\n");
    let data = accept(&listener);
    client.expect(150);
    assert_eq!(read_all(data), content(10_000));
    client.expect(226);
}

#[test]
fn opts_mlst_chooses_what_listings_tell() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("OPTS MLST size;", 200);
    assert_eq!(client.fetch("MLSD"), b"size=7; f\r\n");
    client.say("OPTS MLST", 200);
    assert_eq!(client.fetch("MLSD"), b" f\r\n");
}

#[test]
fn a_site_command_of_the_application_is_carried_out() {
    let command = SiteCommand::new(
        "WHO".try_into().expect("a verb"),
        Permissions::READ,
        "WHO [word]",
    );
    let server = Running::with(|builder| {
        builder.site_command(command, |call| {
            let user = String::from_utf8_lossy(&call.user).into_owned();
            let word = call
                .argument
                .map_or("nothing".into(), |word| word.to_string());
            Op::Ready(Ok(Text::from(format!("{user}\n{word}"))))
        })
    });
    let mut client = Client::greeted(server.address());
    client.say("SITE WHO", 530);
    let mut client = Client::logged_in(server.address());
    assert_eq!(client.say("SITE WHO am I", 200), "200-ada\r\n200 am I\r\n");
    assert!(client.say("SITE HELP", 214).contains(" WHO\r\n"));
}

#[test]
fn host_names_a_host_before_user() {
    let server =
        Running::with(|builder| builder.host("ftp.example.com".try_into().expect("a host")));
    let mut client = Client::greeted(server.address());
    client.say("HOST ftp.example.net", 504);
    client.say("HOST ftp.example.com", 220);
    client.say("USER ada", 331);
    client.say("PASS secret", 230);
    client.say("HOST ftp.example.com", 503);
}
