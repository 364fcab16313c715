//! TYPE, STRU and MODE between both clients and the server, over loopback.

#[path = "../clients/kind.rs"]
#[allow(dead_code, reason = "shared with another test, which calls more of it")]
mod kind;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use ftp_io::client::{ClientOptions, Error, Notice, Observer};
use ftp_io::server::{Permissions, Server, ServerHandle, Transfers, User, Users};
use ftp_io::storage::{LocalDirectory, Reader, Writer};
use ftp_proto::UsageError;
use ftp_proto::client::{Listing, ListingKind, Login, Retrieve, Store, StoreAs};
use ftp_proto::codec::command::{
    Argument, FileStructure, FormatControl, Password, RepresentationType, TransferMode,
};
use ftp_proto::data::{TransferParameters, Unsupported};

use crate::kind::{Client, Kind};

both! {
    text_comes_back_in_every_type_structure_and_mode
    bytes_come_back_in_every_mode
    a_listing_comes_in_every_mode
    an_upload_is_taken_up_again_at_a_marker_of_the_server
    a_download_tells_the_markers_of_the_server
    records_of_bytes_are_refused_before_anything_is_sent
}

const MODES: [TransferMode; 4] = [
    TransferMode::Stream,
    TransferMode::Block,
    TransferMode::Compressed,
    TransferMode::Deflate,
];

fn text_comes_back_in_every_type_structure_and_mode(kind: Kind) {
    let server = Running::new();
    let mut client = server.client(kind, ClientOptions::default());
    // Lines of many lengths, an empty one, one with runs; every character of ASCII that text has.
    let mut text: Vec<u8> = (b' '..0x7f).chain(*b"\n\n        x\n").collect();
    for length in [1, 63, 64, 127, 128, 5000] {
        text.extend(std::iter::repeat_n(b'a', length));
        text.push(b'\n');
    }
    let control = FormatControl::NonPrint;
    for representation in [
        RepresentationType::Ascii(control),
        RepresentationType::Ebcdic(control),
    ] {
        for structure in [FileStructure::File, FileStructure::Record] {
            for mode in MODES {
                let parameters = TransferParameters {
                    representation,
                    structure,
                    mode,
                };
                crosses(&mut client, &server, parameters, &text);
            }
        }
    }
}

fn bytes_come_back_in_every_mode(kind: Kind) {
    let server = Running::new();
    let mut client = server.client(kind, ClientOptions::default());
    for mode in MODES {
        let parameters = TransferParameters {
            mode,
            ..TransferParameters::IMAGE
        };
        for size in [0, 1, 70_000, 3 << 20] {
            let bytes: Vec<u8> = (0..size).map(|at: u32| (at / 7) as u8).collect();
            crosses(&mut client, &server, parameters, &bytes);
        }
    }
}

/// Stores these bytes and retrieves them again.
fn crosses(client: &mut Client, server: &Running, parameters: TransferParameters, bytes: &[u8]) {
    let mut store = Store::new(StoreAs::Whole(path("f")));
    store.parameters = parameters;
    let stored = client.store(store, &mut Reader(bytes));
    stored.unwrap_or_else(|error| panic!("{parameters:?}: {error}"));
    assert!(server.content("f") == bytes, "stored in {parameters:?}");
    let mut retrieve = Retrieve::new(path("f"));
    retrieve.parameters = parameters;
    let mut received = Vec::new();
    let retrieved = client.retrieve_with(retrieve, &mut Writer(&mut received));
    retrieved.unwrap_or_else(|error| panic!("{parameters:?}: {error}"));
    assert!(received == bytes, "retrieved in {parameters:?}");
}

fn a_listing_comes_in_every_mode(kind: Kind) {
    let server = Running::new();
    for name in ["a", "b b", "c"] {
        fs::write(server.directory.path().join(name), name).expect("a writable directory");
    }
    let mut client = server.client(kind, ClientOptions::default());
    for mode in MODES {
        for form in [ListingKind::Machine, ListingKind::Native] {
            let mut listing = Listing::new(None);
            listing.kind = form;
            listing.mode = mode;
            let entries = client.entries_with(listing).expect("a listing");
            let mut names: Vec<Vec<u8>> = entries
                .map(|entry| entry.expect("an entry").name().to_vec())
                .collect();
            names.sort();
            assert_eq!(names, [&b"a"[..], b"b b", b"c"], "{mode:?} {form:?}");
        }
    }
}

