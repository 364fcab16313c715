//! One client's try in one way, and what came of it.

use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use ftp_io::firewall::{Outcome, Setup, Side, Tls, Told};
use ftp_proto::client::{DataPolicy, PassiveHost, Way};

use serde_json::{Value, json};

use super::doctor::{Diagnosis, Doctor};
use super::network::{ACTIVE_PORTS, Network, tool};
use super::scenario::Scenario;
use super::server::{Daemon, FILE, Host};
use crate::process::{Finished, Running};
use crate::{Trouble, ftp_cli};

/// A client program, and how it is told to ask for data connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// Ours.
    FtpCli(DataPolicy),
    /// curl, which trusts the host in a reply to PASV here and so is told less kindly than ours.
    Curl(Way),
}

/// What was predicted for a client, and what happened.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Who tried.
    pub user: User,
    /// Over which kind of control connection.
    pub tls: Tls,
    /// What [`Setup`] says.
    pub predicted: Seen,
    /// What the client says.
    pub seen: Seen,
    /// All that the client wrote.
    pub said: String,
}

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The listing came, by this way.
    Listed(Way),
    /// It did not, and the client tells this of the last way.
    Failed(Outcome),
    /// It did not, and the client does not tell why.
    NotListed,
}

impl User {
    /// Those that can try a setup.
    pub fn all(setup: &Setup) -> Vec<Self> {
        const WAYS: [Way; 4] = [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port];
        let can = |way: &Way| setup.verdict(*way).outcome != Outcome::Impossible;
        let ways = || WAYS.into_iter().filter(can);
        let ours = ways().map(|way| Self::FtpCli(DataPolicy::Only(way)));
        // curl tells no address but its own.
        let tells =
            |way: &Way| matches!(way, Way::Epsv | Way::Pasv) || setup.active_address == Told::Own;
        // In active mode with TLS curl 7.88 hangs at every server.
        let shakes = |way: &Way| setup.tls == Tls::Off || matches!(way, Way::Epsv | Way::Pasv);
        let curl = ways().filter(tells).filter(shakes).map(Self::Curl);
        ours.chain([Self::FtpCli(DataPolicy::Auto)])
            .chain(curl)
            .collect()
    }

    /// What a setup lets come of its try.
    pub fn predicted(self, setup: &Setup) -> Seen {
        match self {
            Self::FtpCli(DataPolicy::Only(way)) => match setup.verdict(way).outcome {
                Outcome::Works => Seen::Listed(way),
                outcome => Seen::Failed(outcome),
            },
            Self::FtpCli(policy) => setup.chosen(policy).map_or(Seen::NotListed, Seen::Listed),
            Self::Curl(way) => {
                let mut setup = setup.clone();
                setup.passive_host = PassiveHost::Trust;
                match setup.verdict(way).outcome {
                    Outcome::Works => Seen::Listed(way),
                    _ => Seen::NotListed,
                }
            }
        }
    }

    /// In seconds: how long a connection may take to open, and for curl, which has no deadline for
    /// the server's connection, the whole try. What should open has longer, on a busy machine, than
    /// what nobody is to answer.
    fn patience(self, setup: &Setup) -> [&'static str; 2] {
        match (self.predicted(setup), self) {
            // It may have to give up other ways before.
            (Seen::Listed(_), Self::FtpCli(DataPolicy::Auto)) => ["15", ""],
            (Seen::Failed(Outcome::Dropped) | Seen::NotListed, _) => ["10", "30"],
            (Seen::Listed(_) | Seen::Failed(_), _) => ["30", "90"],
        }
    }

    fn command(self, network: &Network, setup: &Setup, host: &Host) -> Result<Command, Trouble> {
        let server = SocketAddr::new(network.addresses.server_outside, 21);
        let is_private = setup.tls == Tls::On;
        let (first, last) = ACTIVE_PORTS;
        let [open_timeout, whole_timeout] = self.patience(setup);
        match self {
            Self::FtpCli(policy) => {
                let mut command = network.client.command(ftp_cli::program()?)?;
                let url = format!("{}://{server}/", scheme(setup.tls));
                command.args(["-v", "ls", &url, "--open-timeout", open_timeout]);
                if is_private {
                    command.arg("--ca").arg(host.certificate());
                }
                command.arg(format!("--active-ports={first}-{last}"));
                match policy {
                    DataPolicy::Only(way) => command.args(["--way", way.verb()]),
                    DataPolicy::Auto => command.arg("--auto"),
                    DataPolicy::Active => command.arg("--active"),
                    DataPolicy::Passive => command.arg("--passive"),
                };
                if let Some(told) = network.addresses.told(setup.active_address, Side::Client) {
                    command.arg(format!("--active-address={told}"));
                }
                Ok(command)
            }
            Self::Curl(way) => {
                let mut command = network.client.command(tool("curl")?)?;
                command.args(["--disable", "--silent", "--show-error", "--verbose"]);
                command.args(["--globoff", "--no-ftp-skip-pasv-ip"]);
                if is_private {
                    command.arg("--ssl-reqd");
                    command.arg("--cacert").arg(host.certificate());
                }
                command.args([
                    "--connect-timeout",
                    open_timeout,
                    "--max-time",
                    whole_timeout,
                ]);
                match way {
                    Way::Epsv => {}
                    Way::Pasv => {
                        command.arg("--disable-epsv");
                    }
                    Way::Eprt | Way::Port => {
                        let own = match network.addresses.client {
                            IpAddr::V4(ip) => ip.to_string(),
                            IpAddr::V6(ip) => format!("[{ip}]"),
                        };
                        command
                            .arg("--ftp-port")
                            .arg(format!("{own}:{first}-{last}"));
                    }
                }
                if way == Way::Port {
                    command.arg("--disable-eprt");
                }
                command.arg(format!("ftp://{server}/"));
                Ok(command)
            }
        }
    }

