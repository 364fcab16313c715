//! Listings: what LIST, NLST and MLSD send, written and read.

mod entry;

pub use entry::{Entry, Kind, ListingStyle, Metadata};
