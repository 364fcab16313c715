//! A client on `std::net` and `poll(2)`: one thread, which waits.

mod bell;
mod client;
mod connect;
mod data;
mod driver;
mod stream;

pub use client::Client;
pub use stream::{Entries, Reader, Writer};

pub use crate::client::Transfer;