    fn seen(self, finished: &Finished) -> Seen {
        let dialogue = finished.stderr_text();
        let last_way = dialogue.lines().rev().find_map(|line| {
            let verb = line.strip_prefix("> ")?.split(' ').next()?;
            [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port]
                .into_iter()
                .find(|way| way.verb() == verb)
        });
        let listed = finished.status.success() && finished.stdout_text().contains(FILE);
        match (last_way, self) {
            (Some(way), _) if listed => Seen::Listed(way),
            (_, Self::FtpCli(DataPolicy::Only(_))) => told(&dialogue),
            _ => Seen::NotListed,
        }
    }
}

/// What came of all tries with one server.
#[derive(Clone, Debug)]
pub struct Row {
    /// Those of the clients.
    pub cells: Vec<Cell>,
    /// Those of `ftp-cli doctor`, in clear and under TLS.
    pub diagnoses: Vec<Diagnosis>,
}

/// Runs every client through the network at once, in clear and under TLS, and tells what came of
/// it.
///
/// # Errors
/// `Failed` when a client does not end.
pub fn try_all(scenario: &Scenario, daemon: Daemon, network: &Network) -> Result<Row, Trouble> {
    let host = daemon.start(network, &scenario.setup)?;
    let setups = [Tls::Off, Tls::On].map(|tls| {
        let mut setup = scenario.setup.clone();
        setup.tls = tls;
        setup
    });
    let mut running = Vec::new();
    let mut doctors = Vec::new();
    for setup in &setups {
        for user in User::all(setup) {
            let command = user.command(network, setup, &host)?;
            let name = format!("{user} {}", scheme(setup.tls));
            let client = Running::start(command, &name, host.folder())?;
            running.push((user, setup, client));
        }
        doctors.push((setup, Doctor::start(network, setup, &host)?));
    }
    let mut cells = Vec::new();
    for (user, setup, running) in running {
        let finished = running.finish(LONGEST)?;
        cells.push(Cell {
            user,
            tls: setup.tls,
            predicted: user.predicted(setup),
            seen: user.seen(&finished),
            said: finished.to_string(),
        });
    }
    if cells.iter().any(|cell| !cell.holds()) {
        let said = said(&host);
        for cell in cells.iter_mut().filter(|cell| !cell.holds()) {
            cell.said += &said;
        }
    }
    let mut diagnoses = Vec::new();
    for (setup, doctor) in doctors {
        let mut diagnosis = doctor.finish(setup)?;
        if !diagnosis.wrong.is_empty() {
            diagnosis.said += &said(&host);
        }
        diagnoses.push(diagnosis);
    }
    Ok(Row { cells, diagnoses })
}

impl Row {
    /// What happened, as it is kept among the observations: by the control connection's protection,
    /// and then by the client.
    pub fn observed(&self) -> Value {
        let of = |tls| -> Value {
            let cells = self.cells.iter().filter(|cell| cell.tls == tls);
            let words = cells.map(|cell| (cell.user.to_string(), cell.word().into()));
            Value::Object(words.collect())
        };
        json!({ "clear": of(Tls::Off), "tls": of(Tls::On) })
    }
}

impl Cell {
    fn word(&self) -> String {
        match (self.seen, self.user) {
            (Seen::Listed(way), User::FtpCli(DataPolicy::Auto)) => format!("by {way}"),
            (Seen::Listed(_), _) => "works".to_owned(),
            (Seen::Failed(Outcome::Rejected), _) => "rejected".to_owned(),
            (Seen::Failed(Outcome::Dropped), _) => "dropped".to_owned(),
            (Seen::Failed(Outcome::AddressRefused), _) => "address refused".to_owned(),
            (Seen::Failed(_) | Seen::NotListed, _) => "fails".to_owned(),
        }
    }

    /// Whether what happened is what was predicted.
    pub fn holds(&self) -> bool {
        self.predicted == self.seen
    }
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FtpCli(DataPolicy::Only(way)) => write!(f, "ftp-cli {way}"),
            Self::FtpCli(DataPolicy::Auto) => f.write_str("ftp-cli Auto"),
            Self::FtpCli(policy) => write!(f, "ftp-cli {policy:?}"),
            Self::Curl(way) => write!(f, "curl {way}"),
        }
    }
}

fn said(host: &Host) -> String {
    format!("\n--- server:\n{}", host.output())
}

/// What our client says of the one way that it was allowed.
fn told(dialogue: &str) -> Seen {
    let says = |text: &str| dialogue.contains(text);
    if says("the server refused: ") {
        Seen::Failed(Outcome::AddressRefused)
    } else if says("the connection was refused") || says("the server could not open it: ") {
        Seen::Failed(Outcome::Rejected)
    } else if says("it was not opened in time") || says("connecting took too long") {
        Seen::Failed(Outcome::Dropped)
    } else {
        Seen::NotListed
    }
}

/// What addresses begin with for `ftp-cli`.
pub(super) const fn scheme(tls: Tls) -> &'static str {
    match tls {
        Tls::Off => "ftp",
        Tls::On => "ftpes",
    }
}

/// For hangs alone.
pub(super) const LONGEST: Duration = Duration::from_secs(240);
