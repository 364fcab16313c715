//! A driver under test, as a program.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Trouble;
use crate::process::Running;

/// A driver under test.
#[derive(Clone, Debug)]
pub struct Driver {
    /// Its name, for a report.
    pub name: String,
    /// The program and what stands before `client` or `server` on its command line.
    pub program: Vec<OsString>,
}

/// Which deadlines a driver gives its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The usual ones, all longer than a case takes.
    Usual,
    /// A second each.
    Little,
}

impl Driver {
    /// A driver whose program needs no arguments of its own.
    pub fn new(name: impl Into<String>, program: impl Into<OsString>) -> Self {
        Self {
            name: name.into(),
            program: vec![program.into()],
        }
    }

    /// Starts it as a client; `errand` is everything behind `client`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn client(
        &self,
        errand: &[&str],
        patience: Patience,
        folder: &Path,
    ) -> Result<Running, Trouble> {
        let mut command = self.command()?;
        command.arg("client").args(errand);
        Self::start(command, patience, "client", folder)
    }

    /// Starts it as a server of `directory` for [`USER`] on a port of its choice, and waits until
    /// it listens. Its output goes to `folder`.
    ///
    /// # Errors
    /// When it cannot be started, or says nothing of an address in time.
    pub fn server(
        &self,
        directory: &Path,
        patience: Patience,
        folder: &Path,
    ) -> Result<(Running, SocketAddr), Trouble> {
        let mut command = self.command()?;
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        command
            .arg("server")
            .arg(directory)
            .arg(any.to_string())
            .args(["--user", &format!("{USER}:{PASSWORD}")]);
        let mut running = Self::start(command, patience, "server", folder)?;
        let address = running.until(START, |running| {
            let said = running.stdout()?;
            let said = String::from_utf8_lossy(&said);
            let line = said
                .lines()
                .find_map(|line| line.strip_prefix("listening on "));
            // A line that is not whole yet has no end.
            Ok(line
                .filter(|_| said.contains('\n'))
                .and_then(|at| at.trim().parse().ok()))
        })?;
        Ok((running, address))
    }

    fn command(&self) -> Result<Command, Trouble> {
        let (program, arguments) = self
            .program
            .split_first()
            .ok_or_else(|| Trouble::failed("a driver without a program"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        Ok(command)
    }

    fn start(
        mut command: Command,
        patience: Patience,
        name: &str,
        folder: &Path,
    ) -> Result<Running, Trouble> {
        if patience == Patience::Little {
            command.arg("--impatient");
        }
        Running::start(command, name, folder)
    }
}

/// Who logs in at a driver's server.
pub const USER: &str = "tester";
/// The password of that user.
pub const PASSWORD: &str = "hunter2";

const START: Duration = Duration::from_secs(20);
