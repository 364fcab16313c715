//! nftables: a file for `nft -f`.

use std::net::IpAddr;

use ftp_io::firewall::{End, Flow, Plan};

use super::{opening, ports};

/// Adds to the chains of a machine's own firewall: an `accept` in a table beside it would not
/// outweigh the policy there.
pub(super) fn write(plan: &Plan) -> String {
    let mut text = String::from(
        "# Adds to the chains \"input\" and \"output\" of the table \"inet filter\": nft -f FILE\n\
         table inet filter {\n",
    );
    for (flow, chain) in [(Flow::In, "input"), (Flow::Out, "output")] {
        text += &format!("\tchain {chain} {{\n");
        text += "\t\tct state established,related accept\n";
        for rule in opening(plan).filter(|rule| rule.flow == flow) {
            text += &format!(
                "\t\t{}{}ct state new accept comment \"FTP {}\"\n",
                end(rule.source, "saddr", "sport"),
                end(rule.destination, "daddr", "dport"),
                rule.purpose
            );
        }
        text += "\t}\n";
    }
    text + "}\n"
}

fn end(end: End, address: &str, port: &str) -> String {
    let host = match end.address {
        None => String::new(),
        Some(IpAddr::V4(ip)) => format!("ip {address} {ip} "),
        Some(IpAddr::V6(ip)) => format!("ip6 {address} {ip} "),
    };
    format!("{host}tcp {port} {} ", ports(end.ports, '-'))
}
