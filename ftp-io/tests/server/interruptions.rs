//! Transfers that do not run to their end, and peers that do not behave.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use ftp_io::server::{CloseReason, Event, TransferOutcome};
use ftp_proto::Timeouts;
use socket2::{Domain, Socket, Type};

use crate::client::{Client, PATIENCE, connect, read_all};
use crate::harness::{Running, content};
use crate::sessions::ended;

/// More than the buffers of both ends hold.
const LARGE: usize = 64 << 20;

#[test]
fn abor_ends_a_download_and_the_session_goes_on() {
    let server = large_file();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("RETR f", 150);
    client.say("ABOR", 426);
    client.expect(226);
    let mut rest = Vec::new();
    assert!(data.read_to_end(&mut rest).is_err(), "not an orderly end");
    assert!(rest.len() < LARGE);
    client.say("RNFR f", 350);
    assert_eq!(client.fetch("NLST"), b"f\r\n");
}

#[test]
fn abor_behind_a_synch_is_understood() {
    let server = large_file();
    let mut client = Client::logged_in(server.address());
    let _data = connect(client.epsv());
    client.say("RETR f", 150);
    // IAC IP, then IAC DM with DM urgent: the read of the server ends before it.
    ftp_io::net::send_urgent(client.socket(), b"\xff\xf4\xff\xf2").expect("sent");
    client.send("ABOR\r\n");
    client.expect(426);
    client.expect(226);
    // As Python's ftplib has it.
    let _data = connect(client.epsv());
    client.say("RETR f", 150);
    ftp_io::net::send_urgent(client.socket(), b"ABOR\r\n").expect("sent");
    client.expect(426);
    client.expect(226);
    client.say("NOOP", 200);
}

#[test]
fn an_urgent_byte_directly_behind_a_line_stops_nothing() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    for _ in 0..20 {
        client.send("NOOP\r\n");
        ftp_io::net::send_urgent(client.socket(), b"\xff\xf2").expect("sent");
        client.send("NOOP\r\n");
        client.expect(200);
        client.expect(200);
    }
}

#[test]
fn abor_keeps_what_an_upload_has_brought() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    data.write_all(&content(100_000)).expect("taken");
    // The server has nothing to tell of it but by the file's own size.
    server.await_event(|event| matches!(event, Event::TransferStarted { .. }).then_some(()));
    client.say("ABOR", 426);
    client.expect(226);
    let kept = fs::read(server.file("f")).unwrap_or_default();
    assert!(content(100_000).starts_with(&kept));
    client.say("NOOP", 200);
}

#[test]
fn commands_behind_a_transfer_wait_for_it() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.send("STOR f\r\nSIZE f\r\nQUIT\r\n");
    client.expect(150);
    data.write_all(b"content").expect("taken");
    drop(data);
    client.expect(226);
    assert!(client.expect(213).starts_with("213 7\r\n"));
    client.expect(221);
    client.expect_end();
    assert_eq!(fs::read(server.file("f")).expect("stored"), b"content");
}

#[test]
fn stat_is_answered_during_a_transfer() {
    let server = large_file();
    let mut client = Client::logged_in(server.address());
    let data = connect(client.epsv());
    client.say("RETR f", 150);
    client.say("STAT", 211);
    assert_eq!(read_all(data).len(), LARGE);
    client.expect(226);
}

#[test]
fn a_stranger_at_the_passive_port_is_dropped() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let at = client.epsv();
    let mut stranger = connect_from(Ipv4Addr::new(127, 0, 0, 3), at);
    client.send("RETR f\r\n");
    let mut nothing = Vec::new();
    // An end or a reset.
    let _ = stranger.read_to_end(&mut nothing);
    assert!(nothing.is_empty());
    let data = connect(at);
    client.expect(150);
    assert_eq!(read_all(data), b"content");
    client.expect(226);
}

