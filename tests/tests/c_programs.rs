//! Programs in C and C++ over libftpproto: our examples against our server and others, the rules of
//! the ready client and server, and that no peer brings a signal upon them.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use ftp_tests::c_programs::{Build, Watch};
use ftp_tests::peers::{Peer, Server};
use ftp_tests::process::{Finished, Running};
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::{Arguments, Trial};
use rustix::process::{Pid, Signal, kill_process};

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = Vec::new();
    for build in Build::ALL {
        trials.push(trial(format!("ready::rules::{build}"), move || {
            rules(build)
        }));
        trials.push(trial(format!("server.c::{build}"), move || server(build)));
        let peers: &[Peer] = match build.watch {
            Watch::Nothing => &[Peer::FtpCli, Peer::Vsftpd, Peer::ProFtpd],
            Watch::Sanitizers | Watch::Valgrind => &[Peer::FtpCli],
        };
        for &peer in peers {
            let name = format!("get.c::{peer}::{build}");
            trials.push(trial(name, move || get(build, peer)));
            let name = format!("raii.cpp::{peer}::{build}");
            trials.push(trial(name, move || raii(build, peer)));
        }
    }
    let usual = Build::USUAL;
    trials.push(trial("get.c::tls", move || tls(usual)));
    trials.push(trial("get.c::a_reset_is_no_signal", move || {
        reset_of_a_client(usual)
    }));
    trials.push(trial("server.c::a_reset_is_no_signal", move || {
        reset_of_a_server(usual)
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn rules(build: Build) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let mut program = build.program("tests/src/c_programs/ready.c")?;
    program.arg(folder.path());
    ends(program, folder_of_output()?.path(), 0)?;
    Ok(())
}

fn get(build: Build, peer: Peer) -> Result<(), Trouble> {
    let server = peer.start(Family::V4)?;
    let visited = visit(build, &server, &[]);
    visited.map_err(|trouble| trouble.with(server.log()))
}

/// Each task of `get`, both ways of resuming, and each exit code.
fn visit(build: Build, server: &Server, options: &[&str]) -> Result<(), Trouble> {
    let folder = server.client_folder();
    let content = content();
    server.place("file", &content)?;
    let url = server.url("file");
    let local = folder.join("local");
    let run = |task: &[&str], code: i32| -> Result<Finished, Trouble> {
        let mut get = build.program(GET)?;
        get.args(options).args(task).current_dir(&folder);
        ends(get, &folder, code)
    };

    run(&[&url, "local"], 0)?;
    same(&fs::read(&local)?, &content)?;
    // What is here is kept, and the rest comes behind it.
    let part = vec![b'#'; content.len() / 3];
    fs::write(&local, &part)?;
    run(&["--active", &url, "local"], 0)?;
    same(
        &fs::read(&local)?,
        &[&part, &content[part.len()..]].concat(),
    )?;
    same(&run(&[&url, "-"], 0)?.stdout, &content)?;

    fs::write(&local, &content)?;
    let other = server.url("other");
    run(&["--put", &other, "local"], 0)?;
    same(&server.content("other")?, &content)?;
    server.place("third", &part)?;
    let third = server.url("third");
    run(&["--put", "--active", &third, "local"], 0)?;
    same(
        &server.content("third")?,
        &[&part, &content[part.len()..]].concat(),
    )?;

    let listed = run(&["--list", server.url("").trim_end_matches('/')], 0)?;
    for name in ["file", "other", "third"] {
        if !listed
            .stdout_text()
            .contains(&format!("{} {name}\n", content.len()))
        {
            return Err(Trouble::failed(format_args!(
                "{name} is not listed\n{listed}"
            )));
        }
    }
    let missing = run(&[&server.url("nothing"), "none"], 1)?;
    match missing.stderr_text().contains("550") && !folder.join("none").exists() {
        true => {}
        false => return Err(Trouble::failed(missing)),
    }
    run(&["http://127.0.0.1/a", "none"], 1)?;
    run(&["--pin", "no", &url, "none"], 2)?;
    Ok(())
}

fn raii(build: Build, peer: Peer) -> Result<(), Trouble> {
    let server = peer.start(Family::V4)?;
    server.place("file", b"content")?;
    let mut raii = build.program(RAII)?;
    raii.arg(server.url("").trim_end_matches('/'));
    let finished =
        ends(raii, &server.client_folder(), 0).map_err(|trouble| trouble.with(server.log()))?;
    match (finished.stdout_text().as_str(), server.content("raii.txt")) {
        ("file\n", Err(_)) => Ok(()),
        _ => Err(Trouble::failed(finished)),
    }
}

fn server(build: Build) -> Result<(), Trouble> {
    let served = Served::start(build, &[])?;
    let content = content();
    let client = served.folder.path().join("client");
    fs::create_dir(&client)?;
    fs::write(client.join("up"), &content)?;
    let url = format!("ftp://ada:secret@{}/file", served.address);
    for task in [&["--put", &url, "up"][..], &["--active", &url, "down"][..]] {
        let mut get = Build::USUAL.program(GET)?;
        get.args(task).current_dir(&client);
        ends(get, &client, 0).map_err(|trouble| trouble.with(served.running.output()))?;
    }
    same(&fs::read(client.join("down"))?, &content)?;
    same(&fs::read(served.directory().join("file"))?, &content)?;
    let said = served.stop()?;
    let sum = format!(
        "2 sessions, 2 whole transfers, {size} bytes out, {size} bytes in\n",
        size = content.len()
    );
    match said.contains("logged in session=1 user=ada") && said.ends_with(&sum) {
        true => Ok(()),
        false => Err(Trouble::failed(said)),
    }
}

/// Both ends in C: a certificate that is trusted by its root, by its fingerprint, and not at all.
fn tls(build: Build) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
    let made = made.map_err(Trouble::failed)?;
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(at("cert.pem"), made.cert.pem())?;
    fs::write(at("key.pem"), made.signing_key.serialize_pem())?;
    let served = Served::start(build, &[&at("cert.pem"), &at("key.pem")])?;
    let content = content();
    fs::write(served.directory().join("file"), &content)?;
    let url = format!("ftpes://ada:secret@{}/file", served.address);
    for (options, code) in [
        (&["--ca", &at("cert.pem")][..], 0),
        (&["--insecure"][..], 0),
        (&["--pin", &"00".repeat(32)][..], 1),
        (&[][..], 1),
    ] {
        let mut get = build.program(GET)?;
        get.args(options).args([&url, "-"]);
        let finished = ends(get, folder.path(), code)
            .map_err(|trouble| trouble.with(served.running.output()))?;
        match code {
            0 => same(&finished.stdout, &content)?,
            _ => same(&finished.stdout, b"")?,
        }
    }
    served.stop()?;
    Ok(())
}

/// A server that takes no more of an upload, ends its half, and then resets: sending on would bring
/// SIGPIPE.
fn reset_of_a_client(build: Build) -> Result<(), Trouble> {
    let folder = tempfile::tempdir()?;
    let large = fs::File::create(folder.path().join("large"))?;
    large.set_len(LARGE)?;
    let control = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("ftp://ada:secret@{}/file", control.local_addr()?);
    let mut get = build.program(GET)?;
    get.args(["--put", &url, "large"])
        .current_dir(folder.path());
    let running = Running::start(get, "get", folder.path())?;
    let scripted = script(&control).map_err(|why| Trouble::from(why).with(running.output()));
    scripted?;
    let finished = running.finish(DEADLINE)?;
    match finished.status.code() {
        Some(1) => Ok(()),
        _ => Err(Trouble::failed(format_args!("no failure\n{finished}"))),
    }
}

/// Answers a client up to its upload, and cuts that.
fn script(control: &TcpListener) -> std::io::Result<()> {
    let (stream, _) = control.accept()?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let lines = std::io::BufRead::lines(std::io::BufReader::new(stream.try_clone()?));
    let mut stream = stream;
    let data = TcpListener::bind("127.0.0.1:0")?;
    let port = data.local_addr()?.port();
    stream.write_all(b"220 Hello.\r\n")?;
    for line in lines {
        let line = line?;
        match line.split(' ').next().unwrap_or_default() {
            "USER" => stream.write_all(b"230 Welcome.\r\n")?,
            "SIZE" => stream.write_all(b"550 None.\r\n")?,
            "EPSV" => stream.write_all(format!("229 Come (|||{port}|)\r\n").as_bytes())?,
            "STOR" => {
                stream.write_all(b"150 Go on.\r\n")?;
                let (mut upload, _) = data.accept()?;
                upload.read_exact(&mut [0; 1000])?;
                cut(upload)?;
                stream.write_all(b"426 Enough.\r\n")?;
                break;
            }
            _ => stream.write_all(b"200 Fine.\r\n")?,
        }
    }
    Ok(())
}

/// Ends this half in order, so that the other side's is the last to close, and then resets by
/// leaving unread what has come: to send there then gives EPIPE, not ECONNRESET.
fn cut(stream: TcpStream) -> std::io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    drop(stream);
    Ok(())
}

