//! How a connection is protected, in words.

use std::fmt;

use ftp_proto::Handshake;

/// How a connection is protected, for a log.
///
/// ```
/// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve_tls.rs")); }
/// # let server = serve::Served::new();
/// use ftp_io::client::{Notice, Observer};
/// use ftp_io::tls::TlsSummary;
///
/// let observer = Observer::new(|notice| {
///     if let Notice::DataSecured(summary) = notice {
///         let TlsSummary { version, .. } = summary;
///         assert_eq!(version, "TLSv1.3");
///         assert!(summary.to_string().ends_with("resumed"));
///     }
/// });
/// # let mut client = server.client()?.observer(observer).connect_blocking()?;
/// client.list(None)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSummary {
    /// The version of TLS, such as `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite.
    pub cipher: &'static str,
    /// Whether it resumed an earlier session.
    pub handshake: Handshake,
}

impl fmt::Display for TlsSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handshake = match self.handshake {
            Handshake::Full => "full handshake",
            Handshake::Resumed => "resumed",
        };
        write!(f, "{}, {}, {handshake}", self.version, self.cipher)
    }
}
