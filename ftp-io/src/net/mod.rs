//! Opening the sockets of control and data connections, for every driver.
//!
//! What is made here is nonblocking and belongs to the standard library, so that `poll(2)` and an
//! asynchronous runtime can use it alike.

mod accept;
mod connect;
mod control;
mod ports;
#[cfg(test)]
mod tests;

#[cfg(feature = "server")]
pub(crate) use accept::{DATA_BACKLOG, listen_for_data_but_at};
pub use accept::{accept, listen, listen_for_data};
pub use connect::{Connecting, LocalPort, connect, connected, failure};
pub use control::{keep_end, prepare_control, reset, send, send_urgent};
#[cfg(feature = "server")]
pub(crate) use ports::random_below;
pub use ports::{PortRange, PortRangeError};

use rustix::net::SendFlags;

/// Whatever the process does about SIGPIPE, a peer that has gone is an error and no signal.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const QUIET: SendFlags = SendFlags::NOSIGNAL;
/// This system has no such flag; Rust programs ignore SIGPIPE.
#[cfg(target_vendor = "apple")]
pub(crate) const QUIET: SendFlags = SendFlags::empty();
