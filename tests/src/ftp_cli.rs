//! Where our own tool is.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::Trouble;
use crate::process::Running;

/// The path of `ftp-cli`, built from what the work tree holds now, once for each test program.
///
/// cargo names a binary for the tests of its own package only, and `cargo test` builds the
/// binaries of other packages only by accident. One that lies about may be older than the code
/// under test, so cargo is always asked: with nothing to build it answers at once. `FTP_CLI`
/// names a binary to be tested instead.
///
/// # Errors
/// `Failed`, with what cargo said, when it cannot be built.
pub(crate) fn program() -> Result<&'static Path, Trouble> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build).as_deref().map_err(Trouble::failed)
}

fn build() -> Result<PathBuf, String> {
    if let Some(given) = std::env::var_os("FTP_CLI") {
        return Ok(given.into());
    }
    // This program is TARGET/PROFILE/deps/NAME, where PROFILE is `debug` for the profile `dev`.
    let test = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = test
        .ancestors()
        .find(|folder| folder.ends_with("deps"))
        .and_then(Path::parent)
        .ok_or_else(|| format!("{} is in no target folder", test.display()))?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "ftp-cli",
            "--profile",
            profile,
        ])
        .arg("--target-dir")
        .arg(folder.parent().unwrap_or(folder))
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let said = |trouble: Trouble| format!("{trouble:?}");
    let log = tempfile::tempdir().map_err(|error| error.to_string())?;
    let built = Running::start(cargo, "cargo", log.path())
        .and_then(|running| running.finish(LONGEST_BUILD))
        .map_err(said)?;
    let program = folder.join("ftp-cli");
    match built.status.success() && program.is_file() {
        true => Ok(program),
        false => Err(built.to_string()),
    }
}

/// Another cargo may hold the target folder for as long as it builds.
const LONGEST_BUILD: Duration = Duration::from_secs(600);
