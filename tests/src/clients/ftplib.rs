//! Python's ftplib, driven by `tests/clients/ftplib_errand.py`.

use std::process::{Command, Stdio};

use super::{Errand, Mode};
use crate::{Trouble, programs};

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    if errand.mode == Mode::Auto {
        return Err(Trouble::failed("ftplib has no automatic mode"));
    }
    let server = errand.server;
    let mut command = Command::new(python()?);
    command
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/clients/ftplib_errand.py"
        ))
        .arg(server.address.ip().to_string())
        .arg(server.address.port().to_string())
        .args([&server.user, &server.password])
        .args([errand.mode.to_string(), errand.operation.to_string()])
        .arg(errand.remote)
        .arg(errand.local);
    Ok(command)
}

/// A Python that this user may run and that has ftplib: the first in the search path can be a
/// launcher in somebody's home.
fn python() -> Result<std::path::PathBuf, Trouble> {
    let works = |program: &std::path::PathBuf| {
        Command::new(program)
            .args(["-I", "-c", "import ftplib"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    programs::candidates("python3")
        .find(works)
        .ok_or_else(|| Trouble::missing("no python3 with ftplib is installed"))
}
