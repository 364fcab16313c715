//! Where passwords come from.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::site::{PASSWORD, Site, USER, run};

#[test]
fn the_environment_gives_the_password() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    site.run(["cat", &site.url("a")]).ok();
    let mut command = site.command(["cat", &site.url("a")]);
    command.env("FTP_PASSWORD", "wrong");
    run(command, b"").ends(4).says("530");
}

#[test]
fn a_file_goes_before_the_environment() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    for (content, status) in [
        ("s3cret\nmore\n", 0),
        ("s3cret\r\n", 0),
        ("s3cret", 0),
        ("", 4),
    ] {
        fs::write(site.client_file("secret"), content).unwrap();
        let mut command = site.command(["cat", &site.url("a"), "--password-file", "secret"]);
        command.env("FTP_PASSWORD", "wrong");
        run(command, b"").ends(status);
    }
    site.run(["cat", &site.url("a"), "--password-file", "nowhere"])
        .ends(7)
        .says("cannot read nowhere");
}

#[test]
fn a_hyphen_reads_the_password_from_standard_input() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    let command = || site.command(["cat", &site.url("a"), "--password-file", "-"]);
    run(command(), b"s3cret\n").ok();
    run(command(), b"wrong\n").ends(4);
}

#[test]
fn the_address_goes_before_all() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    let url = site.url_as(&format!("{USER}:{PASSWORD}@"), "a");
    let mut command = site.command(["cat", &url]);
    command.env("FTP_PASSWORD", "wrong");
    run(command, b"").ok();
}

#[test]
fn without_a_password_and_a_terminal_it_is_told_what_to_do() {
    let site = Site::new();
    let mut command = site.command(["ls", &site.url("")]);
    command.env_remove("FTP_PASSWORD");
    run(command, b"").ends(4).says("--password-file");
}

#[test]
fn a_refused_login_is_tried_once_for_several_files() {
    let site = Site::new();
    let mut command = site.command(["-v", "get", &site.url("a"), &site.url("b")]);
    command.env("FTP_PASSWORD", "wrong");
    let ran = run(command, b"").ends(4);
    assert_eq!(ran.stderr.matches("> PASS").count(), 1, "{ran:?}");
    assert!(!ran.stderr.contains("wrong"), "{ran:?}");
}

#[test]
fn nobody_named_is_anonymous_whatever_the_environment_says() {
    let site = Site::with(["--anonymous"]);
    fs::write(site.server_file("a"), "one").unwrap();
    let mut command = site.command(["-v", "cat", &site.url_as("", "a")]);
    command.env("FTP_PASSWORD", PASSWORD);
    let ran = run(command, b"").ok();
    assert!(ran.stderr.contains("> USER anonymous"), "{ran:?}");
}

/// A file that only its owner can read.
fn write_secret(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn netrc_at_home_gives_the_name_and_the_password() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    let entry = format!("machine 127.0.0.1 login {USER} password {PASSWORD}\n");
    write_secret(&site.client_file(".netrc"), &entry);
    let command = |url: &str, option: &str| {
        let mut command = site.command(["-v", "cat", url, option]);
        command
            .env_remove("FTP_PASSWORD")
            .env("HOME", site.client_file(""));
        command
    };
    for url in [site.url_as("", "a"), site.url("a")] {
        let ran = run(command(&url, "--passive"), b"").ok();
        assert_eq!(ran.stdout, b"one");
        assert!(!ran.stderr.contains(PASSWORD), "{ran:?}");
    }
    run(command(&site.url_as("bob@", "a"), "--passive"), b"").ends(4);
    run(command(&site.url("a"), "--no-netrc"), b"").ends(4);
    let ran = run(command(&site.url_as("", "a"), "--no-netrc"), b"").ends(4);
    assert!(ran.stderr.contains("> USER anonymous"), "{ran:?}");
}

#[test]
fn a_netrc_file_goes_behind_the_environment() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    let given = |password: &str, netrc: &str| {
        write_secret(&site.client_file("n"), netrc);
        let mut command = site.command(["cat", &site.url("a"), "--netrc-file", "n"]);
        command.env("FTP_PASSWORD", password);
        run(command, b"")
    };
    given(PASSWORD, &format!("default login {USER} password wrong")).ok();
    given(
        "wrong",
        &format!("default login {USER} password {PASSWORD}"),
    )
    .ends(4);
}

