//! Child processes with a deadline, whose output is kept.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::Trouble;
use crate::scale::memory;

/// A process that runs; dropping it ends it and all that it started.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    pid: Pid,
    /// Readable once the process has ended.
    ended: OwnedFd,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// What a process that ended has left.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All that it wrote to standard output.
    pub stdout: Vec<u8>,
    /// All that it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Running {
    /// Starts `command` with no standard input; its output goes to files in `folder` named after
    /// `name`, so that no full pipe can stop it.
    ///
    /// # Errors
    /// `Failed` when it cannot be started.
    pub fn start(mut command: Command, name: &str, folder: &Path) -> Result<Self, Trouble> {
        let stdout = folder.join(format!("{name}.stdout"));
        let stderr = folder.join(format!("{name}.stderr"));
        command
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?);
        let mut child = command
            .spawn()
            .map_err(|error| Trouble::failed(format_args!("{command:?}: {error}")))?;
        let pid = Pid::from_child(&child);
        let ended = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(ended) => ended,
            Err(error) => {
                child.kill()?;
                child.wait()?;
                return Err(error.into());
            }
        };
        Ok(Self {
            name: name.to_owned(),
            child,
            pid,
            ended,
            stdout,
            stderr,
        })
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end. At the deadline the process is killed and the test fails.
    ///
    /// # Errors
    /// `Failed`, with the output so far, when the deadline has passed.
    pub fn finish(mut self, within: Duration) -> Result<Finished, Trouble> {
        if !self.ends_within(within)? {
            let said = self.output();
            return Err(Trouble::failed(format_args!(
                "{} did not end within {within:?}\n{said}",
                self.name
            )));
        }
        Ok(Finished {
            status: self.child.wait()?,
            stdout: std::fs::read(&self.stdout)?,
            stderr: std::fs::read(&self.stderr)?,
        })
    }

    /// As [`finish`](Self::finish), with the most memory in bytes that it was seen to have.
    ///
    /// # Errors
    /// As `finish`.
    pub fn finish_measured(self, within: Duration) -> Result<(Finished, u64), Trouble> {
        let start = Instant::now();
        let mut peak = 0;
        // Read often: what it took is forgotten when it ends.
        while !self.ends_within(Duration::from_millis(5))? && start.elapsed() < within {
            peak = memory(self.id()).map_or(peak, |memory| memory.peak.max(peak));
        }
        let finished = self.finish(Duration::ZERO)?;
        Ok((finished, peak))
    }

    /// Calls `ready` until it gives something, the process ends, or the time is over.
    ///
    /// # Errors
    /// `Failed`, with the output so far, when the process ended or the time is over.
    pub fn until<T>(
        &mut self,
        within: Duration,
        mut ready: impl FnMut(&Self) -> io::Result<Option<T>>,
    ) -> Result<T, Trouble> {
        let start = Instant::now();
        loop {
            if let Some(found) = ready(self)? {
                return Ok(found);
            }
            let why = if self.ends_within(Duration::from_millis(5))? {
                format!("{} ended too early: {}", self.name, self.child.wait()?)
            } else if start.elapsed() > within {
                format!("{} was not ready within {within:?}", self.name)
            } else {
                continue;
            };
            return Err(Trouble::failed(format_args!("{why}\n{}", self.output())));
        }
    }

    /// What it wrote to standard output so far.
    ///
    /// # Errors
    /// When the file that holds it cannot be read.
    pub fn stdout(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.stdout)
    }

    /// What it wrote to standard error so far.
    ///
    /// # Errors
    /// When the file that holds it cannot be read.
    pub fn stderr(&self) -> io::Result<Vec<u8>> {
        std::fs::read(&self.stderr)
    }

    /// All that it wrote so far, for a person.
    pub fn output(&self) -> String {
        let text =
            |path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
        show(&self.name, &text(&self.stdout), &text(&self.stderr))
    }

    fn ends_within(&self, time: Duration) -> Result<bool, Trouble> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).map_err(Trouble::failed)?;
            let mut fds = [PollFd::new(&self.ended, PollFlags::IN)];
            match poll(&mut fds, Some(&timeout)) {
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        // Its children are found while it lives: afterwards nothing tells whose they are.
        let started = descendants(self.pid);
        let _ = kill_process(self.pid, Signal::TERM);
        if !matches!(self.ends_within(Duration::from_secs(2)), Ok(true)) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        for (pid, born) in started {
            if stat(pid).is_some_and(|(_, now)| now == born) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

impl Finished {
    /// The output as text, whatever its bytes are.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// What it said to a person, as text.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = format!("a process that ended with {}", self.status);
        f.write_str(&show(&name, &self.stdout_text(), &self.stderr_text()))
    }
}

fn show(name: &str, stdout: &str, stderr: &str) -> String {
    format!(
        "--- {name}, standard output:\n{}\n--- {name}, standard error:\n{}",
        cut(stdout),
        cut(stderr)
    )
}

/// The end of a long text: what went wrong is there.
fn cut(text: &str) -> &str {
    let start = text.len().saturating_sub(LONGEST_SHOWN);
    let start = (start..text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(start);
    text.get(start..).unwrap_or(text)
}

/// The processes that `root` started, at any depth, with the time of their birth.
fn descendants(root: Pid) -> Vec<(Pid, u64)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<(Pid, Pid, u64)> = entries
        .filter_map(|entry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let (parent, born) = stat(pid)?;
            Some((pid, parent?, born))
        })
        .collect();
    let mut family = vec![root];
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        next += 1;
        for &(pid, _, born) in all.iter().filter(|(_, of, _)| *of == parent) {
            family.push(pid);
            found.push((pid, born));
        }
    }
    found
}

/// The parent of a process and the time of its birth, from fields 4 and 22 of proc_pid_stat(5).
fn stat(pid: Pid) -> Option<(Option<Pid>, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let parent = Pid::from_raw(fields.nth(1)?.parse().ok()?);
    Some((parent, fields.nth(17)?.parse().ok()?))
}

const LONGEST_SHOWN: usize = 8 * 1024;
