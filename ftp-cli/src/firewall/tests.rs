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
