//! The example drivers with strangers and with each other: an upload, a download of the same
//! file, both ways of opening the data connection, contents compared.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use ftp_tests::checklist::{Driver, PASSWORD, Patience, Side, USER};
use ftp_tests::drivers::{EXAMPLES, Example};
use ftp_tests::peers::Peer;
use ftp_tests::process::Running;
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = Vec::new();
    for example in EXAMPLES {
        for mode in ["passive", "active"] {
            if example.has(Side::Client) {
                for peer in [Peer::Vsftpd, Peer::FtpCli] {
                    let name = format!("{}::{peer}::{mode}", example.name);
                    trials.push(trial(name, move || against_server(example, peer, mode)));
                }
            }
            if example.has(Side::Server) {
                let name = format!("curl::{}::{mode}", example.name);
                trials.push(trial(name, move || from_curl(example, mode)));
                let name = format!("blocking_driver::{}::{mode}", example.name);
                trials.push(trial(name, move || from_ours(example, mode)));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn against_server(example: &Example, peer: Peer, mode: &str) -> Result<(), Trouble> {
    let driver = example.driver()?;
    let server = peer.start(Family::V4)?;
    let folder = server.client_folder();
    let (port, content) = (server.address.port().to_string(), content());
    let (up, down) = (folder.join("up"), folder.join("down"));
    fs::write(&up, &content)?;
    for (verb, local) in [("put", &up), ("get", &down)] {
        let local = local.to_string_lossy();
        let (user, password) = (server.user.as_str(), server.password.as_str());
        let errand = [
            "127.0.0.1",
            &port,
            user,
            password,
            mode,
            verb,
            REMOTE,
            &local,
        ];
        transfer(&driver, &errand, &folder).map_err(|trouble| trouble.with(server.log()))?;
    }
    same(&server.content("file")?, &content)?;
    same(&fs::read(down)?, &content)
}

fn from_ours(example: &Example, mode: &str) -> Result<(), Trouble> {
    let Some(ours) = EXAMPLES.iter().find(|it| it.name == "blocking_driver") else {
        return Err(Trouble::failed("no blocking driver"));
    };
    let client = ours.driver()?;
    with_server(example, |port, folder| {
        for (verb, local) in [("put", "up"), ("get", "down")] {
            let local = folder.join(local);
            let local = local.to_string_lossy();
            let errand = [
                "127.0.0.1",
                port,
                USER,
                PASSWORD,
                mode,
                verb,
                "file",
                &local,
            ];
            transfer(&client, &errand, folder)?;
        }
        Ok(())
    })
}

fn from_curl(example: &Example, mode: &str) -> Result<(), Trouble> {
    with_server(example, |port, folder| {
        for (option, local) in [("--upload-file", "up"), ("--output", "down")] {
            let mut curl = Command::new("curl");
            curl.args(["--disable", "--silent", "--show-error", "--max-time", "60"]);
            if mode == "active" {
                curl.args(["--ftp-port", "-"]);
            }
            curl.arg(option).arg(folder.join(local));
            curl.arg(format!("ftp://{USER}:{PASSWORD}@127.0.0.1:{port}/file"));
            curl.env_remove("ftp_proxy").env_remove("all_proxy");
            let finished = Running::start(curl, "curl", folder)
                .map_err(|_| Trouble::missing("curl is not installed"))?
                .finish(DEADLINE)?;
            if !finished.status.success() {
                return Err(Trouble::failed(format_args!("curl failed\n{finished}")));
            }
        }
        Ok(())
    })
}

/// A server with an empty folder, to which `visit` brings the file `up` and from which it fetches
/// it as `down`.
fn with_server(
    example: &Example,
    visit: impl FnOnce(&str, &Path) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let driver = example.driver()?;
    let (served, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (server, address) = driver.server(served.path(), Patience::Usual, folder.path())?;
    let content = content();
    fs::write(folder.path().join("up"), &content)?;
    visit(&address.port().to_string(), folder.path())
        .map_err(|trouble| trouble.with(server.output()))?;
    same(&fs::read(served.path().join("file"))?, &content)?;
    same(&fs::read(folder.path().join("down"))?, &content)
}

fn transfer(driver: &Driver, errand: &[&str], folder: &Path) -> Result<(), Trouble> {
    let client = driver.client(errand, Patience::Usual, folder)?;
    let finished = client.finish(DEADLINE)?;
    match finished.status.success() {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "the client failed\n{finished}"
        ))),
    }
}

fn same(found: &[u8], expected: &[u8]) -> Result<(), Trouble> {
    match found == expected {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "{} bytes, not the {} that were sent",
            found.len(),
            expected.len()
        ))),
    }
}

/// Every byte, and more than a buffer of them; no two places look alike.
fn content() -> Vec<u8> {
    let numbers = (0..100_000_u32).map(|number| number.wrapping_mul(0x9E37_79B9));
    numbers.flat_map(u32::to_be_bytes).collect()
}

const REMOTE: &str = "files/file";
const DEADLINE: Duration = Duration::from_secs(60);
