//! Logins, limits, and what the program around the server is told.

use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use ftp_io::net::PortRange;
use ftp_io::server::{
    BindError, CloseReason, DataPort, Dialogue, Event, Limit, Server, TransferKind, TransferOutcome,
};
use ftp_io::storage::LocalDirectory;
use ftp_proto::{DataMode, Timeouts};

use crate::client::{Client, accept, connect, read_all};
use crate::harness::{Running, own_address};

fn quick() -> Timeouts {
    let mut timeouts = Timeouts::server();
    timeouts.refused_login = Duration::from_millis(1);
    timeouts
}

#[test]
fn a_wrong_password_is_refused_and_the_third_ends_the_session() {
    let server = Running::with(|builder| builder.timeouts(quick()));
    let mut client = Client::greeted(server.address());
    for user in ["ada", "nobody"] {
        client.say(&format!("USER {user}"), 331);
        client.say("PASS wrong", 530);
    }
    client.say("RETR f", 530);
    client.say("USER ada", 331);
    client.say("PASS wrong", 421);
    client.expect_end();
    assert_eq!(server.await_event(ended), CloseReason::TooManyLogins);
}

#[test]
fn a_refused_login_may_be_followed_by_one_that_is_not() {
    let server = Running::with(|builder| builder.timeouts(quick()));
    let mut client = Client::greeted(server.address());
    client.say("USER ada", 331);
    client.say("PASS wrong", 530);
    client.say("USER anonymous", 331);
    client.say("PASS me@example.org", 230);
    client.say("PWD", 257);
}

#[test]
fn who_may_only_read_changes_nothing() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::greeted(server.address());
    client.say("USER eve", 331);
    client.say("PASS secret", 230);
    for command in [
        "DELE f", "MKD d", "RMD d", "RNFR f", "STOR f", "APPE f", "STOU",
    ] {
        client.say(command, 550);
    }
    assert_eq!(fs::read(server.file("f")).expect("there"), b"content");
}

#[test]
fn files_are_renamed_deleted_and_asked_about() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("MKD d", 257);
    client.say("RNFR f", 350);
    client.say("RNTO d/g", 250);
    client.say("CWD d", 250);
    assert!(client.say("SIZE g", 213).starts_with("213 7\r\n"));
    client.say("MDTM g", 213);
    assert!(client.say("MLST g", 250).contains("/d/g"));
    assert!(client.say("STAT g", 213).contains("-rw"));
    client.say("DELE g", 250);
    client.say("CDUP", 250);
    client.say("RMD d", 250);
    client.say("SIZE d/g", 550);
}

#[test]
fn a_client_too_many_is_told_so() {
    let server = Running::with(|builder| builder.sessions(2, 10));
    let first = Client::greeted(server.address());
    let _second = Client::greeted(server.address());
    let mut third = Client::connected(server.address());
    third.expect(421);
    third.expect_end();
    server.await_event(|event| matches!(event, Event::SessionRefused { .. }).then_some(()));
    drop(first);
    server.await_event(ended);
    // The place is free when the event is told.
    Client::greeted(server.address());
}

#[test]
fn one_address_has_a_limit_of_its_own() {
    let server = Running::with(|builder| builder.sessions(10, 1));
    let _first = Client::greeted(server.address());
    let mut second = Client::connected(server.address());
    second.expect(421);
    second.expect_end();
}

#[test]
fn sessions_without_a_login_have_a_limit_of_their_own() {
    let server = Running::with(|builder| builder.sessions_before_login(1));
    let _first = Client::logged_in(server.address());
    let mut second = Client::greeted(server.address());
    let mut third = Client::connected(server.address());
    third.expect(421);
    third.expect_end();
    let limit = server.await_event(|event| match event {
        Event::SessionRefused { limit, .. } => Some(*limit),
        _ => None,
    });
    assert_eq!(limit, Limit::BeforeLogin);
    second.say("USER ada", 331);
    second.say("PASS secret", 230);
    Client::logged_in(server.address());
}

#[test]
fn every_address_is_listened_at() {
    let one = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let other = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0));
    let server = Running::at(&[one, other], |builder| builder);
    assert_eq!(server.at.len(), 2);
    for at in &server.at {
        Client::logged_in(*at).say("QUIT", 221);
    }
}

#[test]
fn the_banner_is_as_set() {
    let server = Running::with(|builder| builder.banner("Welcome.\nBe kind."));
    let mut client = Client::connected(server.address());
    assert_eq!(client.expect(220), "220-Welcome.\r\n220 Be kind.\r\n");
}

#[test]
fn events_tell_the_ports_of_a_transfer() {
    let server = Running::new().with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let data = connect(client.epsv());
    let here = data.local_addr().expect("connected");
    let there = data.peer_addr().expect("connected");
    client.say("RETR f", 150);
    read_all(data);
    client.expect(226);
    server.await_event(|event| match event {
        Event::TransferStarted {
            kind,
            path,
            mode,
            local,
            peer,
            ..
        } => {
            assert_eq!(*kind, TransferKind::Retrieve);
            assert_eq!(path.as_bytes(), b"/f");
            assert_eq!(*mode, DataMode::Passive);
            assert_eq!((*local, *peer), (Some(there), Some(here)));
            Some(())
        }
        _ => None,
    });
    server.await_event(|event| match event {
        Event::TransferEnded { bytes, outcome, .. } => {
            assert_eq!((*bytes, *outcome), (7, TransferOutcome::Complete));
            Some(())
        }
        _ => None,
    });
}

