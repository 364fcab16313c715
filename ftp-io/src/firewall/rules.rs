//! What a side's firewall must let through.

use std::fmt;
use std::net::IpAddr;

use super::Warning;
use super::description::{Setup, Side, Tracking};
use crate::net::PortRange;

/// The rules of one side, and what is to be said of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Whose rules they are.
    pub side: Side,
    /// What to let through, the control connection first.
    pub rules: Vec<Rule>,
    /// What is wider than it need be, or does not do what one may think.
    pub warnings: Vec<Warning>,
}

/// Packets of TCP to let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// For which connection.
    pub purpose: Purpose,
    /// Into this side's machine or out of it.
    pub flow: Flow,
    /// Where the packets come from.
    pub source: End,
    /// Where they go to.
    pub destination: End,
    /// Which of the connection's packets.
    pub state: State,
}

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Its address; any if `None`.
    pub address: Option<IpAddr>,
    /// Its ports.
    pub ports: PortRange,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Commands and replies.
    Control,
    /// Files and listings, opened by the client.
    PassiveData,
    /// Files and listings, opened by the server.
    ActiveData,
}

/// Which way packets go, as the machine with the rule sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// To it.
    In,
    /// From it.
    Out,
}

/// Which packets of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Those of who opened it. A firewall that remembers connections needs no rule for the others.
    Opening,
    /// Those that answer, which are never the first: all of them have ACK.
    Answering,
}

impl Setup {
    /// What the firewall of one side must let through for the modes wanted, and what to know about
    /// it. A machine's own firewall is meant: at one that forwards, the same holds of its chain for
    /// what passes through.
    pub fn plan(&self, side: Side) -> Plan {
        let mut rules = vec![self.rule(side, Purpose::Control)];
        if self.modes.passive() {
            rules.push(self.rule(side, Purpose::PassiveData));
        }
        if self.modes.active() {
            rules.push(self.rule(side, Purpose::ActiveData));
        }
        let stateless = self
            .site(side)
            .firewall
            .is_some_and(|firewall| firewall.tracking == Tracking::Stateless);
        if stateless {
            rules = rules
                .into_iter()
                .flat_map(|rule| [rule, rule.answer()])
                .collect();
        }
        Plan {
            side,
            rules,
            warnings: self.warnings(side),
        }
    }

    fn rule(&self, side: Side, purpose: Purpose) -> Rule {
        let client = |ports| End {
            address: self.client.address,
            ports,
        };
        let server = |ports| End {
            address: self.server.address,
            ports,
        };
        let one = |port: u16| PortRange::new(port, port).unwrap_or(PortRange::UNPRIVILEGED);
        let (source, destination) = match purpose {
            Purpose::Control => (
                client(PortRange::UNPRIVILEGED),
                server(one(self.control_port)),
            ),
            Purpose::PassiveData => (
                client(PortRange::UNPRIVILEGED),
                server(self.passive_ports.unwrap_or(PortRange::UNPRIVILEGED)),
            ),
            Purpose::ActiveData => (
                server(one(self.data_port)),
                client(self.active_ports.unwrap_or(PortRange::UNPRIVILEGED)),
            ),
        };
        let opened_by = match purpose {
            Purpose::Control | Purpose::PassiveData => Side::Client,
            Purpose::ActiveData => Side::Server,
        };
        Rule {
            purpose,
            flow: if opened_by == side {
                Flow::Out
            } else {
                Flow::In
            },
            source,
            destination,
            state: State::Opening,
        }
    }
}

impl Rule {
    /// The rule for the packets of the same connection in the other direction.
    #[must_use]
    pub const fn answer(self) -> Self {
        Self {
            flow: match self.flow {
                Flow::In => Flow::Out,
                Flow::Out => Flow::In,
            },
            source: self.destination,
            destination: self.source,
            state: match self.state {
                State::Opening => State::Answering,
                State::Answering => State::Opening,
            },
            ..self
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flow = match self.flow {
            Flow::In => "in",
            Flow::Out => "out",
        };
        let state = match self.state {
            State::Opening => "",
            State::Answering => ", packets with ACK",
        };
        write!(
            f,
            "{}: TCP {flow}, from {} to {}{state}",
            self.purpose, self.source, self.destination
        )
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::PassiveData => "passive data",
            Self::ActiveData => "active data",
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "{address}")?,
            None => f.write_str("any address")?,
        }
        if self.ports.count() == 1 {
            write!(f, " port {}", self.ports.first())
        } else {
            write!(f, " ports {}", self.ports)
        }
    }
}
