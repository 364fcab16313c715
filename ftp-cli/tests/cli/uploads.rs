//! `put`.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::site::{Site, run};

#[test]
fn several_files_keep_their_names() {
    let site = Site::new();
    fs::create_dir(site.server_file("inbox")).unwrap();
    fs::write(site.client_file("a"), "one").unwrap();
    fs::write(site.client_file("b"), "two").unwrap();
    site.run(["put", "a", "b", &site.url("inbox/")]).ok();
    assert_eq!(fs::read(site.server_file("inbox/a")).unwrap(), b"one");
    assert_eq!(fs::read(site.server_file("inbox/b")).unwrap(), b"two");
    site.run(["put", "a", &site.url("")]).ok();
    assert_eq!(fs::read(site.server_file("a")).unwrap(), b"one");
}

#[test]
fn one_that_cannot_be_read_does_not_stop_the_others() {
    let site = Site::new();
    fs::write(site.client_file("b"), "two").unwrap();
    fs::create_dir(site.client_file("folder")).unwrap();
    site.run(["put", "missing", "folder", "b", &site.url("")])
        .ends(1)
        .says("missing: cannot be read: No such file")
        .says("folder: is a directory");
    assert_eq!(fs::read(site.server_file("b")).unwrap(), b"two");
}

#[test]
fn several_files_do_not_fit_under_one_name() {
    let site = Site::new();
    site.run(["put", "a", "b", &site.url("name")])
        .ends(2)
        .says("the address must end in /");
}

#[test]
fn a_hyphen_is_standard_input() {
    let site = Site::new();
    let noise: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    run(site.command(["put", "-", &site.url("a")]), &noise).ok();
    assert!(fs::read(site.server_file("a")).unwrap() == noise);
    run(
        site.command(["put", "-", &site.url("a"), "--append"]),
        b"end",
    )
    .ok();
    assert!(fs::read(site.server_file("a")).unwrap().ends_with(b"end"));
    let shorter = fs::File::open(site.client_file("a.txt"));
    assert!(shorter.is_err());
}

#[test]
fn a_file_on_standard_input_is_read_from_where_it_stands() {
    let site = Site::new();
    fs::write(site.client_file("a"), "all of it").unwrap();
    let file = fs::File::open(site.client_file("a")).unwrap();
    let status = site
        .command(["put", "-", &site.url("a")])
        .stdin(Stdio::from(file))
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(fs::read(site.server_file("a")).unwrap(), b"all of it");
}

#[test]
fn standard_input_has_no_name_and_no_earlier_part() {
    let site = Site::new();
    site.run(["put", "-", &site.url("")])
        .ends(2)
        .says("no name of its own");
    site.run(["put", "-", &site.url("a"), "--resume"]).ends(2);
    site.run(["put", "-", &site.url("a"), "--password-file", "-"])
        .ends(2);
}

#[test]
fn resuming_sends_what_the_server_lacks() {
    let site = Site::new();
    fs::write(site.client_file("a"), "0123456789").unwrap();
    fs::write(site.server_file("a"), "0123").unwrap();
    site.run(["put", "a", &site.url("a"), "--resume"]).ok();
    assert_eq!(fs::read(site.server_file("a")).unwrap(), b"0123456789");
    fs::write(site.client_file("a"), "short").unwrap();
    site.run(["put", "a", &site.url("a"), "-c"])
        .ends(7)
        .says("it is another file");
}

#[test]
fn a_killed_upload_is_not_taken_for_a_whole_file() {
    let site = Site::new();
    fs::write(site.server_file("a"), "the old one").unwrap();
    let mut child = site
        .command(["put", "-", &site.url("a")])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&[b'x'; 100_000]).unwrap();
    // The server has some of it under a name of its own.
    until(|| bytes_in(&site.server_file("")) > 1_000);
    child.kill().unwrap();
    child.wait().unwrap();
    // And lets it go when it has heard of the end.
    until(|| names(&site) == ["a"]);
    assert_eq!(fs::read(site.server_file("a")).unwrap(), b"the old one");
}

#[test]
fn a_killed_server_leaves_nothing_behind_its_next_start() {
    let mut site = Site::new();
    fs::write(site.server_file("a"), "the old one").unwrap();
    let mut child = site
        .command(["put", "-", &site.url("a")])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&[b'x'; 100_000]).unwrap();
    until(|| bytes_in(&site.server_file("")) > 1_000);
    assert_eq!(names(&site).len(), 2, "the upload has a file of its own");
    site.killed_and_started_again();
    assert_eq!(names(&site), ["a"]);
    assert_eq!(fs::read(site.server_file("a")).unwrap(), b"the old one");
    drop(stdin);
    assert!(!child.wait().unwrap().success(), "the client was told");
}

#[test]
fn a_server_that_goes_away_is_noticed_while_a_program_pauses() {
    let mut site = Site::new();
    let mut child = site
        .command(["put", "-", &site.url("a")])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&[b'x'; 100_000]).unwrap();
    until(|| bytes_in(&site.server_file("")) > 1_000);
    site.killed_and_started_again();
    // Standard input is open, and nothing more comes of it.
    assert!(!child.wait().unwrap().success());
    drop(stdin);
}

fn bytes_in(folder: &std::path::Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

fn names(site: &Site) -> Vec<String> {
    let entries = fs::read_dir(site.server_file("")).unwrap();
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect()
}

/// Waits for what another process does.
fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(120), "never");
        std::thread::yield_now();
    }
}
