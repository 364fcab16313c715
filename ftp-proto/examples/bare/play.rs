//! A client and a server in one loop: files there and back, in both modes.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddr};

use ftp_proto::client::{
    ClientConfig, ClientEvent, ClientSession, DataPolicy, Login, Retrieve, Store, StoreAs,
};
use ftp_proto::codec::command::{Argument, Password, RepresentationType};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{
    Denied, Grant, Opened, Permissions, Request, ServerConfig, ServerEvent, ServerSession,
};
use ftp_proto::{ControlAddresses, Instant, LocalFailure, OpId, ProtocolError, UsageError};

use crate::driver::{Application, Driver, Turn};
use crate::link::{Net, join};

/// What has come of a session.
pub struct Played {
    /// The checksums of the file that the client sent, and of what it got back.
    pub sent: u32,
    pub received: u32,
    pub bytes: usize,
}

/// Stores a file on the server and retrieves it, in the given mode and type.
pub fn play(
    policy: DataPolicy,
    representation: RepresentationType,
    file: &[u8],
) -> Result<Played, &'static str> {
    let client_at = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 7), 50_000));
    let server_at = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 21));
    let mut now = Instant::default();

    let addresses = ControlAddresses::new(server_at, client_at);
    let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
    let mut memory = Memory::default();
    let mut server = Driver::new(&mut session, &mut memory);

    let mut config = ClientConfig::default();
    config.data = policy;
    let addresses = ControlAddresses::new(client_at, server_at);
    let mut session = ClientSession::new(config, addresses, now);
    let visitor = Client::new(&mut session, representation, file);
    let mut visitor = visitor.map_err(|_| "a verb was not taken")?;
    let mut client = Driver::new(&mut session, &mut visitor);

    let (mut here, mut there) = (Net::new(client_at, CAPACITY), Net::new(server_at, CAPACITY));
    let (mut ours, mut theirs) = (Turn::Busy, Turn::Busy);
    loop {
        if ours != Turn::Closed {
            let turn = client.turn(&mut here, now);
            ours = turn.map_err(|_| "the client failed")?;
        }
        if theirs != Turn::Closed {
            let turn = server.turn(&mut there, now);
            theirs = turn.map_err(|_| "the server failed")?;
        }
        let has_moved = join(&mut here, &mut there);
        now = match (ours, theirs) {
            (Turn::Closed, Turn::Closed) => break,
            // The program's clock: it jumps when nothing but time can help.
            (Turn::Idle(ours), Turn::Idle(theirs)) if !has_moved => {
                let next = [ours, theirs].into_iter().flatten().min();
                next.ok_or("both wait for ever")?
            }
            _ => Instant::from_micros(now.as_micros() + 1),
        };
    }
    if visitor.done != 4 {
        return Err("an operation failed");
    }
    Ok(Played {
        sent: checksum(file),
        received: checksum(&visitor.received),
        bytes: visitor.received.len(),
    })
}

/// Whether a client whose server says nothing gives up when its time has come.
pub fn gives_up_on_silence() -> bool {
    let at = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 7), 50_000));
    let mut now = Instant::default();
    let addresses = ControlAddresses::new(at, at);
    let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
    let Ok(mut visitor) = Client::new(&mut session, RepresentationType::Image, &[]) else {
        return false;
    };
    let mut client = Driver::new(&mut session, &mut visitor);
    let mut net = Net::new(at, CAPACITY);
    loop {
        match client.turn(&mut net, now) {
            Ok(Turn::Busy) => {}
            Ok(Turn::Idle(Some(deadline))) => now = deadline,
            Err(ProtocolError::TimedOut(_)) => return now > Instant::default(),
            _ => return false,
        }
    }
}

/// Adler-32 (RFC 1950 §8.2).
fn checksum(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in bytes {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}

/// Login, STOR, RETR, QUIT.
struct Client {
    store: OpId,
    /// What is left to be sent.
    left: Vec<u8>,
    received: Vec<u8>,
    /// Operations that went well.
    done: usize,
}

impl Client {
    fn new(
        session: &mut ClientSession,
        representation: RepresentationType,
        file: &[u8],
    ) -> Result<Self, UsageError> {
        let name = || Argument::try_from("file").map_err(|_| UsageError::NotRaw);
        let password = Password::try_from("secret").map_err(|_| UsageError::NotRaw)?;
        session.login(Login::new(name()?, password))?;
        let mut store = Store::new(StoreAs::Whole(name()?));
        store.parameters.representation = representation;
        let store = session.store(store)?;
        let mut retrieve = Retrieve::new(name()?);
        retrieve.parameters.representation = representation;
        session.retrieve(retrieve)?;
        session.quit()?;
        let (left, received, done) = (file.to_vec(), Vec::new(), 0);
        Ok(Self {
            store,
            left,
            received,
            done,
        })
    }
}

impl Application<ClientSession> for Client {
    fn tell(&mut self, _: &mut ClientSession, event: ClientEvent) {
        if let ClientEvent::Done { result: Ok(_), .. } = event {
            self.done += 1;
        }
    }

    fn next(&mut self, op: OpId) -> Result<&[u8], LocalFailure> {
        Ok(if op == self.store { &self.left } else { &[] })
    }

    fn skip(&mut self, _: OpId, bytes: usize) {
        self.left.drain(..bytes);
    }

    fn append(&mut self, _: OpId, bytes: &[u8]) -> Result<(), LocalFailure> {
        self.received.extend_from_slice(bytes);
        Ok(())
    }
}

/// A server's storage in memory. One file is open at a time.
#[derive(Default)]
struct Memory {
    files: BTreeMap<VirtualPath, Vec<u8>>,
    open: Option<VirtualPath>,
    /// Where the open file is read next.
    at: usize,
}

impl Application<ServerSession> for Memory {
    fn tell(&mut self, session: &mut ServerSession, event: ServerEvent) {
        match event {
            ServerEvent::Request(Request::Authenticate(ask, _)) => {
                let permissions = Permissions::READ_WRITE;
                let home = VirtualPath::root();
                session.answer(ask, Ok(Grant { permissions, home }));
            }
            ServerEvent::Request(Request::OpenRead(ask, path, 0)) => {
                let size = self.files.get(&path).map(|file| file.len() as u64);
                (self.open, self.at) = (Some(path), 0);
                let opened = Opened { size, name: None };
                session.answer(ask, size.map(|_| opened).ok_or(Denied::NotFound));
            }
            ServerEvent::Request(Request::OpenWrite(ask, path, _)) => {
                self.files.insert(path.clone(), Vec::new());
                self.open = Some(path);
                session.answer(ask, Ok(Opened::default()));
            }
            ServerEvent::Request(Request::Finish(ask, _)) => session.answer(ask, Ok(())),
            // The client of this example asks nothing else.
            _ => {}
        }
    }

    fn next(&mut self, _: OpId) -> Result<&[u8], LocalFailure> {
        let file = self.open.as_ref().and_then(|path| self.files.get(path));
        file.and_then(|file| file.get(self.at..))
            .ok_or(LocalFailure::Other)
    }

    fn skip(&mut self, _: OpId, bytes: usize) {
        self.at += bytes;
    }

    fn append(&mut self, _: OpId, bytes: &[u8]) -> Result<(), LocalFailure> {
        let file = self.open.as_ref().and_then(|path| self.files.get_mut(path));
        file.ok_or(LocalFailure::Other)?.extend_from_slice(bytes);
        Ok(())
    }
}

/// Bytes that a queue holds.
const CAPACITY: usize = 256;
