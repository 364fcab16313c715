//! A server's side: its certificate, and how its sessions use TLS.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use ftp_proto::Direction;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ProtocolVersion, RootCertStore, ServerConfig, ServerConnection};

use super::connection::Connection;
use super::proof::{Makes, Proof, Secrets, Use};
use super::{ALPN, DataProof, Fingerprint, MaxVersion, TlsError, pem, provider};
use crate::channel::Part;

/// What a server needs for TLS. Certificates in files are read again when they have changed:
/// sessions that run keep the one that they began with.
///
/// ```no_run
/// use ftp_io::tls::{DataProof, ServerTls};
///
/// let tls = ServerTls::from_files("/etc/ftp/cert.pem", "/etc/ftp/key.pem")?
///     .and_files("/etc/ftp/other-cert.pem", "/etc/ftp/other-key.pem")?
///     .data_proof(DataProof::Require);
/// println!("{}", tls.fingerprint());
/// # Ok::<(), ftp_io::tls::TlsError>(())
/// ```
#[derive(Debug)]
pub struct ServerTls {
    sources: Vec<Source>,
    current: RwLock<Current>,
    client_roots: Option<Arc<RootCertStore>>,
    max_version: MaxVersion,
    proof: DataProof,
}

/// Where a certificate and its key come from.
#[derive(Debug)]
enum Source {
    Files(Files),
    Text(Arc<CertifiedKey>),
}

#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// The certificates in use.
#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    fingerprint: Fingerprint,
    /// How their files were.
    written: Vec<Written>,
}

