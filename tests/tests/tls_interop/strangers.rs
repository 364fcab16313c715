//! Clients of others against our server.

use std::fs;

use ftp_tests::clients::Mode;
use ftp_tests::clients::series::{Newest, Program, Series};
use ftp_tests::peers::{Peer, Proof, Server};
use ftp_tests::process::Finished;
use ftp_tests::{Trouble, trial};
use libtest_mimic::Trial;

use crate::Report;
use crate::content::whole;

pub(crate) fn rows(report: &Report) -> Vec<Trial> {
    let mut rows = Vec::new();
    let both = [Mode::Passive, Mode::Active];
    for (client, modes, versions) in [
        (Program::Curl, &both[..1], &VERSIONS[..]),
        (Program::Lftp, &both[..], &VERSIONS[..]),
        (Program::Ftplib, &both[..], &VERSIONS[1..]),
        (Program::CommonsNet, &both[..], &VERSIONS[1..]),
    ] {
        for &mode in modes {
            for &newest in versions {
                for proof in [Proof::Prefer, Proof::Require] {
                    if (newest, proof) == (Newest::Tls12, Proof::Prefer) {
                        // What passes where proof is required shows as much.
                        continue;
                    }
                    let row = Row {
                        client,
                        mode,
                        newest,
                        proof,
                    };
                    let is_refused = proof == Proof::Require && row.never_resumes();
                    let what = match is_refused {
                        true => "is_told_why_and_goes_on",
                        false => "thirty_in_a_row",
                    };
                    let name = format!("{client}::{proof}::{mode}::{newest}::{what}");
                    let report = report.clone();
                    rows.push(trial(name.clone(), move || match is_refused {
                        true => row.refused(),
                        false => row.thirty(&name, &report),
                    }));
                }
            }
        }
    }
    rows
}

#[derive(Clone, Copy)]
struct Row {
    client: Program,
    mode: Mode,
    newest: Newest,
    proof: Proof,
}

const VERSIONS: [Newest; 2] = [Newest::Tls12, Newest::Tls13];

impl Row {
    /// Fifteen files, each of them up and down, over one control connection.
    fn thirty(self, name: &str, report: &Report) -> Result<(), Trouble> {
        let server = Peer::FtpCli.start_under_tls(self.proof)?;
        let local = server.client_folder();
        for file in 0..FILES {
            fs::write(local.join(format!("up{file}")), whole(file, size(file)))?;
        }
        let finished = self.client.run(&self.series(&server))?;
        let check = || {
            ended_well(&finished)?;
            for file in 0..FILES {
                let expected = whole(file, size(file));
                let there = server.content(&format!("f{file}"))?;
                same(&format!("upload {file}"), &there, &expected)?;
                let here = fs::read(local.join(format!("down{file}")))?;
                same(&format!("download {file}"), &here, &expected)?;
            }
            let seen = Seen::of(&server)?;
            report.add(format!(
                "{name}: {} transfers, {} handshakes resumed, {} not",
                2 * FILES,
                seen.proven,
                seen.unproven
            ));
            seen.check(self)
        };
        check().map_err(|trouble| context(trouble, &finished, &server))
    }

    /// One that never resumes, where that is required.
    fn refused(self) -> Result<(), Trouble> {
        let server = Peer::FtpCli.start_under_tls(self.proof)?;
        let local = server.client_folder();
        fs::write(local.join("up0"), whole(0, 1024))?;
        server.place("there", b"not for you")?;
        let finished = self.client.run_refused(&self.series(&server))?;
        let check = || {
            ended_well(&finished)?;
            let said = finished.stdout_text();
            // Once for the upload and once for the download, each with a session that goes on.
            for (wanted, least) in [
                ("522 The data connection must resume", 2),
                ("lives, in /files", 2),
            ] {
                let found = said.matches(wanted).count();
                if found < least {
                    return Err(Trouble::failed(format_args!("{wanted:?} {found} times")));
                }
            }
            match server.size("f0") {
                Ok(size) if size > 0 => Err(Trouble::failed("a refused upload left something")),
                _ => Ok(()),
            }
        };
        check().map_err(|trouble| context(trouble, &finished, &server))
    }

    fn series(self, server: &Server) -> Series<'_> {
        Series {
            server,
            mode: self.mode,
            newest: self.newest,
            files: FILES,
        }
    }

    fn never_resumes(self) -> bool {
        matches!(self.client, Program::Ftplib | Program::CommonsNet)
    }
}

/// What the server says of handshakes.
#[derive(Debug)]
struct Seen {
    sessions: usize,
    proven: usize,
    unproven: usize,
}

impl Seen {
    fn of(server: &Server) -> Result<Self, Trouble> {
        let log = server.stderr()?;
        let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
        Ok(Self {
            sessions: count("the control connection is under TLS"),
            proven: count("the data connection is under TLS"),
            unproven: count("whose it is, is not proven"),
        })
    }

    fn check(&self, row: Row) -> Result<(), Trouble> {
        let all = 2 * FILES;
        let holds = match row.client {
            _ if row.never_resumes() => self.unproven == all && self.proven == 0,
            _ if row.proof == Proof::Require => self.proven == all && self.unproven == 0,
            _ => self.proven + self.unproven == all,
        };
        match holds && self.sessions == 1 {
            true => Ok(()),
            false => Err(Trouble::failed(format_args!("{self:?}"))),
        }
    }
}

fn ended_well(finished: &Finished) -> Result<(), Trouble> {
    match finished.status.success() {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "the client ended with {}",
            finished.status
        ))),
    }
}

fn same(what: &str, found: &[u8], expected: &[u8]) -> Result<(), Trouble> {
    match found == expected {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "{what}: {} bytes, not the {} expected, or others",
            found.len(),
            expected.len()
        ))),
    }
}

fn context(trouble: Trouble, finished: &Finished, server: &Server) -> Trouble {
    trouble
        .with(finished)
        .with(format_args!("--- server:\n{}", server.log()))
}

const FILES: usize = 15;

/// Nothing, a little, what fills several records, and what fills no buffer's half.
fn size(file: usize) -> u64 {
    [0, 1024, 300_000, 1][file % 4]
}
