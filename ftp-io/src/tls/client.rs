//! A client's side: whom it trusts, and what it resumes.

use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::connection::Connection;
use super::tickets::Tickets;
use super::trust::{Known, Which};
use super::{ALPN, Fingerprint, MaxVersion, TlsError, pem, provider};
use crate::channel::Part;

/// What a client needs for TLS. One value serves any number of connections.
///
/// ```no_run
/// use ftp_io::tls::{ClientTls, MaxVersion};
///
/// let tls = ClientTls::builder()
///     .root_file("/etc/ftp/ca.pem".as_ref())?
///     .max_version(MaxVersion::Tls12)
///     .build()?;
/// # Ok::<(), ftp_io::tls::TlsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientTls(Arc<ClientConfig>);

/// Whom to trust, and whom to be. Made by [`ClientTls::builder`].
#[derive(Debug)]
#[must_use]
pub struct ClientTlsBuilder {
    roots: Option<RootCertStore>,
    known: Option<Which>,
    identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    max_version: MaxVersion,
}

impl ClientTls {
    /// TLS that trusts the system's root certificates, unless it is told otherwise.
    pub const fn builder() -> ClientTlsBuilder {
        ClientTlsBuilder {
            roots: None,
            known: None,
            identity: None,
            max_version: MaxVersion::Tls13,
        }
    }

    /// TLS that trusts the system's root certificates.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoSystemRoots`].
    pub fn system() -> Result<Self, TlsError> {
        Self::builder().build()
    }
}

impl ClientTlsBuilder {
    /// Trusts the root certificates of a file in PEM, in place of the system's.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no certificate.
    pub fn root_file(self, path: &Path) -> Result<Self, TlsError> {
        let certificates = pem::certificates(&pem::read(path)?, Some(path))?;
        self.add_roots(certificates)
    }

    /// Trusts the root certificates of a text in PEM, in place of the system's.
    ///
    /// # Errors
    ///
    /// There is no certificate.
    pub fn root_pem(self, text: &[u8]) -> Result<Self, TlsError> {
        let certificates = pem::certificates(text, None)?;
        self.add_roots(certificates)
    }

    /// Trusts this certificate of a server's, whoever has signed it and whomever it is for, and no
    /// other but those pinned too.
    pub fn pin(mut self, fingerprint: Fingerprint) -> Self {
        match &mut self.known {
            Some(Which::Pinned(pins)) => pins.push(fingerprint),
            Some(Which::Any) | None => self.known = Some(Which::Pinned(vec![fingerprint])),
        }
        self
    }

    /// Trusts any certificate. Whoever sits on the way can pass himself off as the server, and
    /// read and change everything, the password too.
    pub fn danger_accept_any_certificate(mut self) -> Self {
        self.known = Some(Which::Any);
        self
    }

    /// Shows a certificate where a server asks for one: files in PEM.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or has no certificate or no key.
    pub fn certificate_files(mut self, certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let certificates = pem::certificates(&pem::read(certificate)?, Some(certificate))?;
        let key = pem::private_key(&pem::read(key)?, Some(key))?;
        self.identity = Some((certificates, key));
        Ok(self)
    }

    /// Shows a certificate where a server asks for one: texts in PEM.
    ///
    /// # Errors
    ///
    /// There is no certificate or no key.
    pub fn certificate_pem(mut self, certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let certificates = pem::certificates(certificate, None)?;
        let key = PrivateKeyDer::from_pem_slice(key);
        let key = key.map_err(|_| TlsError::Missing {
            expected: "a private key",
            path: None,
        })?;
        self.identity = Some((certificates, key));
        Ok(self)
    }

    /// The newest version to speak. Default [`MaxVersion::Tls13`].
    pub const fn max_version(mut self, version: MaxVersion) -> Self {
        self.max_version = version;
        self
    }

    /// Puts it together.
    ///
    /// # Errors
    ///
    /// [`TlsError::NoSystemRoots`], or [`TlsError::Certificate`] for the client's own.
    pub fn build(self) -> Result<ClientTls, TlsError> {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(self.max_version.versions())
            .map_err(TlsError::Certificate)?;
        let builder = match (self.known, self.roots) {
            (Some(known), _) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Known::new(known))),
            (None, Some(roots)) => builder.with_root_certificates(roots),
            (None, None) => builder.with_root_certificates(system_roots()?),
        };
        let mut config = match self.identity {
            Some((certificates, key)) => builder
                .with_client_auth_cert(certificates, key)
                .map_err(TlsError::Certificate)?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(ClientTls(Arc::new(config)))
    }

    fn add_roots(mut self, certificates: Vec<CertificateDer<'static>>) -> Result<Self, TlsError> {
        let roots = self.roots.get_or_insert_with(RootCertStore::empty);
        for certificate in certificates {
            roots.add(certificate).map_err(TlsError::Certificate)?;
        }
        Ok(self)
    }
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(TlsError::NoSystemRoots),
        false => Ok(roots),
    }
}

/// One control connection's part in TLS, and its data connections', which resume its session and
/// are verified against the same name.
#[derive(Clone, Debug)]
pub(crate) struct ClientSide {
    config: Arc<ClientConfig>,
    host: ServerName<'static>,
}

impl ClientSide {
    pub(crate) fn new(tls: &ClientTls, host: &str) -> Result<Self, TlsError> {
        // No certificate names the zone of a link-local address.
        let host = host.split('%').next().unwrap_or(host);
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned());
        let host = name.map_err(|_| TlsError::Host(host.to_owned()))?;
        let mut config = (*tls.0).clone();
        config.resumption = Resumption::store(Arc::new(Tickets::default()));
        let config = Arc::new(config);
        Ok(Self { config, host })
    }

    pub(crate) fn connection(&self, part: Part) -> Option<Box<Connection>> {
        let config = Arc::clone(&self.config);
        let connection = ClientConnection::new(config, self.host.clone()).ok()?;
        Some(Box::new(Connection::new(connection, part, None)))
    }
}
