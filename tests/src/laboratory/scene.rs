//! Visits that are drawn: what was seen of each, in steps.

use std::net::SocketAddr;
use std::time::Duration;

use ftp_io::firewall::{Helper, Nat, Side, Tls};
use ftp_proto::client::Way;
use serde_json::{Value, json};

use super::capture::{Sight, capture};
use super::cell::scheme;
use super::network::{ACTIVE_PORTS, Network};
use super::scenario::{Scenario, scenarios};
use super::server::Daemon;
use crate::process::Running;
use crate::{Trouble, ftp_cli};

/// A visit by our client to our server, in one of the laboratory's networks.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// What its drawing is called.
    pub name: &'static str,
    /// The network's name.
    pub scenario: &'static str,
    /// How the client asks for the data connection.
    pub way: Way,
    /// Whether the dialogue is hidden.
    pub tls: Tls,
}

/// All of them, in the order of the page.
pub const SCENES: [Scene; 9] = [
    scene("passive", "open", Way::Epsv),
    scene("active", "open", Way::Port),
    scene(
        "passive-firewall",
        "a firewall at the server that drops",
        Way::Epsv,
    ),
    scene(
        "active-firewall",
        "a firewall at the client that drops",
        Way::Port,
    ),
    scene("active-nat", "NAT at the client", Way::Port),
    scene(
        "active-nat-helper",
        "NAT at the client, with helper",
        Way::Port,
    ),
    scene("passive-nat", "NAT at the server", Way::Pasv),
    scene(
        "passive-nat-announced",
        "NAT at the server, range forwarded, announced",
        Way::Pasv,
    ),
    Scene {
        tls: Tls::On,
        ..scene(
            "passive-helper-tls",
            "a firewall at the server that drops, with helper",
            Way::Epsv,
        )
    },
];

const fn scene(name: &'static str, scenario: &'static str, way: Way) -> Scene {
    Scene {
        name,
        scenario,
        way,
        tls: Tls::Off,
    }
}

impl Scene {
    /// Plays it, and tells what was seen: the hosts, and the steps in their order.
    ///
    /// # Errors
    /// `Failed` of the operating system, or when client or server do not come up.
    pub fn observe(&self) -> Result<Value, Trouble> {
        let mut all = scenarios().into_iter();
        let scenario = all
            .find(|scenario| scenario.name == self.scenario)
            .ok_or_else(|| Trouble::failed(format_args!("no network {}", self.scenario)))?;
        let setup = &scenario.setup;
        let network = Network::new(setup)?;
        let host = Daemon::FtpCli.start(&network, setup)?;
        let server = SocketAddr::new(network.addresses.server_outside, 21);
        let (first, last) = ACTIVE_PORTS;
        let mut command = network.client.command(ftp_cli::program()?)?;
        command
            .args(["-v", "ls", &format!("{}://{server}/", scheme(self.tls))])
            .args(["--way", self.way.verb(), "--open-timeout", "5"])
            .arg(format!("--active-ports={first}-{last}"))
            .arg("--ca")
            .arg(host.certificate());
        let [near, far] = &network.gates;
        let hosts = [&network.client, near, far, &network.server];
        let (_, sights) = capture(hosts, || {
            Running::start(command, "ls", host.folder())?.finish(LONGEST)
        })?;
        Ok(json!({
            "network": self.scenario,
            "way": self.way.verb(),
            "tls": self.tls == Tls::On,
            "client": place(&scenario, Side::Client, &network),
            "server": place(&scenario, Side::Server, &network),
            "steps": steps(&sights),
        }))
    }
}

fn place(scenario: &Scenario, side: Side, network: &Network) -> Value {
    let site = scenario.setup.site(side);
    let addresses = &network.addresses;
    let (own, outside) = match side {
        Side::Client => (addresses.client, addresses.client_outside),
        Side::Server => (addresses.server, addresses.server_outside),
    };
    json!({
        "address": own.to_string(),
        "outside": outside.to_string(),
        "firewall": site.firewall.is_some(),
        "nat": match site.nat {
            Nat::Absent => "absent",
            Nat::Present => "present",
            Nat::Forwarding => "forwarding",
        },
        "helper": site.helper == Helper::Present,
    })
}

