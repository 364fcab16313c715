//! A server with a folder of its own, and a client in another.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub(crate) const USER: &str = "alice";
pub(crate) const PASSWORD: &str = "s3cret";

/// `ftp-cli serve` on a port of loopback that it picked; it ends with this value.
#[derive(Debug)]
pub(crate) struct Site {
    folder: TempDir,
    server: Child,
    /// What it prints for programs.
    prints: BufReader<ChildStdout>,
    /// The fingerprint of a certificate that it has made.
    certificate: Option<String>,
    address: SocketAddr,
    /// What it says to its operator, line by line.
    said: mpsc::Receiver<String>,
}

/// How one run of the tool ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Site {
    /// A server with one user, who may do everything.
    pub(crate) fn new() -> Self {
        Self::with(["--user", &format!("{USER}:{PASSWORD}")])
    }

    /// A server with these options.
    pub(crate) fn with<A: AsRef<OsStr>>(options: impl IntoIterator<Item = A>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("server")).unwrap();
        fs::create_dir(folder.path().join("client")).unwrap();
        serve(folder, options)
    }

    /// Kills the server, which can do nothing about it, and starts another in the same folder.
    pub(crate) fn killed_and_started_again(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        let options = ["--user", &format!("{USER}:{PASSWORD}")];
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        *self = serve(folder, options);
    }

    /// The address of a path at the server under TLS, by AUTH TLS.
    pub(crate) fn url_under_tls(&self, path: &str) -> String {
        format!("ftpes://{USER}@{}/{path}", self.address)
    }

    /// The next address that it says it listens at.
    pub(crate) fn next_address(&mut self) -> SocketAddr {
        let mut line = String::new();
        self.prints.read_line(&mut line).unwrap();
        listening(&line).unwrap_or_else(|| panic!("expected an address, not {line:?}"))
    }

    /// The fingerprint of the certificate that it has made.
    pub(crate) fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap()
    }

    /// The address of a path at the server, with the user and without the password.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ftp://{USER}@{}/{path}", self.address)
    }

    /// The same with another login.
    pub(crate) fn url_as(&self, login: &str, path: &str) -> String {
        format!("ftp://{login}{}/{path}", self.address)
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server tells its operator this.
    pub(crate) fn says(&self, text: &str) {
        let said = || {
            self.said
                .recv_timeout(HANGS)
                .unwrap_or_else(|_| panic!("no {text:?}"))
        };
        while !said().contains(text) {}
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.server), signal).unwrap();
    }

    /// Waits for the server's end; its exit status.
    pub(crate) fn ended(&mut self) -> i32 {
        self.server.wait().unwrap().code().unwrap_or(-1)
    }

    pub(crate) fn server_file(&self, name: &str) -> PathBuf {
        self.folder.path().join("server").join(name)
    }

    pub(crate) fn client_file(&self, name: &str) -> PathBuf {
        self.folder.path().join("client").join(name)
    }

    /// The names of all files in the client's folder.
    pub(crate) fn client_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("client")).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// The tool in the client's folder, with the password in its environment.
    pub(crate) fn command<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        let mut command = tool();
        command
            .args(arguments)
            .current_dir(self.folder.path().join("client"))
            .env("FTP_PASSWORD", PASSWORD);
        command
    }

    /// Runs the tool, with nothing on its standard input.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        run(self.command(arguments), b"")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.ends(0)
    }

    #[track_caller]
    pub(crate) fn ends(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in {self:?}");
        self
    }

    pub(crate) fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// Starts a server in the folder, which is then its own.
fn serve<A: AsRef<OsStr>>(folder: TempDir, options: impl IntoIterator<Item = A>) -> Site {
    let mut server = tool();
    server
        .arg("serve")
        .arg(folder.path().join("server"))
        .args(["--listen", "127.0.0.1:0"])
        .args(options)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut server = server.spawn().unwrap();
    let mut prints = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    prints.read_line(&mut line).unwrap();
    let certificate = line.strip_prefix("certificate ");
    let certificate = certificate.map(|fingerprint| fingerprint.trim().to_owned());
    if certificate.is_some() {
        line.clear();
        prints.read_line(&mut line).unwrap();
    }
    let address = listening(&line).unwrap_or_else(|| panic!("expected an address, not {line:?}"));
    let (says, said) = mpsc::channel();
    let lines = BufReader::new(server.stderr.take().unwrap()).lines();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            eprintln!("server: {line}");
            let _ = says.send(line);
        }
    });
    Site {
        folder,
        server,
        prints,
        certificate,
        address,
        said,
    }
}

fn listening(line: &str) -> Option<SocketAddr> {
    line.strip_prefix("listening on ")?.trim().parse().ok()
}

/// The tool without anything of who runs the tests.
pub(crate) fn tool() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ftp-cli"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C.UTF-8");
    command
}

/// Runs a command with this on its standard input, and kills it if it hangs.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = Pid::from_child(&child);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A tool that ends before it has read all of it is one of the cases.
    std::thread::spawn(move || drop(stdin.write_all(&input)));
    let (ended, ends) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let output = child.wait_with_output();
        let _ = ended.send(());
        output
    });
    if ends.recv_timeout(HANGS).is_err() {
        let _ = kill_process(id, Signal::KILL);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = waiter.join().unwrap().unwrap();
    Ran {
        status: status.code().unwrap_or(-1),
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// For hangs alone.
const HANGS: Duration = Duration::from_secs(240);
