//! Network namespaces: hosts with a network of their own, on one kernel.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::{Trouble, programs};

/// A network namespace with a name that nobody else has; dropping it removes it.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one. `role` is part of its name.
    ///
    /// # Errors
    /// `Failed` with what ip said.
    pub fn new(role: &str) -> Result<Self, Trouble> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ftp-tests-{}-{number}-{role}", std::process::id());
        run(ip()?.args(["netns", "add", &name]), "")?;
        Ok(Self { name })
    }

    /// Its name, for `ip`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Carries out lines of `ip` in it.
    ///
    /// # Errors
    /// `Failed` with what ip said.
    pub fn ip(&self, lines: &str) -> Result<(), Trouble> {
        run(ip()?.args(["-n", &self.name, "-batch", "-"]), lines)
    }

    /// Loads rules of nftables in it.
    ///
    /// # Errors
    /// `Failed` with what nft said: rules that were not loaded would let everything through.
    pub fn nft(&self, rules: &str) -> Result<(), Trouble> {
        let nft = programs::find("nft")?;
        run(self.command(nft)?.args(["-f", "-"]), rules)
    }

    /// A program to be run in it, with nothing of who runs the tests.
    ///
    /// # Errors
    /// `Missing` when there is no `ip`.
    pub fn command(&self, program: impl Into<PathBuf>) -> Result<Command, Trouble> {
        let mut command = ip()?;
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .args(["netns", "exec", &self.name])
            .arg(program.into())
            .current_dir("/");
        Ok(command)
    }

    /// Does something in it, on a thread of its own: a namespace belongs to a thread.
    ///
    /// # Errors
    /// `Failed` when the thread cannot enter it or panics, and what `work` gives.
    pub fn within<T: Send>(
        &self,
        work: impl FnOnce() -> Result<T, Trouble> + Send,
    ) -> Result<T, Trouble> {
        let handle = File::open(format!("/run/netns/{}", self.name))?;
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                use std::os::fd::AsFd;
                move_into_link_name_space(handle.as_fd(), Some(LinkNameSpaceType::Network))?;
                work()
            });
            thread
                .join()
                .unwrap_or_else(|_| Err(Trouble::failed("a thread in a namespace panicked")))
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Ok(mut ip) = ip() {
            let _ = run(ip.args(["netns", "del", &self.name]), "");
        }
    }
}

fn ip() -> Result<Command, Trouble> {
    Ok(Command::new(programs::find("ip")?))
}

/// Runs a program to its end, with `input` as its standard input.
pub(super) fn run(command: &mut Command, input: &str) -> Result<(), Trouble> {
    use std::io::Write;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ended before it read all says why.
        let _ = stdin.write_all(input.as_bytes());
    }
    let ended = child.wait_with_output()?;
    match ended.status.success() {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "{command:?}: {}\n{}\n{input}",
            ended.status,
            String::from_utf8_lossy(&ended.stderr)
        ))),
    }
}
