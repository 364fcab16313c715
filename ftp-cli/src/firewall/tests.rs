use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    rules: FirewallRules,
}

fn written(options: &str, format: &str) -> String {
    let line = format!("x {options} --format {format}");
    let job = Line::try_parse_from(line.split_whitespace())
        .expect("options that exist")
        .rules;
    let side = match job.side {
        AtSide::Client => Side::Client,
        AtSide::Server => Side::Server,
    };
    job.format.write(&job.setup().plan(side))
}

/// What each mode needs at each side, in every format: the file `golden/NAME.txt`. With
/// `FTP_GOLDEN=write` the files are written instead.
fn golden(name: &str, options: &str) {
    let all: Vec<String> = ["nft", "iptables", "ufw", "firewalld", "windows"]
        .iter()
        .map(|format| format!("==> {format}\n{}", written(options, format)))
        .collect();
    let path = format!(
        "{}/src/firewall/golden/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    if std::env::var_os("FTP_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(&path, all.join("\n")).expect("a file that can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("a golden file");
    assert_eq!(all.join("\n"), expected, "{path}");
}

#[test]
fn a_passive_server_lets_in_its_range() {
    golden(
        "passive-server",
        "--mode passive --side server --passive-ports 50000-50099",
    );
}

#[test]
fn a_passive_client_connects_to_the_servers_range() {
    golden(
        "passive-client",
        "--mode passive --side client --passive-ports 50000-50099 --server 192.0.2.1",
    );
}

#[test]
fn an_active_server_connects_from_its_data_port() {
    golden("active-server", "--mode active --side server");
}

#[test]
fn an_active_client_lets_in_one_server_by_ipv6() {
    golden(
        "active-client",
        "--mode active --side client --active-ports 50000-50009 --server 2001:db8::1",
    );
}

#[test]
fn an_active_client_that_knows_no_server_is_warned() {
    golden(
        "active-client-unknown-server",
        "--mode active --side client --control-port 2121",
    );
}

#[test]
fn no_warning_becomes_a_command() {
    for format in ["ufw", "firewalld", "windows"] {
        let text = written("--mode active --side client", format);
        let commands = text.lines().filter(|line| !line.starts_with('#'));
        for line in commands {
            let program = line.split(' ').next();
            let known = ["ufw", "firewall-cmd", "New-NetFirewallRule"];
            assert!(program.is_some_and(|p| known.contains(&p)), "{line}");
        }
    }
}

/// Every mode and side, without and with ranges and addresses.
fn all_options() -> Vec<String> {
    let more = "--passive-ports 50000-50099 --active-ports 40000-40009 --control-port 2121";
    let mut all = Vec::new();
    for mode in ["active", "passive"] {
        for side in ["client", "server"] {
            for rest in [
                String::new(),
                "--server 192.0.2.1".to_owned(),
                format!("{more} --server 192.0.2.1"),
                format!("{more} --server 2001:db8::1"),
            ] {
                all.push(format!("--mode {mode} --side {side} {rest}"));
            }
        }
    }
    all
}

fn commands(format: &str) -> Vec<String> {
    let texts = all_options()
        .into_iter()
        .map(|options| written(&options, format));
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
}

fn is_address(word: &str) -> bool {
    word.parse::<IpAddr>().is_ok()
}

fn are_ports(word: &str, between: char) -> bool {
    let mut ports = word.split(between);
    ports.all(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && word.matches(between).count() < 2
}

/// ufw(8): `ufw allow [in|out] [proto PROTOCOL] [from ADDRESS [port PORT]] [to ADDRESS [port PORT]]
/// [comment COMMENT]`.
#[test]
fn every_command_of_ufw_has_the_form_of_its_manual() {
    for line in commands("ufw") {
        let (rule, comment) = line.split_once(" comment ").expect("a comment");
        assert!(
            comment.starts_with('\'') && comment.ends_with('\''),
            "{line}"
        );
        let words: Vec<&str> = rule.split(' ').collect();
        let [head @ .., _, _, _, _, _, _, _, _] = words.as_slice() else {
            panic!("{line}");
        };
        assert!(
            matches!(head, ["ufw", "allow", "in" | "out", "proto", "tcp"]),
            "{line}"
        );
        for (end, keyword) in words[head.len()..].chunks(4).zip(["from", "to"]) {
            let [of, address, "port", ports] = end else {
                panic!("{line}");
            };
            assert_eq!(*of, keyword, "{line}");
            assert!(*address == "any" || is_address(address), "{line}");
            assert!(are_ports(ports, ':'), "{line}");
        }
    }
}

/// firewalld.richlanguage(5) and firewall-cmd(1).
#[test]
fn every_command_of_firewalld_has_the_form_of_its_manual() {
    for line in commands("firewalld") {
        let Some(options) = line.strip_prefix("firewall-cmd --permanent ") else {
            assert_eq!(line, "firewall-cmd --reload");
            continue;
        };
        if let Some(port) = options.strip_prefix("--add-port=") {
            let ports = port.strip_suffix("/tcp").expect("a protocol");
            assert!(are_ports(ports, '-'), "{line}");
            continue;
        }
        let rule = options
            .strip_prefix("--add-rich-rule='rule ")
            .and_then(|rule| rule.strip_suffix(" accept'"))
            .unwrap_or_else(|| panic!("{line}"));
        for word in rule.split(' ') {
            let value = word
                .split_once('=')
                .map(|(name, value)| (name, value.trim_matches('"')));
            let known = match value {
                None => matches!(word, "source" | "destination" | "port"),
                Some(("family", value)) => matches!(value, "ipv4" | "ipv6"),
                Some(("address", value)) => is_address(value),
                Some(("port", value)) => are_ports(value, '-'),
                Some(("protocol", value)) => value == "tcp",
                Some(_) => false,
            };
            assert!(known, "{word} in {line}");
        }
    }
}

/// The parameters of New-NetFirewallRule, in PowerShell's module NetSecurity.
#[test]
fn every_command_of_windows_has_the_form_of_its_manual() {
    for line in commands("windows") {
        let parameters = line
            .strip_prefix("New-NetFirewallRule -DisplayName '")
            .and_then(|rest| rest.split_once("' -"))
            .unwrap_or_else(|| panic!("{line}"))
            .1;
        for parameter in parameters.split(" -") {
            let (name, value) = parameter.split_once(' ').expect("a value");
            let known = match name {
                "Direction" => matches!(value, "Inbound" | "Outbound"),
                "Action" => value == "Allow",
                "Protocol" => value == "TCP",
                "LocalPort" | "RemotePort" => are_ports(value, '-'),
                "LocalAddress" | "RemoteAddress" => is_address(value),
                _ => false,
            };
            assert!(known, "{parameter} in {line}");
        }
    }
}

#[derive(Debug, Parser)]
struct ServeLine {
    #[command(flatten)]
    serve: crate::args::Serve,
}

fn explained(options: &str) -> String {
    let line = format!("x /srv/ftp --anonymous {options}");
    let job = ServeLine::try_parse_from(line.split_whitespace())
        .expect("options that exist")
        .serve;
    let texts = job.listen.iter().map(|at| explain::explanation(&job, *at));
    texts.collect()
}

#[test]
fn serve_explains_what_must_be_let_in_and_forwarded_for_its_own_options() {
    let text = explained("--listen 10.0.0.10:21 --passive-ports 50000-50099 --announce 192.0.2.2");
    for line in [
        "control: TCP in, from any address ports 1024-65535 to 10.0.0.10 port 21",
        "passive data: TCP in, from any address ports 1024-65535 to 10.0.0.10 ports 50000-50099",
        "active data: TCP out, from 10.0.0.10 port 20 to any address ports 1024-65535",
        "TCP 21: control",
        "TCP 50000-50099: passive data, to the machine that has the client's control connection",
        "The reply to PASV tells 192.0.2.2.",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(!text.contains("TLS"), "{text}");
}

#[test]
fn serve_explains_what_is_wide_open_and_what_tls_hides() {
    let text = explained("--listen 10.0.0.10:21 --self-signed");
    assert!(text.contains("No passive ports are set"), "{text}");
    assert!(
        text.contains("announce the outside's with --announce"),
        "{text}"
    );
    assert!(text.contains("TLS is offered"), "{text}");
    let text = explained("--listen [2001:db8::1]:21");
    assert!(text.contains("there is no address to announce"), "{text}");
}
