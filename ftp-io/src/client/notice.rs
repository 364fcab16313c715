//! What a driver tells while it works: the dialogue, and who connected to whom.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use ftp_proto::DataMode;
use ftp_proto::codec::reply::Reply;

use crate::channel::TlsSummary;

/// Something that has just happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A command was sent; secrets are `****`.
    Sent(&'a [u8]),
    /// A reply was received.
    Received(&'a Reply),
    /// A data connection is open.
    DataOpen(Route),
    /// The control connection is under TLS.
    ControlSecured(TlsSummary),
    /// The control connection is in clear again.
    ControlCleared,
    /// The server refused TLS, and the session goes on in clear.
    NotSecured,
    /// The data connection is under TLS.
    DataSecured(TlsSummary),
    /// The handshake on the data connection has failed, and this is why.
    #[cfg_attr(
        feature = "tls",
        doc = "[`HandshakeFailure`](crate::tls::HandshakeFailure) sorts it."
    )]
    DataNotSecured(&'a io::Error),
    /// A transfer in MODE B or C can be taken up again here (RFC 959 §3.5).
    Marker {
        /// The server's name for the place: what REST is given, if it is a number.
        text: &'a [u8],
        /// How many bytes the local file has up to there.
        position: u64,
    },
    /// So many bytes of the transfer have crossed the data connection.
    Progress(u64),
}

/// A data connection as the operating system tells it: `getsockname` and `getpeername`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Active: the peer connected to here. Passive: this side connected to the server.
    pub mode: DataMode,
    /// This end.
    pub local: SocketAddr,
    /// The server's end.
    pub peer: SocketAddr,
}

/// Who wants to hear of it. Called between steps of the driver, so it should be quick.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(Notice<'_>) + Send + Sync>);

impl Observer {
    /// Calls `observe` for each notice.
    pub fn new(observe: impl Fn(Notice<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observe))
    }

    pub(crate) fn tell(&self, notice: Notice<'_>) {
        (self.0)(notice);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}
