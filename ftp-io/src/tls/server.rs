//! A server's side: its certificate, and how its sessions use TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use ftp_proto::Direction;
use rustls::server::WebPkiClientVerifier;
use rustls::{ProtocolVersion, RootCertStore, ServerConfig, ServerConnection};

use super::connection::Connection;
use super::proof::{Makes, Proof, Secrets, Use};
use super::{ALPN, DataProof, Fingerprint, MaxVersion, TlsError, pem, provider};
use crate::channel::Part;

/// What a server needs for TLS. A certificate in files is read again when they have changed:
/// sessions that run keep the one that they began with.
///
/// ```no_run
/// use ftp_io::tls::{DataProof, ServerTls};
///
/// let tls = ServerTls::from_files("/etc/ftp/cert.pem", "/etc/ftp/key.pem")?
///     .data_proof(DataProof::Require);
/// println!("{}", tls.fingerprint());
/// # Ok::<(), ftp_io::tls::TlsError>(())
/// ```
#[derive(Debug)]
pub struct ServerTls {
    files: Option<Files>,
    current: RwLock<Current>,
    client_roots: Option<RootCertStore>,
    max_version: MaxVersion,
    proof: DataProof,
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The certificate in use.
#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    fingerprint: Fingerprint,
    /// When its files had been written.
    written: Written,
}

type Written = [Option<SystemTime>; 2];

impl ServerTls {
    /// TLS with the certificate and the private key of files in PEM. The server's own certificate
    /// comes first in its file, and those that signed it follow.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or does not hold what it should; the two do not belong together.
    pub fn from_files(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let files = Files {
            certificate: certificate.into(),
            key: key.into(),
        };
        let current = files.load(MaxVersion::default(), None)?;
        Ok(Self::new(Some(files), current))
    }

    /// The same with texts in PEM.
    ///
    /// # Errors
    ///
    /// A text does not hold what it should; the two do not belong together.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let texts = (certificate, None, key, None);
        let current = configure(texts, MaxVersion::default(), None, Written::default())?;
        Ok(Self::new(None, current))
    }

    /// What is done about data connections that cannot be told to belong to their session.
    /// Default [`DataProof::Prefer`].
    #[must_use]
    pub const fn data_proof(mut self, proof: DataProof) -> Self {
        self.proof = proof;
        self
    }

    /// Asks clients for a certificate that one of the roots in this file has signed, in PEM. Who
    /// shows none may go on; what one counts for is `TlsPolicy::certificate_login`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no certificate.
    pub fn client_roots(mut self, path: &Path) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in pem::certificates(&pem::read(path)?, Some(path))? {
            roots.add(certificate).map_err(TlsError::Certificate)?;
        }
        self.client_roots = Some(roots);
        self.rebuild()
    }

    /// The newest version to speak. Default [`MaxVersion::Tls13`].
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub fn max_version(mut self, version: MaxVersion) -> Result<Self, TlsError> {
        self.max_version = version;
        self.rebuild()
    }

    /// Reads the files again. New sessions have the new certificate. After an error the old one
    /// stays.
    ///
    /// # Errors
    ///
    /// As [`from_files`](Self::from_files).
    pub fn reload(&self) -> Result<(), TlsError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let current = files.load(self.max_version, self.client_roots.as_ref())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// The fingerprint of the certificate in use, for clients that pin it.
    pub fn fingerprint(&self) -> Fingerprint {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).fingerprint
    }

    fn new(files: Option<Files>, current: Current) -> Self {
        Self {
            files,
            current: RwLock::new(current),
            client_roots: None,
            max_version: MaxVersion::default(),
            proof: DataProof::default(),
        }
    }

    /// With other settings and the same certificate.
    fn rebuild(self) -> Result<Self, TlsError> {
        let (max_version, roots) = (self.max_version, self.client_roots.as_ref());
        {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            let resolver = Arc::clone(&current.config.cert_resolver);
            let mut config = unresolved(max_version, roots)?.with_cert_resolver(resolver);
            config.alpn_protocols = vec![ALPN.to_vec()];
            current.config = Arc::new(config);
        }
        Ok(self)
    }

    /// What a new session uses; a certificate that has changed is read first, and where that fails
    /// the one before serves on.
    fn config(&self) -> Arc<ServerConfig> {
        if let Some(files) = &self.files {
            let written = files.written();
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            if current.written == written {
                return Arc::clone(&current.config);
            }
            drop(current);
            if self.reload().is_err() {
                // Not tried again before they change once more.
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                current.written = written;
            }
        }
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current.config)
    }
}

