//! What the examples over sockets share, since it belongs to no driver in particular: the command
//! line and the applications of a client and of a server; files; and what is done with a socket
//! whoever waits for it.

pub mod calls;
mod client;
mod clock;
mod file;
pub mod link;
pub mod moving;
mod server;
pub mod sockets;

use std::error::Error;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ftp_proto::client::{ClientConfig, ClientSession, DataPolicy};
use ftp_proto::data::Codec;
use ftp_proto::server::{Abilities, ServerConfig, ServerSession};
use ftp_proto::{ControlAddresses, Instant, OpId, Session, Timeouts};

pub use client::{Client, Way};
pub use clock::Clock;
pub use file::{LocalFile, Moved, Object, local_failure};
pub use server::Server;

/// The application of a session, as its driver sees it.
pub trait Application {
    /// The session that it works with.
    type Session: Session;

    /// Something happened, or is asked.
    fn tell(&mut self, session: &mut Self::Session, event: <Self::Session as Session>::Event);

    /// What `MoveData` of this operation reads or writes.
    fn object(&mut self, op: OpId) -> Option<Box<dyn Object>>;

    /// The same, as it is on the data connection.
    fn file(&mut self, op: OpId, codec: Codec) -> Option<LocalFile> {
        Some(LocalFile::new(self.object(op)?, codec))
    }
}

/// What a driver gives: the session has come to its end, or could not.
pub type Driven = Result<(), Box<dyn Error>>;

/// A driver's loop: drives a session over a control connection to its end.
pub type Drive<A> = fn(TcpStream, &mut <A as Application>::Session, &mut A) -> Driven;

const USAGE: &str = "usage:
  PROGRAM client HOST PORT USER PASSWORD passive|active get|put REMOTE LOCAL [--impatient]
  PROGRAM server DIR ADDR:PORT [--user NAME:PASSWORD] [--impatient]";

/// Does what the command line says, with one driver for both sides, which drives one session. Each
/// session of a server has a thread of its own.
pub fn run(client: Drive<Client>, server: Drive<Server>) -> ExitCode {
    let client = |control, mut session, mut app| {
        client(control, &mut session, &mut app)?;
        Ok(app)
    };
    run_with(client, |listener, begin| {
        let serve = |control: TcpStream| {
            let addresses = ControlAddresses::new(control.local_addr()?, control.peer_addr()?);
            let (mut session, mut app) = begin(addresses, Instant::default());
            server(control, &mut session, &mut app)
        };
        thread::scope(|threads| {
            loop {
                let (control, peer) = listener.accept()?;
                threads.spawn(move || {
                    if let Err(error) = serve(control) {
                        eprintln!("{peer}: {error}");
                    }
                });
            }
        })
    })
}

/// Makes a server's session, with its application, for a control connection that came now.
pub type Begin<'a> = &'a (dyn Fn(ControlAddresses, Instant) -> (ServerSession, Server) + Sync);

/// Does what the command line says: `client` drives a session to its end, `server` serves a
/// listener.
pub fn run_with(
    client: impl FnOnce(TcpStream, ClientSession, Client) -> Result<Client, Box<dyn Error>>,
    server: impl FnOnce(TcpListener, Begin<'_>) -> Driven,
) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["client", words @ ..] => run_client(words, client),
        ["server", words @ ..] => run_server(words, server),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run_client(
    words: &[&str],
    drive: impl FnOnce(TcpStream, ClientSession, Client) -> Result<Client, Box<dyn Error>>,
) -> Driven {
    let mut config = ClientConfig::default();
    let words = match words {
        [words @ .., "--impatient"] => {
            config.timeouts = impatient(config.timeouts);
            words
        }
        words => words,
    };
    let &[host, port, user, password, mode, verb, remote, local] = words else {
        return Err(USAGE.into());
    };
    config.data = match mode {
        "passive" => DataPolicy::Passive,
        "active" => DataPolicy::Active,
        _ => return Err(USAGE.into()),
    };
    let way = match verb {
        "get" => Way::Get,
        "put" => Way::Put,
        _ => return Err(USAGE.into()),
    };
    let control = TcpStream::connect((host, port.parse::<u16>()?))?;
    let addresses = ControlAddresses::new(control.local_addr()?, control.peer_addr()?);
    let mut session = ClientSession::new(config, addresses, Instant::default());
    let client = Client::new(&mut session, user, password, way, remote, local)?;
    let bytes = drive(control, session, client)?.outcome()?;
    println!("{bytes} bytes");
    Ok(())
}

fn run_server(words: &[&str], serve: impl FnOnce(TcpListener, Begin<'_>) -> Driven) -> Driven {
    let mut config = ServerConfig::default();
    config.abilities = Abilities::NONE;
    config.abilities.append = true;
    config.abilities.resume = true;
    let &[directory, address, ref options @ ..] = words else {
        return Err(USAGE.into());
    };
    let mut user = None;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match (*option, options.as_slice()) {
            ("--impatient", _) => config.timeouts = impatient(config.timeouts),
            ("--user", [pair, ..]) => {
                user = Some(pair.split_once(':').ok_or(USAGE)?);
                options.next();
            }
            _ => return Err(USAGE.into()),
        }
    }
    let directory = std::fs::canonicalize(directory)?;
    let listener = TcpListener::bind(address.parse::<SocketAddr>()?)?;
    println!("listening on {}", listener.local_addr()?);
    let config = Arc::new(config);
    serve(listener, &|addresses, now| {
        let session = ServerSession::new(config.clone(), addresses, now);
        (session, Server::new(&directory, user))
    })
}

/// Every deadline at one second. The rest of `Timeouts` are no deadlines but delays.
fn impatient(mut timeouts: Timeouts) -> Timeouts {
    for deadline in [
        &mut timeouts.greeting,
        &mut timeouts.reply,
        &mut timeouts.final_reply,
        &mut timeouts.data_open,
        &mut timeouts.stall,
        &mut timeouts.abort,
        &mut timeouts.login,
        &mut timeouts.idle,
        &mut timeouts.answer,
        &mut timeouts.send,
    ] {
        *deadline = Duration::from_secs(1);
    }
    timeouts
}
