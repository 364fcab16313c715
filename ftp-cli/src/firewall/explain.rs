//! `ftp-cli serve --explain`: what must be let through to this server, and forwarded to it.

use std::fmt::Write as _;
use std::net::SocketAddr;

use ftp_io::firewall::{Modes, Purpose, Setup, Side, Told};
use ftp_proto::Family;

use super::print;
use crate::args::Serve;
use crate::fault::Fault;

/// Prints what the options of a server mean for the firewalls and NATs before it.
pub(crate) fn explain(job: &Serve) -> Result<(), Fault> {
    let texts: Vec<String> = job.listen.iter().map(|at| explanation(job, *at)).collect();
    print(&texts.join("\n"))
}

pub(super) fn explanation(job: &Serve, at: SocketAddr) -> String {
    let mut setup = setup(job, at);
    let mut text = format!("FTP at {at}\n\nThis machine's firewall must let through:\n");
    for (modes, opened_by) in [
        (
            Modes::Passive,
            "passive mode, where the client connects to this server",
        ),
        (
            Modes::Active,
            "active mode, where this server connects to the client",
        ),
    ] {
        setup.modes = modes;
        let plan = setup.plan(Side::Server);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  For {opened_by}:");
        for rule in &plan.rules {
            let _ = writeln!(text, "    {rule}");
        }
        for warning in &plan.warnings {
            let _ = writeln!(text, "    Warning: {warning}");
        }
    }
    setup.modes = Modes::Both;
    text + &forwarding(job, &setup)
}

fn setup(job: &Serve, at: SocketAddr) -> Setup {
    let mut setup = Setup::new(at.port());
    setup.family = match at {
        SocketAddr::V4(_) => Family::V4,
        SocketAddr::V6(_) => Family::V6,
    };
    if let Some(port) = job.data.data_port {
        setup.data_port = port;
    }
    setup.passive_ports = job.data.passive_ports;
    setup.server.address = Some(at.ip()).filter(|ip| !ip.is_unspecified());
    if job.data.announce.is_some() {
        setup.passive_address = Told::Outside;
    }
    setup
}

/// What a NAT or a balancer must forward. It must not change the ports: the reply to EPSV or PASV
/// tells the one that is listened at here.
fn forwarding(job: &Serve, setup: &Setup) -> String {
    let mut text = String::from(
        "\nA NAT or balancer before this machine must forward to it, each port to the same port:\n",
    );
    for rule in setup.plan(Side::Server).rules {
        let _ = match rule.purpose {
            Purpose::Control => writeln!(text, "  TCP {}: control", rule.destination.ports.first()),
            Purpose::PassiveData => writeln!(
                text,
                "  TCP {}: passive data, to the machine that has the client's control connection",
                rule.destination.ports
            ),
            Purpose::ActiveData => continue,
        };
    }
    let told = match (setup.family, job.data.announce) {
        (Family::V6, _) => {
            "Over IPv6 the reply to EPSV tells a port alone: there is no address to announce.\n"
                .to_owned()
        }
        (Family::V4, Some(address)) => format!(
            "The reply to PASV tells {address}. That must be the address that clients connect \
             to;\na NAT with an FTP helper passes such a reply over, and then the ports above \
             must be forwarded.\n"
        ),
        (Family::V4, None) => {
            "The reply to PASV tells the address of this machine that the client \
             reached. Behind NAT\nthat is a private one: announce the outside's with --announce \
             IP.\n"
                .to_owned()
        }
    };
    text += &told;
    if !job.tls.tls_cert.is_empty() || job.tls.self_signed {
        text += "TLS is offered: for who uses it, no firewall's or NAT's FTP helper opens a port or \
                 rewrites an\naddress, and all of the above is needed.\n";
    }
    text
}
