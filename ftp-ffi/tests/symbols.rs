//! What the shared library lets others see.

use std::process::{Command, ExitCode};

use ftp_tests::{Trouble, library, trial};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = vec![trial("only_ftp_symbols_are_exported", only_ftp_symbols)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn only_ftp_symbols() -> Result<(), Trouble> {
    let mut nm = Command::new("nm");
    nm.args(["--dynamic", "--defined-only", "--format=posix"]);
    nm.arg(library::build()?.join("libftpproto.so"));
    let listed = library::run(nm, "nm").map_err(|_| Trouble::missing("nm is not installed"))?;
    let listed = listed.stdout_text();
    let names: Vec<&str> = listed.lines().filter_map(|l| l.split(' ').next()).collect();
    let strangers: Vec<&&str> = names.iter().filter(|n| !n.starts_with("ftp_")).collect();
    match (names.contains(&"ftp_version"), strangers.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(Trouble::failed(format_args!(
            "exported: {names:?}; of them strangers: {strangers:?}"
        ))),
    }
}
