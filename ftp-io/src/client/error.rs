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
    /// The server answered with something that the operation does not give.
    #[error("the server's answer is none to what was asked")]
    Answer,
}
