//! Why a server does not listen.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// An address that a server was to listen at cannot be had.
///
/// ```
/// use std::io::ErrorKind;
/// use std::sync::Arc;
///
/// use ftp_io::Server;
/// use ftp_io::server::BindError;
/// use ftp_io::storage::LocalDirectory;
///
/// # let directory = tempfile::tempdir()?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let storage = Arc::new(LocalDirectory::open(directory.path())?);
/// let first = Server::builder(storage.clone()).listen_on(([127, 0, 0, 1], 0).into()).bind().await?;
/// let taken = first.local_addresses()[0];
/// let second = Server::builder(storage).listen_on(taken).bind().await;
/// let BindError { address, source, .. } = second.expect_err("the first one listens there");
/// assert_eq!((address, source.kind()), (taken, ErrorKind::AddrInUse));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
#[error("cannot listen at {address}: {source}")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// Why not: a port that only root may bind ([`io::ErrorKind::PermissionDenied`]), that is
    /// listened at already ([`io::ErrorKind::AddrInUse`]), an address of another machine
    /// ([`io::ErrorKind::AddrNotAvailable`]), or whatever else the operating system says.
    pub source: io::Error,
}

impl BindError {
    pub(super) fn new(address: SocketAddr, source: io::Error) -> Self {
        Self { address, source }
    }
}

/// The error in an [`io::Error`] of the same kind.
impl From<BindError> for io::Error {
    fn from(error: BindError) -> Self {
        Self::new(error.source.kind(), error)
    }
}