#[test]
fn the_dialogue_is_told_without_passwords() {
    let server = Running::with(|builder| builder.dialogue(Dialogue::Shown));
    let mut client = Client::logged_in(server.address());
    client.say("QUIT", 221);
    let mut told = Vec::new();
    server.await_event(|event| {
        match event {
            Event::Command { line, .. } => told.push(String::from_utf8_lossy(line).into_owned()),
            Event::Reply { text, .. } => told.push(String::from_utf8_lossy(text).into_owned()),
            _ => {}
        }
        ended(event)
    });
    assert!(told.iter().any(|line| line == "USER ada"), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("230 ")), "{told:?}");
    assert!(!told.concat().contains("secret"), "{told:?}");
}

#[test]
fn an_address_that_cannot_be_bound_is_told_with_the_reason() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let in_use = taken.local_addr().expect("bound");
    // Of the block for documentation, which no machine has.
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
    for (address, kind) in [
        (in_use, ErrorKind::AddrInUse),
        (elsewhere, ErrorKind::AddrNotAvailable),
    ] {
        let error = refused(address);
        assert_eq!((error.address, error.source.kind()), (address, kind));
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot listen at {address}: ")));
        let error = std::io::Error::from(error);
        assert_eq!((error.kind(), error.to_string()), (kind, text));
        assert!(error.downcast::<BindError>().is_ok());
    }
}

/// What a server says that is to listen where it cannot, besides where it can.
fn refused(address: SocketAddr) -> BindError {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = LocalDirectory::open(directory.path()).expect("the directory");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let builder = Server::builder(Arc::new(storage))
        .listen_on((Ipv4Addr::LOCALHOST, 0).into())
        .listen_on(address);
    runtime.block_on(builder.bind()).expect_err("not to be had")
}

#[test]
fn a_data_port_that_is_taken_is_replaced_and_told_once() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = taken.local_addr().expect("bound").port();
    let server =
        Running::with(|builder| builder.data_port(DataPort::Port(port))).with_file("f", b"content");
    for _ in 0..2 {
        let mut client = Client::logged_in(server.address());
        for _ in 0..2 {
            let listener = client.eprt();
            client.send("RETR f\r\n");
            let data = accept(&listener);
            assert_ne!(data.peer_addr().expect("connected").port(), port);
            client.expect(150);
            assert_eq!(read_all(data), b"content");
            client.expect(226);
        }
    }
    server.handle.stop();
    let replaced = server
        .ended()
        .into_iter()
        .filter(|event| matches!(event, Event::DataPortReplaced { wanted } if *wanted == port));
    assert_eq!(replaced.count(), 1);
}

#[test]
fn the_data_port_is_as_set() {
    // Free now, and of no other test: the system hands out another one each time.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = free.local_addr().expect("bound").port();
    drop(free);
    let server =
        Running::with(|builder| builder.data_port(DataPort::Port(port))).with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    let listener = client.port();
    client.send("RETR f\r\n");
    let data = accept(&listener);
    assert_eq!(data.peer_addr().expect("connected").port(), port);
}

#[test]
fn a_passive_range_without_a_free_port_is_a_425() {
    let here = own_address(2);
    let taken = TcpListener::bind((here, 0)).expect("a free port");
    let port = taken.local_addr().expect("bound").port();
    let ports = PortRange::new(port, port).expect("one port");
    let server = Running::at(&[(here, 0).into()], |builder| builder.passive_ports(ports))
        .with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("EPSV", 425);
    client.say("PASV", 425);
    client.say("RETR f", 425);
    drop(taken);
    assert_eq!(client.pasv().port(), port);
    assert_eq!(client.fetch("RETR f"), b"content");
}

#[test]
fn pasv_tells_the_address_to_announce() {
    let announced = Ipv4Addr::new(192, 0, 2, 7);
    let server = Running::with(|builder| builder.announce(announced)).with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    assert_eq!(client.pasv().ip(), announced);
    assert_eq!(client.fetch("RETR f"), b"content", "EPSV needs no address");
}

#[test]
fn passive_ports_are_not_to_be_foreseen() {
    let server = Running::new();
    let mut client = Client::logged_in(server.address());
    let ports: HashSet<_> = (0..8).map(|_| client.epsv().port()).collect();
    assert!(ports.len() > 1);
}

#[test]
fn nobody_logs_in_for_too_long() {
    let mut timeouts = quick();
    timeouts.login = Duration::from_millis(50);
    let server = Running::with(|builder| builder.timeouts(timeouts));
    let mut client = Client::greeted(server.address());
    client.expect(421);
    client.expect_end();
    assert_eq!(server.await_event(ended), CloseReason::LoginTimedOut);
}

#[test]
fn another_protocol_is_cut_off() {
    let server = Running::new();
    let mut client = Client::greeted(server.address());
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nUSER ada\r\n");
    let mut rest = Vec::new();
    // Whether it ends in order or is reset is all the same to such a peer.
    let _ = client.socket().read_to_end(&mut rest);
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    assert_eq!(server.await_event(ended), CloseReason::NotFtp);
}

/// The reason of a session's end.
pub(crate) fn ended(event: &Event) -> Option<CloseReason> {
    match event {
        Event::SessionEnded { reason, .. } => *reason,
        _ => None,
    }
}
