//! The data connection on tokio, for clients and servers: the same code, driven by either session.

mod data;
mod socket;

pub(crate) use data::{Data, Turn};
