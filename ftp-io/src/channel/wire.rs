//! The socket below TLS, whoever waits for it.

use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::task::Context;

use rustix::net::{RecvFlags, SendAncillaryBuffer, Shutdown};

use crate::net::{self, QUIET};

/// A nonblocking socket. Where it says [`io::ErrorKind::WouldBlock`] the task of the context is
/// woken when it is worth another call, if there is a runtime to do so.
pub(crate) trait Wire {
    fn receive(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> io::Result<usize>;

    fn send(&mut self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Ends this half of the connection.
    fn shutdown(&mut self) -> io::Result<()>;
}

/// A socket that is waited for with `poll(2)`.
impl Wire for BorrowedFd<'_> {
    fn receive(&mut self, _: &mut Context<'_>, room: &mut [u8]) -> io::Result<usize> {
        receive(*self, room)
    }

    fn send(&mut self, _: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        send(*self, pieces)
    }

    fn shutdown(&mut self) -> io::Result<()> {
        shutdown(*self)
    }
}

pub(crate) fn receive(socket: BorrowedFd<'_>, room: &mut [u8]) -> io::Result<usize> {
    let received = rustix::io::retry_on_intr(|| {
        rustix::net::recv(socket, &mut *room, RecvFlags::empty()).map(|(received, _)| received)
    });
    Ok(received?)
}

pub(crate) fn send(socket: BorrowedFd<'_>, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    let sent = rustix::io::retry_on_intr(|| {
        rustix::net::sendmsg(socket, pieces, &mut SendAncillaryBuffer::default(), QUIET)
    });
    Ok(sent?)
}

/// All is sent: from here on a close says so.
pub(crate) fn shutdown(socket: BorrowedFd<'_>) -> io::Result<()> {
    net::keep_end(socket);
    Ok(rustix::net::shutdown(socket, Shutdown::Write)?)
}
