//! What is left in the process when sessions and servers are gone, and when it has nothing left to
//! give. The one test of its process: it counts descriptors.
#![cfg(target_os = "linux")]

#[path = "server/client.rs"]
#[expect(dead_code, reason = "shared with the other tests of the server")]
mod client;
#[path = "server/harness.rs"]
#[expect(dead_code, reason = "shared with the other tests of the server")]
mod harness;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ftp_io::server::Event;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use client::{Client, PATIENCE, connect};
use harness::{Running, content};

#[test]
fn nothing_is_left_of_sessions_and_servers() {
    // A listener that is kept for later is no leftover.
    let server = Running::with(|builder| builder.kept_listeners(0)).with_file("f", b"");
    fs::File::options()
        .write(true)
        .open(server.file("f"))
        .and_then(|file| file.set_len(64 << 20))
        .expect("a file with holes");
    // The first session brings pipes and the like that stay.
    vanish_while_uploading(&server);
    let before = descriptors();

    for (what, vanish) in [
        ("idle", vanish_while_idle as fn(&Running)),
        (
            "vanish_while_listening",
            vanish_while_listening as fn(&Running),
        ),
        (
            "vanish_while_connecting",
            vanish_while_connecting as fn(&Running),
        ),
        (
            "vanish_while_downloading",
            vanish_while_downloading as fn(&Running),
        ),
        (
            "vanish_while_uploading",
            vanish_while_uploading as fn(&Running),
        ),
        ("listing", vanish_while_listing as fn(&Running)),
    ] {
        vanish(&server);
        assert_eq!(descriptors(), before, "{what}");
    }

    the_process_has_no_descriptor_left(&server);
    assert_eq!(descriptors(), before, "after a shortage");

    drop(server);
    let without = descriptors();
    let server = Running::new();
    let session = Client::logged_in(server.address());
    server.handle.stop_now();
    server.ended();
    drop(session);
    assert_eq!(descriptors(), without, "of a server stopped at once");
}

fn vanish_while_idle(server: &Running) {
    drop(Client::logged_in(server.address()));
    await_end(server);
}

fn vanish_while_listening(server: &Running) {
    let mut client = Client::logged_in(server.address());
    client.epsv();
    drop(client);
    await_end(server);
}

fn vanish_while_connecting(server: &Running) {
    let mut client = Client::logged_in(server.address());
    client.epsv();
    client.send("RETR f\r\n");
    drop(client);
    await_end(server);
}

fn vanish_while_downloading(server: &Running) {
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("RETR f", 150);
    data.read_exact(&mut [0; 1_000]).expect("a download");
    ftp_io::net::reset(client.socket());
    drop(client);
    await_end(server);
}

fn vanish_while_uploading(server: &Running) {
    let mut client = Client::logged_in(server.address());
    let mut data = connect(client.epsv());
    client.say("STOR g", 150);
    data.write_all(&content(100_000)).expect("an upload");
    client.say("STAT", 211);
    drop(client);
    await_end(server);
    let left = fs::read_dir(server.directory.path()).expect("there");
    assert!(left.count() <= 2, "no temporary file is left");
}

fn vanish_while_listing(server: &Running) {
    let mut client = Client::logged_in(server.address());
    let listener = client.eprt();
    client.send("LIST\r\n");
    let (data, _) = listener.accept().expect("the server connects");
    drop((client, data, listener));
    await_end(server);
}

/// The server waits, without spinning, until there are descriptors again.
fn the_process_has_no_descriptor_left(server: &Running) {
    let limit = getrlimit(Resource::Nofile);
    let highest = fs::read_dir("/proc/self/fd")
        .expect("Linux")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok())
        .max();
    let tight = Rlimit {
        // One more than there are, for the client.
        current: highest.map(|highest| highest + 2),
        ..limit
    };
    setrlimit(Resource::Nofile, tight).expect("lower is allowed");
    let mut filled = Vec::new();
    while let Ok(file) = fs::File::open("/dev/null") {
        filled.push(file);
    }
    filled.pop();
    let mut late = TcpStream::connect(server.address()).expect("the system accepts for it");
    late.set_read_timeout(Some(Duration::from_millis(250)))
        .expect("a socket");
    let (began, used) = (Instant::now(), cpu_time());
    let mut greeting = [0; 3];
    late.read_exact(&mut greeting)
        .expect_err("nobody can greet");
    let burnt = cpu_time() - used;
    assert!(burnt < began.elapsed() / 2, "{burnt:?} of CPU time to wait");
    drop(filled);
    setrlimit(Resource::Nofile, limit).expect("as before");
    late.set_read_timeout(Some(PATIENCE)).expect("a socket");
    late.read_exact(&mut greeting).expect("a greeting");
    assert_eq!(&greeting, b"220");
    drop(late);
    await_end(server);
}

/// What the process has open, as the system describes it.
fn descriptors() -> Vec<String> {
    let open = fs::read_dir("/proc/self/fd").expect("Linux");
    let what = |entry: fs::DirEntry| fs::read_link(entry.path()).ok();
    let mut what: Vec<_> = open
        .filter_map(|entry| Some(what(entry.ok()?)?.to_string_lossy().into_owned()))
        // The one of this look itself.
        .filter(|what| !what.ends_with("/fd"))
        .collect();
    what.sort();
    what
}

fn await_end(server: &Running) {
    server.await_event(|event| matches!(event, Event::SessionEnded { .. }).then_some(()));
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a time")
}
