//! Why a handshake has failed.

use std::io;

use rustls::{CertificateError, Error};

/// Why a handshake has failed, as far as it shows on this side.
///
/// ```
/// use std::io;
///
/// use ftp_io::tls::HandshakeFailure;
///
/// let error = io::Error::from(io::ErrorKind::UnexpectedEof);
/// assert_eq!(HandshakeFailure::of(&error), HandshakeFailure::Closed);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// Nobody who is trusted has signed the certificate.
    Untrusted,
    /// The certificate is for others.
    OtherName {
        /// Whom it is for, as far as it is told.
        names: Vec<String>,
    },
    /// The certificate is not valid any more.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is none of those pinned.
    NotPinned,
    /// The certificate cannot be used in another way.
    Certificate,
    /// The peer has refused, by an alert.
    Alert,
    /// What the peer has sent is no TLS.
    NotTls,
    /// The two have no version or cipher in common.
    Incompatible,
    /// The connection ended, or was cut.
    Closed,
    /// Something else.
    Other,
}

impl HandshakeFailure {
    /// Sorts the error in [`Error::Handshake`](crate::client::Error::Handshake) or
    /// [`Notice::DataNotSecured`](crate::client::Notice::DataNotSecured).
    pub fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner {
            Some(Error::InvalidCertificate(why)) => Self::of_certificate(why),
            Some(Error::NoCertificatesPresented) => Self::Certificate,
            Some(Error::AlertReceived(_)) => Self::Alert,
            Some(Error::InvalidMessage(_)) => Self::NotTls,
            Some(Error::PeerIncompatible(_) | Error::NoApplicationProtocol) => Self::Incompatible,
            Some(_) => Self::Other,
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => Self::Closed,
                _ => Self::Other,
            },
        }
    }

    fn of_certificate(why: &CertificateError) -> Self {
        match why {
            // What webpki says of a certificate that has signed itself depends on what it may sign.
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::Other(_) => Self::Untrusted,
            CertificateError::NotValidForName => Self::OtherName { names: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => Self::OtherName {
                names: presented.clone(),
            },
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            // Said of certificates that are not pinned, and of nothing else.
            CertificateError::ApplicationVerificationFailure => Self::NotPinned,
            _ => Self::Certificate,
        }
    }
}
