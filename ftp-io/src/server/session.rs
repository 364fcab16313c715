//! One session: the loop between the protocol's state machine and everything outside.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use ftp_proto::server::{CloseReason, ServerEvent, ServerSession};
use ftp_proto::{Action, ControlAddresses, Instant, Output, Protection, Wait};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant as Moment, Sleep, sleep_until, timeout};

use super::admission::Place;
use super::builder::Shared;
use super::event::{Event, SessionId};
use super::question::{Asked, Questions};
use super::stop::Level;
#[cfg(feature = "tls")]
use super::trace;
use super::trace::Trace;
use crate::channel::{Channel, Secured, ServerSide};
use crate::dtp::{Data, Turn};
use crate::mover::{After, Cover, Shaken};
use crate::net;

/// Serves one client until one of the two is done.
///
/// Ten thousand of these may wait at once, and so the future holds the session once: arguments of
/// an `async fn` would be kept beside what is made of them, and what comes after the session has a
/// box of its own.
pub(super) fn run(
    control: TcpStream,
    addresses: ControlAddresses,
    id: SessionId,
    shared: Arc<Shared>,
    place: Place,
    start: Start,
) -> impl Future<Output = ()> + Send {
    let mut driver = Driver::new(control, addresses, id, shared, place, Moment::now(), start);
    async move {
        {
            let stop = Arc::clone(&driver.shared.stop);
            let mut raised = pin!(stop.raised());
            let mut sleep = pin!(sleep_until(driver.epoch));
            poll_fn(|cx| {
                // Asked once, and from then on the task is woken; the level tells the rest.
                if !std::mem::replace(&mut driver.is_watching, true) {
                    let _ = raised.as_mut().poll(cx);
                }
                driver.poll(cx, sleep.as_mut())
            })
            .await;
        }
        Box::pin(driver.part()).await;
    }
}

/// How a session begins, by the port that its client has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    InClear,
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "without TLS nobody asks for it")
    )]
    UnderTls,
}

/// A session with its sockets, files and deadlines.
struct Driver {
    control: TcpStream,
    channel: Channel,
    /// What data connections under TLS are begun with, once the control connection was.
    tls: Option<Box<ServerSide>>,
    session: ServerSession,
    data: Option<Box<Data>>,
    questions: Questions,
    shared: Arc<Shared>,
    /// When the session's clock began.
    epoch: Moment,
    /// When the timer fires; it may be early, and is then looked at again.
    armed: Option<Instant>,
    is_watching: bool,
    is_stopping: bool,
    /// The last field: everything else is closed when the end is told.
    life: Life,
}

/// A session's place among the others, and its end.
struct Life {
    id: SessionId,
    shared: Arc<Shared>,
    place: Option<Place>,
    reason: Option<CloseReason>,
    trace: Trace,
}

/// How far the session has come.
enum Said {
    Wait(Wait),
    Close,
}

impl Driver {
    fn new(
        control: TcpStream,
        addresses: ControlAddresses,
        id: SessionId,
        shared: Arc<Shared>,
        place: Place,
        epoch: Moment,
        start: Start,
    ) -> Self {
        shared.listener.tell(|| Event::SessionStarted {
            session: id,
            control: addresses,
        });
        let config = Arc::clone(&shared.config);
        let now = Instant::from_micros(0);
        Self {
            control,
            channel: Channel::default(),
            tls: None,
            session: match start {
                Start::InClear => ServerSession::new(config, addresses, now),
                Start::UnderTls => ServerSession::with_implicit_tls(config, addresses, now),
            },
            data: None,
            questions: Questions::default(),
            shared: Arc::clone(&shared),
            epoch,
            armed: None,
            is_watching: false,
            is_stopping: false,
            life: Life {
                id,
                shared,
                place: Some(place),
                reason: None,
                trace: Trace::new(id, &addresses),
            },
        }
    }

    /// Gets as far as it can now; ready when the session has said its last word. Nothing here is
    /// a future that could be dropped half-way: what was written is told at once.
    fn poll(&mut self, cx: &mut Context<'_>, mut sleep: Pin<&mut Sleep>) -> Poll<()> {
        let _within = self.life.trace.enter();
        if !self.is_stopping && self.shared.stop.level() != Level::Running {
            self.is_stopping = true;
            self.session.stop();
        }
        loop {
            let wait = match self.poll_session(cx) {
                Said::Wait(wait) => wait,
                Said::Close => return Poll::Ready(()),
            };
            let mut is_told = self.questions.poll(cx, &mut self.session);
            is_told |= self.poll_securing(cx);
            is_told |= self.poll_control(cx, wait.read);
            is_told |= self.poll_data(cx);
            is_told |= self.poll_timer(cx, sleep.as_mut(), wait.deadline);
            if !is_told {
                return Poll::Pending;
            }
        }
    }

