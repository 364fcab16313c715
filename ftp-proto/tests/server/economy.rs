//! What a session costs: bytes, heap, and writes.

use std::sync::Arc;

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{
    Grant, Opened, Permissions, Request, ServerConfig, ServerEvent, ServerSession,
};
use ftp_proto::{Accepted, Action, ControlAddresses, DataEnd, DataEnding, DataId, Instant, Output};

use super::transcript::unescape;

const NOW: Instant = Instant::from_micros(0);

#[test]
fn a_session_is_small() {
    assert!(
        size_of::<ServerSession>() < 400,
        "{}",
        size_of::<ServerSession>()
    );
}

#[test]
fn a_session_may_move_between_threads() {
    const fn moves<T: Send + Sync + 'static>() {}
    moves::<ServerSession>();
    moves::<ServerEvent>();
}

#[test]
fn a_download_that_ends_at_once_is_answered_in_one_write() {
    let mut session = session();
    let id = retrieving(&mut session);
    // The driver could move everything as it was asked to.
    session.handle_data_ended(id, complete(5));
    let mut writes = Vec::new();
    let mut order = Vec::new();
    loop {
        match session.poll_output(NOW) {
            Output::Send(bytes) => {
                order.push("send");
                writes.push(String::from_utf8(bytes.to_vec()).expect("text"));
                let taken = bytes.len();
                session.sent(taken);
            }
            Output::Action(Action::CloseData { .. }) => order.push("close"),
            Output::Event(ServerEvent::TransferEnded { .. }) => order.push("ended"),
            Output::Wait(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(order, ["close", "ended", "send"]);
    assert_eq!(
        writes,
        ["150 Opening BINARY mode data connection for /f (5 bytes).\r\n226 Transfer complete.\r\n"]
    );
}

#[test]
fn bytes_on_their_way_are_not_lost_when_the_data_ends_meanwhile() {
    let mut session = session();
    let id = retrieving(&mut session);
    let Output::Send(bytes) = session.poll_output(NOW) else {
        panic!("150 is offered");
    };
    let first = bytes.to_vec();
    session.handle_data_ended(id, complete(5));
    session.sent(first.len());
    let (rest, _) = drain(&mut session);
    assert!(first.starts_with(b"150 "), "{}", first.escape_ascii());
    assert_eq!(rest, b"226 Transfer complete.\r\n");
}

/// A session where somebody has logged in, in TYPE I.
fn session() -> ServerSession {
    let addresses = ControlAddresses::new(
        "192.0.2.1:21".parse().expect("an address"),
        "192.0.2.7:40000".parse().expect("an address"),
    );
    let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, NOW);
    say(&mut session, "USER alice\\r\\nPASS secret\\r\\n");
    let (_, events) = drain(&mut session);
    for event in events {
        if let Out::Event(ServerEvent::Request(Request::Authenticate(ask, _))) = event {
            let permissions = Permissions::READ_WRITE;
            let home = VirtualPath::root();
            session.answer(ask, Ok(Grant { permissions, home }));
        }
    }
    say(&mut session, "TYPE I\\r\\n");
    drain(&mut session);
    session
}

/// Brings a session to where it has asked for the bytes of a download to be moved, 150 not yet
/// offered.
fn retrieving(session: &mut ServerSession) -> DataId {
    say(session, "EPSV\\r\\n");
    let (_, out) = drain(session);
    let [Out::Action(Action::ListenData { id, .. })] = out[..] else {
        panic!("{out:?}");
    };
    session.handle_data_listening(id, "192.0.2.1:2000".parse().expect("an address"));
    say(session, "RETR f\\r\\n");
    let (_, out) = drain(session);
    for event in out {
        if let Out::Event(ServerEvent::Request(Request::OpenRead(ask, ..))) = event {
            let size = Some(5);
            session.answer(ask, Ok(Opened { size, name: None }));
        }
    }
    drain(session);
    let from = "192.0.2.7:5000".parse().expect("an address");
    assert_eq!(session.handle_data_accepted(id, from), Accepted::Keep);
    loop {
        match session.poll_output(NOW) {
            Output::Action(Action::MoveData { .. }) => return id,
            Output::Event(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[derive(Debug)]
enum Out {
    Action(Action),
    Event(ServerEvent),
}

fn drain(session: &mut ServerSession) -> (Vec<u8>, Vec<Out>) {
    let (mut sent, mut out) = (Vec::new(), Vec::new());
    loop {
        match session.poll_output(NOW) {
            Output::Send(bytes) => {
                sent.extend_from_slice(bytes);
                let taken = bytes.len();
                session.sent(taken);
            }
            Output::Action(action) => out.push(Out::Action(action)),
            Output::Event(event) => out.push(Out::Event(event)),
            Output::Wait(_) => return (sent, out),
            other => panic!("{other:?}"),
        }
    }
}

fn say(session: &mut ServerSession, text: &str) {
    let bytes = unescape(text);
    assert_eq!(session.handle_input(&bytes), bytes.len());
}

const fn complete(bytes: u64) -> DataEnd {
    let ending = DataEnding::Complete;
    DataEnd { bytes, ending }
}
