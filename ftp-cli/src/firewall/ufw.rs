//! ufw: commands. It lets packets of known connections through by itself.

use ftp_io::firewall::{End, Flow, Plan};

use super::{opening, ports};

pub(super) fn write(plan: &Plan) -> String {
    let commands = opening(plan).map(|rule| {
        let flow = match rule.flow {
            Flow::In => "in",
            Flow::Out => "out",
        };
        format!(
            "ufw allow {flow} proto tcp from {} to {} comment 'FTP {}'\n",
            end(rule.source),
            end(rule.destination),
            rule.purpose
        )
    });
    commands.collect()
}

fn end(end: End) -> String {
    let address = end.address.map(|ip| ip.to_string());
    format!(
        "{} port {}",
        address.as_deref().unwrap_or("any"),
        ports(end.ports, ':')
    )
}
