//! What is to be said of rules besides the rules.

use std::fmt;

use ftp_proto::Family;

use super::description::{Helper, Setup, Side, Tls, Told};

/// What is wider than it need be, or does not do what one may think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// No passive ports are set.
    AnyPassivePort,
    /// No active ports are set.
    AnyActivePort,
    /// The client lets in active data connections of any machine.
    AnyServer,
    /// A helper is counted on, and TLS blinds it.
    BlindHelper,
    /// The reply to PASV tells an address that clients cannot reach.
    PrivateAddress,
    /// A helper passes over replies that tell another address than the server's own.
    PassedOver,
    /// The data port belongs to root.
    PrivilegedDataPort,
}

impl Setup {
    /// What is to be said to the side that makes the rules.
    pub(super) fn warnings(&self, side: Side) -> Vec<Warning> {
        let (passive, active) = (self.modes.passive(), self.modes.active());
        let helped = self.site(side).helper == Helper::Present;
        let behind_nat = side == Side::Server && passive && self.server.nat.translates();
        let v4 = self.family == Family::V4;
        let mends = helped && self.tls == Tls::Off;
        let found = [
            (
                passive && self.passive_ports.is_none(),
                Warning::AnyPassivePort,
            ),
            (
                active && self.active_ports.is_none(),
                Warning::AnyActivePort,
            ),
            (
                active && side == Side::Client && self.server.address.is_none(),
                Warning::AnyServer,
            ),
            (helped && self.tls == Tls::On, Warning::BlindHelper),
            (
                behind_nat && v4 && self.passive_address == Told::Own && !mends,
                Warning::PrivateAddress,
            ),
            (
                behind_nat && v4 && self.passive_address != Told::Own && mends,
                Warning::PassedOver,
            ),
            (
                active && side == Side::Server && self.data_port < 1024,
                Warning::PrivilegedDataPort,
            ),
        ];
        found
            .into_iter()
            .filter_map(|(holds, warning)| holds.then_some(warning))
            .collect()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnyPassivePort => {
                "No passive ports are set: connections to every port of the server from 1024 on \
                 must be let through, whatever listens there."
            }
            Self::AnyActivePort => {
                "No active ports are set: connections to every port of the client from 1024 on \
                 must be let through, whatever listens there."
            }
            Self::AnyServer => {
                "The server's address is not known: any machine may connect to these ports of the \
                 client if it connects from the data port, which whoever is root there can choose."
            }
            Self::BlindHelper => {
                "TLS hides the dialogue: the firewall's FTP helper neither lets data connections \
                 through nor translates their addresses, and these rules are needed all the same."
            }
            Self::PrivateAddress => {
                "The reply to PASV tells the server's private address: clients that trust it go \
                 nowhere, or to another machine of their own network."
            }
            Self::PassedOver => {
                "The reply to PASV tells another address than the server's own: the NAT's FTP \
                 helper passes it over, so the passive ports must be forwarded."
            }
            Self::PrivilegedDataPort => {
                "The data port belongs to root: a server without that right connects from another \
                 port, which these rules do not let through."
            }
        })
    }
}
