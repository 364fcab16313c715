//! Why a server does not listen.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

/// A server cannot listen at an address.
///
/// ```
/// use std::sync::Arc;
///
/// use ftp_io::server::{BindError, Server};
/// use ftp_io::storage::LocalDirectory;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let taken = std::net::TcpListener::bind(("127.0.0.1", 0))?;
/// let storage = Arc::new(LocalDirectory::open("src")?);
/// let server = Server::builder(storage).listen_on(taken.local_addr()?);
/// let error: BindError = server.bind().await.expect_err("somebody listens there");
/// assert_eq!(error.address, taken.local_addr()?);
/// assert_eq!(error.source.kind(), std::io::ErrorKind::AddrInUse);
/// println!("{error}. {}", error.advice().unwrap_or_default());
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Error)]
#[error("cannot listen at {address}: {source}")]
pub struct BindError {
    /// The address and port that were asked for.
    pub address: SocketAddr,
    /// Why not.
    pub source: io::Error,
}

impl BindError {
    /// What can be done about it, as a sentence, where that is known.
    pub fn advice(&self) -> Option<&'static str> {
        match self.source.kind() {
            io::ErrorKind::PermissionDenied => Some(
                "A port below 1024 needs root or the capability CAP_NET_BIND_SERVICE; any other \
                 is free for all.",
            ),
            io::ErrorKind::AddrInUse => Some("Another program listens there: choose another port."),
            io::ErrorKind::AddrNotAvailable => {
                Some("No interface of this machine has that address.")
            }
            _ => None,
        }
    }
}

impl From<BindError> for io::Error {
    fn from(error: BindError) -> Self {
        Self::new(error.source.kind(), error)
    }
}
