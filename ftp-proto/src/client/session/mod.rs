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
///
/// In active mode the driver listens, asks about whoever comes, and tells of the bytes and the handshake of the data connection:
///
/// ```
/// use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, DataPolicy, Retrieve, Tls};
/// use ftp_proto::{
///     Accepted, Action, Closing, ControlAddresses, DataEnd, DataMode, Handshake, Instant, Output,
///     Protection, TlsInfo,
/// };
///
/// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:990".parse()?);
/// let now = Instant::default();
/// let mut config = ClientConfig::default();
/// config.data = DataPolicy::Active;
/// config.tls = Tls::Implicit;
/// let mut session = ClientSession::new(config, addresses, now);
/// assert_eq!(session.addresses(), &addresses);
/// session.retrieve(Retrieve::new("f".try_into()?))?;
/// assert!(!session.is_ready() && !session.is_idle());
///
/// let mut replies = [
///     "220 Ready.\r\n",
///     "200 PBSZ.\r\n",
///     "200 PROT.\r\n",
///     "200 TYPE.\r\n",
///     "200 EPRT.\r\n",
///     "150 Here it comes.\r\n226 Done.\r\n",
/// ]
/// .into_iter();
/// let mut sent = Vec::new();
/// let transferred = loop {
///     match session.poll_output(now)? {
///         Output::Action(Action::StartTls) => {
///             session.handle_tls_established(TlsInfo::new(Handshake::Full));
///         }
///         Output::Send(bytes) => {
///             sent.extend_from_slice(bytes);
///             let taken = bytes.len();
///             session.sent(taken);
///         }
///         Output::Action(Action::ListenData { id, mode: DataMode::Active, local, .. }) => {
///             session.handle_data_listening(id, (local.ip(), 50_000).into());
///         }
///         Output::Action(Action::AcceptData { id }) => {
///             let stranger = session.handle_data_accepted(id, "192.0.2.66:6666".parse()?);
///             assert_eq!(stranger, Accepted::Drop);
///             let server = session.handle_data_accepted(id, "192.0.2.1:989".parse()?);
///             assert_eq!(server, Accepted::Keep);
///         }
///         Output::Action(Action::MoveData { id, protection: Protection::Private, .. }) => {
///             session.handle_data_secured(id, Handshake::Resumed);
///             session.handle_data_progress(id, 4);
///             session.handle_data_ended(id, DataEnd::complete(7));
///         }
///         Output::Action(Action::CloseData { how, .. }) => assert_eq!(how, Closing::Orderly),
///         Output::Event(ClientEvent::Done { result, .. }) => break result,
///         Output::Event(_) => {}
///         Output::Wait(wait) => {
///             assert_eq!(wait, session.wait());
///             let reply = replies.next().ok_or("nothing to wait for")?;
///             assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
///         }
///         other => panic!("{other:?}"),
///     }
/// };
/// assert!(transferred.is_ok());
/// assert!(sent.ends_with(b"EPRT |1|192.0.2.7|50000|\r\nRETR f\r\n"));
/// assert!(session.is_ready() && session.is_idle() && !session.is_over());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What goes wrong is told, and is the session's to judge:
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::at_client;
/// use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, OperationError, Tls, Way};
/// use ftp_proto::client::{DataPolicy, Retrieve};
/// use ftp_proto::{Action, DataFailure, Instant, Output, ProtocolError};
///
/// let now = Instant::default();
/// let of = |config| ClientSession::new(config, at_client(), now);
/// let mut config = ClientConfig::default();
///
/// // What waits can be taken back.
/// let mut session = of(config.clone());
/// let op = session.noop()?;
/// session.abort(op);
/// let Output::Event(ClientEvent::Done { result, .. }) = session.poll_output(now)? else {
///     panic!("no end");
/// };
/// assert_eq!(result, Err(OperationError::Aborted));
///
/// // A socket that is broken, or at its end, or that can at least be read.
/// session.handle_eof();
/// assert!(session.poll_output(now).is_err() && session.is_over());
/// let mut session = of(config.clone());
/// session.handle_lost();
/// assert!(session.poll_output(now).is_err());
/// let mut session = of(config.clone());
/// session.handle_send_lost();
/// assert!(session.poll_output(now).is_ok());
/// assert_eq!(session.handle_input(b"421 No room.\r\n"), 14);
/// let error = session.poll_output(now).map(drop);
/// assert!(matches!(error, Err(ProtocolError::Refused(_))));
///
/// // A handshake.
/// config.tls = Tls::Implicit;
/// let mut session = of(config.clone());
/// assert!(matches!(session.poll_output(now)?, Output::Action(Action::StartTls)));
/// session.handle_tls_failed();
/// assert_eq!(session.poll_output(now).map(drop), Err(ProtocolError::TlsFailed));
///
/// // A data connection.
/// config.tls = Tls::Off;
/// config.data = DataPolicy::Only(Way::Epsv);
/// let mut session = of(config);
/// session.retrieve(Retrieve::new("f".try_into()?))?;
/// let replies = ["220 Ready.\r\n", "200 Type is I.\r\n", "229 Here (|||50000|).\r\n"];
/// let mut replies = replies.into_iter();
/// let result = loop {
///     match session.poll_output(now)? {
///         Output::Send(bytes) => {
///             let taken = bytes.len();
///             session.sent(taken);
///         }
///         Output::Action(Action::ConnectData { id, .. }) => {
///             session.handle_data_failed(id, DataFailure::Refused);
///         }
///         Output::Event(ClientEvent::Done { result, .. }) => break result,
///         Output::Wait(_) => {
///             let reply = replies.next().ok_or("nothing to wait for")?;
///             assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
///         }
///         _ => {}
///     }
/// };
/// assert!(matches!(result, Err(OperationError::NoDataConnection(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// Nothing can be moved now because the application's end is not ready: who makes the bytes
    /// pauses, or who takes them. `Timeouts::stall` is for the network, and begins anew. Told, like
    /// progress, before each poll for as long as that holds.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
    /// # use doc::{at_client, play};
    /// use ftp_proto::client::{ClientConfig, ClientSession, Store, StoreAs};
    /// use ftp_proto::{Action, Instant, Output, Timeouts};
    ///
    /// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Instant::default());
    /// play(&mut session, &[("", "220 Ready.")]);
    /// session.store(Store::new(StoreAs::Whole("f".try_into()?)))?;
    /// let replies = ["200 Type is I.\r\n", "229 Here (|||50000|).\r\n", "150 Go on.\r\n"];
    /// let mut replies = replies.into_iter();
    /// let id = loop {
    ///     match session.poll_output(Instant::default())? {
    ///         Output::Send(bytes) => {
    ///             let taken = bytes.len();
    ///             session.sent(taken);
    ///         }
    ///         Output::Action(Action::ConnectData { id, .. }) => session.handle_data_connected(id),
    ///         Output::Action(Action::MoveData { id, .. }) => break id,
    ///         Output::Wait(_) => {
    ///             let reply = replies.next().ok_or("nothing to wait for")?;
    ///             assert_eq!(session.handle_input(reply.as_bytes()), reply.len());
    ///         }
    ///         _ => {}
    ///     }
    /// };
    /// // Whatever makes the bytes takes its time.
    /// let stall = Timeouts::client().stall;
    /// let late = Instant::default() + stall * 10;
    /// session.handle_data_held_up(id);
    /// while !matches!(session.poll_output(late)?, Output::Wait(_)) {}
    /// assert_eq!(session.wait().deadline, Some(late + stall));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_data_held_up(&mut self, id: DataId) {
        self.with_transfer(|transfer, cx| {
            transfer.on_held_up(cx, id);
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

    /// All has crossed this data connection, close_notify too, and only the server's end of it is
    /// waited for. Once the final reply is there as well that wait has the deadline
    /// `Timeouts::close`, and the transfer is whole either way.
    ///
    /// ```
    /// use ftp_proto::client::{ClientConfig, ClientSession};
    /// use ftp_proto::{ControlAddresses, DataId, Instant};
    ///
    /// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
    /// let now = Instant::from_micros(0);
    /// let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
    /// // Of a data connection that is not there, or no more, it means nothing.
    /// session.handle_data_crossed(DataId::from_raw(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_data_crossed(&mut self, id: DataId) {
        self.with_transfer(|transfer, cx| {
            transfer.on_crossed(cx, id);
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
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
    /// # use doc::{at_client, play};
    /// use ftp_proto::client::{ClientConfig, ClientSession, Tls};
    /// use ftp_proto::{Action, Handshake, Instant, Output, TlsInfo};
    ///
    /// let mut config = ClientConfig::default();
    /// config.tls = Tls::Required;
    /// let mut session = ClientSession::new(config, at_client(), Instant::default());
    /// play(
    ///     &mut session,
    ///     &[("", "220 Ready."), ("AUTH TLS", "234 Go on."), ("PBSZ 0", "200"), ("PROT P", "200")],
    /// );
    /// session.clear_control()?;
    /// let mut has_stopped = false;
    /// while !has_stopped {
    ///     match session.poll_output(Instant::default())? {
    ///         Output::Send(bytes) => {
    ///             assert_eq!(bytes, b"CCC\r\n");
    ///             session.sent(5);
    ///             assert_eq!(session.handle_input(b"200 In clear.\r\n"), 15);
    ///         }
    ///         Output::Action(Action::StopTls) => {
    ///             // After close_notify, both ways:
    ///             session.handle_tls_stopped();
    ///             has_stopped = true;
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
            self.with_work(|work, cx| match work {
                Work::Transfer(transfer) => transfer.on_abort(cx),
                Work::Relay(relay) => relay.on_abort(cx),
                _ => None,
            });
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
                self.with_work(|work, cx| match work {
                    Work::Transfer(transfer) => transfer.on_started(cx, reply),
                    Work::Relay(relay) => relay.on_started(cx, reply),
                    _ => None,
                });
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
