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
//!
//! With everything that can be set:
//!
//! ```
//! use std::net::Ipv4Addr;
//! use std::sync::Arc;
//!
//! use ftp_io::server::{Builder, DataPort, Dialogue, Event, Permissions, Server, ServerHandle};
//! use ftp_io::server::{SessionId, User, Users};
//! use ftp_io::storage::LocalDirectory;
//! use ftp_proto::{Limits, Timeouts};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path();
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! fn number(session: SessionId) -> u64 {
//!     session.to_raw()
//! }
//!
//! let users = Users::new().with(User::new("ada", "secret", Permissions::READ_WRITE));
//! let builder: Builder = Server::builder(Arc::new(LocalDirectory::open(path)?))
//!     .users(users)
//!     .listen_on(([127, 0, 0, 1], 0).into())
//!     .passive_ports("50000-50099".parse()?)
//!     .announce(Ipv4Addr::new(192, 0, 2, 1))
//!     .data_port(DataPort::Any)
//!     .kept_listeners(16)
//!     .sessions(200, 20)
//!     .sessions_before_login(50)
//!     .banner("Welcome.")
//!     .limits(Limits::default())
//!     .timeouts(Timeouts::server())
//!     .dialogue(Dialogue::Shown)
//!     .on_event(|event| match event {
//!         Event::SessionStarted { session, .. } => println!("{} has begun", number(session)),
//!         Event::SessionEnded { session, .. } => println!("{} has ended", number(session)),
//!         event => println!("{event:?}"),
//!     });
//! let server = builder.bind().await?;
//! assert_ne!(server.local_addresses()[0].port(), 0);
//!
//! let handle: ServerHandle = server.handle();
//! handle.stop(); // no new sessions: `run` ends with the last one
//! handle.stop_now(); // nor the ones that there are
//! server.run().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Users with hashes, in a program and in a file:
//!
//! ```
//! use std::os::unix::fs::PermissionsExt;
//! use std::sync::Arc;
//!
//! use ftp_io::server::{Account, Exposure, HashingLimits, PasswordHash, PasswordHashError};
//! use ftp_io::server::{Permissions, Server, User, Users, UsersFault, UsersFile};
//! use ftp_io::storage::LocalDirectory;
//!
//! let limits = HashingLimits { at_once: 1, waiting: 10 };
//! let eve = Account::new(Permissions::READ_ONLY);
//! assert_eq!(eve.permissions(), Permissions::READ_ONLY);
//! let hash = PasswordHash::of("wonder")?;
//! let users = Users::new().with(User::hashed("eve", hash.clone(), eve.clone()));
//! let users = users.with_hashing(limits);
//! assert!(users.len() == 1 && !users.is_empty());
//! assert_eq!("secret".parse::<PasswordHash>().err(), Some(PasswordHashError::NotArgon2));
//!
//! let directory = tempfile::tempdir()?;
//! let path = directory.path().join("users.toml");
//! std::fs::write(&path, UsersFile::entry("eve", &hash, &eve))?;
//! std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644))?;
//! let file = UsersFile::open_with(&path, limits)?;
//! assert!(file.len() == 1 && !file.is_empty());
//! assert_eq!(file.exposure(), Some(Exposure { mode: 0o644 }));
//! std::fs::write(&path, "eve")?;
//! let error = file.reload().expect_err("no table");
//! assert!(matches!(error.fault, UsersFault::Syntax(_)));
//!
//! let storage = Arc::new(LocalDirectory::open(directory.path())?);
//! let server = Server::builder(storage).authenticator(Arc::new(file));
//! # drop(server);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod admission;
mod builder;
mod certificates;
mod error;
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
pub use error::BindError;
pub use event::{Event, SessionId};
pub use ftp_proto::Dialogue;
pub use ftp_proto::server::{
    CertificateLogin, ClearControl, CloseReason, Credentials, DataPort, Denied, Grant, Permissions,
    TlsRequired, TransferKind, TransferOutcome, Transfers, TruncatedUploads,
};
pub use hashing::{HashingLimits, PasswordHash, PasswordHashError};
pub use listening::Server;
pub use stop::ServerHandle;
pub use users::{Account, Authenticator, User, Users};
pub use users_file::{Exposure, UsersFault, UsersFile, UsersFileError};
