//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use ftp_io::client::FtpUrl;
use ftp_io::net::PortRange;

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

    /// Listen on a port of this range in active mode
    #[arg(long, value_name = "A-B")]
    pub(crate) active_ports: Option<PortRange>,

    /// Tell the server this address in active mode, where it is not this machine's own (NAT)
    #[arg(long, value_name = "IP")]
    pub(crate) active_address: Option<IpAddr>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ls {
    /// ftp://[USER[:PASSWORD]@]HOST[:PORT][/DIRECTORY]
    pub(crate) url: FtpUrl,

    #[command(flatten)]
    pub(crate) data: DataOptions,

    /// Print a JSON array, one object for each entry
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Get {
    /// ftp://[USER[:PASSWORD]@]HOST[:PORT]/FILE[;type=a]
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

    /// ftp://[USER[:PASSWORD]@]HOST[:PORT]/FILE; a path that ends in / takes the file's own name
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

const LS_EXAMPLES: &str = "\
Examples:
  ftp-cli ls ftp://192.0.2.1/pub
  ftp-cli ls ftp://alice@192.0.2.1/%2Fvar/log --json";

const GET_EXAMPLES: &str = "\
Examples:
  ftp-cli get ftp://192.0.2.1/pub/README
  ftp-cli get ftp://192.0.2.1/pub/image.iso image.iso --resume
  ftp-cli get --active --active-ports 50000-50010 ftp://alice@192.0.2.1/report.csv";

const PUT_EXAMPLES: &str = "\
Examples:
  ftp-cli put report.csv ftp://alice@192.0.2.1/inbox/
  ftp-cli put image.iso ftp://alice@192.0.2.1/image.iso --resume";
