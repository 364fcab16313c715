//! How the two kinds of connection are protected (RFC 2228, RFC 4217): the words in which a session
//! and its driver speak of TLS. The handshakes themselves are the driver's.

use bytes::Bytes;

/// Whether a data connection is protected (RFC 2228 §3, PROT).
///
/// ```
/// use ftp_proto::Protection;
/// use ftp_proto::client::ClientConfig;
///
/// // What a client under TLS asks for; a data connection begins in clear.
/// assert_eq!(ClientConfig::default().protection, Protection::Private);
/// assert_eq!(Protection::default(), Protection::Clear);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protection {
    /// PROT C: bytes cross the data connection in clear.
    #[default]
    Clear,
    /// PROT P: bytes cross it under TLS.
    Private,
}

/// How a TLS handshake came to its end.
///
/// ```
/// use ftp_proto::{Handshake, TlsInfo};
///
/// assert_eq!(TlsInfo::new(Handshake::Resumed).handshake, Handshake::Resumed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handshake {
    /// It began anew, with certificates.
    Full,
    /// It resumed an earlier session: on a data connection, as far as the driver can tell, the
    /// control connection's.
    Resumed,
}

/// What the handshake of a control connection brought.
///
/// ```
/// use ftp_proto::{Handshake, TlsInfo};
///
/// let nobody = TlsInfo::new(Handshake::Full);
/// assert_eq!(nobody.certificate, None);
/// let somebody = TlsInfo {
///     certificate: Some(b"0\x82 a certificate in DER"[..].into()),
///     ..nobody
/// };
/// assert!(somebody.certificate.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// How it came to its end.
    pub handshake: Handshake,
    /// The peer's own certificate in DER, which the driver has verified. At a server `None` where
    /// the client showed none.
    pub certificate: Option<Bytes>,
}

impl TlsInfo {
    /// A handshake in which the peer showed no certificate, or one that tells nothing more.
    pub const fn new(handshake: Handshake) -> Self {
        Self {
            handshake,
            certificate: None,
        }
    }
}
