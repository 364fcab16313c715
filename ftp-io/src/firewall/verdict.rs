//! What becomes of a data connection, and why.

use ftp_proto::client::{DataPolicy, PassiveHost, Way};
use ftp_proto::{DataMode, Family};

use super::description::{
    Answer, Firewall, Helper, Nat, Passage, Setup, Side, Site, Tls, Told, Tracking,
};

/// What becomes of a data connection that is asked for in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The way.
    pub way: Way,
    /// What becomes of it.
    pub outcome: Outcome,
    /// Where it fails: before which of the two machines, or because of what it says.
    pub at: Option<Side>,
    /// Why, as one sentence.
    pub reason: &'static str,
}

/// What becomes of a data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It opens.
    Works,
    /// Who connects is told at once that nobody listens: a client sees the connection refused, a
    /// server in active mode replies 425.
    Rejected,
    /// Who connects hears nothing, up to a deadline.
    Dropped,
    /// The server refuses the address that the client tells (5yz), and nothing connects.
    AddressRefused,
    /// The command cannot tell an address of this family.
    Impossible,
}

impl Setup {
    /// What becomes of a data connection that is asked for by this command.
    pub fn verdict(&self, way: Way) -> Verdict {
        let found = match (way, self.family) {
            (Way::Pasv | Way::Port, Family::V6) => Found::new(
                Outcome::Impossible,
                None,
                "The command can tell IPv4 addresses alone, and the control connection is IPv6.",
            ),
            _ => match way.mode() {
                DataMode::Passive => self.passive(way),
                DataMode::Active => self.active(),
            },
        };
        Verdict {
            way,
            outcome: found.outcome,
            at: found.at,
            reason: found.reason,
        }
    }

    /// The way by which a client with this policy comes to a data connection, if it comes to one:
    /// the first that works of those that it tries.
    pub fn chosen(&self, policy: DataPolicy) -> Option<Way> {
        let ways: &[Way] = match &policy {
            DataPolicy::Passive => &[Way::Epsv, Way::Pasv],
            DataPolicy::Active => &[Way::Eprt, Way::Port],
            DataPolicy::Auto => &[Way::Epsv, Way::Pasv, Way::Eprt, Way::Port],
            DataPolicy::Only(way) => std::slice::from_ref(way),
        };
        let works = |way: &Way| self.verdict(*way).outcome == Outcome::Works;
        ways.iter().copied().find(works)
    }

    fn passive(&self, way: Way) -> Found {
        let reads = |site: &Site| site.helper == Helper::Present && self.tls == Tls::Off;
        let told = match way {
            Way::Epsv => Told::Outside,
            _ => as_seen(self.passive_address, self.server.nat),
        };
        // A helper takes the reply for what it says only if that is the sender's address.
        let server_follows = reads(&self.server)
            && (way == Way::Epsv || is_own(self.passive_address, self.server.nat));
        let told = match told {
            Told::Own if server_follows => Told::Outside,
            told => told,
        };
        let client_follows = reads(&self.client) && told == Told::Outside;
        let trusted = match self.passive_host {
            PassiveHost::Peer => Told::Outside,
            PassiveHost::PeerIfPrivate if told == Told::Own => Told::Outside,
            PassiveHost::PeerIfPrivate | PassiveHost::Trust => told,
        };
        if let Some(found) = leaves(&self.client, Side::Client, client_follows) {
            return found;
        }
        match trusted {
            Told::Outside => {}
            Told::Own => {
                return Found::new(
                    Outcome::Dropped,
                    Some(Side::Server),
                    "The reply to PASV tells the server's private address, which leads nowhere \
                     outside its network.",
                );
            }
            Told::Wrong => {
                return Found::new(
                    Outcome::Dropped,
                    Some(Side::Server),
                    "The reply to PASV tells an address at which the server is not.",
                );
            }
        }
        enters(&self.server, Side::Server, server_follows).unwrap_or(Found::new(
            Outcome::Works,
            None,
            "The client may connect to the port that the server listens at.",
        ))
    }

