//! What a process takes of memory and of descriptors, and a server that is measured.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::process::Running;
use crate::raw::Control;
use crate::{Trouble, ftp_cli};

/// `ftp-cli serve` to whoever is anonymous, who may write as well; dropping it ends it.
#[derive(Debug)]
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    process: Running,
}

/// Bytes of memory that a process has, proc_pid_status(5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// The most that was resident at once so far, shared pages of the program included.
    pub peak: u64,
    /// Resident now and its own.
    pub anonymous: u64,
}

impl Served {
    /// Serves `folder`; what the server says goes to files in `logs`.
    ///
    /// # Errors
    /// `Failed` with its output when it does not come up.
    pub fn start(folder: &Path, logs: &Path) -> Result<Self, Trouble> {
        Self::with(folder, logs, &[])
    }

    /// The same to clients that begin with AUTH TLS as well, with a certificate made for the run.
    ///
    /// # Errors
    /// As `start`.
    pub fn under_tls(folder: &Path, logs: &Path) -> Result<Self, Trouble> {
        Self::with(folder, logs, &["--self-signed"])
    }

    fn with(folder: &Path, logs: &Path, options: &[&str]) -> Result<Self, Trouble> {
        let mut command = Command::new(ftp_cli::program()?);
        command
            .env_clear()
            .arg("serve")
            .arg(folder)
            .args(["--listen", "127.0.0.1:0", "--anonymous=rw"])
            .args(["--max-sessions", "20000", "--idle-timeout", "3600"])
            .args(options);
        let mut process = Running::start(command, "ftp-cli-serve", logs)?;
        let address = process.until(START, ftp_cli::listening)?;
        Ok(Self { address, process })
    }

    /// The address of a file or directory of it.
    pub fn url(&self, path: &str) -> String {
        format!("ftp://{}/{path}", self.address)
    }

    /// A session in which somebody has logged in.
    ///
    /// # Errors
    /// The connection fails, or the login is refused.
    pub fn session(&self) -> io::Result<Control> {
        Control::logged_in(self.address)
    }

    /// What it takes now.
    ///
    /// # Errors
    /// It has ended.
    pub fn memory(&self) -> io::Result<Memory> {
        memory(self.process.id())
    }

    /// All that it wrote so far, for a person.
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// Our client with these arguments.
///
/// # Errors
/// `Failed` when it cannot be built.
pub fn client<const N: usize>(arguments: [&str; N]) -> Result<Command, Trouble> {
    let mut command = Command::new(ftp_cli::program()?);
    command.env_clear().args(arguments);
    Ok(command)
}

/// What a process takes now.
///
/// # Errors
/// It has ended.
pub fn memory(id: u32) -> io::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let field = |name: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = value.and_then(|value| value.trim().strip_suffix(" kB")?.parse().ok());
        kibibytes
            .map(|kibibytes: u64| kibibytes << 10)
            .ok_or_else(|| io::Error::other(format!("process {id} has no {name}")))
    };
    Ok(Memory {
        peak: field("VmHWM:")?,
        anonymous: field("RssAnon:")?,
    })
}

/// Lets this process, and what it starts from now on, have so many descriptors open: for itself
/// with [`Descriptors::Taken`], else only as a right of those that take it.
///
/// # Errors
/// `Missing` where the system does not allow it.
pub fn allow_descriptors(count: u64, now: Descriptors) -> Result<(), Trouble> {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.map(|maximum| maximum.max(count));
    let current = match now {
        Descriptors::Taken => maximum.map_or(Some(count), |_| limit.current.max(Some(count))),
        Descriptors::Allowed => limit.current,
    };
    let wanted = Rlimit { current, maximum };
    match wanted == limit {
        true => Ok(()),
        false => setrlimit(Resource::Nofile, wanted)
            .map_err(|error| Trouble::missing(format_args!("{count} descriptors: {error}"))),
    }
}

/// Who may have many descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Descriptors {
    /// Processes that ask for them.
    Allowed,
    /// This process.
    Taken,
}

const START: Duration = Duration::from_secs(120);
