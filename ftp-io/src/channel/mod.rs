//! The control connection above its socket, in clear or under TLS, for every driver.

#[cfg(not(feature = "tls"))]
mod off;
mod summary;
mod wire;

use std::io::{self, IoSlice};
use std::task::Context;

use ftp_proto::Session;

pub use summary::TlsSummary;
pub(crate) use wire::{Wire, receive, send, shutdown};

#[cfg(all(not(feature = "tls"), any(feature = "blocking", feature = "client")))]
pub(crate) use off::ClientSide;
#[cfg(not(feature = "tls"))]
pub(crate) use off::Connection;
#[cfg(all(not(feature = "tls"), feature = "server"))]
pub(crate) use off::{ServerSide, ServerTls};

#[cfg(all(feature = "tls", any(feature = "blocking", feature = "client")))]
pub(crate) use crate::tls::ClientSide;
#[cfg(feature = "tls")]
pub(crate) use crate::tls::Connection;
#[cfg(all(feature = "tls", feature = "server"))]
pub(crate) use crate::tls::{ServerSide, ServerTls};

/// Which kind of connection it is, and so how large its buffers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Control,
    Data,
}

/// What the last call was blocked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waits {
    pub(crate) reading: bool,
    pub(crate) writing: bool,
}

/// What a control connection's bytes go through.
#[derive(Debug, Default)]
pub(crate) struct Channel(State);

#[derive(Debug, Default)]
enum State {
    #[default]
    Clear,
    /// In clear again, with bytes that came together with the end of TLS.
    Left(Vec<u8>),
    Securing(Box<Connection>),
    Secured(Box<Connection>),
    Clearing(Box<Connection>),
    /// A handshake has failed.
    Failed,
}

/// What has become of a handshake, or of the end of TLS.
#[derive(Debug)]
pub(crate) enum Secured {
    /// The control connection is under TLS.
    Established(TlsSummary),
    /// It is in clear again.
    Stopped,
    /// Neither.
    Failed(io::Error),
}

impl Channel {
    /// Begins a handshake.
    pub(crate) fn start(&mut self, connection: Box<Connection>) {
        self.0 = State::Securing(connection);
    }

    /// Begins to end TLS.
    pub(crate) fn stop(&mut self) {
        self.0 = match std::mem::take(&mut self.0) {
            State::Secured(connection) => State::Clearing(connection),
            _ => State::Failed,
        };
    }

    /// Gets on with a handshake or with the end of TLS, and tells the session how it went.
    pub(crate) fn advance(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        session: &mut impl Session,
    ) -> Option<Secured> {
        match std::mem::take(&mut self.0) {
            State::Securing(mut connection) => match connection.handshake(cx, wire) {
                Ok(()) => {
                    let (info, summary) = (connection.info(), connection.summary());
                    self.0 = State::Secured(connection);
                    session.handle_tls_established(info);
                    Some(Secured::Established(summary))
                }
                Err(error) => self.failed(error, State::Securing(connection), session),
            },
            State::Clearing(mut connection) => {
                let closed = connection.close(cx, wire);
                match closed.and_then(|()| connection.closed(cx, wire)) {
                    Ok(()) => {
                        self.0 = match connection.clear_bytes() {
                            [] => State::Clear,
                            left => State::Left(left.to_vec()),
                        };
                        session.handle_tls_stopped();
                        Some(Secured::Stopped)
                    }
                    Err(error) => self.failed(error, State::Clearing(connection), session),
                }
            }
            state => {
                self.0 = state;
                None
            }
        }
    }

    /// Reads; 0 at the end, whether it came in order or not: what is missing shows itself in the
    /// dialogue.
    pub(crate) fn read(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        room: &mut [u8],
    ) -> io::Result<usize> {
        match &mut self.0 {
            State::Clear => wire.receive(cx, room),
            State::Left(left) => {
                let given = left.len().min(room.len());
                room[..given].copy_from_slice(&left[..given]);
                left.drain(..given);
                if left.is_empty() {
                    self.0 = State::Clear;
                }
                Ok(given)
            }
            State::Secured(connection) => match connection.read(cx, wire, room) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
            State::Securing(_) | State::Clearing(_) | State::Failed => {
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }

    /// Writes; how many bytes were taken.
    pub(crate) fn write(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        bytes: &[u8],
    ) -> io::Result<usize> {
        match &mut self.0 {
            State::Clear | State::Left(_) => wire.send(cx, &[IoSlice::new(bytes)]),
            State::Secured(connection) => connection.write(cx, wire, bytes),
            // Nothing is said meanwhile.
            State::Securing(_) | State::Clearing(_) | State::Failed => {
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
    }

    /// Says close_notify, as far as it can be done now.
    pub(crate) fn close(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) {
        if let State::Secured(connection) = &mut self.0 {
            // A peer that takes nothing more will not miss it.
            let _ = connection.close(cx, wire);
        }
    }

    /// Tells a session's data connections of the version that was agreed upon here.
    #[cfg(feature = "server")]
    pub(crate) fn tell_version(&self, side: &mut ServerSide) {
        if let State::Secured(connection) = &self.0 {
            side.established(connection);
        }
    }

    /// Whether bytes pass as they are.
    pub(crate) const fn is_clear(&self) -> bool {
        matches!(self.0, State::Clear | State::Left(_))
    }

    /// What a handshake, or the end of TLS, waits for.
    #[cfg(feature = "blocking")]
    pub(crate) fn waits(&self) -> Option<Waits> {
        match &self.0 {
            State::Securing(connection) | State::Clearing(connection) => Some(connection.waits()),
            _ => None,
        }
    }

    /// Whether something can be read, or something be told, without waiting for the socket.
    #[cfg(feature = "blocking")]
    pub(crate) fn has_buffered(&mut self) -> bool {
        match &mut self.0 {
            State::Left(_) => true,
            State::Secured(connection) => connection.has_buffered(),
            _ => false,
        }
    }

    fn failed(
        &mut self,
        error: io::Error,
        state: State,
        session: &mut impl Session,
    ) -> Option<Secured> {
        if error.kind() == io::ErrorKind::WouldBlock {
            self.0 = state;
            return None;
        }
        self.0 = State::Failed;
        session.handle_tls_failed();
        Some(Secured::Failed(error))
    }
}
