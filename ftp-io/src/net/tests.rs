//! Sockets on loopback, as the kernel treats them.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;

use ftp_proto::DataFailure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;

fn v4(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// Waits until the kernel says so, ten seconds at most.
fn wait(socket: impl AsFd, what: PollFlags) {
    let deadline = Timespec {
        tv_sec: 10,
        tv_nsec: 0,
    };
    let ready = poll(&mut [PollFd::new(&socket, what)], Some(&deadline)).expect("poll works");
    assert_eq!(ready, 1, "nothing happened in ten seconds");
}

fn accepted(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    wait(listener, PollFlags::IN);
    accept(listener).expect("a connection is there")
}

/// Two ends of one connection.
fn pair() -> (TcpStream, TcpStream) {
    let listener = listen_for_data(v4(0), None).expect("a listener");
    let to = listener.local_addr().expect("it has an address");
    let connecting = connect(None, to).expect("connecting begins");
    let (here, _) = accepted(&listener);
    wait(&connecting.stream, PollFlags::OUT);
    assert!(connected(&connecting.stream).expect("it connects"));
    (here, connecting.stream)
}

/// A port that nobody listens at, and what keeps it from others.
fn quiet_port() -> (socket2::Socket, SocketAddr) {
    let socket =
        socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket.set_reuse_address(true).expect("an option");
    socket.bind(&v4(0).into()).expect("a port");
    let address = socket.local_addr().expect("it has an address");
    (socket, address.as_socket().expect("of IPv4"))
}

/// A range of ports that were free a moment ago, and a listener on its first one.
fn taken_and_free_after_it() -> (TcpListener, u16) {
    for _ in 0..100 {
        let taken = listen(v4(0)).expect("a listener");
        let port = taken.local_addr().expect("it has an address").port();
        let next = port.checked_add(1).map(|next| listen(v4(next)));
        if matches!(next, Some(Ok(_))) {
            return (taken, port);
        }
    }
    panic!("no two free ports side by side on this machine");
}

#[test]
fn a_range_of_ports_is_read_and_checked() {
    assert_eq!(
        "1-65535".parse::<PortRange>().map(PortRange::count),
        Ok(65_535)
    );
    assert_eq!("20".parse::<PortRange>().map(PortRange::count), Ok(1));
    assert_eq!(
        "5-4".parse::<PortRange>(),
        Err(PortRangeError::Backwards { first: 5, last: 4 })
    );
    assert_eq!("0-4".parse::<PortRange>(), Err(PortRangeError::Zero));
    for text in [
        "", "-", "1-", "-1", "1-65536", "a-b", "1-2-3", "+1-2", " 1-2", "1 - 2",
    ] {
        let read = text.parse::<PortRange>();
        assert_eq!(read, Err(PortRangeError::NotPorts(text.to_owned())));
    }
}

#[test]
fn every_port_of_a_range_is_tried_once() {
    for (first, last) in [(1, 1), (65_530, 65_535), (1_024, 1_123)] {
        let range = PortRange::new(first, last).expect("a range");
        let mut ports: Vec<u16> = range.shuffled().collect();
        ports.sort_unstable();
        assert_eq!(ports, (first..=last).collect::<Vec<_>>());
    }
}

#[test]
fn a_busy_port_is_passed_over_and_a_busy_range_is_an_error() {
    let (_taken, port) = taken_and_free_after_it();
    let range = PortRange::new(port, port + 1).expect("a range");
    let data = listen_for_data(v4(0), Some(range)).expect("the second port is free");
    assert_eq!(
        data.local_addr().expect("it has an address").port(),
        port + 1
    );
    let error = listen_for_data(v4(0), Some(range)).expect_err("both are taken");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert_eq!(failure(&error), DataFailure::NoAddress);
}

#[test]
fn a_port_is_free_again_at_once_after_its_connection() {
    let range = {
        let listener = listen_for_data(v4(0), None).expect("a listener");
        let to = listener.local_addr().expect("it has an address");
        let connecting = connect(None, to).expect("connecting begins");
        let (here, _) = accepted(&listener);
        // This side closes first and so holds the port in TIME_WAIT.
        drop(here);
        let mut theirs = connecting.stream;
        wait(&theirs, PollFlags::IN);
        assert_eq!(theirs.read(&mut [0; 1]).expect("the end"), 0);
        PortRange::new(to.port(), to.port()).expect("a range")
    };
    let again = listen_for_data(v4(0), Some(range)).expect("the port is free");
    assert_eq!(
        again.local_addr().expect("it has an address").port(),
        range.first()
    );
}

#[test]
fn both_families_listen_at_one_port() {
    let Ok(six) = listen((Ipv6Addr::UNSPECIFIED, 0).into()) else {
        return; // a machine without IPv6 has nothing to show here
    };
    let port = six.local_addr().expect("it has an address").port();
    let four = listen((Ipv4Addr::UNSPECIFIED, port).into());
    assert!(four.is_ok(), "{four:?}");
}

#[test]
fn a_connection_leaves_from_the_port_asked_for() {
    let listener = listen_for_data(v4(0), None).expect("a listener");
    let to = listener.local_addr().expect("it has an address");
    let (_held, local) = quiet_port();
    let connecting = connect(Some(local), to).expect("connecting begins");
    assert_eq!(connecting.local_port, LocalPort::AsAsked);
    let (_, from) = accepted(&listener);
    assert_eq!(from, local);
}

#[test]
fn two_connections_leave_from_one_port() {
    let first = listen_for_data(v4(0), None).expect("a listener");
    let second = listen_for_data(v4(0), None).expect("a listener");
    let (_held, local) = quiet_port();
    let to = |listener: &TcpListener| listener.local_addr().expect("it has an address");
    let one = connect(Some(local), to(&first)).expect("connecting begins");
    let two = connect(Some(local), to(&second)).expect("connecting begins");
    assert_eq!(
        (one.local_port, two.local_port),
        (LocalPort::AsAsked, LocalPort::AsAsked)
    );
    assert_eq!(accepted(&first).1, accepted(&second).1);
}

#[test]
fn a_port_in_use_is_replaced_and_said_so() {
    let listener = listen_for_data(v4(0), None).expect("a listener");
    let to = listener.local_addr().expect("it has an address");
    let taken = listen(v4(0)).expect("a listener");
    let wanted = taken.local_addr().expect("it has an address");
    let connecting = connect(Some(wanted), to).expect("connecting begins all the same");
    assert_eq!(connecting.local_port, LocalPort::Replaced);
    let (_, from) = accepted(&listener);
    assert_ne!(from.port(), wanted.port());
}

#[test]
fn a_refused_connection_is_told_as_refused() {
    let (_held, nobody) = quiet_port();
    let error = match connect(None, nobody) {
        Err(error) => error,
        Ok(connecting) => {
            wait(&connecting.stream, PollFlags::OUT);
            connected(&connecting.stream).expect_err("nobody listens there")
        }
    };
    assert_eq!(failure(&error), DataFailure::Refused);
}

#[test]
fn accepting_where_nobody_knocks_would_block() {
    let listener = listen_for_data(v4(0), None).expect("a listener");
    let error = accept(&listener).expect_err("nobody is there");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn an_accepted_connection_does_not_block() {
    let (mut here, _there) = pair();
    let error = here.read(&mut [0; 1]).expect_err("nothing was sent");
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn urgent_data_stays_in_line_and_in_place() {
    let (mut here, there) = pair();
    prepare_control(&here).expect("the options are set");
    assert_eq!(
        send_urgent(&there, b"\xff\xf4\xff\xf2").expect("it is sent"),
        4
    );
    (&there).write_all(b"ABOR\r\n").expect("it is sent");
    let mut got = Vec::new();
    while got.len() < 10 {
        wait(&here, PollFlags::IN);
        let mut piece = [0; 16];
        let read = here.read(&mut piece).expect("bytes are there");
        got.extend_from_slice(&piece[..read]);
    }
    assert_eq!(got, b"\xff\xf4\xff\xf2ABOR\r\n");
}

#[test]
fn the_last_byte_alone_is_urgent() {
    let (here, there) = pair();
    // Without SO_OOBINLINE the urgent byte leaves the stream: that shows which one it is.
    assert_eq!(send_urgent(&there, b"abc").expect("it is sent"), 3);
    wait(&here, PollFlags::PRI);
    let mut urgent = [0];
    let read = rustix::net::recv(&here, &mut urgent, rustix::net::RecvFlags::OOB);
    assert_eq!(read.map(|(read, _)| read), Ok(1));
    assert_eq!(urgent, *b"c");
}

#[test]
fn a_reset_is_an_error_at_the_peer() {
    let (here, mut there) = pair();
    reset(here);
    wait(&there, PollFlags::IN);
    let error = there.read(&mut [0; 1]).expect_err("no orderly end");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}