/// Clients that end their half of a download, and then reset it.
fn reset_of_a_server(build: Build) -> Result<(), Trouble> {
    let served = Served::start(build, &[])?;
    let large = fs::File::create(served.directory().join("large"))?;
    large.set_len(LARGE)?;
    for _ in 0..5 {
        let mut control = TcpStream::connect(served.address)?;
        control.set_read_timeout(Some(DEADLINE))?;
        let answers = control.try_clone()?;
        let mut answers = std::io::BufRead::lines(std::io::BufReader::new(answers));
        let mut ask = |line: &str| -> Result<String, Trouble> {
            control.write_all(line.as_bytes())?;
            let answer = answers.next();
            Ok(answer.ok_or_else(|| Trouble::failed("the server has gone"))??)
        };
        ask("")?;
        ask("USER ada\r\n")?;
        ask("PASS secret\r\n")?;
        ask("TYPE I\r\n")?;
        let told = ask("EPSV\r\n")?;
        let port = told.split('|').nth(3).and_then(|port| port.parse().ok());
        let port: u16 = port.ok_or_else(|| Trouble::failed(told))?;
        let mut data = TcpStream::connect(("127.0.0.1", port))?;
        ask("RETR large\r\n")?;
        data.read_exact(&mut [0; 1000])?;
        cut(data)?;
        let said = ask("")?;
        if !said.starts_with("426") {
            return Err(Trouble::failed(said));
        }
    }
    let said = served.stop()?;
    match said.matches("whole=0").count() {
        5 => Ok(()),
        _ => Err(Trouble::failed(said)),
    }
}

