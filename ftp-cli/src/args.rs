//! The command line.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand};
use ftp_io::client::FtpUrl;
use ftp_io::net::PortRange;
use ftp_proto::Secret;
use ftp_proto::client::Way;

use crate::firewall::FirewallRules;
use crate::parse_listing::ParseListing;

/// Moves files by FTP, in active and in passive mode, and serves them.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Print the dialogue with the server: > sent, < received, passwords as ****
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    #[command(subcommand)]
    pub(crate) job: Job,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// List a directory
    #[command(visible_alias = "dir", after_help = LS_EXAMPLES)]
    Ls(Ls),
    /// Retrieve a file
    #[command(after_help = GET_EXAMPLES)]
    Get(Get),
    /// Store a file
    #[command(after_help = PUT_EXAMPLES)]
    Put(Put),
    /// Serve a directory
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Read a listing of any server from standard input, and print what it tells
    #[command(after_help = PARSE_LISTING_EXAMPLES)]
    ParseListing(ParseListing),
    /// Print the rules that a firewall needs, for nft, iptables, ufw, firewalld or Windows
    Firewall(FirewallRules),
    /// Show passive and active mode: a server and a client in one process, with real files
    Demo,
}

/// Who opens the data connection, and how.
#[derive(Debug, ClapArgs)]
pub(crate) struct DataOptions {
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

#[derive(Debug, ClapArgs)]
pub(crate) struct Ls {
    #[arg(help = "ftp://[USER[:PASSWORD]@]HOST[:PORT][/DIRECTORY]")]
    pub(crate) url: FtpUrl,

    #[command(flatten)]
    pub(crate) data: DataOptions,

    /// Print a JSON array, one object for each entry
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Get {
    #[arg(help = "ftp://[USER[:PASSWORD]@]HOST[:PORT]/FILE[;type=a]")]
    pub(crate) url: FtpUrl,

    /// Where to write it; the name it has at the server, in the working directory, by default
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) data: DataOptions,

    /// Go on where FILE ends
    #[arg(long)]
    pub(crate) resume: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Put {
    /// What to store
    pub(crate) file: PathBuf,

    #[arg(
        help = "ftp://[USER[:PASSWORD]@]HOST[:PORT]/FILE; a path that ends in / takes the file's own name"
    )]
    pub(crate) url: FtpUrl,

    #[command(flatten)]
    pub(crate) data: DataOptions,

    /// Go on where the file at the server ends
    #[arg(long, conflicts_with = "append")]
    pub(crate) resume: bool,

    /// Store behind what the file at the server holds
    #[arg(long)]
    pub(crate) append: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// The directory to serve; nothing outside it can be reached
    pub(crate) directory: PathBuf,

    /// Listen here; may be given several times, port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2121")]
    pub(crate) listen: Vec<SocketAddr>,

    /// Let this user log in; rw, the default, to write as well as read, ro to read only
    #[arg(long = "user", value_name = "NAME:PASSWORD[:rw|ro]")]
    pub(crate) users: Vec<UserSpec>,

    /// Let everybody log in as anonymous, to read, or with =rw to write as well
    #[arg(long, value_name = "rw", num_args = 0..=1, require_equals = true, default_missing_value = "ro")]
    pub(crate) anonymous: Option<Access>,

    /// Ports of data connections in passive mode, as a firewall lets them in; any by default
    #[arg(long, value_name = "A-B")]
    pub(crate) passive_ports: Option<PortRange>,

    /// Tell clients this address in the reply to PASV, where NAT stands before this machine
    #[arg(long, value_name = "IP")]
    pub(crate) announce: Option<Ipv4Addr>,

    /// The port from which data connections come in active mode; 20 by default when the control
    /// port is 21, else the control port less one
    #[arg(long, value_name = "N")]
    pub(crate) data_port: Option<u16>,

    /// Do not serve: print what firewalls must let through and NATs must forward for these options
    #[arg(long)]
    pub(crate) explain: bool,
}

/// A way of opening data connections, by its command.
fn way(text: &str) -> Result<Way, &'static str> {
    [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port]
        .into_iter()
        .find(|way| way.verb().eq_ignore_ascii_case(text))
        .ok_or("expected epsv, pasv, eprt or port")
}

/// A time to wait, of up to an hour.
fn seconds(text: &str) -> Result<Duration, &'static str> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 3600.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected seconds, more than 0 and at most 3600"),
    }
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

impl FromStr for Access {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ro" => Ok(Self::ReadOnly),
            "rw" => Ok(Self::ReadWrite),
            _ => Err("expected rw or ro"),
        }
    }
}

/// A user of `serve`.
#[derive(Clone, Debug)]
pub(crate) struct UserSpec {
    pub(crate) name: String,
    pub(crate) password: Secret<String>,
    pub(crate) access: Access,
}

impl FromStr for UserSpec {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text
            .split_once(':')
            .filter(|(name, _)| !name.is_empty())
            .ok_or("expected NAME:PASSWORD, or NAME:PASSWORD:ro")?;
        let (password, access) = match rest.rsplit_once(':') {
            Some((password, "ro")) => (password, Access::ReadOnly),
            Some((password, "rw")) => (password, Access::ReadWrite),
            _ => (rest, Access::ReadWrite),
        };
        Ok(Self {
            name: name.to_owned(),
            password: Secret::new(password.to_owned()),
            access,
        })
    }
}

const SERVE_EXAMPLES: &str = "\
Examples:
  ftp-cli serve /srv/pub --anonymous
  ftp-cli serve . --listen 0.0.0.0:2121 --listen '[::]:2121' --user alice:secret --user bob:key:ro
  ftp-cli serve /srv --listen 0.0.0.0:21 --user alice:secret --passive-ports 50000-50099 --announce 203.0.113.5";

const LS_EXAMPLES: &str = "\
Examples:
  ftp-cli ls ftp://192.0.2.1/pub
  ftp-cli ls ftp://alice@192.0.2.1/%2Fvar/log --json";

const PARSE_LISTING_EXAMPLES: &str = "\
Examples:
  curl -s ftp://192.0.2.1/pub/ | ftp-cli parse-listing
  ftp-cli parse-listing --now 2026-11-22T14:05:09 --json < listing.txt";

const GET_EXAMPLES: &str = "\
Examples:
  ftp-cli get ftp://192.0.2.1/pub/README
  ftp-cli get ftp://192.0.2.1/pub/image.iso image.iso --resume
  ftp-cli get --active --active-ports 50000-50010 ftp://alice@192.0.2.1/report.csv";

const PUT_EXAMPLES: &str = "\
Examples:
  ftp-cli put report.csv ftp://alice@192.0.2.1/inbox/
  ftp-cli put image.iso ftp://alice@192.0.2.1/image.iso --resume";
