//! The network of a scenario: four hosts in a row.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ftp_io::firewall::{Nat, Setup, Side, Told};
use ftp_io::net::PortRange;
use ftp_proto::Family;

use super::gate;
use super::namespace::Namespace;
use crate::{Trouble, programs};

/// The ports at which servers listen in passive mode.
pub const PASSIVE_PORTS: (u16, u16) = (50_000, 50_099);
/// The ports at which our client listens in active mode.
pub const ACTIVE_PORTS: (u16, u16) = (40_000, 40_099);

/// Hosts that are connected; dropping it takes all down.
#[derive(Debug)]
pub struct Network {
    /// Where clients run.
    pub client: Namespace,
    /// Where servers run.
    pub server: Namespace,
    /// Their addresses.
    pub addresses: Addresses,
    /// What stands before the client and before the server.
    pub gates: [Namespace; 2],
}

/// Who is where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The client's own.
    pub client: IpAddr,
    /// The server's own.
    pub server: IpAddr,
    /// The client's, as the server sees it.
    pub client_outside: IpAddr,
    /// The server's, as the client sees it.
    pub server_outside: IpAddr,
    pub(super) client_gate: [IpAddr; 2],
    pub(super) server_gate: [IpAddr; 2],
}

impl Network {
    /// Builds the network of a setup.
    ///
    /// # Errors
    /// `Failed` with what the operating system said.
    pub fn new(setup: &Setup) -> Result<Self, Trouble> {
        let [client, server] = [Namespace::new("client")?, Namespace::new("server")?];
        let gates = [Namespace::new("gate1")?, Namespace::new("gate2")?];
        let addresses = Addresses::of(setup);
        let [near, far] = &gates;
        join(&client, "net", near, "lan")?;
        join(near, "wan", far, "wan")?;
        join(far, "lan", &server, "net")?;
        let a = &addresses;
        let width = if setup.family == Family::V4 { 24 } else { 64 };
        host(&client, a.client, a.client_gate[0], width)?;
        host(&server, a.server, a.server_gate[0], width)?;
        router(near, a.client_gate, a.server_gate[1], width, setup)?;
        router(far, a.server_gate, a.client_gate[1], width, setup)?;
        near.nft(&gate::rules(setup, Side::Client, a))?;
        far.nft(&gate::rules(setup, Side::Server, a))?;
        Ok(Self {
            client,
            server,
            addresses,
            gates,
        })
    }
}

impl Addresses {
    fn of(setup: &Setup) -> Self {
        if setup.family == Family::V6 {
            let at = |net, host| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, net, 0, 0, 0, 0, host));
            return Self {
                client: at(1, 10),
                server: at(2, 10),
                client_outside: at(1, 10),
                server_outside: at(2, 10),
                client_gate: [at(1, 1), at(0, 1)],
                server_gate: [at(2, 1), at(0, 2)],
            };
        }
        let v4 = |a, b, c, d| IpAddr::V4(Ipv4Addr::new(a, b, c, d));
        let (near, far) = (v4(192, 0, 2, 1), v4(192, 0, 2, 2));
        let (client, client_gate) = match setup.client.nat {
            Nat::Absent => (v4(198, 51, 100, 10), v4(198, 51, 100, 1)),
            _ => (v4(192, 168, 1, 10), v4(192, 168, 1, 1)),
        };
        let (server, server_gate) = match setup.server.nat {
            Nat::Absent => (v4(203, 0, 113, 10), v4(203, 0, 113, 1)),
            _ => (v4(10, 0, 0, 10), v4(10, 0, 0, 1)),
        };
        let outside = |nat: Nat, own, gate| if nat.translates() { gate } else { own };
        Self {
            client,
            server,
            client_outside: outside(setup.client.nat, client, near),
            server_outside: outside(setup.server.nat, server, far),
            client_gate: [client_gate, near],
            server_gate: [server_gate, far],
        }
    }

    /// The address that a program must be told to tell, if it is to tell another than its own.
    pub fn told(&self, told: Told, side: Side) -> Option<IpAddr> {
        match (told, side) {
            (Told::Own, _) => None,
            (Told::Outside, Side::Client) => Some(self.client_outside),
            (Told::Outside, Side::Server) => Some(self.server_outside),
            // Of the net for measurements (RFC 2544), which leads nowhere here.
            (Told::Wrong, _) => Some(Ipv4Addr::new(198, 18, 0, 99).into()),
        }
    }
}

/// A pair of ports as a range.
pub(super) fn range((first, last): (u16, u16)) -> Option<PortRange> {
    PortRange::new(first, last).ok()
}

fn join(one: &Namespace, port: &str, other: &Namespace, other_port: &str) -> Result<(), Trouble> {
    one.ip(&format!(
        "link add {port} type veth peer name {other_port} netns {}\n",
        other.name()
    ))
}

fn host(space: &Namespace, own: IpAddr, gate: IpAddr, width: u8) -> Result<(), Trouble> {
    space.ip(&format!(
        "link set lo up\n\
         link set net up\n\
         address add {own}/{width} dev net{nodad}\n\
         route add default via {gate}\n",
        nodad = no_detection(own),
    ))
}

fn router(
    space: &Namespace,
    [lan, wan]: [IpAddr; 2],
    other: IpAddr,
    width: u8,
    setup: &Setup,
) -> Result<(), Trouble> {
    let nodad = no_detection(lan);
    let mut lines = format!(
        "link set lo up\n\
         link set lan up\n\
         link set wan up\n\
         address add {lan}/{width} dev lan{nodad}\n\
         address add {wan}/{width} dev wan{nodad}\n\
         route add default via {other}\n",
    );
    if setup.family == Family::V4 {
        // As on the Internet, nobody routes private addresses.
        for net in ["10.0.0.0/8", "192.168.0.0/16", "198.18.0.0/15"] {
            lines += &format!("route add blackhole {net}\n");
        }
    }
    space.ip(&lines)?;
    space.within(|| {
        fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
        fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1")?;
        // Many clients are refused at once here, and each is to hear of it.
        fs::write("/proc/sys/net/ipv4/icmp_ratelimit", "0")?;
        fs::write("/proc/sys/net/ipv6/icmp/ratelimit", "0")?;
        Ok(())
    })
}

/// IPv6 addresses are used at once: nobody else is there to have the same.
fn no_detection(address: IpAddr) -> &'static str {
    if address.is_ipv6() { " nodad" } else { "" }
}

/// Where a program is.
pub(super) fn tool(name: &str) -> Result<std::path::PathBuf, Trouble> {
    programs::find(name)
}
