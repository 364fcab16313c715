//! The Python package: its tests, on every interpreter of this machine from 3.11 on.

use std::fs;
use std::process::ExitCode;

use ftp_tests::python::{Interpreter, interpreters, package};
use ftp_tests::{Trouble, trial};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One interpreter after the other: they share what is built, and the machine.
    arguments.test_threads.get_or_insert(1);
    libtest_mimic::run(&arguments, trials()).exit_code()
}

/// One for each interpreter and file of tests, and the checks of types.
fn trials() -> Vec<Trial> {
    if std::env::var_os("FTP_PYTHON").is_some_and(|wish| wish == "off") {
        return vec![trial("python", || {
            Err(Trouble::missing("FTP_PYTHON=off, which leaves it out"))
        })];
    }
    let found = interpreters();
    let Some(newest) = found.last().cloned() else {
        return vec![trial("python", || {
            Err(Trouble::missing("a Python from 3.11 on is not installed"))
        })];
    };
    let mut trials = Vec::new();
    // Each takes a minute: one is enough where not everything is to be tested.
    let is_full = only_in_full("every interpreter").is_ok();
    let chosen = found
        .iter()
        .rev()
        .take(if is_full { usize::MAX } else { 1 });
    for interpreter in chosen {
        for suite in suites() {
            let name = format!("python{}::{suite}", interpreter.version);
            let interpreter = interpreter.clone();
            trials.push(trial(name, move || pytest(&interpreter, &suite)));
        }
    }
    let checks: [(&str, &[&str]); 4] = [
        ("stubtest", &["-m", "mypy.stubtest", "ftp_py"]),
        ("mypy", &["-m", "mypy", "--strict", "-p", "ftp_py"]),
        (
            "mypy-examples",
            &["-m", "mypy", "--strict", "examples", "tests"],
        ),
        (
            "basedpyright",
            &["-m", "basedpyright", "python", "examples"],
        ),
    ];
    for (name, arguments) in checks {
        let newest = newest.clone();
        trials.push(trial(format!("types::{name}"), move || {
            only_in_full("checks of types")?;
            newest.types_environment()?.run(arguments)?;
            Ok(())
        }));
    }
    trials.push(trial("install::fresh", move || {
        only_in_full("a build for release")?;
        let said = newest.fresh_environment()?.run(&["-c", SMALLEST])?;
        match said.stdout_text().as_str() {
            "ftp\n" => Ok(()),
            _ => Err(Trouble::failed(said)),
        }
    }));
    trials
}

/// The names of the package's test files.
fn suites() -> Vec<String> {
    let files = fs::read_dir(package().join("tests")).into_iter().flatten();
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut suites: Vec<String> = names
        .filter_map(|name| Some(name.strip_suffix(".py")?.to_owned()))
        .filter(|name| name.starts_with("test_"))
        .collect();
    suites.sort();
    suites
}

fn pytest(interpreter: &Interpreter, suite: &str) -> Result<(), Trouble> {
    let environment = interpreter.environment()?;
    let file = format!("tests/{suite}.py");
    environment.run(&[
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        &file,
    ])?;
    Ok(())
}

fn only_in_full(what: &str) -> Result<(), Trouble> {
    match std::env::var_os("FTP_FULL").is_some_and(|value| value == "1") {
        true => Ok(()),
        false => Err(Trouble::missing(format_args!("{what}: with FTP_FULL=1"))),
    }
}

/// A program of a user of the package.
const SMALLEST: &str = "
import ftp_py, tempfile
with tempfile.TemporaryDirectory() as root, ftp_py.Server(root, anonymous='rw') as server:
    with ftp_py.Client(*server.address) as client, client.open('file', 'wb') as file:
        file.write(b'Hello.')
    print(server.url.partition(':')[0])
";
