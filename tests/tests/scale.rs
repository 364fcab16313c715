//! Large files, large directories and many sessions, within bounds of memory.
//!
//! Client and server are processes of their own. With `FTP_FULL=1` only: it takes a minute or two
//! and 5 GiB of disk. One test at a time, for its memory and its disk are what is measured.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use ftp_tests::peers::Peer;
use ftp_tests::process::Running;
use ftp_tests::scale::{Descriptors, Served, allow_descriptors, client};
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

fn main() -> ExitCode {
    let tests: [(&str, Run); 7] = [
        ("a_file_of_5_gib_comes_in_little_memory", download),
        ("a_file_of_5_gib_goes_in_little_memory", upload),
        ("a_hundred_thousand_entries_list_by_mlsd", machine_listing),
        ("a_hundred_thousand_entries_list_by_list", unix_listing),
        ("a_thousand_slow_transfers_take_little_memory", slow),
        ("ten_thousand_idle_sessions_take_little_memory", idle),
        (
            "thousands_of_idle_sessions_under_tls_take_little_memory",
            idle_under_tls,
        ),
    ];
    let trials = tests.map(|(name, run)| -> Trial {
        trial(name, move || match std::env::var("FTP_FULL") {
            Ok(full) if full == "1" => run(),
            _ => Err(Trouble::missing("FTP_FULL=1, which allows what takes long")),
        })
    });
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials.into()).exit_code()
}

type Run = fn() -> Result<(), Trouble>;

fn download() -> Result<(), Trouble> {
    let site = Site::with_room(LARGE)?;
    let (there, here) = (site.served.join("large"), site.local.join("large"));
    large_file(&there)?;
    let server = site.serve()?;
    let peak = site.run(client([
        "get",
        &server.url("large"),
        &here.to_string_lossy(),
    ])?)?;
    same(&there, &here)?;
    below(peak, PROCESS, "the client")?;
    below(server.memory()?.peak, PROCESS, "the server")
}

fn upload() -> Result<(), Trouble> {
    let site = Site::with_room(LARGE)?;
    let (there, here) = (site.served.join("large"), site.local.join("large"));
    large_file(&here)?;
    let server = site.serve()?;
    let peak = site.run(client([
        "put",
        &here.to_string_lossy(),
        &server.url("large"),
    ])?)?;
    same(&here, &there)?;
    below(peak, PROCESS, "the client")?;
    below(server.memory()?.peak, PROCESS, "the server")
}

fn machine_listing() -> Result<(), Trouble> {
    let site = Site::with_room(0)?;
    for at in 0..ENTRIES {
        File::create(site.served.join(entry(at)))?;
    }
    let server = site.serve()?;
    let peak = site.run(client(["ls", &server.url("")])?)?;
    lists_all(&site.local.join("client.stdout"))?;
    below(peak, PROCESS, "the client")?;
    let peak = site.run(client(["ls", "--json", &server.url("")])?)?;
    lists_all(&site.local.join("client.stdout"))?;
    below(peak, PROCESS, "the client that writes JSON")?;
    below(server.memory()?.peak, PROCESS, "the server")
}

/// Our client lists by LIST only where there is no MLSD.
fn unix_listing() -> Result<(), Trouble> {
    let site = Site::with_room(0)?;
    for at in 0..ENTRIES {
        File::create(site.served.join(entry(at)))?;
    }
    let server = site.serve()?;
    let mut session = server.session()?;
    let data = session.transfer("LIST")?;
    let lines = BufReader::new(data).lines();
    let lines = lines.map(|line| line.map(|line| line.ends_with(SUFFIX)));
    let mut listed = 0;
    for is_entry in lines {
        listed += usize::from(is_entry?);
    }
    session.expect("226")?;
    if listed != ENTRIES {
        return Err(Trouble::failed(format_args!(
            "{listed} of {ENTRIES} entries"
        )));
    }
    below(server.memory()?.peak, PROCESS, "the server")?;

    let other = Peer::Vsftpd.start(Family::V4)?;
    for at in 0..ENTRIES {
        other.place(&entry(at), b"")?;
    }
    let peak = site.run(client(["ls", &other.url("")])?)?;
    lists_all(&site.local.join("client.stdout"))?;
    below(peak, PROCESS, "the client")
}

fn slow() -> Result<(), Trouble> {
    allow_descriptors(5 * SLOW + 100, Descriptors::Allowed)?;
    let site = Site::with_room(0)?;
    File::create(site.served.join("large"))?.set_len(64 << 20)?;
    fs::create_dir(site.served.join("many"))?;
    for at in 0..50_000 {
        File::create(site.served.join("many").join(entry(at)))?;
    }
    let server = site.serve()?;
    let crowd = site.crowd("slow", &server, SLOW)?;
    let finished = crowd.finish(HANGS)?;
    if !finished.status.success() {
        let trouble = Trouble::failed(&finished).with(server.output());
        return Err(trouble);
    }
    for at in (0..SLOW).filter(|at| matches!(at % 5, 2 | 3)) {
        let stored = fs::read(site.served.join(format!("up-{at}")))?;
        if stored != [b'x'; 64 << 10] {
            return Err(Trouble::failed(format_args!(
                "up-{at} has {} bytes",
                stored.len()
            )));
        }
    }
    below(server.memory()?.peak, SERVER, "the server")
}

fn idle() -> Result<(), Trouble> {
    let site = Site::with_room(0)?;
    let server = site.serve()?;
    let taken = site.idle("idle", &server, IDLE)?;
    below(taken / IDLE, SESSION, "an idle session")
}

