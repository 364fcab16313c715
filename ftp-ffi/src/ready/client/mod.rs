//! The client that blocks.

mod canceller;
mod connection;
mod ends;
mod files;
mod listing;
mod options;
mod transfer;

pub use canceller::{ftp_canceller, ftp_canceller_cancel, ftp_canceller_free};
pub use connection::*;
pub use ends::{ftp_ready_read_fn, ftp_ready_write_fn};
pub use files::*;
pub use listing::*;
pub use options::*;
pub use transfer::*;
