//! Measures every driver of the workspace and prints the table of `docs/embedding.md`.
//!
//! Each client downloads 1 GiB from our own server, over loopback and between files in memory;
//! each server holds idle sessions. Run it in the release profile and on a machine at rest.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use ftp_tests::Trouble;
use ftp_tests::checklist::{Driver, PASSWORD, Patience, Side, USER};
use ftp_tests::drivers::{EXAMPLES, Example};

fn main() -> ExitCode {
    match table() {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("{trouble:?}");
            ExitCode::FAILURE
        }
    }
}

fn table() -> Result<String, Trouble> {
    let memory = tempfile::Builder::new()
        .prefix("ftp-tests-")
        .tempdir_in(TMPFS)?;
    fs::write(memory.path().join(FILE), vec![0xA5; MIB])?;
    let mut file = File::options()
        .append(true)
        .open(memory.path().join(FILE))?;
    for _ in 1..GIB / MIB {
        file.write_all(&vec![0xA5; MIB])?;
    }
    let ours = find("tokio_server_driver")?.driver()?;
    let logs = tempfile::tempdir()?;
    let (_server, address) = ours.server(memory.path(), Patience::Usual, logs.path())?;
    let mut table = String::from(HEAD);
    for example in EXAMPLES {
        let driver = example.driver()?;
        let (cpu, seconds) = match example.has(Side::Client) {
            true => {
                let (cpu, wall) = download(&driver, address, memory.path())?;
                (seconds(cpu), seconds(wall))
            }
            false => (NONE.to_owned(), NONE.to_owned()),
        };
        let (threads, idle) = match example.has(Side::Server) {
            true => idle(&driver)?,
            false => (NONE.to_owned(), NONE.to_owned()),
        };
        writeln!(
            table,
            "| `{}` | {} | {} | {threads} | {idle} | {cpu} | {seconds} |",
            example.name,
            lines(&root().join(example.source))?,
            dependencies(example)?,
        )
        .map_err(Trouble::failed)?;
    }
    Ok(table)
}

/// The processor time and the time that a client takes for the file.
fn download(
    driver: &Driver,
    from: SocketAddr,
    folder: &Path,
) -> Result<(Duration, Duration), Trouble> {
    let local = folder.join("downloaded");
    let logs = tempfile::tempdir()?;
    let (ip, port) = (from.ip().to_string(), from.port().to_string());
    let local_name = local.to_string_lossy();
    let errand = [
        &ip,
        &port,
        USER,
        PASSWORD,
        "passive",
        "get",
        FILE,
        &local_name,
    ];
    let (before, start) = (processor_time_of_children()?, Instant::now());
    let client = driver.client(&errand, Patience::Usual, logs.path())?;
    let finished = client.finish(LONGEST)?;
    let wall = start.elapsed();
    let cpu = processor_time_of_children()?.saturating_sub(before);
    let size = fs::metadata(&local)?.len();
    fs::remove_file(&local)?;
    match finished.status.success() && usize::try_from(size) == Ok(GIB) {
        true => Ok((cpu, wall)),
        false => Err(Trouble::failed(format_args!(
            "{}: {size} bytes\n{finished}",
            driver.name
        ))),
    }
}

/// The threads of a server with idle sessions, and the resident memory that each session adds.
fn idle(driver: &Driver) -> Result<(String, String), Trouble> {
    let (directory, logs) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (server, address) = driver.server(directory.path(), Patience::Usual, logs.path())?;
    // The first session brings in what a process loads once.
    let _first = log_in(address)?;
    let (threads, memory) = (
        status(server.id(), "Threads:")?,
        status(server.id(), "VmRSS:")?,
    );
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(log_in(address)?);
    }
    let more_threads = status(server.id(), "Threads:")?.saturating_sub(threads);
    let more_memory = status(server.id(), "VmRSS:")?.saturating_sub(memory);
    let threads = match more_threads / SESSIONS {
        0 => threads.to_string(),
        each => format!("{} and {each} a session", threads.saturating_sub(each)),
    };
    Ok((
        threads,
        format!("{:.1}", more_memory as f64 / SESSIONS as f64),
    ))
}

