//! How a server ends.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use ftp_io::server::{CloseReason, Event};

use crate::client::{Client, connect};
use crate::harness::{Running, content};

#[test]
fn a_transfer_that_runs_ends_before_the_server_does() {
    let server = Running::new();
    let mut idle = Client::greeted(server.address());
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    server.handle.stop();
    idle.expect(421);
    idle.expect_end();
    // The listener is closed, or about to be, and nobody is greeted.
    if let Ok(mut late) = TcpStream::connect(server.address()) {
        let mut greeting = Vec::new();
        let _ = late.read_to_end(&mut greeting);
        assert!(greeting.is_empty());
    }
    data.write_all(b"content").expect("taken");
    drop(data);
    client.expect(226);
    client.expect(421);
    client.expect_end();
    assert_eq!(fs::read(server.file("f")).expect("stored"), b"content");
    let reasons = server.ended().into_iter().filter_map(|event| match event {
        Event::SessionEnded { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [Some(CloseReason::Stopped); 2]);
}

#[test]
fn stopping_at_once_keeps_a_part() {
    let mut server = Running::new();
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR f", 150);
    let sent = content(1 << 20);
    data.write_all(&sent).expect("taken");
    // The server answers behind what it has taken of the data before.
    client.say("STAT", 211);
    server.handle.stop_now();
    let events = server.wait();
    let ends = events
        .iter()
        .filter(|event| matches!(event, Event::SessionEnded { reason: None, .. }));
    assert_eq!(ends.count(), 1);
    let part = fs::read(server.file("f")).unwrap_or_default();
    assert!(sent.starts_with(&part));
    let left = fs::read_dir(server.directory.path())
        .expect("there")
        .count();
    assert!(left <= 1, "no temporary file is left");
}

#[test]
fn a_server_without_sessions_stops_at_once() {
    let server = Running::new();
    server.handle.stop();
    assert!(server.ended().is_empty());
}
