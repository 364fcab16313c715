//! What a control connection's socket owes, and how any is cut.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::net::SendFlags;
use socket2::SockRef;

use super::QUIET;

/// Makes a socket fit for a control connection: nonblocking, replies not held back, and urgent
/// data left in line, without which the DM of a Telnet Synch would vanish and take part of the
/// command behind it along (RFC 854).
///
/// # Errors
///
/// Of the operating system.
pub fn prepare_control(socket: impl AsFd) -> io::Result<()> {
    let socket = SockRef::from(&socket);
    socket.set_nonblocking(true)?;
    socket.set_out_of_band_inline(true)?;
    socket.set_tcp_nodelay(true)
}

/// Has a data connection under TLS send small records at once. The end of the handshake, a short
/// file and the end of TLS are records of their own; each would otherwise wait until the peer has
/// acknowledged the one before, which it does 40 ms later where it has nothing to say itself.
#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
pub(crate) fn send_records_at_once(socket: impl AsFd) {
    // Where it cannot be had, it only takes longer.
    let _ = SockRef::from(&socket).set_tcp_nodelay(true);
}

/// Sends bytes, without a signal when the peer has gone; how many were taken.
///
/// # Errors
///
/// As of any write; [`io::ErrorKind::WouldBlock`] when nothing was taken.
pub fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(socket, bytes, QUIET)?)
}

/// Sends bytes of which the last is urgent; how many were taken. What is left is to be offered
/// again in the same way.
///
/// # Errors
///
/// As of any write; [`io::ErrorKind::WouldBlock`] when nothing was taken.
pub fn send_urgent(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let Some((last, before)) = bytes.split_last() else {
        return Ok(0);
    };
    // Urgent is the last byte that is taken, which need not be the last one given.
    if !before.is_empty() {
        let taken = rustix::net::send(&socket, before, QUIET)?;
        if taken < before.len() {
            return Ok(taken);
        }
    }
    match rustix::net::send(&socket, &[*last], QUIET | SendFlags::OOB) {
        Ok(taken) => Ok(before.len() + taken),
        Err(_) if !before.is_empty() => Ok(before.len()),
        Err(error) => Err(error.into()),
    }
}

/// Closes a connection by aborting it: what was not sent is lost, and the peer gets an error
/// instead of an end.
pub fn reset(socket: impl AsFd) {
    // A socket that has no linger time any more is one that is gone anyway.
    let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
}

/// Takes [`reset`] back: closing ends the connection in order, after what was sent.
pub fn keep_end(socket: impl AsFd) {
    // As above: one that is gone has no end to keep.
    let _ = SockRef::from(&socket).set_linger(None);
}
