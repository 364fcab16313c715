//! One visit of the client: it lists, downloads, uploads, and compares checksums.

use std::fmt::Write as _;
use std::fs::File;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ftp_io::blocking::Client;
use ftp_io::client::{ClientOptions, Notice, Observer, TlsSummary};
use ftp_io::tls::{ClientTls, Fingerprint};
use ftp_proto::client::{DataPolicy, Login, Store, StoreAs, Tls};
use ftp_proto::codec::command::{Argument, Password};
use ftp_proto::{DataMode, Handshake};

use super::files::{Checksum, FILES, Files};
use crate::connection::EscapeAsciiText;
use crate::fault::Fault;

/// What a visit came to.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) mode: DataMode,
    /// The control connection, seen from the client.
    pub(super) control: Ends,
    /// The data connections, seen from the client, in their order.
    pub(super) routes: Vec<Ends>,
    /// The command by which the first data connection was agreed on, as it was sent.
    pub(super) asked: String,
    /// The server's reply to it.
    pub(super) answered: String,
    pub(super) bytes: u64,
    checksums: Vec<(String, Checksum)>,
    /// How the control connection was protected, if it was.
    control_tls: Option<TlsSummary>,
    /// The same of the data connections, in their order.
    data_tls: Vec<TlsSummary>,
}

/// How a visit is protected.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cover {
    Clear,
    /// By TLS, from a server that shows this certificate.
    Tls(Fingerprint),
}

/// The two ends of a connection, as one of them sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

impl Ends {
    pub(super) const fn seen_from_peer(self) -> Self {
        Self {
            local: self.peer,
            peer: self.local,
        }
    }
}

/// What the observer has heard.
#[derive(Debug, Default)]
struct Heard {
    routes: Vec<Ends>,
    asked: Option<String>,
    answered: Option<String>,
    control_tls: Option<TlsSummary>,
    data_tls: Vec<TlsSummary>,
}

pub(super) fn make(
    server: SocketAddr,
    mode: DataMode,
    cover: Cover,
    files: &Files,
) -> Result<Visit, Fault> {
    let heard = Arc::new(Mutex::new(Heard::default()));
    let mut client = connect(server, mode, cover, &heard)?;
    let addresses = *client.addresses();
    let mut bytes = 0;
    let mut checksums = Vec::new();

    let listed = client.list(None)?;
    for (name, size) in FILES {
        let found = listed.iter().find(|entry| entry.name() == name.as_bytes());
        if found.and_then(|entry| entry.size()) != Some(size as u64) {
            return Err(Fault::new(format!("{name} is not in the listing as it is")));
        }
    }
    for (name, _) in FILES {
        let here = files.at_client(name);
        let mut file = File::create(&here).map_err(|e| Fault::file(&here, "write", &e))?;
        bytes += client.retrieve(path(name)?, &mut file)?.bytes;
        let sum = same(&files.at_server(name), &here)?;
        checksums.push((format!("down {name}"), sum));
    }
    for (name, _) in FILES {
        let here = files.at_client(name);
        let stored = format!("stored {name}");
        let mut file = File::open(&here).map_err(|e| Fault::file(&here, "read", &e))?;
        let store = Store::new(StoreAs::Whole(path(&stored)?));
        bytes += client.store(store, &mut file)?.bytes;
        let sum = same(&files.at_server(&stored), &here)?;
        checksums.push((format!("up   {name}"), sum));
        client.delete(path(&stored)?)?;
    }
    client.quit()?;

    let heard = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Visit {
        mode,
        control: Ends {
            local: addresses.local,
            peer: addresses.peer,
        },
        routes: heard.routes,
        asked: heard.asked.unwrap_or_default(),
        answered: heard.answered.unwrap_or_default(),
        bytes,
        checksums,
        control_tls: heard.control_tls,
        data_tls: heard.data_tls,
    })
}

impl Visit {
    /// What was moved, with the checksums of both ends.
    pub(super) fn summary(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        if let Some(tls) = &self.control_tls {
            let _ = writeln!(text, "     control: {tls}");
            let resumed = self.data_tls.iter();
            let resumed = resumed
                .filter(|tls| tls.handshake == Handshake::Resumed)
                .count();
            let of = self.routes.len();
            let _ = writeln!(
                text,
                "     data: {resumed} of {of} connections resumed its session"
            );
        }
        text.push_str("     listed 3 files; the same SHA-256 at both ends:");
        for (what, sum) in &self.checksums {
            let _ = write!(text, "\n     {sum}  {what}");
        }
        text
    }
}

fn connect(
    server: SocketAddr,
    mode: DataMode,
    cover: Cover,
    heard: &Arc<Mutex<Heard>>,
) -> Result<Client, Fault> {
    let heard = Arc::clone(heard);
    let observer = Observer::new(move |notice| {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        match notice {
            Notice::Sent(line) if heard.asked.is_none() && agrees_on_data(line) => {
                heard.asked = Some(line.escape_ascii_text());
            }
            Notice::Received(reply) if heard.asked.is_some() && heard.answered.is_none() => {
                heard.answered = Some(reply.to_string());
            }
            Notice::DataOpen(route) => heard.routes.push(Ends {
                local: route.local,
                peer: route.peer,
            }),
            Notice::ControlSecured(tls) => heard.control_tls = Some(tls),
            Notice::DataSecured(tls) => heard.data_tls.push(tls),
            _ => {}
        }
    });
    let options = ClientOptions {
        data: match mode {
            DataMode::Passive => DataPolicy::Passive,
            DataMode::Active => DataPolicy::Active,
        },
        observer: Some(observer),
        ..ClientOptions::default()
    };
    let options = match cover {
        Cover::Clear => options,
        Cover::Tls(fingerprint) => ClientOptions {
            tls: Tls::Required,
            tls_config: Some(
                ClientTls::builder()
                    .pin(fingerprint)
                    .build()
                    .map_err(ftp_io::client::Error::from)?,
            ),
            ..options
        },
    };
    let mut client = Client::connect(&server.ip().to_string(), server.port(), options)?;
    let misuse = |error: ftp_proto::UsageError| Fault::new(error.to_string());
    let user = Argument::try_from("anonymous").map_err(misuse)?;
    let password = Password::try_from("demo@").map_err(misuse)?;
    client.login(Login::new(user, password))?;
    Ok(client)
}

fn agrees_on_data(line: &[u8]) -> bool {
    [&b"EPSV"[..], b"PASV", b"EPRT", b"PORT"]
        .iter()
        .any(|verb| line.starts_with(verb))
}

fn path(name: &str) -> Result<Argument, Fault> {
    Argument::try_from(name).map_err(|error| Fault::new(error.to_string()))
}

/// The checksum of two files that must be the same.
fn same(there: &std::path::Path, here: &std::path::Path) -> Result<Checksum, Fault> {
    let (at_server, at_client) = (Checksum::of(there)?, Checksum::of(here)?);
    if at_server == at_client {
        return Ok(at_server);
    }
    Err(Fault::new(format!(
        "{} has another checksum than {}",
        here.display(),
        there.display()
    )))
}
