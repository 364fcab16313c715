//! Our two clients, called as a library, and what their TLS handshakes were.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ftp_io::client::{ClientOptions, Error, Notice, Observer, TlsSummary, Transfer};
use ftp_io::storage::{Sink, Source};
use ftp_io::tls::{ClientTls, MaxVersion};
use ftp_proto::client::{DataPolicy, Login, Store, StoreAs, Tls};
use ftp_proto::codec::command::{Argument, Password};
use ftp_proto::listing::Entry;
use ftp_proto::{Handshake, Timeouts};
use tokio::runtime::Runtime;

use super::Mode;
use crate::Trouble;
use crate::peers::Server;

/// Which client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// `ftp_io::blocking::Client`.
    Blocking,
    /// `ftp_io::Client`, with a runtime that runs only during its calls.
    Tokio,
}

/// A client that is logged in under TLS.
#[derive(Debug)]
pub struct Session {
    inner: Inner,
    tally: Arc<Mutex<Tally>>,
}

#[derive(Debug)]
enum Inner {
    Blocking(Box<ftp_io::blocking::Client>),
    Tokio(Runtime, Box<ftp_io::Client>),
}

/// What has been seen of a session's connections.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// How the control connection is protected.
    pub control: Option<TlsSummary>,
    /// Data connections that resumed a session.
    pub resumed: usize,
    /// Data connections that did not.
    pub full: usize,
    /// Replies that refuse a data connection which does not: 425 and 522.
    pub refused: usize,
    /// Whether all data connections had the version of the control connection.
    pub is_mixed: bool,
}

/// Calls a method of either client.
macro_rules! call {
    ($session:expr, $method:ident($($argument:expr),*)) => {
        match &mut $session.inner {
            Inner::Blocking(client) => client.$method($($argument),*),
            Inner::Tokio(runtime, client) => runtime.block_on(client.$method($($argument),*)),
        }
    };
}

impl Library {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Blocking, Self::Tokio];

    /// Logs in and changes to the folder `files`.
    ///
    /// # Errors
    /// What the client says.
    pub fn connect(
        self,
        server: &Server,
        mode: Mode,
        version: MaxVersion,
    ) -> Result<Session, Trouble> {
        let tls = ClientTls::builder()
            .root_file(server.certificate()?)
            .map_err(Trouble::failed)?
            .max_version(version);
        let tally = Arc::new(Mutex::new(Tally::default()));
        let options = ClientOptions {
            connect_timeout: PATIENCE,
            timeouts: patient(),
            data: match mode {
                Mode::Passive => DataPolicy::Passive,
                Mode::Active => DataPolicy::Active,
                Mode::Auto => DataPolicy::Auto,
            },
            tls: Tls::Required,
            tls_config: Some(tls.build().map_err(Trouble::failed)?),
            observer: Some(observer(&tally)),
            ..ClientOptions::default()
        };
        let host = server.address.ip().to_string();
        let port = server.address.port();
        let inner = match self {
            Self::Blocking => {
                let client = ftp_io::blocking::Client::connect(&host, port, options);
                Inner::Blocking(Box::new(client.map_err(Trouble::failed)?))
            }
            Self::Tokio => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                let client = runtime.block_on(ftp_io::Client::connect(&host, port, options));
                Inner::Tokio(runtime, Box::new(client.map_err(Trouble::failed)?))
            }
        };
        let mut session = Session { inner, tally };
        let user = Argument::try_from(server.user.as_str()).map_err(Trouble::failed)?;
        let password = Password::try_from(server.password.as_str()).map_err(Trouble::failed)?;
        call!(session, login(Login::new(user, password))).map_err(Trouble::failed)?;
        call!(session, change_directory("files")).map_err(Trouble::failed)?;
        Ok(session)
    }
}

impl std::fmt::Display for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Blocking => "blocking",
            Self::Tokio => "tokio",
        })
    }
}

impl Session {
    /// Downloads a file.
    ///
    /// # Errors
    /// What the client says.
    pub fn retrieve(
        &mut self,
        name: &str,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Transfer, Error> {
        call!(self, retrieve(name, sink))
    }

    /// Uploads a file.
    ///
    /// # Errors
    /// What the client says.
    pub fn store(
        &mut self,
        name: &str,
        source: &mut (dyn Source + Send),
    ) -> Result<Transfer, Error> {
        let store = Store::new(StoreAs::Whole(Argument::try_from(name)?));
        call!(self, store(store, source))
    }

    /// What the folder holds, itself and the one above left out.
    ///
    /// # Errors
    /// What the client says.
    pub fn list(&mut self) -> Result<Vec<Entry>, Error> {
        let mut entries = call!(self, list(None::<Argument>))?;
        entries.retain(|entry| !matches!(entry.name(), b"." | b".."));
        Ok(entries)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// What the client says.
    pub fn quit(self) -> Result<(), Error> {
        match self.inner {
            Inner::Blocking(client) => client.quit(),
            Inner::Tokio(runtime, client) => runtime.block_on(client.quit()),
        }
    }

    /// What has been seen so far.
    pub fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }
}

fn observer(tally: &Arc<Mutex<Tally>>) -> Observer {
    let tally = Arc::clone(tally);
    Observer::new(move |notice| {
        let mut tally = lock(&tally);
        match notice {
            Notice::ControlSecured(summary) => tally.control = Some(summary),
            Notice::DataSecured(summary) => {
                match summary.handshake {
                    Handshake::Resumed => tally.resumed += 1,
                    Handshake::Full => tally.full += 1,
                }
                let control = tally.control.map(|control| control.version);
                tally.is_mixed |= control != Some(summary.version);
            }
            Notice::Received(reply) if matches!(reply.code().to_u16(), 425 | 522) => {
                tally.refused += 1;
            }
            _ => {}
        }
    })
}

fn lock(tally: &Mutex<Tally>) -> std::sync::MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deadlines for hangs alone.
fn patient() -> Timeouts {
    let mut timeouts = Timeouts::client();
    for deadline in [
        &mut timeouts.greeting,
        &mut timeouts.reply,
        &mut timeouts.final_reply,
        &mut timeouts.data_open,
        &mut timeouts.stall,
        &mut timeouts.send,
        &mut timeouts.handshake,
    ] {
        *deadline = PATIENCE;
    }
    timeouts
}

const PATIENCE: Duration = Duration::from_secs(240);
