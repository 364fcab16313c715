//! The session: input to replies, replies to operations, operations to output.

mod deadlines;
mod securing;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::net::SocketAddr;

use bytes::Bytes;

use super::config::{ClientConfig, Tls};
use super::event::{ClientEvent, OperationError, Outcome};
use super::link::{Link, Mark, Purpose};
use super::operation::{Context, Decision, Learned, Operation, Work};
use super::quirks::Sign;
use super::transfer::Transfer;
use crate::codec::command::Command;
use crate::codec::line::{Line, LineBuffer};
use crate::codec::reply::{Reply, ReplyClass, ReplyReader};
use crate::contract::{
    Accepted, Action, ControlAddresses, DataEnd, DataFailure, DataId, Instant, OpId, Output, Wait,
};
use crate::data::Marker;
use crate::error::{DecodeError, ProtocolError, UsageError};
use crate::protection::{Handshake, TlsInfo};

/// The client's side of one control connection, without I/O.
///
/// The loop that drives it stands at the top of the crate; the verbs that give it work are the
/// methods that return an [`OpId`].
#[derive(Debug)]
pub struct ClientSession {
    config: ClientConfig,
    addresses: ControlAddresses,
    phase: Phase,
    link: Link,
    input: LineBuffer,
    replies: ReplyReader,
    learned: Learned,
    current: Option<Operation>,
    waiting: VecDeque<Operation>,
    last_op: OpId,
    /// PROT was refused before the login, and is to be said again behind it.
    protects_late: bool,
    eof: bool,
    /// Nothing can be sent any more.
    is_mute: bool,
    now: Instant,
}

#[derive(Debug)]
enum Phase {
    Greeting,
    /// AUTH, PBSZ or PROT waits for its reply, and operations wait for them.
    Negotiating,
    /// The driver brings the control connection under TLS.
    Securing(Behind),
    /// The driver takes it out of TLS; the reply to CCC.
    Clearing(Reply),
    Open,
    /// QUIT was answered; nothing follows `Close`.
    Ended,
    Failed(ProtocolError),
}

/// What follows a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    Greeting,
    Protection,
}

impl ClientSession {
    /// A session over a control connection that was just made. The server speaks first; with
    /// `Tls::Implicit`, TLS comes before that.
    pub fn new(config: ClientConfig, addresses: ControlAddresses, now: Instant) -> Self {
        let mut link = Link::new(config.dialogue);
        link.marks.settle(now);
        let phase = match config.tls {
            Tls::Implicit => {
                link.out.action(Action::StartTls);
                Phase::Securing(Behind::Greeting)
            }
            Tls::Off | Tls::IfOffered | Tls::Required => Phase::Greeting,
        };
        Self {
            input: LineBuffer::new(config.limits.line),
            replies: ReplyReader::new(&config.limits),
            config,
            addresses,
            phase,
            link,
            learned: Learned::default(),
            current: None,
            waiting: VecDeque::new(),
            last_op: OpId::FIRST,
            protects_late: false,
            eof: false,
            is_mute: false,
            now,
        }
    }