#[test]
fn nobody_at_the_passive_port_is_a_425() {
    let mut timeouts = Timeouts::server();
    timeouts.data_open = Duration::from_millis(50);
    let server = Running::with(|builder| builder.timeouts(timeouts)).with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let at = client.epsv();
    client.say("RETR f", 425);
    assert!(TcpStream::connect(at).is_err(), "nobody listens any more");
    client.say("NOOP", 200);
}

#[test]
fn nobody_at_the_active_port_is_a_425() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    drop(client.eprt());
    client.say("RETR f", 425);
    client.say("NOOP", 200);
}

#[test]
fn a_missing_file_closes_the_passive_port() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let at = client.epsv();
    client.say("RETR f", 550);
    assert!(TcpStream::connect(at).is_err(), "nobody listens any more");
}

#[test]
fn a_download_that_stands_still_is_ended() {
    let mut timeouts = Timeouts::server();
    timeouts.stall = Duration::from_millis(100);
    let server = Running::with(|builder| builder.timeouts(timeouts)).with_file("f", b"");
    set_size(&server, LARGE);
    let mut client = Client::logged_in(server.address());
    let _data = connect(client.epsv());
    client.say("RETR f", 150);
    client.expect(426);
    let outcome = server.await_event(|event| match event {
        Event::TransferEnded { outcome, .. } => Some(*outcome),
        _ => None,
    });
    assert_eq!(outcome, TransferOutcome::Stalled);
    client.say("NOOP", 200);
}

#[test]
fn an_upload_whose_client_resets_is_no_whole_file() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    data.write_all(&content(10)).expect("taken");
    ftp_io::net::reset(&data);
    drop(data);
    client.expect(426);
    client.say("NOOP", 200);
}

#[test]
fn the_end_of_the_control_connection_ends_its_transfer() {
    let server = large_file();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("RETR f", 150);
    client.close_sending();
    let mut rest = Vec::new();
    assert!(data.read_to_end(&mut rest).is_err(), "not an orderly end");
    assert_eq!(server.await_event(ended), CloseReason::ClientClosed);
}

#[test]
fn commands_before_the_end_are_answered() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    client.send("PWD\r\nNOOP\r\n");
    client.close_sending();
    client.expect(257);
    client.expect(200);
    client.expect_end();
}

#[test]
fn a_client_that_never_reads_meets_a_deadline() {
    let mut timeouts = Timeouts::server();
    timeouts.send = Duration::from_millis(200);
    let server = Running::with(|builder| builder.timeouts(timeouts));
    let mut client = Client::logged_in(server.address());
    let commands = b"FEAT\r\n".repeat(1_000);
    // Its own commands stay where they are when the server takes no more, until it is cut off.
    while client.send_anyway(&commands).is_ok() {}
    assert_eq!(server.await_event(ended), CloseReason::SendTimedOut);
}

#[test]
fn a_thousand_commands_at_once_get_a_thousand_replies() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    client.send(&"PWD\r\n".repeat(1_000));
    for _ in 0..1_000 {
        client.expect(257);
    }
}

#[test]
fn garbage_is_answered_or_cut_off() {
    let server = Running::new();
    for byte in [0, b'\r', b'\n', b' ', 0x7f, 0x80, 0xff] {
        let mut client = Client::greeted(server.address());
        let _ = client.send_anyway(&[byte; 3000]);
        client.close_sending();
        let mut replies = Vec::new();
        // Orderly or not.
        let _ = client.socket().read_to_end(&mut replies);
    }
    Client::logged_in(server.address());
}

fn large_file() -> Running {
    let server = Running::new().with_file("f", b"");
    set_size(&server, LARGE);
    server
}

fn set_size(server: &Running, size: usize) {
    fs::File::options()
        .write(true)
        .open(server.file("f"))
        .and_then(|file| file.set_len(size as u64))
        .expect("a file with holes");
}

fn connect_from(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket
        .bind(&SocketAddr::from((from, 0)).into())
        .expect("all of 127/8 is here");
    socket.connect(&to.into()).expect("somebody listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream
}
