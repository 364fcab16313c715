//! How much of the heap a client session holds, counted by an allocator.

mod counting;

use counting::{HELD, PEAK};
use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Listing};
use ftp_proto::{Action, ControlAddresses, DataEnd, DataEnding, Instant, Output};

const NOW: Instant = Instant::from_micros(0);

#[test]
fn an_idle_session_holds_nothing() {
    let before = HELD.get();
    let mut session = session();
    run(&mut session, b"220 ready\r\n");
    assert_eq!(HELD.get() - before, 0, "after the greeting");
    for _ in 0..100 {
        session.noop().expect("a place in the queue");
    }
    for _ in 0..100 {
        run(&mut session, b"200 ok\r\n");
    }
    session.list(Listing::new(None)).expect("a place");
    run(&mut session, b"229 ok (|||5001|)\r\n");
    run(&mut session, b"150 here\r\n");
    run(&mut session, b"226 done\r\n");
    assert!(session.is_idle());
    assert_eq!(HELD.get() - before, 0, "after some operations");
}

#[test]
fn nothing_that_a_server_sends_grows_a_session_past_its_bounds() {
    let limits = ClientConfig::default().limits;
    let bound = 4 * (limits.reply_bytes + limits.line) as isize;
    let floods: [&[u8]; 8] = [
        b"220-endless\r\n",
        b"220-\r\n",
        b"120 wait\r\n",
        b"150 here\r\n",
        b"211-Features:\r\n A\r\n A\r\n A\r\n",
        b"endless line without an end ",
        b"\xff\xfa\xff",
        b"\0\r\n",
    ];
    for flood in floods {
        for greeting in [&b""[..], b"220 ready\r\n"] {
            let flood = flood.repeat(100_000);
            let before = HELD.get();
            let mut session = session();
            session.features().expect("a place in the queue");
            run(&mut session, greeting);
            PEAK.set(HELD.get());
            run(&mut session, &flood);
            let peak = PEAK.get() - before;
            assert!(peak <= bound, "{peak} bytes");
        }
    }
}

/// Gives a session all of the bytes, takes what it sends, and opens, moves and ends its data
/// connections at once.
fn run(session: &mut ClientSession, bytes: &[u8]) {
    let mut rest = bytes;
    loop {
        let Ok(output) = session.poll_output(NOW) else {
            return;
        };
        match output {
            Output::Send(bytes) => {
                let taken = bytes.len();
                session.sent(taken);
            }
            Output::Action(Action::ConnectData { id, .. }) => session.handle_data_connected(id),
            Output::Action(Action::MoveData { id, .. }) => {
                let ending = DataEnding::Complete;
                session.handle_data_ended(id, DataEnd { bytes: 0, ending });
            }
            Output::Event(ClientEvent::Done { result, .. }) => {
                result.expect("what was asked");
            }
            Output::Wait(wait) if wait.read > 0 && !rest.is_empty() => {
                let taken = session.handle_input(&rest[..wait.read.min(rest.len())]);
                rest = &rest[taken..];
            }
            Output::Wait(_) => return,
            _ => {}
        }
    }
}

fn session() -> ClientSession {
    let address = |text: &str| text.parse().expect("an address");
    let addresses = ControlAddresses::new(address("192.0.2.7:40000"), address("192.0.2.1:21"));
    ClientSession::new(ClientConfig::default(), addresses, NOW)
}
