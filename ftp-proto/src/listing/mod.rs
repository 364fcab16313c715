//! Listings: what LIST, NLST and MLSD send, written and read.

mod entry;
mod write;

pub use entry::{Entry, Kind, ListingStyle, Metadata};
pub use write::write;
