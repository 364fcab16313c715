//! The loop that drives a client session on tokio.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use ftp_proto::client::Outcome;
use ftp_proto::{
    Action, ControlAddresses, DataFailure, DataId, DataMode, Direction, Output, ProtocolError, Wait,
};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant as Moment, Sleep, sleep_until};

use crate::channel::Channel as ControlChannel;
use crate::client::{Beginning, ClientOptions, Core, Error, Nothing, Notice, Route, Site};
use crate::dtp::{Data, Turn};
use crate::net;

/// A session with its sockets.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) core: Core,
    control: TcpStream,
    channel: ControlChannel,
    data: Option<Channel>,
    /// When the driver's clock began.
    epoch: Moment,
    sleep: Pin<Box<Sleep>>,
    /// When the timer fires; it may be early, and is then looked at again.
    armed: Option<Duration>,
}

/// A data connection, and what has been told of it.
#[derive(Debug)]
struct Channel {
    data: Box<Data>,
    mode: DataMode,
    is_told: bool,
}

/// How to write: as far as can be done now, or to be woken when it can be done.
enum Writing<'a, 'b> {
    AtOnce,
    Polled(&'a mut Context<'b>),
}

impl Driver {
    /// Drives a new session over a control connection, up to the server's greeting, and to
    /// TLS where it is asked for.
    pub(super) async fn new(
        control: TcpStream,
        host: Option<&str>,
        options: ClientOptions,
    ) -> Result<Self, Error> {
        net::prepare_control(&control).map_err(Error::Control)?;
        let local = control.local_addr().map_err(Error::Control)?;
        let peer = control.peer_addr().map_err(Error::Control)?;
        let epoch = Moment::now();
        let mut driver = Self {
            core: Core::new(options, host, ControlAddresses::new(local, peer))?,
            control,
            channel: ControlChannel::default(),
            data: None,
            epoch,
            sleep: Box::pin(sleep_until(epoch)),
            armed: None,
        };
        driver.run(&mut Nothing).await?;
        Ok(driver)
    }

    /// Drives the session until what the core waits for has come to its end. If the future is
    /// dropped before, the operation is aborted.
    pub(super) async fn run(&mut self, site: &mut (impl Site + Send)) -> Result<Outcome, Error> {
        let guard = Guard(self);
        poll_fn(|cx| guard.0.poll(cx, site)).await;
        guard.0.core.take_end().unwrap_or(Err(Error::Over))
    }

    /// Drives the session until a transfer has begun: its server has agreed to it, or has called
    /// it complete already.
    pub(super) async fn start(&mut self, direction: Direction) -> Result<(), Error> {
        let guard = Guard(self);
        poll_fn(|cx| guard.0.poll(cx, &mut Beginning(direction))).await;
        guard.0.core.take_failure()?;
        // The transfer goes on.
        std::mem::forget(guard);
        Ok(())
    }

