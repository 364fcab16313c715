//! Random servers, drivers and applications around a client session: whatever comes, in whatever
//! order and however it is cut, the rules of the driver contract hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use ftp_proto::client::{
    ClientConfig, ClientEvent, ClientSession, DataPolicy, Outcome, Pipelining, Transferred,
};
use ftp_proto::{
    Accepted, Action, ControlAddresses, DataEnd, DataEnding, DataFailure, DataId, Instant,
    LocalFailure, OpId, Output, Timeouts,
};
use proptest::prelude::*;

use super::words::{event_words, failure_words, verb};
use crate::transcript::pieces::{Partial, Pieces, feed};
use crate::transcript::words::{action_words, text};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds_whatever_comes_and_however_it_is_cut(
        setting in any_setting(),
        moves in prop::collection::vec(any_move(), 1..100),
    ) {
        let whole = Run::play(Peer::Hostile, setting, &moves, Pieces::Large);
        let cut = Run::play(Peer::Hostile, setting, &moves, Pieces::Bytes);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn a_server_that_keeps_its_word_never_fails_a_session_and_is_never_misread(
        setting in any_setting(),
        moves in prop::collection::vec(any_move(), 1..200),
    ) {
        let whole = Run::play(Peer::Honest, setting, &moves, Pieces::Large);
        let cut = Run::play(Peer::Honest, setting, &moves, Pieces::Bytes);
        prop_assert_eq!(whole, cut);
    }
}

/// Whether the server does what servers do, or anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Honest,
    Hostile,
}

#[derive(Clone, Copy, Debug)]
struct Setting {
    data: DataPolicy,
    pipelining: Pipelining,
}

/// Something that happens around the session. Numbers choose among what is possible then.
#[derive(Clone, Debug)]
enum Move {
    Verb(u8),
    Abort(usize),
    Serve(u8),
    Data(u8),
    /// An answer about some data connection, asked for or not.
    Stale(u8, u32),
    Time(Duration),
    Server(Vec<u8>),
    Eof,
    Block,
    Unblock,
}

fn any_setting() -> impl Strategy<Value = Setting> {
    let data = prop::sample::select(&[DataPolicy::Passive, DataPolicy::Active, DataPolicy::Auto]);
    let pipelining = prop::sample::select(&[Pipelining::Off, Pipelining::Within]);
    (data, pipelining).prop_map(|(data, pipelining)| Setting { data, pipelining })
}

fn any_move() -> impl Strategy<Value = Move> {
    let stray = prop::sample::select(
        &[
            "150 x",
            "200 x",
            "226 x",
            "229 x (|||7|)",
            "331 x",
            "350 x",
            "421 x",
            "425 x",
            "500-",
            "500 x",
            "257 \"/\"",
            "99 x",
            "227 1,2,3,4,5,6",
        ][..],
    );
    prop_oneof![
        8 => any::<u8>().prop_map(Move::Verb),
        2 => (0usize..4).prop_map(Move::Abort),
        24 => any::<u8>().prop_map(Move::Serve),
        16 => any::<u8>().prop_map(Move::Data),
        1 => (any::<u8>(), 0u32..9).prop_map(|(what, id)| Move::Stale(what, id)),
        2 => (0u64..25_000).prop_map(|ms| Move::Time(Duration::from_millis(ms))),
        1 => stray.prop_map(|line| Move::Server(format!("{line}\r\n").into_bytes())),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Move::Server),
        1 => Just(Move::Eof),
        1 => Just(Move::Block),
        2 => Just(Move::Unblock),
    ]
}

/// What the driver has been asked for, for one data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Listen,
    Accept,
    Connect,
    Move,
    /// Nothing, or it was answered.
    Nothing,
}

#[derive(Debug)]
struct DataConnection {
    asked: Asked,
    moves: u32,
    closes: u32,
    end: Option<DataEnd>,
}