/// A certificate's file and its key's, as far as they tell whether they have changed: when each was
/// written, which it is, and how long.
type Written = [Option<(SystemTime, u64, u64)>; 2];

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
        let certificate = certificate.into();
        let key = key.into();
        Self::new(Source::Files(Files { certificate, key }))
    }

    /// The same with texts in PEM.
    ///
    /// # Errors
    ///
    /// A text does not hold what it should; the two do not belong together.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Self::new(Source::Text(certified((certificate, None), (key, None))?))
    }

    /// The same with another certificate, which clients get that ask for a host it is for (SNI).
    /// Who names no host, or one that no certificate is for, gets the first.
    ///
    /// # Errors
    ///
    /// As [`from_files`](Self::from_files).
    pub fn and_files(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, TlsError> {
        let certificate = certificate.into();
        let key = key.into();
        self.sources.push(Source::Files(Files { certificate, key }));
        self.rebuilt()
    }

    /// The same with texts in PEM.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn and_pem(mut self, certificate: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let certified = certified((certificate, None), (key, None))?;
        self.sources.push(Source::Text(certified));
        self.rebuilt()
    }

    /// What is done about data connections that cannot be told to belong to their session.
    /// Default [`DataProof::Prefer`].
    #[must_use]
    pub const fn data_proof(mut self, proof: DataProof) -> Self {
        self.proof = proof;
        self
    }

    /// Asks clients for a certificate that one of the roots in this file has signed, in PEM. Whoever
    /// shows another is refused in the handshake; who shows none may go on. What one counts for is
    /// [`CertificateLogin`](ftp_proto::server::CertificateLogin) and the users' table. The file is
    /// read once.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has no certificate.
    pub fn client_roots(mut self, path: &Path) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in pem::certificates(&pem::read(path)?, Some(path))? {
            roots.add(certificate).map_err(TlsError::Certificate)?;
        }
        self.client_roots = Some(Arc::new(roots));
        self.rebuilt()
    }

    /// The newest version to speak. Default [`MaxVersion::Tls13`].
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub fn max_version(mut self, version: MaxVersion) -> Result<Self, TlsError> {
        self.max_version = version;
        self.rebuilt()
    }

    /// Reads the files again. New sessions have the new certificates. After an error the old ones
    /// stay, all of them.
    ///
    /// # Errors
    ///
    /// As [`from_files`](Self::from_files).
    pub fn reload(&self) -> Result<(), TlsError> {
        let current = load(&self.sources, self.max_version, self.client_roots.as_ref())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
        Ok(())
    }

    /// The fingerprint of the first certificate, as it is in use, for clients that pin it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.with_current(|current| current.fingerprint)
    }

    /// Reads the files again if they have changed, and tells what came of it. Where it fails the
    /// certificates before serve on, until the files change once more.
    #[cfg(feature = "server")]
    pub(crate) fn refresh(&self) -> Option<Result<Fingerprint, TlsError>> {
        let written = written(&self.sources);
        if self.with_current(|current| current.written == written) {
            return None;
        }
        let reloaded = self.reload();
        if reloaded.is_err() {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            current.written = written;
        }
        Some(reloaded.map(|()| self.fingerprint()))
    }

    fn new(source: Source) -> Result<Self, TlsError> {
        let sources = vec![source];
        let current = load(&sources, MaxVersion::default(), None)?;
        Ok(Self {
            sources,
            current: RwLock::new(current),
            client_roots: None,
            max_version: MaxVersion::default(),
            proof: DataProof::default(),
        })
    }

    /// With other settings.
    fn rebuilt(self) -> Result<Self, TlsError> {
        self.reload()?;
        Ok(self)
    }

    fn with_current<T>(&self, look: impl FnOnce(&Current) -> T) -> T {
        look(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Files {
    fn written(&self) -> Written {
        [&self.certificate, &self.key].map(|path| {
            let facts = fs::metadata(path).ok()?;
            Some((facts.modified().ok()?, facts.ino(), facts.len()))
        })
    }
}

fn written(sources: &[Source]) -> Vec<Written> {
    let files = sources.iter().filter_map(|source| match source {
        Source::Files(files) => Some(files.written()),
        Source::Text(_) => None,
    });
    files.collect()
}

fn load(
    sources: &[Source],
    max_version: MaxVersion,
    client_roots: Option<&Arc<RootCertStore>>,
) -> Result<Current, TlsError> {
    // Looked at first: what is written meanwhile is then read once more.
    let written = written(sources);
    let certificates = sources.iter().map(|source| match source {
        Source::Text(certified) => Ok(Arc::clone(certified)),
        Source::Files(Files { certificate, key }) => certified(
            (&pem::read(certificate)?, Some(certificate)),
            (&pem::read(key)?, Some(key)),
        ),
    });
    let certificates = Certificates(certificates.collect::<Result<_, _>>()?);
    let fingerprint = certificates.first().map(|own| Fingerprint::of(own));
    let fingerprint = fingerprint.ok_or(TlsError::Missing {
        expected: "a certificate",
        path: None,
    })?;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(max_version.versions())
        .map_err(TlsError::Certificate)?;
    let builder = match client_roots {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let roots = Arc::clone(roots);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
                .allow_unauthenticated()
                .build()
                .map_err(|error| {
                    TlsError::Certificate(rustls::Error::General(error.to_string()))
                })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![ALPN.to_vec()];
    // The strongest first, whatever a client thinks of it.
    config.ignore_client_order = true;
    Ok(Current {
        config: Arc::new(config),
        fingerprint,
        written,
    })
}

/// A text in PEM, and its file if it is one.
type Text<'a> = (&'a [u8], Option<&'a Path>);

fn certified(certificate: Text<'_>, key: Text<'_>) -> Result<Arc<CertifiedKey>, TlsError> {
    let certificates = pem::certificates(certificate.0, certificate.1)?;
    let key = pem::private_key(key.0, key.1)?;
    let certified = CertifiedKey::from_der(certificates, key, &provider());
    certified.map(Arc::new).map_err(TlsError::Certificate)
}

/// Chosen from by the host that a client asks for.
#[derive(Debug)]
struct Certificates(Vec<Arc<CertifiedKey>>);

impl Certificates {
    fn first(&self) -> Option<&CertificateDer<'static>> {
        self.0.first()?.cert.first()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name().filter(|_| self.0.len() > 1);
        let host = host.and_then(|host| ServerName::try_from(host).ok());
        let named = host.and_then(|host| self.0.iter().find(|it| is_for(it, &host)));
        named.or(self.0.first()).cloned()
    }
}

fn is_for(certified: &CertifiedKey, host: &ServerName<'_>) -> bool {
    certified.cert.first().is_some_and(|own| {
        ParsedCertificate::try_from(own).is_ok_and(|own| verify_server_name(&own, host).is_ok())
    })
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
            config: tls.with_current(|current| Arc::clone(&current.config)),
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
