use std::net::{IpAddr, Ipv4Addr};

use ftp_proto::Family;
use ftp_proto::client::{DataPolicy, PassiveHost, Way};
use proptest::prelude::*;

use super::*;

const WAYS: [Way; 4] = [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port];

fn outcomes(setup: &Setup) -> [Outcome; 4] {
    WAYS.map(|way| setup.verdict(way).outcome)
}

fn with(change: impl FnOnce(&mut Setup)) -> Setup {
    let mut setup = Setup::new(21);
    change(&mut setup);
    setup
}

/// The same table was seen with vsftpd, curl and the kernel's helper.
#[test]
fn the_usual_networks_let_through_what_they_were_seen_to_let_through() {
    use Outcome::{AddressRefused, Dropped, Rejected, Works};
    let drop = Some(Firewall::dropping());
    let reject = Some(Firewall::rejecting());
    let cases: [(&str, Setup, [Outcome; 4]); 17] = [
        ("open", with(|_| {}), [Works; 4]),
        (
            "firewall at the client",
            with(|s| s.client.firewall = drop),
            [Works, Works, Dropped, Dropped],
        ),
        (
            "firewall at the client that rejects",
            with(|s| s.client.firewall = reject),
            [Works, Works, Rejected, Rejected],
        ),
        (
            "firewall at the server",
            with(|s| s.server.firewall = drop),
            [Dropped, Dropped, Works, Works],
        ),
        (
            "firewalls at both",
            with(|s| {
                s.client.firewall = drop;
                s.server.firewall = drop;
            }),
            [Dropped; 4],
        ),
        (
            "firewalls at both, with helpers",
            with(|s| {
                s.client.firewall = drop;
                s.server.firewall = drop;
                s.client.helper = Helper::Present;
                s.server.helper = Helper::Present;
            }),
            [Works; 4],
        ),
        (
            "the same under TLS",
            with(|s| {
                s.tls = Tls::On;
                s.client.firewall = drop;
                s.server.firewall = drop;
                s.client.helper = Helper::Present;
                s.server.helper = Helper::Present;
            }),
            [Dropped; 4],
        ),
        (
            "NAT at the client",
            with(|s| s.client.nat = Nat::Present),
            [Works, Works, AddressRefused, AddressRefused],
        ),
        (
            "NAT at the client, with helper",
            with(|s| {
                s.client.nat = Nat::Present;
                s.client.helper = Helper::Present;
            }),
            [Works; 4],
        ),
        (
            "NAT at the client that forwards, its address told",
            with(|s| {
                s.client.nat = Nat::Forwarding;
                s.active_address = Told::Outside;
            }),
            [Works; 4],
        ),
        (
            "NAT at the server",
            with(|s| s.server.nat = Nat::Present),
            [Rejected, Rejected, Works, Works],
        ),
        (
            "NAT at the server, a client that trusts the reply",
            with(|s| {
                s.server.nat = Nat::Present;
                s.passive_host = PassiveHost::Trust;
            }),
            [Rejected, Dropped, Works, Works],
        ),
        (
            "the same, with helper",
            with(|s| {
                s.server.nat = Nat::Present;
                s.server.helper = Helper::Present;
                s.passive_host = PassiveHost::Trust;
            }),
            [Works; 4],
        ),
        (
            "NAT at the server that forwards, a client that trusts the reply",
            with(|s| {
                s.server.nat = Nat::Forwarding;
                s.passive_host = PassiveHost::Trust;
            }),
            [Works, Dropped, Works, Works],
        ),
        (
            "the same, the right address announced",
            with(|s| {
                s.server.nat = Nat::Forwarding;
                s.passive_address = Told::Outside;
                s.passive_host = PassiveHost::Trust;
            }),
            [Works; 4],
        ),
        (
            "a helper passes over the announced address",
            with(|s| {
                s.server.nat = Nat::Present;
                s.server.helper = Helper::Present;
                s.passive_address = Told::Outside;
            }),
            [Works, Rejected, Works, Works],
        ),
        (
            "a helper is of no use to a filter without memory",
            with(|s| {
                s.server.firewall = Some(Firewall {
                    tracking: Tracking::Stateless,
                    ..Firewall::dropping()
                });
                s.server.helper = Helper::Present;
            }),
            [Dropped, Dropped, Works, Works],
        ),
    ];
    for (name, setup, expected) in cases {
        assert_eq!(outcomes(&setup), expected, "{name}");
    }
}

