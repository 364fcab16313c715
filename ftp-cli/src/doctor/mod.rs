//! `ftp-cli doctor`: which ways of opening a data connection work from here, and what keeps the
//! others from working.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

mod findings;
mod probe;
mod report;
mod tls;

use std::io::{self, Write};
use std::net::IpAddr;
use std::time::Duration;

use clap::Args;
use ftp_io::client::FtpUrl;
use ftp_io::net::PortRange;

use crate::args::{LoginArgs, TlsArgs, seconds};
use crate::fault::{Exit, Fault};
use probe::{Examination, Outcome, Patient};

/// Whom to examine.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {
    #[arg(
        help = "ftp://[USER@]HOST[:PORT][/DIRECTORY]; the directory, or that of the login, is listed once in each way"
    )]
    url: FtpUrl,

    /// Print a JSON object, for programs
    #[arg(long)]
    json: bool,

    /// Give a control or data connection so long to open
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "20")]
    open_timeout: Duration,

    /// Listen on a port of this range in active mode
    #[arg(long, value_name = "A-B")]
    active_ports: Option<PortRange>,

    /// Tell the server this address in active mode, where it is not this machine's own (NAT)
    #[arg(long, value_name = "IP")]
    active_address: Option<IpAddr>,

    #[command(flatten)]
    login: LoginArgs,

    #[command(flatten)]
    tls: TlsArgs,
}

pub(crate) fn run(job: &Doctor, verbose: bool) -> Result<(), Fault> {
    let patient = Patient::new(job, verbose)?;
    let mut examination = Examination::default();
    patient.examine(&mut examination, |seen| {
        if job.json {
            return Ok(());
        }
        print(&report::line(seen))
    })?;
    let findings = findings::findings(&patient, &examination);
    print(&match job.json {
        true => report::json(&patient, &examination, &findings),
        false => report::text(&examination, &findings),
    })?;
    match verdict(&examination) {
        None => Ok(()),
        Some(exit) => Err(Fault::said(exit)),
    }
}

/// The exit status, if it is not 0.
fn verdict(examination: &Examination) -> Option<Exit> {
    if let Some(trouble) = &examination.trouble {
        return Some(trouble.exit());
    }
    let tries = || {
        let possible = |outcome: &Outcome| *outcome != Outcome::Impossible;
        examination
            .tries
            .iter()
            .filter(move |t| possible(&t.outcome))
    };
    let working = tries().filter(|t| t.outcome == Outcome::Works).count();
    match working {
        0 => Some(Exit::Transfer),
        some if some < tries().count() => Some(Exit::Partial),
        _ => None,
    }
}

/// Writes to standard output; whoever stops reading has seen enough.
fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::new(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

const EXAMPLES: &str = "\
Exit status:
  0  every way works that the address's family has
  1  some ways work and some do not
  6  no way works
  3, 4, 8  there was no control connection, no login, or the session broke

Examples:
  ftp-cli doctor ftp://192.0.2.1/
  ftp-cli doctor ftp://alice@192.0.2.1/inbox --open-timeout 5
  ftp-cli doctor ftpes://ftp.example.org/
  ftp-cli doctor ftp://192.0.2.1/ --active-ports 50000-50009 --active-address 198.51.100.7 --json";
