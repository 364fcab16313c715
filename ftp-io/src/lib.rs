//! Drivers over ftp-proto: sockets, time and files, with no protocol decision in them.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod client;
#[cfg(feature = "server")]
mod dtp;
pub mod firewall;
pub mod mover;
pub mod net;
#[cfg(feature = "server")]
pub mod server;
pub mod storage;

#[cfg(feature = "server")]
pub use server::Server;
