//! How a connection is protected, in words.

use std::fmt;

use ftp_proto::Handshake;

/// How a connection is protected, for a log.
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
