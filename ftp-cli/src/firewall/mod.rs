//! `ftp-cli firewall`: the rules that a machine's firewall needs, in the words of that firewall.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

mod explain;
mod firewalld;
mod iptables;
mod nft;
#[cfg(test)]
mod tests;
mod ufw;
mod windows;

use std::io::{self, Write};
use std::net::IpAddr;

use clap::{Args, ValueEnum};
use ftp_io::firewall::{Modes, Plan, Rule, Setup, Side, State};
use ftp_io::net::PortRange;
use ftp_proto::Family;

pub(crate) use explain::explain;

use crate::fault::Fault;

/// What to plan for, and for which firewall.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FirewallRules {
    /// Who opens the data connection: the client (passive) or the server (active)
    #[arg(long)]
    mode: Mode,

    /// Whose firewall it is
    #[arg(long)]
    side: AtSide,

    /// The ports at which the server listens in passive mode; from 1024 on by default
    #[arg(long, value_name = "A-B")]
    passive_ports: Option<PortRange>,

    /// The ports at which the client listens in active mode; from 1024 on by default
    #[arg(long, value_name = "A-B")]
    active_ports: Option<PortRange>,

    /// The server's address, as its clients see it
    #[arg(long, value_name = "IP")]
    server: Option<IpAddr>,

    /// The port of the control connection
    #[arg(long, value_name = "N", default_value_t = 21, value_parser = clap::value_parser!(u16).range(1..))]
    control_port: u16,

    /// The port from which the server connects in active mode; the control port less one by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    data_port: Option<u16>,

    /// In which firewall's words
    #[arg(long)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    Active,
    Passive,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AtSide {
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A file for nft -f, for the chains input and output of the table inet filter
    Nft,
    /// A file for iptables-restore --noflush
    Iptables,
    /// Commands of ufw
    Ufw,
    /// Commands of firewalld
    Firewalld,
    /// Commands of Windows PowerShell
    Windows,
}

pub(crate) fn run(job: &FirewallRules) -> Result<(), Fault> {
    let text = job.format.write(&job.setup().plan(match job.side {
        AtSide::Client => Side::Client,
        AtSide::Server => Side::Server,
    }));
    print(&text)
}

/// Writes to standard output; whoever stops reading has seen enough.
fn print(text: &str) -> Result<(), Fault> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::new(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

impl FirewallRules {
    fn setup(&self) -> Setup {
        let mut setup = Setup::new(self.control_port);
        setup.modes = match self.mode {
            Mode::Active => Modes::Active,
            Mode::Passive => Modes::Passive,
        };
        if let Some(port) = self.data_port {
            setup.data_port = port;
        }
        setup.passive_ports = self.passive_ports;
        setup.active_ports = self.active_ports;
        setup.server.address = self.server;
        if self.server.is_some_and(|address| address.is_ipv6()) {
            setup.family = Family::V6;
        }
        setup
    }
}

impl Format {
    fn write(self, plan: &Plan) -> String {
        let mut text = heading(plan);
        text += &match self {
            Self::Nft => nft::write(plan),
            Self::Iptables => iptables::write(plan),
            Self::Ufw => ufw::write(plan),
            Self::Firewalld => firewalld::write(plan),
            Self::Windows => windows::write(plan),
        };
        text
    }
}

/// What the rules are for; a comment in every one of the formats.
fn heading(plan: &Plan) -> String {
    let mut text = format!("# FTP, at the {}:\n", plan.side);
    for rule in &plan.rules {
        text += &format!("# - {rule}\n");
    }
    for warning in &plan.warnings {
        text += &format!("# Warning: {warning}\n");
    }
    text
}

/// The rules for firewalls that remember connections, as all of these do.
fn opening(plan: &Plan) -> impl Iterator<Item = &Rule> {
    plan.rules
        .iter()
        .filter(|rule| rule.state == State::Opening)
}

/// Ports as most firewalls write them: one, or first and last with `between`.
fn ports(range: PortRange, between: char) -> String {
    match range.count() {
        1 => range.first().to_string(),
        _ => format!("{}{between}{}", range.first(), range.last()),
    }
}

const EXAMPLES: &str = "\
Examples:
  ftp-cli firewall --mode passive --side server --passive-ports 50000-50099 --format nft
  ftp-cli firewall --mode active --side client --active-ports 50000-50009 --server 192.0.2.1 --format windows";
