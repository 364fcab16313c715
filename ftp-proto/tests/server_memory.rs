//! How much of the heap a session holds, counted by an allocator.

mod counting;

use std::sync::Arc;

use counting::{HELD, PEAK};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Entry, Kind, Metadata};
use ftp_proto::server::{Grant, Permissions, Request, ServerConfig, ServerEvent, ServerSession};
use ftp_proto::{ControlAddresses, Instant, Output};

const NOW: Instant = Instant::from_micros(0);

#[test]
fn an_idle_session_holds_nothing_but_its_users_name() {
    let config = Arc::new(ServerConfig::default());
    let before = HELD.get();
    let mut session = ServerSession::new(config.clone(), addresses(), NOW);
    run(&mut session, b"");
    assert_eq!(HELD.get() - before, 0, "before the login");
    run(
        &mut session,
        b"USER a-user-with-a-long-name\r\nPASS secret\r\n",
    );
    let named = HELD.get() - before;
    assert!(named <= 128, "{named} bytes for the user's name");
    run(&mut session, b"CWD d\r\n");
    run(
        &mut session,
        b"TYPE I\r\nPASV\r\nFEAT\r\nHELP\r\nCDUP\r\nNOOP\r\n",
    );
    let idle = HELD.get() - before;
    assert!(idle <= named + 128, "{idle} bytes after some commands");
    drop(session);
    assert_eq!(HELD.get() - before, 0);
}

#[test]
fn nothing_that_a_client_sends_grows_a_session_past_its_bounds() {
    let config = Arc::new(ServerConfig::default());
    let bound = 12 * config.limits.line as isize;
    let floods: [&[u8]; 7] = [
        b"NOOP\r\n",
        b"USER aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
        b"\r\n",
        b"endless line without an end ",
        b"\xff\xfa\xff",
        b"HELP\r\nFEAT\r\nCWD d\r\n",
        b"\0\xff\r\n",
    ];
    for flood in floods {
        for is_logged_in in [false, true] {
            let mut session = ServerSession::new(config.clone(), addresses(), NOW);
            run(&mut session, b"");
            if is_logged_in {
                run(&mut session, b"USER a\r\nPASS b\r\n");
            }
            let flood = flood.repeat(4_000);
            let before = HELD.get();
            PEAK.set(before);
            run(&mut session, &flood);
            let peak = PEAK.get() - before;
            assert!(peak <= bound, "{peak} bytes");
        }
    }
}

/// Gives a session all of the bytes, takes its replies, and answers every question with yes.
fn run(session: &mut ServerSession, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        match session.poll_output(NOW) {
            Output::Send(bytes) => {
                let taken = bytes.len();
                session.sent(taken);
            }
            Output::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
                let permissions = Permissions::READ_WRITE;
                let home = VirtualPath::root();
                session.answer(ask, Ok(Grant { permissions, home }));
            }
            Output::Event(ServerEvent::Request(Request::Metadata(ask, _))) => {
                let kind = Kind::Directory;
                let metadata = Metadata {
                    kind,
                    ..Metadata::default()
                };
                session.answer(ask, Ok(Entry::new("", &metadata)));
            }
            Output::Action(ftp_proto::Action::ListenData { id, .. }) => {
                let announced = "192.0.2.1:2000".parse().expect("an address");
                session.handle_data_listening(id, announced);
            }
            Output::Action(_) | Output::Event(_) => {}
            Output::Wait(wait) => {
                let taken = session.handle_input(&rest[..wait.read.min(rest.len())]);
                rest = &rest[taken..];
                if taken == 0 {
                    return;
                }
            }
            other => panic!("an output that no server has: {other:?}"),
        }
    }
}

fn addresses() -> ControlAddresses {
    ControlAddresses::new(
        "192.0.2.1:21".parse().expect("an address"),
        "192.0.2.7:40000".parse().expect("an address"),
    )
}
