//! Making the control connection.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use ftp_io::client::{ClientOptions, Error};

use crate::both;
use crate::kind::{Client, Kind};
use crate::scripted::Scripted;

/// `localhost` is `::1` as well on most machines, where nobody listens.
fn another_address_of_the_host_is_tried(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        control.until_gone();
    });
    let port = server.address.port();
    let options = ClientOptions::default();
    let client = Client::connect(kind, "localhost", port, options).expect("a connection");
    drop(client);
    server.ended();
}

fn the_local_address_is_the_one_asked_for(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        let peer = control.peer();
        assert_eq!(peer.ip(), Ipv4Addr::new(127, 0, 0, 3));
        control.until_gone();
    });
    let options = ClientOptions {
        local_address: Some(Ipv4Addr::new(127, 0, 0, 3).into()),
        ..ClientOptions::default()
    };
    drop(server.connect(kind, options).expect("a connection"));
    server.ended();
}

fn a_host_where_nobody_listens_is_told(kind: Kind) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let options = ClientOptions::default();
    let error = Client::connect(kind, "127.0.0.1", address.port(), options).expect_err("nobody");
    let Error::Connect {
        address: tried,
        source,
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(*tried, address);
    assert_eq!(source.kind(), std::io::ErrorKind::ConnectionRefused);
}

fn a_host_that_does_not_exist_is_told(kind: Kind) {
    // RFC 6761 §6.4: no resolver knows such a name.
    let error = Client::connect(kind, "nowhere.invalid", 21, ClientOptions::default())
        .expect_err("no such host");
    assert!(matches!(error, Error::Resolve { .. }), "{error}");
}

fn no_time_is_enough_for_nothing(kind: Kind) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let options = ClientOptions {
        connect_timeout: Duration::ZERO,
        local_address: Some(Ipv4Addr::LOCALHOST.into()),
        ..ClientOptions::default()
    };
    let error = Client::connect(kind, "127.0.0.1", port, options).expect_err("no time");
    let Error::Connect { source, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), std::io::ErrorKind::TimedOut);
}

both! {
    another_address_of_the_host_is_tried
    the_local_address_is_the_one_asked_for
    a_host_where_nobody_listens_is_told
    a_host_that_does_not_exist_is_told
    no_time_is_enough_for_nothing
}
