//! What the sessions of one server share.

use core::net::SocketAddr;

use bytes::Bytes;

use crate::contract::{ControlAddresses, Dialogue};
use crate::limits::{Limits, Timeouts};

/// How the sessions of a server behave. One value serves all of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Every bound.
    pub limits: Limits,
    /// Every deadline.
    pub timeouts: Timeouts,
    /// The text of the greeting; lines are separated by LF.
    pub banner: Bytes,
    /// Where data connections come from in active mode.
    pub data_port: DataPort,
    /// What the storage can do beyond the plain.
    pub abilities: Abilities,
    /// Whether events tell the dialogue.
    pub dialogue: Dialogue,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeouts: Timeouts::server(),
            banner: Bytes::from_static(b"FTP server ready."),
            data_port: DataPort::Standard,
            abilities: Abilities::default(),
            dialogue: Dialogue::Silent,
        }
    }
}

/// The local port of data connections in active mode (RFC 959 §3.2, §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataPort {
    /// The port below the control connection's own: 20 beside 21, 989 beside 990.
    #[default]
    Standard,
    /// This port.
    Port(u16),
    /// Any port that is free.
    Any,
}

impl DataPort {
    /// The local address to connect from, for a session with these control addresses; its port is
    /// 0 for any.
    pub(super) fn for_session(self, addresses: &ControlAddresses) -> SocketAddr {
        addresses.local_at(match self {
            Self::Standard => addresses.local.port().saturating_sub(1),
            Self::Port(port) => port,
            Self::Any => 0,
        })
    }
}

/// What a storage can do beyond reading, writing whole files and listing. FEAT follows it, and a
/// command for what is missing is answered with 502.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Abilities {
    /// Write behind what is there. (APPE)
    pub append: bool,
    /// Read and write from an offset. (REST)
    pub resume: bool,
    /// Make a name that no other file has. (STOU)
    pub unique: bool,
    /// Set the time of modification. (MFMT)
    pub set_modified: bool,
}

impl Abilities {
    /// Everything.
    pub const ALL: Self = Self {
        append: true,
        resume: true,
        unique: true,
        set_modified: true,
    };

    /// Nothing beyond the plain.
    pub const NONE: Self = Self {
        append: false,
        resume: false,
        unique: false,
        set_modified: false,
    };
}

impl Default for Abilities {
    fn default() -> Self {
        Self::ALL
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;

    fn data_port(config: DataPort, control: u16) -> u16 {
        config.for_session(&control_on(control)).port()
    }

    fn control_on(port: u16) -> ControlAddresses {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        ControlAddresses::new(here, SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000)))
    }

    #[test]
    fn the_standard_data_port_lies_below_the_control_port() {
        for (control, data) in [(21, 20), (990, 989), (2121, 2120), (1, 0), (0, 0)] {
            assert_eq!(data_port(DataPort::Standard, control), data);
        }
    }

    #[test]
    fn a_data_port_can_be_set() {
        assert_eq!(data_port(DataPort::Port(7), 21), 7);
        assert_eq!(data_port(DataPort::Any, 21), 0);
    }
}