    /// The next thing to do. Call it until it says [`Output::Wait`], and again after every other
    /// call, and when the deadline of the last `Wait` has come.
    ///
    /// # Errors
    ///
    /// The peer broke the protocol, went silent or went away. The session is over, and every later
    /// call gives the same error; no [`ClientEvent::Done`] and no `CloseData` follow, so that the
    /// driver drops every socket.
    pub fn poll_output(&mut self, now: Instant) -> Result<Output<'_, ClientEvent>, ProtocolError> {
        self.now = self.now.max(now);
        self.link.marks.settle(self.now);
        self.drop_unsendable();
        if self.link.out.is_sending() && self.due().is_some_and(|(at, _)| at <= self.now) {
            self.fail(ProtocolError::SendTimedOut);
        }
        while self.link.out.is_empty() && self.advance() {
            self.drop_unsendable();
        }
        self.link.marks.settle(self.now);
        if let Phase::Failed(error) = &self.phase {
            return Err(error.clone());
        }
        if self.link.out.is_empty() {
            self.link.release();
            self.input.release();
            if self.waiting.is_empty() {
                self.waiting = VecDeque::new();
            }
        }
        let wait = self.wait();
        Ok(self.link.out.poll().unwrap_or(Output::Wait(wait)))
    }

    /// Takes note that so many of the bytes offered were written.
    pub fn sent(&mut self, bytes: usize) {
        if bytes > 0 {
            self.link.marks.send = Mark::NOW;
        }
        self.link.out.sent(bytes);
    }

    /// Nothing can be sent any more: a write has failed. What the server said before it went away
    /// tells more than that it did, so that the session goes on reading until its end is told.
    pub fn handle_send_lost(&mut self) {
        self.is_mute = true;
    }

    /// Takes bytes that came on the control connection; how many were taken, which is all that
    /// [`Wait::read`] allowed. After the end all are taken, and forgotten.
    ///
    /// `Wait::read` is 0 from `Action::StartTls` to `handle_tls_established`: bytes that come all
    /// the same came in clear behind the reply to AUTH, and end the session.
    #[must_use = "bytes that were not taken have to be handed over again"]
    pub fn handle_input(&mut self, bytes: &[u8]) -> usize {
        if self.is_over() {
            return bytes.len();
        }
        if self.is_securing() {
            self.input.push(bytes);
            return bytes.len();
        }
        self.input.push(bytes)
    }

    /// The server has closed its side of the control connection, or the connection broke. Nothing
    /// is sent any more; what came before still counts.
    pub fn handle_eof(&mut self) {
        self.eof = true;
    }

    /// The control connection broke: nothing can be sent any more, and nothing more will come.
    pub fn handle_lost(&mut self) {
        self.link.out.drop_bytes();
        self.eof = true;
    }

    /// A listener is bound; `announced` is the address that the server must be told: the one that
    /// it can reach.
    pub fn handle_data_listening(&mut self, id: DataId, announced: SocketAddr) {
        self.with_transfer(|transfer, cx| transfer.on_listening(cx, id, announced));
    }

    /// A connection came to the listener: is it the data connection? `Keep` counts as
    /// [`handle_data_connected`](Self::handle_data_connected).
    pub fn handle_data_accepted(&mut self, id: DataId, from: SocketAddr) -> Accepted {
        let mut verdict = Accepted::Drop;
        self.with_transfer(|transfer, cx| {
            verdict = transfer.on_accepted(cx, id, from.ip());
            None
        });
        verdict
    }

    /// The data connection asked for by `ConnectData` is made.
    pub fn handle_data_connected(&mut self, id: DataId) {
        self.with_transfer(|transfer, cx| transfer.on_connected(cx, id));
    }

    /// The data connection asked for, or its listener, cannot be had.
    pub fn handle_data_failed(&mut self, id: DataId, why: DataFailure) {
        self.with_transfer(|transfer, cx| transfer.on_data_failed(cx, id, why));
    }

    /// So many bytes have crossed the data connection in all.
    pub fn handle_data_progress(&mut self, id: DataId, total: u64) {
        self.with_transfer(|transfer, cx| {
            transfer.on_progress(cx, id, total);
            None
        });
    }

    /// The TLS handshake of this data connection is done.
    pub fn handle_data_secured(&mut self, id: DataId, handshake: Handshake) {
        self.with_transfer(|transfer, cx| {
            transfer.on_secured(cx, id, handshake);
            None
        });
    }

    /// A restart marker came among the data, in MODE B or C; what was received before it is written.
    ///
    /// ```
    /// use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Retrieve};
    /// use ftp_proto::codec::command::{Argument, TransferMode};
    /// use ftp_proto::data::Marker;
    /// use ftp_proto::{Action, ControlAddresses, Instant, Output};
    ///
    /// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
    /// let now = Instant::from_micros(0);
    /// let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
    /// let mut retrieve = Retrieve::new(Argument::try_from("log")?);
    /// retrieve.parameters.mode = TransferMode::Block;
    /// session.retrieve(retrieve)?;
    /// let mut replies = ["220 Hi\r\n", "200 I\r\n", "200 B\r\n", "229 (|||50000|)\r\n", "150 Ok\r\n"]
    ///     .into_iter();
    /// let place = loop {
    ///     match session.poll_output(now)? {
    ///         Output::Send(bytes) => {
    ///             let written = bytes.len();
    ///             session.sent(written);
    ///         }
    ///         Output::Action(Action::ConnectData { id, .. }) => session.handle_data_connected(id),
    ///         Output::Action(Action::MoveData { id, .. }) => {
    ///             // What the codec has found, once all before it is in the file:
    ///             let (text, position) = ("4096".into(), 4096);
    ///             session.handle_data_marker(id, Marker { text, position });
    ///         }
    ///         Output::Event(ClientEvent::Marker { position, .. }) => break position,
    ///         Output::Wait(_) => {
    ///             let reply = replies.next().ok_or("no more replies")?;
    ///             assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
    ///         }
    ///         _ => {}
    ///     }
    /// };
    /// assert_eq!(place, 4096);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_data_marker(&mut self, id: DataId, marker: Marker) {
        self.with_transfer(|transfer, cx| {
            transfer.on_marker(cx, id, marker);
            None
        });
    }

    /// The control connection is under TLS.
    pub fn handle_tls_established(&mut self, info: TlsInfo) {
        self.on_secured(info.handshake);
    }

    /// The control connection could not be brought under TLS, or out of it in order.
    pub fn handle_tls_failed(&mut self) {
        if self.is_securing() && !self.link.out.has_action() {
            self.fail(ProtocolError::TlsFailed);
        }
    }

    /// TLS has ended on the control connection, which goes on in clear.
    pub fn handle_tls_stopped(&mut self) {
        self.on_cleared();
    }

    /// The bytes have stopped moving.
    pub fn handle_data_ended(&mut self, id: DataId, end: DataEnd) {
        self.with_transfer(|transfer, cx| transfer.on_ended(cx, id, end));
    }

    /// Ends an operation early. One that waits is taken out; a transfer that runs is stopped, by
    /// ABOR if the server has its command. Any other command that the server has by now cannot be
    /// taken back, and ends as it ends.
    pub fn abort(&mut self, op: OpId) {
        if self.is_over() {
            return;
        }
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.id == op) {
            self.waiting.remove(at);
            self.link.out.event(ClientEvent::Done {
                op,
                result: Err(OperationError::Aborted),
            });
        } else if self
            .current
            .as_ref()
            .is_some_and(|current| current.id == op)
        {
            self.with_transfer(Transfer::on_abort);
        }
    }

    /// What the session waits for, as [`Output::Wait`] says it; at any time, so that a blocked
    /// write stops neither reading nor the clock.
    pub fn wait(&self) -> Wait {
        if self.is_over() {
            return Wait {
                read: 0,
                write: self.link.out.is_sending(),
                deadline: None,
            };
        }
        Wait {
            read: match self.eof || self.is_securing() {
                true => 0,
                false => self.input.room(),
            },
            write: self.link.out.is_sending(),
            deadline: self.due().map(|(at, _)| at),
        }
    }

    /// Whether the server has greeted and TLS, where it is asked for, is set up: operations run from
    /// now on.
    pub const fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Open)
    }

    /// Whether no operation runs or waits.
    pub fn is_idle(&self) -> bool {
        self.current.is_none() && self.waiting.is_empty()
    }

    /// Whether the session has come to its end: nothing is sent or read any more.
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::Failed(_))
    }

    /// The two ends of the control connection.
    pub const fn addresses(&self) -> &ControlAddresses {
        &self.addresses
    }

    pub(super) fn queue(
        &mut self,
        longest_line: usize,
        work: impl FnOnce(OpId) -> Work,
    ) -> Result<OpId, UsageError> {
        let limits = &self.config.limits;
        if self.is_over() {
            return Err(UsageError::Ended);
        }
        if self.waiting.len() >= limits.queued_operations {
            let limit = limits.queued_operations;
            return Err(UsageError::QueueFull { limit });
        }
        let limit = limits.line;
        if longest_line > limit {
            let length = longest_line;
            return Err(UsageError::TooLong { length, limit });
        }
        let id = self.last_op;
        self.last_op = id.next();
        let work = work(id);
        self.waiting.push_back(Operation { id, work });
        Ok(id)
    }

    /// Lets go of bytes that nobody can take any more, so that they stop nothing behind them.
    fn drop_unsendable(&mut self) {
        if self.eof || self.is_mute {
            self.link.out.drop_bytes();
        }
    }

    /// Does one thing, if there is one to do.
    fn advance(&mut self) -> bool {
        if self.is_over() {
            return false;
        }
        if self.is_securing() {
            return self.advance_securing();
        }
        if let Some(line) = self.input.next_line() {
            self.on_line(line);
        } else if self.eof && !self.reads_to_the_end() {
            self.on_eof();
        } else if let Some((_, due)) = self.due().filter(|(at, _)| *at <= self.now) {
            self.on_due(due);
        } else if self.can_start() {
            self.start_next();
        } else {
            return false;
        }
        true
    }

    fn on_line(&mut self, line: Line) {
        let quirks = self.config.quirks.and(self.learned.quirks);
        self.replies.allow_loose_endings(quirks.loose_endings);
        let read = match line {
            Line::Whole(line) => self.replies.push_line(&line),
            Line::TooLong => Err(DecodeError {
                expected: "the end of a line",
                found: Bytes::new(),
                at: self.config.limits.line,
            }),
        };
        match read {
            Ok(Some(reply)) => self.on_reply(reply),
            Ok(None) => {}
            Err(error) => self.fail(error.into()),
        }
    }

    fn on_reply(&mut self, reply: Reply) {
        self.link.show(&reply);
        // The server is closing, whatever is in flight: this answers no command but QUIT.
        let quitting = self.link.head() == Some(Purpose::Quit);
        let greeted = !matches!(self.phase, Phase::Greeting);
        if reply.code().to_u16() == 421 && greeted && !quitting {
            return self.fail(ProtocolError::Closing(Box::new(reply)));
        }
        let aborting = self.link.is_in_flight(Purpose::Abort);
        let Some(purpose) = self.link.receive(reply.code()) else {
            return self.fail(ProtocolError::Unsolicited(Box::new(reply)));
        };
        // A reply to what was sent before them says nothing about whether ABOR was seen.
        if aborting && matches!(purpose, Purpose::Transfer | Purpose::Abort) {
            self.raise_fence();
        }
        if reply.class() == ReplyClass::Preliminary {
            let limit = self.config.limits.preliminary_replies;
            if self.link.head_preliminaries() > limit {
                return self.fail(ProtocolError::TooManyPreliminary { limit });
            }
            if purpose == Purpose::Transfer {
                self.with_transfer(|transfer, cx| transfer.on_started(cx, reply));
            }
            return;
        }
        match purpose {
            Purpose::Greeting if reply.class() == ReplyClass::Completion => {
                let sign = Sign::Greeting(reply.text());
                self.learned.quirks.learn(self.config.known_servers, sign);
                self.link.out.event(ClientEvent::Greeting(reply));
                self.on_greeted();
            }
            Purpose::Greeting => self.fail(ProtocolError::Refused(Box::new(reply))),
            Purpose::Auth | Purpose::AuthSsl | Purpose::BufferSize | Purpose::Protection => {
                self.on_security_reply(purpose, reply);
            }
            Purpose::ClearControl if reply.is_completion() => self.on_clear_control(reply),
            _ => self.with_work(|work, cx| work.on_reply(cx, purpose, reply)),
        }
    }

    /// No count of replies to ABOR is right at every server. The reply to a NOOP behind it is one
    /// that can be told apart: what is older and has no reply by then gets none.
    fn raise_fence(&mut self) {
        if !self.link.is_in_flight(Purpose::Fence) {
            self.link.send(Purpose::Fence, &Command::Noop);
        }
    }

    fn on_eof(&mut self) {
        if self.link.head() == Some(Purpose::Quit) {
            self.finish(Ok(Outcome::Closed));
        } else {
            self.fail(ProtocolError::Closed(self.whereabouts()));
        }
    }

    /// Whether the data of a transfer is still coming that the server has called complete.
    fn reads_to_the_end(&self) -> bool {
        self.link.is_quiet() && self.transfer().is_some_and(Transfer::has_only_data_left)
    }

    fn can_start(&self) -> bool {
        matches!(self.phase, Phase::Open)
            && self.current.is_none()
            && self.link.is_quiet()
            && !self.waiting.is_empty()
    }

    fn start_next(&mut self) {
        self.current = self.waiting.pop_front();
        self.with_work(Work::start);
    }

    fn transfer(&self) -> Option<&Transfer> {
        match &self.current.as_ref()?.work {
            Work::Transfer(transfer) => Some(transfer),
            _ => None,
        }
    }

    fn with_transfer(&mut self, act: impl FnOnce(&mut Transfer, &mut Context<'_>) -> Decision) {
        self.with_work(|work, cx| match work {
            Work::Transfer(transfer) => act(transfer, cx),
            _ => None,
        });
    }

    fn with_work(&mut self, act: impl FnOnce(&mut Work, &mut Context<'_>) -> Decision) {
        if self.is_over() {
            return;
        }
        let Some(current) = &mut self.current else {
            return;
        };
        let mut context = Context {
            link: &mut self.link,
            learned: &mut self.learned,
            config: &self.config,
            addresses: &self.addresses,
        };
        if let Some(result) = act(&mut current.work, &mut context) {
            self.finish(result);
        }
    }

    fn finish(&mut self, result: Result<Outcome, OperationError>) {
        let Some(Operation { id: op, work }) = self.current.take() else {
            return;
        };
        let succeeded = result.is_ok();
        self.link.out.event(ClientEvent::Done { op, result });
        if succeeded {
            self.protect_again(&work);
        }
        if matches!(work, Work::Quit) {
            for Operation { id: op, .. } in self.waiting.drain(..) {
                let result = Err(OperationError::Aborted);
                self.link.out.event(ClientEvent::Done { op, result });
            }
            self.link.out.action(Action::Close);
            self.phase = Phase::Ended;
        }
    }

    fn fail(&mut self, error: ProtocolError) {
        self.link.out.clear();
        self.input.clear();
        self.current = None;
        self.waiting.clear();
        self.phase = Phase::Failed(error);
    }
}
