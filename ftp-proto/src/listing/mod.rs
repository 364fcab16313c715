//! Listings: what LIST, NLST and MLSD send, written and read.

mod detect;
mod entry;
mod format;
mod lines;
mod read;
mod safe_leaf;
mod told;
mod write;

pub use entry::{Entry, Kind, ListingStyle, Metadata};
pub use read::{ListingError, ListingOptions, ListingReader, Shape};
pub use safe_leaf::safe_leaf;
pub(crate) use told::{Place, Told};
pub use write::write;