/// A session among all of them, and what has come out of it.
struct Run {
    session: ClientSession,
    peer: Peer,
    pieces: Pieces,
    now: Instant,
    log: Vec<String>,
    unread: VecDeque<u8>,
    partial: Partial,
    /// Commands that the server has not answered, and whether it is in a transfer.
    heard: VecDeque<String>,
    is_transferring: bool,
    data: BTreeMap<DataId, DataConnection>,
    /// The latest data connection whose bytes were moved for each operation.
    moved: BTreeMap<OpId, DataId>,
    asked: Vec<OpId>,
    done: BTreeSet<OpId>,
    is_blocked: bool,
    is_closed: bool,
    failure: Option<String>,
}

impl Run {
    fn play(peer: Peer, setting: Setting, moves: &[Move], pieces: Pieces) -> Vec<String> {
        let mut run = Self::new(peer, setting, pieces);
        run.say("220 ready");
        run.pump();
        for step in moves {
            run.step(step);
            run.pump();
        }
        match peer {
            Peer::Honest => run.finish_work(),
            Peer::Hostile => run.wait_out(),
        }
        run.check_end();
        run.log
    }

    fn new(peer: Peer, setting: Setting, pieces: Pieces) -> Self {
        let now = Instant::from_micros(1);
        let mut config = ClientConfig::default();
        config.limits.line = 200;
        config.data = setting.data;
        config.pipelining = setting.pipelining;
        config.timeouts.keep_alive = Duration::from_secs(10);
        if peer == Peer::Honest {
            // It answers in the end.
            config.timeouts.reply = Timeouts::NEVER;
            config.timeouts.final_reply = Timeouts::NEVER;
            config.timeouts.send = Timeouts::NEVER;
        }
        let address = |text: &str| text.parse().expect("an address");
        let addresses = ControlAddresses::new(address("192.0.2.7:40000"), address("192.0.2.1:21"));
        Self {
            session: ClientSession::new(config, addresses, now),
            peer,
            pieces,
            now,
            log: Vec::new(),
            unread: VecDeque::new(),
            partial: Partial::default(),
            heard: VecDeque::new(),
            is_transferring: false,
            data: BTreeMap::new(),
            moved: BTreeMap::new(),
            asked: Vec::new(),
            done: BTreeSet::new(),
            is_blocked: false,
            is_closed: false,
            failure: None,
        }
    }

    fn step(&mut self, step: &Move) {
        let hostile = self.peer == Peer::Hostile;
        match step {
            Move::Verb(choice) => self.verb(*choice),
            Move::Abort(age) => {
                if let Some(op) = self.asked.iter().rev().nth(*age) {
                    self.session.abort(*op);
                }
            }
            Move::Serve(choice) => self.serve(*choice),
            Move::Data(choice) => self.answer(*choice),
            Move::Stale(what, id) => self.answer_for(DataId::from_raw(*id), *what, hostile),
            Move::Time(time) => self.pass(*time),
            Move::Server(bytes) if hostile => self.unread.extend(bytes),
            Move::Eof if hostile && self.asked.len() > 6 => self.session.handle_eof(),
            Move::Block => self.is_blocked = true,
            Move::Unblock => self.is_blocked = false,
            Move::Server(_) | Move::Eof => {}
        }
    }

    fn verb(&mut self, choice: u8) {
        // The reply to HELP is told apart by its topic.
        let topic = self.asked.len() + 1;
        let words = match choice % 16 {
            0..4 => format!("help {topic}"),
            4 | 5 => "retrieve f".to_owned(),
            6 => "retrieve f offset=5 expected=9".to_owned(),
            7 => "retrieve f ascii".to_owned(),
            8 | 9 => "store f".to_owned(),
            10 => "store unique".to_owned(),
            11 => "list".to_owned(),
            12 => "list a\\x20b native".to_owned(),
            13 => "size f".to_owned(),
            14 => "rename a b".to_owned(),
            _ if choice > 240 && self.peer == Peer::Hostile => "quit".to_owned(),
            _ => "login alice secret".to_owned(),
        };
        match verb(&mut self.session, &words) {
            Ok(op) => {
                assert!(!self.asked.contains(&op), "each operation has its own id");
                self.asked.push(op);
            }
            Err(error) => self.log.push(format!("{error}")),
        }
    }

