//! Our own client: `ftp-cli get`, `put` and `ls`.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::{Errand, Operation};
use crate::process::Finished;
use crate::{Trouble, ftp_cli};

/// Runs `ftp-cli` with any arguments in `folder` and waits for its end, whatever its exit status.
///
/// # Errors
/// `Failed` when it cannot be built or does not end in time.
pub fn run<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
    folder: &Path,
) -> Result<Finished, Trouble> {
    let mut command = Command::new(ftp_cli::program()?);
    command.args(arguments);
    super::run(command, "ftp-cli", folder)
}

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    let url = errand.url();
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
