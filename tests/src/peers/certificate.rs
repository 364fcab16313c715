//! The certificate of a server under TLS.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::Site;
use crate::Trouble;

/// Whether a server serves data connections that do not resume their session's TLS. Only ours can
/// be told; the others require it, but for Pure-FTPd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It does, and says so.
    Prefer,
    /// It refuses them.
    Require,
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Prefer => "prefer",
            Self::Require => "require",
        })
    }
}

/// What a server under TLS needs: files in PEM.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) proof: Proof,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    /// The two in one file.
    pub(super) both: PathBuf,
}

impl Tls {
    /// With a certificate for `address` that nobody has signed but itself.
    pub(super) fn lay_out(site: &Site, address: IpAddr, proof: Proof) -> Result<Self, Trouble> {
        let made =
            rcgen::generate_simple_self_signed([address.to_string()]).map_err(Trouble::failed)?;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        Ok(Self {
            proof,
            both: site.write("tls.pem", &format!("{certificate}{key}"))?,
            certificate: site.write("certificate.pem", &certificate)?,
            key: site.write("key.pem", &key)?,
        })
    }

    pub(super) fn certificate(&self) -> &Path {
        &self.certificate
    }
}
