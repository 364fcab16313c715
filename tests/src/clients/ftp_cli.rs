//! Our own client: `ftp-cli get`, `put` and `ls`.

use std::process::Command;

use super::{Errand, Operation};
use crate::{Trouble, ftp_cli};

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    let server = errand.server;
    let user = server.user.replace('@', "%40");
    let password = server.password.replace('@', "%40");
    let url = errand
        .url()
        .replacen("://", &format!("://{user}:{password}@"), 1);
    let mut command = Command::new(ftp_cli::program()?);
    command.arg("-v");
    match errand.operation {
        Operation::Get => command.arg("get").arg(url).arg(errand.local),
        Operation::ResumeGet => command
            .arg("get")
            .arg(url)
            .arg(errand.local)
            .arg("--resume"),
        Operation::Put => command.arg("put").arg(errand.local).arg(url),
        Operation::ResumePut => command
            .arg("put")
            .arg(errand.local)
            .arg(url)
            .arg("--resume"),
        Operation::List => command.arg("ls").arg(url).arg("--json"),
    };
    command.arg(format!("--{}", errand.mode));
    Ok(command)
}
