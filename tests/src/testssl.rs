//! testssl.sh, which looks at how a server does TLS.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process::Running;
use crate::{Trouble, programs};

/// One thing that it has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about, such as `TLS1_2` or `cert_revocation`.
    pub id: String,
    /// `OK`, `INFO`, `LOW`, `MEDIUM`, `HIGH`, `CRITICAL`, or `WARN` where it could not look.
    pub severity: String,
    /// In words.
    pub text: String,
}

/// Looks at the versions, ciphers, defaults and known weaknesses of an FTP server behind AUTH TLS.
///
/// # Errors
/// `Missing` where it is not installed; `Failed` with what it said when it gives no findings.
pub fn scan(server: SocketAddr, folder: &Path) -> Result<Vec<Finding>, Trouble> {
    let findings = folder.join("findings.json");
    let mut command = Command::new(programs::find("testssl")?);
    command
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("TERM", "dumb"), ("LC_ALL", "C")])
        .env("HOME", folder)
        .env("TMPDIR", folder)
        .current_dir(folder)
        .args(["--quiet", "--color", "0", "--warnings", "batch"])
        // Nothing is looked up or asked elsewhere.
        .args(["--nodns", "none"])
        .args(["--connect-timeout", "60", "--openssl-timeout", "60"])
        .args(["--starttls", "ftp"])
        .args(["--protocols", "--std", "--fs", "--server-preference"])
        .args(["--server-defaults", "--vulnerable"])
        .arg("--jsonfile")
        .arg(&findings)
        .arg(server.to_string());
    // How it ends counts what it has found; the findings themselves are looked at.
    let finished = Running::start(command, "testssl", folder)?.finish(HANGS)?;
    let read = std::fs::read(&findings)
        .ok()
        .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    let read = read.as_ref().and_then(serde_json::Value::as_array);
    let read = read.and_then(|all| all.iter().map(finding).collect::<Option<Vec<_>>>());
    read.ok_or_else(|| Trouble::failed(&finished))
}

fn finding(value: &serde_json::Value) -> Option<Finding> {
    let field = |name| Some(value.get(name)?.as_str()?.to_owned());
    Some(Finding {
        id: field("id")?,
        severity: field("severity")?,
        text: field("finding")?,
    })
}

/// For hangs alone: it takes half a minute on a machine that does nothing else.
const HANGS: Duration = Duration::from_secs(900);
