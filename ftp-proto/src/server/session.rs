//! The session: what the driver calls, the order of the work, and the clock.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;

use bytes::Bytes;

use super::access::Access;
use super::channel::{Channel, Listening};
use super::clock::Clock;
use super::config::ServerConfig;
use super::event::{CloseReason, ServerEvent, TransferOutcome};
use super::files::Purpose;
use super::foreign::{FirstBytes, is_other_protocol};
use super::job::{Job, Step};
use super::protection::{Securing, Security};
use super::request::{Answer, Ask, Denied, Fact, Request};
use crate::codec::command::{Command, RepresentationType};
use crate::codec::line::{Line, LineBuffer};
use crate::codec::path::VirtualPath;
use crate::contract::{
    Accepted, Action, Closing, ControlAddresses, DataEnd, DataFailure, DataId, Instant, OpId,
    Output, Wait,
};
use crate::data::{Level, Marker, TransferParameters};
use crate::outbox::Outbox;
use crate::protection::{Handshake, TlsInfo};

/// One control connection at a server, from the greeting to the close.
///
/// Every method but `poll_output` only takes something in; call `poll_output` until it says
/// `Wait` after each. Answers about a data connection or a question that is over are ignored.
///
/// ```
/// use std::sync::Arc;
///
/// use ftp_proto::codec::path::VirtualPath;
/// use ftp_proto::server::{Grant, Permissions, Request, ServerConfig, ServerEvent, ServerSession};
/// use ftp_proto::{Action, ControlAddresses, Instant, Output};
///
/// let (here, there) = ("192.0.2.1:21".parse()?, "192.0.2.7:40000".parse()?);
/// let addresses = ControlAddresses::new(here, there);
/// let now = Instant::from_micros(0);
/// let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
///
/// let client = b"USER alice\r\nPASS secret\r\nQUIT\r\n";
/// assert_eq!(session.handle_input(client), client.len());
/// let mut sent = Vec::new();
/// loop {
///     match session.poll_output(now) {
///         Output::Send(bytes) => {
///             sent.extend_from_slice(bytes);
///             let taken = bytes.len();
///             session.sent(taken);
///         }
///         Output::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
///             let home = VirtualPath::root();
///             let permissions = Permissions::READ_ONLY;
///             session.answer(ask, Ok(Grant { permissions, home }));
///         }
///         Output::Action(Action::Close) => break,
///         Output::Wait(_) => unreachable!("nothing is waited for"),
///         _ => {}
///     }
/// }
/// assert!(sent.starts_with(b"220 "));
/// assert!(sent.ends_with(b"230 Logged in.\r\n221 Goodbye.\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A download in passive mode and one in active mode, under TLS:
///
/// ```
/// use ftp_proto::codec::path::VirtualPath;
/// use ftp_proto::server::{
///     Grant, Opened, Permissions, Request, ServerConfig, ServerEvent, ServerSession, TlsOffer,
/// };
/// use ftp_proto::{
///     Accepted, Action, ControlAddresses, DataEnd, DataFailure, Handshake, Instant, Output, TlsInfo,
/// };
///
/// let addresses = ControlAddresses::new("192.0.2.1:21".parse()?, "192.0.2.7:40000".parse()?);
/// let now = Instant::default();
/// let mut config = ServerConfig::default();
/// config.tls.offer = TlsOffer::Offered;
/// let mut session = ServerSession::new(config.into(), addresses, now);
/// assert_eq!(session.addresses(), &addresses);
/// let mut client = [
///     "AUTH TLS\r\n",
///     "USER ada\r\nPASS secret\r\nPBSZ 0\r\nPROT P\r\n",
///     "EPSV\r\nRETR f\r\nEPRT |1|192.0.2.7|50001|\r\nRETR f\r\n",
/// ]
/// .into_iter();
/// let mut replies = Vec::new();
/// loop {
///     match session.poll_output(now) {
///         Output::Send(bytes) => {
///             replies.extend_from_slice(bytes);
///             let taken = bytes.len();
///             session.sent(taken);
///         }
///         Output::Action(Action::StartTls) => {
///             session.handle_tls_established(TlsInfo::new(Handshake::Full));
///         }
///         Output::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
///             let (permissions, home) = (Permissions::READ_ONLY, VirtualPath::root());
///             session.answer(ask, Ok(Grant { permissions, home }));
///         }
///         Output::Event(ServerEvent::Request(Request::OpenRead(ask, _, 0))) => {
///             session.answer(ask, Ok(Opened::default()));
///         }
///         Output::Action(Action::ListenData { id, local, .. }) => {
///             session.handle_data_listening(id, (local.ip(), 50_000).into());
///         }
///         Output::Action(Action::AcceptData { id }) => {
///             let stranger = session.handle_data_accepted(id, "192.0.2.66:6666".parse()?);
///             assert_eq!(stranger, Accepted::Drop);
///             let client = session.handle_data_accepted(id, "192.0.2.7:40001".parse()?);
///             assert_eq!(client, Accepted::Keep);
///         }
///         Output::Action(Action::MoveData { id, .. }) => {
///             session.handle_data_secured(id, Handshake::Resumed);
///             session.handle_data_progress(id, 4);
///             session.handle_data_ended(id, DataEnd::complete(7));
///         }
///         // The client's firewall lets nobody in.
///         Output::Action(Action::ConnectData { id, .. }) => {
///             session.handle_data_failed(id, DataFailure::Refused);
///         }
///         Output::Wait(wait) => {
///             assert_eq!(wait, session.wait());
///             let Some(commands) = client.next() else { break };
///             assert_eq!(session.handle_input(commands.as_bytes()), commands.len());
///         }
///         _ => {}
///     }
/// }
/// let replies = String::from_utf8(replies)?;
/// let codes: Vec<&str> = replies.lines().map(|line| &line[..3]).collect();
/// assert_eq!(codes[6..], ["229", "150", "226", "200", "425"], "{replies}");
/// assert!(session.is_idle() && !session.is_over());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Ways to come to an end:
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{Heard, at_server, replies};
/// use std::sync::Arc;
///
/// use ftp_proto::server::{CloseReason, ServerConfig, ServerEvent, ServerSession};
/// use ftp_proto::{Action, Instant};
///
/// let config = Arc::new(ServerConfig::default());
/// let reason = |end: fn(&mut ServerSession)| {
///     let mut session = ServerSession::new(config.clone(), at_server(), Instant::default());
///     end(&mut session);
///     let mut reason = None;
///     replies(&mut session, "", |_, heard| {
///         if let Heard::Event(ServerEvent::Closed(why)) = heard {
///             reason = Some(why);
///         }
///     });
///     assert!(session.is_over());
///     reason
/// };
/// assert_eq!(reason(|session| session.handle_eof()), Some(CloseReason::ClientClosed));
/// assert_eq!(reason(|session| session.handle_lost()), Some(CloseReason::Lost));
/// assert_eq!(reason(|session| session.handle_send_lost()), Some(CloseReason::Lost));
/// assert_eq!(reason(|session| session.stop()), Some(CloseReason::Stopped));
///
/// // Implicit TLS that does not come about.
/// let mut session = ServerSession::with_implicit_tls(config, at_server(), Instant::default());
/// replies(&mut session, "", |session, heard| {
///     if let Heard::Action(Action::StartTls) = heard {
///         session.handle_tls_failed();
///     }
/// });
/// assert!(session.is_over());
/// ```
pub struct ServerSession {
    pub(super) config: Arc<ServerConfig>,
    pub(super) addresses: ControlAddresses,
    pub(super) lines: LineBuffer,
    pub(super) outbox: Outbox<ServerEvent>,
    pub(super) access: Access,
    pub(super) settings: Settings,
    pub(super) security: Security,
    /// How the next transfer's data connection will be opened.
    pub(super) channel: Channel,
    /// What RNFR named, until the next command.
    pub(super) rename_from: Option<Box<VirtualPath>>,
    pub(super) work: Work,
    pub(super) clock: Clock,
    next_data: DataId,
    next_op: OpId,
    /// Logins refused in a row.
    pub(super) refused_logins: u32,
    pub(super) first_bytes: FirstBytes,
    input: Input,
    is_stopping: bool,
}

