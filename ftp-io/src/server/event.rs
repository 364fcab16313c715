//! What a server tells the program around it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{CloseReason, TransferKind, TransferOutcome};
use ftp_proto::{ControlAddresses, DataMode};

use super::admission::Limit;
use crate::channel::TlsSummary;
#[cfg(feature = "tls")]
use crate::tls::{Fingerprint, TlsError};

/// Something that happened at a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A client has connected.
    SessionStarted {
        /// The session.
        session: SessionId,
        /// The two ends of its control connection.
        control: ControlAddresses,
    },
    /// A client was sent away, since there are too many sessions.
    SessionRefused {
        /// Where it came from.
        peer: SocketAddr,
        /// What there is too much of.
        limit: Limit,
    },
    /// A control connection is under TLS.
    ControlSecured {
        /// The session.
        session: SessionId,
        /// How.
        summary: TlsSummary,
    },
    /// A data connection is under TLS.
    DataSecured {
        /// The session.
        session: SessionId,
        /// How.
        summary: TlsSummary,
        /// Whether it is known to be the session's own: it resumed the session of the control
        /// connection. `false` where that is not required; who has connected is then known by the
        /// address only.
        is_proven: bool,
    },
    /// A user has logged in.
    LoggedIn {
        /// The session.
        session: SessionId,
        /// The user's name.
        user: Bytes,
    },
    /// A login was refused.
    LoginRefused {
        /// The session.
        session: SessionId,
        /// The name that was given.
        user: Bytes,
    },
    /// The data connection of a transfer is open.
    TransferStarted {
        /// The session.
        session: SessionId,
        /// What is transferred.
        kind: TransferKind,
        /// The file or directory.
        path: VirtualPath,
        /// Who opened the data connection.
        mode: DataMode,
        /// This end of the data connection.
        local: Option<SocketAddr>,
        /// The client's end of the data connection.
        peer: Option<SocketAddr>,
    },
    /// A transfer that had started has ended.
    TransferEnded {
        /// The session.
        session: SessionId,
        /// Bytes that crossed the data connection.
        bytes: u64,
        /// How it ended.
        outcome: TransferOutcome,
    },
    /// A command came, secrets as `****`. (Only with `Dialogue::Shown`.)
    Command {
        /// The session.
        session: SessionId,
        /// The line, without its end.
        line: Bytes,
    },
    /// A reply is being sent. (Only with `Dialogue::Shown`.)
    Reply {
        /// The session.
        session: SessionId,
        /// Its lines, without the last line end.
        text: Bytes,
    },
    /// In active mode the data port could not be used, and any port was. Told once for each server.
    DataPortReplaced {
        /// The port that was wanted.
        wanted: u16,
    },
    /// The files of the server's certificates have changed, and new sessions have what is in them.
    #[cfg(feature = "tls")]
    CertificatesChanged {
        /// The fingerprint of the first.
        fingerprint: Fingerprint,
    },
    /// The files of the server's certificates have changed and cannot be used: those before serve
    /// on. Told once for each change.
    #[cfg(feature = "tls")]
    CertificatesUnusable {
        /// Why.
        error: Arc<TlsError>,
    },
    /// A session is over.
    SessionEnded {
        /// The session.
        session: SessionId,
        /// Why; `None` if the server was stopped at once or dropped.
        reason: Option<CloseReason>,
    },
}

/// One session of a server, by a number that no other session of this server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(super) u64);

impl SessionId {
    /// The number, 1 for a server's first session.
    pub const fn to_raw(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who listens to events, if anybody does.
#[derive(Clone, Default)]
pub(super) struct Listener(pub(super) Option<Arc<dyn Fn(Event) + Send + Sync>>);

impl Listener {
    /// Tells an event, which is made only for somebody who listens.
    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(listener) = &self.0 {
            listener(event());
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "Listener",
            None => "Nobody",
        })
    }
}
