//! What an operator needs root for, and what systemd makes of the unit in `docs`.
#![cfg(target_os = "linux")]

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ftp_io::blocking::Client;
use ftp_io::client::{ClientOptions, Notice, Observer};
use ftp_proto::DataMode;
use ftp_proto::client::{DataPolicy, Login, Store, StoreAs};
use ftp_proto::codec::command::{Argument, Password};
use ftp_tests::process::Running;
use ftp_tests::{Trouble, trial};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = vec![
        trial(
            "root_is_given_up_and_port_20_stays",
            root_is_given_up_and_port_20_stays,
        ),
        trial("a_group_can_be_named", a_group_can_be_named),
        trial(
            "nobody_else_can_become_another_user",
            nobody_else_can_become_another_user,
        ),
        trial(
            "a_port_of_roots_is_refused_in_words",
            a_port_of_roots_is_refused_in_words,
        ),
        trial("to_become_root_is_a_mistake", to_become_root_is_a_mistake),
        trial("systemd_takes_the_unit", systemd_takes_the_unit),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn root_is_given_up_and_port_20_stays() -> Result<(), Trouble> {
    needs_root()?;
    let folder = folder_of(NOBODY)?;
    let mut server = serve(folder.path(), "nobody")?;
    let pid = server.id();
    let address = server.until(DEADLINE, listening)?;
    assert_eq!(address.port(), 21);
    // Every thread, and so whichever binds the data port.
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = fs::read_to_string(task?.path().join("status"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(field("Uid:"), "65534 65534 65534 65534");
        assert_eq!(field("Gid:"), "65534 65534 65534 65534");
        assert!(
            !field("Groups:").split(' ').any(|group| group == "0"),
            "{status}"
        );
        // CAP_NET_BIND_SERVICE is bit 10, and nothing else is there or can be had.
        assert_eq!(field("CapEff:"), "0000000000000400");
        assert_eq!(field("CapPrm:"), "0000000000000400");
        assert_eq!(field("CapInh:"), "0000000000000000");
        assert_eq!(field("CapAmb:"), "0000000000000000");
        assert_eq!(field("NoNewPrivs:"), "1");
    }
    // Several, so that several threads of the server bind port 20.
    for n in 0..8 {
        let (mode, from) = store(address, &format!("file {n}"))?;
        assert_eq!((mode, from.port()), (DataMode::Active, 20));
    }
    let stored = fs::metadata(folder.path().join("file 0"))?;
    assert_eq!((stored.uid(), stored.gid()), (NOBODY, NOBODY));
    let said = server.output();
    assert!(!said.contains("cannot be bound"), "{said}");
    Ok(())
}

fn a_group_can_be_named() -> Result<(), Trouble> {
    needs_root()?;
    let folder = folder_of(12_345)?;
    let mut server = serve(folder.path(), "12345:daemon")?;
    server.until(DEADLINE, listening)?;
    let status = fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    assert!(
        status.contains("\nUid:\t12345\t12345\t12345\t12345\n"),
        "{status}"
    );
    assert!(status.contains("\nGid:\t1\t1\t1\t1\n"), "{status}");
    assert!(status.contains("\nGroups:\t1 \n"), "{status}");
    Ok(())
}

fn nobody_else_can_become_another_user() -> Result<(), Trouble> {
    let folder = folder_of(NOBODY)?;
    let arguments = ["--listen", &own_address().to_string(), "--run-as", "daemon"];
    let finished = as_nobody(folder.path(), &arguments)?.finish(DEADLINE)?;
    assert_eq!(finished.status.code(), Some(7), "{finished}");
    assert!(finished.stderr_text().contains("only root"), "{finished}");
    Ok(())
}

fn a_port_of_roots_is_refused_in_words() -> Result<(), Trouble> {
    let lowest = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start")?;
    if lowest.trim().parse().unwrap_or(1024) <= 21_u16 {
        return Err(Trouble::missing(
            "on this machine not only root may bind port 21",
        ));
    }
    let folder = folder_of(NOBODY)?;
    let address = own_address().to_string();
    let finished = as_nobody(folder.path(), &["--listen", &address])?.finish(DEADLINE)?;
    assert_eq!(finished.status.code(), Some(7), "{finished}");
    let said = finished.stderr_text();
    let sentence = format!("ftp-cli: this user may not listen at {address}\n");
    assert!(said.contains(&sentence), "{finished}");
    assert!(
        said.contains("start it as root, with --run-as USER"),
        "{finished}"
    );
    Ok(())
}

/// The server of a folder, started by who is not root.
fn as_nobody(folder: &Path, arguments: &[&str]) -> Result<Running, Trouble> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ftp-cli"));
    if rustix::process::geteuid().is_root() {
        use std::os::unix::process::CommandExt;
        // The tool lies where only its owner may look, if the work tree does.
        let copy = folder.join("ftp-cli");
        // By another process: a file that this one had open for writing could still be so in a child
        // of another test, and could not be run.
        let copied = Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_ftp-cli"))
            .arg(&copy)
            .status()?;
        assert!(copied.success(), "the tool was not copied");
        command = Command::new(copy);
        command.uid(NOBODY).gid(NOBODY);
    }
    command
        .arg("serve")
        .arg(folder)
        .arg("--anonymous=rw")
        .args(arguments);
    Running::start(command, "ftp-cli", folder)
}

fn to_become_root_is_a_mistake() -> Result<(), Trouble> {
    needs_root()?;
    let folder = folder_of(NOBODY)?;
    for run_as in ["root", "0:0", "nobody:root", "no-such-user", "54321"] {
        let command = tool(folder.path(), run_as);
        let finished = Running::start(command, "ftp-cli", folder.path())?.finish(DEADLINE)?;
        let code = finished.status.code();
        assert!(matches!(code, Some(2 | 7)), "{run_as}: {finished}");
    }
    Ok(())
}

fn systemd_takes_the_unit() -> Result<(), Trouble> {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ftp-cli.service");
    let folder = tempfile::tempdir()?;
    // Only what the unit starts must be there; here it lies elsewhere.
    let program = env!("CARGO_BIN_EXE_ftp-cli");
    let text = fs::read_to_string(unit)?.replace("/usr/local/bin/ftp-cli", program);
    let copy = folder.path().join("ftp-cli.service");
    fs::write(&copy, &text)?;
    let Some(analyze) = ["/usr/bin/systemd-analyze", "/bin/systemd-analyze"]
        .into_iter()
        .find(|path| Path::new(path).is_file())
    else {
        return Err(Trouble::missing("systemd-analyze"));
    };
    let mut command = Command::new(analyze);
    command.args(["verify", "--man=no"]).arg(&copy);
    let finished = Running::start(command, "systemd-analyze", folder.path())?.finish(DEADLINE)?;
    assert!(finished.status.success(), "{finished}");
    assert!(
        !finished.stderr_text().contains("ftp-cli.service"),
        "{finished}"
    );
    // The options are ones that the tool knows.
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let known = Command::new(program).args(["serve", "--help"]).output()?;
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    for option in line
        .unwrap_or_default()
        .split(' ')
        .filter(|word| word.starts_with("--"))
    {
        assert!(known.contains(option), "{option}");
    }
    Ok(())
}

/// `serve` at port 21, as this user.
fn serve(folder: &Path, run_as: &str) -> Result<Running, Trouble> {
    let logs = folder.parent().unwrap_or(folder);
    Running::start(tool(folder, run_as), "serve", logs)
}

fn tool(folder: &Path, run_as: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ftp-cli"));
    command.arg("serve").arg(folder).args([
        "--anonymous=rw",
        "--listen",
        &own_address().to_string(),
        "--run-as",
        run_as,
    ]);
    command
}

/// Stores a file in active mode; how the data connection was opened, and from where.
fn store(server: SocketAddr, name: &str) -> Result<(DataMode, SocketAddr), Trouble> {
    let route = Arc::new(Mutex::new(None));
    let heard = Arc::clone(&route);
    let options = ClientOptions {
        data: DataPolicy::Active,
        observer: Some(Observer::new(move |notice| {
            if let Notice::DataOpen(route) = notice {
                *heard.lock().unwrap() = Some((route.mode, route.peer));
            }
        })),
        ..ClientOptions::default()
    };
    let mut client = Client::connect(&server.ip().to_string(), server.port(), options)
        .map_err(Trouble::failed)?;
    let argument = |text: &str| Argument::try_from(text).map_err(Trouble::failed);
    let password = Password::try_from("me@").map_err(Trouble::failed)?;
    client
        .login(Login::new(argument("anonymous")?, password))
        .map_err(Trouble::failed)?;
    let mut content = tempfile::tempfile()?;
    client
        .store(Store::new(StoreAs::Whole(argument(name)?)), &mut content)
        .map_err(Trouble::failed)?;
    client.quit().map_err(Trouble::failed)?;
    let route = route.lock().unwrap().take();
    route.ok_or_else(|| Trouble::failed("no data connection"))
}

fn listening(process: &Running) -> std::io::Result<Option<SocketAddr>> {
    let said = String::from_utf8_lossy(&process.stdout()?).into_owned();
    let line = said.split_once('\n').map(|(line, _)| line);
    let address = line.and_then(|line| line.strip_prefix("listening on "));
    Ok(address.and_then(|address| address.parse().ok()))
}

/// A folder in one of its own, which belongs to this user.
struct Folder {
    path: std::path::PathBuf,
    /// Deleted with this value.
    _outer: tempfile::TempDir,
}

impl Folder {
    fn path(&self) -> &Path {
        &self.path
    }
}

fn folder_of(user: u32) -> Result<Folder, Trouble> {
    let folder = tempfile::tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let served = folder.path().join("served");
    fs::create_dir(&served)?;
    if rustix::process::geteuid().is_root() {
        chown(&served, Some(user), Some(user))?;
    }
    Ok(Folder {
        path: served,
        _outer: folder,
    })
}

fn needs_root() -> Result<(), Trouble> {
    match rustix::process::geteuid().is_root() {
        true => Ok(()),
        false => Err(Trouble::missing(
            "only root may bind port 20 and become another user",
        )),
    }
}

/// An address of loopback that nobody else picks, so that its ports 20 and 21 are free.
fn own_address() -> SocketAddr {
    let random = RandomState::new().hash_one(()).to_be_bytes();
    let ip = Ipv4Addr::new(127, 64 | (random[0] >> 2), random[1], random[2].max(1));
    SocketAddr::from((ip, 21))
}

/// `nobody`, who has `nogroup` of the same number.
const NOBODY: u32 = 65_534;

/// For hangs alone.
const DEADLINE: Duration = Duration::from_secs(240);
