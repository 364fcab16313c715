//! Throws random bytes, commands, answers, delays and failures at a server session, and checks
//! what holds whatever comes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ftp_proto::codec::hash::HashAlgorithms;
use ftp_proto::codec::line::{Line, LineBuffer};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::codec::reply::{Reply, ReplyClass, ReplyReader};
use ftp_proto::listing::{Entry, Kind, Metadata};
use ftp_proto::server::{
    Available, Checksums, ClearControl, Denied, Grant, Opened, Permissions, Request, ServerConfig,
    ServerEvent, ServerSession, SiteCommand, Summed, Text, TlsOffer,
};
use ftp_proto::{
    Accepted, Action, ControlAddresses, DataEnd, DataEnding, DataFailure, DataId, Dialogue,
    Direction, Handshake, Instant, Limits, LocalFailure, OpId, Output, TlsInfo,
};
use proptest::prelude::*;

use super::words::{AnyAsk, event_words};
use crate::transcript::pieces::{Pieces, feed};
use crate::transcript::words::{action_words, text};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds_whatever_comes_and_however_it_is_cut(
        is_narrow in any::<bool>(),
        is_logged_in in prop::bool::weighted(0.9),
        moves in prop::collection::vec(any_move(), 1..80),
    ) {
        let line = if is_narrow { 40 } else { 8_192 };
        let whole = Run::play(line, is_logged_in, &moves, Pieces::Large);
        let cut = Run::play(line, is_logged_in, &moves, Pieces::Bytes);
        prop_assert_eq!(whole, cut);
    }
}

