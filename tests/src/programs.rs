//! Where the programs are that tests run.

use std::path::{Path, PathBuf};

use crate::Trouble;

/// Finds a program among the unpacked packages (`FTP_PEERS`, or `target/peers` of the workspace),
/// then in the search path, then where servers live.
///
/// # Errors
/// `Missing` when there is none.
pub(crate) fn find(name: &str) -> Result<PathBuf, Trouble> {
    candidates(name)
        .next()
        .ok_or_else(|| Trouble::missing(format_args!("{name} is not installed")))
}

/// Every place where the program is, best first.
pub(crate) fn candidates(name: &str) -> impl Iterator<Item = PathBuf> + '_ {
    let unpacked = std::env::var_os("FTP_PEERS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers"),
        PathBuf::from,
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    ["usr/sbin", "usr/bin"]
        .map(|place| unpacked.join(place))
        .into_iter()
        .chain(in_path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from))
        .map(move |folder| folder.join(name))
        .filter(|path| path.is_file())
}
