//! Servers in a laboratory: control port 21, data port 20, anonymous users, TLS for who asks, one
//! small file.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use ftp_io::firewall::{Setup, Side};
use tempfile::TempDir;

use super::network::{Network, PASSIVE_PORTS, tool};
use crate::process::Running;
use crate::{Trouble, ftp_cli};

/// A server program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// Ours: `ftp-cli serve`.
    FtpCli,
    /// vsftpd 3.0.
    Vsftpd,
}

/// A server that answers; dropping it ends it.
#[derive(Debug)]
pub struct Host {
    process: Running,
    folder: TempDir,
}

impl Daemon {
    /// Both.
    pub const ALL: [Self; 2] = [Self::FtpCli, Self::Vsftpd];

    /// Starts it at the network's server, and waits until it greets.
    ///
    /// # Errors
    /// `Missing` without the program, `Failed` with its output when it does not come up.
    pub fn start(self, network: &Network, setup: &Setup) -> Result<Host, Trouble> {
        let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
        for place in ["", "root", "empty"] {
            let path = folder.path().join(place);
            if !path.exists() {
                fs::create_dir(&path)?;
            }
            fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        }
        fs::write(folder.path().join("root").join(FILE), b"seen\n")?;
        let address = network.addresses.server;
        let names = [address, network.addresses.server_outside];
        let made = rcgen::generate_simple_self_signed(names.map(|name| name.to_string()));
        let made = made.map_err(Trouble::failed)?;
        fs::write(folder.path().join(CERTIFICATE), made.cert.pem())?;
        fs::write(folder.path().join(KEY), made.signing_key.serialize_pem())?;
        let announced = network.addresses.told(setup.passive_address, Side::Server);
        let command = match self {
            Self::FtpCli => ours(network, &folder, address, announced)?,
            Self::Vsftpd => vsftpd(network, &folder, address, announced)?,
        };
        let mut process = Running::start(command, &self.to_string(), folder.path())?;
        let at = SocketAddr::new(address, 21);
        process.until(START, |_| {
            let greeted = network.server.within(|| Ok(greeting(at)?));
            greeted.map_err(|trouble| io::Error::other(format!("{trouble:?}")))
        })?;
        Ok(Host { process, folder })
    }
}

impl Host {
    /// A folder for the output of clients.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The server's certificate, which signs itself, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join(CERTIFICATE)
    }

    /// What the server wrote so far, for a person.
    pub fn output(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        format!(
            "{}\n{}",
            self.process.output(),
            String::from_utf8_lossy(&log)
        )
    }
}

impl std::fmt::Display for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::FtpCli => "ftp-cli serve",
            Self::Vsftpd => "vsftpd",
        })
    }
}

fn ours(
    network: &Network,
    folder: &TempDir,
    address: IpAddr,
    announced: Option<IpAddr>,
) -> Result<Command, Trouble> {
    let (first, last) = PASSIVE_PORTS;
    let mut command = network.server.command(ftp_cli::program()?)?;
    command
        .args(["-v", "serve"])
        .arg(folder.path().join("root"))
        .args(["--anonymous", "--listen"])
        .arg(SocketAddr::new(address, 21).to_string())
        .arg("--passive-ports")
        .arg(format!("{first}-{last}"))
        .arg("--tls-cert")
        .arg(folder.path().join(CERTIFICATE))
        .arg("--tls-key")
        .arg(folder.path().join(KEY));
    if let Some(told) = announced {
        command.arg("--announce").arg(told.to_string());
    }
    Ok(command)
}

fn vsftpd(
    network: &Network,
    folder: &TempDir,
    address: IpAddr,
    announced: Option<IpAddr>,
) -> Result<Command, Trouble> {
    let listen = match address {
        IpAddr::V4(ip) => format!("listen=YES\nlisten_ipv6=NO\nlisten_address={ip}"),
        IpAddr::V6(ip) => format!("listen=NO\nlisten_ipv6=YES\nlisten_address6={ip}"),
    };
    let announced = announced.map_or(String::new(), |ip| format!("pasv_address={ip}\n"));
    let (first, last) = PASSIVE_PORTS;
    let place = folder.path().display();
    let configuration = format!(
        "{listen}\n{announced}\
         background=NO\n\
         listen_port=21\n\
         ftp_data_port=20\n\
         connect_from_port_20=YES\n\
         pasv_min_port={first}\n\
         pasv_max_port={last}\n\
         connect_timeout={VSFTPD_TIMEOUT}\n\
         accept_timeout={VSFTPD_TIMEOUT}\n\
         ftp_username=daemon\n\
         secure_chroot_dir={place}/empty\n\
         anon_root={place}/root\n\
         anonymous_enable=YES\n\
         no_anon_password=YES\n\
         local_enable=NO\n\
         ssl_enable=YES\n\
         allow_anon_ssl=YES\n\
         ssl_tlsv1=YES\n\
         ssl_ciphers=HIGH\n\
         rsa_cert_file={place}/{CERTIFICATE}\n\
         rsa_private_key_file={place}/{KEY}\n\
         max_clients=0\n\
         max_per_ip=0\n\
         xferlog_enable=YES\n\
         log_ftp_protocol=YES\n\
         vsftpd_log_file={place}/log\n",
    );
    let path = folder.path().join("vsftpd.conf");
    fs::write(&path, configuration)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    let mut command = network.server.command(tool("vsftpd")?)?;
    command.arg(path);
    Ok(command)
}

/// Whether a server greets: a 220 reply, after which the session ends.
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
    Err(io::Error::other("no 220 before the end"))
}

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";
/// The file that a listing shows.
pub(super) const FILE: &str = "seen.txt";
/// In seconds: longer than a client waits, so that it is the client that gives up.
const VSFTPD_TIMEOUT: u32 = 30;
const START: Duration = Duration::from_secs(60);
