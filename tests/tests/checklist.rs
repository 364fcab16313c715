//! Every driver of this workspace is taken through the checklist of drivers.

use std::process::ExitCode;

use ftp_tests::checklist::{CASES, Side};
use ftp_tests::drivers::EXAMPLES;
use ftp_tests::trial;
use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = Vec::new();
    for example in EXAMPLES {
        for case in CASES.iter().filter(|case| example.has(case.side)) {
            let side = match case.side {
                Side::Client => "client",
                Side::Server => "server",
            };
            let name = format!("{}::{side}::{}", example.name, case.name);
            trials.push(trial(name, move || {
                let driver = example.driver()?;
                let run = case.run(&driver);
                run.map_err(|trouble| trouble.with(format_args!("owed: {}", case.owes)))
            }));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