    /// The server does one of the things that it could do now.
    fn serve(&mut self, choice: u8) {
        let next = self.heard.front().map(String::as_str);
        if self.is_transferring {
            let replies: &[&str] = match (next, choice % 8) {
                (Some("ABOR"), 0 | 1) => &["426 cut", "225 ok"],
                (Some("ABOR"), 2 | 3) => &["426 cut", "226 aborted"],
                (Some("ABOR"), 4 | 5) => &["226 aborted", "426 cut"],
                (Some("ABOR"), 6) => &["150 0.03 seconds"],
                (Some("ABOR"), _) => &["426 cut"],
                (Some("NOOP"), 0..4) => &["200 ok"],
                (Some("NOOP"), 4) => &["500 not now"],
                (_, 5) => &["426 cut"],
                (_, 6) => &["250 done"],
                _ => &["226 done"],
            };
            if matches!((next, choice % 8), (Some("ABOR"), _) | (Some("NOOP"), 0..5)) {
                let over = next == Some("ABOR");
                self.heard.pop_front();
                self.is_transferring = !over;
            } else {
                self.is_transferring = false;
            }
            return replies.iter().for_each(|reply| self.say(reply));
        }
        let Some(command) = self.heard.pop_front() else {
            return;
        };
        let is_kind = choice % 8 < 6;
        let (verb, argument) = command.split_once(' ').unwrap_or((&command, ""));
        match verb {
            "HELP" => self.say(&format!("214 {argument}")),
            "RETR" | "STOR" | "STOU" | "MLSD" | "LIST" => match choice % 16 {
                0 => self.say("550 no"),
                1 => self.say("425 nobody came"),
                2 if verb == "MLSD" => self.say("502 what?"),
                3 if verb != "STOR" && verb != "STOU" => self.say("226 that was it"),
                _ => {
                    self.say("150 here");
                    self.is_transferring = true;
                }
            },
            "EPSV" if is_kind => self.say("229 ok (|||5001|)"),
            "PASV" if is_kind => self.say("227 ok (192,0,2,1,19,137)"),
            "EPSV" if choice % 8 == 6 => self.say("229 what"),
            "REST" if is_kind => self.say("350 ok"),
            "RNFR" if is_kind => self.say("350 ok"),
            "USER" if is_kind => self.say("331 ok"),
            "SIZE" if is_kind => self.say("213 9"),
            "PWD" if is_kind => self.say("257 \"/\""),
            "ABOR" => match choice % 4 {
                0 => self.say("225 nothing to abort"),
                1 => self.say("226 nothing to abort"),
                2 => self.say("502 what?"),
                _ => {}
            },
            "NOOP" => self.say("200 ok"),
            "QUIT" => self.say("221 bye"),
            _ if is_kind => self.say("250 ok"),
            _ => self.say("500 no"),
        }
    }

    fn say(&mut self, line: &str) {
        self.unread.extend(format!("{line}\r\n").as_bytes());
    }

    /// The driver answers the latest of what it was asked for.
    fn answer(&mut self, choice: u8) {
        let open = |data: &DataConnection| data.asked != Asked::Nothing;
        let latest = self.data.iter().rev().find(|(_, data)| open(data));
        if let Some((&id, _)) = latest {
            self.answer_for(id, choice, false);
        }
    }

