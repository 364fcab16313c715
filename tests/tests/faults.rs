//! The simulated runs notice a session that breaks a rule: `tests/faults/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// One rule broken by hand.
struct Fault {
    title: String,
    folder: String,
    old: String,
    new: String,
}

/// Enough runs to meet each fault, and few enough for a build without optimisation.
const RUNS: &str = "6000";

/// The runs take seconds.
const PATIENCE: Duration = Duration::from_secs(180);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn faults() -> Vec<Fault> {
    let text = fs::read_to_string(root().join("tests/faults/faults.txt")).expect("the list");
    let mut faults: Vec<Fault> = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("== ") {
            faults.push(Fault {
                title: title.into(),
                folder: String::new(),
                old: String::new(),
                new: String::new(),
            });
            continue;
        }
        let Some(fault) = faults.last_mut() else {
            continue;
        };
        if let Some(folder) = line.strip_prefix("in ") {
            fault.folder = folder.into();
        } else if let Some(old) = line.strip_prefix("- ") {
            fault.old += &format!("{old}\n");
        } else if line == "+" {
            // Nothing takes its place.
        } else if let Some(new) = line.strip_prefix("+ ") {
            fault.new += &format!("{new}\n");
        } else {
            assert!(line.is_empty(), "a line that says nothing: {line}");
        }
    }
    faults
}

/// The file that a fault is in, from `ftp-proto/src` on, and its faulty text.
fn broken(fault: &Fault) -> (PathBuf, String) {
    let source = root().join("ftp-proto/src");
    let mut files = Vec::new();
    list(&source.join(&fault.folder), &mut files);
    let mut found: Vec<_> = files
        .into_iter()
        .map(|path| (fs::read_to_string(&path).expect("a source file"), path))
        .filter(|(text, _)| text.contains(&fault.old))
        .collect();
    assert_eq!(found.len(), 1, "{}: found in so many files", fault.title);
    let (text, path) = found.remove(0);
    let times = text.matches(&fault.old).count();
    assert_eq!(times, 1, "{}: found so often", fault.title);
    assert_ne!(fault.old, fault.new, "{}", fault.title);
    let path = path.strip_prefix(&source).expect("a path beneath").into();
    (path, text.replace(&fault.old, &fault.new))
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a copy");
        }
    }
}

/// A workspace of `ftp-proto` and the simulator alone.
fn lay_out(work: &Path) {
    let root = root();
    // What an earlier run left may be of an older source.
    let _ = fs::remove_dir_all(work);
    copy(&root.join("ftp-proto/src"), &work.join("ftp-proto/src"));
    copy(
        &root.join("tests/src/simulation"),
        &work.join("tests/src/simulation"),
    );
    fs::create_dir_all(work.join("tests/tests")).expect("a folder");
    let file = "tests/tests/simulation.rs";
    fs::copy(root.join(file), work.join(file)).expect("a copy");
    fs::write(work.join("tests/src/lib.rs"), "pub mod simulation;\n").expect("a file");
    fs::copy(root.join("Cargo.lock"), work.join("Cargo.lock")).expect("a copy");
    let write = |path: &str, text: &str| fs::write(work.join(path), text).expect("a file");
    let versions = fs::read_to_string(root.join("Cargo.toml")).expect("the workspace");
    let version = |name: &str| {
        let line = versions
            .lines()
            .find(|line| line.starts_with(&format!("{name} = ")));
        line.expect("a dependency of the workspace").to_owned()
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"ftp-proto\", \"tests\"]\n",
    );
    let dependencies = ["bytes", "memchr", "nom", "thiserror"]
        .map(version)
        .join("\n");
    let package = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n"
        )
    };
    write(
        "ftp-proto/Cargo.toml",
        &format!(
            "{}{dependencies}\n[features]\ndeflate = []\n",
            package("ftp-proto")
        ),
    );
    let bytes = version("bytes").replace("default-features = false", "features = [\"std\"]");
    let dependencies = format!("{bytes}\nftp-proto = {{ path = \"../ftp-proto\" }}\n");
    write(
        "tests/Cargo.toml",
        &format!("{}{dependencies}", package("ftp-tests")),
    );
}

/// Builds the simulation and runs it: what it said if it was not content. One that does not end
/// is not content either.
fn simulate(work: &Path, target: &Path) -> Option<String> {
    let built = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--package", "ftp-tests", "--no-run"])
        .args(["--test", "simulation"])
        .current_dir(work)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .env("CARGO_TERM_COLOR", "never")
        .env("RUSTFLAGS", "--cap-lints=warn")
        .stdin(Stdio::null())
        .output()
        .expect("cargo");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "it does not build:\n{said}");
    // `Executable tests/simulation.rs (PATH)`
    let program = said
        .rsplit_once('(')
        .and_then(|(_, path)| path.split_once(')'))
        .map(|(path, _)| work.join(path))
        .expect("the name of the program");
    let record = target.join("said");
    let file = fs::File::create(&record).expect("a file");
    let mut child = Command::new(program)
        .arg("every_run_keeps_the_rules")
        .env("RUST_BACKTRACE", "0")
        .env("FTP_RUNS", RUNS)
        .env_remove("FTP_SEED")
        .stdin(Stdio::null())
        .stderr(file.try_clone().expect("a file"))
        .stdout(file)
        .spawn()
        .expect("the simulation");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("a child that runs");
            break child.wait().expect("a child");
        }
        thread::sleep(Duration::from_millis(20));
    };
    let said = fs::read_to_string(record).expect("what it said");
    (!status.success()).then(|| {
        let line = said.lines().find(|line| line.starts_with("seed "));
        line.unwrap_or("it neither ended nor named a seed")
            .to_owned()
    })
}

#[test]
fn every_fault_fits_the_source() {
    let faults = faults();
    assert!(faults.len() >= 10);
    for fault in &faults {
        broken(fault);
    }
}

#[test]
fn every_fault_is_noticed() {
    if std::env::var_os("FTP_FULL").is_none() {
        println!("only with FTP_FULL=1: each fault is a build");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    let (work, target) = (folder.join("work"), folder.join("target"));
    lay_out(&work);
    if let Some(why) = simulate(&work, &target) {
        panic!("without a fault it fails too: {why}");
    }
    let mut unnoticed = Vec::new();
    for fault in faults() {
        let (path, text) = broken(&fault);
        let path = work.join("ftp-proto/src").join(path);
        let whole = fs::read(&path).expect("a source file");
        fs::write(&path, text).expect("a source file");
        let noticed = simulate(&work, &target);
        fs::write(&path, whole).expect("a source file");
        match noticed {
            Some(why) => println!("{}: {why}", fault.title),
            None => unnoticed.push(fault.title),
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:#?}");
}
