//! A server that records how clients ask for data connections: ours, behind a gate that hears every
//! command and can make single ones unknown to it.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ftp_io::Server;
use ftp_io::server::{DataPort, Event, Permissions, User, Users};
use ftp_io::storage::LocalDirectory;
use ftp_proto::DataMode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::clients::{Program, Task, Visit};
use crate::process::Finished;
use crate::{Family, Trouble};

/// What a client meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circumstance {
    /// IPv4, and every command is known.
    V4,
    /// IPv4, and the server does not know EPSV.
    V4WithoutEpsv,
    /// IPv4, and the server knows neither EPSV nor PASV.
    V4WithoutPassive,
    /// IPv6, and every command is known.
    V6,
}

/// A server that records; dropping it ends it.
#[derive(Debug)]
pub struct Recorder {
    address: SocketAddr,
    records: Arc<Mutex<Record>>,
    folder: TempDir,
    _runtime: Runtime,
}

/// What a client has done.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The commands by which it asked for data connections, each once, in the order of first use.
    pub asked: Vec<String>,
    /// Who opened the data connections of the transfers.
    pub opened: Vec<DataMode>,
}

impl Circumstance {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::V4,
        Self::V4WithoutEpsv,
        Self::V4WithoutPassive,
        Self::V6,
    ];

    /// Its name in the file of observations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "ipv4",
            Self::V4WithoutEpsv => "ipv4 without epsv",
            Self::V4WithoutPassive => "ipv4 without epsv and pasv",
            Self::V6 => "ipv6",
        }
    }

    const fn family(self) -> Family {
        match self {
            Self::V4 | Self::V4WithoutEpsv | Self::V4WithoutPassive => Family::V4,
            Self::V6 => Family::V6,
        }
    }

    /// The commands that the server is not to know.
    const fn unknown(self) -> &'static [&'static str] {
        match self {
            Self::V4 | Self::V6 => &[],
            Self::V4WithoutEpsv => &["EPSV"],
            Self::V4WithoutPassive => &["EPSV", "PASV"],
        }
    }
}

impl Recorder {
    /// Starts it on loopback, with one file.
    ///
    /// # Errors
    /// `Failed` of the operating system.
    pub fn start(circumstance: Circumstance) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
        for place in ["root", "client"] {
            fs::create_dir(folder.path().join(place))?;
        }
        let root = folder.path().join("root");
        fs::write(root.join(FILE), CONTENT)?;
        let records = Arc::<Mutex<Record>>::default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let loopback = SocketAddr::new(circumstance.family().loopback(), 0);
        let address = runtime.block_on(async {
            let seen = Arc::clone(&records);
            let server = Server::builder(Arc::new(LocalDirectory::open(&root)?))
                .users(Users::new().with(User::new(USER, PASSWORD, Permissions::READ_WRITE)))
                .listen_on(loopback)
                .data_port(DataPort::Any)
                .on_event(move |event| {
                    if let Event::TransferStarted { mode, .. } = event {
                        lock(&seen).opened.push(mode);
                    }
                })
                .bind()
                .await?;
            let behind = server.local_addresses().first().copied();
            let behind = behind.ok_or_else(|| io::Error::other("it listens nowhere"))?;
            tokio::spawn(server.run());
            let gate = TcpListener::bind(loopback).await?;
            let address = gate.local_addr()?;
            let unknown = circumstance.unknown();
            tokio::spawn(stand_between(gate, behind, unknown, Arc::clone(&records)));
            io::Result::Ok(address)
        })?;
        Ok(Self {
            address,
            records,
            folder,
            _runtime: runtime,
        })
    }

    /// Has a client download the file; whether it came whole, and what was recorded.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn record(&self, program: &Program) -> Result<(bool, Record, Finished), Trouble> {
        *lock(&self.records) = Record::default();
        let folder = self.folder.path().join("client");
        let local = folder.join("got");
        let finished = program.run(&Visit {
            task: Task::Get,
            server: self.address,
            user: USER,
            password: PASSWORD,
            remote: FILE,
            local: &local,
            folder: &folder,
        })?;
        let whole = fs::read(&local).is_ok_and(|content| content == CONTENT);
        Ok((whole, lock(&self.records).clone(), finished))
    }
}

/// What a client does by default in every circumstance, as it is kept among the observations.
///
/// # Errors
/// `Missing` when the program is not there, `Failed` when it does not end in time.
pub fn defaults_of(program: &Program) -> Result<Value, Trouble> {
    let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
    let mut seen = serde_json::Map::new();
    seen.insert("version".into(), program.version(folder.path())?.into());
    for circumstance in Circumstance::ALL {
        let (whole, record, _) = Recorder::start(circumstance)?.record(program)?;
        let opened = record
            .opened
            .last()
            .filter(|_| whole)
            .map(|mode| match mode {
                DataMode::Active => "active",
                DataMode::Passive => "passive",
            });
        seen.insert(
            circumstance.name().into(),
            json!({ "asked": record.asked, "opened": opened }),
        );
    }
    Ok(Value::Object(seen))
}

/// Takes control connections, and leads each to the server.
async fn stand_between(
    gate: TcpListener,
    server: SocketAddr,
    unknown: &'static [&'static str],
    records: Arc<Mutex<Record>>,
) {
    while let Ok((client, _)) = gate.accept().await {
        tokio::spawn(lead(client, server, unknown, Arc::clone(&records)));
    }
}

async fn lead(
    client: TcpStream,
    server: SocketAddr,
    unknown: &'static [&'static str],
    records: Arc<Mutex<Record>>,
) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let commands = async move {
        let mut lines = BufReader::new(from_client);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).await? > 0 {
            let verb = note(&line, &records);
            if unknown.contains(&verb.as_str()) {
                // The server refuses what it does not know, in its own words and in order.
                line.splice(..verb.len(), *b"XNONE");
            }
            to_server.write_all(&line).await?;
            line.clear();
        }
        to_server.shutdown().await
    };
    let replies = async move {
        tokio::io::copy(&mut from_server, &mut to_client).await?;
        to_client.shutdown().await
    };
    tokio::try_join!(commands, replies).map(drop)
}

/// Notes a command if it asks for a data connection, and gives its verb.
fn note(line: &[u8], records: &Mutex<Record>) -> String {
    let text = String::from_utf8_lossy(line).to_ascii_uppercase();
    let mut words = text.split_ascii_whitespace();
    let verb = words.next().unwrap_or_default().to_owned();
    let asked = match (verb.as_str(), words.next()) {
        ("EPSV", Some("ALL")) => "EPSV ALL",
        (verb, _) => verb,
    };
    let mut record = lock(records);
    if WAYS.contains(&verb.as_str()) && !record.asked.iter().any(|found| found == asked) {
        record.asked.push(asked.to_owned());
    }
    verb
}

fn lock(records: &Mutex<Record>) -> MutexGuard<'_, Record> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}

const WAYS: [&str; 6] = ["EPSV", "PASV", "LPSV", "EPRT", "PORT", "LPRT"];
const FILE: &str = "seen.txt";
const CONTENT: &[u8] = b"seen\n";
const USER: &str = "tester";
const PASSWORD: &str = "hunter2";
