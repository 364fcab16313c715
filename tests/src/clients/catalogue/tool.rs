//! Programs with a command line.

use std::fs;
use std::process::Command;

use super::{Task, Visit};
use crate::{Trouble, ftp_cli, programs};

pub(super) fn version(program: &str) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::find(program)?);
    command.arg("--version");
    Ok(command)
}

pub(super) fn curl(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::find("curl")?);
    command.args([
        "--disable",
        "--silent",
        "--show-error",
        "--verbose",
        "--globoff",
    ]);
    match visit.task {
        Task::Get => command.arg("--output").arg(visit.local),
        Task::Put => command.arg("--upload-file").arg(visit.local),
        Task::List => &mut command,
    };
    command.arg(visit.url());
    Ok(command)
}

/// It tries twenty times by default, with pauses: twice says as much about ways.
pub(super) fn wget(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::find("wget")?);
    command.args(["--no-config", "--tries=2", "--server-response"]);
    match visit.task {
        Task::List => command.arg("--output-document=-"),
        _ => command.arg("--output-document").arg(visit.local),
    };
    command.arg(visit.url());
    Ok(command)
}

pub(super) fn wget2(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::find("wget2")?);
    command.args(["--no-config", "--tries=2", "--output-document"]);
    command.arg(visit.local).arg(visit.url());
    Ok(command)
}

pub(super) fn aria2(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let file = visit.local.file_name().unwrap_or_default();
    let folder = visit.local.parent().unwrap_or(visit.folder);
    let mut command = Command::new(programs::find("aria2c")?);
    command
        .args(["--no-conf", "--max-tries=2", "--dir"])
        .arg(folder)
        .arg("--out")
        .arg(file)
        .arg(visit.url());
    Ok(command)
}

/// It tries a thousand times by default, with pauses of half a minute.
pub(super) fn lftp(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let (remote, local) = (visit.remote, visit.local.display());
    let action = match visit.task {
        Task::Get => format!("get \"{remote}\" -o \"{local}\""),
        Task::Put => format!("put \"{local}\" -o \"{remote}\""),
        Task::List if remote.is_empty() => "ls".to_owned(),
        Task::List => format!("ls \"{remote}\""),
    };
    let script = format!(
        "debug 5; set cmd:fail-exit yes; set net:max-retries 4; \
         set net:reconnect-interval-base 1; set net:reconnect-interval-multiplier 1; \
         open -u \"{},{}\" ftp://{}/; {action}",
        visit.user, visit.password, visit.server,
    );
    let mut command = Command::new(programs::find("lftp")?);
    command.args(["--norc", "-c", &script]);
    Ok(command)
}

/// Three programs. They try three times by default, with pauses of twenty seconds.
pub(super) fn ncftp(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let program = match visit.task {
        Task::Get => "ncftpget",
        Task::Put => "ncftpput",
        Task::List => "ncftpls",
    };
    let mut command = Command::new(programs::find(program)?);
    command.args(["-d", "stderr", "-r", "1"]).args([
        "-u",
        visit.user,
        "-p",
        visit.password,
        "-P",
        &visit.port(),
    ]);
    let host = visit.host();
    match visit.task {
        Task::Get => command.args(["-C", &host, visit.remote]).arg(visit.local),
        Task::Put => command
            .args(["-C", &host])
            .arg(visit.local)
            .arg(visit.remote),
        Task::List => command.arg(format!("ftp://{host}/{}", visit.remote)),
    };
    Ok(command)
}

pub(super) fn tnftp(visit: &Visit<'_>) -> Result<Command, Trouble> {
    typed("tnftp", &["-d", "-n", "-v"], visit)
}

pub(super) fn tnftp_version() -> Result<Command, Trouble> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg("echo version | exec \"$0\" -n");
    command.arg(programs::find("tnftp")?);
    Ok(command)
}

pub(super) fn inetutils(visit: &Visit<'_>) -> Result<Command, Trouble> {
    typed("inetutils-ftp", &["-n", "-v"], visit)
}

/// A program that is told what to do line by line, as on a terminal.
fn typed(program: &str, options: &[&str], visit: &Visit<'_>) -> Result<Command, Trouble> {
    let (remote, local) = (visit.remote, visit.local.display());
    let action = match visit.task {
        Task::Get => format!("get {remote} {local}"),
        Task::Put => format!("put {local} {remote}"),
        Task::List => format!("ls {remote}"),
    };
    let script = visit.folder.join("typed");
    fs::write(
        &script,
        format!(
            "user {} {}\nbinary\n{action}\nquit\n",
            visit.user, visit.password
        ),
    )?;
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg("script=$1; shift; exec \"$@\" <\"$script\"")
        .arg("sh")
        .arg(script)
        .arg(programs::find(program)?)
        .args(options)
        .args([visit.host(), visit.port()]);
    Ok(command)
}

pub(super) fn ours(visit: &Visit<'_>) -> Result<Command, Trouble> {
    let mut command = Command::new(ftp_cli::program()?);
    command.arg("-v");
    let url = visit.url();
    match visit.task {
        Task::Get => command.arg("get").arg(url).arg(visit.local),
        Task::Put => command.arg("put").arg(visit.local).arg(url),
        Task::List => command.arg("ls").arg(url),
    };
    Ok(command)
}

pub(super) fn our_version() -> Result<Command, Trouble> {
    let mut command = Command::new(ftp_cli::program()?);
    command.arg("--version");
    Ok(command)
}
