//! TLS on both connections: our two clients against every server that we meet and that knows TLS,
//! and the clients that we meet against our server.
//!
//! Nobody may fail, nothing may be cut short, and how many data connections resumed the control
//! connection's session is printed behind the tests.

mod content;
mod ours;
mod strangers;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let report = Report::default();
    let mut rows = ours::rows(&report);
    rows.extend(strangers::rows(&report));
    let mut arguments = Arguments::from_args();
    // curl and lftp wait for their own timers most of the time.
    arguments.test_threads = arguments.test_threads.or(Some(4));
    let conclusion = libtest_mimic::run(&arguments, rows);
    report.print();
    conclusion.exit_code()
}

/// What the handshakes of each test were.
#[derive(Clone, Default)]
struct Report(Arc<Mutex<Vec<String>>>);

impl Report {
    fn add(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }

    fn print(&self) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.sort();
        for line in lines.iter() {
            println!("{line}");
        }
    }
}
