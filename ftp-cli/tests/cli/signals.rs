//! How `serve` is told what to do while it runs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use rustix::process::Signal;

use crate::site::Site;
use crate::users::user;

#[test]
fn a_stopped_server_lets_a_transfer_end_and_takes_nobody_new() {
    let mut site = Site::with(["--anonymous"]);
    let content = large(&site);
    let (mut control, mut data) = begin_retrieving(site.address());
    site.signal(Signal::TERM);
    refuses_connections(site.address());
    let mut came = Vec::new();
    data.read_to_end(&mut came).unwrap();
    assert!(came == content, "{} bytes", came.len());
    drop(data);
    assert!(control.reply().starts_with("226 "));
    assert!(control.reply().starts_with("421 "));
    assert_eq!(site.ended(), 0);
}

#[test]
fn a_second_signal_ends_everything_at_once() {
    let mut site = Site::with(["--anonymous"]);
    let content = large(&site);
    let (_control, mut data) = begin_retrieving(site.address());
    site.signal(Signal::INT);
    refuses_connections(site.address());
    site.signal(Signal::TERM);
    assert_eq!(site.ended(), 0);
    let mut came = Vec::new();
    // Cut, in whatever way.
    let _ = data.read_to_end(&mut came);
    assert!(came.len() < content.len(), "all of it came");
}

#[test]
fn a_hang_up_reads_the_users_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    user(&["add", "bob"], &file, "key").ok();
    let site = Site::with([Path::new("--users"), &file]);
    site.run(["ls", &site.url("")]).ends(4);
    user(&["add", "alice"], &file, "s3cret").ok();
    site.signal(Signal::HUP);
    site.says("the users were read again: 2 of them");
    site.run(["ls", &site.url("")]).ok();
    fs::write(&file, "[users.alice]\nhush = 1\n").unwrap();
    site.signal(Signal::HUP);
    site.says("the users stay as they were");
    site.run(["ls", &site.url("")]).ok();
}

#[test]
fn a_hang_up_ends_nobody_where_there_is_no_file() {
    let site = Site::new();
    site.signal(Signal::HUP);
    site.says("no file of users");
    site.run(["ls", &site.url("")]).ok();
}

#[test]
fn a_file_of_users_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.toml");
    user(&["add", "alice"], &file, "s3cret").ok();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let site = Site::with([Path::new("--users"), &file]);
    site.says("expected 0600");
}

/// More than the buffers of any connection hold.
fn large(site: &Site) -> Vec<u8> {
    let content = vec![b'x'; 64 << 20];
    fs::write(site.server_file("large"), &content).unwrap();
    content
}

/// A conversation by hand.
struct Control(BufReader<TcpStream>);

impl Control {
    fn ask(&mut self, command: &str) -> String {
        let line = format!("{command}\r\n");
        self.0.get_mut().write_all(line.as_bytes()).unwrap();
        self.reply()
    }

    fn reply(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }
}

/// A download of which nothing is read yet.
fn begin_retrieving(server: SocketAddr) -> (Control, TcpStream) {
    let mut control = Control(BufReader::new(TcpStream::connect(server).unwrap()));
    control.reply();
    control.ask("USER anonymous");
    assert!(control.ask("PASS me@").starts_with("230"));
    control.ask("TYPE I");
    let passive = control.ask("EPSV");
    let port = passive.split('|').nth(3).unwrap().parse().unwrap();
    let data = TcpStream::connect((server.ip(), port)).unwrap();
    assert!(control.ask("RETR large").starts_with("150"));
    (control, data)
}

/// Waits until nobody is taken any more.
fn refuses_connections(server: SocketAddr) {
    while TcpStream::connect(server).is_ok() {
        std::thread::yield_now();
    }
}
