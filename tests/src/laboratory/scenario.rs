//! What stands between, in every combination that the laboratory builds.

use ftp_io::firewall::{Answer, Firewall, Helper, Nat, Passage, Setup, Told, Tracking};
use ftp_proto::Family;

use super::network::{ACTIVE_PORTS, PASSIVE_PORTS, range};

/// A network with a name.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What a person calls it.
    pub name: String,
    /// What it is.
    pub setup: Setup,
}

/// All of them.
pub fn scenarios() -> Vec<Scenario> {
    let mut all = vec![scenario("open", |_| {})];
    for (verb, firewall) in [
        ("drops", Firewall::dropping()),
        ("rejects", Firewall::rejecting()),
    ] {
        for (helper, with) in [(Helper::Absent, ""), (Helper::Present, ", with helper")] {
            for (place, client, server) in PLACES {
                let name = format!("a firewall {place} that {verb}{with}");
                all.push(scenario(name, |setup| {
                    if client {
                        setup.client.firewall = Some(firewall);
                        setup.client.helper = helper;
                    }
                    if server {
                        setup.server.firewall = Some(firewall);
                        setup.server.helper = helper;
                    }
                }));
            }
        }
    }
    for (helper, with) in [(Helper::Absent, ""), (Helper::Present, ", with helper")] {
        for (place, client, server) in PLACES {
            all.push(scenario(format!("NAT {place}{with}"), |setup| {
                if client {
                    setup.client.nat = Nat::Present;
                    setup.client.helper = helper;
                }
                if server {
                    setup.server.nat = Nat::Present;
                    setup.server.helper = helper;
                }
            }));
        }
    }
    all.extend(forwarding());
    all.extend(mixed());
    all.extend(ipv6());
    all
}

fn forwarding() -> Vec<Scenario> {
    vec![
        scenario("NAT at the server, range forwarded", |setup| {
            setup.server.nat = Nat::Forwarding;
        }),
        scenario("NAT at the server, range forwarded, announced", |setup| {
            setup.server.nat = Nat::Forwarding;
            setup.passive_address = Told::Outside;
        }),
        scenario("NAT at the server, announced, with helper", |setup| {
            setup.server.nat = Nat::Present;
            setup.server.helper = Helper::Present;
            setup.passive_address = Told::Outside;
        }),
        scenario("NAT at the client, range forwarded, announced", |setup| {
            setup.client.nat = Nat::Forwarding;
            setup.active_address = Told::Outside;
        }),
        scenario("NAT at both, ranges forwarded, announced", |setup| {
            setup.client.nat = Nat::Forwarding;
            setup.active_address = Told::Outside;
            setup.server.nat = Nat::Forwarding;
            setup.passive_address = Told::Outside;
        }),
    ]
}

fn mixed() -> Vec<Scenario> {
    let shut = |data_out| {
        let mut firewall = Firewall::dropping();
        firewall.data_out = data_out;
        firewall
    };
    let stateless = || {
        let mut firewall = Firewall::dropping();
        firewall.tracking = Tracking::Stateless;
        firewall
    };
    vec![
        scenario("NAT and a firewall at the client", |setup| {
            setup.client.nat = Nat::Present;
            setup.client.firewall = Some(Firewall::dropping());
        }),
        scenario("NAT and a firewall at the server", |setup| {
            setup.server.nat = Nat::Present;
            setup.server.firewall = Some(Firewall::dropping());
        }),
        scenario(
            "NAT at the client, a firewall at the server, with helper",
            |setup| {
                setup.client.nat = Nat::Present;
                setup.client.helper = Helper::Present;
                setup.server.firewall = Some(Firewall::dropping());
                setup.server.helper = Helper::Present;
            },
        ),
        scenario("a firewall without memory at both", |setup| {
            setup.client.firewall = Some(stateless());
            setup.server.firewall = Some(stateless());
        }),
        scenario("a firewall at the client that lets nothing out", |setup| {
            setup.client.firewall = Some(shut(Passage::Shut));
        }),
        scenario("a firewall at the server that lets nothing out", |setup| {
            let mut firewall = shut(Passage::Shut);
            firewall.answer = Answer::Reject;
            firewall.data_in = Passage::Open;
            setup.server.firewall = Some(firewall);
        }),
        scenario("a wrong address announced", |setup| {
            setup.passive_address = Told::Wrong;
        }),
        scenario("a wrong address announced, with helper", |setup| {
            setup.passive_address = Told::Wrong;
            setup.server.firewall = Some(Firewall::dropping());
            setup.server.helper = Helper::Present;
        }),
    ]
}

fn ipv6() -> Vec<Scenario> {
    let mut all = vec![scenario("IPv6, open", |setup| setup.family = Family::V6)];
    for (place, client, server) in PLACES {
        let name = format!("IPv6, a firewall {place} that drops");
        all.push(scenario(name, |setup| {
            setup.family = Family::V6;
            setup.client.firewall = client.then(Firewall::dropping);
            setup.server.firewall = server.then(Firewall::dropping);
        }));
    }
    all.push(scenario("IPv6, a firewall at both, with helper", |setup| {
        setup.family = Family::V6;
        setup.client.firewall = Some(Firewall::dropping());
        setup.client.helper = Helper::Present;
        setup.server.firewall = Some(Firewall::dropping());
        setup.server.helper = Helper::Present;
    }));
    all
}

fn scenario(name: impl Into<String>, change: impl FnOnce(&mut Setup)) -> Scenario {
    let mut setup = Setup::new(21);
    setup.passive_ports = range(PASSIVE_PORTS);
    setup.active_ports = range(ACTIVE_PORTS);
    change(&mut setup);
    Scenario {
        name: name.into(),
        setup,
    }
}

/// The place, whether it is at the client, whether it is at the server.
const PLACES: [(&str, bool, bool); 3] = [
    ("at the client", true, false),
    ("at the server", false, true),
    ("at both", true, true),
];
