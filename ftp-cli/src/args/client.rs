//! The command line of what talks to a server.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use clap::builder::{OsStringValueParser, TypedValueParser};
use ftp_io::client::{FtpUrl, UrlError};
use ftp_io::net::PortRange;
use ftp_io::tls::{Fingerprint, MaxVersion};
use ftp_proto::client::Way;

/// How to log in, and who opens the data connection.
#[derive(Debug, ClapArgs)]
pub(crate) struct ClientArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) login: LoginArgs,

    #[command(flatten)]
    pub(crate) tls: TlsArgs,
}

/// Whom to trust under TLS: at addresses that begin with ftpes:// (AUTH TLS) or ftps:// (implicit).
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "TLS (ftpes://, ftps://)")]
pub(crate) struct TlsArgs {
    /// Trust servers by the root certificates in this file (PEM), and not by the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,

    /// Trust the certificate with this SHA-256, and no other; may be given several times
    #[arg(long, value_name = "SHA256", conflicts_with = "ca")]
    pub(crate) pin: Vec<Fingerprint>,

    /// Trust any certificate: whoever sits on the way can read and change everything
    #[arg(long, conflicts_with_all = ["ca", "pin"])]
    pub(crate) insecure: bool,

    /// Show the certificate of this file where a server asks for one (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,

    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,

    /// Speak no newer version of TLS, for a server that loses sessions of 1.3: 1.2 or 1.3
    #[arg(long, value_name = "VERSION", value_parser = max_version)]
    pub(crate) tls_max: Option<MaxVersion>,
}

fn max_version(text: &str) -> Result<MaxVersion, &'static str> {
    match text {
        "1.2" => Ok(MaxVersion::Tls12),
        "1.3" => Ok(MaxVersion::Tls13),
        _ => Err("expected 1.2 or 1.3"),
    }
}

/// Who opens the data connection, and how.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Data connection")]
pub(crate) struct DataArgs {
    /// This machine connects to the server (EPSV, then PASV); the default
    #[arg(long, conflicts_with_all = ["active", "auto"])]
    pub(crate) passive: bool,

    /// The server connects to this machine (EPRT, then PORT)
    #[arg(long, conflicts_with = "auto")]
    pub(crate) active: bool,

    /// Passive, and active where no passive data connection can be opened
    #[arg(long)]
    pub(crate) auto: bool,

    /// This command and no other: epsv, pasv, eprt or port
    #[arg(long, value_name = "COMMAND", value_parser = way, conflicts_with_all = ["passive", "active", "auto"])]
    pub(crate) way: Option<Way>,

    /// Give a control or data connection so long to open, 30 and 20 seconds by default
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) open_timeout: Option<Duration>,

    /// Listen on a port of this range in active mode
    #[arg(long, value_name = "A-B")]
    pub(crate) active_ports: Option<PortRange>,

    /// Tell the server this address in active mode, where it is not this machine's own (NAT)
    #[arg(long, value_name = "IP")]
    pub(crate) active_address: Option<IpAddr>,
}

/// A way of opening data connections, by its command.
fn way(text: &str) -> Result<Way, &'static str> {
    [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port]
        .into_iter()
        .find(|way| way.verb().eq_ignore_ascii_case(text))
        .ok_or("expected epsv, pasv, eprt or port")
}

/// A time to wait, of up to an hour.
pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds, more than 0 and at most 3600"),
    }
}

/// Where names and passwords come from.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Login")]
pub(crate) struct LoginArgs {
    /// Read the password from the first line of this file, - for standard input
    ///
    /// The password is looked for in this order: in the address (ftp://USER:PASSWORD@HOST/, which
    /// everybody on this machine can read in the list of processes), in this file, in the
    /// environment as FTP_PASSWORD, in .netrc, and at last it is asked for on the terminal, where it
    /// is not shown.
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,

    /// Look up names and passwords in this file, ~/.netrc by default
    ///
    /// An address without USER logs in as whom the file names for its host, with the password
    /// beside that name, and as anonymous if it names nobody. A password in a file that others can
    /// read is refused.
    #[arg(long, value_name = "FILE")]
    pub(crate) netrc_file: Option<PathBuf>,

