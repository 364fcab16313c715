//! Windows Defender Firewall: commands of PowerShell. It lets packets of known connections through
//! by itself, and everything out unless told otherwise.

use ftp_io::firewall::{Flow, Plan};

use super::{opening, ports};

pub(super) fn write(plan: &Plan) -> String {
    let commands = opening(plan).map(|rule| {
        let (direction, here, there) = match rule.flow {
            Flow::In => ("Inbound", rule.destination, rule.source),
            Flow::Out => ("Outbound", rule.source, rule.destination),
        };
        let mut command = format!(
            "New-NetFirewallRule -DisplayName 'FTP {}' -Direction {direction} -Action Allow \
             -Protocol TCP -LocalPort {} -RemotePort {}",
            rule.purpose,
            ports(here.ports, '-'),
            ports(there.ports, '-')
        );
        if let Some(ip) = here.address {
            command += &format!(" -LocalAddress {ip}");
        }
        if let Some(ip) = there.address {
            command += &format!(" -RemoteAddress {ip}");
        }
        command + "\n"
    });
    commands.collect()
}
