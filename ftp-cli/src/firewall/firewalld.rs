//! firewalld: commands. It lets everything out unless a policy of its own says otherwise, and
//! packets of known connections in.

use std::net::IpAddr;

use ftp_io::firewall::{Flow, Plan, Rule};

use super::{opening, ports};

pub(super) fn write(plan: &Plan) -> String {
    let mut text = String::new();
    for rule in opening(plan) {
        text += &match rule.flow {
            Flow::In => format!("firewall-cmd --permanent {}\n", lets_in(rule)),
            Flow::Out => format!(
                "# Out, {}: nothing to do, unless a policy of your own shuts it.\n",
                rule.purpose
            ),
        };
    }
    if opening(plan).any(|rule| rule.flow == Flow::In && rule.source.ports.count() == 1) {
        text += "# firewalld cannot ask for a source port beside a port: what comes in may come \
                 from any.\n";
    }
    text + "firewall-cmd --reload\n"
}

fn lets_in(rule: &Rule) -> String {
    let here = ports(rule.destination.ports, '-');
    match rule.source.address {
        None => format!("--add-port={here}/tcp"),
        Some(ip) => {
            let family = match ip {
                IpAddr::V4(_) => "ipv4",
                IpAddr::V6(_) => "ipv6",
            };
            format!(
                "--add-rich-rule='rule family=\"{family}\" source address=\"{ip}\" \
                 port port=\"{here}\" protocol=\"tcp\" accept'"
            )
        }
    }
}
