//! Listings: what LIST, NLST and MLSD send, written and read.

mod entry;
mod format;
mod read;
mod safe_leaf;
mod write;

pub use entry::{Entry, Kind, ListingStyle, Metadata};
pub use read::{ListingError, ListingOptions, ListingReader, Shape};
pub use safe_leaf::safe_leaf;
pub use write::write;
