//! The examples that drive sessions, against real servers: every compiler, both ways of linking,
//! sanitizers and valgrind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ftp_tests::library::{self, COMPILERS, Linking};
use ftp_tests::peers::Peer;
use ftp_tests::process::Running;
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::Trial;

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Nothing,
    Sanitizers,
    Valgrind,
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for peer in [Peer::FtpCli, Peer::Vsftpd, Peer::ProFtpd] {
        // In a plain run one of each: what every machine has.
        trials.push(trial(format!("libuv_client::{peer}"), move || {
            visit(
                "libuv_client",
                COMPILERS[0],
                Linking::Shared,
                Under::Nothing,
                peer,
            )
        }));
        for compiler in COMPILERS {
            for linking in Linking::ALL {
                for under in [Under::Nothing, Under::Sanitizers, Under::Valgrind] {
                    let name = format!("epoll_client::{peer}::{compiler}::{linking}::{under:?}");
                    trials.push(trial(name, move || {
                        if (compiler, linking, under)
                            != (COMPILERS[0], Linking::Static, Under::Nothing)
                        {
                            only_in_full()?;
                        }
                        visit("epoll_client", compiler, linking, under, peer)
                    }));
                }
            }
        }
    }
    trials
}

fn only_in_full() -> Result<(), Trouble> {
    match std::env::var("FTP_FULL") {
        Ok(value) if value == "1" => Ok(()),
        _ => Err(Trouble::missing("FTP_FULL=1, which allows what takes long")),
    }
}

/// An upload and a download in each mode that the program has; the contents are compared.
fn visit(
    name: &str,
    compiler: &str,
    linking: Linking,
    under: Under,
    peer: Peer,
) -> Result<(), Trouble> {
    let mut options: Vec<&str> = match under {
        Under::Sanitizers => vec!["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
        _ => Vec::new(),
    };
    let is_uv = name == "libuv_client";
    if is_uv {
        if !Path::new("/usr/include/uv.h").is_file() {
            return Err(Trouble::missing("libuv1-dev is not installed"));
        }
        options.push("-luv");
    }
    let program = library::example_with(name, compiler, linking, &options)?;
    let server = peer.start(Family::V4)?;
    let folder = server.client_folder();
    let content: Vec<u8> = (0..60_000_u32)
        .flat_map(|number| number.wrapping_mul(0x9E37_79B9).to_be_bytes())
        .collect();
    let (up, down) = (folder.join("up"), folder.join("down"));
    fs::write(&up, &content)?;
    server.place("file", &content)?;
    let modes: &[&str] = if is_uv {
        &["passive"]
    } else {
        &["passive", "active"]
    };
    for mode in modes {
        for (verb, local) in [("put", &up), ("get", &down)] {
            if is_uv && verb == "put" {
                continue;
            }
            let port = server.address.port().to_string();
            let mut command = command(&program, under)?;
            command.args(["client", "127.0.0.1", &port, &server.user, &server.password]);
            command.args([mode, verb, "files/file"]).arg(local);
            let finished = Running::start(command, name, &folder)?.finish(DEADLINE)?;
            if !finished.status.success() {
                let failed = Trouble::failed(format_args!("{mode} {verb}: {finished}"));
                return Err(failed.with(server.log()));
            }
        }
        if server.content("file")? != content || fs::read(&down)? != content {
            return Err(Trouble::failed("other bytes came than were sent"));
        }
        fs::remove_file(&down)?;
    }
    Ok(())
}

fn command(program: &PathBuf, under: Under) -> Result<Command, Trouble> {
    if under != Under::Valgrind {
        return Ok(Command::new(program));
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full"]);
    valgrind.args(["--show-leak-kinds=all", "--errors-for-leak-kinds=all"]);
    valgrind.arg(program);
    let is_there = Command::new("valgrind").arg("--version").output().is_ok();
    match is_there {
        true => Ok(valgrind),
        false => Err(Trouble::missing("valgrind is not installed")),
    }
}

const DEADLINE: Duration = Duration::from_secs(120);
