//! Every command in every state of a session, against the table in `docs/protocol.md`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use ftp_proto::codec::command::Command;
use ftp_proto::codec::hash::HashAlgorithms;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{
    Checksums, Grant, Opened, Permissions, Request, ServerConfig, ServerEvent, ServerSession,
    TlsOffer,
};
use ftp_proto::{Action, ControlAddresses, DataEnd, DataId, Instant, Output};

use super::words::event_words;

const NOW: Instant = Instant::from_micros(0);

/// The states, in the order of the table's columns.
const STATES: [&str; 7] = [
    "before login",
    "after USER",
    "logged in",
    "in a transfer",
    "after EPSV ALL",
    "after AUTH",
    "closing",
];

#[test]
fn every_command_does_in_every_state_what_the_table_says() {
    let mut wrong = Vec::new();
    let mut verbs = BTreeSet::new();
    for (command, cells) in table() {
        verbs.insert(command.split(' ').next().unwrap_or_default().to_owned());
        let logged_in = outcome("logged in", &command, "");
        for (state, wanted) in STATES.into_iter().zip(cells) {
            let found = outcome(state, &command, &logged_in);
            if found != wanted {
                wrong.push(format!("{command}, {state}: {wanted}, but found {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known = Command::VERBS.iter().copied();
    let others = ["ADAT", "CONF", "ENC", "MIC", "XYZZY"];
    let all: BTreeSet<String> = known.chain(others).map(str::to_owned).collect();
    assert_eq!(verbs, all, "every verb that the codec knows, and no other");
}

/// Commands, and what the table says of each in each state.
fn table() -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let section = text
        .split("\n## ")
        .find(|s| s.starts_with("States of a server's session\n"));
    let rows = section.expect("the section").lines();
    let rows = rows.filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    rows.map(|row| {
        let mut cells = row.split(" | ");
        let command = cells.next().unwrap_or_default().trim_end_matches('`');
        // A bar in a table stands behind a backslash.
        let cells: Vec<String> = cells.map(str::to_owned).collect();
        assert_eq!(cells.len(), STATES.len(), "{row}");
        (command.replace('\\', ""), cells)
    })
    .collect()
}

/// The first thing that a command makes the session say: the code of a reply, or what it asks.
fn outcome(state: &str, command: &str, logged_in: &str) -> String {
    let mut run = Run::new();
    match state {
        "before login" => {}
        "after USER" => drop(run.say("USER alice")),
        "closing" => drop(run.say("QUIT")),
        "after AUTH" => drop(run.say("AUTH TLS")),
        _ => drop(run.say("USER alice\r\nPASS secret\r\nTYPE I")),
    }
    match state {
        "after EPSV ALL" => drop(run.say("EPSV ALL")),
        "in a transfer" => drop(run.say("EPSV\r\nRETR f")),
        _ => {}
    }
    let said = run.say(command);
    let first = said.first().cloned().unwrap_or_else(|| "–".to_owned());
    if state != "in a transfer" || first != "–" {
        return first;
    }
    // It waits, and is carried out behind the transfer as if there had been none.
    run.session
        .handle_data_ended(run.data.expect("a data connection"), DataEnd::complete(1));
    let behind = run.say("");
    let then = behind.iter().skip_while(|word| *word != "226").nth(1);
    match then.map(String::as_str) == Some(logged_in) {
        true => "waits".to_owned(),
        false => format!("waits, then {then:?}"),
    }
}

struct Run {
    session: ServerSession,
    data: Option<DataId>,
}

impl Run {
    fn new() -> Self {
        let mut config = ServerConfig::default();
        config.tls.offer = TlsOffer::Offered;
        config.checksums = Checksums::new(HashAlgorithms::ALL);
        config.hosts.push("here".try_into().expect("a host"));
        let addresses = ControlAddresses::new(
            "192.0.2.1:21".parse().expect("an address"),
            "192.0.2.7:40000".parse().expect("an address"),
        );
        let mut run = Self {
            session: ServerSession::new(Arc::new(config), addresses, NOW),
            data: None,
        };
        run.say("");
        run
    }

    /// Says lines, and what the session says then: codes of replies, and first words of anything
    /// else. Logins are granted, and data connections open by themselves.
    fn say(&mut self, lines: &str) -> Vec<String> {
        if !lines.is_empty() {
            let lines = format!("{lines}\r\n");
            let taken = self.session.handle_input(lines.as_bytes());
            assert_eq!(taken, lines.len(), "there is room");
        }
        let (mut said, mut bytes) = (Vec::new(), Vec::new());
        loop {
            match self.session.poll_output(NOW) {
                Output::Send(more) => {
                    bytes.extend_from_slice(more);
                    let taken = more.len();
                    self.session.sent(taken);
                    said.extend(codes(&mut bytes));
                }
                Output::Event(event) => self.event(event, &mut said),
                Output::Action(action) => self.action(action, &mut said),
                Output::Wait(_) => return said,
                other => panic!("{other:?}"),
            }
        }
    }

    fn event(&mut self, event: ServerEvent, said: &mut Vec<String>) {
        let words = event_words(&event);
        match event {
            ServerEvent::Request(Request::Authenticate(ask, _)) => {
                let (permissions, home) = (Permissions::READ_WRITE, VirtualPath::root());
                self.session.answer(ask, Ok(Grant { permissions, home }));
            }
            ServerEvent::Request(Request::OpenRead(ask, path, _)) if path.name() == Some(b"f") => {
                self.session.answer(ask, Ok(Opened::default()));
            }
            ServerEvent::TransferStarted { .. } | ServerEvent::TransferEnded { .. } => return,
            _ => {}
        }
        said.push(words.split(' ').next().unwrap_or_default().to_owned());
    }

    fn action(&mut self, action: Action, said: &mut Vec<String>) {
        let word = match action {
            Action::ListenData { id, .. } => {
                self.data = Some(id);
                let announced = "192.0.2.1:2000".parse().expect("an address");
                return self.session.handle_data_listening(id, announced);
            }
            Action::AcceptData { id } => {
                let from = "192.0.2.7:40001".parse().expect("an address");
                let _kept = self.session.handle_data_accepted(id, from);
                return;
            }
            Action::MoveData { .. } | Action::CloseData { .. } => return,
            Action::StartTls => "StartTls",
            Action::StopTls => "StopTls",
            Action::Close => "Close",
            other => panic!("{other:?}"),
        };
        said.push(word.to_owned());
    }
}

/// Takes whole replies off, and gives their codes.
fn codes(bytes: &mut Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(std::mem::take(bytes)).expect("replies are text");
    let lines = text
        .lines()
        .filter(|line| line.as_bytes().get(3) == Some(&b' '));
    let lines = lines.filter(|line| line.as_bytes()[..3].iter().all(u8::is_ascii_digit));
    lines.map(|line| line[..3].to_owned()).collect()
}
