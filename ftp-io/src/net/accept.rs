//! Listening sockets, and what is accepted from them.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use super::ports::PortRange;

/// Listens at an address for control connections. An IPv6 address takes IPv6 connections only, so
/// that `0.0.0.0` and `[::]` can be listened at side by side; port 0 picks one.
///
/// # Errors
///
/// Of the operating system: the address is in use, is not this machine's, or may not be bound.
pub fn listen(at: SocketAddr) -> io::Result<TcpListener> {
    listener(at, Backlog::Control)
}

/// Listens for one data connection at the address `at`, whose port does not matter: at a random
/// port of `ports` that is free, or at any.
///
/// # Errors
///
/// [`io::ErrorKind::AddrInUse`] when no port of the range is free; otherwise of the operating
/// system.
pub fn listen_for_data(at: SocketAddr, ports: Option<PortRange>) -> io::Result<TcpListener> {
    listen_for_data_but_at(at, ports, &BTreeSet::new())
}

/// The same, at none of the ports that are known to be in use.
pub(crate) fn listen_for_data_but_at(
    at: SocketAddr,
    ports: Option<PortRange>,
    in_use: &BTreeSet<u16>,
) -> io::Result<TcpListener> {
    let Some(ports) = ports else {
        return listener(with_port(at, 0), Backlog::Data);
    };
    for port in ports.shuffled().filter(|port| !in_use.contains(port)) {
        match listener(with_port(at, port), Backlog::Data) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            other => return other,
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        format!("no port of {ports} is free"),
    ))
}

/// Accepts a connection, nonblocking, and says from where it came.
///
/// # Errors
///
/// [`io::ErrorKind::WouldBlock`] when there is none; otherwise of the operating system. One that
/// was gone before it could be accepted is passed over.
pub fn accept(listener: impl AsFd) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        let (stream, from) = match accept_nonblocking(listener.as_fd()) {
            Err(Errno::CONNABORTED | Errno::INTR) => continue,
            accepted => accepted?,
        };
        match from {
            Some(from) => return Ok((stream, from)),
            None => continue,
        }
    }
}

/// Which connections wait at a listener, and so how many may.
enum Backlog {
    Control,
    Data,
}

fn listener(at: SocketAddr, backlog: Backlog) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if at.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // An earlier connection's TIME_WAIT does not take the port away for minutes; of two that
    // listen, the second still gets an error, from `bind` or from `listen`.
    socket.set_reuse_address(true)?;
    socket.bind(&at.into())?;
    socket.listen(match backlog {
        Backlog::Control => CONTROL_BACKLOG,
        Backlog::Data => DATA_BACKLOG,
    })?;
    Ok(socket.into())
}

pub(super) fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn accept_nonblocking(
    listener: std::os::fd::BorrowedFd<'_>,
) -> rustix::io::Result<(TcpStream, Option<SocketAddr>)> {
    use rustix::net::SocketFlags;

    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let (socket, from) = rustix::net::acceptfrom_with(listener, flags)?;
    let from = from.and_then(|from| SocketAddr::try_from(from).ok());
    Ok((TcpStream::from(socket), from))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn accept_nonblocking(
    listener: std::os::fd::BorrowedFd<'_>,
) -> rustix::io::Result<(TcpStream, Option<SocketAddr>)> {
    let (socket, from) = rustix::net::acceptfrom(listener)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    let from = from.and_then(|from| SocketAddr::try_from(from).ok());
    Ok((TcpStream::from(socket), from))
}

/// Sessions that may wait to be greeted; the system may allow fewer.
const CONTROL_BACKLOG: i32 = 1024;

/// One peer is wanted, but strangers may knock before it.
pub(crate) const DATA_BACKLOG: i32 = 16;
