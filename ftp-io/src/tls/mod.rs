//! TLS on both kinds of connection (RFC 4217), over rustls.
//!
//! One adapter serves control and data connections, clients and servers, `poll(2)` and tokio: it
//! works on a nonblocking socket that comes with each call. It ends TLS without ending TCP, which
//! CCC and the peer's close_notify need.
//!
//! The cryptography is ring's: it builds in seconds, without a C toolchain's other tools. All of it
//! is chosen in one place, so that another provider of rustls can take its place.

mod client;
mod connection;
mod error;
mod pem;
mod proof;
mod server;
mod tickets;
mod trust;

pub use crate::channel::TlsSummary;
pub use client::{ClientTls, ClientTlsBuilder};
pub use error::TlsError;
pub use pem::{Fingerprint, FingerprintError};
pub use proof::DataProof;
pub use server::ServerTls;

pub(crate) use client::ClientSide;
pub(crate) use connection::Connection;
#[cfg(feature = "server")]
pub(crate) use server::ServerSide;

use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::crypto::CryptoProvider;

/// The newest version of TLS that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MaxVersion {
    /// TLS 1.2: its sessions can be resumed without end, which some servers need.
    Tls12,
    /// TLS 1.3.
    #[default]
    Tls13,
}

impl MaxVersion {
    fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::Tls12 => ONLY_TLS12,
            Self::Tls13 => rustls::ALL_VERSIONS,
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// RFC 7301's name for FTP: a handshake meant for another protocol is not taken (CVE-2021-3618).
const ALPN: &[u8] = b"ftp";

static ONLY_TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
