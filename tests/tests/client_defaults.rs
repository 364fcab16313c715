//! What clients do by default is what `docs/active-and-passive.md` says, which tells it from the
//! committed observations.

use std::process::ExitCode;
use std::sync::Arc;

use ftp_tests::clients::{CATALOGUE, Program};
use ftp_tests::observations::Observations;
use ftp_tests::{Trouble, recording, trial};
use libtest_mimic::Arguments;
use serde_json::Value;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let observations = match Observations::open("clients") {
        Ok(observations) => Arc::new(observations),
        Err(trouble) => {
            eprintln!("{trouble:?}");
            return ExitCode::FAILURE;
        }
    };
    let trials = CATALOGUE.iter().map(|program| {
        let observations = Arc::clone(&observations);
        let name = program.name.replace(' ', "-");
        trial(name, move || defaults(program, &observations))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    match observations.write() {
        Ok(()) => conclusion.exit_code(),
        Err(trouble) => {
            eprintln!("{trouble:?}");
            ExitCode::FAILURE
        }
    }
}

fn defaults(program: &Program, observations: &Observations) -> Result<(), Trouble> {
    if std::env::var_os("FTP_FULL").is_none() {
        return Err(Trouble::missing(
            "with FTP_FULL=1 alone: it needs programs of many kinds",
        ));
    }
    let seen = recording::defaults_of(program)?;
    observations.observed(program.name, seen, without_version)
}

/// Another version that does the same is none of the test's concern.
fn without_version(seen: &Value) -> Value {
    let mut seen = seen.clone();
    if let Some(entries) = seen.as_object_mut() {
        entries.remove("version");
    }
    seen
}
