//! The command line of `serve` and `user`.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};
use ftp_io::net::PortRange;
use ftp_io::server::{Permissions, TlsRequired};
use ftp_io::tls::DataProof;
use ftp_proto::Secret;

use super::examples;

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// The directory to serve; nothing outside it can be reached
    pub(crate) directory: PathBuf,

    /// Listen here; may be given several times, port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2121")]
    pub(crate) listen: Vec<SocketAddr>,

    /// Bind ports as root, and serve as this user, by name or number
    ///
    /// Of root's rights only the one to bind ports below 1024 is kept (CAP_NET_BIND_SERVICE), for
    /// port 21 and for port 20, from which data connections come in active mode. DIRECTORY and the
    /// file of users must be open to this user. The group is the user's own by default.
    #[arg(long, value_name = "USER[:GROUP]")]
    pub(crate) run_as: Option<RunAs>,

    /// The text of the greeting
    #[arg(long, value_name = "TEXT")]
    pub(crate) banner: Option<String>,

    /// Do not serve: print what firewalls must let through and NATs must forward for these options
    #[arg(long)]
    pub(crate) explain: bool,

    #[command(flatten)]
    pub(crate) login: ServeLoginArgs,

    #[command(flatten)]
    pub(crate) data: ServeDataArgs,

    #[command(flatten)]
    pub(crate) tls: ServeTlsArgs,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// What is under TLS.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "TLS")]
pub(crate) struct ServeTlsArgs {
    /// Offer TLS with the certificate of this file, and those that signed it (PEM)
    ///
    /// The file is read again when it has changed; sessions that run keep what they began with. Given
    /// several times, each with a key, clients get the certificate for the host that they ask for,
    /// or else the first.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Vec<PathBuf>,

    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Vec<PathBuf>,

    /// Offer TLS with a certificate made for this run; its fingerprint is printed, for --pin
    #[arg(long, conflicts_with = "tls_cert")]
    pub(crate) self_signed: bool,

    /// What clients must protect: none, control, data or both
    #[arg(long, value_name = "WHAT", default_value = "none", value_parser = required)]
    pub(crate) require_tls: TlsRequired,

    /// The same for anonymous users, if it differs
    #[arg(long, value_name = "WHAT", value_parser = required)]
    pub(crate) require_tls_anonymous: Option<TlsRequired>,

    /// Ask clients for a certificate that one of the roots in this file has signed (PEM)
    ///
    /// Who shows another is refused; who shows none goes on, but is none of the users whose
    /// certificates the file of users names: see `ftp-cli user add --certificate`.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_client_ca: Option<PathBuf>,

    /// Listen here too, for clients that begin with TLS (mostly at port 990)
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) implicit: Vec<SocketAddr>,

    /// Data connections that do not resume their session's TLS: prefer reports and serves them,
    /// require refuses them, off does not look
    #[arg(long, value_name = "HOW", default_value = "prefer", value_parser = proof)]
    pub(crate) data_proof: DataProof,
}

fn required(text: &str) -> Result<TlsRequired, &'static str> {
    match text {
        "none" => Ok(TlsRequired::Nothing),
        "control" => Ok(TlsRequired::Control),
        "data" => Ok(TlsRequired::Data),
        "both" => Ok(TlsRequired::Both),
        _ => Err("expected none, control, data or both"),
    }
}

fn proof(text: &str) -> Result<DataProof, &'static str> {
    match text {
        "prefer" => Ok(DataProof::Prefer),
        "require" => Ok(DataProof::Require),
        "off" => Ok(DataProof::Off),
        _ => Err("expected prefer, require or off"),
    }
}

/// Who may log in.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Users")]
pub(crate) struct ServeLoginArgs {
    /// Let the users of this file log in; see `ftp-cli user`. SIGHUP reads it again
    #[arg(long = "users", value_name = "FILE", conflicts_with_all = ["users", "anonymous"])]
    pub(crate) file: Option<PathBuf>,

    /// Let this user log in; rw, the default, to write as well as read, ro to read only
    ///
    /// Everybody on this machine can read the password in the list of processes: this is for a
    /// trial, --users for anything else.
    #[arg(long = "user", value_name = "NAME:PASSWORD[:rw|ro]")]
    pub(crate) users: Vec<UserSpec>,

