//! What was seen and what follows, for a person and for a program.

use std::fmt::Write as _;
use std::time::Duration;

use ftp_io::firewall::Side;
use ftp_io::tls::TlsSummary;
use ftp_proto::{DataMode, Handshake};
use serde_json::{Value, json};

use super::findings::{Cause, Finding};
use super::probe::{Examination, Outcome, Patient, Try};

/// One way, as soon as it is known.
pub(super) fn line(tried: &Try) -> String {
    let mode = match tried.way.mode() {
        DataMode::Passive => "passive",
        DataMode::Active => "active",
    };
    let mut text = format!("{}  {mode:<7}  {}", tried.way, plain(tried.outcome));
    if tried.outcome != Outcome::Impossible {
        let _ = write!(text, ", after {}", time(tried.took));
    }
    if let Some(route) = tried.route {
        let (from, to) = match route.mode {
            DataMode::Passive => (route.local, route.peer),
            DataMode::Active => (route.peer, route.local),
        };
        let _ = write!(text, ", from {from} to {to}");
    }
    if let Some(Ok(tls)) = &tried.tls {
        let _ = write!(text, ", under {tls}");
    }
    text + "\n"
}

/// What follows, for a person.
pub(super) fn text(seen: &Examination, findings: &[Finding]) -> String {
    let mut text = String::new();
    if let (Some(client), Some(server)) = (seen.client, seen.server) {
        let took = time(seen.login_took);
        let _ = writeln!(
            text,
            "\nThe control connection went from {client} to {server}; connecting and logging in took \
             {took}."
        );
        if let Some(tls) = seen.tls {
            let _ = writeln!(text, "It is under {tls}.");
        }
    }
    if findings.is_empty() {
        text += "There is nothing to mend.\n";
    }
    for finding in findings {
        let ways: Vec<&str> = finding.ways.iter().map(|way| way.verb()).collect();
        let about = match ways.as_slice() {
            [] => "Control connection".to_owned(),
            ways => ways.join(", "),
        };
        let _ = writeln!(text, "\n{about}: {}", finding.says);
        text += &explanation(finding);
    }
    text
}

fn explanation(finding: &Finding) -> String {
    let mut text = String::new();
    match finding.side() {
        Some(side) => {
            let _ = writeln!(text, "  This lies at the {side}.");
        }
        None if finding.causes.len() > 1 => {
            text += "  On which side this lies cannot be told from here. These look alike:\n";
        }
        None => text += "  On which side this lies cannot be told from here.\n",
    }
    for Cause {
        side, says, rules, ..
    } in &finding.causes
    {
        let place = match side {
            Some(Side::Client) => "At the client: ",
            Some(Side::Server) => "At the server: ",
            None => "",
        };
        let _ = writeln!(text, "  - {place}{says}");
        for rule in rules {
            let _ = writeln!(text, "      {rule}");
        }
    }
    if let Some(apart) = &finding.apart {
        let _ = writeln!(text, "  To find out: {apart}");
    }
    text
}

/// All of it, for a program.
pub(super) fn json(patient: &Patient, seen: &Examination, findings: &[Finding]) -> String {
    let address = |at: Option<std::net::SocketAddr>| at.map(|at| at.to_string());
    let ways: Vec<Value> = seen.tries.iter().map(tried).collect();
    let found: Vec<Value> = findings.iter().map(finding).collect();
    let logged_in = seen.server.map(|_| milliseconds(seen.login_took));
    let report = json!({
        "host": patient.url.host,
        "port": patient.url.port,
        "client": address(seen.client),
        "server": address(seen.server),
        "tls": seen.tls.as_ref().map(protection),
        "login_milliseconds": logged_in,
        "ways": ways,
        "findings": found,
    });
    format!("{report:#}\n")
}

fn tried(tried: &Try) -> Value {
    json!({
        "way": tried.way.verb(),
        "outcome": word(tried.outcome),
        "milliseconds": milliseconds(tried.took),
        "told": tried.told.map(|at| at.to_string()),
        "local": tried.route.map(|route| route.local.to_string()),
        "peer": tried.route.map(|route| route.peer.to_string()),
        "tls": tried.tls.as_ref().and_then(|tls| tls.as_ref().ok()).map(protection),
        "said": tried.said,
    })
}

fn protection(tls: &TlsSummary) -> Value {
    json!({
        "version": tls.version,
        "cipher": tls.cipher,
        "resumed": tls.handshake == Handshake::Resumed,
    })
}

fn finding(finding: &Finding) -> Value {
    let ways: Vec<&str> = finding.ways.iter().map(|way| way.verb()).collect();
    let causes: Vec<Value> = finding
        .causes
        .iter()
        .map(|cause| {
            json!({
                "cause": cause.name,
                "side": side(cause.side),
                "says": cause.says,
                "rules": cause.rules,
            })
        })
        .collect();
    json!({
        "finding": finding.name,
        "ways": ways,
        "side": side(finding.side()),
        "says": finding.says,
        "causes": causes,
        "tell_apart": finding.apart,
    })
}

fn side(side: Option<Side>) -> String {
    side.map_or("unknown".to_owned(), |side| side.to_string())
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn time(time: Duration) -> String {
    match time.as_millis() {
        0 => "less than 1 ms".to_owned(),
        ms @ 1..10_000 => format!("{ms} ms"),
        ms => format!("{} s", ms / 1000),
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Works => "works",
        Outcome::Impossible => "impossible",
        Outcome::Refused(_) => "command-refused",
        Outcome::Unreadable => "reply-unreadable",
        Outcome::Rejected => "rejected",
        Outcome::Dropped => "dropped",
        Outcome::Unreachable => "unreachable",
        Outcome::NotTaken => "not-taken",
        Outcome::CouldNotConnect => "could-not-connect",
        Outcome::NobodyCame => "nobody-came",
        Outcome::NoPort => "no-local-port",
        Outcome::NotSecured => "handshake-failed",
        Outcome::NotResumed(_) => "not-resumed",
        Outcome::NoListing => "listing-failed",
        Outcome::ListingRefused => "listing-refused",
        Outcome::Broken => "session-broke",
    }
}

const fn plain(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Works => "works",
        Outcome::Impossible => "cannot tell an IPv6 address: it is not for this server",
        Outcome::Refused(_) => "the server refused the command",
        Outcome::Unreadable => "the server's reply names no address",
        Outcome::Rejected => "the connection was refused",
        Outcome::Dropped => "the connection was dropped",
        Outcome::Unreachable => "the connection could not be made",
        Outcome::NotTaken => "the server did not take the connection",
        Outcome::CouldNotConnect => "the server could not connect",
        Outcome::NobodyCame => "nobody connected",
        Outcome::NoPort => "no port to listen at",
        Outcome::NotSecured => "the TLS handshake on the data connection failed",
        Outcome::NotResumed(_) => "the server refused a data connection that does not resume TLS",
        Outcome::NoListing => "the connection was made, and the listing failed",
        Outcome::ListingRefused => "the server refused the listing",
        Outcome::Broken => "the session broke",
    }
}