/// What the commands of RFC 959 §5.1.2 and §5.3.1 set for the ones that follow.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) directory: VirtualPath,
    pub(super) parameters: TransferParameters,
    /// What OPTS MODE Z said.
    pub(super) level: Option<Level>,
    /// Where the next transfer begins.
    pub(super) restart: u64,
    /// EPSV ALL was said (RFC 2428 §4).
    pub(super) only_extended_passive: bool,
    /// ABOR has cut a transfer short and is not answered yet.
    pub(super) has_aborted: bool,
}

/// What the session is doing. Lines are taken from the buffer in `Ready` only.
#[derive(Debug)]
pub(super) enum Work {
    /// The last command is answered.
    Ready,
    /// The application is asked.
    Asking { id: OpId, purpose: Box<Purpose> },
    /// The driver brings the control connection under TLS, or out of it.
    Securing(Securing),
    /// An address to listen on is being reserved.
    Listening(Listening),
    /// A transfer. It owns its data connection.
    Transfer(Box<Job>),
    /// A refused login waits before it is told so.
    Refusing { until: Instant },
    /// The last word is queued.
    Closed,
}

/// The receiving half of the control connection.
#[derive(Debug, PartialEq, Eq)]
enum Input {
    Open,
    Ended,
    Lost,
}

