//! Libraries, each by a script in `tests/clients` that takes
//! `TASK HOST PORT USER PASSWORD REMOTE LOCAL`, or the task `version`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::Visit;
use crate::process::Running;
use crate::{Trouble, programs};

pub(super) fn with(mut script: Command, visit: &Visit<'_>) -> Command {
    script
        .arg(visit.task.to_string())
        .args([visit.host(), visit.port()])
        .args([visit.user, visit.password, visit.remote])
        .arg(visit.local);
    script
}

pub(super) fn version(mut script: Command) -> Command {
    script.arg("version");
    script
}

pub(super) fn python(module: &str) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::python(module)?);
    command
        .env("PYTHONPATH", programs::unpacked().join("python"))
        .arg("-B")
        .arg(source(&format!("{module}_defaults.py")));
    Ok(command)
}

pub(super) fn perl() -> Result<Command, Trouble> {
    interpreter("perl", "net_ftp_defaults.pl")
}

pub(super) fn tcllib() -> Result<Command, Trouble> {
    library("/usr/share/tcltk", "tcllib")?;
    interpreter("tclsh", "tcllib_defaults.tcl")
}

pub(super) fn php(name: &str) -> Result<Command, Trouble> {
    interpreter("php", &format!("{name}_defaults.php"))
}

pub(super) fn ruby() -> Result<Command, Trouble> {
    interpreter("ruby", "net_ftp_defaults.rb")
}

pub(super) fn basic_ftp() -> Result<Command, Trouble> {
    let modules = programs::unpacked().join("node/node_modules");
    library(&modules.to_string_lossy(), "basic-ftp")?;
    let mut command = interpreter("node", "basic_ftp_defaults.js")?;
    command.env("NODE_PATH", modules);
    Ok(command)
}

pub(super) fn commons_net() -> Result<Command, Trouble> {
    let library = library("/usr/share/java", "commons-net")?;
    let mut command = Command::new(programs::find("java")?);
    command
        .arg("-cp")
        .arg(library)
        .arg(source("CommonsNetDefaults.java"));
    Ok(command)
}

pub(super) fn url_connection() -> Result<Command, Trouble> {
    interpreter("java", "UrlConnectionDefaults.java")
}

pub(super) fn ftp_web_request() -> Result<Command, Trouble> {
    static COMPILED: OnceLock<Result<(TempDir, PathBuf), String>> = OnceLock::new();
    let (mono, compiler) = (programs::find("mono")?, programs::find("mcs")?);
    let compiled = COMPILED.get_or_init(|| compile(&compiler).map_err(|why| format!("{why:?}")));
    let (_, program) = compiled.as_ref().map_err(Trouble::failed)?;
    let mut command = Command::new(mono);
    command.arg(program);
    Ok(command)
}

fn compile(compiler: &Path) -> Result<(TempDir, PathBuf), Trouble> {
    let folder = tempfile::Builder::new().prefix("ftp-tests-").tempdir()?;
    let program = folder.path().join("client.exe");
    let mut command = Command::new(compiler);
    command
        .arg(format!("-out:{}", program.display()))
        .arg(source("FtpWebRequestDefaults.cs"));
    let compiled = Running::start(command, "mcs", folder.path())?.finish(LONGEST)?;
    match compiled.status.success() {
        true => Ok((folder, program)),
        false => Err(Trouble::failed(compiled)),
    }
}

fn interpreter(program: &str, script: &str) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::find(program)?);
    command.arg(source(script));
    Ok(command)
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(name)
}

/// What lies in a folder under a name that begins so.
fn library(folder: &str, name: &str) -> Result<PathBuf, Trouble> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .find(|path| {
            let found = path.file_name().map(|found| found.to_string_lossy());
            found.is_some_and(|found| found.starts_with(name))
        })
        .ok_or_else(|| Trouble::missing(format_args!("{name} is not installed")))
}

/// For hangs alone.
const LONGEST: Duration = Duration::from_secs(240);