/// Something that happens to the session.
#[derive(Clone, Debug)]
enum Move {
    Client(Vec<u8>),
    LogIn,
    /// A transfer, led so many steps on its way.
    Transfer(&'static str, usize),
    /// Answers a question: which one, counted from the latest, and whether with a fact.
    Answer(usize, Answer),
    /// An answer about a data connection, counted from the latest.
    Data(usize, Data),
    /// An answer about TLS on the control connection, asked for or not.
    Tls(Tls),
    Time(Duration),
    Block,
    Unblock,
    Eof,
    Lost,
    Stop,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Fact,
    Denied,
}

#[derive(Clone, Copy, Debug)]
enum Tls {
    Established,
    Failed,
    Stopped,
}

#[derive(Clone, Copy, Debug)]
enum Data {
    Listening,
    AcceptedPeer,
    AcceptedStranger,
    Connected,
    Failed,
    Progress(u64),
    Secured,
    Ended(DataEnding),
}

fn any_move() -> impl Strategy<Value = Move> {
    let age = prop_oneof![8 => Just(0usize), 1 => 0usize..4];
    let answer = prop_oneof![4 => Just(Answer::Fact), 1 => Just(Answer::Denied)];
    let data = prop_oneof![
        3 => Just(Data::Listening),
        4 => Just(Data::AcceptedPeer),
        1 => Just(Data::AcceptedStranger),
        3 => Just(Data::Connected),
        1 => Just(Data::Failed),
        1 => (0u64..100).prop_map(Data::Progress),
        2 => Just(Data::Secured),
        1 => Just(Data::Ended(DataEnding::Truncated)),
        1 => Just(Data::Ended(DataEnding::HandshakeFailed)),
        3 => Just(Data::Ended(DataEnding::Complete)),
        1 => Just(Data::Ended(DataEnding::Reset)),
        1 => Just(Data::Ended(DataEnding::Local(LocalFailure::NoSpace))),
    ];
    let verb = prop::sample::select(&["RETR f", "STOR f", "APPE f", "STOU", "LIST", "MLSD"][..]);
    let rare = prop_oneof![
        Just(Move::Eof),
        Just(Move::Lost),
        Just(Move::Stop),
        Just(Move::Time(Duration::from_secs(301))),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(Move::Client),
    ];
    prop_oneof![
        24 => commands().prop_map(Move::Client),
        24 => (verb, 0usize..5).prop_map(|(verb, steps)| Move::Transfer(verb, steps)),
        20 => (age.clone(), answer).prop_map(|(age, answer)| Move::Answer(age, answer)),
        24 => (age, data).prop_map(|(age, data)| Move::Data(age, data)),
        2 => Just(Move::LogIn),
        1 => Just(Move::Client(b"AUTH TLS\r\n".to_vec())),
        6 => Just(Move::Tls(Tls::Established)),
        1 => Just(Move::Tls(Tls::Failed)),
        2 => Just(Move::Tls(Tls::Stopped)),
        4 => (0u64..40_000).prop_map(|ms| Move::Time(Duration::from_millis(ms))),
        2 => Just(Move::Block),
        8 => Just(Move::Unblock),
        2 => rare,
    ]
}

/// One to four commands, now and then with garbage between.
fn commands() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(
        &[
            "USER alice",
            "PASS secret",
            "ACCT x",
            "CWD d",
            "CWD",
            "CDUP",
            "SMNT x",
            "REIN",
            "QUIT",
            "PBSZ 0",
            "PROT P",
            "PROT P",
            "CCC",
            "PORT 192,0,2,7,16,0",
            "PORT 192,0,2,8,16,0",
            "PASV",
            "EPSV",
            "EPSV ALL",
            "EPSV 2",
            "EPRT |1|192.0.2.7|4096|",
            "TYPE I",
            "TYPE A",
            "TYPE E",
            "STRU F",
            "MODE B",
            "RETR f",
            "STOR f",
            "STOU",
            "APPE f",
            "ALLO 5",
            "REST 5",
            "RNFR a",
            "RNTO b",
            "ABOR",
            "\u{0}ABOR",
            "DELE f",
            "RMD d",
            "MKD d\"",
            "PWD",
            "LIST -la",
            "NLST",
            "SITE HELP",
            "SITE x",
            "SYST",
            "STAT",
            "STAT f",
            "HELP",
            "HELP RETR",
            "NOOP",
            "FEAT",
            "OPTS UTF8 ON",
            "MDTM f",
            "SIZE f",
            "MLST",
            "MLSD",
            "MFMT 20260102030405 f",
            "MFCT 20260102030405 f",
            "MFF modify=20260102030405; f",
            "LPSV",
            "LPRT 4,4,192,0,2,7,2,16,0",
            "RANG 0 4",
            "RANG 4 0",
            "OPTS MLST size;",
            "OPTS HASH MD5",
            "HASH f",
            "XCRC \"f\" 0 4",
            "MD5 f",
            "AVBL",
            "COMB a b",
            "HOST here",
            "LANG fr",
            "CSID Name=x;",
            "PRET RETR f",
            "THMB x",
            "SITE CHMOD 644 f",
            "SITE UMASK 022",
            "SITE IDLE 30",
            "SITE SYMLINK a b",
            "SITE OWN x",
            "XYZZY",
            "AUTH TLS",
            "GET / HTTP/1.1",
            "RETR a/../../b c",
            "CWD 0123456789012345678901234567",
            "NOOP 01234567890123456789012345678901234567890123456789",
        ][..],
    );
    prop::collection::vec(line, 1..4).prop_map(|lines| {
        let lines = lines.iter().map(|line| format!("{line}\r\n"));
        lines.collect::<String>().into_bytes()
    })
}

/// A session being thrown at, and what has come out of it.
struct Run {
    session: ServerSession,
    line_limit: usize,
    pieces: Pieces,
    now: Instant,
    log: Vec<String>,
    unread: VecDeque<u8>,
    asks: Vec<AnyAsk>,
    data: Vec<DataId>,
    /// Data connections, and whether the last word was said on each.
    closed: BTreeMap<DataId, bool>,
    moved: BTreeSet<DataId>,
    /// Files and listings that are open, or being opened, and must be moved or let go of.
    opened: BTreeSet<OpId>,
    upload: Option<OpId>,
    cancelled: BTreeSet<OpId>,
    is_blocked: bool,
    is_over: bool,
    has_dropped_bytes: bool,
    replies_told: Vec<Bytes>,
    replies_sent: Vec<Reply>,
    lines: LineBuffer,
    reader: ReplyReader,
    /// Commands that have no final reply yet.
    unanswered: i32,
    polls: usize,
}

