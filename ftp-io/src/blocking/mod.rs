//! A client on `std::net` and `poll(2)`: one thread, which waits.

mod client;
mod data;
mod driver;

pub use client::{Client, Transfer};
pub use driver::Endpoint;