    /// Any answer, or one that fits what was asked.
    fn answer_for(&mut self, id: DataId, choice: u8, anything: bool) {
        let asked = match self.data.get(&id) {
            Some(data) if !anything => data.asked,
            _ => match choice % 4 {
                0 => Asked::Listen,
                1 => Asked::Accept,
                2 => Asked::Connect,
                _ => Asked::Move,
            },
        };
        let fails = choice % 16 == 15;
        let address = |text: &str| text.parse().expect("an address");
        let session = &mut self.session;
        match asked {
            Asked::Listen | Asked::Accept | Asked::Connect if fails => {
                session.handle_data_failed(id, DataFailure::Refused);
            }
            Asked::Listen => session.handle_data_listening(id, address("192.0.2.7:6001")),
            Asked::Accept if choice % 4 == 3 => {
                let verdict = session.handle_data_accepted(id, address("203.0.113.9:20"));
                assert_eq!(verdict, Accepted::Drop, "a stranger");
                return;
            }
            Asked::Accept => {
                if session.handle_data_accepted(id, address("192.0.2.1:20")) == Accepted::Drop {
                    return;
                }
            }
            Asked::Connect => session.handle_data_connected(id),
            Asked::Move if choice % 8 < 3 => {
                return session.handle_data_progress(id, u64::from(choice));
            }
            Asked::Move => {
                let ending = match choice % 16 {
                    8 => DataEnding::Reset,
                    9 => DataEnding::Local(LocalFailure::NoSpace),
                    _ => DataEnding::Complete,
                };
                let bytes = u64::from(choice);
                let end = DataEnd { bytes, ending };
                if let Some(data) = self.data.get_mut(&id)
                    && data.asked == Asked::Move
                {
                    data.end.get_or_insert(end);
                }
                session.handle_data_ended(id, end);
            }
            Asked::Nothing => return,
        }
        if let Some(data) = self.data.get_mut(&id)
            && data.asked == asked
        {
            data.asked = Asked::Nothing;
        }
    }

    fn pass(&mut self, time: Duration) {
        let target = self.now + time;
        while let Some(deadline) = self.session.wait().deadline.filter(|at| *at <= target) {
            assert!(deadline > self.now, "a deadline that came was acted upon");
            self.now = deadline;
            self.pump();
        }
        self.now = target;
    }

    fn pump(&mut self) {
        for _ in 0..100_000 {
            let wait = self.session.wait();
            assert!(wait.read <= 202, "input is bounded");
            let output = match self.session.poll_output(self.now) {
                Ok(output) => output,
                Err(error) => return self.fail(&failure_words(&error)),
            };
            assert!(self.failure.is_none(), "a failure is for good");
            match output {
                Output::Send(_) | Output::SendUrgent(_) if self.is_blocked => {
                    if !self.feed() {
                        return;
                    }
                }
                Output::Send(bytes) | Output::SendUrgent(bytes) => {
                    let taken = self.pieces.most(bytes.len());
                    let bytes = bytes[..taken].to_vec();
                    self.session.sent(taken);
                    self.hear(&bytes);
                }
                Output::Action(action) => self.begin(&action),
                Output::Event(event) => self.take(event),
                Output::Wait(_) => {
                    if !self.feed() {
                        return;
                    }
                }
                other => panic!("an output that no client has: {other:?}"),
            }
        }
        panic!("the session never waits");
    }

    fn fail(&mut self, words: &str) {
        assert_eq!(self.peer, Peer::Hostile, "{words}: {:#?}", self.log);
        match &self.failure {
            None => self.log.push(words.to_owned()),
            Some(first) => assert_eq!(first, words, "the same error for good"),
        }
        self.failure = Some(words.to_owned());
    }

    fn feed(&mut self) -> bool {
        feed(&mut self.session, &mut self.unread, self.pieces)
    }

    fn hear(&mut self, bytes: &[u8]) {
        assert!(!self.is_closed, "nothing is sent after Close");
        self.partial.push(bytes, |line| {
            let line = line.strip_prefix(b"\xff\xf4\xff\xf2").unwrap_or(line);
            self.log.push(format!("C: {}", text(line)));
            self.heard.push_back(text(line));
        });
    }

