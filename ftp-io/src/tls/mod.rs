//! TLS on both kinds of connection (RFC 4217), over rustls.
//!
//! One adapter serves control and data connections, clients and servers, `poll(2)` and tokio: it
//! works on a nonblocking socket that comes with each call. It ends TLS without ending TCP, which
//! CCC and the peer's close_notify need.
//!
//! The cryptography is ring's: it builds in seconds, without a C toolchain's other tools. All of it
//! is chosen in one place, so that another provider of rustls can take its place.
//!
//! A server has a certificate; a client trusts the system's root certificates, others, or one
//! certificate that it knows by its fingerprint:
//!
//! ```
//! use std::fs;
//!
//! use ftp_io::tls::{ClientTls, ClientTlsBuilder, DataProof, Fingerprint, FingerprintError};
//! use ftp_io::tls::{MaxVersion, ServerTls, TlsError};
//!
//! let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
//! let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
//! let directory = tempfile::tempdir()?;
//! let at = |name: &str| directory.path().join(name);
//! fs::write(at("cert.pem"), &certificate)?;
//! fs::write(at("key.pem"), &key)?;
//!
//! let server = ServerTls::from_files(at("cert.pem"), at("key.pem"))?
//!     .data_proof(DataProof::Require)
//!     .client_roots(&at("cert.pem"))?
//!     .max_version(MaxVersion::Tls13)?;
//! assert_eq!(server.fingerprint(), Fingerprint::of(made.cert.der()));
//! assert_eq!(server.fingerprint(), Fingerprint::of_file(&at("cert.pem"))?);
//! let server = server
//!     .and_pem(certificate.as_bytes(), key.as_bytes())?
//!     .and_files(at("cert.pem"), at("key.pem"))?;
//!
//! // A file that cannot be used leaves the certificate as it was.
//! fs::write(at("cert.pem"), "nothing of use")?;
//! assert!(matches!(server.reload(), Err(TlsError::Missing { .. })));
//! fs::write(at("cert.pem"), &certificate)?;
//! server.reload()?;
//! assert!(ServerTls::from_pem(certificate.as_bytes(), b"").is_err());
//!
//! let by_roots = ClientTls::builder()
//!     .root_file(&at("cert.pem"))?
//!     .root_pem(certificate.as_bytes())?
//!     .certificate_files(&at("cert.pem"), &at("key.pem"))?
//!     .build()?;
//! let by_fingerprint = ClientTls::builder()
//!     .pin(server.fingerprint())
//!     .certificate_pem(certificate.as_bytes(), key.as_bytes())?
//!     .max_version(MaxVersion::Tls12)
//!     .build()?;
//! let dangerous: ClientTlsBuilder = ClientTls::builder().danger_accept_any_certificate();
//! let by_nothing = dangerous.build()?;
//! assert_eq!("no fingerprint".parse::<Fingerprint>(), Err(FingerprintError));
//!
//! match ClientTls::system() {
//!     Ok(by_the_system) => println!("{by_the_system:?}"),
//!     Err(TlsError::NoSystemRoots) => println!("no CA certificates are installed here"),
//!     Err(other) => return Err(other.into()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod connection;
mod error;
mod failure;
mod pem;
mod proof;
mod server;
mod tickets;
mod trust;

pub use crate::channel::TlsSummary;
pub use client::{ClientTls, ClientTlsBuilder};
pub use error::TlsError;
pub use failure::HandshakeFailure;
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
