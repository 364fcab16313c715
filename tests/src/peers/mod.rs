//! Real FTP servers, each started for one test.

mod certificate;
mod ftp_cli;
mod proftpd;
mod pure_ftpd;
mod python;
mod vsftpd;

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

pub use self::certificate::Proof;
use self::certificate::Tls;
use crate::ports::PortBlock;
use crate::process::Running;
use crate::{Family, Trouble};

/// A server program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Python's aioftp 0.28, which knows no active mode and no NLST.
    Aioftp,
    /// Ours: `ftp-cli serve`.
    FtpCli,
    /// ProFTPD 1.3, with a virtual user.
    ProFtpd,
    /// Pure-FTPd 1.0, with a virtual user; needs root.
    PureFtpd,
    /// Python's pyftpdlib 2.2.
    Pyftpdlib,
    /// vsftpd 3.0, anonymous with write access.
    Vsftpd,
}

/// A server that accepts connections; dropping it ends it.
#[derive(Debug)]
pub struct Server {
    /// Where its control connections go.
    pub address: SocketAddr,
    /// A user who may read and write.
    pub user: String,
    /// The password of that user.
    pub password: String,
    process: Running,
    site: Site,
}

impl Peer {
    /// Every server.
    pub const ALL: [Self; 6] = [
        Self::Aioftp,
        Self::FtpCli,
        Self::ProFtpd,
        Self::PureFtpd,
        Self::Pyftpdlib,
        Self::Vsftpd,
    ];

    /// Starts the server and waits until it greets.
    ///
    /// # Errors
    /// `Missing` when the program or a right that it needs is not there, `Failed` with its output
    /// when it does not come up.
    pub fn start(self, family: Family) -> Result<Server, Trouble> {
        require(family)?;
        self.start_at(Site::lay_out(family)?)
    }

    /// The same over IPv4, with a certificate for the server's address; TLS is required on both
    /// connections. For all but aioftp and pyftpdlib.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_under_tls(self, proof: Proof) -> Result<Server, Trouble> {
        let mut site = Site::lay_out(Family::V4)?;
        site.tls = Some(Tls::lay_out(&site, Family::V4.loopback(), proof)?);
        self.start_at(site)
    }

    fn start_at(self, site: Site) -> Result<Server, Trouble> {
        let family = site.family;
        let command = match self {
            Self::FtpCli => ftp_cli::command(&site)?,
            Self::ProFtpd => proftpd::command(&site)?,
            Self::PureFtpd => pure_ftpd::command(&site)?,
            Self::Aioftp => python::command("aioftp", &site)?,
            Self::Pyftpdlib => python::command("pyftpdlib", &site)?,
            Self::Vsftpd => vsftpd::command(&site)?,
        };
        let mut process = Running::start(command, &self.to_string(), site.folder.path())?;
        let address = match self {
            Self::FtpCli => process.until(START, crate::ftp_cli::listening)?,
            _ => SocketAddr::new(family.loopback(), site.ports.control()),
        };
        process.until(START, |_| greeting(address))?;
        let anonymous = self == Self::Vsftpd;
        Ok(Server {
            address,
            user: if anonymous { "anonymous" } else { USER }.to_owned(),
            password: if anonymous {
                "tests@example.org"
            } else {
                PASSWORD
            }
            .to_owned(),
            process,
            site,
        })
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Aioftp => "aioftp",
            Self::FtpCli => "ftp-cli-serve",
            Self::ProFtpd => "proftpd",
            Self::PureFtpd => "pure-ftpd",
            Self::Pyftpdlib => "pyftpdlib",
            Self::Vsftpd => "vsftpd",
        })
    }
}

impl Server {
    /// Makes a file in the folder that clients see as `files`, one that the server's user can
    /// change.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn place(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.site.files().join(name);
        fs::write(&path, content)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o666))
    }

    /// The content of a file in the folder that clients see as `files`.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn content(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.site.files().join(name))
    }

    /// The size of a file in that folder.
    ///
    /// # Errors
    /// When it is not there.
    pub fn size(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.site.files().join(name))?.len())
    }

    /// The certificate of a server under TLS, for clients to trust.
    ///
    /// # Errors
    /// `Failed` for one that is not.
    pub fn certificate(&self) -> Result<&Path, Trouble> {
        let tls = self.site.tls.as_ref();
        tls.map(Tls::certificate)
            .ok_or_else(|| Trouble::failed("a server without a certificate"))
    }

    /// The URL of a path in that folder, user and password included; "" is the folder.
    pub fn url(&self, path: &str) -> String {
        let encoded = |text: &str| -> String { text.bytes().map(percent_encoded).collect() };
        format!(
            "ftp://{}:{}@{}/files/{}",
            encoded(&self.user),
            encoded(&self.password),
            self.address,
            encoded(path)
        )
    }

    /// A place for a client's files, outside of what the server serves.
    pub fn client_folder(&self) -> PathBuf {
        self.site.folder.path().join("client")
    }

    /// All that the server wrote to standard error so far.
    ///
    /// # Errors
    /// When the file that holds it cannot be read.
    pub fn stderr(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.process.stderr()?).into_owned())
    }

    /// What the server wrote so far, its log included, for a person.
    pub fn log(&self) -> String {
        let log = fs::read(self.site.log()).unwrap_or_default();
        format!(
            "{}\n--- log:\n{}",
            self.process.output(),
            String::from_utf8_lossy(&log)
        )
    }
}

