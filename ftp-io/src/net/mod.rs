//! Opening the sockets of control and data connections, for every driver.
//!
//! What is made here is nonblocking and belongs to the standard library, so that `poll(2)` and an
//! asynchronous runtime can use it alike.
//!
//! ```
//! use std::io::ErrorKind;
//!
//! use ftp_io::net::{self, Connecting, LocalPort, PortRange, PortRangeError};
//! use ftp_proto::DataFailure;
//!
//! let ports = PortRange::new(40_000, 59_999)?;
//! assert!(ports.contains(ports.first()) && ports.contains(ports.last()));
//! assert_eq!(PortRange::new(0, 9), Err(PortRangeError::Zero));
//!
//! let listener = net::listen_for_data(([127, 0, 0, 1], 0).into(), Some(ports))?;
//! let at = listener.local_addr()?;
//! assert!(ports.contains(at.port()));
//!
//! let Connecting { stream, local_port } = net::connect(None, at)?;
//! assert_eq!(local_port, LocalPort::Any);
//! while !net::connected(&stream)? {
//!     std::thread::yield_now(); // or `poll(2)`, until it is writable
//! }
//! let (_accepted, from) = loop {
//!     match net::accept(&listener) {
//!         Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
//!         accepted => break accepted?,
//!     }
//! };
//! assert_eq!(from, stream.local_addr()?);
//!
//! net::prepare_control(&stream)?;
//! assert_eq!(net::send(&stream, b"NOOP\r\n")?, 6);
//! assert!(net::send_urgent(&stream, b"\xff\xf4\xff\xf2")? > 0);
//! net::reset(&stream); // from now on, closing aborts
//! net::keep_end(&stream); // and from now on it does not
//!
//! let control = net::listen(([127, 0, 0, 1], 0).into())?;
//! assert_ne!(control.local_addr()?.port(), 0);
//! let refused = ErrorKind::ConnectionRefused.into();
//! assert_eq!(net::failure(&refused), DataFailure::Refused);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
pub(crate) use control::send_records_at_once;
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
