//! What cargo builds for tests to run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Trouble;
use crate::process::Running;

/// Builds what the arguments say, as the work tree holds it now and in the profile of this
/// program, and gives the folder of that profile.
///
/// cargo names a binary for the tests of its own package only, and what other packages have may
/// be older than the code under test, so cargo is always asked: with nothing to build it answers
/// at once.
///
/// # Errors
/// What cargo said, when it cannot be built.
pub(crate) fn build(arguments: &[&str]) -> Result<PathBuf, String> {
    // This program is TARGET/PROFILE/deps/NAME or TARGET/PROFILE/NAME, where PROFILE is `debug`
    // for the profile `dev`.
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut folder = program.parent().unwrap_or(Path::new("/"));
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo
        .args(["build", "--quiet", "--locked", "--profile", profile])
        .args(arguments)
        .arg("--target-dir")
        .arg(folder.parent().unwrap_or(folder))
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let said = |trouble: Trouble| format!("{trouble:?}");
    let log = tempfile::tempdir().map_err(|error| error.to_string())?;
    let built = Running::start(cargo, "cargo", log.path())
        .and_then(|running| running.finish(LONGEST_BUILD))
        .map_err(said)?;
    match built.status.success() {
        true => Ok(folder.to_owned()),
        false => Err(built.to_string()),
    }
}

/// Another cargo may hold the target folder for as long as it builds.
const LONGEST_BUILD: Duration = Duration::from_secs(600);
