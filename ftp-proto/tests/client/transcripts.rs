//! Plays `tests/transcripts/client` against a client session: once in large pieces, and once with
//! everything cut at every byte.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use ftp_proto::client::{
    ClientConfig, ClientEvent, ClientSession, DataPolicy, PassiveHost, Pipelining,
};
use ftp_proto::{
    Accepted, Action, ControlAddresses, DataId, Dialogue, Instant, OpId, Output, ProtocolError,
};

use super::words::{event_words, failure_words, verb};
use crate::transcript::words::{action_words, address, data_end, data_failure, text};
use crate::transcript::{self, Content, Scenario};

#[test]
fn a_transcript_is_played_as_it_is_written() {
    play_all(Pieces::Large);
}

#[test]
fn a_transcript_is_the_same_when_cut_at_every_byte() {
    play_all(Pieces::Bytes);
}

/// How bytes reach the session and leave it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pieces {
    Large,
    Bytes,
}

/// One scenario being played.
struct Play {
    session: ClientSession,
    pieces: Pieces,
    now: Instant,
    /// What the session said and the transcript has not told yet.
    said: VecDeque<String>,
    /// The beginning of a line of the session, and of its urgent bytes.
    partial: Vec<u8>,
    urgent: Vec<u8>,
    /// What the server has sent and the session not taken.
    unread: VecDeque<u8>,
    latest_data: u32,
    /// How often the last word was said on each data connection.
    closed: BTreeMap<u32, u32>,
    /// Operations that were asked for and have not ended.
    running: BTreeSet<u32>,
    is_blocked: bool,
    is_closed: bool,
    failure: Option<ProtocolError>,
}

