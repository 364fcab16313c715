//! FTP (RFC 959 and its extensions) as state machines that perform no I/O.
#![allow(unused, clippy::todo)] // while the codecs are being written
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod client;
pub mod codec;
mod contract;
pub mod data;
mod error;
mod limits;
pub mod listing;
mod outbox;
mod secret;
pub mod server;
mod session;
mod time;

pub use contract::{
    Accepted, Action, Closing, ControlAddresses, DataEnd, DataEnding, DataFailure, DataId,
    DataMode, Dialogue, Direction, Family, Instant, LocalFailure, OpId, Output, Wait,
};
pub use error::{DecodeError, ProtocolError, Step, UsageError};
pub use limits::{Limits, Timeouts};
pub use secret::Secret;
pub use session::Session;
pub use time::{DateTime, Modified, Precision, Zone};
