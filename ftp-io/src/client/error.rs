//! What can go wrong at a client, each with its cause.

use std::io;
use std::net::SocketAddr;

use ftp_proto::client::OperationError;
use ftp_proto::listing::ListingError;
use ftp_proto::{ProtocolError, UsageError};
use thiserror::Error as ThisError;

/// Why a client could not do what it was asked.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The host's name cannot be turned into an address.
    #[error("the host {host} cannot be found: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// Why not.
        source: io::Error,
    },
    /// No control connection can be made.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// The last address tried.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The control connection failed on this side.
    #[error("the control connection failed: {0}")]
    Control(io::Error),
    /// TLS cannot be set up.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    Tls(#[from] crate::tls::TlsError),
    /// An address asks for TLS, and this library was built without it.
    #[error("this program was built without TLS")]
    NoTls,
    /// The control connection could not be brought under TLS. The session is over.
    #[error("the TLS handshake failed: {0}")]
    Handshake(io::Error),
    /// A file on this side could not be read or written.
    #[error("the local file failed: {0}")]
    Local(io::Error),
    /// The call makes no sense; nothing was sent.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The server broke the protocol, went silent or went away. The session is over.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The operation did not succeed. The session goes on.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// A listing is larger than the bounds allow.
    #[error(transparent)]
    Listing(#[from] ListingError),
    /// What is to be completed is larger than what it should be a part of: it is another file.
    #[error("{here} bytes are there already, more than the {size} of the file: it is another one")]
    LargerThanSource {
        /// Bytes that are there.
        here: u64,
        /// Bytes in the file to be copied.
        size: u64,
    },
    /// After an upload that was resumed the server has another size than it should.
    #[error("the server has {found} bytes of the {expected} that it should have")]
    SizeDiffers {
        /// Bytes that it should have.
        expected: u64,
        /// Bytes that it says it has.
        found: u64,
    },
    /// The transfer of a stream has ended before: its error was told, or it was whole.
    #[error("the transfer has ended before")]
    Over,
    /// The call was given up, as [`Interrupt`](super::Interrupt) asked. What it had begun is
    /// aborted as far as that needs no waiting.
    #[error("the call was interrupted")]
    Interrupted,
    /// The server answered with something that the operation does not give.
    #[error("the server's answer is none to what was asked")]
    Answer,
}

/// The error in an [`io::Error`], from which [`io::Error::downcast`] takes it out again. Its kind is
/// never `Interrupted` or `WouldBlock`, upon which callers would try again.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Local(source) | Error::Control(source) | Error::Handshake(source) => {
                match source.kind() {
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => io::ErrorKind::Other,
                    kind => kind,
                }
            }
            #[cfg(feature = "tls")]
            Error::Tls(_) => io::ErrorKind::InvalidInput,
            Error::Resolve { .. } => io::ErrorKind::HostUnreachable,
            Error::Connect { source, .. } => source.kind(),
            Error::Usage(UsageError::Ended) | Error::Over => io::ErrorKind::NotConnected,
            Error::NoTls => io::ErrorKind::Unsupported,
            Error::Usage(_) => io::ErrorKind::InvalidInput,
            Error::Protocol(ProtocolError::TimedOut(_) | ProtocolError::SendTimedOut)
            | Error::Operation(OperationError::Stalled { .. }) => io::ErrorKind::TimedOut,
            Error::Protocol(ProtocolError::Closed(_) | ProtocolError::Closing(_))
            | Error::Operation(OperationError::Aborted) => io::ErrorKind::ConnectionAborted,
            Error::Operation(OperationError::DataLost { .. }) => io::ErrorKind::ConnectionReset,
            Error::Operation(OperationError::Short { .. }) => io::ErrorKind::UnexpectedEof,
            Error::Protocol(_)
            | Error::Listing(_)
            | Error::LargerThanSource { .. }
            | Error::SizeDiffers { .. } => io::ErrorKind::InvalidData,
            Error::Operation(_) | Error::Answer | Error::Interrupted => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
