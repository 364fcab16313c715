//! A client, a server, and what stands before each.

use std::fmt;
use std::net::IpAddr;

use ftp_proto::Family;
use ftp_proto::client::PassiveHost;

use crate::net::PortRange;

/// A client, a server, and what stands before each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setup {
    /// The address family of the control connection, and so of the data connections.
    pub family: Family,
    /// Whether TLS hides the dialogue from what stands between.
    pub tls: Tls,
    /// The modes that are to work.
    pub modes: Modes,
    /// Where the server listens.
    pub control_port: u16,
    /// Where the server's data connections come from in active mode: 20, beside a control port 21
    /// (RFC 959 §5.2).
    pub data_port: u16,
    /// The ports that the server listens at in passive mode; any from 1024 on if `None`.
    pub passive_ports: Option<PortRange>,
    /// The ports that the client listens at in active mode; any from 1024 on if `None`.
    pub active_ports: Option<PortRange>,
    /// The host in the server's reply to PASV. EPSV tells none (RFC 2428 §3).
    pub passive_address: Told,
    /// The host in the client's PORT and EPRT.
    pub active_address: Told,
    /// What the client makes of the host in the reply to PASV.
    pub passive_host: PassiveHost,
    /// The client, and what stands before it.
    pub client: Site,
    /// The server, and what stands before it.
    pub server: Site,
}

/// One of the two machines, and what stands between it and the rest of the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Site {
    /// Its address as the other side sees it, where that is known and does not change.
    pub address: Option<IpAddr>,
    /// What translates its address.
    pub nat: Nat,
    /// What filters its connections.
    pub firewall: Option<Firewall>,
    /// Whether the machine that translates or filters follows the dialogue.
    pub helper: Helper,
}

/// A packet filter. What it says of itself concerns data connections: the control connection is
/// let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Firewall {
    /// What somebody hears whose packet is not let through.
    pub answer: Answer,
    /// How it knows a new connection from the packets of one that it let through.
    pub tracking: Tracking,
    /// Data connections from outside, to the ports agreed on for them.
    pub data_in: Passage,
    /// Data connections from inside.
    pub data_out: Passage,
}

/// What becomes of a new connection at a firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Passage {
    /// It is let through.
    Open,
    /// It is not.
    Shut,
}

/// What is said to somebody whose packet is not let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Nothing: connecting ends at a deadline.
    Drop,
    /// At once that the connection is refused.
    Reject,
}

/// How a firewall knows what belongs to a connection that it let through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tracking {
    /// It remembers connections.
    #[default]
    Stateful,
    /// It looks at each packet alone: one that opens a connection has SYN and no ACK.
    Stateless,
}

/// Whether addresses are translated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Nat {
    /// They are not.
    #[default]
    Absent,
    /// They are. Before a server the control port is forwarded to it, and nothing else.
    Present,
    /// They are, and the ports of data connections are forwarded: before a server its passive
    /// ports, before a client its active ones.
    Forwarding,
}

/// Whether a firewall or NAT reads PORT, EPRT and the replies to PASV and EPSV, lets the connection
/// through that they announce, and puts the translated address in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Helper {
    /// It does not.
    #[default]
    Absent,
    /// It does, as Linux's `nf_conntrack_ftp` and `nf_nat_ftp`.
    Present,
}

/// Whether the control connection is protected by TLS (RFC 4217).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tls {
    /// It is in clear: a helper reads it.
    #[default]
    Off,
    /// It is protected: a helper is blind.
    On,
}

/// The modes that are to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Modes {
    /// The client connects to the server.
    Passive,
    /// The server connects to the client.
    Active,
    /// Either.
    #[default]
    Both,
}

/// An address that one side tells the other to connect to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Told {
    /// The machine's own, which behind NAT is a private one.
    #[default]
    Own,
    /// The one that the outside knows the machine by.
    Outside,
    /// One at which the machine cannot be reached.
    Wrong,
}

/// One of the two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The user's.
    Client,
    /// The one with the files.
    Server,
}

impl Setup {
    /// A server with this control port that anybody can reach, and a client as open: IPv4, in
    /// clear, both modes, any ports, the data port below the control port.
    pub fn new(control_port: u16) -> Self {
        Self {
            family: Family::V4,
            tls: Tls::default(),
            modes: Modes::default(),
            control_port,
            data_port: control_port.saturating_sub(1),
            passive_ports: None,
            active_ports: None,
            passive_address: Told::default(),
            active_address: Told::default(),
            passive_host: PassiveHost::default(),
            client: Site::default(),
            server: Site::default(),
        }
    }

    /// What is at one side.
    pub const fn site(&self, side: Side) -> &Site {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }
}

impl Firewall {
    /// One that lets everything out and nothing in but the control connection, and drops the rest.
    pub const fn dropping() -> Self {
        Self {
            answer: Answer::Drop,
            tracking: Tracking::Stateful,
            data_in: Passage::Shut,
            data_out: Passage::Open,
        }
    }

    /// The same, but the rest is told so.
    pub const fn rejecting() -> Self {
        Self {
            answer: Answer::Reject,
            ..Self::dropping()
        }
    }
}

impl Modes {
    /// Whether passive mode is one of them.
    pub const fn passive(self) -> bool {
        matches!(self, Self::Passive | Self::Both)
    }

    /// Whether active mode is one of them.
    pub const fn active(self) -> bool {
        matches!(self, Self::Active | Self::Both)
    }
}

impl Nat {
    /// Whether addresses are translated at all.
    pub const fn translates(self) -> bool {
        matches!(self, Self::Present | Self::Forwarding)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}
