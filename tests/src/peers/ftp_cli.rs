//! Our own server: `ftp-cli serve`.

use std::io;
use std::net::SocketAddr;
use std::process::Command;

use super::{PASSWORD, Site, USER};
use crate::process::Running;
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
    Ok(command)
}

/// The address that the server says it listens on.
pub(super) fn listening(process: &Running) -> io::Result<Option<SocketAddr>> {
    let said = process.stdout()?;
    let said = String::from_utf8_lossy(&said);
    // A line without its end may hold half a number.
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole
        .lines()
        .find_map(|line| line.strip_prefix("listening on "))
        .map(|address| {
            address
                .trim()
                .parse()
                .map_err(|error| io::Error::other(format!("{address}: {error}")))
        })
        .transpose()
}