fn play_all(pieces: Pieces) {
    let scenarios = transcript::read_folder("client");
    assert!(scenarios.len() > 10, "the transcripts are there");
    let mut failures = Vec::new();
    for scenario in &scenarios {
        if let Err(failure) = play(scenario, pieces) {
            failures.push(format!("{}\n  {failure}", scenario.title));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn play(scenario: &Scenario, pieces: Pieces) -> Result<(), String> {
    let mut play = Play::new(scenario, pieces);
    let mut lines = scenario
        .lines
        .iter()
        .filter(|line| !matches!(line.content, Content::Let { .. }))
        .peekable();
    play.pump();
    while let Some(line) = lines.next() {
        let here = |why: String| format!("{line}: {why}");
        if let Some(bytes) = from_server(&line.content) {
            play.expect_nothing().map_err(here)?;
            play.unread.extend(bytes);
            while let Some(more) = lines.peek().and_then(|next| from_server(&next.content)) {
                play.unread.extend(more);
                lines.next();
            }
            play.pump();
        } else if let Some(words) = verb_words(&line.content) {
            play.expect_nothing().map_err(here)?;
            play.verb(words);
            while let Some(more) = lines.peek().and_then(|next| verb_words(&next.content)) {
                play.verb(more);
                lines.next();
            }
            play.pump();
        } else {
            play.line(&line.content).map_err(here)?;
        }
    }
    play.expect_nothing()?;
    play.expect_data_closed()
}

/// The bytes of a line that the server sends.
fn from_server(content: &Content) -> Option<Vec<u8>> {
    match content {
        Content::Server(line) => Some([line, &b"\r\n"[..]].concat()),
        Content::Does(word, rest) if word == "S|" => Some(transcript::unescape(rest)),
        _ => None,
    }
}

/// What the application asks for in this line.
fn verb_words(content: &Content) -> Option<&str> {
    match content {
        Content::Does(word, rest) if word == "verb" => Some(rest),
        _ => None,
    }
}

impl Play {
    fn new(scenario: &Scenario, pieces: Pieces) -> Self {
        let now = Instant::from_micros(1_000_000);
        let (config, addresses) = configuration(scenario);
        Self {
            session: ClientSession::new(config, addresses, now),
            pieces,
            now,
            said: VecDeque::new(),
            partial: Vec::new(),
            urgent: Vec::new(),
            unread: VecDeque::new(),
            latest_data: 0,
            closed: BTreeMap::new(),
            running: BTreeSet::new(),
            is_blocked: false,
            is_closed: false,
            failure: None,
        }
    }

    fn line(&mut self, content: &Content) -> Result<(), String> {
        match content {
            Content::Client(line) => {
                let line = line.strip_suffix(b"\r\n").unwrap_or(line);
                return self.expect(&format!("C: {}", text(line)));
            }
            Content::Says(words) => return self.expect(&format!("-> {words}")),
            Content::Does(word, rest) if word == "C!" => {
                return self.expect(&format!("C! {rest}"));
            }
            _ => self.expect_nothing()?,
        }
        match content {
            Content::Answers(words) => self.answer(words)?,
            Content::Time(duration) => self.pass(*duration),
            Content::Does(word, rest) => match word.as_str() {
                "abort" => {
                    let op = rest.strip_prefix("op=").and_then(|op| op.parse().ok());
                    self.session.abort(OpId::from_raw(op.ok_or("no op=N")?));
                }
                "block" => self.is_blocked = true,
                "unblock" => self.is_blocked = false,
                "eof" => self.session.handle_eof(),
                "wait" => self.expect_wait(rest)?,
                _ => return Err(format!("nothing that a client's transcript knows: {word}")),
            },
            _ => return Err("nothing that a client's transcript knows".to_owned()),
        }
        self.pump();
        Ok(())
    }

    fn verb(&mut self, words: &str) {
        match verb(&mut self.session, words) {
            Ok(op) => assert!(self.running.insert(op.to_raw()), "a fresh id"),
            Err(error) => self.said.push_back(format!("-> Misuse {error}")),
        }
    }

    /// Polls until there is nothing to do but wait.
    fn pump(&mut self) {
        loop {
            let output = match self.session.poll_output(self.now) {
                Ok(output) => output,
                Err(error) => return self.fail(error),
            };
            assert!(self.failure.is_none(), "a failure is for good");
            match output {
                Output::Send(_) | Output::SendUrgent(_) if self.is_blocked => {
                    if !self.feed() {
                        return;
                    }
                }
                Output::Send(bytes) => {
                    let taken = self.pieces.most(bytes.len());
                    let bytes = bytes[..taken].to_vec();
                    self.hear(&bytes);
                    self.session.sent(taken);
                }
                Output::SendUrgent(bytes) => {
                    let taken = self.pieces.most(bytes.len());
                    self.urgent.extend_from_slice(&bytes[..taken]);
                    if taken == bytes.len() {
                        self.said.push_back(format!("C! {}", text(&self.urgent)));
                        self.urgent.clear();
                    }
                    self.session.sent(taken);
                }
                Output::Action(action) => self.begin(&action),
                Output::Event(event) => self.take(&event),
                Output::Wait(_) => {
                    if !self.feed() {
                        return;
                    }
                }
                other => panic!("an output that no client has: {other:?}"),
            }
        }
    }

    fn fail(&mut self, error: ProtocolError) {
        match &self.failure {
            None => self.said.push_back(format!("-> {}", failure_words(&error))),
            Some(first) => assert_eq!(*first, error, "the same error for good"),
        }
        self.failure = Some(error);
    }

    /// Gives the session bytes of the server; whether it took any.
    fn feed(&mut self) -> bool {
        let room = self.pieces.most(self.session.wait().read);
        let bytes: Vec<u8> = self.unread.iter().copied().take(room).collect();
        let taken = self.session.handle_input(&bytes);
        assert_eq!(taken, bytes.len(), "all that `Wait::read` allowed is taken");
        self.unread.drain(..taken);
        taken > 0
    }

    fn hear(&mut self, bytes: &[u8]) {
        assert!(!self.is_closed, "nothing is sent after Close");
        for &byte in bytes {
            self.partial.push(byte);
            if let Some(line) = self.partial.strip_suffix(b"\r\n") {
                self.said.push_back(format!("C: {}", text(line)));
                self.partial.clear();
            }
        }
    }

    fn begin(&mut self, action: &Action) {
        assert!(!self.is_closed, "no action follows Close");
        match action {
            Action::ListenData { id, .. } | Action::ConnectData { id, .. } => {
                self.latest_data = id.to_raw();
                let is_new = self.closed.insert(id.to_raw(), 0).is_none();
                assert!(is_new, "each data connection has an id of its own");
            }
            Action::CloseData { id, .. } => *self.closed.entry(id.to_raw()).or_default() += 1,
            Action::Close => self.is_closed = true,
            _ => {}
        }
        self.said.push_back(format!("-> {}", action_words(action)));
    }

    fn take(&mut self, event: &ClientEvent) {
        assert!(!self.is_closed, "no event follows Close");
        if let ClientEvent::Done { op, .. } = event {
            assert!(self.running.remove(&op.to_raw()), "one end of each");
        }
        self.said.push_back(format!("-> {}", event_words(event)));
    }

    fn answer(&mut self, words: &str) -> Result<(), String> {
        let (words, id) = match words.rsplit_once(" id=") {
            Some((words, id)) => (words, id.parse().map_err(|_| "no number")?),
            None => (words, self.latest_data),
        };
        let id = DataId::from_raw(id);
        let parts: Vec<&str> = words.split(' ').collect();
        match parts[..] {
            ["listening", at] => self.session.handle_data_listening(id, address(at)),
            ["accepted", from, verdict] => {
                let said = match self.session.handle_data_accepted(id, address(from)) {
                    Accepted::Keep => "kept",
                    Accepted::Drop => "dropped",
                };
                if said != verdict {
                    return Err(format!("the connection was {said}"));
                }
            }
            ["connected"] => self.session.handle_data_connected(id),
            ["data-failed", why] => self.session.handle_data_failed(id, data_failure(why)),
            ["progress", total] => {
                let total = total.parse().map_err(|_| "no number")?;
                self.session.handle_data_progress(id, total);
            }
            ["ended", bytes, ending] => {
                self.session.handle_data_ended(id, data_end(bytes, ending));
            }
            _ => return Err(format!("no answer: {words}")),
        }
        Ok(())
    }

    /// Lets time pass, and polls at every deadline on the way.
    fn pass(&mut self, duration: Duration) {
        let target = self.now + duration;
        self.pump();
        while let Some(deadline) = self.session.wait().deadline {
            if deadline > target {
                break;
            }
            assert!(
                deadline > self.now,
                "a deadline that has come was acted upon"
            );
            self.now = deadline;
            self.pump();
        }
        self.now = target;
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let said = self.said.pop_front().unwrap_or("(nothing)".to_owned());
        let holds = match wanted.strip_suffix("...") {
            Some(beginning) => said.starts_with(beginning),
            None if wanted.starts_with("-> ") => {
                said == wanted || said.starts_with(&format!("{wanted} "))
            }
            None => said == wanted,
        };
        if holds {
            Ok(())
        } else {
            Err(format!("expected `{wanted}`, got `{said}`"))
        }
    }

    fn expect_nothing(&self) -> Result<(), String> {
        match self.said.front() {
            None => Ok(()),
            Some(said) => Err(format!("the session also said `{said}`")),
        }
    }

    fn expect_data_closed(&self) -> Result<(), String> {
        let is_twice = self.closed.values().any(|times| *times > 1);
        let is_open = self.closed.values().any(|times| *times == 0);
        if is_twice || (is_open && self.failure.is_none() && self.running.is_empty()) {
            return Err("a data connection outlives its transfer, or was closed twice".to_owned());
        }
        Ok(())
    }

    fn expect_wait(&self, words: &str) -> Result<(), String> {
        let wait = self.session.wait();
        for word in words.split(' ') {
            let holds = match word.split_once('=') {
                Some(("read", "0")) => wait.read == 0,
                Some(("read", "some")) => wait.read > 0,
                Some(("deadline", "never")) => wait.deadline.is_none(),
                Some(("deadline", time)) => {
                    wait.deadline == Some(self.now + transcript::duration(time))
                }
                _ => return Err(format!("nothing to wait for: {word}")),
            };
            if !holds {
                return Err(format!("expected {word}, got {wait:?} at {:?}", self.now));
            }
        }
        Ok(())
    }
}

impl Pieces {
    fn most(self, bytes: usize) -> usize {
        match self {
            Self::Large => bytes,
            Self::Bytes => bytes.min(1),
        }
    }
}

fn configuration(scenario: &Scenario) -> (ClientConfig, ControlAddresses) {
    let mut config = ClientConfig::default();
    let mut local = "192.0.2.7:40000";
    let mut peer = "192.0.2.1:21";
    for line in &scenario.lines {
        let Content::Let { key, value } = &line.content else {
            continue;
        };
        let number = || {
            value
                .parse()
                .unwrap_or_else(|_| panic!("{line}: no number"))
        };
        match (key.as_str(), value.as_str()) {
            ("local", value) => local = value,
            ("peer", value) => peer = value,
            ("data", "passive") => config.data = DataPolicy::Passive,
            ("data", "active") => config.data = DataPolicy::Active,
            ("data", "auto") => config.data = DataPolicy::Auto,
            ("passive-host", "peer") => config.passive_host = PassiveHost::Peer,
            ("passive-host", "peer-if-private") => {
                config.passive_host = PassiveHost::PeerIfPrivate;
            }
            ("passive-host", "trust") => config.passive_host = PassiveHost::Trust,
            ("pipelining", "off") => config.pipelining = Pipelining::Off,
            ("pipelining", "within") => config.pipelining = Pipelining::Within,
            ("dialogue", "shown") => config.dialogue = Dialogue::Shown,
            ("dialogue", "silent") => config.dialogue = Dialogue::Silent,
            ("limits.line", _) => config.limits.line = number(),
            ("limits.reply_lines", _) => config.limits.reply_lines = number(),
            ("limits.reply_bytes", _) => config.limits.reply_bytes = number(),
            ("limits.preliminary_replies", _) => config.limits.preliminary_replies = number(),
            ("limits.queued_operations", _) => config.limits.queued_operations = number(),
            (key, value) => {
                let timeouts = &mut config.timeouts;
                *match key {
                    "timeouts.greeting" => &mut timeouts.greeting,
                    "timeouts.reply" => &mut timeouts.reply,
                    "timeouts.final_reply" => &mut timeouts.final_reply,
                    "timeouts.data_open" => &mut timeouts.data_open,
                    "timeouts.stall" => &mut timeouts.stall,
                    "timeouts.abort" => &mut timeouts.abort,
                    "timeouts.keep_alive" => &mut timeouts.keep_alive,
                    "timeouts.send" => &mut timeouts.send,
                    _ => panic!("{line}: nothing to configure: {key} {value}"),
                } = transcript::duration(value);
            }
        }
    }
    (config, ControlAddresses::new(address(local), address(peer)))
}