impl ServerSession {
    /// A session on a control connection that was just accepted. The greeting is its first output.
    pub fn new(config: Arc<ServerConfig>, addresses: ControlAddresses, now: Instant) -> Self {
        let mut session = Self::silent(config, addresses, now);
        session.greet();
        session
    }

    /// The same on a port where TLS comes first (implicit TLS, RFC 4217 §1): `Action::StartTls` is
    /// the first output, and the greeting follows inside TLS.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
    /// # use doc::at_server;
    /// use ftp_proto::server::{ServerConfig, ServerSession};
    /// use ftp_proto::{Action, Handshake, Instant, Output, TlsInfo};
    ///
    /// let now = Instant::default();
    /// let config = ServerConfig::default().into();
    /// let mut session = ServerSession::with_implicit_tls(config, at_server(), now);
    /// assert!(matches!(session.poll_output(now), Output::Action(Action::StartTls)));
    /// assert!(matches!(session.poll_output(now), Output::Wait(_)));
    /// session.handle_tls_established(TlsInfo::new(Handshake::Full));
    /// assert!(matches!(session.poll_output(now), Output::Send(b"220 FTP server ready.\r\n")));
    /// ```
    pub fn with_implicit_tls(
        config: Arc<ServerConfig>,
        addresses: ControlAddresses,
        now: Instant,
    ) -> Self {
        let mut session = Self::silent(config, addresses, now);
        session.outbox.action(Action::StartTls);
        session.work = Work::Securing(Securing::Implicit);
        session
    }

    fn silent(config: Arc<ServerConfig>, addresses: ControlAddresses, now: Instant) -> Self {
        let limit = config.limits.line;
        Self {
            config,
            addresses,
            lines: LineBuffer::new(limit),
            outbox: Outbox::new(),
            access: Access::new(now),
            settings: Settings::new(VirtualPath::root()),
            security: Security::default(),
            channel: Channel::None,
            rename_from: None,
            work: Work::Ready,
            clock: Clock::new(now),
            next_data: DataId::FIRST,
            next_op: OpId::FIRST,
            refused_logins: 0,
            first_bytes: FirstBytes::Awaited,
            input: Input::Open,
            is_stopping: false,
        }
    }

