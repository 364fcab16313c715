//! What every client shares: all that is not I/O.
//!
//! ```
//! # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
//! # serve::run(async |server| {
//! use std::sync::{Arc, Mutex};
//!
//! use ftp_io::client::{Builder, Canceller, Copied, Error, FtpUrl, Notice};
//! use ftp_io::client::{Observer, Progress, Route, Upload, UrlError};
//! use ftp_proto::client::OperationError;
//!
//! # let address = server.address;
//! # let here = server.directory.path().join("motd");
//! let url: FtpUrl = format!("ftp://ada:secret@{address}/motd").parse()?;
//! assert_eq!(url.name(), Some(&b"motd"[..]));
//! assert_eq!("http://192.0.2.1/".parse::<FtpUrl>(), Err(UrlError::Scheme));
//!
//! // Who connected to whom.
//! let routes: Arc<Mutex<Vec<Route>>> = Arc::default();
//! let seen = Arc::clone(&routes);
//! let observer = Observer::new(move |notice| {
//!     if let Notice::DataOpen(route) = notice {
//!         seen.lock().expect("nobody panics").push(route);
//!     }
//! });
//! let mut client = Builder::url(&url)?.observer(observer).connect().await?;
//!
//! // The server has a part of the file; the rest is put behind it.
//! # std::fs::write(server.directory.path().join("copy"), "Hell")?;
//! let upload = Upload::new(here, "copy")?.resume_by_append();
//! let report = |progress: Progress| println!("{} of {:?}", progress.done, progress.total);
//! let copied: Copied = client.upload_with(upload, report).await?;
//! assert_eq!(copied.size, 7);
//! assert_eq!(routes.lock().expect("nobody panics")[0].peer.ip(), address.ip());
//!
//! // An error holds the server's reply.
//! match client.size("nothing").await {
//!     Err(Error::Operation(OperationError::Refused(reply))) => {
//!         assert_eq!(reply.code().to_u16(), 550);
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! // To end from another task what the client does; here it does nothing.
//! let canceller: Canceller = client.canceller();
//! canceller.cancel();
//! client.quit().await?;
//! # Ok(())
//! # });
//! ```

mod again;
pub(crate) mod answer;
mod argument;
mod builder;
mod canceller;
mod core;
mod error;
pub(crate) mod file;
#[cfg_attr(
    not(feature = "blocking"),
    allow(dead_code, reason = "the blocking client alone asks")
)]
mod interrupt;
mod listing;
mod netrc;
mod notice;
mod options;
mod race;
pub(crate) mod relay;
mod trace;
mod url;
mod window;

pub use crate::channel::TlsSummary;
pub use argument::IntoArgument;
pub use builder::Builder;
pub use canceller::Canceller;
pub use error::Error;
pub use file::{Copied, Download, Progress, Upload};
pub use ftp_proto::client::Transferred as Transfer;
pub use interrupt::Interrupt;
pub use netrc::{Netrc, NetrcError, NetrcFault};
pub use notice::{Notice, Observer, Route};
pub use options::ClientOptions;
pub use relay::RelayError;
pub use url::{FtpUrl, Scheme, TypeCode, UrlError};

pub(crate) use self::core::{Core, FromSource, Nothing, Site, ToSink};
pub(crate) use listing::Listed;
pub(crate) use race::Race;
pub(crate) use trace::Asking;
pub(crate) use window::{Beginning, ReadWindow, Wish, WriteWindow};