    /// Carries out what the session says, in its order, until it waits or its client takes no
    /// more.
    fn poll_session(&mut self, cx: &mut Context<'_>) -> Said {
        loop {
            let now = self.now();
            match self.session.poll_output(now) {
                Output::Send(bytes) | Output::SendUrgent(bytes) if !self.channel.is_clear() => {
                    match self.channel.write(cx, &mut &self.control, bytes) {
                        Ok(taken) => self.session.sent(taken),
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            return Said::Wait(self.session.wait());
                        }
                        Err(_) => self.session.handle_lost(),
                    }
                }
                Output::Send(bytes) => match poll_send(&self.control, cx, bytes, send) {
                    Poll::Ready(Ok(taken)) => self.session.sent(taken),
                    Poll::Ready(Err(_)) => self.session.handle_lost(),
                    Poll::Pending => return Said::Wait(self.session.wait()),
                },
                Output::SendUrgent(bytes) => {
                    match poll_send(&self.control, cx, bytes, |control, bytes| {
                        net::send_urgent(control, bytes)
                    }) {
                        Poll::Ready(Ok(taken)) => self.session.sent(taken),
                        Poll::Ready(Err(_)) => self.session.handle_lost(),
                        Poll::Pending => return Said::Wait(self.session.wait()),
                    }
                }
                Output::Action(Action::Close) => return Said::Close,
                Output::Action(action) => self.begin(cx, action),
                Output::Event(event) => self.event(event),
                Output::Wait(wait) => return Said::Wait(wait),
                // Nothing of a later version is asked of this driver.
                _ => {}
            }
        }
    }

    fn begin(&mut self, cx: &mut Context<'_>, action: Action) {
        match action {
            Action::ListenData { id, local, .. } => {
                let control = *self.session.addresses();
                match self.shared.leases.lend(local) {
                    Ok((at, lease)) => {
                        self.data = Some(Box::new(Data::listening(id, lease)));
                        let announced = self.shared.announced(&control, at.port());
                        self.session.handle_data_listening(id, announced);
                    }
                    Err(error) => self.session.handle_data_failed(id, net::failure(&error)),
                }
            }
            Action::ConnectData { id, local, to, .. } => match net::connect(local, to) {
                Ok(connecting) => {
                    if let Some(local) = local
                        && connecting.local_port == net::LocalPort::Replaced
                    {
                        self.shared.data_port_replaced(local.port());
                    }
                    self.data = Some(Box::new(Data::connecting(id, connecting.stream)));
                }
                Err(error) => self.session.handle_data_failed(id, net::failure(&error)),
            },
            Action::AcceptData { id } => {
                if let Some(data) = self.data.as_mut().filter(|data| data.id == id) {
                    data.accept();
                }
            }
            Action::MoveData {
                id,
                op,
                direction,
                protection,
                codec,
            } => {
                let cover = match protection {
                    Protection::Clear => Cover::Clear,
                    Protection::Private => {
                        let tls = self.tls.as_ref().and_then(|tls| tls.data(direction));
                        Cover::Tls(tls, After::Leave)
                    }
                };
                if let Some(data) = self.data.as_mut().filter(|data| data.id == id) {
                    data.move_bytes(op, direction, codec, cover);
                }
                // A small file is sent before its 150 is, and then the two replies in one write.
                self.poll_data(cx);
            }
            Action::CloseData { id, how } => {
                if let Some(data) = self.data.take_if(|data| data.id == id) {
                    data.close(how);
                }
            }
            Action::StartTls => {
                #[cfg(feature = "tls")]
                self.refresh_certificates();
                let tls = self.shared.tls.as_deref().and_then(ServerSide::begin);
                match tls {
                    Some((side, connection)) => {
                        self.tls = Some(Box::new(side));
                        self.channel.start(connection);
                    }
                    None => self.session.handle_tls_failed(),
                }
            }
            Action::StopTls => self.channel.stop(),
            // Told apart above, or of a later version.
            _ => {}
        }
    }

    /// Looks whether the certificates have changed, before one is shown.
    #[cfg(feature = "tls")]
    fn refresh_certificates(&self) {
        let Some(read) = self.shared.tls.as_ref().and_then(|tls| tls.refresh()) else {
            return;
        };
        match read {
            Ok(fingerprint) => {
                trace::certificates_changed(&fingerprint);
                self.tell(|_| Event::CertificatesChanged { fingerprint });
            }
            Err(error) => {
                trace::certificates_unusable(&error);
                let error = Arc::new(error);
                self.tell(|_| Event::CertificatesUnusable { error });
            }
        }
    }

    fn event(&mut self, event: ServerEvent) {
        let session = self.life.id;
        match event {
            ServerEvent::Request(request) => {
                let asked = Asked {
                    homes: &self.shared.homes,
                    authenticator: &*self.shared.authenticator,
                    addresses: *self.session.addresses(),
                };
                self.questions.put(request, &asked, &mut self.session);
            }
            ServerEvent::Cancel(op) => self.questions.cancel(op),
            ServerEvent::Closed(reason) => self.life.reason = Some(reason),
            ServerEvent::LoggedIn { user } => {
                if let Some(place) = &mut self.life.place {
                    place.logged_in();
                }
                self.life.trace.logged_in(user.as_bytes());
                self.tell(|_| Event::LoggedIn {
                    session,
                    user: user.to_bytes(),
                });
            }
            ServerEvent::LoginRefused { user } => {
                self.life.trace.login_refused(user.as_bytes());
                self.tell(|_| Event::LoginRefused {
                    session,
                    user: user.to_bytes(),
                });
            }
            ServerEvent::TransferStarted {
                kind, path, mode, ..
            } => {
                self.life.trace.transfer_started(kind, &path, mode);
                self.tell(|driver| {
                    let (local, peer) = driver.data_addresses();
                    Event::TransferStarted {
                        session,
                        kind,
                        path,
                        mode,
                        local,
                        peer,
                    }
                });
            }
            ServerEvent::TransferEnded { bytes, outcome, .. } => {
                self.life.trace.transfer_ended(bytes, outcome);
                self.tell(|_| Event::TransferEnded {
                    session,
                    bytes,
                    outcome,
                });
            }
            ServerEvent::Command(line) => {
                self.life.trace.command(&line);
                self.tell(|_| Event::Command { session, line });
            }
            ServerEvent::Reply(text) => {
                self.life.trace.reply(&text);
                self.tell(|_| Event::Reply { session, text });
            }
            // Of a later version, and no question.
            _ => {}
        }
    }

    /// Reads what the session will take; whether it was told of something.
    fn poll_control(&mut self, cx: &mut Context<'_>, room: usize) -> bool {
        if room == 0 {
            return false;
        }
        let mut buffer = [0; READ];
        let most = room.min(READ);
        match self
            .channel
            .read(cx, &mut &self.control, &mut buffer[..most])
        {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(_) => self.session.handle_lost(),
            Ok(0) => self.session.handle_eof(),
            Ok(read) => {
                let taken = self.session.handle_input(&buffer[..read]);
                debug_assert_eq!(taken, read, "no more was read than is taken");
            }
        }
        true
    }

    /// Gets on with a handshake of the control connection, or with the end of TLS there; whether
    /// the session was told.
    fn poll_securing(&mut self, cx: &mut Context<'_>) -> bool {
        let wire = &mut &self.control;
        let Some(secured) = self.channel.advance(cx, wire, &mut self.session) else {
            return false;
        };
        match secured {
            Secured::Established(summary) => {
                if let Some(tls) = &mut self.tls {
                    self.channel.tell_version(tls);
                }
                let session = self.life.id;
                self.life.trace.control_secured(&summary);
                self.tell(|_| Event::ControlSecured { session, summary });
            }
            Secured::Stopped => {}
            Secured::Failed(error) => self.life.trace.handshake_failed(&error),
        }
        true
    }

    fn data_secured(&self, shaken: Shaken) {
        let Shaken {
            summary, is_proven, ..
        } = shaken;
        self.life.trace.data_secured(&summary, is_proven);
        let session = self.life.id;
        self.tell(|_| Event::DataSecured {
            session,
            summary,
            is_proven,
        });
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(data) = &mut self.data else {
            return false;
        };
        let turn = data.poll(cx, &mut self.session, &mut self.questions.opened);
        let shaken = data.take_shaken();
        // One that failed is told by the transfer's end.
        if let Some(Ok(shaken)) = shaken {
            self.data_secured(shaken);
        }
        match turn {
            Turn::Idle => false,
            Turn::Told => true,
            Turn::Spent => {
                yield_to_reactor(cx);
                false
            }
        }
    }

    /// Whether the session's deadline has come. The timer is set again only when the deadline
    /// comes nearer, and otherwise looked at when it fires.
    fn poll_timer(
        &mut self,
        cx: &mut Context<'_>,
        mut sleep: Pin<&mut Sleep>,
        deadline: Option<Instant>,
    ) -> bool {
        let Some(deadline) = deadline else {
            return false;
        };
        if self.armed.is_none_or(|armed| deadline < armed) {
            let after = deadline.saturating_since(Instant::from_micros(0));
            let moment = self.epoch.checked_add(after);
            sleep.as_mut().reset(moment.unwrap_or(self.epoch + FAR));
            self.armed = Some(deadline);
        }
        let has_fired = sleep.poll(cx).is_ready();
        if has_fired {
            self.armed = None;
        }
        has_fired
    }

    /// Closes every socket, and carries out what was begun to change in the storage. The session
    /// keeps its place until then.
    async fn part(self) {
        let Self {
            control,
            mut channel,
            mut session,
            data,
            mut questions,
            shared,
            life,
            ..
        } = self;
        drop(data);
        channel.close(&mut Context::from_waker(Waker::noop()), &mut &control);
        part_from(&control, life.reason);
        drop(control);
        questions.part();
        if !questions.is_empty() {
            let done = poll_fn(|cx| {
                while questions.poll(cx, &mut session) {}
                match questions.is_empty() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            });
            // What is not done by then is dropped.
            let _ = timeout(shared.config.timeouts.answer.min(FAR), done).await;
        }
        drop((questions, life));
    }

    fn data_addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        self.data
            .as_ref()
            .map_or((None, None), |data| data.addresses())
    }

    fn tell(&self, event: impl FnOnce(&Self) -> Event) {
        self.shared.listener.tell(|| event(self));
    }

    fn now(&self) -> Instant {
        Instant::from_micros(0) + self.epoch.elapsed()
    }
}