/// Where a server works: a temporary folder and ports of its own.
#[derive(Debug)]
struct Site {
    family: Family,
    ports: PortBlock,
    folder: TempDir,
    tls: Option<Tls>,
}

impl Site {
    fn lay_out(family: Family) -> io::Result<Self> {
        let ports = PortBlock::reserve()?;
        let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
        let site = Self {
            family,
            ports,
            folder,
            tls: None,
        };
        for (path, mode) in [
            (site.folder.path().to_owned(), 0o755),
            // vsftpd refuses a root folder that anonymous users may write to, so there is one below.
            (site.root(), 0o755),
            (site.files(), 0o777),
            (site.folder.path().join("client"), 0o777),
            (site.empty(), 0o755),
        ] {
            if !path.exists() {
                fs::create_dir(&path)?;
            }
            fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
        }
        Ok(site)
    }

    /// What clients see as their first folder.
    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn files(&self) -> PathBuf {
        self.root().join("files")
    }

    fn empty(&self) -> PathBuf {
        self.folder.path().join("empty")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Writes a file beside the folders, readable by its owner alone, as servers demand.
    fn write(&self, name: &str, content: &str) -> io::Result<PathBuf> {
        let path = self.folder.path().join(name);
        fs::write(&path, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        Ok(path)
    }
}

/// The system user whom a server's virtual user acts as: whoever runs the tests, but not root.
struct Account {
    uid: u32,
    gid: u32,
    name: String,
    group: String,
}

impl Account {
    fn of_tests() -> Result<Self, Trouble> {
        let (uid, gid) = match rustix::process::geteuid() {
            uid if uid.is_root() => (NOBODY, NOBODY),
            uid => (uid.as_raw(), rustix::process::getegid().as_raw()),
        };
        let name = name_of(Path::new("/etc/passwd"), uid)?;
        let group = name_of(Path::new("/etc/group"), gid)?;
        Ok(Self {
            uid,
            gid,
            name,
            group,
        })
    }
}

/// The name for an id, in a file of passwd(5) or group(5).
fn name_of(file: &Path, id: u32) -> Result<String, Trouble> {
    let id = id.to_string();
    fs::read_to_string(file)?
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&id.as_str()))
        .and_then(|fields| fields.first().map(|&name| name.to_owned()))
        .ok_or_else(|| Trouble::missing(format_args!("{} has no name for {id}", file.display())))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A skip where the machine has no such loopback address.
fn require(family: Family) -> Result<(), Trouble> {
    match std::net::TcpListener::bind((family.loopback(), 0)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Trouble::missing(format_args!(
            "{}: {error}",
            family.loopback()
        ))),
    }
}

/// Whether a server greets at `address`: the whole of a 220 reply, after which the session ends.
fn greeting(address: SocketAddr) -> io::Result<Option<()>> {
    let stream = match TcpStream::connect_timeout(&address, START) {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Ok(None),
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(START))?;
    for line in BufReader::new(stream).split(b'\n') {
        if line?.starts_with(b"220 ") {
            return Ok(Some(()));
        }
    }
    Err(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "no 220 before the end",
    ))
}

/// A byte of a URL, as it is if it cannot mean anything else (RFC 3986 §2.3) or is a slash.
fn percent_encoded(byte: u8) -> String {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

/// A command that inherits nothing from the shell of who runs the tests.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .current_dir("/");
    command
}

const START: Duration = Duration::from_secs(20);
const USER: &str = "tester";
const PASSWORD: &str = "hunter2";
/// `PASSWORD` by crypt(5), SHA-512 with the salt `ftptests`: fast where servers' own hashes are slow.
const PASSWORD_CRYPT: &str = "$6$ftptests$TPjO0sHAoQYRt7HyTmAjajeisjOMNqeemunYro5PPbv5sqI7Ov9ZmtCZs50cT6oFLkR0iGsZ1xtxsIFOO2yYT1";
/// The user `nobody` and the group `nogroup`.
const NOBODY: u32 = 65534;
