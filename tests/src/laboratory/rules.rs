//! The rules that `ftp-cli firewall` writes, loaded where nothing else is allowed.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use ftp_io::firewall::{Setup, Side};
use ftp_proto::{DataMode, Family};

use super::namespace::{Namespace, run};
use super::network::{ACTIVE_PORTS, Network, PASSIVE_PORTS, tool};
use super::scan::answers;
use super::server::{Daemon, FILE};
use crate::process::Running;
use crate::{Trouble, clients, ftp_cli};

/// A firewall whose rules can be loaded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// nftables.
    Nft,
    /// iptables or ip6tables.
    Iptables,
}

impl Filter {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Nft, Self::Iptables];

    /// Has the firewall's own program read what is written for it, of every mode and side, without
    /// and with ranges and addresses.
    ///
    /// # Errors
    /// `Failed` with what it said.
    pub fn reads_what_is_written(self) -> Result<(), Trouble> {
        let space = Namespace::new("rules")?;
        let some = "--passive-ports=50000-50099 --active-ports=40000-40099 --control-port=2121";
        for side in [Side::Client, Side::Server] {
            for mode in [DataMode::Active, DataMode::Passive] {
                for (family, more) in [
                    (Family::V4, String::new()),
                    (Family::V4, format!("{some} --server=192.0.2.1")),
                    (Family::V6, format!("{some} --server=2001:db8::1")),
                ] {
                    let rules = self.written(mode, side, more.split_whitespace())?;
                    match self {
                        Self::Nft => {
                            run(space.command(tool("nft")?)?.args(["-c", "-f", "-"]), &rules)?;
                        }
                        Self::Iptables => {
                            run(space.command(tool(restore(family))?)?.arg("--test"), &rules)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Loads the rules of one mode at a client and at a server where nothing else is allowed, lists
    /// a directory, and scans both from outside.
    ///
    /// # Errors
    /// `Failed` when the listing does not come, or other ports are open than have to be.
    pub fn opens_what_is_needed(self, mode: DataMode, family: Family) -> Result<(), Trouble> {
        let mut setup = Setup::new(21);
        setup.family = family;
        let network = Network::new(&setup)?;
        let [client, server] = [network.addresses.client, network.addresses.server];
        let ports = [
            format!("--passive-ports={}-{}", PASSIVE_PORTS.0, PASSIVE_PORTS.1),
            format!("--active-ports={}-{}", ACTIVE_PORTS.0, ACTIVE_PORTS.1),
            format!("--server={server}"),
        ];
        let at_client = self.written(mode, Side::Client, ports.iter().map(String::as_str))?;
        let at_server = self.written(mode, Side::Server, ports.iter().map(String::as_str))?;
        let load = |space: &Namespace, rules: &str| {
            self.load(space, family, self.nothing())?;
            self.load(space, family, rules)
        };

        load(&network.client, &at_client)?;
        load(&network.server, &at_server)?;
        let host = Daemon::FtpCli.start(&network, &setup)?;
        let mut ls = network.client.command(ftp_cli::program()?)?;
        ls.args([
            "-v",
            "ls",
            &format!("ftp://{}/", SocketAddr::new(server, 21)),
        ]);
        ls.arg(&ports[1]);
        ls.arg(match mode {
            DataMode::Active => "--active",
            DataMode::Passive => "--passive",
        });
        let listed = Running::start(ls, "ls", host.folder())?.finish(LONGEST)?;
        if !listed.status.success() || !listed.stdout_text().contains(FILE) {
            return Err(Trouble::failed(format_args!("{listed}\n{}", host.output())));
        }

        self.load(&network.client, family, self.everything())?;
        let found = |space: &Namespace, own, other, from, open: BTreeSet<u16>| {
            let found = space.within(|| answers(own, other, from, &open))?;
            same(&found, &open).map_err(|trouble| trouble.with(format_args!("from port {from}")))
        };
        let mut open = BTreeSet::from([21]);
        if mode == DataMode::Passive {
            open.extend(PASSIVE_PORTS.0..=PASSIVE_PORTS.1);
        }
        found(&network.client, client, server, ANY_PORT, open)?;
        found(&network.client, client, server, DATA_PORT, BTreeSet::new())?;

        self.load(&network.server, family, self.everything())?;
        load(&network.client, &at_client)?;
        found(&network.server, server, client, ANY_PORT, BTreeSet::new())?;
        let open = match mode {
            DataMode::Active => (ACTIVE_PORTS.0..=ACTIVE_PORTS.1).collect(),
            DataMode::Passive => BTreeSet::new(),
        };
        found(&network.server, server, client, DATA_PORT, open)
    }

    /// What `ftp-cli firewall` writes.
    fn written<'a>(
        self,
        mode: DataMode,
        side: Side,
        more: impl Iterator<Item = &'a str>,
    ) -> Result<String, Trouble> {
        let folder = tempfile::tempdir()?;
        let mode = match mode {
            DataMode::Active => "active",
            DataMode::Passive => "passive",
        };
        let side = side.to_string();
        let format = match self {
            Self::Nft => "nft",
            Self::Iptables => "iptables",
        };
        let arguments = [
            "firewall", "--mode", mode, "--side", &side, "--format", format,
        ];
        let mut arguments = arguments.map(str::to_owned).to_vec();
        arguments.extend(more.map(str::to_owned));
        let written = clients::ftp_cli::run(arguments, folder.path())?;
        match written.status.success() {
            true => Ok(written.stdout_text()),
            false => Err(Trouble::failed(written)),
        }
    }

    fn load(self, space: &Namespace, family: Family, rules: &str) -> Result<(), Trouble> {
        match self {
            Self::Nft => space.nft(rules),
            Self::Iptables => {
                let mut restore = space.command(tool(restore(family))?)?;
                run(restore.arg("--noflush"), rules)
            }
        }
    }

    /// A firewall that lets nothing through but what a host says to itself and, of ICMP version 6,
    /// what finds neighbours.
    const fn nothing(self) -> &'static str {
        match self {
            Self::Nft => {
                "table inet filter\n\
                 delete table inet filter\n\
                 table inet filter {\n\
                 chain input {\n\
                 type filter hook input priority filter; policy drop;\n\
                 iif lo accept\n\
                 meta l4proto ipv6-icmp accept\n\
                 }\n\
                 chain output {\n\
                 type filter hook output priority filter; policy drop;\n\
                 oif lo accept\n\
                 meta l4proto ipv6-icmp accept\n\
                 }\n\
                 }\n"
            }
            Self::Iptables => {
                "*filter\n\
                 :INPUT DROP\n\
                 :OUTPUT DROP\n\
                 -F\n\
                 -A INPUT -i lo -j ACCEPT\n\
                 -A OUTPUT -o lo -j ACCEPT\n\
                 -A INPUT -p ipv6-icmp -j ACCEPT\n\
                 -A OUTPUT -p ipv6-icmp -j ACCEPT\n\
                 COMMIT\n"
            }
        }
    }

    /// No firewall.
    const fn everything(self) -> &'static str {
        match self {
            Self::Nft => "delete table inet filter\n",
            Self::Iptables => {
                "*filter\n\
                 :INPUT ACCEPT\n\
                 :OUTPUT ACCEPT\n\
                 -F\n\
                 COMMIT\n"
            }
        }
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nft => "nft",
            Self::Iptables => "iptables",
        })
    }
}

const fn restore(family: Family) -> &'static str {
    match family {
        Family::V4 => "iptables-restore",
        Family::V6 => "ip6tables-restore",
    }
}

fn same(found: &BTreeSet<u16>, open: &BTreeSet<u16>) -> Result<(), Trouble> {
    let more: Vec<_> = found.difference(open).collect();
    let less: Vec<_> = open.difference(found).collect();
    match more.is_empty() && less.is_empty() {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "ports open that should not be: {more:?}; shut that should be open: {less:?}"
        ))),
    }
}

/// One that belongs to nobody.
const ANY_PORT: u16 = 33_333;
const DATA_PORT: u16 = 20;
/// For hangs alone.
const LONGEST: Duration = Duration::from_secs(240);
