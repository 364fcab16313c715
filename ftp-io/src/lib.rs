//! Drivers over ftp-proto: sockets, time and files, with no protocol decision in them.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "client")]
pub mod asynchronous;
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
#[cfg_attr(
    not(all(
        feature = "blocking",
        feature = "client",
        feature = "server",
        feature = "tls"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "some of it serves one driver alone"
    )
)]
mod channel;
#[cfg(any(feature = "blocking", feature = "client"))]
pub mod client;
#[cfg(any(feature = "client", feature = "server"))]
mod dtp;
pub mod firewall;
pub mod mover;
pub mod net;
#[cfg(feature = "server")]
pub mod server;
pub mod storage;
#[cfg(all(
    feature = "tls",
    any(feature = "blocking", feature = "client", feature = "server")
))]
#[cfg_attr(
    not(all(
        feature = "blocking",
        feature = "client",
        feature = "server",
        feature = "tls"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "some of it serves one driver alone"
    )
)]
pub mod tls;

#[cfg(feature = "client")]
pub use asynchronous::Client;
#[cfg(feature = "server")]
pub use server::Server;