    /// The next thing to do. `now` must not go back; if it does, time stands still.
    pub fn poll_output(&mut self, now: Instant) -> Output<'_, ServerEvent> {
        self.clock.tell(now);
        loop {
            self.clock.mark();
            let due = self.due().filter(|(at, _)| *at <= self.now());
            if let Some((_, due)) = due
                && self.expire(due)
            {
                continue;
            }
            if !self.outbox.is_empty() || !self.proceed() {
                break;
            }
        }
        self.clock.offer(self.outbox.unsent());
        if self.outbox.is_empty() {
            self.outbox.release();
            self.lines.release();
            return Output::Wait(self.wait());
        }
        let wait = self.wait();
        self.outbox.poll().unwrap_or(Output::Wait(wait))
    }

    /// How many bytes of the head of the output the control connection took.
    pub fn sent(&mut self, taken: usize) {
        self.outbox.sent(taken);
        if taken > 0 {
            self.clock.offer(0);
            if matches!(self.work, Work::Ready | Work::Securing(_)) {
                self.restart_clock();
            }
        }
    }

    /// Nothing can be sent any more: a write has failed. Nobody would hear what comes of commands
    /// that are still to be read: as [`handle_lost`](Self::handle_lost).
    pub fn handle_send_lost(&mut self) {
        self.handle_lost();
    }

    /// Takes bytes of the control connection; how many were taken: all that `Wait::read` allowed.
    /// After the end all are taken, and forgotten.
    ///
    /// `Wait::read` is 0 from `Action::StartTls` to `handle_tls_established`: bytes that come all
    /// the same came in clear behind AUTH, and end the session.
    #[must_use = "bytes that were not taken have to be handed over again"]
    pub fn handle_input(&mut self, bytes: &[u8]) -> usize {
        if self.input != Input::Open || self.is_over() {
            return bytes.len();
        }
        if matches!(self.work, Work::Securing(_)) {
            self.lines.push(bytes);
            return bytes.len();
        }
        let taken = self.lines.push(bytes);
        let bytes = bytes.get(..taken).unwrap_or(bytes);
        self.first_bytes.look_at(bytes);
        if bytes.contains(&b'\n') {
            self.heed_abort();
        }
        taken
    }

    /// The client will send nothing more. Commands that came before are carried out and answered,
    /// but for transfers: the end of the control connection ends them (RFC 959 §4.1.2, QUIT).
    pub fn handle_eof(&mut self) {
        if self.input != Input::Open {
            return;
        }
        self.input = Input::Ended;
        if let Work::Transfer(job) = &self.work
            && !matches!(job.step, Step::Finishing(..))
        {
            self.close(CloseReason::ClientClosed);
        }
    }

    /// The control connection broke: nothing can be sent or received any more.
    pub fn handle_lost(&mut self) {
        self.input = Input::Lost;
        self.outbox.drop_bytes();
        self.close(CloseReason::Lost);
    }

    /// An address is reserved for this data connection; the client must be told `announced`.
    pub fn handle_data_listening(&mut self, id: DataId, announced: SocketAddr) {
        if let Work::Listening(listening) = &self.work
            && listening.id == id
        {
            let listening = *listening;
            self.become_ready();
            self.listening(listening, announced);
        }
    }

    /// Somebody connected to the reserved address: whether to keep this connection. With `Keep`
    /// the data connection is open; no `handle_data_connected` follows.
    pub fn handle_data_accepted(&mut self, id: DataId, from: SocketAddr) -> Accepted {
        let is_awaited = self.job().is_some_and(|job| job.is_accepting(id));
        if !is_awaited || from.ip().to_canonical() != self.addresses.peer.ip().to_canonical() {
            return Accepted::Drop;
        }
        self.data_opened();
        Accepted::Keep
    }

    /// The data connection that this side opened is there.
    pub fn handle_data_connected(&mut self, id: DataId) {
        if self.job().is_some_and(|job| job.is_connecting(id)) {
            self.data_opened();
        }
    }

    /// The data connection, or the address for it, was not to be had.
    pub fn handle_data_failed(&mut self, id: DataId, _why: DataFailure) {
        match &self.work {
            Work::Listening(listening) if listening.id == id => {
                self.become_ready();
                self.listening_failed(id);
            }
            Work::Transfer(job) if job.is_opening_data(id) => {
                self.cut(TransferOutcome::NotOpened);
            }
            _ => {}
        }
    }

    /// So many bytes have crossed the data connection since it was opened.
    pub fn handle_data_progress(&mut self, id: DataId, total: u64) {
        if let Work::Transfer(job) = &mut self.work
            && job.is_moving(id)
            && total > job.moved
        {
            job.moved = total;
            self.clock.restart();
        }
    }

    /// The TLS handshake of this data connection is done.
    pub fn handle_data_secured(&mut self, id: DataId, _handshake: Handshake) {
        if let Work::Transfer(job) = &mut self.work
            && job.is_securing(id)
        {
            job.step = Step::Moving;
            self.clock.restart();
        }
    }

    /// A restart marker came among an upload's data, in MODE B or C; what was received before it is
    /// written. The client is told (110), unless it has yet to take what it was told before: one of
    /// the markers that follow does as well.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ftp_proto::codec::path::VirtualPath;
    /// use ftp_proto::data::Marker;
    /// use ftp_proto::server::{
    ///     Grant, Opened, Permissions, Request, ServerConfig, ServerEvent, ServerSession,
    /// };
    /// use ftp_proto::{Action, ControlAddresses, Instant, Output};
    ///
    /// let addresses = ControlAddresses::new("192.0.2.1:21".parse()?, "192.0.2.7:40000".parse()?);
    /// let now = Instant::from_micros(0);
    /// let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
    /// let client = b"USER a\r\nPASS b\r\nTYPE I\r\nMODE B\r\nPORT 192,0,2,7,195,80\r\nSTOR log\r\n";
    /// assert_eq!(session.handle_input(client), client.len());
    /// let mut replies = String::new();
    /// loop {
    ///     match session.poll_output(now) {
    ///         Output::Send(bytes) => {
    ///             replies.push_str(core::str::from_utf8(bytes)?);
    ///             let written = bytes.len();
    ///             session.sent(written);
    ///         }
    ///         Output::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
    ///             let (permissions, home) = (Permissions::READ_WRITE, VirtualPath::root());
    ///             session.answer(ask, Ok(Grant { permissions, home }));
    ///         }
    ///         Output::Event(ServerEvent::Request(Request::OpenWrite(ask, ..))) => {
    ///             session.answer(ask, Ok(Opened::default()));
    ///         }
    ///         Output::Action(Action::ConnectData { id, .. }) => session.handle_data_connected(id),
    ///         Output::Action(Action::MoveData { id, .. }) => {
    ///             let (text, position) = ("m1".into(), 4096);
    ///             session.handle_data_marker(id, Marker { text, position });
    ///         }
    ///         Output::Wait(_) => break,
    ///         _ => {}
    ///     }
    /// }
    /// assert!(replies.ends_with("110 MARK m1 = 4096\r\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_data_marker(&mut self, id: DataId, marker: Marker) {
        let is_moving = matches!(&self.work, Work::Transfer(job) if job.is_moving(id));
        if is_moving && self.outbox.is_empty() {
            let mut text = Vec::from(&b"MARK "[..]);
            text.extend_from_slice(&marker.text);
            text.extend_from_slice(format!(" = {}", marker.position).as_bytes());
            self.reply::<110>(text);
        }
    }

    /// The control connection is under TLS. Who was logged in is not any more, and whatever else
    /// was set in clear is forgotten (RFC 4217 §4).
    pub fn handle_tls_established(&mut self, info: TlsInfo) {
        self.secured(info);
    }

    /// The control connection could not be brought under TLS, or out of it in order.
    pub fn handle_tls_failed(&mut self) {
        self.securing_failed();
    }

    /// TLS has ended on the control connection, which goes on in clear.
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
    /// # use doc::{Heard, at_server, replies};
    /// use ftp_proto::server::{ClearControl, ServerConfig, ServerEvent, ServerSession, TlsOffer};
    /// use ftp_proto::{Action, Handshake, Instant, TlsInfo};
    ///
    /// # use ftp_proto::codec::path::VirtualPath;
    /// # use ftp_proto::server::{Grant, Permissions, Request};
    /// let mut config = ServerConfig::default();
    /// config.tls.offer = TlsOffer::Offered;
    /// config.tls.clear_control = ClearControl::Allowed;
    /// let mut session = ServerSession::new(config.into(), at_server(), Instant::default());
    /// let mut tell = |session: &mut ServerSession, heard| match heard {
    ///     Heard::Action(Action::StartTls) => {
    ///         session.handle_tls_established(TlsInfo::new(Handshake::Full));
    ///     }
    ///     // After close_notify, both ways:
    ///     Heard::Action(Action::StopTls) => session.handle_tls_stopped(),
    /// #   Heard::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
    /// #       let (permissions, home) = (Permissions::READ_ONLY, VirtualPath::root());
    /// #       session.answer(ask, Ok(Grant { permissions, home }));
    /// #   }
    ///     _ => {}
    /// };
    /// replies(&mut session, "AUTH TLS\r\n", &mut tell);
    /// let said = replies(&mut session, "USER ada\r\nPASS secret\r\nCCC\r\n", &mut tell);
    /// assert!(said.lines().last().is_some_and(|line| line.starts_with("200 ")));
    /// // Heard in clear:
    /// let said = replies(&mut session, "NOOP\r\n", &mut tell);
    /// assert!(said.starts_with("200 "));
    /// ```
    pub fn handle_tls_stopped(&mut self) {
        self.cleared();
    }

    /// The bytes of this data connection have ended.
    pub fn handle_data_ended(&mut self, id: DataId, end: DataEnd) {
        if self.job().is_some_and(|job| job.awaits_end(id)) {
            self.data_ended(end);
        }
    }

    /// Answers a question. One that was taken back or has met its deadline is ignored.
    pub fn answer<T: Answer>(&mut self, ask: Ask<T>, result: Result<T, Denied>) {
        self.answered(ask.id(), result.map(T::into_fact));
    }

    /// Ends the session in order: a transfer that is running ends first, then the client is told
    /// with 421.
    pub fn stop(&mut self) {
        self.is_stopping = true;
    }

    /// How many control bytes will be taken now, and when to poll at the latest. Valid at any
    /// time, so that a peer that does not take what is sent stops neither reading nor the clock.
    pub fn wait(&self) -> Wait {
        let is_securing = matches!(self.work, Work::Securing(_));
        let is_reading = self.input == Input::Open && !self.is_over() && !is_securing;
        Wait {
            read: if is_reading { self.lines.room() } else { 0 },
            write: self.outbox.is_sending(),
            deadline: self.due().map(|(at, _)| at),
        }
    }

    /// The two ends of the control connection.
    pub const fn addresses(&self) -> &ControlAddresses {
        &self.addresses
    }

    /// The user who has logged in.
    pub fn user(&self) -> Option<&[u8]> {
        self.access.user()
    }

    /// Whether no command is being carried out and nothing waits to be sent.
    pub fn is_idle(&self) -> bool {
        matches!(self.work, Work::Ready) && self.outbox.is_empty()
    }

    /// Whether the session has come to its end: nothing is read any more, and what is still queued
    /// leads to `Action::Close`.
    pub const fn is_over(&self) -> bool {
        matches!(self.work, Work::Closed)
    }

    pub(super) fn next_data_id(&mut self) -> DataId {
        let id = self.next_data;
        self.next_data = id.next();
        id
    }

    /// Asks the application; `ask` makes the request of the question's id.
    pub(super) fn ask<T>(&mut self, request: impl FnOnce(Ask<T>) -> Request) -> OpId {
        let id = self.next_op;
        self.next_op = id.next();
        let request = request(Ask::new(id));
        self.outbox.event(ServerEvent::Request(request));
        id
    }

    pub(super) fn enter(&mut self, work: Work) {
        self.work = work;
        self.clock.restart();
    }

    pub(super) fn become_ready(&mut self) {
        self.enter(Work::Ready);
    }

    /// The present step has got on: its deadline starts anew.
    pub(super) fn restart_clock(&mut self) {
        self.clock.restart();
    }

    pub(super) const fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn job(&self) -> Option<&Job> {
        match &self.work {
            Work::Transfer(job) => Some(job),
            _ => None,
        }
    }

    pub(super) const fn has_input_ended(&self) -> bool {
        !matches!(self.input, Input::Open)
    }

    /// Takes everything apart and says the last word. What was queued before still leaves.
    pub(super) fn close(&mut self, reason: CloseReason) {
        match core::mem::replace(&mut self.work, Work::Closed) {
            Work::Closed => return,
            Work::Ready | Work::Securing(_) | Work::Refusing { .. } => {}
            Work::Asking { id, .. } => self.outbox.event_before_bytes(ServerEvent::Cancel(id)),
            Work::Listening(listening) => self.close_data(listening.id, Closing::Orderly),
            Work::Transfer(job) => self.abandon(*job),
        }
        self.close_channel();
        self.lines.clear();
        self.outbox.event(ServerEvent::Closed(reason));
        self.outbox.action(Action::Close);
    }

    pub(super) fn close_data(&mut self, id: DataId, how: Closing) {
        self.outbox
            .action_before_bytes(Action::CloseData { id, how });
    }

    fn answered(&mut self, id: OpId, result: Result<Fact, Denied>) {
        match &self.work {
            Work::Asking { id: asked, .. } if *asked == id => {
                if let Work::Asking { purpose, .. } =
                    core::mem::replace(&mut self.work, Work::Ready)
                {
                    self.clock.restart();
                    self.purpose_answered(*purpose, result);
                }
            }
            Work::Transfer(job) if job.awaits_answer(id) => self.job_answered(result),
            _ => {}
        }
    }

    /// Does one thing; whether there was one to do.
    fn proceed(&mut self) -> bool {
        match &self.work {
            Work::Ready => self.proceed_ready(),
            Work::Securing(_) => self.proceed_securing(),
            Work::Transfer(job) if matches!(job.step, Step::Moving) => self.proceed_moving(),
            _ => false,
        }
    }

    fn proceed_ready(&mut self) -> bool {
        if self.first_bytes == FirstBytes::NotFtp {
            self.close(CloseReason::NotFtp);
        } else if self.is_stopping {
            self.reply::<421>("The server is being stopped.");
            self.close(CloseReason::Stopped);
        } else if let Some(line) = self.lines.next_line() {
            self.line(line);
        } else if self.has_input_ended() {
            self.close(CloseReason::ClientClosed);
        } else {
            return false;
        }
        true
    }

    /// Nothing is parsed here; what should not have come ends the session.
    fn proceed_securing(&mut self) -> bool {
        if self.is_spoilt() {
            self.close(CloseReason::ClearBytes);
        } else if self.has_input_ended() {
            self.close(CloseReason::ClientClosed);
        } else {
            return false;
        }
        true
    }

    /// STAT may be asked during a transfer, and is answered in between (RFC 959 §4.1.3).
    fn proceed_moving(&mut self) -> bool {
        if !self.has_stat_next() {
            // One that stood behind a STAT.
            return self.heed_abort();
        }
        if let Some(Line::Whole(line)) = self.lines.next_line() {
            self.show_command(&line);
            self.status();
        }
        true
    }

    /// Whether STAT is the next command, which is answered during a transfer.
    pub(super) fn has_stat_next(&self) -> bool {
        self.lines.waiting().next().is_some_and(is_plain_stat)
    }

    fn line(&mut self, line: Line) {
        self.clock.restart();
        let is_first = !matches!(self.first_bytes, FirstBytes::Passed);
        self.first_bytes = FirstBytes::Passed;
        match line {
            Line::TooLong => {
                self.show_command_text(Bytes::from_static(b"(a line that is too long)"));
                self.forget_rename();
                self.reply::<500>("The line is too long.");
            }
            Line::Whole(line) if is_first && is_other_protocol(&line) => {
                self.close(CloseReason::NotFtp);
            }
            Line::Whole(line) => {
                self.show_command(&line);
                match Command::decode(&line) {
                    Ok(command) => self.command(command),
                    Err(error) => self.refuse_line(&error),
                }
            }
        }
    }
}

impl fmt::Debug for ServerSession {
    /// Tells the state, and no lines of the client: they may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSession")
            .field("addresses", &self.addresses)
            .field("access", &self.access)
            .field("settings", &self.settings)
            .field("security", &self.security)
            .field("channel", &self.channel)
            .field("work", &self.work)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// What holds at the start, and after REIN (RFC 959 §5.1).
    pub(super) const fn new(directory: VirtualPath) -> Self {
        Self {
            directory,
            parameters: TransferParameters::DEFAULT,
            level: None,
            restart: 0,
            only_extended_passive: false,
            has_aborted: false,
        }
    }

    /// Whether files are sent as text, in TYPE A or E.
    pub(super) const fn is_text(&self) -> bool {
        matches!(
            self.parameters.representation,
            RepresentationType::Ascii(_) | RepresentationType::Ebcdic(_)
        )
    }
}

fn is_plain_stat(line: &[u8]) -> bool {
    line.trim_ascii_end().eq_ignore_ascii_case(b"STAT")
}
