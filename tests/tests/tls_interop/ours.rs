//! Our clients.

use ftp_io::storage::{Reader, Writer};
use ftp_io::tls::MaxVersion;
use ftp_tests::clients::Mode;
use ftp_tests::clients::library::{Library, Session};
use ftp_tests::peers::{Peer, Proof, Server};
use ftp_tests::{Trouble, trial};
use libtest_mimic::Trial;

use crate::Report;
use crate::content::{Comparing, Giving};

pub(crate) fn rows(report: &Report) -> Vec<Trial> {
    let mut rows = Vec::new();
    for peer in [Peer::Vsftpd, Peer::ProFtpd, Peer::PureFtpd, Peer::FtpCli] {
        for client in Library::ALL {
            for mode in [Mode::Passive, Mode::Active] {
                for (version, named) in VERSIONS {
                    let row = Row {
                        client,
                        peer,
                        mode,
                        version,
                        named,
                    };
                    for (what, run) in SCENARIOS {
                        let name = format!("{client}::{peer}::{mode}::{named}::{what}");
                        let report = report.clone();
                        rows.push(trial(name.clone(), move || row.run(run, &name, &report)));
                    }
                }
            }
        }
    }
    rows
}

#[derive(Clone, Copy)]
struct Row {
    client: Library,
    peer: Peer,
    mode: Mode,
    version: MaxVersion,
    /// As a summary names it.
    named: &'static str,
}

type Scenario = fn(&Server, &mut Session) -> Result<usize, Trouble>;

const SCENARIOS: [(&str, Scenario); 2] = [
    ("files_of_every_size", files_of_every_size),
    ("two_hundred_in_a_row", two_hundred_in_a_row),
];

const VERSIONS: [(MaxVersion, &str); 2] = [
    (MaxVersion::Tls12, "TLSv1.2"),
    (MaxVersion::Tls13, "TLSv1.3"),
];

impl Row {
    fn run(self, scenario: Scenario, name: &str, report: &Report) -> Result<(), Trouble> {
        let server = self.peer.start_under_tls(Proof::Require)?;
        let mut session = self.client.connect(&server, self.mode, self.version)?;
        let done = scenario(&server, &mut session);
        let tally = session.tally();
        let transfers = done.map_err(|trouble| trouble.with(format_args!("{tally:?}")));
        let checked = transfers.and_then(|transfers| {
            report.add(format!(
                "{name}: {transfers} transfers, {} handshakes resumed, {} not, {} refused",
                tally.resumed, tally.full, tally.refused
            ));
            let version = tally.control.map(|control| control.version);
            let holds = [
                (version == Some(self.named), "the version"),
                (!tally.is_mixed, "the version on data connections"),
                // Refused for that, it was tried again, and then resumed.
                (
                    self.takes_unresumed() || tally.resumed == transfers,
                    "resumption",
                ),
                (
                    self.takes_unresumed() || tally.full == tally.refused,
                    "refusals",
                ),
                (
                    tally.full + tally.resumed == transfers + tally.refused,
                    "the sum",
                ),
            ];
            match holds.into_iter().find(|(holds, _)| !holds) {
                Some((_, what)) => Err(Trouble::failed(format_args!("{what}: {tally:?}"))),
                None => session.quit().map_err(Trouble::failed),
            }
        });
        checked.map_err(|trouble| trouble.with(format_args!("--- server:\n{}", server.log())))
    }

    /// Pure-FTPd serves data connections that resume nothing.
    fn takes_unresumed(self) -> bool {
        self.peer == Peer::PureFtpd
    }
}

/// A listing, and files of every size, each of them up and down.
fn files_of_every_size(server: &Server, session: &mut Session) -> Result<usize, Trouble> {
    let large = match std::env::var_os("FTP_FULL") {
        Some(full) if full == "1" => 256 << 20,
        _ => 5 << 20,
    };
    list(session, &[])?;
    let sizes = [0, 1024, large];
    for (file, size) in sizes.into_iter().enumerate() {
        store(server, session, file, size)?;
        retrieve(session, file, size)?;
    }
    let expected: Vec<_> = sizes.into_iter().enumerate().collect();
    list(session, &expected)?;
    Ok(2 * sizes.len() + 2)
}

fn two_hundred_in_a_row(server: &Server, session: &mut Session) -> Result<usize, Trouble> {
    for file in 0..100 {
        store(server, session, file, 1024)?;
        retrieve(session, file, 1024)?;
    }
    Ok(200)
}

fn store(server: &Server, session: &mut Session, file: usize, size: u64) -> Result<(), Trouble> {
    let failed = |what: &dyn std::fmt::Display| {
        Trouble::failed(format_args!(
            "the upload of {size} bytes, file {file}: {what}"
        ))
    };
    let name = format!("f{file}");
    let stored = session.store(&name, &mut Reader(Giving::new(file, size)));
    stored.map_err(|error| failed(&error))?;
    match server.size(&name)? {
        there if there == size => Ok(()),
        there => Err(failed(&format_args!("{there} bytes are there"))),
    }
}

fn retrieve(session: &mut Session, file: usize, size: u64) -> Result<(), Trouble> {
    let failed = |what: &dyn std::fmt::Display| {
        Trouble::failed(format_args!(
            "the download of {size} bytes, file {file}: {what}"
        ))
    };
    let mut sink = Writer(Comparing::new(file));
    let retrieved = session.retrieve(&format!("f{file}"), &mut sink);
    retrieved.map_err(|error| failed(&error))?;
    match sink.0.fault(size) {
        Some(fault) => Err(failed(&fault)),
        None => Ok(()),
    }
}

fn list(session: &mut Session, expected: &[(usize, u64)]) -> Result<(), Trouble> {
    let entries = session.list().map_err(Trouble::failed)?;
    let mut listed: Vec<_> = entries
        .iter()
        .map(|entry| (entry.name().to_vec(), entry.size()))
        .collect();
    listed.sort();
    let expected: Vec<_> = expected
        .iter()
        .map(|(file, size)| (format!("f{file}").into_bytes(), Some(*size)))
        .collect();
    match listed == expected {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!("listed is {listed:?}"))),
    }
}