    /// Gets as far as it can now; ready when the core has its end, or `site` what it wants.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, site: &mut dyn Site) -> Poll<()> {
        self.core.resume(self.epoch.elapsed());
        self.core.watch_cancellation(cx.waker());
        self.core.heed_cancellation();
        // What has come before counts before what is due.
        self.poll_data(cx, site);
        loop {
            if let Some(channel) = self.data.as_ref().filter(|it| it.data.is_held_up()) {
                self.core.session.handle_data_held_up(channel.data.id);
            }
            let wait = self.poll_session(&mut Writing::Polled(cx));
            if self.core.is_enough(site) {
                self.core.rest(self.epoch.elapsed());
                return Poll::Ready(());
            }
            let Some(wait) = wait else {
                // The session is over, and nobody waits for anything of it.
                return Poll::Ready(());
            };
            // The data connection first: what was in it when the final reply came belongs to the
            // file.
            let mut is_told = self.poll_data(cx, site);
            is_told |= self.poll_securing(cx);
            is_told |= self.poll_control(cx, wait.read);
            is_told |= self.poll_timer(cx, &wait);
            if !is_told && !site.is_satisfied(false) {
                return Poll::Pending;
            }
        }
    }

    /// Aborts an operation that nobody waits for any more, as far as it can be done without
    /// waiting: the server learns of it now, and what it still says is read by the next call.
    pub(super) fn abandon(&mut self) {
        if self.core.is_running() {
            self.core.abandon();
            self.poll_session(&mut Writing::AtOnce);
        }
        self.core.rest(self.epoch.elapsed());
    }

    /// Carries out what the session says, in its order, until it waits or its server takes no
    /// more; `None` when it is over.
    fn poll_session(&mut self, writing: &mut Writing<'_, '_>) -> Option<Wait> {
        loop {
            let now = self.core.now(self.epoch.elapsed());
            let written = match self.core.session.poll_output(now) {
                Ok(Output::Send(bytes) | Output::SendUrgent(bytes)) if !self.channel.is_clear() => {
                    let mut nobody = Context::from_waker(Waker::noop());
                    let cx = match writing {
                        Writing::AtOnce => &mut nobody,
                        Writing::Polled(cx) => cx,
                    };
                    match self.channel.write(cx, &mut &self.control, bytes) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                        written => Poll::Ready(written),
                    }
                }
                Ok(Output::Send(bytes)) => {
                    writing.write(&self.control, |control| net::send(control, bytes))
                }
                Ok(Output::SendUrgent(bytes)) => {
                    writing.write(&self.control, |control| net::send_urgent(control, bytes))
                }
                Ok(Output::Action(action)) => {
                    self.begin(action);
                    continue;
                }
                Ok(Output::Event(event)) => {
                    self.core.tell(event);
                    continue;
                }
                Ok(Output::Wait(wait)) => return Some(wait),
                // Nothing of a later version is asked of this driver.
                Ok(_) => continue,
                Err(error) => {
                    self.fail(error);
                    return None;
                }
            };
            match written {
                Poll::Ready(Ok(taken)) => self.core.session.sent(taken),
                Poll::Ready(Err(_)) => self.core.session.handle_send_lost(),
                Poll::Pending => return Some(self.core.session.wait()),
            }
        }
    }

    fn begin(&mut self, action: Action) {
        match action {
            Action::ConnectData { id, mode, to, .. } => {
                let from = self.core.options.local_address;
                match net::connect(from.map(|ip| SocketAddr::new(ip, 0)), to) {
                    Ok(connecting) => self.open(mode, Data::connecting(id, connecting.stream)),
                    Err(error) => {
                        let why = net::failure(&error);
                        self.core.session.handle_data_failed(id, why);
                    }
                }
            }
            Action::ListenData {
                id, mode, local, ..
            } => {
                let listener = net::listen_for_data(local, self.core.options.active_ports);
                match listener.and_then(|listener| Ok((listener.local_addr()?, listener))) {
                    Ok((bound, listener)) => {
                        self.open(mode, Data::listening(id, listener));
                        let host = self.core.options.active_address.unwrap_or(bound.ip());
                        let announced = SocketAddr::new(host, bound.port());
                        self.core.session.handle_data_listening(id, announced);
                    }
                    Err(_) => {
                        let why = DataFailure::NoAddress;
                        self.core.session.handle_data_failed(id, why);
                    }
                }
            }
            Action::AcceptData { id } => {
                if let Some(data) = self.data_of(id) {
                    data.accept();
                }
            }
            Action::MoveData {
                id,
                op,
                direction,
                protection,
                codec,
                ..
            } => {
                let cover = self.core.cover(protection);
                if let Some(data) = self.data_of(id) {
                    data.move_bytes(op, direction, codec, cover);
                    data.guard_end();
                }
            }
            Action::CloseData { id, how } => {
                if let Some(channel) = self.data.take_if(|channel| channel.data.id == id) {
                    channel.data.close(how);
                }
            }
            Action::StartTls => match self.core.control_tls() {
                Some(connection) => self.channel.start(connection),
                None => self.core.session.handle_tls_failed(),
            },
            Action::StopTls => self.channel.stop(),
            Action::Close => self.part(),
            // Nothing of a later version is asked of this driver.
            _ => {}
        }
    }

    fn open(&mut self, mode: DataMode, data: Data) {
        self.data = Some(Channel {
            data: Box::new(data),
            mode,
            is_told: false,
        });
    }

    fn data_of(&mut self, id: DataId) -> Option<&mut Data> {
        let data = self.data.as_mut().map(|channel| &mut *channel.data);
        data.filter(|data| data.id == id)
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
            // A reset is an end as well: the session knows what it was waiting for.
            Err(_) | Ok(0) => self.eof(),
            Ok(read) => {
                let taken = self.core.session.handle_input(&buffer[..read]);
                debug_assert_eq!(taken, read, "no more was read than is taken");
            }
        }
        true
    }

    /// Gets on with a handshake of the control connection; whether the session was told.
    fn poll_securing(&mut self, cx: &mut Context<'_>) -> bool {
        let wire = &mut &self.control;
        let Some(secured) = self.channel.advance(cx, wire, &mut self.core.session) else {
            return false;
        };
        self.core.control_secured(secured);
        true
    }

    /// The server is gone. The data connection that it made before may have come and not have been
    /// told, since the runtime's news of two sockets are not in order.
    fn eof(&mut self) {
        if let Some(channel) = &mut self.data {
            channel.data.accept_at_once(&mut self.core.session);
        }
        self.core.session.handle_eof();
    }

    /// Whether the session was told of something.
    fn poll_data(&mut self, cx: &mut Context<'_>, site: &mut dyn Site) -> bool {
        let Some(channel) = &mut self.data else {
            return false;
        };
        let before = channel.data.moved();
        let (session, mut local) = self.core.parts(site);
        let turn = channel.data.poll(cx, session, &mut local);
        if !channel.is_told
            && let (Some(local), Some(peer)) = channel.data.addresses()
        {
            channel.is_told = true;
            let mode = channel.mode;
            let route = Route { mode, local, peer };
            self.core.notice(Notice::DataOpen(route));
        }
        let (moved, shaken) = (channel.data.moved(), channel.data.take_shaken());
        if let Some(shaken) = shaken {
            self.core.data_shaken(&shaken);
        }
        if moved > before {
            site.moved(moved);
            self.core.notice(Notice::Progress(moved));
        }
        match turn {
            Turn::Idle => false,
            Turn::Told => true,
            Turn::Spent => {
                cx.waker().wake_by_ref();
                false
            }
        }
    }

    /// Whether the session's deadline has come. The timer is set again only when the deadline
    /// comes nearer, and otherwise looked at when it fires.
    fn poll_timer(&mut self, cx: &mut Context<'_>, wait: &Wait) -> bool {
        let Some(due) = self.core.due(wait) else {
            return false;
        };
        if self.armed.is_none_or(|armed| due < armed) {
            let moment = self.epoch.checked_add(due);
            let moment = moment.unwrap_or_else(|| Moment::now() + FAR);
            self.sleep.as_mut().reset(moment);
            self.armed = Some(due);
        }
        let has_fired = self.sleep.as_mut().poll(cx).is_ready();
        if has_fired {
            self.armed = None;
        }
        has_fired
    }

    /// No `CloseData` and no `Close` follow an error.
    fn fail(&mut self, error: ProtocolError) {
        self.part();
        self.core.fail(error);
    }

    fn part(&mut self) {
        self.data = None;
        let mut nobody = Context::from_waker(Waker::noop());
        self.channel.close(&mut nobody, &mut &self.control);
        // The peer may have closed first; then there is nothing left to close.
        let _ = socket2::SockRef::from(&self.control).shutdown(Shutdown::Both);
    }
}

/// Aborts what was not waited for to its end.
struct Guard<'a>(&'a mut Driver);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl Writing<'_, '_> {
    /// Does `write` until it does not say that it would block.
    fn write(
        &mut self,
        control: &TcpStream,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let written = match self {
                Self::AtOnce => match write(control) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Poll::Pending;
                    }
                    written => written,
                },
                Self::Polled(cx) => {
                    ready!(control.poll_write_ready(cx))?;
                    control.try_io(Interest::WRITABLE, || write(control))
                }
            };
            match written {
                Err(error) if is_passing(&error) => {}
                written => return Poll::Ready(written),
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

/// What tokio can wait for; a session that is to wait longer looks again.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);
