//! A client that says and does just what it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use ftp_io::tls::MaxVersion;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::harness::{Identity, PATIENCE};

pub(crate) type Private = StreamOwned<ClientConnection, TcpStream>;

/// Its control connection.
pub(crate) struct Control<S> {
    stream: BufReader<S>,
}

impl Control<TcpStream> {
    /// Connects, and reads the greeting.
    pub(crate) fn connect(at: SocketAddr) -> Self {
        let mut control = Self {
            stream: BufReader::new(tcp(at)),
        };
        assert!(control.reply().starts_with("220"));
        control
    }

    /// Says AUTH TLS, shakes hands, logs in and protects data connections.
    pub(crate) fn log_in(mut self, config: &Arc<ClientConfig>) -> Control<Private> {
        assert!(self.ask("AUTH TLS").starts_with("234"));
        let stream = private(self.stream.into_inner(), config);
        let mut control = Control {
            stream: BufReader::new(stream),
        };
        assert!(control.ask("USER ada").starts_with("331"));
        assert!(control.ask("PASS secret").starts_with("230"));
        assert!(control.ask("PBSZ 0").starts_with("200"));
        assert!(control.ask("PROT P").starts_with("200"));
        control
    }
}

impl<S: Read + Write> Control<S> {
    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).expect("taken");
    }

    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.say(format!("{command}\r\n").as_bytes());
        self.reply()
    }

    /// The last line of the next reply; empty at the end.
    pub(crate) fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a reply");
            if line.is_empty() || line.as_bytes().get(3) == Some(&b' ') {
                return line;
            }
        }
    }

    /// Asks for a passive data connection, and makes it.
    pub(crate) fn data(&mut self) -> TcpStream {
        let reply = self.ask("EPSV");
        let port = reply.split('|').nth(3).and_then(|port| port.parse().ok());
        tcp(SocketAddr::from(([127, 0, 0, 1], port.expect("a port"))))
    }
}

/// A client's configuration, with tickets of its own.
pub(crate) fn config(identity: &Identity) -> Arc<ClientConfig> {
    config_of(identity, MaxVersion::Tls13)
}

/// The same up to this version.
pub(crate) fn config_of(identity: &Identity, version: MaxVersion) -> Arc<ClientConfig> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
    let mut roots = RootCertStore::empty();
    roots
        .add(certificate.expect("a certificate"))
        .expect("a root");
    let versions = match version {
        MaxVersion::Tls12 => &[&rustls::version::TLS12][..],
        MaxVersion::Tls13 => rustls::ALL_VERSIONS,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(16);
    Arc::new(config)
}

pub(crate) fn private(stream: TcpStream, config: &Arc<ClientConfig>) -> Private {
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    let connection = ClientConnection::new(Arc::clone(config), name).expect("a connection");
    StreamOwned::new(connection, stream)
}

pub(crate) fn tcp(at: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(at).expect("a listener");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream
}
