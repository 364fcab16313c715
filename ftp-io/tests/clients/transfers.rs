//! Transfers that are whole, however data and replies interleave.

use std::io::{Read, Write};

use ftp_io::client::ClientOptions;
use ftp_io::storage::{Reader, Writer};
use ftp_proto::client::{DataPolicy, Retrieve, Store, StoreAs, Way};

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, path};

/// More than the buffers of two sockets hold.
const LARGE: usize = 16 << 20;

fn data_behind_an_early_final_reply_is_read_to_its_end(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        control.say("226 Done.");
        data.write_all(&vec![7; LARGE])
            .expect("a client that reads");
        drop(data);
        control.answer("QUIT", "221 Bye.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut received = Vec::new();
    let transfer = client
        .retrieve(path("f"), &mut Writer(&mut received))
        .expect("the file is whole");
    assert_eq!(transfer.bytes, LARGE as u64);
    assert!(received.len() == LARGE && received.iter().all(|b| *b == 7));
    client.quit().expect("the session ends in order");
    server.ended();
}

fn an_upload_is_sent_whole_and_ended_in_order(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut stored = Vec::new();
        data.read_to_end(&mut stored).expect("an orderly end");
        assert!(stored.len() == LARGE && stored.iter().all(|b| *b == 7));
        control.say("226 Stored.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let transfer = client
        .store(
            Store::new(StoreAs::Whole(path("f"))),
            &mut Reader(std::io::repeat(7).take(LARGE as u64)),
        )
        .expect("the file is stored");
    assert_eq!(transfer.bytes, LARGE as u64);
    drop(client);
    server.ended();
}

fn an_active_server_may_be_done_before_the_client_has_accepted(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        control.answer("TYPE I", "200 I.");
        let line = control.take().expect("EPRT");
        let port = line
            .split('|')
            .nth(3)
            .expect("a port")
            .parse()
            .expect("a number");
        let mut data = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a listener");
        data.write_all(b"all of it").expect("a client that reads");
        drop(data);
        control.say("200 There.");
        control.expect("RETR f");
        control.say("150 Here it comes.\r\n226 Done.");
    });
    let mut client = server.client(
        kind,
        ClientOptions {
            data: DataPolicy::Active,
            ..ClientOptions::default()
        },
    );
    let mut received = Vec::new();
    let transfer = client
        .retrieve(path("f"), &mut Writer(&mut received))
        .expect("the file is whole");
    assert_eq!(transfer.way, Some(Way::Eprt));
    assert_eq!(received, b"all of it");
    drop(client);
    server.ended();
}

fn a_stranger_who_connects_in_active_mode_is_dropped(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        control.answer("TYPE I", "200 I.");
        let line = control.take().expect("EPRT");
        let port: u16 = line
            .split('|')
            .nth(3)
            .expect("a port")
            .parse()
            .expect("a number");
        let stranger = rustix::net::socket(
            rustix::net::AddressFamily::INET,
            rustix::net::SocketType::STREAM,
            None,
        )
        .expect("a socket");
        let other: std::net::SocketAddr = "127.0.0.2:0".parse().expect("an address");
        rustix::net::bind(&stranger, &other).expect("all of 127/8 is here");
        let to = std::net::SocketAddr::from(([127, 0, 0, 1], port));
        rustix::net::connect(&stranger, &to).expect("a listener");
        control.say("200 There.");
        control.expect("RETR f");
        let mut data = std::net::TcpStream::connect(to).expect("the listener goes on");
        control.say("150 Here it comes.");
        data.write_all(b"all of it").expect("a client that reads");
        drop(data);
        control.say("226 Done.");
        let read = rustix::io::read(&stranger, &mut [0; 16]);
        assert!(matches!(read, Ok(0) | Err(_)), "the stranger got something");
    });
    let mut client = server.client(
        kind,
        ClientOptions {
            data: DataPolicy::Active,
            ..ClientOptions::default()
        },
    );
    let mut received = Vec::new();
    client
        .retrieve(path("f"), &mut Writer(&mut received))
        .expect("the file is whole");
    assert_eq!(received, b"all of it");
    drop(client);
    server.ended();
}

fn a_file_is_resumed_from_an_offset(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let listener = control.passive();
        control.answer("REST 4", "350 From there.");
        control.answer("RETR f", "150 Here it comes.");
        let mut data = crate::scripted::accept(&listener);
        data.write_all(b"of it").expect("a client that reads");
        drop(data);
        control.say("226 Done.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut received = Vec::from(*b"all ");
    let retrieve = Retrieve {
        offset: 4,
        expected: Some(9),
        ..Retrieve::new(path("f"))
    };
    client
        .retrieve_with(retrieve, &mut Writer(&mut received))
        .expect("the file is whole");
    assert_eq!(received, b"all of it");
    drop(client);
    server.ended();
}

both! {
    data_behind_an_early_final_reply_is_read_to_its_end
    an_upload_is_sent_whole_and_ended_in_order
    an_active_server_may_be_done_before_the_client_has_accepted
    a_stranger_who_connects_in_active_mode_is_dropped
    a_file_is_resumed_from_an_offset
}
