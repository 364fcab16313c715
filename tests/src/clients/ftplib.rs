//! Python's ftplib, driven by `tests/clients/ftplib_errand.py`.

use std::process::Command;

use super::{Errand, Mode};
use crate::{Trouble, programs};

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    if errand.mode == Mode::Auto {
        return Err(Trouble::failed("ftplib has no automatic mode"));
    }
    let server = errand.server;
    let mut command = Command::new(programs::python("ftplib")?);
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