impl Run {
    /// The log of one run; every rule is checked on the way.
    fn play(line_limit: usize, is_logged_in: bool, moves: &[Move], pieces: Pieces) -> Vec<String> {
        let mut config = ServerConfig::default();
        config.limits.line = line_limit;
        config.dialogue = Dialogue::Shown;
        config.tls.offer = TlsOffer::Offered;
        config.checksums = Checksums::new(HashAlgorithms::ALL);
        config.hosts.push("here".try_into().expect("a host"));
        let own = SiteCommand::new("OWN".try_into().expect("a verb"), Permissions::NONE, "OWN");
        config.site.push(own);
        config.tls.clear_control = ClearControl::Allowed;
        let addresses = ControlAddresses::new(
            "192.0.2.1:21".parse().expect("an address"),
            "192.0.2.7:40000".parse().expect("an address"),
        );
        let now = Instant::from_micros(0);
        let limits = Limits::default();
        let mut run = Self {
            session: ServerSession::new(Arc::new(config), addresses, now),
            line_limit,
            pieces,
            now,
            log: Vec::new(),
            unread: VecDeque::new(),
            asks: Vec::new(),
            data: Vec::new(),
            closed: BTreeMap::new(),
            moved: BTreeSet::new(),
            opened: BTreeSet::new(),
            upload: None,
            cancelled: BTreeSet::new(),
            is_blocked: false,
            is_over: false,
            has_dropped_bytes: false,
            replies_told: Vec::new(),
            replies_sent: Vec::new(),
            lines: LineBuffer::new(65_536),
            reader: ReplyReader::new(&limits),
            unanswered: 1,
            polls: 0,
        };
        run.pump();
        if is_logged_in {
            run.log_in();
        }
        for step in moves {
            run.step(step);
            run.pump();
            run.check_wait();
        }
        run.finish();
        run.log
    }

    fn step(&mut self, step: &Move) {
        match step {
            Move::Client(bytes) => self.unread.extend(bytes),
            Move::LogIn => self.log_in(),
            Move::Transfer(verb, steps) => self.transfer(verb, *steps),
            Move::Answer(age, answer) => self.answer(*age, *answer),
            Move::Data(age, data) => self.data(*age, *data),
            Move::Tls(Tls::Established) => {
                let info = TlsInfo::new(Handshake::Full);
                self.session.handle_tls_established(info);
            }
            Move::Tls(Tls::Failed) => self.session.handle_tls_failed(),
            Move::Tls(Tls::Stopped) => self.session.handle_tls_stopped(),
            Move::Time(duration) => {
                // The deadline of sending may come.
                self.has_dropped_bytes |= self.is_blocked;
                self.now = self.now + *duration;
            }
            Move::Block => self.is_blocked = true,
            Move::Unblock => self.is_blocked = false,
            Move::Eof => self.session.handle_eof(),
            Move::Lost => {
                self.has_dropped_bytes = true;
                self.session.handle_lost();
            }
            Move::Stop => self.session.stop(),
        }
    }

    fn log_in(&mut self) {
        self.unread
            .extend(b"USER alice\r\nPASS secret\r\nTYPE I\r\n");
        self.pump();
        self.answer(0, Answer::Fact);
        self.pump();
    }

    fn transfer(&mut self, verb: &str, steps: usize) {
        self.unread.extend(format!("EPSV\r\n{verb}\r\n").as_bytes());
        let ways: [&dyn Fn(&mut Self); 4] = [
            &|run| run.data(0, Data::Listening),
            &|run| run.answer(0, Answer::Fact),
            &|run| run.data(0, Data::AcceptedPeer),
            &|run| run.data(0, Data::Ended(DataEnding::Complete)),
        ];
        for way in ways.iter().take(steps) {
            self.pump();
            way(self);
        }
    }

