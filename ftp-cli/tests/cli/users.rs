//! `user`, and `serve --users`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use crate::site::{Ran, Site, run, tool};

#[test]
fn an_added_user_can_log_in_and_do_what_was_granted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    user(&["add", "alice"], &file, "s3cret\n").ok();
    user(
        &["add", "bob", "--read-only", "--home", "/people/bob"],
        &file,
        "key",
    )
    .ok();
    let site = Site::with([Path::new("--users"), &file]);
    fs::create_dir_all(site.server_file("people/bob")).unwrap();
    fs::write(site.server_file("people/bob/mine"), "his").unwrap();
    fs::write(site.client_file("a"), "one").unwrap();
    site.run(["put", "a", &site.url("")]).ok();
    let as_bob = |arguments: &[&str]| {
        let mut command = site.command(arguments);
        command.env("FTP_PASSWORD", "key");
        run(command, b"")
    };
    let ran = as_bob(&["cat", &site.url_as("bob@", "%2Fmine")]).ok();
    assert_eq!(ran.stdout_text(), "his");
    as_bob(&["put", "a", &site.url_as("bob@", "")])
        .ends(5)
        .says("550");
    as_bob(&["ls", &site.url("")]).ends(4);
}

#[test]
fn the_file_is_closed_to_others_and_holds_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    user(&["add", "alice"], &file, "s3cret\n").ok();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("$argon2id$") && !text.contains("s3cret"),
        "{text}"
    );
}

#[test]
fn what_is_in_the_file_stays_with_its_mode_and_as_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real.toml");
    let file = folder.path().join("users.toml");
    user(&["add", "alice"], &real, "s3cret").ok();
    let text = fs::read_to_string(&real).unwrap();
    let commented = format!("# Ours.\n{text}\n[anonymous]  # everybody\nhome = \"/pub\"\n");
    fs::write(&real, &commented).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.toml", &file).unwrap();
    user(&["add", "bob"], &file, "key").ok();
    let text = fs::read_to_string(&real).unwrap();
    assert!(text.starts_with(&commented), "{text}");
    assert!(file.symlink_metadata().unwrap().is_symlink());
    assert_eq!(real.metadata().unwrap().mode() & 0o777, 0o640);
    user(&["remove", "bob"], &file, "").ok();
    let text = fs::read_to_string(&real).unwrap();
    assert_eq!(text.trim_end(), commented.trim_end());
    let ran = user(&["list"], &file, "").ok();
    assert_eq!(
        ran.stdout_text(),
        "alice\tlist,read,write,delete,rename,make\t/\nanonymous\tlist,read\t/pub\n"
    );
}

#[test]
fn a_new_password_leaves_the_rest_of_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    user(
        &["add", "alice", "--permissions", "list,read"],
        &file,
        "old",
    )
    .ok();
    let before = user(&["list"], &file, "").ok().stdout_text();
    assert_eq!(before, "alice\tlist,read\t/\n");
    user(&["password", "alice"], &file, "s3cret").ok();
    assert_eq!(user(&["list"], &file, "").ok().stdout_text(), before);
    let site = Site::with([Path::new("--users"), &file]);
    site.run(["ls", &site.url("")]).ok();
}

#[test]
fn what_cannot_be_meant_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    user(&["remove", "alice"], &file, "")
        .ends(7)
        .says("cannot read");
    user(&["add", "alice"], &file, "")
        .ends(2)
        .says("empty password");
    user(&["add", "alice", "--home", "here"], &file, "x").ends(2);
    user(&["add", "alice", "--permissions", "fly"], &file, "x").ends(2);
    assert!(!file.exists());
    user(&["add", "alice"], &file, "s3cret").ok();
    let before = fs::read(&file).unwrap();
    user(&["add", "alice"], &file, "other")
        .ends(7)
        .says("already");
    user(&["remove", "bob"], &file, "")
        .ends(7)
        .says("bob is no user");
    user(&["password", "bob"], &file, "x")
        .ends(7)
        .says("bob is no user");
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::write(&file, "[users.alice]\nhush = 'x'\n").unwrap();
    user(&["add", "bob"], &file, "x").ends(7).says("line 2");
    assert_eq!(fs::read(&file).unwrap(), b"[users.alice]\nhush = 'x'\n");
}

#[test]
fn a_hash_is_printed_for_use_elsewhere() {
    let mut command = tool();
    command.args(["user", "hash"]);
    let ran = run(command, b"s3cret\n").ok();
    assert!(ran.stdout_text().starts_with("$argon2id$v=19$"), "{ran:?}");
}

#[test]
fn a_file_that_is_no_table_of_users_is_not_served_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    fs::write(&file, "[users.alice]\n").unwrap();
    let mut command = tool();
    command
        .arg("serve")
        .arg(folder.path())
        .arg("--users")
        .arg(&file);
    run(command, b"").ends(7).says("line 1").says("has no hash");
}

#[test]
fn a_server_that_nobody_could_log_in_to_is_a_mistake() {
    let mut command = tool();
    command.args(["serve", "."]);
    run(command, b"").ends(2).says("nobody could log in");
}

#[test]
fn an_address_that_cannot_be_listened_at_is_told_in_words() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let in_use = taken.local_addr().unwrap().to_string();
    for (address, sentence, advice) in [
        (
            &in_use[..],
            format!("another program listens at {in_use} already"),
            "another port with --listen",
        ),
        (
            // Of the block for documentation, which no machine has.
            "192.0.2.1:2121",
            "this machine does not have the address of 192.0.2.1:2121".into(),
            "Choose one that it has",
        ),
    ] {
        let mut command = tool();
        command.args(["serve", ".", "--anonymous", "--listen", address]);
        let ran = run(command, b"").ends(7).says(&sentence).says(advice);
        assert!(!ran.stderr.contains("os error"), "{ran:?}");
    }
}

/// Runs `user` on a file, with this on its standard input.
pub(crate) fn user(arguments: &[&str], file: &Path, input: &str) -> Ran {
    let mut command = tool();
    command.arg("user").args(arguments).arg("--file").arg(file);
    run(command, input.as_bytes())
}

#[test]
fn a_client_too_many_is_told_so() {
    let site = Site::with(["--anonymous", "--max-sessions-per-address", "1"]);
    let mut first = BufReader::new(TcpStream::connect(site.address()).unwrap());
    let mut greeting = String::new();
    first.read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("220"), "{greeting}");
    let ran = site.run(["ls", &site.url_as("", "")]).ends(8);
    assert!(ran.stderr.contains("421"), "{ran:?}");
}

#[test]
fn an_idle_session_ends_and_the_greeting_is_the_operators() {
    let site = Site::with(["--anonymous", "--idle-timeout", "1", "--banner", "Ours."]);
    let mut control = TcpStream::connect(site.address()).unwrap();
    let mut said = String::new();
    control.read_to_string(&mut said).unwrap();
    let (first, last) = said.split_once("\r\n").unwrap();
    assert_eq!(first, "220 Ours.");
    assert!(last.starts_with("421 "), "{said}");
}
