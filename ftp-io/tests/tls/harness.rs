//! A server with a certificate, in a thread of its own, and clients that trust it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ftp_io::client::{ClientOptions, Error, Notice, Observer, TlsSummary};
use ftp_io::server::{Builder, DataPort, Event, Permissions, Server, ServerHandle, User, Users};
use ftp_io::storage::LocalDirectory;
use ftp_io::tls::{ClientTls, ClientTlsBuilder, DataProof, MaxVersion, ServerTls};
use ftp_proto::client::{DataPolicy, Login, Tls};
use ftp_proto::codec::command::{Argument, Password};

use crate::kind::{Client, Kind};

/// A certificate and its key, in PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Identity {
    pub(crate) fn of(name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        Self {
            certificate: made.cert.pem(),
            key: made.signing_key.serialize_pem(),
        }
    }

    pub(crate) fn server(&self) -> ServerTls {
        ServerTls::from_pem(self.certificate.as_bytes(), self.key.as_bytes()).expect("a pair")
    }

    pub(crate) fn trusted(&self) -> ClientTlsBuilder {
        let builder = ClientTls::builder().root_pem(self.certificate.as_bytes());
        builder.expect("a certificate")
    }
}

/// A running server: in clear at its first address, under TLS from the start at its second.
pub(crate) struct Running {
    pub(crate) at: Vec<SocketAddr>,
    pub(crate) identity: Identity,
    pub(crate) directory: tempfile::TempDir,
    events: Arc<Mutex<Vec<Event>>>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(proof: DataProof) -> Self {
        Self::with(proof, |builder| builder)
    }

    pub(crate) fn with(proof: DataProof, change: impl FnOnce(Builder) -> Builder) -> Self {
        let identity = Identity::of("127.0.0.1");
        let tls = Arc::new(identity.server().data_proof(proof));
        Self::of(identity, tls, change)
    }

    pub(crate) fn of(
        identity: Identity,
        tls: Arc<ServerTls>,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let storage = LocalDirectory::open(directory.path()).expect("the directory");
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let builder = Server::builder(Arc::new(storage))
            .users(Users::new().with(User::new("ada", "secret", Permissions::READ_WRITE)))
            .data_port(DataPort::Any)
            .listen_on(at)
            .listen_implicit(at)
            .tls(tls)
            .on_event(move |event| told.lock().expect("whole").push(event));
        let runtime = crate::kind::runtime();
        let server = runtime
            .block_on(change(builder).bind())
            .expect("a free port");
        Self {
            at: server.local_addresses().to_vec(),
            identity,
            directory,
            events,
            handle: server.handle(),
            thread: Some(std::thread::spawn(move || runtime.block_on(server.run()))),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn with_file(self, name: &str, content: &[u8]) -> Self {
        std::fs::write(self.file(name), content).expect("a writable directory");
        self
    }

    /// A client that is logged in, and what its handshakes were.
    pub(crate) fn client(&self, kind: Kind, how: How) -> (Client, Handshakes) {
        let handshakes = Handshakes::default();
        let tls = self.identity.trusted().max_version(how.version);
        let options = ClientOptions {
            data: how.data,
            tls_config: Some(tls.build().expect("a configuration")),
            observer: Some(handshakes.observer()),
            ..how.options()
        };
        let client = self.connect(kind, how.tls, options).expect("a session");
        (client, handshakes)
    }

    pub(crate) fn connect(
        &self,
        kind: Kind,
        tls: Tls,
        options: ClientOptions,
    ) -> Result<Client, Error> {
        let address = match tls {
            Tls::Implicit => self.at[1],
            _ => self.at[0],
        };
        let host = address.ip().to_string();
        let mut client = Client::connect(kind, &host, address.port(), options)?;
        client.login(Login::new(
            Argument::try_from("ada").expect("a name"),
            Password::try_from("secret").expect("a password"),
        ))?;
        Ok(client)
    }

    /// What has been told so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().expect("whole").clone()
    }

    /// Waits for an event that `wanted` makes something of.
    pub(crate) fn await_event<T>(&self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = self.events().iter().find_map(&mut wanted) {
                return found;
            }
            assert!(begun.elapsed() < PATIENCE, "seen: {:?}", self.events());
            std::thread::yield_now();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop_now();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the server has panicked");
        }
    }
}

/// How to connect.
#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) tls: Tls,
    pub(crate) version: MaxVersion,
    pub(crate) data: DataPolicy,
}

impl How {
    pub(crate) fn options(&self) -> ClientOptions {
        ClientOptions {
            tls: self.tls,
            ..ClientOptions::default()
        }
    }
}

impl Default for How {
    fn default() -> Self {
        Self {
            tls: Tls::Required,
            version: MaxVersion::Tls13,
            data: DataPolicy::Passive,
        }
    }
}

/// The handshakes that a client has told of.
#[derive(Clone, Default)]
pub(crate) struct Handshakes {
    pub(crate) control: Arc<Mutex<Vec<TlsSummary>>>,
    pub(crate) data: Arc<Mutex<Vec<TlsSummary>>>,
}

impl Handshakes {
    pub(crate) fn observer(&self) -> Observer {
        let told = self.clone();
        Observer::new(move |notice| match notice {
            Notice::ControlSecured(summary) => told.control.lock().expect("whole").push(summary),
            Notice::DataSecured(summary) => told.data.lock().expect("whole").push(summary),
            _ => {}
        })
    }

    pub(crate) fn of_data(&self) -> Vec<TlsSummary> {
        self.data.lock().expect("whole").clone()
    }
}

pub(crate) fn path(text: &str) -> Argument {
    Argument::try_from(text).expect("a path")
}

/// Bytes that show where they belong.
pub(crate) fn content(size: usize) -> Vec<u8> {
    (0..size)
        .map(|at| (at % 251) as u8 ^ (at >> 12) as u8)
        .collect()
}

/// Longer than anything takes, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
