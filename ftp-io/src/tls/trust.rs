//! Whom a client trusts, other than by who signed the certificate.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::{Fingerprint, provider};

/// Trusts certificates by themselves: whom they are for and who signed them does not count.
#[derive(Debug)]
pub(super) struct Known {
    which: Which,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
pub(super) enum Which {
    /// These.
    Pinned(Vec<Fingerprint>),
    /// Any: who sits on the way can read and change everything.
    Any,
}

impl Known {
    pub(super) fn new(which: Which) -> Self {
        Self {
            which,
            algorithms: provider().signature_verification_algorithms,
        }
    }
}

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.which {
            Which::Any => Ok(ServerCertVerified::assertion()),
            Which::Pinned(pins) if pins.contains(&Fingerprint::of(certificate)) => {
                Ok(ServerCertVerified::assertion())
            }
            Which::Pinned(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    // That the server has the certificate's key is checked in any case.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
