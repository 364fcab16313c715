//! A server in a thread of its own, with a directory of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use ftp_io::server::{Builder, DataPort, Event, Permissions, Server, ServerHandle, User, Users};
use ftp_io::storage::LocalDirectory;

use crate::client::PATIENCE;

pub(crate) struct Running {
    pub(crate) at: Vec<SocketAddr>,
    pub(crate) handle: ServerHandle,
    pub(crate) directory: tempfile::TempDir,
    events: Mutex<Receiver<Event>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::at(&[(Ipv4Addr::LOCALHOST, 0).into()], change)
    }

    /// The same, with two threads that share the sessions.
    pub(crate) fn on_two_threads() -> Self {
        let (builder, directory) = usual(&[(Ipv4Addr::LOCALHOST, 0).into()]);
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        Self::on(runtime.worker_threads(2).enable_all(), builder, directory)
    }

    pub(crate) fn at(addresses: &[SocketAddr], change: impl FnOnce(Builder) -> Builder) -> Self {
        let (builder, directory) = usual(addresses);
        Self::of(change(builder), directory)
    }

    /// Of a storage that the test has made; the directory is what it is beneath.
    pub(crate) fn of(builder: Builder, directory: tempfile::TempDir) -> Self {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        Self::on(runtime.enable_all(), builder, directory)
    }

    fn on(
        runtime: &mut tokio::runtime::Builder,
        builder: Builder,
        directory: tempfile::TempDir,
    ) -> Self {
        let (tell, events) = channel();
        let builder = builder.on_event(move |event| drop(tell.send(event)));
        let runtime = runtime.build().expect("a runtime");
        let server = runtime.block_on(builder.bind()).expect("a free port");
        Self {
            at: server.local_addresses().to_vec(),
            handle: server.handle(),
            directory,
            events: Mutex::new(events),
            thread: Some(std::thread::spawn(move || runtime.block_on(server.run()))),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.at[0]
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A file of this content.
    pub(crate) fn with_file(self, name: &str, content: &[u8]) -> Self {
        fs::write(self.file(name), content).expect("a writable directory");
        self
    }

    /// Waits until a file of this size is in the directory, under whatever name.
    pub(crate) fn await_stored(&self, size: u64) {
        let begun = Instant::now();
        let has_it = || {
            let entries = fs::read_dir(self.directory.path()).expect("there");
            let mut sizes = entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()));
            sizes.any(|found| found == size)
        };
        while !has_it() {
            assert!(begun.elapsed() < PATIENCE, "no file of {size} bytes");
            std::thread::yield_now();
        }
    }

    /// Waits for the first event that `wanted` makes something of.
    pub(crate) fn await_event<T>(&self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let events = self.events.lock().expect("whole");
        let mut seen = Vec::new();
        loop {
            match events.recv_timeout(PATIENCE) {
                Ok(event) => {
                    if let Some(found) = wanted(&event) {
                        return found;
                    }
                    seen.push(event);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("not among {seen:#?}")
                }
            }
        }
    }

    /// Waits until the server's `run` has returned, and gives every event that is left.
    pub(crate) fn ended(mut self) -> Vec<Event> {
        self.wait()
    }

    /// The same, and the directory stays.
    pub(crate) fn wait(&mut self) -> Vec<Event> {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
        let events = self.events.lock().expect("whole");
        events.try_iter().collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop_now();
        if let Some(thread) = self.thread.take() {
            // A panic in a test must not become an abort.
            let _ = thread.join();
        }
    }
}

/// A server of a new directory with a few users.
fn usual(addresses: &[SocketAddr]) -> (Builder, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let storage = LocalDirectory::open(directory.path()).expect("the directory");
    let users = Users::new()
        .with(User::new("ada", "secret", Permissions::READ_WRITE))
        .with(User::new("eve", "secret", Permissions::READ_ONLY))
        .with_anonymous(Permissions::READ_ONLY);
    let mut builder = Server::builder(Arc::new(storage))
        .users(users)
        .data_port(DataPort::Any);
    for address in addresses {
        builder = builder.listen_on(*address);
    }
    (builder, directory)
}

/// A loopback address that nobody else uses: of this process, and by `number` of one test. A port
/// that is free there stays so.
pub(crate) fn own_address(number: u8) -> Ipv4Addr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 + number, high, low)
}

/// Bytes that differ everywhere.
pub(crate) fn content(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let bytes = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[3]
    });
    bytes.take(size).collect()
}
