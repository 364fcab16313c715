//! Plays the transcripts of a role against its session; what the roles do not share is in `Role`.

use std::collections::{BTreeMap, VecDeque};
use std::str::FromStr;
use std::time::Duration;

use ftp_proto::data::Marker;
use ftp_proto::{
    Accepted, Action, ControlAddresses, DataId, Instant, Output, ProtocolError, Session, TlsInfo,
};

use super::pieces::{Partial, Pieces, feed};
use super::words::{action_words, address, data_end, data_failure, handshake, text};
use super::{Content, Scenario, duration, read_folder, unescape};

/// One side of the dialogue: its session, and what its transcripts say of that side alone.
pub(crate) trait Role: Default {
    type Session: Session;
    type Config: Default;

    /// What transcripts call it, and the folder they are in.
    const NAME: &'static str;
    /// The letter before its lines.
    const LETTER: char;
    /// Its own address and its peer's, where a scenario says nothing else.
    const LOCAL: &'static str;
    const PEER: &'static str;

    /// Carries out `let key value`.
    fn set(config: &mut Self::Config, key: &str, value: &str) -> Result<(), String>;

    fn session(config: Self::Config, addresses: ControlAddresses, now: Instant) -> Self::Session;

    /// The bytes of a line that the peer sends.
    fn from_peer(content: &Content) -> Option<Vec<u8>>;

    /// The words of a line that the session sends.
    fn from_session(content: &Content) -> Option<String>;

    /// Carries out a line that only this role has; whether it has it.
    fn act(play: &mut Play<Self>, word: &str, rest: &str) -> Result<bool, String>;

    /// Answers what is not about a data connection.
    fn answer(play: &mut Play<Self>, words: &str) -> Result<(), String>;

    /// Takes note of an event, and words it.
    fn take(&mut self, event: <Self::Session as Session>::Event) -> String;

    fn failure_words(session: &Self::Session, error: &ProtocolError) -> String;

    /// Whether each data connection has had its last word when a scenario ends like this.
    fn must_have_closed(play: &Play<Self>) -> bool;
}

/// One scenario being played.
pub(crate) struct Play<R: Role> {
    pub(crate) session: R::Session,
    pub(crate) role: R,
    pub(crate) failure: Option<ProtocolError>,
    pub(crate) is_closed: bool,
    pieces: Pieces,
    now: Instant,
    /// What the session said and the transcript has not told yet.
    said: VecDeque<String>,
    partial: Partial,
    /// What the peer has sent and the session not taken.
    unread: VecDeque<u8>,
    latest_data: u32,
    /// How often the last word was said on each data connection.
    closed: BTreeMap<u32, u32>,
    is_blocked: bool,
}

