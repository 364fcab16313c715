//! Where our own tool is.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::process::Running;
use crate::{Trouble, cargo};

/// The path of `ftp-cli`, built from what the work tree holds now, once for each test program.
/// `FTP_CLI` names a binary to be tested instead.
///
/// # Errors
/// `Failed`, with what cargo said, when it cannot be built.
pub(crate) fn program() -> Result<&'static Path, Trouble> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref().map_err(Trouble::failed)
}

/// The address that the server says it listens on.
pub(crate) fn listening(process: &Running) -> io::Result<Option<SocketAddr>> {
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

fn build() -> Result<PathBuf, String> {
    if let Some(given) = std::env::var_os("FTP_CLI") {
        return Ok(given.into());
    }
    let program = cargo::build(&["--package", "ftp-cli"])?.join("ftp-cli");
    match program.is_file() {
        true => Ok(program),
        false => Err(format!("{} was not built", program.display())),
    }
}
