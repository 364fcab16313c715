//! What every client driver shares: all that is not I/O.

mod error;
mod listing;
mod notice;
mod options;
mod url;

pub use error::Error;
pub(crate) use listing::ListingSink;
pub use notice::{Notice, Observer, Route};
pub use options::ClientOptions;
pub use url::{FtpUrl, UrlError};
