// A server under TLS in this process, for the examples of the documentation.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use ftp_io::client::{Builder, Error};
use ftp_io::server::{ClearControl, DataPort, Permissions, Server, ServerHandle, User, Users};
use ftp_io::storage::LocalDirectory;
use ftp_io::tls::{ClientTls, ServerTls};
use ftp_proto::client::Tls;

/// A server that offers TLS and allows CCC. `motd` holds `Hello.` and a line end; the user `ada`
/// has the password `secret`.
pub struct Served {
    pub address: SocketAddr,
    pub trust: ClientTls,
    _directory: tempfile::TempDir,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("motd"), "Hello.\n").expect("a file");
        let storage = LocalDirectory::open(directory.path()).expect("the directory");
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let made = made.expect("a certificate");
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let tls = ServerTls::from_pem(certificate.as_bytes(), key.as_bytes()).expect("TLS");
        let trust = ClientTls::builder().pin(tls.fingerprint()).build().expect("a client's TLS");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let server = Server::builder(Arc::new(storage))
            .users(Users::new().with(User::new("ada", "secret", Permissions::READ_WRITE)))
            .data_port(DataPort::Any)
            .tls(Arc::new(tls))
            .clear_control(ClearControl::Allowed)
            .listen_on(([127, 0, 0, 1], 0).into());
        let server = runtime.block_on(server.bind()).expect("a free port");
        Self {
            address: server.local_addresses()[0],
            trust,
            _directory: directory,
            handle: server.handle(),
            thread: Some(std::thread::spawn(move || runtime.block_on(server.run()))),
        }
    }

    /// A client that will log in under TLS.
    pub fn client(&self) -> Result<Builder, Error> {
        Ok(Builder::new("127.0.0.1")
            .port(self.address.port())
            .login("ada", "secret")?
            .tls(Tls::Required)
            .tls_config(self.trust.clone()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.stop_now();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
