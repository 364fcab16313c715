//! Sockets that meet the runtime only when they have to wait: a small file is sent, and its
//! connection closed, before that.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll, ready};

use tokio::io::Interest;

use crate::channel::{self, Wire};
use crate::net;

/// The socket of a data connection.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Nonblocking, and not registered.
    Fresh(std::net::TcpStream),
    /// Known to the runtime.
    Registered(tokio::net::TcpStream),
    /// It could not be registered.
    Gone,
}

/// The socket of a reserved address.
#[derive(Debug)]
pub(crate) enum Listener {
    /// Nonblocking, and not registered.
    Fresh(std::net::TcpListener),
    /// Known to the runtime.
    Registered(tokio::net::TcpListener),
    /// It could not be registered.
    Gone,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Reading,
    Writing,
}

impl Stream {
    /// Does `io` until it does not say [`io::ErrorKind::WouldBlock`]; then the task is woken when
    /// it is worth another call.
    pub(crate) fn poll_io<R>(
        &mut self,
        cx: &mut Context<'_>,
        wait: For,
        mut io: impl FnMut(&mut Context<'_>, BorrowedFd<'_>) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        if let Self::Fresh(stream) = self {
            match io(cx, stream.as_fd()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
            self.register()?;
        }
        let Self::Registered(stream) = self else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        loop {
            let interest = match wait {
                For::Reading => {
                    ready!(stream.poll_read_ready(cx))?;
                    Interest::READABLE
                }
                For::Writing => {
                    ready!(stream.poll_write_ready(cx))?;
                    Interest::WRITABLE
                }
            };
            match stream.try_io(interest, || io(cx, stream.as_fd())) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return Poll::Ready(done),
            }
        }
    }

    pub(crate) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Fresh(stream) => Some(stream.as_fd()),
            Self::Registered(stream) => Some(stream.as_fd()),
            Self::Gone => None,
        }
    }

    pub(crate) fn local_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Fresh(stream) => stream.local_addr().ok(),
            Self::Registered(stream) => stream.local_addr().ok(),
            Self::Gone => None,
        }
    }

    pub(crate) fn peer_address(&self) -> Option<SocketAddr> {
        match self {
            Self::Fresh(stream) => stream.peer_addr().ok(),
            Self::Registered(stream) => stream.peer_addr().ok(),
            Self::Gone => None,
        }
    }

    fn register(&mut self) -> io::Result<()> {
        if let Self::Fresh(stream) = std::mem::replace(self, Self::Gone) {
            *self = Self::Registered(tokio::net::TcpStream::from_std(stream)?);
        }
        Ok(())
    }
}

impl Wire for Stream {
    fn receive(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> io::Result<usize> {
        done(self.poll_io(cx, For::Reading, |_, socket| channel::receive(socket, room)))
    }

    fn send(&mut self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        done(self.poll_io(cx, For::Writing, |_, socket| channel::send(socket, pieces)))
    }

    fn shutdown(&mut self) -> io::Result<()> {
        let socket = self.as_fd().ok_or(io::ErrorKind::NotConnected)?;
        channel::shutdown(socket)
    }
}

/// A control connection's socket.
impl Wire for &tokio::net::TcpStream {
    fn receive(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> io::Result<usize> {
        loop {
            done(self.poll_read_ready(cx))?;
            // Not AsyncRead's `poll_read`: it takes a short read for the last one, but one also
            // ends before an urgent byte, with more behind it.
            match self.try_io(Interest::READABLE, || channel::receive(self.as_fd(), room)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                received => return received,
            }
        }
    }

    fn send(&mut self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        loop {
            done(self.poll_write_ready(cx))?;
            match self.try_io(Interest::WRITABLE, || channel::send(self.as_fd(), pieces)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return sent,
            }
        }
    }

    fn shutdown(&mut self) -> io::Result<()> {
        channel::shutdown(self.as_fd())
    }
}

fn done<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl Listener {
    /// The next connection, if there is one now.
    #[cfg(feature = "client")]
    pub(crate) fn accept_at_once(&self) -> io::Result<(Stream, SocketAddr)> {
        let (stream, from) = match self {
            Self::Fresh(listener) => net::accept(listener)?,
            Self::Registered(listener) => net::accept(listener)?,
            Self::Gone => return Err(io::ErrorKind::NotConnected.into()),
        };
        Ok((Stream::Fresh(stream), from))
    }

    /// The socket, unknown to the runtime again; nothing is left here.
    pub(super) fn take(&mut self) -> Option<std::net::TcpListener> {
        match std::mem::replace(self, Self::Gone) {
            Self::Fresh(listener) => Some(listener),
            Self::Registered(listener) => listener.into_std().ok(),
            Self::Gone => None,
        }
    }

    /// The next connection; one that is there already costs no registration.
    pub(crate) fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Stream, SocketAddr)>> {
        if let Self::Fresh(listener) = self {
            match net::accept(&*listener) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                accepted => {
                    return Poll::Ready(
                        accepted.map(|(stream, from)| (Stream::Fresh(stream), from)),
                    );
                }
            }
            self.register()?;
        }
        let Self::Registered(listener) = self else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let (stream, from) = ready!(listener.poll_accept(cx))?;
        Poll::Ready(Ok((Stream::Registered(stream), from)))
    }

    fn register(&mut self) -> io::Result<()> {
        if let Self::Fresh(listener) = std::mem::replace(self, Self::Gone) {
            *self = Self::Registered(tokio::net::TcpListener::from_std(listener)?);
        }
        Ok(())
    }
}
