//! Every client that we meet against our server, and our clients against every server that we meet.
//!
//! A row is a client, a server, a mode, an address family and an operation; each starts a server of
//! its own. Three things are asserted of every row: the client says that all went well, the bytes
//! are right, and the data connection was opened the way that the row says.

use std::fs;
use std::process::ExitCode;

use ftp_tests::clients::{Client, Errand, Mode, Operation};
use ftp_tests::peers::{Peer, Server};
use ftp_tests::process::Finished;
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let strangers = [Client::Curl, Client::Ftplib, Client::Lftp];
    let servers = [Peer::ProFtpd, Peer::PureFtpd, Peer::Pyftpdlib, Peer::Vsftpd];
    let both = [Mode::Passive, Mode::Active];
    let all = [Mode::Passive, Mode::Active, Mode::Auto];
    let mut rows = Vec::new();
    for client in strangers {
        table(&mut rows, client, Peer::FtpCli, &both, &Operation::ALL);
    }
    let ours = [Client::FtpCli, Client::Tokio];
    for client in ours {
        for server in servers.into_iter().chain([Peer::FtpCli]) {
            table(&mut rows, client, server, &all, &Operation::ALL);
        }
    }
    let passive = [Mode::Passive, Mode::Auto];
    // It has no SIZE, so nothing tells where an upload would go on.
    let known = Operation::ALL
        .into_iter()
        .filter(|&it| it != Operation::ResumePut);
    let known: Vec<_> = known.collect();
    for client in ours {
        table(&mut rows, client, Peer::Aioftp, &passive, &known);
    }
    // None of ours in it: when such a row fails, it is the harness or the machine.
    table(
        &mut rows,
        Client::Curl,
        Peer::Aioftp,
        &[Mode::Passive],
        &[Operation::Get],
    );
    for server in servers {
        table(&mut rows, Client::Curl, server, &both, &[Operation::Get]);
    }
    libtest_mimic::run(&Arguments::from_args(), rows).exit_code()
}

fn table(
    rows: &mut Vec<Trial>,
    client: Client,
    server: Peer,
    modes: &[Mode],
    operations: &[Operation],
) {
    for &mode in modes {
        for family in Family::ALL {
            for &operation in operations {
                let name = format!("{client}::{server}::{mode}::{family}::{operation}");
                rows.push(trial(name, move || {
                    row(client, server, mode, family, operation)
                }));
            }
        }
    }
}

fn row(
    client: Client,
    server: Peer,
    mode: Mode,
    family: Family,
    operation: Operation,
) -> Result<(), Trouble> {
    let server = server.start(family)?;
    let local = server.client_folder().join(FILE);
    let errand = Errand {
        server: &server,
        mode,
        operation,
        remote: FILE,
        local: &local,
    };
    let content = content();
    // The part that a resumed transfer finds differs from the file, so that a transfer which
    // started over shows.
    let part = vec![b'#'; content.len() / 3];
    match operation {
        Operation::Get => server.place(FILE, &content)?,
        Operation::ResumeGet => {
            server.place(FILE, &content)?;
            fs::write(&local, &part)?;
        }
        Operation::Put => fs::write(&local, &content)?,
        Operation::ResumePut => {
            server.place(FILE, &part)?;
            fs::write(&local, &content)?;
        }
        Operation::List => {
            server.place(FILE, &content)?;
            server.place(OTHER, b"")?;
        }
    }

    let finished = client.run(&errand)?;
    let resumed = [&part[..], &content[part.len()..]].concat();
    let checked = ended_well(&finished)
        .and_then(|()| opened_as(mode, &client.verbs(&finished)))
        .and_then(|()| match operation {
            Operation::Get => same(&fs::read(&local)?, &content),
            Operation::ResumeGet => same(&fs::read(&local)?, &resumed),
            Operation::Put => same(&server.content(FILE)?, &content),
            Operation::ResumePut => same(&server.content(FILE)?, &resumed),
            Operation::List => names(&finished, &content),
        });
    checked.map_err(|trouble| trouble.with(&finished).with(server_said(&server)))
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

/// The data connection was asked for the way that the row says, and no other way.
fn opened_as(mode: Mode, verbs: &[String]) -> Result<(), Trouble> {
    let sent = |wanted: [&str; 2]| verbs.iter().any(|verb| wanted.contains(&verb.as_str()));
    let (passive, active) = (sent(["EPSV", "PASV"]), sent(["EPRT", "PORT"]));
    match mode {
        Mode::Passive | Mode::Auto if passive && !active => Ok(()),
        Mode::Active if active && !passive => Ok(()),
        _ => Err(Trouble::failed(format_args!(
            "not {mode}, by the commands {verbs:?}"
        ))),
    }
}

fn same(found: &[u8], expected: &[u8]) -> Result<(), Trouble> {
    if found == expected {
        return Ok(());
    }
    let at = found
        .iter()
        .zip(expected)
        .take_while(|(one, other)| one == other)
        .count();
    Err(Trouble::failed(format_args!(
        "{} bytes instead of {}, the first {at} right",
        found.len(),
        expected.len()
    )))
}

/// Both files are listed, with the size of the one that has any.
fn names(finished: &Finished, content: &[u8]) -> Result<(), Trouble> {
    let listing = finished.stdout_text();
    let size = content.len().to_string();
    for wanted in [FILE, OTHER, &size] {
        if !listing.contains(wanted) {
            return Err(Trouble::failed(format_args!("{wanted} is not listed")));
        }
    }
    Ok(())
}

fn server_said(server: &Server) -> String {
    format!("--- server:\n{}", server.log())
}

/// 300 KiB and a bit that look random and hold every byte, so that a conversion of line ends or
/// a lost segment shows.
fn content() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(300 * 1024 + 7);
    while bytes.len() < bytes.capacity() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.push(state.to_be_bytes()[0]);
    }
    bytes.extend_from_slice(b"\r\n\n\r\xFF\xF4\0");
    bytes
}

const FILE: &str = "한글 이름.bin";
const OTHER: &str = "empty-file";
