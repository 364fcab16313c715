//! Installing libftpproto: by the script and by cargo-c, found by pkg-config and by CMake, and how
//! large it is.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use ftp_tests::process::{Finished, Running};
use ftp_tests::{Trouble, library, trial};
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = vec![
        trial("versions_are_the_same_everywhere", versions),
        trial("script::pkg_config", || pkg_config(&scripted()?)),
        trial("script::cmake", || cmake(&scripted()?)),
    ];
    if std::env::var_os("FTP_RELEASE").is_some_and(|wish| wish == "1") {
        trials.extend(for_a_release());
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// What builds for release, and takes its time.
fn for_a_release() -> [Trial; 2] {
    [
        trial("script::built_for_release", || {
            let sizes = [
                released(&[], "full", u64::MAX)?,
                released(&["--sessions-only"], "sessions alone", MEBIBYTE)?,
            ];
            println!("{}", sizes.join("\n"));
            Ok(())
        }),
        trial("cargo_c", || {
            let installed = by_cargo_c()?;
            pkg_config(&installed)?;
            cmake(&installed)
        }),
    ]
}

fn versions() -> Result<(), Trouble> {
    let version = env!("CARGO_PKG_VERSION");
    for (file, line) in [
        ("ftpproto.h", format!("#define FTP_VERSION \"{version}\"\n")),
        (
            "cmake/ftpproto-config-version.cmake",
            format!("set(PACKAGE_VERSION \"{version}\")\n"),
        ),
    ] {
        if !fs::read_to_string(library::include().join(file))?.contains(&line) {
            return Err(Trouble::failed(format_args!("{file} lacks {line}")));
        }
    }
    Ok(())
}

/// A prefix with the library in it.
struct Installed {
    folder: TempDir,
}

impl Installed {
    fn prefix(&self) -> PathBuf {
        self.folder.path().join("prefix")
    }

    fn libraries(&self) -> PathBuf {
        self.prefix().join("lib")
    }
}

/// The libraries as tests have them, installed by the script.
fn scripted() -> Result<Installed, Trouble> {
    let installed = Installed {
        folder: tempfile::tempdir()?,
    };
    let mut script = Command::new(library::include().join("install.sh"));
    script.arg("--prefix").arg(installed.prefix());
    script.arg("--from").arg(library::build()?);
    ends(script, &installed)?;
    Ok(installed)
}

/// Built by the script for release, with what it says about its size.
fn released(options: &[&str], name: &str, most: u64) -> Result<String, Trouble> {
    full()?;
    let installed = Installed {
        folder: tempfile::tempdir()?,
    };
    let mut script = Command::new(library::include().join("install.sh"));
    script.args(options).arg("--prefix").arg(installed.prefix());
    ends(script, &installed)?;
    if options.is_empty() {
        pkg_config(&installed)?;
    }
    let shared = installed.libraries().join("libftpproto.so.0.1");
    let mut readelf = Command::new("readelf");
    readelf.arg("--dynamic").arg(&shared);
    let told = ends(readelf, &installed)?.stdout_text();
    if !told.contains("Library soname: [libftpproto.so.0.1]") {
        return Err(Trouble::failed(told));
    }
    let stripped = installed.folder.path().join("stripped");
    let mut strip = Command::new("strip");
    strip.arg(&shared).arg("-o").arg(&stripped);
    ends(strip, &installed)?;
    let size = fs::metadata(stripped)?.len();
    let told = format!("libftpproto.so, {name}, stripped: {size} bytes");
    match size < most {
        true => Ok(told),
        false => Err(Trouble::failed(format_args!("{told}, not below {most}"))),
    }
}

fn by_cargo_c() -> Result<Installed, Trouble> {
    full()?;
    let installed = Installed {
        folder: tempfile::tempdir()?,
    };
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/cargo-c/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([tools].into_iter().chain(std::env::split_paths(&path)));
    let path = path.map_err(Trouble::failed)?;
    let mut version = Command::new("cargo");
    version.args(["cinstall", "--version"]).env("PATH", &path);
    ends(version, &installed)
        .map_err(|_| Trouble::missing("cargo-c is not installed: .ci/install-cargo-c"))?;
    let mut cinstall = Command::new("cargo");
    cinstall
        .args([
            "cinstall",
            "--locked",
            "--package",
            "ftp-ffi",
            "--libdir=lib",
        ])
        .arg(format!("--prefix={}", installed.prefix().display()))
        .env("PATH", &path)
        .current_dir(library::include());
    ends(cinstall, &installed)?;
    Ok(installed)
}

/// Compiled and linked by what pkg-config says, shared and static.
fn pkg_config(installed: &Installed) -> Result<(), Trouble> {
    let libraries = installed.libraries();
    let asked = |words: &[&str]| -> Result<Vec<String>, Trouble> {
        let mut command = Command::new("pkg-config");
        command.args(words).arg("ftpproto");
        command.env("PKG_CONFIG_LIBDIR", libraries.join("pkgconfig"));
        let told = ends(command, installed)?.stdout_text();
        Ok(told.split_whitespace().map(str::to_owned).collect())
    };
    let version = asked(&["--modversion"])?;
    if version != [env!("CARGO_PKG_VERSION")] {
        return Err(Trouble::failed(format_args!("version {version:?}")));
    }
    let shared = compile(installed, "shared", &asked(&["--cflags", "--libs"])?)?;
    runs(shared, installed)?;
    // Where there is no shared library, the linker takes the static one.
    let told = asked(&["--static", "--cflags", "--libs"])?;
    let hidden = installed.folder.path().join("hidden");
    fs::create_dir(&hidden)?;
    for entry in fs::read_dir(&libraries)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains(".so") {
            fs::rename(entry.path(), hidden.join(entry.file_name()))?;
        }
    }
    let linked = compile(installed, "static", &told).and_then(|it| runs(it, installed));
    for entry in fs::read_dir(&hidden)? {
        let entry = entry?;
        fs::rename(entry.path(), libraries.join(entry.file_name()))?;
    }
    fs::remove_dir(hidden)?;
    linked
}

