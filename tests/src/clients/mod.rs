//! Real FTP clients, each run once for one errand.

mod catalogue;
mod curl;
pub mod ftp_cli;
mod ftplib;
mod lftp;
mod tokio_client;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub use catalogue::{CATALOGUE, Program, Task, Visit};

use crate::Trouble;
use crate::peers::Server;
use crate::process::{Finished, Running};

/// A client program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// curl 7.
    Curl,
    /// Ours.
    FtpCli,
    /// Python's ftplib, by a script of ours.
    Ftplib,
    /// lftp 4.
    Lftp,
    /// The library's client on tokio.
    Tokio,
}

/// Who opens the data connection, as the client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The client connects to the server: EPSV or PASV.
    Passive,
    /// The server connects to the client: EPRT or PORT.
    Active,
    /// Passive, then active if no data connection can be opened; only ours know this.
    Auto,
}

/// What a client is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Download a file that is not there yet.
    Get,
    /// Download what a part of a file lacks.
    ResumeGet,
    /// Upload a file that is not there yet.
    Put,
    /// Upload what a part of a file lacks.
    ResumePut,
    /// List the folder `files`.
    List,
}

/// One operation with one server.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'a> {
    /// Whom to ask.
    pub server: &'a Server,
    /// Who opens the data connection.
    pub mode: Mode,
    /// What to do.
    pub operation: Operation,
    /// The name of the file in the folder `files` of the server; unused by `List`.
    pub remote: &'a str,
    /// The client's own file; unused by `List`.
    pub local: &'a Path,
}

impl Client {
    /// Runs the errand and waits for the client's end, whatever its exit status.
    ///
    /// # Errors
    /// `Missing` when the program is not there, `Failed` when it does not end in time.
    pub fn run(self, errand: &Errand<'_>) -> Result<Finished, Trouble> {
        let command = match self {
            Self::Curl => curl::command(errand)?,
            Self::FtpCli => ftp_cli::command(errand)?,
            Self::Ftplib => ftplib::command(errand)?,
            Self::Lftp => lftp::command(errand)?,
            Self::Tokio => tokio_client::command(errand)?,
        };
        let folder = errand.server.client_folder();
        run(command, &self.to_string(), &folder)
    }

    /// The verbs of the commands that the client says it sent, in order.
    pub fn verbs(self, finished: &Finished) -> Vec<String> {
        let (text, mark) = match self {
            Self::Curl | Self::FtpCli | Self::Tokio => (finished.stderr_text(), "> "),
            Self::Ftplib => (finished.stdout_text(), "*cmd* '"),
            Self::Lftp => (finished.stderr_text(), "---> "),
        };
        let verb = |command: &str| -> String {
            command
                .chars()
                .take_while(char::is_ascii_alphabetic)
                .collect()
        };
        text.lines()
            .filter_map(|line| line.strip_prefix(mark))
            .map(verb)
            .collect()
    }
}

impl Errand<'_> {
    /// The URL of the file, or of the folder for a listing.
    fn url(&self) -> String {
        self.server.url(match self.operation {
            Operation::List => "",
            _ => self.remote,
        })
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Curl => "curl",
            Self::FtpCli => "ftp-cli",
            Self::Ftplib => "ftplib",
            Self::Lftp => "lftp",
            Self::Tokio => "tokio",
        })
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passive => "passive",
            Self::Active => "active",
            Self::Auto => "auto",
        })
    }
}

impl Operation {
    /// All, in the order of the tables.
    pub const ALL: [Self; 5] = [
        Self::Get,
        Self::ResumeGet,
        Self::Put,
        Self::ResumePut,
        Self::List,
    ];
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Get => "get",
            Self::ResumeGet => "resume-get",
            Self::Put => "put",
            Self::ResumePut => "resume-put",
            Self::List => "list",
        })
    }
}

/// Runs a client in `folder`, with nothing of who runs the tests: no proxy, no configuration file,
/// no language, no terminal. What the command itself puts into the environment stays.
fn run(mut command: Command, name: &str, folder: &Path) -> Result<Finished, Trouble> {
    let own = command
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.map(OsStr::to_owned)));
    let own: Vec<_> = own
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    command
        .env_clear()
        .envs(own)
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder);
    Running::start(command, name, folder)?.finish(DEADLINE)
}

/// For hangs alone: a demo built without optimisation takes a while on a busy machine.
const DEADLINE: Duration = Duration::from_secs(240);
