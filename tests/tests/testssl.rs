//! Our server's TLS, as testssl.sh sees it: nothing below TLS 1.2, and nothing worse than low.

use std::fs;
use std::process::ExitCode;

use ftp_tests::scale::Served;
use ftp_tests::testssl::{Finding, scan};
use ftp_tests::{Trouble, trial};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = vec![trial(
        "nothing_is_found_above_low",
        || match std::env::var("FTP_FULL") {
            Ok(full) if full == "1" => run(),
            _ => Err(Trouble::missing("FTP_FULL=1, which allows what takes long")),
        },
    )];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run() -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let served = folder.path().join("served");
    fs::create_dir(&served)?;
    let server = Served::under_tls(&served, folder.path())?;
    let findings = scan(server.address, folder.path())?;
    for (id, expected) in [
        ("SSLv2", "not offered"),
        ("SSLv3", "not offered"),
        ("TLS1", "not offered"),
        ("TLS1_1", "not offered"),
        ("TLS1_2", "offered"),
        ("TLS1_3", "offered"),
        // The last checks of each kind: it has come to its end.
        ("cipher_order", ""),
        ("RC4", "not vulnerable"),
    ] {
        let found = findings.iter().find(|finding| finding.id == id);
        if !found.is_some_and(|finding| finding.text.starts_with(expected)) {
            return Err(Trouble::failed(format_args!("{id}: {found:?}")));
        }
    }
    let bad: Vec<&Finding> = findings
        .iter()
        .filter(|finding| !matches!(&*finding.severity, "OK" | "INFO" | "LOW"))
        .filter(|finding| !EXCEPTED.contains(&&*finding.id))
        .collect();
    match bad.is_empty() {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!("{bad:#?}"))),
    }
}

/// That nobody known has signed a throw-away certificate, that it holds for ever and can be revoked
/// by nobody; that this machine's openssl does not know GOST's ciphers; and whether sessions resume,
/// which is no weakness, is asked by a connection in a hurry, and has tests of its own.
const EXCEPTED: [&str; 5] = [
    "cert_chain_of_trust",
    "cert_validityPeriod",
    "cert_revocation",
    "engine_problem",
    "sessionresumption_ticket",
];
