//! Outgoing connections, from a given local port where that can be had.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;

use ftp_proto::DataFailure;
use rustix::io::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::accept::with_port;

/// A connection that has been begun. When the socket becomes writable, [`connected`] tells.
#[derive(Debug)]
pub struct Connecting {
    /// The socket, nonblocking.
    pub stream: TcpStream,
    /// Where it comes from.
    pub local_port: LocalPort,
}

/// What became of the wish for a local port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalPort {
    /// None was asked for.
    Any,
    /// The one asked for is used.
    AsAsked,
    /// The one asked for could not be used, and another is.
    Replaced,
}

/// Begins to connect to `to`; with `from`, from that address of this machine, and from that port
/// unless it is 0. A port that may not be bound or is in use is replaced by any: a server's data
/// port (RFC 959 §3.2) belongs to root, and so to few.
///
/// # Errors
///
/// Of the operating system; [`failure`] tells what it means. Others come by [`connected`].
pub fn connect(from: Option<SocketAddr>, to: SocketAddr) -> io::Result<Connecting> {
    let Some(wanted) = from.filter(|from| from.port() != 0) else {
        return begin(from, to, LocalPort::Any);
    };
    match begin(Some(wanted), to, LocalPort::AsAsked) {
        // Also when an earlier connection between the same two ends is in TIME_WAIT.
        Err(error)
            if matches!(
                Errno::from_io_error(&error),
                Some(Errno::ACCESS | Errno::PERM | Errno::ADDRINUSE | Errno::ADDRNOTAVAIL)
            ) =>
        {
            begin(Some(with_port(wanted, 0)), to, LocalPort::Replaced)
        }
        other => other,
    }
}

/// Whether a connection that was begun is there; `false` as long as it is neither there nor
/// failed.
///
/// # Errors
///
/// It has failed.
pub fn connected(stream: impl AsFd) -> io::Result<bool> {
    let socket = SockRef::from(&stream);
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

/// What an error of listening, accepting or connecting means to a session.
pub fn failure(error: &io::Error) -> DataFailure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DataFailure::Refused,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => DataFailure::Unreachable,
        io::ErrorKind::TimedOut => DataFailure::TimedOut,
        io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable => DataFailure::NoAddress,
        _ => DataFailure::Other,
    }
}

fn begin(
    from: Option<SocketAddr>,
    to: SocketAddr,
    local_port: LocalPort,
) -> io::Result<Connecting> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(from) = from {
        // Many connections leave from one data port, each to another peer.
        if from.port() != 0 {
            socket.set_reuse_address(true)?;
        }
        socket.bind(&from.into())?;
    }
    match socket.connect(&to.into()) {
        Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => Err(error),
        _ => Ok(Connecting {
            stream: socket.into(),
            local_port,
        }),
    }
}