/// Plays every scenario of the role.
pub(crate) fn play_all<R: Role>(pieces: Pieces) {
    let scenarios = read_folder(R::NAME);
    assert!(scenarios.len() > 10, "the transcripts are there");
    let mut failures = Vec::new();
    for scenario in &scenarios {
        if let Err(failure) = play::<R>(scenario, pieces) {
            failures.push(format!("{}\n  {failure}", scenario.title));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A number in a transcript.
pub(crate) fn number<N: FromStr>(digits: &str) -> Result<N, String> {
    digits.parse().map_err(|_| format!("no number: {digits}"))
}

/// Splits ` id=3` off the end; `latest` where there is none.
pub(crate) fn split_id<'a>(
    words: &'a str,
    key: &str,
    latest: u32,
) -> Result<(&'a str, u32), String> {
    match words.rsplit_once(key) {
        Some((words, id)) => Ok((words, number(id)?)),
        None => Ok((words, latest)),
    }
}

fn play<R: Role>(scenario: &Scenario, pieces: Pieces) -> Result<(), String> {
    let mut play = Play::<R>::new(scenario, pieces);
    let mut lines = scenario
        .lines
        .iter()
        .filter(|line| !matches!(line.content, Content::Let { .. }))
        .peekable();
    play.pump();
    while let Some(line) = lines.next() {
        let here = |why: String| format!("{line}: {why}");
        if let Some(wanted) = wanted::<R>(&line.content) {
            play.expect(&wanted).map_err(here)?;
            continue;
        }
        play.expect_nothing().map_err(here)?;
        play.carry_out(&line.content).map_err(here)?;
        while let Some(more) =
            lines.next_if(|next| come_together::<R>(&line.content, &next.content))
        {
            play.carry_out(&more.content)
                .map_err(|why| format!("{more}: {why}"))?;
        }
        play.pump();
    }
    play.expect_nothing()?;
    play.expect_data_closed()
}

/// What the session must say now for this line to hold.
fn wanted<R: Role>(content: &Content) -> Option<String> {
    match content {
        Content::Says(words) => Some(format!("-> {words}")),
        _ => R::from_session(content),
    }
}

/// Whether nothing is polled between two lines: both are bytes of the peer, or both are verbs.
fn come_together<R: Role>(first: &Content, second: &Content) -> bool {
    let is_verb = |content: &Content| matches!(content, Content::Does(word, _) if word == "verb");
    let is_heard = |content: &Content| R::from_peer(content).is_some();
    (is_heard(first) && is_heard(second)) || (is_verb(first) && is_verb(second))
}

fn session<R: Role>(scenario: &Scenario, now: Instant) -> R::Session {
    let mut config = R::Config::default();
    let (mut local, mut peer) = (R::LOCAL, R::PEER);
    for line in &scenario.lines {
        let Content::Let { key, value } = &line.content else {
            continue;
        };
        match key.as_str() {
            "local" => local = value,
            "peer" => peer = value,
            _ => R::set(&mut config, key, value).unwrap_or_else(|why| panic!("{line}: {why}")),
        }
    }
    let addresses = ControlAddresses::new(address(local), address(peer));
    R::session(config, addresses, now)
}

impl<R: Role> Play<R> {
    fn new(scenario: &Scenario, pieces: Pieces) -> Self {
        let now = Instant::from_micros(1_000_000);
        Self {
            session: session::<R>(scenario, now),
            role: R::default(),
            failure: None,
            is_closed: false,
            pieces,
            now,
            said: VecDeque::new(),
            partial: Partial::default(),
            unread: VecDeque::new(),
            latest_data: 0,
            closed: BTreeMap::new(),
            is_blocked: false,
        }
    }

    /// Notes what the session says otherwise than by the control connection.
    pub(crate) fn say(&mut self, words: &str) {
        self.said.push_back(format!("-> {words}"));
    }

    fn carry_out(&mut self, content: &Content) -> Result<(), String> {
        if let Some(bytes) = R::from_peer(content) {
            self.unread.extend(bytes);
            return Ok(());
        }
        match content {
            Content::Answers(words) => self.answer(words)?,
            Content::Time(duration) => self.pass(*duration),
            Content::Does(word, rest) => match word.as_str() {
                "block" => self.is_blocked = true,
                "unblock" => self.is_blocked = false,
                "eof" => self.session.handle_eof(),
                "lost" => self.session.handle_lost(),
                "mute" => self.session.handle_send_lost(),
                "wait" => self.expect_wait(rest)?,
                _ if R::act(self, word, rest)? => {}
                _ => {
                    let name = R::NAME;
                    return Err(format!("nothing that a {name}'s transcript knows: {word}"));
                }
            },
            _ => {
                return Err(format!(
                    "nothing that a {}'s transcript knows: {content:?}",
                    R::NAME
                ));
            }
        }
        Ok(())
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
                    assert_eq!(bytes.len(), 1, "one byte can be urgent");
                    let urgent = text(&self.partial.take_with(bytes));
                    self.said.push_back(format!("{}! {urgent}", R::LETTER));
                    self.session.sent(1);
                }
                Output::Action(action) => self.begin(&action),
                Output::Event(event) => {
                    assert!(!self.is_closed, "no event follows Close");
                    let words = self.role.take(event);
                    self.say(&words);
                }
                Output::Wait(_) => {
                    if !self.feed() {
                        return;
                    }
                }
                _ => panic!("an output that no {} has", R::NAME),
            }
        }
    }

    fn fail(&mut self, error: ProtocolError) {
        match &self.failure {
            None => self.say(&R::failure_words(&self.session, &error)),
            Some(first) => assert_eq!(*first, error, "the same error for good"),
        }
        self.failure = Some(error);
    }

    fn feed(&mut self) -> bool {
        feed(&mut self.session, &mut self.unread, self.pieces)
    }

    fn hear(&mut self, bytes: &[u8]) {
        assert!(!self.is_closed, "nothing is sent after Close");
        self.partial.push(bytes, |line| {
            let line = format!("{}: {}", R::LETTER, text(line));
            self.said.push_back(line);
        });
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
        self.say(&action_words(action));
        if matches!(action, Action::StartTls | Action::StopTls) {
            // A driver that has read all that the peer sent hands it over before it begins.
            let read: Vec<u8> = self.unread.drain(..).collect();
            if !read.is_empty() {
                let taken = self.session.handle_input(&read);
                assert_eq!(taken, read.len(), "all of it is taken");
            }
        }
    }

    fn answer(&mut self, words: &str) -> Result<(), String> {
        let (words, id) = split_id(words, " id=", self.latest_data)?;
        let id = DataId::from_raw(id);
        let session = &mut self.session;
        let parts: Vec<&str> = words.split(' ').collect();
        match parts[..] {
            ["listening", at] => session.handle_data_listening(id, address(at)),
            ["accepted", from, verdict] => {
                let said = match session.handle_data_accepted(id, address(from)) {
                    Accepted::Keep => "kept",
                    Accepted::Drop => "dropped",
                };
                if said != verdict {
                    return Err(format!("the connection was {said}"));
                }
            }
            ["connected"] => session.handle_data_connected(id),
            ["data-failed", why] => session.handle_data_failed(id, data_failure(why)),
            ["progress", total] => session.handle_data_progress(id, number(total)?),
            ["marker", text, position] => {
                let (text, position) = (unescape(text).into(), number(position)?);
                session.handle_data_marker(id, Marker { text, position });
            }
            ["crossed"] => session.handle_data_crossed(id),
            ["secured", how] => session.handle_data_secured(id, handshake(how)),
            ["tls-established", how] => {
                session.handle_tls_established(TlsInfo::new(handshake(how)));
            }
            ["tls-established", how, certificate] => {
                let mut info = TlsInfo::new(handshake(how));
                info.certificate = Some(unescape(certificate).into());
                session.handle_tls_established(info);
            }
            ["tls-failed"] => session.handle_tls_failed(),
            ["tls-stopped"] => session.handle_tls_stopped(),
            ["ended", bytes, ending] => session.handle_data_ended(id, data_end(bytes, ending)),
            _ => R::answer(self, words)?,
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
        if is_twice || (is_open && R::must_have_closed(self)) {
            return Err("a data connection outlives its use, or was closed twice".to_owned());
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
                Some(("deadline", time)) => wait.deadline == Some(self.now + duration(time)),
                _ => return Err(format!("nothing to wait for: {word}")),
            };
            if !holds {
                return Err(format!("expected {word}, got {wait:?} at {:?}", self.now));
            }
        }
        Ok(())
    }
}
