//! The asynchronous server, on tokio: a task for each session, and no thread for a transfer.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use ftp_io::server::{Permissions, Server, User, Users};
//! use ftp_io::storage::LocalDirectory;
//!
//! # async fn serve() -> std::io::Result<()> {
//! let users = Users::new()
//!     .with(User::new("ada", "secret", Permissions::READ_WRITE))
//!     .with_anonymous(Permissions::READ_ONLY);
//! let server = Server::builder(Arc::new(LocalDirectory::open("/srv/ftp")?))
//!     .users(users)
//!     .listen_on(([0, 0, 0, 0], 2121).into())
//!     .bind()
//!     .await?;
//! println!("listening on {:?}", server.local_addresses());
//! let handle = server.handle(); // `handle.stop()` from elsewhere ends `run`
//! # drop(handle);
//! server.run().await;
//! # Ok(())
//! # }
//! ```

mod admission;
mod builder;
mod event;
mod hashing;
mod homes;
mod leases;
mod listening;
mod question;
mod session;
mod stop;
mod trace;
mod users;
mod users_file;

pub use crate::channel::TlsSummary;
pub use admission::Limit;
pub use builder::Builder;
pub use event::{Event, SessionId};
pub use ftp_proto::Dialogue;
pub use ftp_proto::server::{
    CertificateLogin, ClearControl, CloseReason, Credentials, DataPort, Denied, Grant, Permissions,
    TlsRequired, TransferKind, TransferOutcome, TruncatedUploads,
};
pub use hashing::{HashingLimits, PasswordHash, PasswordHashError};
pub use listening::Server;
pub use stop::ServerHandle;
pub use users::{Account, Authenticator, User, Users};
pub use users_file::{Exposure, UsersFault, UsersFile, UsersFileError};
