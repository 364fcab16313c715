//! The exit status of `ftp-cli` is 0 only when what was asked was done, whatever the server.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use ftp_tests::clients::ftp_cli;
use ftp_tests::peers::{Peer, Server};
use ftp_tests::process::Finished;
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::{Arguments, Trial};

type Scenario = fn(&Server) -> Result<(), Trouble>;

fn main() -> ExitCode {
    let scenarios: [(&str, Scenario); 9] = [
        (
            "a_missing_file_is_not_made_here",
            a_missing_file_is_not_made_here,
        ),
        (
            "a_missing_folder_cannot_be_listed",
            a_missing_folder_cannot_be_listed,
        ),
        (
            "an_upload_into_a_missing_folder_fails",
            an_upload_into_a_missing_folder_fails,
        ),
        ("a_file_is_named_by_its_url", a_file_is_named_by_its_url),
        ("an_empty_file_is_a_file", an_empty_file_is_a_file),
        (
            "a_download_replaces_a_longer_file",
            a_download_replaces_a_longer_file,
        ),
        (
            "an_upload_replaces_a_longer_file",
            an_upload_replaces_a_longer_file,
        ),
        (
            "nothing_to_resume_is_a_whole_download",
            nothing_to_resume_is_a_whole_download,
        ),
        (
            "append_writes_behind_what_is_there",
            append_writes_behind_what_is_there,
        ),
    ];
    let mut trials = Vec::new();
    for peer in Peer::ALL {
        for (name, scenario) in scenarios {
            trials.push(on(peer, name, scenario));
        }
    }
    // vsftpd's user is anonymous and has no password to be wrong.
    for peer in Peer::ALL.into_iter().filter(|&peer| peer != Peer::Vsftpd) {
        let name = "a_wrong_password_is_told";
        trials.push(on(peer, name, a_wrong_password_is_told));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn on(peer: Peer, name: &str, scenario: Scenario) -> Trial {
    trial(format!("{peer}::{name}"), move || {
        let server = peer.start(Family::V4)?;
        scenario(&server).map_err(|trouble| trouble.with(server.log()))
    })
}

fn a_missing_file_is_not_made_here(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    let finished = tool(
        server,
        ["get", &server.url("nowhere"), &local.to_string_lossy()],
    )?;
    fails(&finished, "550")?;
    require(!local.exists(), "a file for nothing", &finished)
}

fn a_missing_folder_cannot_be_listed(server: &Server) -> Result<(), Trouble> {
    fails(&tool(server, ["ls", &server.url("nowhere/")])?, "550")
}

fn an_upload_into_a_missing_folder_fails(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    fs::write(&local, b"content")?;
    let finished = tool(
        server,
        ["put", &local.to_string_lossy(), &server.url("nowhere/file")],
    )?;
    fails(&finished, "55")
}

fn a_wrong_password_is_told(server: &Server) -> Result<(), Trouble> {
    let url = server.url("").replacen(&server.password, "wrong", 1);
    fails(&tool(server, ["ls", &url])?, "530")
}

fn a_file_is_named_by_its_url(server: &Server) -> Result<(), Trouble> {
    server.place("file", b"content")?;
    let finished = tool(server, ["get", &server.url("file")])?;
    succeeds(&finished)?;
    let found = fs::read(server.client_folder().join("file"))?;
    require(found == b"content", "other content", &finished)
}

fn an_empty_file_is_a_file(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    fs::write(&local, b"")?;
    let up = tool(
        server,
        ["put", &local.to_string_lossy(), &server.url("empty")],
    )?;
    succeeds(&up)?;
    require(
        server.content("empty")?.is_empty(),
        "content from nowhere",
        &up,
    )?;
    fs::remove_file(&local)?;
    let down = tool(
        server,
        ["get", &server.url("empty"), &local.to_string_lossy()],
    )?;
    succeeds(&down)?;
    require(fs::read(&local)?.is_empty(), "content from nowhere", &down)
}

fn a_download_replaces_a_longer_file(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    server.place("file", b"short")?;
    fs::write(&local, b"something longer")?;
    let finished = tool(
        server,
        ["get", &server.url("file"), &local.to_string_lossy()],
    )?;
    succeeds(&finished)?;
    require(fs::read(&local)? == b"short", "other content", &finished)
}

fn an_upload_replaces_a_longer_file(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    server.place("file", b"something longer")?;
    fs::write(&local, b"short")?;
    let finished = tool(
        server,
        ["put", &local.to_string_lossy(), &server.url("file")],
    )?;
    succeeds(&finished)?;
    require(
        server.content("file")? == b"short",
        "other content",
        &finished,
    )
}

fn nothing_to_resume_is_a_whole_download(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    server.place("file", b"content")?;
    let finished = tool(
        server,
        [
            "get",
            &server.url("file"),
            &local.to_string_lossy(),
            "--resume",
        ],
    )?;
    succeeds(&finished)?;
    require(fs::read(&local)? == b"content", "other content", &finished)
}

fn append_writes_behind_what_is_there(server: &Server) -> Result<(), Trouble> {
    let local = local(server);
    server.place("file", b"there, ")?;
    fs::write(&local, b"here")?;
    let finished = tool(
        server,
        [
            "put",
            &local.to_string_lossy(),
            &server.url("file"),
            "--append",
        ],
    )?;
    succeeds(&finished)?;
    require(
        server.content("file")? == b"there, here",
        "other content",
        &finished,
    )
}

fn tool<const N: usize>(server: &Server, arguments: [&str; N]) -> Result<Finished, Trouble> {
    ftp_cli::run(arguments, &server.client_folder())
}

fn local(server: &Server) -> PathBuf {
    server.client_folder().join("local")
}

fn succeeds(finished: &Finished) -> Result<(), Trouble> {
    require(finished.status.success(), "not exit status 0", finished)
}

/// Not done, and the server's reason is told.
fn fails(finished: &Finished, code: &str) -> Result<(), Trouble> {
    require(
        finished.status.code().is_some_and(|code| code != 0),
        "exit status 0",
        finished,
    )?;
    require(
        finished.stderr_text().contains(code),
        "the reply is not told",
        finished,
    )
}

fn require(holds: bool, otherwise: &str, finished: &Finished) -> Result<(), Trouble> {
    match holds {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!("{otherwise}\n{finished}"))),
    }
}