fn idle_under_tls() -> Result<(), Trouble> {
    let site = Site::with_room(0)?;
    let server = Served::under_tls(&site.served, site.folder.path())?;
    let taken = site.idle("idle-tls", &server, IDLE_TLS)?;
    below(taken / IDLE_TLS, SESSION_TLS, "an idle session under TLS")
}

/// A folder that is served, and one for the client.
struct Site {
    served: std::path::PathBuf,
    local: std::path::PathBuf,
    folder: TempDir,
}

impl Site {
    /// Where cargo builds, since a place for temporary files is often small. Everything is deleted
    /// when this is dropped.
    fn with_room(bytes: u64) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let disk = rustix::fs::statvfs(folder.path())?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let (served, local) = (folder.path().join("served"), folder.path().join("local"));
        if free < bytes + (1 << 30) {
            return Err(Trouble::missing(format_args!(
                "{bytes} bytes of disk: {free} are free"
            )));
        }
        fs::create_dir(&served)?;
        fs::create_dir(&local)?;
        Ok(Self {
            served,
            local,
            folder,
        })
    }

    fn serve(&self) -> Result<Served, Trouble> {
        Served::start(&self.served, self.folder.path())
    }

    fn crowd(&self, what: &str, server: &Served, count: u64) -> Result<Running, Trouble> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crowd"));
        command.args([what, &server.address.to_string(), &count.to_string()]);
        Running::start(command, "crowd", &self.local)
    }

    /// What so many sessions make the server grow by, when they have done something and wait.
    fn idle(&self, what: &str, server: &Served, count: u64) -> Result<u64, Trouble> {
        allow_descriptors(count + 1_000, Descriptors::Allowed)?;
        fs::create_dir(self.served.join("sub"))?;
        fs::write(self.served.join("small"), [b's'; 1024])?;
        let before = server.memory()?;
        let mut crowd = self.crowd(what, server, count)?;
        crowd
            .until(HANGS, |crowd| {
                Ok(crowd.stdout()?.starts_with(b"ready\n").then_some(()))
            })
            .map_err(|trouble| trouble.with(server.output()))?;
        Ok(server.memory()?.anonymous.saturating_sub(before.anonymous))
    }

    /// Runs a client to its end, which must be a good one; the peak of its memory.
    fn run(&self, command: Command) -> Result<u64, Trouble> {
        let running = Running::start(command, "client", &self.local)?;
        let (finished, peak) = running.finish_measured(HANGS)?;
        match finished.status.success() {
            true => Ok(peak),
            false => Err(Trouble::failed(finished.stderr_text())),
        }
    }
}

/// A file that is empty but for marks, among them beside the numbers that 32 bits cannot tell and
/// in the very last bytes.
fn large_file(path: &Path) -> Result<(), Trouble> {
    let file = File::create(path)?;
    file.set_len(LARGE)?;
    let mark = b"0123456789abcdef";
    for offset in [
        0,
        1 << 20,
        (1 << 31) - 8,
        (1 << 32) - 8,
        LARGE / 5 * 4 + 7,
        LARGE - 16,
    ] {
        file.write_all_at(mark, offset)?;
        file.write_all_at(&offset.to_be_bytes()[..7], offset)?;
    }
    Ok(())
}

fn same(expected: &Path, found: &Path) -> Result<(), Trouble> {
    let (mut expected, mut found) = (File::open(expected)?, File::open(found)?);
    let (has, wants) = (found.metadata()?.len(), expected.metadata()?.len());
    if has != wants {
        return Err(Trouble::failed(format_args!("{has} bytes, not {wants}")));
    }
    let (mut one, mut other) = (vec![0; PIECE], vec![0; PIECE]);
    for at in (0..wants).step_by(PIECE) {
        expected.read_exact(&mut one)?;
        found.read_exact(&mut other)?;
        if one != other {
            return Err(Trouble::failed(format_args!(
                "other bytes in the piece at {at}"
            )));
        }
    }
    Ok(())
}

fn lists_all(output: &Path) -> Result<(), Trouble> {
    let mut found = vec![false; ENTRIES];
    for line in BufReader::new(File::open(output)?).lines() {
        let line = line?;
        let number = line
            .split_once(PREFIX)
            .and_then(|(_, rest)| rest.split_once(SUFFIX)?.0.parse::<usize>().ok());
        if let Some(found) = number.and_then(|number| found.get_mut(number)) {
            *found = true;
        }
    }
    match found.iter().position(|found| !found) {
        None => Ok(()),
        Some(at) => Err(Trouble::failed(format_args!("{} is missing", entry(at)))),
    }
}

fn entry(at: usize) -> String {
    format!("{PREFIX}{at}{SUFFIX}")
}

fn below(bytes: u64, limit: u64, what: &str) -> Result<(), Trouble> {
    // For whoever wants to see how near it is: `--nocapture`.
    eprintln!("{what}: {bytes} bytes of {limit}");
    match bytes < limit {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "{what} takes {bytes} bytes, more than {limit}"
        ))),
    }
}

const LARGE: u64 = 5 << 30;
const PIECE: usize = 1 << 20;
const ENTRIES: usize = 100_000;
const PREFIX: &str = "a name as long as people use ";
const SUFFIX: &str = ".text";
const SLOW: u64 = 1_000;
const IDLE: u64 = 10_000;
/// Fewer, for each takes two handshakes.
const IDLE_TLS: u64 = 4_000;

/// Of one process that transfers or lists.
const PROCESS: u64 = 64 << 20;
/// Of the server with slow transfers.
const SERVER: u64 = 128 << 20;
/// Of one idle session.
const SESSION: u64 = 3 << 10;
/// Of one under TLS.
const SESSION_TLS: u64 = 16 << 10;

/// For hangs alone.
const HANGS: Duration = Duration::from_secs(600);
