//! Plays `tests/transcripts/server` against a server session: once in large pieces, and once with
//! everything cut at every byte.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ftp_proto::Dialogue;
use ftp_proto::server::{Abilities, DataPort, ServerConfig, ServerEvent, ServerSession};
use ftp_proto::{Accepted, Action, ControlAddresses, DataId, Instant, Output};

use super::transcript::{self, Content, Line, Scenario};
use super::words::{AnyAsk, event_words};
use crate::transcript::words::{action_words, address, data_end, data_failure, text};

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
    session: ServerSession,
    pieces: Pieces,
    now: Instant,
    /// What the session said and the transcript has not told yet.
    said: VecDeque<String>,
    /// The beginning of a line of the session.
    partial: Vec<u8>,
    /// What the client has sent and the session not taken.
    unread: VecDeque<u8>,
    asks: BTreeMap<u32, AnyAsk>,
    latest_ask: u32,
    latest_data: u32,
    /// How often the last word was said on each data connection.
    closed: BTreeMap<u32, u32>,
    is_blocked: bool,
    is_over: bool,
}

fn play_all(pieces: Pieces) {
    let scenarios = transcript::read_folder("server");
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
        if let Content::Client(bytes) = &line.content {
            play.expect_nothing().map_err(here)?;
            play.unread.extend(bytes);
            while let Some(Line {
                content: Content::Client(more),
                ..
            }) = lines.peek()
            {
                play.unread.extend(more);
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

impl Play {
    fn new(scenario: &Scenario, pieces: Pieces) -> Self {
        let now = Instant::from_micros(1_000_000);
        let (config, addresses) = configuration(scenario);
        Self {
            session: ServerSession::new(Arc::new(config), addresses, now),
            pieces,
            now,
            said: VecDeque::new(),
            partial: Vec::new(),
            unread: VecDeque::new(),
            asks: BTreeMap::new(),
            latest_ask: 0,
            latest_data: 0,
            closed: BTreeMap::new(),
            is_blocked: false,
            is_over: false,
        }
    }

    fn line(&mut self, content: &Content) -> Result<(), String> {
        match content {
            Content::Server(line) => return self.expect(&format!("S: {}", text(line))),
            Content::Says(words) => return self.expect(&format!("-> {words}")),
            _ => self.expect_nothing()?,
        }
        match content {
            Content::Answers(words) => self.answer(words)?,
            Content::Time(duration) => self.pass(*duration),
            Content::Does(verb, rest) => match verb.as_str() {
                "block" => self.is_blocked = true,
                "unblock" => self.is_blocked = false,
                "eof" => self.session.handle_eof(),
                "lost" => self.session.handle_lost(),
                "stop" => self.session.stop(),
                "wait" => self.expect_wait(rest)?,
                _ => return Err(format!("nothing that a server's transcript knows: {verb}")),
            },
            _ => {}
        }
        self.pump();
        Ok(())
    }

    /// Polls until there is nothing to do but wait.
    fn pump(&mut self) {
        loop {
            match self.session.poll_output(self.now) {
                Output::Send(_) if self.is_blocked => {
                    if !self.feed() {
                        return;
                    }
                }
                Output::Send(bytes) => {
                    let taken = match self.pieces {
                        Pieces::Large => bytes.len(),
                        Pieces::Bytes => 1,
                    };
                    let bytes = bytes[..taken].to_vec();
                    self.hear(&bytes);
                    self.session.sent(taken);
                }
                Output::Action(action) => self.begin(&action),
                Output::Event(event) => self.take(event),
                Output::Wait(_) => {
                    if !self.feed() {
                        return;
                    }
                }
                other => panic!("an output that no server has: {other:?}"),
            }
        }
    }

    /// Gives the session bytes of the client; whether it took any.
    fn feed(&mut self) -> bool {
        let room = match self.pieces {
            Pieces::Large => self.session.wait().read,
            Pieces::Bytes => self.session.wait().read.min(1),
        };
        let bytes: Vec<u8> = self.unread.iter().copied().take(room).collect();
        let taken = self.session.handle_input(&bytes);
        assert_eq!(taken, bytes.len(), "all that `Wait::read` allowed is taken");
        self.unread.drain(..taken);
        taken > 0
    }

    fn hear(&mut self, bytes: &[u8]) {
        assert!(!self.is_over, "nothing is sent after Close");
        for &byte in bytes {
            self.partial.push(byte);
            if let Some(line) = self.partial.strip_suffix(b"\r\n") {
                self.said.push_back(format!("S: {}", text(line)));
                self.partial.clear();
            }
        }
    }

    fn begin(&mut self, action: &Action) {
        assert!(!self.is_over, "no action follows Close");
        match action {
            Action::ListenData { id, .. } | Action::ConnectData { id, .. } => {
                self.latest_data = id.to_raw();
                self.closed.insert(id.to_raw(), 0);
            }
            Action::CloseData { id, .. } => *self.closed.entry(id.to_raw()).or_default() += 1,
            Action::Close => self.is_over = true,
            _ => {}
        }
        self.said.push_back(format!("-> {}", action_words(action)));
    }

    fn take(&mut self, event: ServerEvent) {
        assert!(!self.is_over, "no event follows Close");
        self.said.push_back(format!("-> {}", event_words(&event)));
        if let ServerEvent::Request(request) = event {
            let ask = AnyAsk::of(request);
            self.latest_ask = ask.id().to_raw();
            self.asks.insert(self.latest_ask, ask);
        }
    }

    fn answer(&mut self, words: &str) -> Result<(), String> {
        let (words, id) = split_id(words, " id=", self.latest_data);
        let (words, op) = split_id(words, " op=", self.latest_ask);
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
                let total = total.parse().map_err(|_| "no number".to_owned())?;
                self.session.handle_data_progress(id, total);
            }
            ["ended", bytes, ending] => {
                self.session.handle_data_ended(id, data_end(bytes, ending));
            }
            _ => {
                let ask = self.asks.remove(&op);
                let ask = ask.ok_or_else(|| format!("question {op} was not asked"))?;
                ask.answer(&mut self.session, words);
            }
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
        let live = self.closed.values().filter(|times| **times != 1).count();
        if live > 0 && self.is_over {
            return Err("a data connection outlives the session, or was closed twice".to_owned());
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

/// Splits ` id=3` off the end.
fn split_id<'a>(words: &'a str, key: &str, latest: u32) -> (&'a str, u32) {
    match words.rsplit_once(key) {
        Some((words, id)) => (words, id.parse().expect("a number")),
        None => (words, latest),
    }
}

fn configuration(scenario: &Scenario) -> (ServerConfig, ControlAddresses) {
    let mut config = ServerConfig::default();
    let mut local = "192.0.2.1:21";
    let mut peer = "192.0.2.7:40000";
    for line in &scenario.lines {
        let Content::Let { key, value } = &line.content else {
            continue;
        };
        let number = || {
            value
                .parse()
                .unwrap_or_else(|_| panic!("{line}: no number"))
        };
        match key.as_str() {
            "local" => local = value,
            "peer" => peer = value,
            "banner" => config.banner = Bytes::from(transcript::unescape(value)),
            "data-port" => {
                config.data_port = match value.as_str() {
                    "standard" => DataPort::Standard,
                    "any" => DataPort::Any,
                    port => DataPort::Port(port.parse().expect("a port")),
                }
            }
            "dialogue" => {
                config.dialogue = match value.as_str() {
                    "shown" => Dialogue::Shown,
                    "silent" => Dialogue::Silent,
                    _ => panic!("{line}: shown or silent"),
                }
            }
            "abilities" => {
                config.abilities = match value.as_str() {
                    "all" => Abilities::ALL,
                    "none" => Abilities::NONE,
                    _ => panic!("{line}: all or none"),
                }
            }
            "limits.line" => config.limits.line = number(),
            "limits.login_tries" => config.limits.login_tries = number() as u32,
            _ => {
                let time = transcript::duration(value);
                let timeouts = &mut config.timeouts;
                *match key.as_str() {
                    "timeouts.data_open" => &mut timeouts.data_open,
                    "timeouts.stall" => &mut timeouts.stall,
                    "timeouts.login" => &mut timeouts.login,
                    "timeouts.idle" => &mut timeouts.idle,
                    "timeouts.answer" => &mut timeouts.answer,
                    "timeouts.refused_login" => &mut timeouts.refused_login,
                    "timeouts.send" => &mut timeouts.send,
                    _ => panic!("{line}: nothing to configure: {key}"),
                } = time;
            }
        }
    }
    (config, ControlAddresses::new(address(local), address(peer)))
}
