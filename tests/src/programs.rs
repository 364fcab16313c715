//! Where the programs are that tests run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Trouble;

/// Finds a program among the unpacked packages, then in the search path, then where servers live.
///
/// # Errors
/// `Missing` when there is none.
pub(crate) fn find(name: &str) -> Result<PathBuf, Trouble> {
    candidates(name)
        .next()
        .ok_or_else(|| Trouble::missing(format_args!("{name} is not installed")))
}

/// Finds a Python that this user may run and that has a module, looked for among the unpacked
/// packages too: the first in the search path can be a launcher in somebody's home.
///
/// # Errors
/// `Missing` when there is none.
pub(crate) fn python(module: &str) -> Result<PathBuf, Trouble> {
    let works = |program: &PathBuf| {
        Command::new(program)
            .args(["-B", "-c", &format!("import {module}")])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("PYTHONPATH", unpacked().join("python"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    candidates("python3")
        .find(works)
        .ok_or_else(|| Trouble::missing(format_args!("no python3 with {module} is installed")))
}

/// Where packages are unpacked: `FTP_PEERS`, or `target/peers` of the workspace.
pub(crate) fn unpacked() -> PathBuf {
    std::env::var_os("FTP_PEERS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers"),
        PathBuf::from,
    )
}

/// Every place where the program is, best first.
fn candidates(name: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    ["usr/sbin", "usr/bin"]
        .map(|place| unpacked().join(place))
        .into_iter()
        .chain(in_path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from))
        .map(move |folder| folder.join(name))
        .filter(|path| path.is_file())
}