fn an_upload_is_taken_up_again_at_a_marker_of_the_server(kind: Kind) {
    let server = Running::new();
    let told = Markers::default();
    let mut client = server.client(
        kind,
        ClientOptions {
            markers: NonZeroU64::new(10_000),
            observer: Some(told.observer()),
            ..ClientOptions::default()
        },
    );
    let bytes: Vec<u8> = (0..95_000u32).map(|at| (at / 11) as u8).collect();
    let mut store = Store::new(StoreAs::Whole(path("f")));
    store.parameters.mode = TransferMode::Block;
    client
        .store(store.clone(), &mut Reader(&bytes[..]))
        .expect("stored");
    let (text, position) = told.last().expect("a marker");
    assert!(position.is_multiple_of(10_000) && position > 0);
    // What follows the marker is lost, and sent again.
    let kept = &bytes[..usize::try_from(position).expect("a size")];
    fs::write(server.directory.path().join("f"), kept).expect("a writable directory");
    let offset = text.parse().expect("a number");
    store.target = StoreAs::At(path("f"), offset);
    client
        .store(store, &mut Reader(&bytes[kept.len()..]))
        .expect("stored");
    assert!(server.content("f") == bytes);
}

fn a_download_tells_the_markers_of_the_server(kind: Kind) {
    let server = Running::new();
    let bytes: Vec<u8> = (0..95_000u32).map(|at| (at / 11) as u8).collect();
    fs::write(server.directory.path().join("f"), &bytes).expect("a writable directory");
    for mode in [TransferMode::Block, TransferMode::Compressed] {
        let told = Markers::default();
        let options = ClientOptions {
            observer: Some(told.observer()),
            ..ClientOptions::default()
        };
        let mut client = server.client(kind, options);
        let mut retrieve = Retrieve::new(path("f"));
        retrieve.parameters.mode = mode;
        let mut received = Vec::new();
        client
            .retrieve_with(retrieve.clone(), &mut Writer(&mut received))
            .expect("retrieved");
        let (text, position) = told.last().expect("a marker");
        assert_eq!(text, position.to_string());
        retrieve.offset = position;
        received.truncate(usize::try_from(position).expect("a size"));
        client
            .retrieve_with(retrieve, &mut Writer(&mut received))
            .expect("retrieved");
        assert!(received == bytes);
    }
}

fn records_of_bytes_are_refused_before_anything_is_sent(kind: Kind) {
    let server = Running::new();
    let mut client = server.client(kind, ClientOptions::default());
    let mut store = Store::new(StoreAs::Whole(path("f")));
    store.parameters.structure = FileStructure::Record;
    let refused = client.store(store, &mut Reader(&b"x"[..]));
    assert!(matches!(
        refused,
        Err(Error::Usage(UsageError::Unsupported(
            Unsupported::RecordsOfBytes
        )))
    ));
    assert!(!server.directory.path().join("f").exists());
    client.noop().expect("the session goes on");
}

/// The restart markers that a client was told.
#[derive(Clone, Default)]
struct Markers(Arc<Mutex<Vec<(String, u64)>>>);

impl Markers {
    fn observer(&self) -> Observer {
        let told = self.clone();
        Observer::new(move |notice| {
            if let Notice::Marker { text, position } = notice {
                let text = String::from_utf8_lossy(text).into_owned();
                told.0.lock().expect("whole").push((text, position));
            }
        })
    }

    fn last(&self) -> Option<(String, u64)> {
        self.0.lock().expect("whole").last().cloned()
    }
}

/// A running server that sets restart markers, in a thread of its own.
struct Running {
    at: SocketAddr,
    directory: tempfile::TempDir,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let storage = LocalDirectory::open(directory.path()).expect("the directory");
        let mut transfers = Transfers::default();
        transfers.markers = NonZeroU64::new(30_000);
        let runtime = kind::runtime();
        let builder = Server::builder(Arc::new(storage))
            .users(Users::new().with(User::new("ada", "secret", Permissions::READ_WRITE)))
            .transfers(transfers)
            .listen_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let server = runtime.block_on(builder.bind()).expect("a free port");
        Self {
            at: server.local_addresses()[0],
            directory,
            handle: server.handle(),
            thread: Some(std::thread::spawn(move || runtime.block_on(server.run()))),
        }
    }

    fn client(&self, kind: Kind, options: ClientOptions) -> Client {
        let host = self.at.ip().to_string();
        let mut client = Client::connect(kind, &host, self.at.port(), options).expect("a session");
        client
            .login(Login::new(
                Argument::try_from("ada").expect("a name"),
                Password::try_from("secret").expect("a password"),
            ))
            .expect("a login");
        client
    }

    fn content(&self, name: &str) -> Vec<u8> {
        fs::read(self.directory.path().join(name)).expect("a file")
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

fn path(text: &str) -> Argument {
    Argument::try_from(text).expect("a path")
}
