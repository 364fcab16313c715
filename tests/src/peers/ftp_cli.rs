//! Our own server: `ftp-cli serve`.

use std::net::SocketAddr;
use std::process::Command;

use super::{PASSWORD, Site, USER};
use crate::{Trouble, ftp_cli};

pub(super) fn command(site: &Site) -> Result<Command, Trouble> {
    let passive = site.ports.passive();
    let mut command = super::command(ftp_cli::program()?);
    command
        .args(["-v", "serve"])
        .arg(site.root())
        .arg("--listen")
        .arg(SocketAddr::new(site.family.loopback(), 0).to_string())
        .arg("--user")
        .arg(format!("{USER}:{PASSWORD}:rw"))
        .arg("--passive-ports")
        .arg(format!("{}-{}", passive.start(), passive.end()));
    if let Some(tls) = &site.tls {
        command
            .args(["--require-tls", "both", "--data-proof"])
            .arg(tls.proof.to_string())
            .arg("--tls-cert")
            .arg(&tls.certificate)
            .arg("--tls-key")
            .arg(&tls.key);
    }
    Ok(command)
}
