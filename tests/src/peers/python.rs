//! pyftpdlib and aioftp, by scripts of ours in `tests/peers`.

use std::process::Command;

use super::{PASSWORD, Site, USER};
use crate::{Trouble, programs};

/// The server of a Python module.
pub(super) fn command(module: &str, site: &Site) -> Result<Command, Trouble> {
    let passive = site.ports.passive();
    let mut command = super::command(&programs::python(module)?);
    command
        .env("PYTHONPATH", programs::unpacked().join("python"))
        .arg("-B")
        .arg(format!(
            "{}/peers/{module}_server.py",
            env!("CARGO_MANIFEST_DIR")
        ))
        .arg(site.family.loopback().to_string())
        .arg(site.ports.control().to_string())
        .arg(passive.start().to_string())
        .arg(passive.end().to_string())
        .args([USER, PASSWORD])
        .arg(site.root());
    Ok(command)
}