    fn begin(&mut self, action: &Action) {
        assert!(!self.is_closed, "no action follows Close");
        self.log.push(action_words(action));
        let (id, asked) = match *action {
            Action::ListenData { id, .. } => (id, Asked::Listen),
            Action::ConnectData { id, .. } => (id, Asked::Connect),
            Action::AcceptData { id } => (id, Asked::Accept),
            Action::MoveData { id, op, .. } => {
                self.moved.insert(op, id);
                (id, Asked::Move)
            }
            Action::CloseData { id, .. } => (id, Asked::Nothing),
            Action::Close => {
                self.is_closed = true;
                return;
            }
            ref other => panic!("an action that no client has: {other:?}"),
        };
        let is_first = matches!(asked, Asked::Listen | Asked::Connect);
        assert_ne!(
            self.data.contains_key(&id),
            is_first,
            "begun once: {action:?}"
        );
        let data = self.data.entry(id).or_insert(DataConnection {
            asked,
            moves: 0,
            closes: 0,
            end: None,
        });
        match action {
            Action::CloseData { .. } => {
                data.closes += 1;
                // Bytes that move are told of all the same.
                if data.asked != Asked::Move {
                    data.asked = Asked::Nothing;
                }
            }
            _ => {
                assert_eq!(data.closes, 0, "CloseData is the last word: {action:?}");
                data.moves += u32::from(asked == Asked::Move);
                data.asked = asked;
            }
        }
        assert!(data.closes <= 1 && data.moves <= 1, "once: {action:?}");
    }

    fn take(&mut self, event: ClientEvent) {
        assert!(!self.is_closed, "no event follows Close");
        self.log.push(event_words(&event));
        if let ClientEvent::Done { op, result } = event {
            assert!(self.asked.contains(&op) && self.done.insert(op), "one end");
            match result {
                Ok(Outcome::Transfer(transferred)) => self.check_transfer(op, &transferred),
                Ok(Outcome::Reply(reply))
                    if self.peer == Peer::Honest && reply.code().to_u16() == 214 =>
                {
                    let topic = op.to_raw().to_string();
                    assert_eq!(reply.text(), topic.as_bytes(), "its own reply");
                }
                _ => {}
            }
        }
    }

    fn check_transfer(&self, op: OpId, transferred: &Transferred) {
        assert!(transferred.reply.is_completion());
        if transferred.way.is_none() {
            return assert_eq!(transferred.bytes, 0);
        }
        let data = &self.data[&self.moved[&op]];
        let end = DataEnd {
            bytes: transferred.bytes,
            ending: DataEnding::Complete,
        };
        assert_eq!(data.end, Some(end), "what is called whole is whole");
    }

    /// The server and the driver do all that is left to do.
    fn finish_work(&mut self) {
        self.is_blocked = false;
        self.pump();
        for _ in 0..2_000 {
            if self.session.is_idle() {
                break;
            }
            self.serve(12);
            self.pump();
            self.answer(12);
            self.pass(Duration::from_secs(1));
            self.pump();
        }
        assert!(self.session.is_idle(), "all work ends: {:#?}", self.log);
    }

    /// Nobody says anything any more.
    fn wait_out(&mut self) {
        self.pump();
        for _ in 0..20_000 {
            let Some(deadline) = self.session.wait().deadline else {
                break;
            };
            assert!(deadline > self.now, "a deadline that came was acted upon");
            self.now = deadline;
            self.pump();
        }
        assert!(
            self.session.is_over() || self.session.is_idle(),
            "silence ends all work: {:#?}",
            self.log
        );
    }

    fn check_end(&self) {
        if self.failure.is_some() {
            return;
        }
        for (id, data) in &self.data {
            assert_eq!(data.closes, 1, "the last word on {id:?}");
        }
        for op in &self.asked {
            assert!(self.done.contains(op), "{op:?} has its end");
        }
    }
}
