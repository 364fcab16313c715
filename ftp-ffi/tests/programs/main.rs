//! The library as programs in C take it in: the header, the examples, and misuse.

mod calls;
mod examples;
mod listings;
#[path = "../../../ftp-proto/tests/vectors/mod.rs"]
mod vectors;

use std::fs;
use std::process::ExitCode;

use ftp_tests::{Trouble, library, trial};
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = Vec::new();
    for compiler in library::COMPILERS {
        for language in ["c", "cpp"] {
            let name = format!("the_header_compiles::{compiler}::{language}");
            trials.push(trial(name, move || header_compiles(compiler, language)));
        }
    }
    trials.extend(calls::trials());
    trials.extend(listings::trials());
    trials.extend(examples::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Alone and twice, as C99 and C++17, for the whole library and for sessions alone.
fn header_compiles(compiler: &str, language: &str) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("includes").with_extension(language);
    let text = "#include <ftpproto.h>\n#include <ftpproto.h>\n\
                int main(void) { return ftp_version() == 0; }\n";
    fs::write(&source, text)?;
    for define in ["-DWHOLE", "-DFTP_SESSIONS_ONLY"] {
        let mut command = library::compiler_for(compiler, &source)?;
        command.arg("-fsyntax-only").arg(define);
        command.arg("-I").arg(library::include()).arg(&source);
        let finished = library::run(command, "compiler")?;
        if !finished.status.success() || !finished.stderr.is_empty() {
            return Err(Trouble::failed(finished));
        }
    }
    Ok(())
}
