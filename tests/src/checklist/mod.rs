//! A checklist for drivers of `ftp-proto`: a peer that behaves in every way that a driver must
//! be ready for, over real sockets on loopback.
//!
//! A driver under test is a program, so that any language and any runtime can be taken. It has
//! one of these command lines, or both:
//!
//! ```text
//! PROGRAM client HOST PORT USER PASSWORD passive|active get|put REMOTE LOCAL [--impatient]
//! PROGRAM server DIRECTORY ADDRESS:PORT [--user NAME:PASSWORD] [--impatient]
//! ```
//!
//! The client logs in, transfers one file in TYPE I, says QUIT, and ends with exit status 0 only
//! if all of it went well. The server prints `listening on ADDRESS:PORT` when clients can connect,
//! and serves until it is killed; one session and one transfer at a time is enough. With
//! `--impatient` every deadline of the session is a second, so that silence is seen quickly.
//!
//! ```no_run
//! use ftp_tests::checklist::{CASES, Driver};
//!
//! let driver = Driver::new("mine", "/usr/local/bin/my-driver");
//! for case in CASES {
//!     match case.run(&driver) {
//!         Ok(()) => println!("{}: passed", case.name),
//!         Err(trouble) => println!("{}: {trouble:?}\nowed: {}", case.name, case.owes),
//!     }
//! }
//! ```

mod clients;
mod connection;
mod program;
mod queues;
mod servers;

pub use program::{Driver, PASSWORD, Patience, USER};

use crate::Trouble;

/// Which part of a driver a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that drives a client session.
    Client,
    /// The one that drives a server session.
    Server,
}

/// One thing that a driver owes, and how to see whether it does.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Which part of the driver it is about.
    pub side: Side,
    /// What holds when the case passes, as the name of a test.
    pub name: &'static str,
    /// What the driver owes, in a sentence.
    pub owes: &'static str,
    run: fn(&Driver) -> Result<(), Trouble>,
}

impl Case {
    /// Takes a driver through the case, half a minute at most.
    ///
    /// # Errors
    /// `Failed` with what was expected, what came, and what the driver said.
    pub fn run(&self, driver: &Driver) -> Result<(), Trouble> {
        (self.run)(driver)
    }
}

/// Every case: those of clients, then those of servers.
pub const CASES: &[Case] = &{
    let mut all = [clients::CASES[0]; clients::CASES.len() + servers::CASES.len()];
    let mut at = 0;
    while at < clients::CASES.len() {
        all[at] = clients::CASES[at];
        at += 1;
    }
    while at < all.len() {
        all[at] = servers::CASES[at - clients::CASES.len()];
        at += 1;
    }
    all
};
