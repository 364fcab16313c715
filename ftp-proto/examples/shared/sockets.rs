//! What a driver owes to its sockets, whoever waits for them. All are nonblocking.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::time::Duration;

use ftp_proto::{DataFailure, DataMode};
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

/// Sends bytes of which the last is urgent; how many were taken. Urgent is the last byte of what
/// is sent at once, so it is sent alone.
pub fn send_urgent(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let socket = SockRef::from(&socket);
    match bytes {
        [last] => socket.send_out_of_band(&[*last]),
        [before @ .., _] => socket.send(before),
        [] => Ok(0),
    }
}

/// Makes closing the socket abort the connection, so that the peer of an upload that was cut short
/// does not take what it has for the whole file.
pub fn reset(socket: impl AsFd) {
    // One that cannot be set is one that is gone.
    let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
}

/// Listens for one data connection, at the control connection's own address `here`; the address
/// to announce.
pub fn listen(mut here: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    here.set_port(0);
    let listener = TcpListener::bind(here)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

/// Begins to connect to `to`. In active mode the client knows this server by the address `here`,
/// and expects it from there. A port that cannot be bound is replaced by any.
pub fn connect(
    here: SocketAddr,
    mode: DataMode,
    local_port: Option<u16>,
    to: SocketAddr,
) -> io::Result<Socket> {
    let port = local_port.unwrap_or(0);
    match begin((mode == DataMode::Active).then_some((here, port)), to) {
        Err(error)
            if port != 0
                && matches!(
                    error.kind(),
                    io::ErrorKind::PermissionDenied
                        | io::ErrorKind::AddrInUse
                        | io::ErrorKind::AddrNotAvailable
                ) =>
        {
            begin(Some((here, 0)), to)
        }
        result => result,
    }
}

fn begin(from: Option<(SocketAddr, u16)>, to: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(to), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some((mut from, port)) = from {
        from.set_port(port);
        // Many connections leave from one data port, each to another peer.
        socket.set_reuse_address(port != 0)?;
        socket.bind(&from.into())?;
    }
    match socket.connect(&to.into()) {
        Err(error) if Errno::from_io_error(&error) != Some(Errno::INPROGRESS) => Err(error),
        _ => Ok(socket),
    }
}

/// Whether a connection that was begun is there; [`io::ErrorKind::WouldBlock`] as long as it is
/// neither there nor failed.
pub fn connected(socket: impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(&socket);
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
