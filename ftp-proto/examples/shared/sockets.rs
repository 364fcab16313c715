//! What a driver owes to its sockets, whoever waits for them. All are nonblocking.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::time::Duration;

use ftp_proto::{Closing, DataFailure};
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// Makes a socket fit for a control connection. Without urgent data in line, the DM of a Telnet
/// Synch would vanish and take the A of ABOR along (RFC 854).
pub fn prepare_control(socket: impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(&socket);
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_out_of_band_inline(true)
}

/// Sends a byte as urgent data; how many were taken.
pub fn send_urgent(socket: impl AsFd, byte: &[u8]) -> io::Result<usize> {
    SockRef::from(&socket).send_out_of_band(byte)
}

/// How the socket will part from its peer when it is closed. With [`Closing::Reset`] it aborts the
/// connection, so that the peer of an upload that was cut short does not take what it has for the
/// whole file.
pub fn part(socket: impl AsFd, how: Closing) {
    if how == Closing::Reset {
        // One that cannot be set is one that is gone.
        let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
    }
}

/// Listens for one data connection; the address to announce.
pub fn listen(local: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let listener = TcpListener::bind(local)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((listener.into(), bound))
}

/// A connection that has come, and from where.
pub fn accept(listener: &Socket) -> io::Result<(Socket, SocketAddr)> {
    loop {
        match listener.accept() {
            // It was gone before it could be accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            accepted => {
                let (socket, from) = accepted?;
                socket.set_nonblocking(true)?;
                let from = from.as_socket().ok_or(io::ErrorKind::Unsupported)?;
                return Ok((socket, from));
            }
        }
    }
}

/// From where a connection has come, unless it is gone.
pub fn peer(socket: &Socket) -> Option<SocketAddr> {
    socket.peer_addr().ok()?.as_socket()
}

/// Begins to connect, from a local address if one is given. A port of it that is not to be had is
/// replaced by any.
pub fn connect(local: Option<SocketAddr>, to: SocketAddr) -> io::Result<Socket> {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    match (begin(local, to), local) {
        (Err(error), Some(local))
            if local.port() != 0
                && matches!(
                    error.kind(),
                    PermissionDenied | AddrInUse | AddrNotAvailable
                ) =>
        {
            begin(Some(SocketAddr::new(local.ip(), 0)), to)
        }
        (result, _) => result,
    }
}

fn begin(local: Option<SocketAddr>, to: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(local) = local {
        // Many connections leave from one data port, each to another peer.
        socket.set_reuse_address(local.port() != 0)?;
        socket.bind(&local.into())?;
    }
    match socket.connect(&to.into()) {
        Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => Err(error),
        _ => Ok(socket),
    }
}

/// Whether a connection that was begun is there; [`io::ErrorKind::WouldBlock`] as long as it is
/// neither there nor failed.
pub fn connected(socket: &Socket) -> io::Result<()> {
    match (socket.take_error()?, socket.peer_addr()) {
        (Some(error), _) => Err(error),
        (None, Err(error)) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        (None, peer) => peer.map(drop),
    }
}

/// What an error means to a session.
pub fn failure(error: &io::Error) -> DataFailure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DataFailure::Refused,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            DataFailure::Unreachable
        }
        io::ErrorKind::TimedOut => DataFailure::TimedOut,
        io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable => DataFailure::NoAddress,
        _ => DataFailure::Other,
    }
}