/// `server.c`, which runs.
struct Served {
    running: Running,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Served {
    fn start(build: Build, certificate: &[&str]) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir()?;
        let directory = folder.path().join("served");
        fs::create_dir(&directory)?;
        let mut server = build.program(SERVER)?;
        server
            .arg(directory)
            .args(["ada", "secret"])
            .args(certificate);
        let mut running = Running::start(server, "server", folder.path())?;
        let address = running.until(DEADLINE, |running| {
            let said = String::from_utf8_lossy(&running.stdout()?).into_owned();
            let line = said.strip_prefix("listening on ");
            let address = line.and_then(|line| line.split_once('\n'));
            Ok(address.and_then(|(address, _)| address.parse().ok()))
        })?;
        Ok(Self {
            running,
            address,
            folder,
        })
    }

    fn directory(&self) -> std::path::PathBuf {
        self.folder.path().join("served")
    }

    /// Stops it in order; what it has said.
    fn stop(self) -> Result<String, Trouble> {
        let pid = i32::try_from(self.running.id())
            .ok()
            .and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| Trouble::failed("no such process"))?;
        kill_process(pid, Signal::TERM)?;
        let finished = self.running.finish(DEADLINE)?;
        match finished.status.code() {
            Some(0) => Ok(finished.stdout_text()),
            _ => Err(Trouble::failed(finished)),
        }
    }
}

/// Runs a program to its end, which is to be this exit code.
fn ends(command: Command, folder: &Path, code: i32) -> Result<Finished, Trouble> {
    let finished = Running::start(command, "program", folder)?.finish(DEADLINE)?;
    match finished.status.code() == Some(code) {
        true => Ok(finished),
        false => Err(Trouble::failed(format_args!(
            "expected exit code {code}\n{finished}"
        ))),
    }
}

fn folder_of_output() -> Result<tempfile::TempDir, Trouble> {
    Ok(tempfile::tempdir()?)
}

fn same(found: &[u8], expected: &[u8]) -> Result<(), Trouble> {
    match found == expected {
        true => Ok(()),
        false => Err(Trouble::failed(format_args!(
            "{} bytes, not the {} that were sent",
            found.len(),
            expected.len()
        ))),
    }
}

/// Every byte, and more than a buffer of them; no two places look alike.
fn content() -> Vec<u8> {
    let numbers = (0..100_000_u32).map(|number| number.wrapping_mul(0x9E37_79B9));
    numbers.flat_map(u32::to_be_bytes).collect()
}

const GET: &str = "ftp-ffi/examples/get.c";
const SERVER: &str = "ftp-ffi/examples/server.c";
const RAII: &str = "ftp-ffi/examples/raii.cpp";
/// More than all buffers on the way hold.
const LARGE: u64 = 256 * 1024 * 1024;
/// For hangs alone: valgrind is slow, and slower on a busy machine.
const DEADLINE: Duration = Duration::from_secs(100);