#[test]
fn over_ipv6_only_the_extended_commands_can_tell_an_address() {
    let setup = with(|s| s.family = Family::V6);
    let impossible = Outcome::Impossible;
    let works = Outcome::Works;
    assert_eq!(outcomes(&setup), [works, impossible, works, impossible]);
}

#[test]
fn a_firewall_that_lets_nothing_out_stops_the_passive_client_and_the_active_server() {
    let shut = Some(Firewall {
        data_in: Passage::Open,
        data_out: Passage::Shut,
        ..Firewall::rejecting()
    });
    let setup = with(|s| s.client.firewall = shut);
    let verdict = setup.verdict(Way::Epsv);
    assert_eq!(
        (verdict.outcome, verdict.at),
        (Outcome::Rejected, Some(Side::Client))
    );
    let setup = with(|s| s.server.firewall = shut);
    let verdict = setup.verdict(Way::Port);
    assert_eq!(
        (verdict.outcome, verdict.at),
        (Outcome::Rejected, Some(Side::Server))
    );
}

#[test]
fn a_passive_server_lets_in_its_range_and_says_nothing_more() {
    let setup = with(|s| {
        s.modes = Modes::Passive;
        s.passive_ports = "50000-50099".parse().ok();
    });
    let plan = setup.plan(Side::Server);
    let lines: Vec<String> = plan.rules.iter().map(Rule::to_string).collect();
    assert_eq!(
        lines,
        [
            "control: TCP in, from any address ports 1024-65535 to any address port 21",
            "passive data: TCP in, from any address ports 1024-65535 to any address ports 50000-50099",
        ]
    );
    assert_eq!(plan.warnings, []);
}

#[test]
fn an_active_client_lets_in_the_data_port_and_is_warned_of_strangers() {
    let mut setup = with(|s| {
        s.modes = Modes::Active;
        s.active_ports = "50000-50009".parse().ok();
    });
    assert_eq!(setup.plan(Side::Client).warnings, [Warning::AnyServer]);
    setup.server.address = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    let plan = setup.plan(Side::Client);
    assert_eq!(plan.warnings, []);
    assert_eq!(
        plan.rules.get(1).map(Rule::to_string).as_deref(),
        Some("active data: TCP in, from 192.0.2.1 port 20 to any address ports 50000-50009")
    );
}

#[test]
fn without_a_range_every_port_is_let_through_with_a_warning() {
    let plan = Setup::new(21).plan(Side::Client);
    for warning in [Warning::AnyPassivePort, Warning::AnyActivePort] {
        assert!(plan.warnings.contains(&warning), "{warning:?}");
    }
    let passive = plan
        .rules
        .iter()
        .find(|r| r.purpose == Purpose::PassiveData);
    assert_eq!(
        passive.map(|r| r.destination.ports.to_string()).as_deref(),
        Some("1024-65535")
    );
}

fn setups() -> impl Strategy<Value = Setup> {
    let firewall = || {
        let passage = || prop::sample::select(&[Passage::Open, Passage::Shut]);
        let answer = prop::sample::select(&[Answer::Drop, Answer::Reject]);
        let tracking = prop::sample::select(&[Tracking::Stateful, Tracking::Stateless]);
        prop::option::of((answer, tracking, passage(), passage()).prop_map(
            |(answer, tracking, data_in, data_out)| Firewall {
                answer,
                tracking,
                data_in,
                data_out,
            },
        ))
    };
    let site = || {
        let nat = prop::sample::select(&[Nat::Absent, Nat::Present, Nat::Forwarding]);
        let helper = prop::sample::select(&[Helper::Absent, Helper::Present]);
        (nat, firewall(), helper).prop_map(|(nat, firewall, helper)| Site {
            address: None,
            nat,
            firewall,
            helper,
        })
    };
    let told = || prop::sample::select(&[Told::Own, Told::Outside, Told::Wrong]);
    let host = prop::sample::select(&[
        PassiveHost::Peer,
        PassiveHost::PeerIfPrivate,
        PassiveHost::Trust,
    ]);
    let family = prop::sample::select(&[Family::V4, Family::V6]);
    let tls = prop::sample::select(&[Tls::Off, Tls::On]);
    (family, tls, told(), told(), host, site(), site()).prop_map(
        |(family, tls, passive_address, active_address, passive_host, client, server)| Setup {
            family,
            tls,
            passive_address,
            active_address,
            passive_host,
            client,
            server,
            ..Setup::new(21)
        },
    )
}