fn compile(installed: &Installed, name: &str, words: &[String]) -> Result<PathBuf, Trouble> {
    let program = installed.folder.path().join(name);
    let mut gcc = library::compiler_for("gcc", &example())?;
    gcc.arg(example()).arg("-o").arg(&program).args(words);
    ends(gcc, installed)?;
    Ok(program)
}

/// A project that finds the library, and one that wants a version that is not there.
fn cmake(installed: &Installed) -> Result<(), Trouble> {
    let project = installed.folder.path().join("project");
    fs::create_dir_all(&project)?;
    let lists = |version: &str| {
        format!(
            "cmake_minimum_required(VERSION 3.13)\n\
             project(example C)\n\
             find_package(ftpproto {version} REQUIRED)\n\
             foreach(kind ftpproto shared static)\n\
             add_executable(get-${{kind}} \"{}\")\n\
             target_link_libraries(get-${{kind}} ftpproto::${{kind}})\n\
             endforeach()\n",
            example().display()
        )
    };
    let configure = || {
        let mut cmake = Command::new("cmake");
        cmake
            .arg("-S")
            .arg(&project)
            .arg("-B")
            .arg(project.join("build"));
        cmake.arg(format!(
            "-DCMAKE_PREFIX_PATH={}",
            installed.prefix().display()
        ));
        cmake
    };
    fs::write(project.join("CMakeLists.txt"), lists("0.1"))?;
    ends(configure(), installed)?;
    let mut build = Command::new("cmake");
    build.arg("--build").arg(project.join("build"));
    ends(build, installed)?;
    for kind in ["ftpproto", "shared", "static"] {
        runs(project.join("build").join(format!("get-{kind}")), installed)?;
    }
    fs::write(project.join("CMakeLists.txt"), lists("0.2"))?;
    let refused = run(configure(), installed)?;
    match refused.status.success() {
        false => Ok(()),
        true => Err(Trouble::failed("version 0.2 was found")),
    }
}

/// The program starts, and says how it is called.
fn runs(program: PathBuf, installed: &Installed) -> Result<(), Trouble> {
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", installed.libraries());
    let finished = run(command, installed)?;
    match finished.status.code() == Some(2) && finished.stderr_text().starts_with("usage: ") {
        true => Ok(()),
        false => Err(Trouble::failed(finished)),
    }
}

fn ends(command: Command, installed: &Installed) -> Result<Finished, Trouble> {
    let finished = run(command, installed)?;
    match finished.status.success() {
        true => Ok(finished),
        false => Err(Trouble::failed(finished)),
    }
}

fn run(command: Command, installed: &Installed) -> Result<Finished, Trouble> {
    let name = command.get_program().to_owned();
    let is_there = Path::new(&name).is_absolute()
        || std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .any(|folder| folder.join(&name).is_file());
    if !is_there {
        let name = OsStr::new(&name).display();
        return Err(Trouble::missing(format_args!("{name} is not installed")));
    }
    Running::start(command, "command", installed.folder.path())?.finish(LONGEST)
}

/// Only where everything is to be tested: it builds for minutes.
fn full() -> Result<(), Trouble> {
    match std::env::var_os("FTP_RELEASE").is_some_and(|value| value == "1") {
        true => Ok(()),
        false => Err(Trouble::missing(
            "it builds for release: FTP_RELEASE=1 only",
        )),
    }
}

fn example() -> PathBuf {
    library::include().join("examples/get.c")
}

const MEBIBYTE: u64 = 1 << 20;
/// Building everything for release on a busy machine.
const LONGEST: Duration = Duration::from_secs(900);
