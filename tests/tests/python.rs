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
    let found = interpreters();
    let Some(newest) = found.last().cloned() else {
        return vec![trial("python", || {
            Err(Trouble::missing("a Python from 3.11 on is not installed"))
        })];
    };
    let mut trials = Vec::new();
    for interpreter in &found {
        for suite in suites() {
            let name = format!("python{}::{suite}", interpreter.version);
            let interpreter = interpreter.clone();
            trials.push(trial(name, move || pytest(&interpreter, &suite)));
        }
    }
    trials.push(trial("types::stubtest", {
        let newest = newest.clone();
        move || types(&newest, &["-m", "mypy.stubtest", "ftp_py"])
    }));
    trials.push(trial("types::mypy", move || {
        types(&newest, &["-m", "mypy", "--strict", "-p", "ftp_py"])
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

fn types(interpreter: &Interpreter, arguments: &[&str]) -> Result<(), Trouble> {
    if std::env::var_os("FTP_FULL").is_none_or(|value| value != "1") {
        return Err(Trouble::missing("checks of types run with FTP_FULL=1"));
    }
    interpreter.environment()?.run(arguments)?;
    Ok(())
}
