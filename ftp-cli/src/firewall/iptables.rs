//! iptables and ip6tables: a file for `iptables-restore`.

use std::net::IpAddr;

use ftp_io::firewall::{End, Flow, Plan};

use super::{opening, ports};

pub(super) fn write(plan: &Plan) -> String {
    let addresses: Vec<IpAddr> = opening(plan)
        .flat_map(|rule| [rule.source.address, rule.destination.address])
        .flatten()
        .collect();
    let restore = match addresses.first() {
        None => "iptables-restore --noflush FILE, and the same with ip6tables-restore",
        Some(IpAddr::V4(_)) => "iptables-restore --noflush FILE",
        Some(IpAddr::V6(_)) => "ip6tables-restore --noflush FILE",
    };
    let mut text = format!("# Adds to what is there: {restore}\n*filter\n");
    for (flow, chain) in [(Flow::In, "INPUT"), (Flow::Out, "OUTPUT")] {
        text += &format!("-A {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n");
        for rule in opening(plan).filter(|rule| rule.flow == flow) {
            text += &format!(
                "-A {chain} -p tcp {}{}-m conntrack --ctstate NEW -m comment --comment \"FTP {}\" -j ACCEPT\n",
                end(rule.source, "-s", "--sport"),
                end(rule.destination, "-d", "--dport"),
                rule.purpose
            );
        }
    }
    text + "COMMIT\n"
}

fn end(end: End, address: &str, port: &str) -> String {
    let host = end.address.map(|ip| format!("{address} {ip} "));
    format!(
        "{}{port} {} ",
        host.unwrap_or_default(),
        ports(end.ports, ':')
    )
}