    /// Let everybody log in as anonymous, to read, or with =rw to write as well
    #[arg(long, value_name = "rw", num_args = 0..=1, require_equals = true, default_missing_value = "ro")]
    pub(crate) anonymous: Option<Access>,
}

/// How data connections are opened.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Data connections")]
pub(crate) struct ServeDataArgs {
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
}

/// How much is too much.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Sessions at once; a client too many is told so and sent away
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) max_sessions: usize,

    /// Sessions at once from one address; as many as in all by default
    #[arg(long, value_name = "N")]
    pub(crate) max_sessions_per_address: Option<usize>,

    /// Sessions at once in which nobody has logged in yet; half as many as in all by default
    #[arg(long, value_name = "N")]
    pub(crate) max_sessions_before_login: Option<usize>,

    /// End a session in which no command came for so many seconds, transfers not counted
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) idle_timeout: Duration,

    /// End a transfer in which no byte moved for so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) stall_timeout: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=31_536_000) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a number of seconds, from 1 to those of a year".into()),
    }
}

/// A user of this machine, with a group.
#[derive(Clone, Debug)]
pub(crate) struct RunAs {
    pub(crate) user: String,
    pub(crate) group: Option<String>,
}

impl FromStr for RunAs {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (user, group) = match text.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (text, None),
        };
        if user.is_empty() || group.is_some_and(str::is_empty) {
            return Err("expected USER or USER:GROUP");
        }
        Ok(Self {
            user: user.to_owned(),
            group: group.map(str::to_owned),
        })
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

/// What to do with a file of users.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a user
    #[command(after_help = examples::USER_ADD)]
    Add(UserAdd),
    /// Give a user another password
    #[command(after_help = examples::USER_PASSWORD)]
    Password(UserPassword),
    /// Remove a user
    #[command(after_help = examples::USER_REMOVE)]
    Remove(UserRemove),
    /// List the users, with what they may do and where
    #[command(after_help = examples::USER_LIST)]
    List(UserList),
    /// Print the hash of a password, to be put into a file of users by other means
    #[command(after_help = examples::USER_HASH)]
    Hash(UserHash),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct UserAdd {
    /// The name to log in with
    pub(crate) name: String,

    /// The file of users; made, and closed to others, if it is not there
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The directory, beneath the one that is served, that is all the user sees
    #[arg(long, value_name = "PATH", default_value = "/")]
    pub(crate) home: String,

    /// List and read only
    #[arg(long, conflicts_with = "permissions")]
    pub(crate) read_only: bool,

    /// What the user may do, of: list, read, write, delete, rename, make; all of it by default
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = permission)]
    pub(crate) permissions: Vec<Permissions>,

    /// The certificate of this file (PEM) must be shown beside the password, under TLS; may be given
    /// several times, any one will do
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Vec<PathBuf>,

    /// The certificate stands for a password: there is none
    #[arg(long, requires = "certificate", conflicts_with = "password_file")]
    pub(crate) no_password: bool,

    #[command(flatten)]
    pub(crate) password: NewPasswordArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct UserPassword {
    /// The user's name
    pub(crate) name: String,

    /// The file of users
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) password: NewPasswordArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct UserRemove {
    /// The user's name
    pub(crate) name: String,

    /// The file of users
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct UserList {
    /// The file of users
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct UserHash {
    #[command(flatten)]
    pub(crate) password: NewPasswordArgs,
}

/// Where a new password comes from.
#[derive(Debug, ClapArgs)]
pub(crate) struct NewPasswordArgs {
    /// Read the password from the first line of this file, - for standard input; by default it is
    /// asked for twice on the terminal, or read from standard input where that is none
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

fn permission(word: &str) -> Result<Permissions, String> {
    PERMISSIONS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, permission)| *permission)
        .ok_or_else(|| "expected list, read, write, delete, rename or make".into())
}

/// Kinds of work by the names that they have in a file of users.
pub(crate) const PERMISSIONS: [(&str, Permissions); 6] = [
    ("list", Permissions::LIST),
    ("read", Permissions::READ),
    ("write", Permissions::WRITE),
    ("delete", Permissions::DELETE),
    ("rename", Permissions::RENAME),
    ("make", Permissions::MAKE),
];