    fn active(&self) -> Found {
        let reads = |site: &Site| site.helper == Helper::Present && self.tls == Tls::Off;
        let client_follows = reads(&self.client) && is_own(self.active_address, self.client.nat);
        let told = match as_seen(self.active_address, self.client.nat) {
            Told::Own if client_follows => Told::Outside,
            told => told,
        };
        match told {
            Told::Outside => {}
            Told::Own => {
                return Found::new(
                    Outcome::AddressRefused,
                    Some(Side::Client),
                    "The client tells its private address, which is not the one that the server \
                     sees it by, and a server must not connect to third parties (RFC 2577).",
                );
            }
            Told::Wrong => {
                return Found::new(
                    Outcome::AddressRefused,
                    Some(Side::Client),
                    "The client tells an address that is not its own, and a server must not \
                     connect to third parties (RFC 2577).",
                );
            }
        }
        leaves(&self.server, Side::Server, reads(&self.server))
            .or_else(|| enters(&self.client, Side::Client, client_follows))
            .unwrap_or(Found::new(
                Outcome::Works,
                None,
                "The server may connect to the port that the client listens at.",
            ))
    }
}

/// A verdict on whatever way it was.
#[derive(Clone, Copy)]
struct Found {
    outcome: Outcome,
    at: Option<Side>,
    reason: &'static str,
}

impl Found {
    const fn new(outcome: Outcome, at: Option<Side>, reason: &'static str) -> Self {
        Self {
            outcome,
            at,
            reason,
        }
    }
}

/// An address told, for somebody outside: without NAT a machine's own address is the one that it
/// is known by.
const fn as_seen(told: Told, nat: Nat) -> Told {
    match (told, nat) {
        (Told::Own, Nat::Absent) => Told::Outside,
        (told, _) => told,
    }
}

/// Whether an address told is the one that packets come from before they are translated.
fn is_own(told: Told, nat: Nat) -> bool {
    told == Told::Own || (told == Told::Outside && nat == Nat::Absent)
}

/// What keeps a data connection from leaving, if anything does.
fn leaves(site: &Site, side: Side, followed: bool) -> Option<Found> {
    let firewall = site.firewall?;
    let reason = match side {
        Side::Client => "The client's firewall lets no connection out to the server's data ports.",
        Side::Server => "The server's firewall lets no connection out to clients.",
    };
    stops(firewall, firewall.data_out, followed)
        .then(|| Found::new(heard(firewall.answer), Some(side), reason))
}

/// What keeps a data connection from coming in, if anything does.
fn enters(site: &Site, side: Side, followed: bool) -> Option<Found> {
    if site.nat == Nat::Present && !followed {
        let reason = match side {
            Side::Client => {
                "The connection ends at the NAT before the client, which forwards no port to it."
            }
            Side::Server => {
                "The connection ends at the NAT before the server, which forwards the control \
                 port alone."
            }
        };
        // Without a filter it is the translating machine itself that refuses.
        let outcome = site
            .firewall
            .map_or(Outcome::Rejected, |firewall| heard(firewall.answer));
        return Some(Found::new(outcome, Some(side), reason));
    }
    let firewall = site.firewall?;
    let reason = match side {
        Side::Client => "The client's firewall lets no connection in.",
        Side::Server => "The server's firewall lets in the control port alone.",
    };
    stops(firewall, firewall.data_in, followed)
        .then(|| Found::new(heard(firewall.answer), Some(side), reason))
}

/// What a helper expects is let through by the state of a connection, which a stateless filter
/// does not know.
fn stops(firewall: Firewall, passage: Passage, followed: bool) -> bool {
    passage == Passage::Shut && !(followed && firewall.tracking == Tracking::Stateful)
}

const fn heard(answer: Answer) -> Outcome {
    match answer {
        Answer::Drop => Outcome::Dropped,
        Answer::Reject => Outcome::Rejected,
    }
}
