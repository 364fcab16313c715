//! Certificates and keys in PEM, and a certificate's fingerprint.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use super::TlsError;

/// The SHA-256 of a certificate in DER, by which it is known whoever has signed it.
///
/// ```
/// use ftp_io::tls::Fingerprint;
///
/// let text = "00:".repeat(31) + "fF";
/// let fingerprint: Fingerprint = text.parse()?;
/// assert_eq!(fingerprint.to_string(), "00".repeat(31) + "ff");
/// # Ok::<(), ftp_io::tls::FingerprintError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// A text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a fingerprint is a SHA-256: 64 hexadecimal digits, with or without colons")]
pub struct FingerprintError;

impl Fingerprint {
    /// The fingerprint of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }

    /// The fingerprint of the first certificate in a file in PEM.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no certificate.
    pub fn of_file(path: &Path) -> Result<Self, TlsError> {
        let certificates = certificates(&read(path)?, Some(path))?;
        let first = certificates.first().ok_or_else(|| TlsError::Missing {
            expected: "a certificate",
            path: Some(path.to_owned()),
        })?;
        Ok(Self::of(first))
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let mut bytes = [0; 32];
        let mut digits = text.chars().filter(|digit| *digit != ':');
        for byte in &mut bytes {
            let mut digit = || {
                let digit = digits.next()?.to_digit(16)?;
                u8::try_from(digit).ok()
            };
            let (high, low) = (digit(), digit());
            *byte = high.ok_or(FingerprintError)? << 4 | low.ok_or(FingerprintError)?;
        }
        match digits.next() {
            None => Ok(Self(bytes)),
            Some(_) => Err(FingerprintError),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File {
        path: path.to_owned(),
        source,
    })
}

/// The certificates in a text, in their order.
pub(super) fn certificates(
    pem: &[u8],
    path: Option<&Path>,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let missing = || TlsError::Missing {
        expected: "a certificate",
        path: path.map(Path::to_owned),
    };
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|_| missing())?;
    match certificates.is_empty() {
        true => Err(missing()),
        false => Ok(certificates),
    }
}

/// The first private key in a text.
pub(super) fn private_key(
    pem: &[u8],
    path: Option<&Path>,
) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| TlsError::Missing {
        expected: "a private key",
        path: path.map(Path::to_owned),
    })
}
