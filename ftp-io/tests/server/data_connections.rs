//! Who may be connected to, who may connect, and when.

use std::io::{ErrorKind, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use ftp_io::server::{CloseReason, DataPort};
use ftp_proto::Timeouts;

use crate::client::{Client, accept, connect, read_all};
use crate::harness::{Running, own_address};
use crate::sessions::ended;

/// Nobody has connected, and whoever might have would have done so before the reply just read.
fn nobody(listener: &TcpListener) {
    listener.set_nonblocking(true).expect("a socket");
    let came = listener.accept().map(|(_, from)| from);
    assert_eq!(came.expect_err("nobody").kind(), ErrorKind::WouldBlock);
    listener.set_nonblocking(false).expect("a socket");
}

#[test]
fn only_the_clients_own_address_and_an_unprivileged_port_are_taken() {
    let elsewhere = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 6), 0)).expect("a free port");
    let at = elsewhere.local_addr().expect("bound");
    let [high, low] = at.port().to_be_bytes();
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let mut replies = Vec::new();
    for command in [
        format!("PORT 127,0,0,6,{high},{low}"),
        format!("EPRT |1|127.0.0.6|{}|", at.port()),
        "PORT 203,0,113,5,16,0".into(),
        "PORT 127,0,0,1,0,25".into(),
        "PORT 127,0,0,1,3,255".into(),
        "EPRT |1|127.0.0.1|1023|".into(),
        "EPRT |2|2001:db8::7|4096|".into(),
    ] {
        replies.push(client.say(&command, 501));
    }
    replies.dedup();
    assert_eq!(replies.len(), 1, "one wording: {replies:?}");
    client.say("RETR f", 425);
    nobody(&elsewhere);
}

#[test]
fn the_server_connects_at_the_transfer_and_not_before() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let listener = client.port();
    client.say("PWD", 257);
    nobody(&listener);
    client.say("RETR nowhere", 550);
    nobody(&listener);
    let listener = client.eprt();
    client.send("RETR f\r\n");
    let data = accept(&listener);
    client.expect(150);
    assert_eq!(read_all(data), b"content");
    client.expect(226);
}

#[test]
fn a_listener_ends_with_what_takes_its_place() {
    let here = own_address(3);
    let server = Running::at(&[(here, 0).into()], |builder| builder.kept_listeners(0))
        .with_file("f", b"content");
    let replacements: [fn(&mut Client); 6] = [
        |client| _ = client.pasv(),
        |client| _ = client.epsv(),
        |client| drop(client.port()),
        |client| drop(client.say("ABOR", 225)),
        |client| drop(client.say("USER eve", 331)),
        |client| drop(client.say("REIN", 220)),
    ];
    for replace in replacements {
        for listen in [Client::pasv, Client::epsv] {
            let mut client = Client::logged_in(server.address());
            let at = listen(&mut client);
            replace(&mut client);
            // Answered behind everything that the replacement did.
            client.say("NOOP", 200);
            let late = TcpStream::connect(at).expect_err("nobody listens any more");
            assert_eq!(late.kind(), ErrorKind::ConnectionRefused);
        }
    }
}

#[test]
fn behind_epsv_all_there_is_epsv_alone() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("EPSV ALL", 200);
    client.say("PORT 127,0,0,1,16,0", 501);
    client.say("EPRT |1|127.0.0.1|4096|", 501);
    client.say("PASV", 501);
    assert_eq!(client.fetch("RETR f"), b"content");
}

#[test]
fn active_data_comes_from_the_port_below_the_control_port() {
    let here = own_address(4);
    let server = Running::at(&[(here, 0).into()], |builder| {
        builder.data_port(DataPort::Standard)
    })
    .with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let listener = client.port();
    client.send("RETR f\r\n");
    let data = accept(&listener);
    let from = SocketAddr::from((here, server.address().port() - 1));
    assert_eq!(data.peer_addr().expect("connected"), from);
    client.expect(150);
    assert_eq!(read_all(data), b"content");
    client.expect(226);
}

#[test]
fn idle_time_does_not_run_during_a_transfer() {
    let mut timeouts = Timeouts::server();
    timeouts.idle = Duration::from_secs(1);
    let server = Running::with(|builder| builder.timeouts(timeouts));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let [high, low] = port.to_be_bytes();
    // In one piece, so that the session has no time to be idle in.
    let mut busy = Client::connected(server.address());
    busy.send(&format!(
        "USER ada\r\nPASS secret\r\nPORT 127,0,0,1,{high},{low}\r\nSTOR f\r\n"
    ));
    let mut data = accept(&listener);
    for code in [220, 331, 230, 200, 150] {
        busy.expect(code);
    }
    let mut idle = Client::connected(server.address());
    idle.send("USER ada\r\nPASS secret\r\n");
    for code in [220, 331, 230, 421] {
        idle.expect(code);
    }
    idle.expect_end();
    assert_eq!(server.await_event(ended), CloseReason::IdleTimedOut);
    data.write_all(b"content").expect("taken");
    drop(data);
    busy.expect(226);
    let stored = std::fs::read(server.file("f")).expect("stored");
    assert_eq!(stored, b"content");
}

#[test]
fn a_new_data_connection_is_needed_for_each_transfer() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("RETR f", 425);
    let data = connect(client.epsv());
    client.say("RETR f", 150);
    assert_eq!(read_all(data), b"content");
    client.expect(226);
    client.say("RETR f", 425);
}
