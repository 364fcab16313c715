//! A client on tokio.
//!
//! It has no task and no thread of its own: it works while a future of its methods, or a stream
//! that it gave, is polled. One that is dropped before its end is aborted there and then, as far as
//! that needs no waiting; the rest is done by the next call. The session never loses its place.

mod client;
mod connect;
mod driver;
mod stream;

pub use client::Client;
pub use stream::{Entries, Reader, Writer};
