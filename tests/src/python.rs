//! The Python package: a wheel built once, and an environment with it for each interpreter.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::Trouble;
use crate::process::{Finished, Running};

/// A Python of this machine, 3.11 or newer, by its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interpreter {
    /// Major and minor, and `t` behind them where it has no global lock: `3.12`.
    pub version: String,
    program: PathBuf,
}

/// An environment in which the package and what its tests need are installed.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

/// The folder of the package.
pub fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ftp-py")
}

/// Every interpreter that is found, one of each version: in the search path, and where pyenv
/// keeps those that it does not show.
pub fn interpreters() -> Vec<Interpreter> {
    let mut found: Vec<Interpreter> = Vec::new();
    for program in candidates() {
        if let Some(interpreter) = probe(&program)
            && !found.iter().any(|it| it.version == interpreter.version)
        {
            found.push(interpreter);
        }
    }
    found.sort();
    found
}

impl Interpreter {
    /// An environment of this interpreter with the wheel in it. It is kept from run to run, and
    /// made anew when what is to be installed changes; the wheel is installed once in each run.
    ///
    /// # Errors
    /// `Missing` when the package registry cannot be reached, `Failed` when the package does not
    /// build.
    pub fn environment(&self) -> Result<Environment, Trouble> {
        self.environment_with(&self.version, TEST_REQUIREMENTS)
    }

    /// The same with what checks types too.
    ///
    /// # Errors
    /// As `environment`.
    pub fn types_environment(&self) -> Result<Environment, Trouble> {
        self.environment_with("types", TYPES_REQUIREMENTS)
    }

    /// An environment in which nothing is but what `pip install ./ftp-py` puts there, with what
    /// the registry and the Rust toolchain give.
    ///
    /// # Errors
    /// As `environment`.
    pub fn fresh_environment(&self) -> Result<Environment, Trouble> {
        let folder = target()?.join("python/fresh");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let environment = Environment {
            folder: made(self, "fresh", &[])?,
        };
        let mut install = environment.python();
        install
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg(package());
        let installed = run(install, "pip", LONGEST_BUILD)?;
        match installed.status.success() {
            true => Ok(environment),
            false => Err(Trouble::failed(installed)),
        }
    }

    fn environment_with(&self, name: &str, packages: &[&str]) -> Result<Environment, Trouble> {
        let builder = tools(self)?;
        let wheel = wheel(&builder)?;
        let folder = made(self, name, packages)?;
        let environment = Environment { folder };
        let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.contains(name) {
            return Ok(environment);
        }
        let mut install = environment.python();
        install
            .args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"])
            .arg("--force-reinstall")
            .arg(&wheel);
        let installed = run(install, "pip", LONGEST_INSTALL)?;
        match installed.status.success() {
            true => {
                ready.insert(name.to_owned());
                Ok(environment)
            }
            false => Err(Trouble::failed(installed)),
        }
    }
}

/// The environments that have this run's wheel.
static READY: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Environment {
    /// Its interpreter, with nothing of the caller's own Python in its way.
    pub fn python(&self) -> Command {
        python(&self.folder)
    }

    /// Runs its interpreter with these arguments in the package's folder, and fails as it fails.
    ///
    /// # Errors
    /// `Failed` with all that it said.
    pub fn run(&self, arguments: &[&str]) -> Result<Finished, Trouble> {
        let mut command = self.python();
        command.args(arguments).current_dir(package());
        let finished = run(command, "python", LONGEST_RUN)?;
        match finished.status.success() {
            true => Ok(finished),
            false => Err(Trouble::failed(finished)),
        }
    }
}

/// Programs that may be an interpreter.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv"));
    for versions in root.into_iter().chain(home) {
        let mut kept: Vec<PathBuf> = fs::read_dir(versions.join("versions"))
            .into_iter()
            .flatten()
            .filter_map(|version| Some(version.ok()?.path().join("bin")))
            .collect();
        kept.sort();
        folders.extend(kept);
    }
    // A shim chooses by the folder that it is called in; what it stands for is found by itself.
    folders.retain(|folder| !folder.ends_with("shims"));
    let names = [
        "python3",
        "python3.11",
        "python3.12",
        "python3.13",
        "python3.14",
        "python3.15",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["python3.13t", "python3.14t", "python3.15t"].map(str::to_owned));
    let names: Vec<String> = names.collect();
    let programs = folders
        .iter()
        .flat_map(|folder| names.iter().map(|name| folder.join(name)));
    programs.filter(|program| program.is_file()).collect()
}

fn probe(program: &Path) -> Option<Interpreter> {
    let script = "import sys, venv, ensurepip; \
                  assert sys.version_info >= (3, 11); \
                  assert sys.implementation.name == 'cpython'; \
                  t = '' if getattr(sys, '_is_gil_enabled', lambda: True)() else 't'; \
                  print('%d.%d%s' % (*sys.version_info[:2], t))";
    let mut command = Command::new(program);
    command.args(["-I", "-c", script]).stdin(Stdio::null());
    let said = command.stderr(Stdio::null()).output().ok()?;
    if !said.status.success() {
        return None;
    }
    Some(Interpreter {
        version: String::from_utf8(said.stdout).ok()?.trim().to_owned(),
        program: program.to_owned(),
    })
}

