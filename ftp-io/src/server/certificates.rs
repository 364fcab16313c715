//! The certificates by which a user is known.

#[cfg(feature = "tls")]
use crate::tls::Fingerprint;

/// Those of one user, one of which must be shown; none asks for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Certificates(#[cfg(feature = "tls")] Vec<Fingerprint>);

impl Certificates {
    #[cfg(feature = "tls")]
    pub(super) fn of(certificate: Fingerprint) -> Self {
        Self(vec![certificate])
    }

    #[cfg(feature = "tls")]
    pub(super) fn add(&mut self, certificate: Fingerprint) {
        self.0.push(certificate);
    }

    /// Whether a client has shown what is asked for: a certificate in DER, or none.
    #[cfg(feature = "tls")]
    pub(super) fn are_satisfied_by(&self, shown: Option<&[u8]>) -> bool {
        self.0.is_empty() || shown.is_some_and(|shown| self.0.contains(&Fingerprint::of(shown)))
    }

    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "as it is with TLS")]
    pub(super) const fn are_satisfied_by(&self, _: Option<&[u8]>) -> bool {
        true
    }
}
