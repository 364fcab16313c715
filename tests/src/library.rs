//! The C library, built for programs in C and C++ that tests compile and run.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use crate::process::{Finished, Running};
use crate::{Trouble, cargo, programs};

/// How a program takes the library in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Linking {
    /// libftpproto.so, found where it was built.
    Shared,
    /// libftpproto.a.
    Static,
}

impl Linking {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Shared, Self::Static];
}

impl std::fmt::Display for Linking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Shared => "shared",
            Self::Static => "static",
        })
    }
}

/// The folder that holds libftpproto.so and libftpproto.a, built from what the work tree holds now,
/// once for each test program. It is built with the features that `cargo test --workspace` gives
/// it, so that nothing is left to be built then.
///
/// # Errors
/// `Failed`, with what cargo said, when it cannot be built.
pub fn build() -> Result<&'static Path, Trouble> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT
        .get_or_init(|| cargo::build(&["--workspace", "--examples", "--lib"]))
        .as_deref()
        .map_err(Trouble::failed)
}

/// The folder of `ftpproto.h`.
pub fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../ftp-ffi")
}

/// Compiles a program in C, or in C++ where its name ends in `.cpp`, strictly, and links the
/// library.
///
/// # Errors
/// `Missing` when there is no such compiler; `Failed` with what it said, warnings too.
pub fn compile(
    compiler: &str,
    source: &Path,
    linking: Linking,
    options: &[&str],
    program: &Path,
) -> Result<(), Trouble> {
    let folder = build()?;
    let mut command = compiler_for(compiler, source)?;
    command
        .args(["-O1", "-g"])
        .arg("-I")
        .arg(include())
        .arg(source)
        .arg("-o")
        .arg(program);
    match linking {
        Linking::Shared => {
            command.arg("-L").arg(folder).arg("-lftpproto");
            let mut place = std::ffi::OsString::from("-Wl,-rpath,");
            place.push(folder);
            command.arg(place);
        }
        Linking::Static => {
            command.arg(folder.join("libftpproto.a"));
            command.args(["-lpthread", "-ldl", "-lm"]);
        }
    }
    // Libraries named here come behind what needs them.
    command.args(options);
    let finished = run(command, "compiler")?;
    match finished.status.success() && finished.stderr.is_empty() {
        true => Ok(()),
        false => Err(Trouble::failed(finished)),
    }
}

/// An example of `ftp-ffi`, compiled once for each test program by this compiler, in a folder of
/// the target folder.
///
/// # Errors
/// As [`compile`].
pub fn example(name: &str, compiler: &str, linking: Linking) -> Result<PathBuf, Trouble> {
    example_with(name, compiler, linking, &[])
}

/// The same with options for the compiler, the sanitizers' or the libraries that it needs.
///
/// # Errors
/// As [`compile`].
pub fn example_with(
    name: &str,
    compiler: &str,
    linking: Linking,
    options: &[&str],
) -> Result<PathBuf, Trouble> {
    type Programs = BTreeMap<String, Result<PathBuf, String>>;
    static COMPILED: Mutex<Programs> = Mutex::new(BTreeMap::new());
    let key = format!("{name}-{compiler}-{linking}{}", options.concat());
    let key = key.replace(['/', '=', ','], "_");
    let mut compiled = COMPILED.lock().map_err(Trouble::failed)?;
    if !compiled.contains_key(&key) {
        let folder = build()?.join("c-examples");
        std::fs::create_dir_all(&folder)?;
        // Another test program may compile the same at the same time.
        let fresh = folder.join(format!("{key}.{}", std::process::id()));
        let program = folder.join(&key);
        let mut source = include().join("examples").join(name);
        source.set_extension(if source.with_extension("cpp").is_file() {
            "cpp"
        } else {
            "c"
        });
        let result = match compile(compiler, &source, linking, options, &fresh) {
            Ok(()) => {
                std::fs::rename(&fresh, &program)?;
                Ok(program)
            }
            Err(Trouble::Failed(why)) => Err(why),
            Err(missing) => return Err(missing),
        };
        compiled.insert(key.clone(), result);
    }
    match compiled.get(&key) {
        Some(Ok(program)) => Ok(program.clone()),
        Some(Err(why)) => Err(Trouble::failed(why)),
        None => Err(Trouble::failed("it was not compiled")),
    }
}

/// The compilers that programs are compiled with.
pub const COMPILERS: [&str; 2] = ["gcc", "clang"];

/// A compiler that is there.
///
/// # Errors
/// `Missing` when none is.
pub fn any_compiler() -> Result<&'static str, Trouble> {
    let there = COMPILERS
        .into_iter()
        .find(|name| programs::find(name).is_ok());
    there.ok_or_else(|| Trouble::missing("no C compiler (gcc or clang) is installed"))
}

/// A compiler for a source, with every warning as an error.
///
/// # Errors
/// `Missing` when there is no such compiler.
pub fn compiler_for(compiler: &str, source: &Path) -> Result<Command, Trouble> {
    let is_cpp = source.extension() == Some(OsStr::new("cpp"));
    let name = match (compiler, is_cpp) {
        ("gcc", true) => "g++",
        ("clang", true) => "clang++",
        (name, _) => name,
    };
    let mut command = Command::new(programs::find(name)?);
    command.arg(if is_cpp { "-std=c++17" } else { "-std=c99" });
    command.args(["-Wall", "-Wextra", "-Wpedantic", "-Werror"]);
    Ok(command)
}

/// Runs a program to its end.
///
/// # Errors
/// `Failed` when it cannot be started or does not end.
pub fn run(command: Command, name: &str) -> Result<Finished, Trouble> {
    let log = tempfile::tempdir()?;
    Running::start(command, name, log.path())?.finish(LONGEST)
}

const LONGEST: Duration = Duration::from_secs(120);