/// The steps, in the order in which the client has seen them; what it has not seen stands where the
/// server has seen it.
fn steps(sights: &[Vec<Sight>; 4]) -> Vec<Value> {
    let [client, _, _, server] = sights;
    let mut order: Vec<Sight> = client.clone();
    let mut after = None;
    for sight in server {
        match (order.iter().position(|known| is_same(known, sight)), sight) {
            (Some(at), _) => after = Some(at),
            (None, Sight::Opening { .. }) => {
                let at = after.map_or(0, |at| at + 1);
                order.insert(at, sight.clone());
                after = Some(at);
            }
            // Rewritten on the way, and told with what it was.
            (None, Sight::Line { by_client, .. }) => {
                let is_next = |(at, known): (usize, &Sight)| {
                    let is_line =
                        matches!(known, Sight::Line { by_client: by, .. } if by == by_client);
                    (is_line && after.is_none_or(|after| at > after)).then_some(at)
                };
                after = order.iter().enumerate().find_map(is_next).or(after);
            }
            (None, _) => {}
        }
    }
    let mut counts = [0, 0];
    let mut steps = Vec::new();
    for sight in &order {
        match sight {
            Sight::Opening { number, .. } => steps.push(opening(sights, *number)),
            Sight::Line { by_client, text } => {
                let count = &mut counts[usize::from(*by_client)];
                let other = nth_line(server, *by_client, *count);
                *count += 1;
                let (sent, arrived) = match by_client {
                    true => (Some(text.as_str()), other),
                    false => (other, Some(text.as_str())),
                };
                let by = if *by_client { "client" } else { "server" };
                steps.push(json!({ "step": "says", "by": by, "sent": sent, "arrived": arrived }));
            }
            Sight::Hidden => steps.push(json!({ "step": "hidden" })),
            Sight::Data { to } => {
                let own = matches!(client.first(), Some(Sight::Opening { from, .. })
                    if from.ip() == to.ip());
                if own {
                    steps.push(json!({ "step": "data" }));
                }
            }
            Sight::Answer { .. } => {}
        }
    }
    steps
}

fn is_same(one: &Sight, other: &Sight) -> bool {
    match (one, other) {
        (Sight::Opening { number: one, .. }, Sight::Opening { number: other, .. }) => one == other,
        (one, other) => one == other,
    }
}

/// A connection that somebody opens, or tries to: as each host has seen it, and what was answered.
fn opening(sights: &[Vec<Sight>; 4], wanted: u32) -> Value {
    let seen = |sights: &Vec<Sight>| {
        sights.iter().find_map(|sight| match sight {
            Sight::Opening { number, from, to } if *number == wanted => {
                Some(json!({ "from": from.to_string(), "to": to.to_string() }))
            }
            _ => None,
        })
    };
    let [client, near, far, server] = sights;
    let (by, own) = match opened_by(client, wanted) {
        Side::Client => ("client", client),
        Side::Server => ("server", server),
    };
    let answer = own.iter().find_map(|sight| match sight {
        Sight::Answer { number, accepts } if *number == wanted => Some(*accepts),
        _ => None,
    });
    json!({
        "step": "opens",
        "by": by,
        "at client": seen(client),
        "at the client's gate": seen(near).is_some(),
        "at the server's gate": seen(far).is_some(),
        "at server": seen(server),
        "answer": match answer {
            Some(true) => "accepted",
            Some(false) => "refused",
            None => "nothing",
        },
    })
}

/// Who has opened it: the one whose own address it comes from.
fn opened_by(client: &[Sight], wanted: u32) -> Side {
    let from = |sights: &[Sight]| {
        sights.iter().find_map(|sight| match sight {
            Sight::Opening { number, from, .. } if *number == wanted => Some(from.ip()),
            _ => None,
        })
    };
    // The control connection, which is the first, comes from the client's own address.
    let own = client.iter().find_map(|sight| match sight {
        Sight::Opening { from, .. } => Some(from.ip()),
        _ => None,
    });
    match from(client) {
        Some(ip) if Some(ip) == own => Side::Client,
        _ => Side::Server,
    }
}

fn nth_line(sights: &[Sight], by: bool, n: usize) -> Option<&str> {
    let mut lines = sights.iter().filter_map(|sight| match sight {
        Sight::Line { by_client, text } if *by_client == by => Some(text.as_str()),
        _ => None,
    });
    lines.nth(n)
}

/// The steps without what differs from run to run: ports that nobody has chosen, and the order of
/// what the two sides do at the same time.
pub fn alike(scene: &Value) -> Value {
    let mut scene = scene.clone();
    if let Some(steps) = scene["steps"].as_array_mut() {
        for step in steps.iter_mut() {
            for place in ["sent", "arrived"] {
                if let Some(text) = step[place].as_str() {
                    step[place] = without_port(text).into();
                }
            }
            for place in ["at client", "at server"] {
                for end in ["from", "to"] {
                    let address = step[place][end].as_str().and_then(|text| text.parse().ok());
                    if let Some(address) = address {
                        step[place][end] = chosen(address).into();
                    }
                }
            }
        }
        steps.sort_by_key(ToString::to_string);
    }
    scene
}

fn chosen(address: SocketAddr) -> String {
    match address.port() {
        ..1024 => address.to_string(),
        _ => address.ip().to_string(),
    }
}

/// PORT, EPRT, 227 and 229 without the port.
fn without_port(text: &str) -> String {
    let verb = text.split([' ', '-']).next().unwrap_or_default();
    let (separator, kept) = match verb {
        "PORT" | "227" => (',', 4),
        "EPRT" | "229" => ('|', 3),
        _ => return text.to_owned(),
    };
    let parts: Vec<&str> = text.splitn(kept + 1, separator).collect();
    parts.get(..kept).unwrap_or(&parts).join("|")
}

/// For hangs alone.
const LONGEST: Duration = Duration::from_secs(240);
