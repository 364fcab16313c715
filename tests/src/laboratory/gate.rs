//! What stands before a client or a server, in the words of nftables.

use ftp_io::firewall::{Answer, Firewall, Helper, Nat, Passage, Setup, Side, Tracking};
use ftp_proto::Family;

use super::network::{ACTIVE_PORTS, Addresses, PASSIVE_PORTS};

/// The rules of the gate of one side: `lan` leads to the host, `wan` to the world.
pub(super) fn rules(setup: &Setup, side: Side, addresses: &Addresses) -> String {
    let site = setup.site(side);
    let family = match setup.family {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    };
    let mut text = format!("table {family} gate {{\n");
    if site.helper == Helper::Present {
        text += &format!(
            "ct helper follow {{ type \"ftp\" protocol tcp; }}\n\
             chain follow {{\n\
             type filter hook prerouting priority filter;\n\
             tcp dport {} ct helper set \"follow\"\n\
             }}\n",
            setup.control_port
        );
    }
    if site.nat.translates() {
        text += &translation(setup, side, addresses);
    }
    if let Some(firewall) = site.firewall {
        text += &filters(setup, side, firewall);
    }
    text + "}\n"
}

fn translation(setup: &Setup, side: Side, addresses: &Addresses) -> String {
    let (host, data) = match side {
        Side::Client => (addresses.client, data_ports(side)),
        Side::Server => (addresses.server, data_ports(side)),
    };
    let forward = |ports: &str| format!("iifname wan tcp dport {ports} dnat to {host}\n");
    let mut forwarded = String::new();
    if side == Side::Server {
        forwarded += &forward(&setup.control_port.to_string());
    }
    if setup.site(side).nat == Nat::Forwarding {
        forwarded += &forward(&data);
    }
    format!(
        "chain translate_in {{\n\
         type nat hook prerouting priority dstnat;\n\
         {forwarded}\
         }}\n\
         chain translate_out {{\n\
         type nat hook postrouting priority srcnat;\n\
         oifname wan ip saddr {host} masquerade\n\
         }}\n"
    )
}

fn filters(setup: &Setup, side: Side, firewall: Firewall) -> String {
    let known = match firewall.tracking {
        Tracking::Stateful => "ct state established,related accept",
        Tracking::Stateless => "tcp flags & (syn | ack) != syn accept",
    };
    let answer = match firewall.answer {
        Answer::Drop => "drop",
        Answer::Reject => "reject",
    };
    let control_comes = match side {
        Side::Client => "lan",
        Side::Server => "wan",
    };
    let data_in = match firewall.data_in {
        Passage::Open => format!("iifname wan tcp dport {} accept\n", data_ports(side)),
        Passage::Shut => String::new(),
    };
    let data_out = match firewall.data_out {
        Passage::Open => "iifname lan accept\n",
        Passage::Shut => "",
    };
    format!(
        "chain through {{\n\
         type filter hook forward priority filter;\n\
         {known}\n\
         meta l4proto ipv6-icmp accept\n\
         iifname {control_comes} tcp dport {control} accept\n\
         {data_in}\
         {data_out}\
         {answer}\n\
         }}\n\
         chain to_itself {{\n\
         type filter hook input priority filter;\n\
         {known}\n\
         meta l4proto ipv6-icmp accept\n\
         iifname wan {answer}\n\
         }}\n",
        control = setup.control_port,
    )
}

fn data_ports(side: Side) -> String {
    let (first, last) = match side {
        Side::Client => ACTIVE_PORTS,
        Side::Server => PASSIVE_PORTS,
    };
    format!("{first}-{last}")
}