    fn answer(&mut self, age: usize, answer: Answer) {
        let Some(at) = self.asks.len().checked_sub(age + 1) else {
            return;
        };
        let ask = self.asks.remove(at);
        let id = ask.id();
        let session = &mut self.session;
        match (answer, ask) {
            (Answer::Denied, ask) => {
                self.opened.remove(&id);
                if self.upload == Some(id) {
                    self.upload = None;
                }
                ask.deny(session, Denied::NotFound);
            }
            (Answer::Fact, AnyAsk::Grant(ask)) => {
                let grant = Grant {
                    permissions: Permissions::READ_WRITE,
                    home: VirtualPath::root(),
                };
                session.answer(ask, Ok(grant));
            }
            (Answer::Fact, AnyAsk::Entry(ask)) => {
                let kind = Kind::Directory;
                let metadata = Metadata {
                    kind,
                    ..Metadata::default()
                };
                session.answer(ask, Ok(Entry::new("", &metadata)));
            }
            (Answer::Fact, AnyAsk::Opened(ask)) => {
                let size = Some(12);
                session.answer(ask, Ok(Opened { size, name: None }));
            }
            (Answer::Fact, AnyAsk::Done(ask)) => session.answer(ask, Ok(())),
            (Answer::Fact, AnyAsk::Summed(ask)) => {
                let value = Bytes::from_static(&[7; 32]);
                session.answer(ask, Ok(Summed { value, bytes: 12 }));
            }
            (Answer::Fact, AnyAsk::Available(ask)) => session.answer(ask, Ok(Available(12))),
            (Answer::Fact, AnyAsk::Text(ask)) => session.answer(ask, Ok(Text::from("a\n200 b"))),
        }
    }

    fn data(&mut self, age: usize, data: Data) {
        let Some(at) = self.data.len().checked_sub(age + 1) else {
            return;
        };
        let id = self.data[at];
        let said = self.log.len();
        let from = |ip: &str| format!("{ip}:5000").parse().expect("an address");
        let session = &mut self.session;
        match data {
            Data::Listening => session.handle_data_listening(id, from("192.0.2.1")),
            Data::AcceptedPeer => {
                let kept = session.handle_data_accepted(id, from("192.0.2.7"));
                assert!(
                    kept == Accepted::Drop || !self.closed[&id],
                    "a closed data connection is not kept"
                );
            }
            Data::AcceptedStranger => {
                let kept = session.handle_data_accepted(id, from("203.0.113.5"));
                assert_eq!(kept, Accepted::Drop);
            }
            Data::Connected => session.handle_data_connected(id),
            Data::Failed => session.handle_data_failed(id, DataFailure::Refused),
            Data::Progress(total) => session.handle_data_progress(id, total),
            Data::Secured => session.handle_data_secured(id, Handshake::Full),
            Data::Ended(ending) => {
                // A driver tells the end of what it was told to move.
                if self.moved.contains(&id) {
                    let bytes = 12;
                    session.handle_data_ended(id, DataEnd { bytes, ending });
                }
            }
        }
        if age > 0 {
            self.pump();
            assert_eq!(self.log.len(), said, "an earlier data connection is past");
        }
    }