    /// Do not look into ~/.netrc
    #[arg(long, conflicts_with = "netrc_file")]
    pub(crate) no_netrc: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ls {
    #[arg(help = "ftp://[USER@]HOST[:PORT][/DIRECTORY]")]
    pub(crate) url: FtpUrl,

    /// Print a JSON array, one object for each entry
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
#[command(override_usage = "ftp-cli get [OPTIONS] URL... [FILE|DIRECTORY|-]")]
pub(crate) struct Get {
    #[arg(
        value_name = "URL",
        required = true,
        value_parser = OsStringValueParser::new().try_map(url_or_path),
        help = "ftp://[USER@]HOST[:PORT]/FILE[;type=a], several of them, and where to write: a file, a directory, - for standard output; the working directory by default"
    )]
    pub(crate) places: Vec<UrlOrPath>,

    /// Where to write, as the last argument may say as well
    #[arg(
        short,
        long,
        visible_short_alias = 'O',
        value_name = "FILE|DIRECTORY|-"
    )]
    pub(crate) output: Option<PathBuf>,

    /// Go on where an earlier download ended: in FILE.part, or else in FILE
    #[arg(short = 'c', long, visible_alias = "continue")]
    pub(crate) resume: bool,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

/// An address, or a place on this machine.
#[derive(Clone, Debug)]
pub(crate) enum UrlOrPath {
    Url(FtpUrl),
    Path(PathBuf),
}

fn url_or_path(text: OsString) -> Result<UrlOrPath, UrlError> {
    match text.to_str() {
        Some(url) if url.contains("://") => url.parse().map(UrlOrPath::Url),
        _ => Ok(UrlOrPath::Path(text.into())),
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Put {
    /// What to store; - for standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[arg(
        help = "ftp://[USER@]HOST[:PORT]/FILE; a path that ends in / is a directory, in which files keep their names"
    )]
    pub(crate) url: FtpUrl,

    /// Go on where the file at the server ends
    #[arg(
        short = 'c',
        long,
        visible_alias = "continue",
        conflicts_with = "append"
    )]
    pub(crate) resume: bool,

    /// Store behind what the file at the server holds
    #[arg(short, long)]
    pub(crate) append: bool,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Cat {
    #[arg(
        value_name = "URL",
        required = true,
        help = "ftp://[USER@]HOST[:PORT]/FILE[;type=a]"
    )]
    pub(crate) urls: Vec<FtpUrl>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Rm {
    #[arg(
        value_name = "URL",
        required = true,
        help = "ftp://[USER@]HOST[:PORT]/FILE"
    )]
    pub(crate) urls: Vec<FtpUrl>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Mkdir {
    #[arg(
        value_name = "URL",
        required = true,
        help = "ftp://[USER@]HOST[:PORT]/DIRECTORY"
    )]
    pub(crate) urls: Vec<FtpUrl>,

    /// Make the directories above it too, and do not mind if it is there
    #[arg(short, long)]
    pub(crate) parents: bool,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Rmdir {
    #[arg(
        value_name = "URL",
        required = true,
        help = "ftp://[USER@]HOST[:PORT]/DIRECTORY"
    )]
    pub(crate) urls: Vec<FtpUrl>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Mv {
    #[arg(value_name = "URL", help = "ftp://[USER@]HOST[:PORT]/FILE")]
    pub(crate) from: FtpUrl,

    /// A path as in the address, or an address at the same server; a directory if it ends in /
    #[arg(value_name = "NEW")]
    pub(crate) to: String,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Stat {
    #[arg(
        value_name = "URL",
        required = true,
        help = "ftp://[USER@]HOST[:PORT][/PATH]"
    )]
    pub(crate) urls: Vec<FtpUrl>,

    /// Print a JSON array, one object for each
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Quote {
    #[arg(help = "ftp://[USER@]HOST[:PORT][/DIRECTORY]; the directory is entered first")]
    pub(crate) url: FtpUrl,

    /// A command with its argument, as one word for the shell; the first refusal ends it
    #[arg(value_name = "COMMAND", required = true)]
    pub(crate) commands: Vec<String>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,
}
