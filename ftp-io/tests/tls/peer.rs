//! A server that says and does just what it is told, under TLS from the start.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use ftp_io::client::{ClientOptions, Error};
use ftp_proto::client::{Login, Tls};
use ftp_proto::codec::command::Password;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::harness::{Identity, PATIENCE, path};
use crate::kind::{Client, Kind};

pub(crate) type Private = StreamOwned<ServerConnection, TcpStream>;

/// Where a script is played.
pub(crate) struct Played {
    pub(crate) port: u16,
    thread: JoinHandle<()>,
}

/// The script's end of the control connection.
pub(crate) struct Peer {
    pub(crate) control: BufReader<Private>,
    passive: TcpListener,
}

impl Played {
    /// Takes one client, which must end the session.
    pub(crate) fn new(
        config: Arc<ServerConfig>,
        script: impl FnOnce(&mut Peer) + Send + 'static,
    ) -> Self {
        Self::in_clear(move |control| {
            let mut peer = Peer {
                control: BufReader::new(private(control, &config)),
                passive: TcpListener::bind(("127.0.0.1", 0)).expect("a free port"),
            };
            peer.say("220 Hello.");
            script(&mut peer);
        })
    }

    /// The same before any TLS.
    pub(crate) fn in_clear(script: impl FnOnce(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        Self {
            port: listener.local_addr().expect("bound").port(),
            thread: std::thread::spawn(move || {
                let (control, _) = listener.accept().expect("a client");
                let patience = Some(PATIENCE);
                control.set_read_timeout(patience).expect("a socket");
                script(control);
            }),
        }
    }

    /// A client that has logged in.
    pub(crate) fn client(&self, kind: Kind, trusted: &Identity, options: ClientOptions) -> Client {
        let options = ClientOptions {
            tls: Tls::Implicit,
            tls_config: Some(trusted.trusted().build().expect("a configuration")),
            ..options
        };
        let mut client = self.connect(kind, options).expect("a session");
        let login = Login::new(
            path("ada"),
            Password::try_from("secret").expect("a password"),
        );
        client.login(login).expect("logged in");
        client
    }

    pub(crate) fn connect(&self, kind: Kind, options: ClientOptions) -> Result<Client, Error> {
        Client::connect(kind, "127.0.0.1", self.port, options)
    }

    /// Waits for the script's end, which must be a good one.
    pub(crate) fn ended(self) {
        self.thread.join().expect("the script went as it should");
    }
}

impl Peer {
    pub(crate) fn say(&mut self, text: &str) {
        let control = self.control.get_mut();
        // A client that has gone hears nothing.
        let _ = control.write_all(format!("{text}\r\n").as_bytes());
        let _ = control.flush();
    }

    /// Answers what the client says until it goes; `answer` says whether it knew a better one.
    pub(crate) fn answer(&mut self, mut answer: impl FnMut(&mut Self, &str) -> bool) {
        while let Some(line) = self.line() {
            if answer(self, &line) {
                continue;
            }
            match line.get(..4) {
                Some("USER") => self.say("230 Logged in."),
                Some("EPSV") => {
                    let at = self.passive.local_addr().expect("bound");
                    self.say(&format!("229 Here (|||{}|)", at.port()));
                }
                _ => self.say("200 Fine."),
            }
        }
    }

    pub(crate) fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.control.read_line(&mut line) {
            Ok(read) if read > 0 => Some(line.trim_end().to_owned()),
            _ => None,
        }
    }

    /// Says 150 and takes the data connection.
    pub(crate) fn data(&mut self) -> TcpStream {
        let (data, _) = self.passive.accept().expect("a client");
        data.set_read_timeout(Some(PATIENCE)).expect("a socket");
        self.say("150 Here it comes.");
        data
    }
}

/// Ends a data connection as TCP does, whatever TLS should have said.
pub(crate) fn cut(mut data: Private) {
    data.flush().expect("taken");
    data.sock.shutdown(Shutdown::Write).expect("a socket");
}

/// Sends everything, with close_notify behind it.
pub(crate) fn whole(mut data: Private, content: &[u8]) {
    data.write_all(content).expect("taken");
    data.conn.send_close_notify();
    cut(data);
}

pub(crate) fn private(stream: TcpStream, config: &Arc<ServerConfig>) -> Private {
    let connection = ServerConnection::new(Arc::clone(config)).expect("a connection");
    StreamOwned::new(connection, stream)
}

pub(crate) fn config(identity: &Identity) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("one")], key.expect("one"));
    Arc::new(config.expect("a pair"))
}
