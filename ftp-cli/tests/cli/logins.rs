//! Where passwords come from.

use std::fs;

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
