//! What every client shares: all that is not I/O.

pub(crate) mod answer;
mod argument;
mod builder;
mod canceller;
mod core;
mod error;
pub(crate) mod file;
mod listing;
mod netrc;
mod notice;
mod options;
mod race;
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
pub use netrc::{Netrc, NetrcError, NetrcFault};
pub use notice::{Notice, Observer, Route};
pub use options::ClientOptions;
pub use url::{FtpUrl, Scheme, TypeCode, UrlError};

pub(crate) use self::core::{Core, FromSource, Nothing, Site, ToSink};
pub(crate) use listing::Listed;
pub(crate) use race::Race;
pub(crate) use trace::Asking;
pub(crate) use window::{Beginning, ReadWindow, Wish, WriteWindow};
