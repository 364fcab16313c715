//! curl: EPSV by default, EPRT and PORT with `--ftp-port`.

use std::process::Command;

use super::{Errand, Mode, Operation};
use crate::{Trouble, programs};

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::find("curl")?);
    command.args([
        "--disable",
        "--silent",
        "--show-error",
        "--verbose",
        "--globoff",
    ]);
    match errand.mode {
        Mode::Passive => {}
        Mode::Active => {
            command.args(["--ftp-port", "-"]);
        }
        Mode::Auto => return Err(Trouble::failed("curl has no automatic mode")),
    }
    match errand.operation {
        Operation::Get => command.arg("--output").arg(errand.local),
        Operation::ResumeGet => command
            .args(["--continue-at", "-", "--output"])
            .arg(errand.local),
        Operation::Put => command.arg("--upload-file").arg(errand.local),
        Operation::ResumePut => command
            .args(["--continue-at", "-", "--upload-file"])
            .arg(errand.local),
        Operation::List => &mut command,
    };
    command.arg(errand.url());
    Ok(command)
}