impl Files {
    fn load(&self, max: MaxVersion, roots: Option<&RootCertStore>) -> Result<Current, TlsError> {
        // Looked at first: what is written meanwhile is then read once more.
        let written = self.written();
        let certificate = pem::read(&self.certificate)?;
        let key = pem::read(&self.key)?;
        let texts = (
            &*certificate,
            Some(&*self.certificate),
            &*key,
            Some(&*self.key),
        );
        configure(texts, max, roots, written)
    }

    fn written(&self) -> Written {
        [&self.certificate, &self.key]
            .map(|path| fs::metadata(path).and_then(|facts| facts.modified()).ok())
    }
}

fn configure(
    (certificate, certificate_path, key, key_path): (&[u8], Option<&Path>, &[u8], Option<&Path>),
    max_version: MaxVersion,
    client_roots: Option<&RootCertStore>,
    written: Written,
) -> Result<Current, TlsError> {
    let certificates = pem::certificates(certificate, certificate_path)?;
    let key = pem::private_key(key, key_path)?;
    let fingerprint = certificates.first().map(|own| Fingerprint::of(own));
    let fingerprint = fingerprint.ok_or(TlsError::Missing {
        expected: "a certificate",
        path: None,
    })?;
    let mut config = unresolved(max_version, client_roots)?
        .with_single_cert(certificates, key)
        .map_err(TlsError::Certificate)?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Current {
        config: Arc::new(config),
        fingerprint,
        written,
    })
}

type Unresolved = rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>;

fn unresolved(max: MaxVersion, roots: Option<&RootCertStore>) -> Result<Unresolved, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(max.versions())
        .map_err(TlsError::Certificate)?;
    let Some(roots) = roots else {
        return Ok(builder.with_no_client_auth());
    };
    let roots = Arc::new(roots.clone());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
        .allow_unauthenticated()
        .build()
        .map_err(|error| TlsError::Certificate(rustls::Error::General(error.to_string())))?;
    Ok(builder.with_client_cert_verifier(verifier))
}

/// One session's part in TLS.
#[derive(Debug)]
pub(crate) struct ServerSide {
    config: Arc<ServerConfig>,
    secrets: Arc<Secrets>,
    policy: DataProof,
    /// The version on the control connection.
    control: Option<ProtocolVersion>,
}

impl ServerSide {
    /// With the control connection, whose handshake is to be done; `None` without a source of
    /// random numbers.
    pub(crate) fn begin(tls: &ServerTls) -> Option<(Self, Box<Connection>)> {
        let side = Self {
            config: tls.config(),
            secrets: Arc::new(Secrets::new()?),
            policy: tls.proof,
            control: None,
        };
        let name = side.secrets.control_name();
        let connection = side.server(Makes::Tickets, CONTROL_TICKETS, &name)?;
        let connection = Connection::new(connection, Part::Control, None);
        Some((side, Box::new(connection)))
    }

    /// The handshake of the control connection is done.
    pub(crate) fn established(&mut self, control: &Connection) {
        self.control = control.version();
    }

    pub(crate) fn data(&self, direction: Direction) -> Option<Box<Connection>> {
        let tickets = match (direction, self.policy) {
            // One for the next, and one for an upload behind it, which brings none.
            (Direction::Send, _) => 2,
            (Direction::Receive, DataProof::Require) => 1,
            (Direction::Receive, DataProof::Prefer | DataProof::Off) => 0,
        };
        let makes = match self.control {
            Some(ProtocolVersion::TLSv1_3) => Makes::Tickets,
            _ => Makes::Nothing,
        };
        let (proof, name) = Proof::new(&self.secrets, self.control, self.policy)?;
        let connection = self.server(makes, tickets, &name)?;
        Some(Box::new(Connection::new(
            connection,
            Part::Data,
            Some(proof),
        )))
    }

    /// For a data connection whose handshake may come before the preliminary reply: where tickets
    /// go along with uploads, a client that has begun by then is to have its ticket before it
    /// sends, for it may close without reading (curl does). Nothing else depends on it.
    pub(crate) fn early(&self) -> Option<Box<Connection>> {
        let sends_tickets = self.control == Some(ProtocolVersion::TLSv1_3);
        match self.policy {
            DataProof::Require if sends_tickets => self.data(Direction::Receive),
            _ => None,
        }
    }

    fn server(&self, makes: Makes, tickets: usize, name: &[u8]) -> Option<ServerConnection> {
        let mut config = (*self.config).clone();
        let secrets = Arc::new(Use {
            secrets: Arc::clone(&self.secrets),
            makes,
        });
        config.ticketer = Arc::<Use>::clone(&secrets);
        config.session_storage = secrets;
        config.send_tls13_tickets = tickets;
        let mut connection = ServerConnection::new(Arc::new(config)).ok()?;
        connection.set_resumption_data(name);
        Some(connection)
    }
}

/// For clients that transfer several files at once or begin with uploads, which bring none.
const CONTROL_TICKETS: usize = 4;
