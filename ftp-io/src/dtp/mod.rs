//! The data connection on tokio, for clients and servers: the same code, driven by either session.

mod data;
mod lease;
mod socket;

pub(crate) use data::{Data, Turn};
#[cfg(feature = "server")]
pub(crate) use lease::{Lease, Lender};
#[cfg(all(test, feature = "server"))]
pub(crate) use socket::Listener;