proptest! {
    #[test]
    fn what_fails_fails_somewhere_and_what_works_nowhere(setup in setups()) {
        for way in WAYS {
            let verdict = setup.verdict(way);
            let somewhere = !matches!(verdict.outcome, Outcome::Works | Outcome::Impossible);
            prop_assert_eq!(verdict.at.is_some(), somewhere, "{:?}", verdict);
            prop_assert!(verdict.reason.ends_with('.') && verdict.reason.matches(". ").count() == 0);
        }
    }

    #[test]
    fn tls_never_makes_a_way_work_that_fails_in_clear(setup in setups()) {
        let clear = Setup { tls: Tls::Off, ..setup.clone() };
        let hidden = Setup { tls: Tls::On, ..setup };
        for way in WAYS {
            if hidden.verdict(way).outcome == Outcome::Works {
                prop_assert_eq!(clear.verdict(way).outcome, Outcome::Works);
            }
        }
    }

    #[test]
    fn opening_a_firewall_breaks_nothing(setup in setups(), at_client in any::<bool>()) {
        let mut open = setup.clone();
        let site = if at_client { &mut open.client } else { &mut open.server };
        site.firewall = site.firewall.map(|firewall| Firewall {
            data_in: Passage::Open,
            data_out: Passage::Open,
            ..firewall
        });
        for way in WAYS {
            if setup.verdict(way).outcome == Outcome::Works {
                prop_assert_eq!(open.verdict(way).outcome, Outcome::Works);
            }
        }
    }

    #[test]
    fn a_client_that_trusts_nobody_opens_what_one_that_trusts_opens(setup in setups()) {
        let trusting = Setup { passive_host: PassiveHost::Trust, ..setup.clone() };
        let wary = Setup { passive_host: PassiveHost::Peer, ..setup };
        for way in WAYS {
            // A helper at the client's firewall that passes over a wrong address cannot help.
            if trusting.verdict(way).outcome == Outcome::Works {
                prop_assert_eq!(wary.verdict(way).outcome, Outcome::Works);
            }
        }
    }

    #[test]
    fn auto_finds_a_way_wherever_there_is_one(setup in setups()) {
        let works = |way: &Way| setup.verdict(*way).outcome == Outcome::Works;
        let first = WAYS.iter().copied().find(works);
        prop_assert_eq!(setup.chosen(DataPolicy::Auto), first);
    }

    #[test]
    fn what_one_side_lets_out_the_other_lets_in(setup in setups()) {
        let opening = |side| setup.plan(side).rules.into_iter().filter(|r| r.state == State::Opening);
        let client: Vec<Rule> = opening(Side::Client).collect();
        let server: Vec<Rule> = opening(Side::Server).collect();
        prop_assert_eq!(client.len(), server.len());
        for (one, other) in client.iter().zip(&server) {
            prop_assert_ne!(one.flow, other.flow);
            prop_assert_eq!((one.source, one.destination), (other.source, other.destination));
        }
    }

    #[test]
    fn a_filter_without_memory_gets_a_rule_for_every_answer(setup in setups()) {
        for side in [Side::Client, Side::Server] {
            let stateless = setup
                .site(side)
                .firewall
                .is_some_and(|firewall| firewall.tracking == Tracking::Stateless);
            let rules = setup.plan(side).rules;
            let answers = rules.iter().filter(|r| r.state == State::Answering).count();
            prop_assert_eq!(answers, if stateless { rules.len() / 2 } else { 0 });
            for rule in &rules {
                prop_assert_eq!(rule.answer().answer(), *rule);
            }
        }
    }
}