/// The environment with maturin in it, which builds the wheel.
fn tools(interpreter: &Interpreter) -> Result<PathBuf, Trouble> {
    static TOOLS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    once(&TOOLS, || made(interpreter, "tools", BUILD_REQUIREMENTS))
}

/// The wheel, built once for each run, in the profile of the tests and where cargo builds
/// everything else.
fn wheel(tools: &Path) -> Result<PathBuf, Trouble> {
    static WHEEL: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    once(&WHEEL, || {
        let folder = target()?.join("python/wheel");
        fs::create_dir_all(&folder)?;
        for old in fs::read_dir(&folder)? {
            fs::remove_file(old?.path())?;
        }
        let mut build = python(tools);
        build
            .args(["-m", "maturin", "build", "--quiet", "--locked"])
            .args(["--profile", "dev", "--out"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(target()?)
            .current_dir(package());
        let built = run(build, "maturin", LONGEST_BUILD)?;
        let wheel = fs::read_dir(&folder)?
            .filter_map(|file| Some(file.ok()?.path()))
            .find(|file| file.extension().is_some_and(|extension| extension == "whl"));
        wheel
            .filter(|_| built.status.success())
            .ok_or_else(|| Trouble::failed(built))
    })
}

/// What is made once for all tests of a program; a skip stays a skip.
fn once(
    cell: &OnceLock<Result<PathBuf, String>>,
    make: impl FnOnce() -> Result<PathBuf, Trouble>,
) -> Result<PathBuf, Trouble> {
    let made = cell.get_or_init(|| {
        make().map_err(|trouble| match trouble {
            Trouble::Missing(what) => format!("{MISSING}{what}"),
            Trouble::Failed(what) => what,
        })
    });
    made.clone()
        .map_err(|what| match what.strip_prefix(MISSING) {
            Some(what) => Trouble::missing(what),
            None => Trouble::failed(what),
        })
}

/// An environment with these packages, made if there is none that has them.
fn made(interpreter: &Interpreter, name: &str, packages: &[&str]) -> Result<PathBuf, Trouble> {
    let folder = target()?.join("python").join(name);
    let stamp = folder.join("installed");
    let wanted = format!("{} {}\n", interpreter.program.display(), packages.join(" "));
    if fs::read_to_string(&stamp).is_ok_and(|there| there == wanted) {
        return Ok(folder);
    }
    let mut make = Command::new(&interpreter.program);
    make.args(["-I", "-m", "venv", "--clear"]).arg(&folder);
    let made = run(make, "venv", LONGEST_INSTALL)?;
    if !made.status.success() {
        return Err(Trouble::missing(format_args!("python3-venv: {made}")));
    }
    if packages.is_empty() {
        return Ok(folder);
    }
    let mut install = python(&folder);
    install
        .args(["-m", "pip", "install", "--quiet", "--prefer-binary"])
        .args([
            "--disable-pip-version-check",
            "--retries",
            "1",
            "--timeout",
            "20",
        ])
        .args(packages);
    let installed = run(install, "pip", LONGEST_INSTALL)?;
    if !installed.status.success() {
        return Err(Trouble::missing(format_args!(
            "the Python package registry: {installed}"
        )));
    }
    fs::write(stamp, wanted)?;
    Ok(folder)
}

/// The interpreter of an environment.
fn python(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("bin/python"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::iter::once(folder.join("bin"));
    let path = std::env::join_paths(own.chain(std::env::split_paths(&path)));
    command
        .env("PATH", path.unwrap_or_else(|_| OsString::new()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUTF8", "1")
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYENV_VERSION");
    command
}

fn run(command: Command, name: &str, within: Duration) -> Result<Finished, Trouble> {
    let log = tempfile::tempdir()?;
    Running::start(command, name, log.path())?.finish(within)
}

/// Where cargo has built this program: it is TARGET/PROFILE/deps/NAME.
fn target() -> Result<PathBuf, Trouble> {
    let program = std::env::current_exe()?;
    let profile = program.parent().filter(|deps| deps.ends_with("deps"));
    profile
        .and_then(|deps| deps.ancestors().nth(2))
        .map(Path::to_owned)
        .ok_or_else(|| Trouble::failed("this program is in no target folder"))
}

const BUILD_REQUIREMENTS: &[&str] = &["maturin>=1.16,<2"];
const TEST_REQUIREMENTS: &[&str] = &["pytest>=9,<10", "hypothesis>=6.170", "trio", "twisted"];
const TYPES_REQUIREMENTS: &[&str] = &[
    "pytest>=9,<10",
    "hypothesis>=6.170",
    "trio",
    "twisted",
    "mypy>=2.4,<3",
    "basedpyright>=1.40,<2",
];
const MISSING: &str = "missing: ";
const LONGEST_INSTALL: Duration = Duration::from_secs(300);
/// Another cargo may hold the target folder for as long as it builds.
const LONGEST_BUILD: Duration = Duration::from_secs(600);
const LONGEST_RUN: Duration = Duration::from_secs(600);
