// A server in this process, for the examples of the documentation.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use ftp_io::client::{ClientOptions, FtpUrl};
use ftp_io::server::{DataPort, Permissions, Server, ServerHandle, User, Users};
use ftp_io::storage::LocalDirectory;

/// A server with a directory of its own, where `motd` holds `Hello.` and a line end. The user `ada`
/// with the password `secret` may read and write there.
pub struct Served {
    pub address: SocketAddr,
    pub directory: tempfile::TempDir,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("motd"), "Hello.\n").expect("a file");
        let storage = LocalDirectory::open(directory.path()).expect("the directory");
        let user = User::new("ada", "secret", Permissions::READ_WRITE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let server = Server::builder(Arc::new(storage))
            .users(Users::new().with(user))
            .data_port(DataPort::Any)
            .listen_on(([127, 0, 0, 1], 0).into());
        let server = runtime.block_on(server.bind()).expect("a free port");
        Self {
            address: server.local_addresses()[0],
            directory,
            handle: server.handle(),
            thread: Some(std::thread::spawn(move || runtime.block_on(server.run()))),
        }
    }

    /// The address of a path, relative to the login directory.
    pub fn url(&self, path: &str) -> FtpUrl {
        let url = format!("ftp://ada:secret@{}/{path}", self.address);
        url.parse().expect("an address")
    }

    /// A client on tokio that is logged in.
    #[allow(dead_code, reason = "each example calls some of it")]
    pub async fn client(&self) -> Result<ftp_io::Client, ftp_io::client::Error> {
        ftp_io::Client::connect_url(&self.url(""), ClientOptions::default()).await
    }

    /// A blocking client that is logged in.
    #[allow(dead_code, reason = "each example calls some of it")]
    pub fn blocking(&self) -> Result<ftp_io::blocking::Client, ftp_io::client::Error> {
        ftp_io::blocking::Client::connect_url(&self.url(""), ClientOptions::default())
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

/// Runs an example against a server of its own.
#[allow(dead_code, reason = "each example calls some of it")]
pub fn run(example: impl AsyncFnOnce(&Served) -> Result<(), Box<dyn Error>>) {
    let server = Served::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(example(&server)).expect("the example works");
}
