//! What `ftp-cli doctor` says of a network, against what was put there.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use ftp_io::firewall::{Helper, Nat, Outcome, Setup, Side, Tls, Told, Verdict};
use ftp_proto::client::Way;
use ftp_proto::{DataMode, Family};
use serde_json::Value;

use super::cell::{LONGEST, scheme};
use super::network::{ACTIVE_PORTS, Network};
use super::server::Host;
use crate::process::{Finished, Running};
use crate::{Trouble, ftp_cli};

/// A diagnosis that is being made.
#[derive(Debug)]
pub(super) struct Doctor {
    running: Running,
}

/// A diagnosis, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// Each a sentence; none where the network was understood as far as it can be.
    pub wrong: Vec<String>,
    /// All that the program wrote.
    pub said: String,
}

impl Doctor {
    /// Sends it to the network's server.
    pub(super) fn start(network: &Network, setup: &Setup, host: &Host) -> Result<Self, Trouble> {
        let server = SocketAddr::new(network.addresses.server_outside, 21);
        let waits = WAYS
            .iter()
            .any(|way| setup.verdict(*way).outcome == Outcome::Dropped);
        let (first, last) = ACTIVE_PORTS;
        let mut command = network.client.command(ftp_cli::program()?)?;
        let scheme = scheme(setup.tls);
        command
            .args(["-v", "doctor", "--json", &format!("{scheme}://{server}/")])
            .args(["--open-timeout", if waits { "15" } else { "30" }])
            .arg(format!("--active-ports={first}-{last}"));
        if let Some(told) = network.addresses.told(setup.active_address, Side::Client) {
            command.arg(format!("--active-address={told}"));
        }
        if setup.tls == Tls::On {
            command.arg("--ca").arg(host.certificate());
        }
        let running = Running::start(command, &format!("doctor {scheme}"), host.folder())?;
        Ok(Self { running })
    }

    /// Waits for its word, and compares.
    ///
    /// # Errors
    /// `Failed` when it does not end or writes no JSON.
    pub(super) fn finish(self, setup: &Setup) -> Result<Diagnosis, Trouble> {
        let finished = self.running.finish(LONGEST)?;
        let report: Value = serde_json::from_slice(&finished.stdout)
            .map_err(|error| Trouble::failed(format_args!("{error}\n{finished}")))?;
        Ok(Diagnosis {
            wrong: wrong(setup, &report, &finished),
            said: finished.to_string(),
        })
    }
}

fn wrong(setup: &Setup, report: &Value, finished: &Finished) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |what: &str, expected: String, found: String| {
        if expected != found {
            wrong.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    let verdicts = WAYS.map(|way| setup.verdict(way));
    let status = finished.status.code().unwrap_or(-1);
    expect(
        "exit status",
        exit(&verdicts).to_string(),
        status.to_string(),
    );
    let mut failing = BTreeSet::new();
    for verdict in &verdicts {
        let verb = verdict.way.verb();
        let seen = list(&report["ways"]).find(|seen| seen["way"] == verb);
        let found = seen.map_or("nothing", |seen| text(&seen["outcome"]));
        expect(verb, outcome(verdict).into(), found.into());
        if !matches!(verdict.outcome, Outcome::Works | Outcome::Impossible) {
            failing.insert(verb);
            let named = list(&report["findings"])
                .filter(|finding| is_failure(finding) && about(finding).contains(verb))
                .map(|finding| names(setup, verdict, finding))
                .collect::<Vec<_>>();
            expect(verb, format!("{:?}", [true]), format!("{named:?}"));
        }
    }
    let told: BTreeSet<&str> = list(&report["findings"])
        .filter(is_failure)
        .flat_map(about)
        .collect();
    expect(
        "ways found to fail",
        format!("{failing:?}"),
        format!("{told:?}"),
    );
    let others: Vec<&str> = list(&report["findings"])
        .filter(|finding| !is_failure(finding))
        .map(|finding| text(&finding["finding"]))
        .collect();
    expect(
        "what else was found",
        format!("{:?}", besides(setup)),
        format!("{others:?}"),
    );
    wrong
}

/// Whether a finding on a way that fails has what was put there among its causes, blames nobody
/// else, and says how to tell the causes apart if there are several.
fn names(setup: &Setup, verdict: &Verdict, finding: &Value) -> bool {
    let Some(at) = verdict.at else {
        return false;
    };
    let site = setup.site(at);
    let causes: Vec<&str> = list(&finding["causes"])
        .map(|cause| text(&cause["cause"]))
        .collect();
    let is_named = |thing: &str| causes.contains(&format!("{at}-{thing}").as_str());
    let is_nat = verdict.outcome == Outcome::AddressRefused || site.nat == Nat::Present;
    let right = (site.firewall.is_some() && is_named("firewall")) || (is_nat && is_named("nat"));
    let side = text(&finding["side"]);
    let fair = side == "unknown" || side == at.to_string();
    let open = causes.len() == 1 || finding["tell_apart"].is_string();
    right && fair && open
}

/// What is to be found besides ways that fail.
fn besides(setup: &Setup) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mends = setup.server.helper == Helper::Present && setup.tls == Tls::Off;
    match setup.passive_address {
        _ if setup.family == Family::V6 => {}
        Told::Wrong => found.push("other-address-announced"),
        Told::Own if setup.server.nat.translates() && !mends => {
            found.push("private-address-announced");
        }
        Told::Own | Told::Outside => {}
    }
    let works = |way| setup.verdict(way).outcome == Outcome::Works;
    let differ = |one, other| works(one) != works(other);
    if setup.family == Family::V4 && (differ(Way::Epsv, Way::Pasv) || differ(Way::Eprt, Way::Port))
    {
        found.push("ways-differ");
    }
    found
}

fn exit(verdicts: &[Verdict]) -> i32 {
    let is = |outcome| {
        verdicts
            .iter()
            .filter(move |v| v.outcome == outcome)
            .count()
    };
    match (is(Outcome::Works), is(Outcome::Impossible)) {
        (0, _) => 6,
        (working, impossible) if working + impossible < verdicts.len() => 1,
        _ => 0,
    }
}

fn outcome(verdict: &Verdict) -> &'static str {
    match (verdict.outcome, verdict.way.mode()) {
        (Outcome::Works, _) => "works",
        (Outcome::Impossible, _) => "impossible",
        (Outcome::AddressRefused, _) => "command-refused",
        (Outcome::Rejected, DataMode::Passive) => "rejected",
        (Outcome::Rejected, DataMode::Active) => "could-not-connect",
        (Outcome::Dropped, DataMode::Passive) => "dropped",
        (Outcome::Dropped, DataMode::Active) => "nobody-came",
    }
}

/// A finding on ways that do not work, as all are but these.
fn is_failure(finding: &&Value) -> bool {
    let name = text(&finding["finding"]);
    !name.ends_with("-announced") && name != "ways-differ"
}

fn about(finding: &Value) -> BTreeSet<&str> {
    list(&finding["ways"]).map(text).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

const WAYS: [Way; 4] = [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port];