/// A session that is logged in.
fn log_in(address: SocketAddr) -> Result<TcpStream, Trouble> {
    let mut control = TcpStream::connect(address)?;
    control.set_read_timeout(Some(LONGEST))?;
    let mut lines = BufReader::new(control.try_clone()?);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    for command in [format!("USER {USER}"), format!("PASS {PASSWORD}")] {
        write!(control, "{command}\r\n")?;
        line.clear();
        lines.read_line(&mut line)?;
    }
    match line.starts_with("230") {
        true => Ok(control),
        false => Err(Trouble::failed(line)),
    }
}

/// A number of /proc/PID/status.
fn status(process: u32, name: &str) -> Result<u64, Trouble> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| Trouble::failed(format_args!("no {name} of {process}")))
}

/// Lines of code: neither empty nor comment, and, in an example, between the marks of its driver.
fn lines(source: &Path) -> Result<usize, Trouble> {
    if source.is_dir() {
        let mut all = 0;
        for entry in fs::read_dir(source)? {
            all += lines(&entry?.path())?;
        }
        return Ok(all);
    }
    let mut text = String::new();
    File::open(source)?.read_to_string(&mut text)?;
    let text = match text.split_once("// -- driver --") {
        Some((_, driver)) => driver
            .split("// -- end of driver --")
            .next()
            .unwrap_or(driver),
        None => text.split("#[cfg(test)]").next().unwrap_or(&text),
    };
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    Ok(text.lines().filter(is_code).count())
}

/// The crates that a driver brings in besides those of `ftp-proto`.
fn dependencies(example: &Example) -> Result<usize, Trouble> {
    let core = tree("ftp-proto", "normal")?;
    let all = tree("ftp-proto", "normal,dev")?;
    let mut found = BTreeSet::new();
    for &name in example.crates {
        match name {
            "ftp-io" => found.extend(tree(name, "normal")?.into_iter().map(|(_, name)| name)),
            // An example's are among what the package needs for development.
            _ => found.extend(below(name, &all)),
        }
    }
    for (_, name) in core {
        found.remove(&name);
    }
    Ok(found
        .iter()
        .filter(|name| !name.starts_with("ftp-"))
        .count())
}

/// A package's tree, each crate behind its depth.
fn tree(package: &str, edges: &str) -> Result<Vec<(usize, String)>, Trouble> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["tree", "--locked", "--prefix", "depth", "--no-dedupe"])
        .args(["--edges", edges, "--format", " {p}", "--package", package])
        .current_dir(root())
        .output()?;
    if !output.status.success() {
        return Err(Trouble::failed(String::from_utf8_lossy(&output.stderr)));
    }
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?.to_owned()))
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().filter_map(entry).collect())
}

/// A direct dependency and all that is below it.
fn below(name: &str, tree: &[(usize, String)]) -> Vec<String> {
    let at = tree
        .iter()
        .position(|(depth, it)| *depth == 1 && it == name);
    let from = tree.get(at.unwrap_or(tree.len())..).unwrap_or_default();
    let rest = from.iter().skip(1).take_while(|(depth, _)| *depth > 1);
    let all = from.iter().take(1).chain(rest);
    all.map(|(_, name)| name.clone()).collect()
}

fn processor_time_of_children() -> Result<Duration, Trouble> {
    // SAFETY: all zeros are a value of `rusage`, which is made of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is a valid place for the answer and outlives the call.
    if unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) } != 0 {
        return Err(std::io::Error::last_os_error().into());
    }
    let micros = |time: libc::timeval| time.tv_sec * 1_000_000 + time.tv_usec;
    let all = micros(usage.ru_utime) + micros(usage.ru_stime);
    Ok(Duration::from_micros(all.try_into().unwrap_or(0)))
}

fn find(name: &str) -> Result<Example, Trouble> {
    let found = EXAMPLES.iter().find(|example| example.name == name);
    found
        .copied()
        .ok_or_else(|| Trouble::failed(format_args!("no driver {name}")))
}

fn seconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

const HEAD: &str = "\
| driver | lines | crates besides the core's | threads of an idle server | KiB for an idle session | CPU s for 1 GiB | s for 1 GiB |
|---|--:|--:|--:|--:|--:|--:|
";
const NONE: &str = "-";
const FILE: &str = "gib";
const MIB: usize = 1024 * 1024;
const GIB: usize = 1024 * MIB;
const SESSIONS: u64 = 100;
const TMPFS: &str = "/dev/shm";
const LONGEST: Duration = Duration::from_secs(120);