#[test]
fn a_name_from_netrc_goes_with_the_password_beside_it() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    let url = site.url_as("", "a");
    for (password, netrc, status) in [
        (
            "wrong",
            format!("default login {USER} password {PASSWORD}"),
            0,
        ),
        (PASSWORD, format!("default login {USER} password wrong"), 4),
        (PASSWORD, format!("default login {USER}"), 0),
    ] {
        write_secret(&site.client_file("n"), &netrc);
        let mut command = site.command(["cat", &url, "--netrc-file", "n"]);
        command.env("FTP_PASSWORD", password);
        run(command, b"").ends(status);
    }
}

#[test]
fn a_netrc_file_that_cannot_be_used_is_told_of() {
    let site = Site::new();
    let netrc = site.client_file("n");
    let url = site.url_as("", "a");
    let ran = || site.run(["cat", &url, "--netrc-file", "n"]);
    ran().ends(7).says("n: it cannot be read");
    write_secret(&netrc, &format!("machine h\nlogin ada {PASSWORD}"));
    let told = ran().ends(7).says("n, line 2: expected machine");
    assert!(!told.stderr.contains(PASSWORD), "{told:?}");
    fs::write(&netrc, format!("default login {USER} password {PASSWORD}")).unwrap();
    fs::set_permissions(&netrc, Permissions::from_mode(0o644)).unwrap();
    ran().ends(7).says("chmod 600");
    site.run(["cat", &url, "--netrc-file", "n", "--no-netrc"])
        .ends(2);
}

#[test]
fn a_terminal_is_asked_and_does_not_show_what_is_typed() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    let terminal = Terminal::new();
    let mut command = site.command(["cat", &site.url("a")]);
    command.env_remove("FTP_PASSWORD");
    let mut child = terminal.start(command);
    let mut shown = terminal.read_until("Password of alice at 127.0.0.1: ");
    terminal.wait_until_silent();
    terminal.type_in(b"s3cret\r");
    let mut content = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut content)
        .unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(content, "one");
    shown += &terminal.rest();
    assert!(!shown.contains("s3cret"), "{shown:?}");
}

/// A terminal of which this test is the user.
struct Terminal {
    user: File,
    program: File,
}

impl Terminal {
    fn new() -> Self {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&user).unwrap();
        unlockpt(&user).unwrap();
        let name = ptsname(&user, Vec::new()).unwrap();
        let program = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits() as i32)
            .open(OsStr::from_bytes(name.to_bytes()))
            .unwrap();
        Self {
            user: user.into(),
            program,
        }
    }

    /// Starts a program whose terminal this is; its standard output is elsewhere.
    fn start(&self, mut command: Command) -> Child {
        command
            .stdin(self.program.try_clone().unwrap())
            .stderr(self.program.try_clone().unwrap())
            .stdout(Stdio::piped());
        // SAFETY: setsid and ioctl may be called between fork and exec, and nothing else is.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        command.spawn().unwrap()
    }

    fn read_until(&self, text: &str) -> String {
        let mut shown = Vec::new();
        let mut byte = [0];
        while !shown.ends_with(text.as_bytes()) {
            (&self.user).read_exact(&mut byte).unwrap();
            shown.push(byte[0]);
        }
        String::from_utf8(shown).unwrap()
    }

    /// Until what is typed is not shown any more.
    fn wait_until_silent(&self) {
        let shows = || {
            tcgetattr(&self.user)
                .unwrap()
                .local_modes
                .contains(LocalModes::ECHO)
        };
        while shows() {
            std::thread::yield_now();
        }
    }

    fn type_in(&self, bytes: &[u8]) {
        (&self.user).write_all(bytes).unwrap();
    }

    /// What was shown up to the end, after the program has ended.
    fn rest(self) -> String {
        drop(self.program);
        let mut shown = Vec::new();
        // A terminal that no program holds any more is an error to read from.
        let _ = (&self.user).read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    }
}
