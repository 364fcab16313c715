// The other end of a control connection, for the examples of the documentation.

use ftp_proto::client::{ClientEvent, ClientSession, OperationError, Outcome};
use ftp_proto::server::{ServerEvent, ServerSession};
use ftp_proto::{Action, ControlAddresses, DataEnd, Direction, Handshake, Instant, Output, TlsInfo};

/// The control connection of a client.
#[allow(dead_code, reason = "each example calls some of it")]
pub fn at_client() -> ControlAddresses {
    let (here, there) = (([192, 0, 2, 7], 40_000), ([192, 0, 2, 1], 21));
    ControlAddresses::new(here.into(), there.into())
}

/// The same as its server sees it.
#[allow(dead_code, reason = "each example calls some of it")]
pub fn at_server() -> ControlAddresses {
    let ControlAddresses { local, peer } = at_client();
    ControlAddresses::new(peer, local)
}

/// Plays a server that says the replies to the commands, with data connections of seven bytes and
/// TLS that works; what the client's operations gave.
#[allow(dead_code, reason = "each example calls some of it")]
pub fn play(
    session: &mut ClientSession,
    dialogue: &[(&str, &str)],
) -> Vec<Result<Outcome, OperationError>> {
    let (mut lines, mut heard, mut outcomes) = (dialogue.iter(), None, Vec::new());
    loop {
        match session.poll_output(Instant::default()).expect("a server that keeps to the dialogue") {
            Output::Send(bytes) => {
                let (command, reply) = lines.next().expect("one command fewer");
                assert_eq!(String::from_utf8_lossy(bytes), format!("{command}\r\n"));
                heard = Some(reply);
                let taken = bytes.len();
                session.sent(taken);
            }
            Output::Event(ClientEvent::Done { result, .. }) => outcomes.push(result),
            Output::Action(Action::ConnectData { id, .. }) => session.handle_data_connected(id),
            Output::Action(Action::MoveData { id, direction, .. }) => {
                let bytes = match direction {
                    Direction::Send => 5,
                    Direction::Receive => 7,
                };
                session.handle_data_ended(id, DataEnd::complete(bytes));
            }
            Output::Action(Action::StartTls) => {
                session.handle_tls_established(TlsInfo::new(Handshake::Full));
            }
            Output::Action(Action::StopTls) => session.handle_tls_stopped(),
            Output::Wait(wait) => {
                // A server speaks first.
                if heard.is_none() && lines.as_slice().first().is_some_and(|line| line.0.is_empty()) {
                    heard = lines.next().map(|(_, greeting)| greeting);
                }
                let Some(reply) = heard.take() else {
                    assert_eq!(lines.as_slice(), [], "one command more");
                    return outcomes;
                };
                let reply = format!("{}\r\n", reply.replace('\n', "\r\n"));
                assert!(reply.len() <= wait.read);
                assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
            }
            Output::Action(Action::Close) => return outcomes,
            _ => {}
        }
    }
}

/// Something that a server's session says besides its replies.
#[derive(Debug)]
pub enum Heard {
    Action(Action),
    Event(ServerEvent),
}

/// What a server replies to these commands.
#[allow(dead_code, reason = "each example calls some of it")]
pub fn replies(
    session: &mut ServerSession,
    commands: &str,
    mut tell: impl FnMut(&mut ServerSession, Heard),
) -> String {
    assert_eq!(session.handle_input(commands.as_bytes()), commands.len());
    let mut replies = Vec::new();
    loop {
        let heard = match session.poll_output(Instant::default()) {
            Output::Send(bytes) => {
                replies.extend_from_slice(bytes);
                let taken = bytes.len();
                session.sent(taken);
                continue;
            }
            Output::Action(action) => Heard::Action(action),
            Output::Event(event) => Heard::Event(event),
            _ => return String::from_utf8(replies).expect("text"),
        };
        let is_last = matches!(heard, Heard::Action(Action::Close));
        tell(session, heard);
        if is_last {
            return String::from_utf8(replies).expect("text");
        }
    }
}