impl Drop for Life {
    /// Also of a session that was aborted: each that has begun is told to have ended.
    fn drop(&mut self) {
        self.place = None;
        self.trace.ended(self.reason);
        self.shared.listener.tell(|| Event::SessionEnded {
            session: self.id,
            reason: self.reason,
        });
    }
}

/// Has the task woken after the reactor has been asked what is ready. A task that wakes itself is
/// run again some sixty times before that, each time moving a budget of bytes, and an ABOR or the
/// end of the control connection would go unseen for as long.
fn yield_to_reactor(cx: &mut Context<'_>) {
    let yielding = pin!(tokio::task::yield_now());
    // Pending at first, and the task is woken later on.
    let _ = yielding.poll(cx);
}

/// Writes some of the bytes, or waits until the client takes some.
fn poll_send(
    control: &TcpStream,
    cx: &mut Context<'_>,
    bytes: &[u8],
    write: impl Fn(&TcpStream, &[u8]) -> io::Result<usize>,
) -> Poll<io::Result<usize>> {
    loop {
        ready!(control.poll_write_ready(cx))?;
        match control.try_io(Interest::WRITABLE, || write(control, bytes)) {
            Err(error) if is_passing(&error) => {}
            taken => return Poll::Ready(taken),
        }
    }
}

fn send(control: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::net::send(control, bytes, net::QUIET)?)
}

/// Parts from the client. What it has sent and nobody will read is taken first: otherwise the
/// operating system resets the connection, and with it the last reply is lost.
fn part_from(control: &TcpStream, reason: Option<CloseReason>) {
    match reason {
        Some(CloseReason::SendTimedOut | CloseReason::Lost) => net::reset(control),
        _ => {
            let socket = socket2::SockRef::from(control);
            let _ = socket.shutdown(Shutdown::Write);
            let mut unread = [0; READ];
            for _ in 0..UNREAD {
                match rustix::net::recv(control, &mut unread[..], rustix::net::RecvFlags::empty()) {
                    Ok((read, _)) if read > 0 => {}
                    _ => break,
                }
            }
        }
    }
}

/// Whether it is worth trying again when the socket is ready again.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Bytes of the control connection that are read at once.
const READ: usize = 2048;

/// How often so much is read and thrown away at the end.
const UNREAD: usize = 32;

/// What tokio can wait for; a session that is to wait longer looks again.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);