    fn pump(&mut self) {
        loop {
            self.polls += 1;
            assert!(self.polls < 200_000, "a session comes to rest");
            match self.session.poll_output(self.now) {
                Output::Send(bytes) => {
                    assert!(!self.is_over, "nothing is sent after Close");
                    assert!(
                        bytes.len() <= 4 * self.line_limit + 4_096,
                        "what waits to be sent is bounded"
                    );
                    if self.is_blocked {
                        if !self.feed() {
                            return;
                        }
                        continue;
                    }
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
                other => panic!("an output that no server has: {other:?}"),
            }
        }
    }

    fn feed(&mut self) -> bool {
        feed(&mut self.session, &mut self.unread, self.pieces)
    }

    fn hear(&mut self, bytes: &[u8]) {
        assert_eq!(self.lines.push(bytes), bytes.len());
        while let Some(line) = self.lines.next_line() {
            let Line::Whole(line) = line else {
                panic!("a reply line is short");
            };
            let reply = self.reader.push_line(&line).expect("a well-formed reply");
            self.replies_sent.extend(reply);
        }
    }

    fn begin(&mut self, action: &Action) {
        assert!(!self.is_over, "no action follows Close");
        self.log.push(action_words(action));
        match action {
            Action::ListenData { id, .. } | Action::ConnectData { id, .. } => {
                assert!(
                    self.closed.insert(*id, false).is_none(),
                    "an id is used once"
                );
                let live = self.closed.values().filter(|is_closed| !**is_closed);
                assert_eq!(live.count(), 1, "there is one data connection at a time");
                self.data.push(*id);
            }
            Action::AcceptData { id } => assert!(!self.closed[id]),
            Action::MoveData { id, op, .. } => {
                assert!(!self.closed[id], "nothing is moved after the last word");
                assert!(self.moved.insert(*id), "a data connection is used once");
                assert!(
                    self.opened.remove(op) || self.upload == Some(*op),
                    "a file is open"
                );
            }
            Action::CloseData { id, .. } => {
                let closed = self.closed.get_mut(id).expect("an id that was opened");
                assert!(!*closed, "the last word is said once");
                *closed = true;
            }
            Action::Close => self.is_over = true,
            Action::StartTls | Action::StopTls => {
                // What was read before is handed over before TLS begins or ends.
                let read: Vec<u8> = self.unread.drain(..).collect();
                assert_eq!(self.session.handle_input(&read), read.len());
            }
            other => panic!("an action that no server has: {other:?}"),
        }
    }

    fn take(&mut self, event: ServerEvent) {
        assert!(!self.is_over, "no event follows Close");
        self.log.push(event_words(&event));
        match event {
            ServerEvent::Request(request) => {
                match &request {
                    Request::OpenRead(ask, ..)
                    | Request::OpenList(ask, ..)
                    | Request::OpenPart(ask, _, Direction::Send, _) => {
                        self.opened.insert(ask.id());
                    }
                    Request::OpenWrite(ask, ..)
                    | Request::OpenPart(ask, _, Direction::Receive, _) => {
                        assert_eq!(self.upload, None, "one upload at a time");
                        self.upload = Some(ask.id());
                    }
                    Request::Finish(..) => {
                        assert!(self.upload.take().is_some(), "an upload is finished once");
                    }
                    _ => {}
                }
                self.asks.push(AnyAsk::of(request));
            }
            ServerEvent::Cancel(op) => {
                assert!(self.cancelled.insert(op), "a question is taken back once");
                self.opened.remove(&op);
                if self.upload == Some(op) {
                    self.upload = None;
                }
            }
            ServerEvent::Command(_) => self.unanswered += 1,
            ServerEvent::Reply(reply) => {
                let class = reply.first().copied().unwrap_or_default();
                if class != b'1' {
                    self.unanswered -= 1;
                }
                let is_farewell = reply.starts_with(b"421");
                assert!(
                    self.unanswered >= 0 || is_farewell,
                    "a reply that no command has asked for: {}",
                    text(&reply)
                );
                self.replies_told.push(reply);
            }
            _ => {}
        }
        assert!(
            self.unanswered <= 2,
            "a command is begun when the one before is answered"
        );
    }

    /// What was waited for lies ahead, so that a driver never spins.
    fn check_wait(&mut self) {
        let wait = self.session.wait();
        if let Some(deadline) = wait.deadline {
            assert!(deadline > self.now, "{:?} at {:?}", self.session, self.now);
        }
        if self.session.is_idle() && !self.session.is_over() {
            assert!(self.unanswered <= 0 || !self.unread.is_empty());
        }
    }

    /// Ends the session, and checks that nothing is left over.
    fn finish(&mut self) {
        if !self.is_over {
            self.has_dropped_bytes = true;
        }
        self.session.handle_lost();
        self.pump();
        assert!(self.is_over, "a session comes to its end");
        assert!(
            self.closed.values().all(|is_closed| *is_closed),
            "nothing outlives a session"
        );
        assert!(
            self.opened.is_empty(),
            "what was opened is moved or let go of"
        );
        assert_eq!(self.upload, None, "an upload is finished or let go of");
        let told = self.replies_told.len();
        assert!(
            self.replies_sent.len() <= told,
            "each reply is told before it is sent"
        );
        if !self.has_dropped_bytes {
            assert_eq!(
                self.replies_sent.len(),
                told,
                "each reply that was told is sent"
            );
        }
        let finals = self.replies_sent.iter();
        let after_421 = finals
            .skip_while(|reply| reply.code().to_u16() != 421)
            .skip(1)
            .filter(|reply| reply.class() != ReplyClass::Preliminary);
        assert_eq!(after_421.count(), 0, "421 is the last reply");
        let wait = self.session.wait();
        assert_eq!((wait.read, wait.deadline), (0, None));
    }
}
