//! The loop that drives a client session: one thread, `poll(2)`.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant as Clock};

use ftp_proto::client::Outcome;
use ftp_proto::{
    Action, ControlAddresses, DataFailure, DataId, Direction, Output, ProtocolError, Wait,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::bell::Bell;
use super::data::Data;
use crate::channel::Channel;
use crate::client::{Beginning, ClientOptions, Core, Error, Nothing, Notice, Site};
use crate::net;

/// A session with its sockets.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) core: Core,
    control: TcpStream,
    channel: Channel,
    data: Option<Data>,
    epoch: Clock,
    /// Rung by a cancellation, and by a source or a sink that was not ready.
    bell: Arc<Bell>,
    ring: Waker,
}

impl Driver {
    /// Drives a new session over a control connection, up to the server's greeting, and to
    /// TLS where it is asked for.
    pub(super) fn new(
        control: TcpStream,
        host: Option<&str>,
        options: ClientOptions,
    ) -> Result<Self, Error> {
        net::prepare_control(&control).map_err(Error::Control)?;
        let local = control.local_addr().map_err(Error::Control)?;
        let peer = control.peer_addr().map_err(Error::Control)?;
        let (bell, ring) = Bell::new().map_err(Error::Control)?;
        let core = Core::new(options, host, ControlAddresses::new(local, peer))?;
        core.watch_cancellation(&ring);
        let mut driver = Self {
            core,
            control,
            channel: Channel::default(),
            data: None,
            epoch: Clock::now(),
            bell,
            ring,
        };
        driver.run(&mut Nothing)?;
        Ok(driver)
    }

    /// Drives the session until what the core waits for has come to its end.
    pub(super) fn run(&mut self, site: &mut dyn Site) -> Result<Outcome, Error> {
        let driven = self.drive(site);
        if driven.is_err() {
            self.abandon();
        }
        driven?;
        self.core.take_end().unwrap_or(Err(Error::Over))
    }

    /// Drives the session until a transfer has begun: its server has agreed to it, or has called
    /// it complete already.
    pub(super) fn start(&mut self, direction: Direction) -> Result<(), Error> {
        let driven = self.drive(&mut Beginning(direction));
        if driven.is_err() {
            self.abandon();
        }
        driven?;
        self.core.take_failure()
    }

    /// Drives the session until the core has its end, or `site` what it wants.
    ///
    /// # Errors
    ///
    /// Of `poll(2)`: nothing can be waited for.
    pub(super) fn drive(&mut self, site: &mut dyn Site) -> Result<(), Error> {
        self.core.resume(self.epoch.elapsed());
        // What has come before counts before what is due.
        self.step_data(site);
        let driven = loop {
            self.core.heed_cancellation();
            if let Some(data) = self.data.as_ref().filter(|data| data.is_held_up()) {
                self.core.session.handle_data_held_up(data.id());
            }
            let wait = self.poll_session();
            if self.core.is_enough(site) {
                break Ok(());
            }
            let Some(wait) = wait else {
                // The session is over, and nobody waits for anything of it.
                break Ok(());
            };
            if let Err(error) = self.wait(wait, site) {
                break Err(error);
            }
        };
        self.core.rest(self.epoch.elapsed());
        driven
    }

    /// Aborts an operation that nobody waits for any more, as far as it can be done without
    /// waiting: the server learns of it now, and what it still says is read by the next call.
    pub(super) fn abandon(&mut self) {
        if self.core.is_running() {
            self.core.abandon();
            self.poll_session();
        }
    }

    /// Carries out what the session says, in its order, until it waits or its server takes no
    /// more; `None` when it is over.
    fn poll_session(&mut self) -> Option<Wait> {
        loop {
            let now = self.core.now(self.epoch.elapsed());
            let written = match self.core.session.poll_output(now) {
                Ok(Output::Send(bytes) | Output::SendUrgent(bytes)) if !self.channel.is_clear() => {
                    let mut cx = Context::from_waker(&self.ring);
                    self.channel
                        .write(&mut cx, &mut self.control.as_fd(), bytes)
                }
                Ok(Output::Send(bytes)) => net::send(&self.control, bytes),
                Ok(Output::SendUrgent(bytes)) => net::send_urgent(&self.control, bytes),
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
                Ok(taken) => self.core.session.sent(taken),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Some(self.core.session.wait());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.core.session.handle_send_lost(),
            }
        }
    }

    fn begin(&mut self, action: Action) {
        match action {
            Action::ConnectData { id, mode, to, .. } => {
                let from = self.core.options.local_address;
                match Data::connect(id, mode, from, to) {
                    Ok(data) => self.data = Some(data),
                    Err(error) => {
                        let why = net::failure(&error);
                        self.core.session.handle_data_failed(id, why);
                    }
                }
            }
            Action::ListenData {
                id, mode, local, ..
            } => match Data::listen(id, mode, local, self.core.options.active_ports) {
                Ok((data, bound)) => {
                    self.data = Some(data);
                    let host = self.core.options.active_address.unwrap_or(bound.ip());
                    let announced = SocketAddr::new(host, bound.port());
                    self.core.session.handle_data_listening(id, announced);
                }
                Err(_) => {
                    let why = DataFailure::NoAddress;
                    self.core.session.handle_data_failed(id, why);
                }
            },
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
                    data.start(op, direction, codec, cover);
                }
            }
            Action::CloseData { id, how } => {
                if let Some(data) = self.data.take_if(|data| data.id() == id) {
                    data.close(how);
                }
            }
            Action::StartTls => match self.core.control_tls() {
                Some(connection) => {
                    self.channel.start(connection);
                    self.advance();
                }
                None => self.core.session.handle_tls_failed(),
            },
            Action::StopTls => {
                self.channel.stop();
                self.advance();
            }
            Action::Close => self.part(),
            // Nothing of a later version is asked of this driver.
            _ => {}
        }
    }

    /// Gets on with a handshake of the control connection.
    fn advance(&mut self) {
        let mut cx = Context::from_waker(&self.ring);
        let wire = &mut self.control.as_fd();
        if let Some(secured) = self.channel.advance(&mut cx, wire, &mut self.core.session) {
            self.core.control_secured(secured);
        }
    }

    fn data_of(&mut self, id: DataId) -> Option<&mut Data> {
        self.data.as_mut().filter(|data| data.id() == id)
    }

    /// Waits for the control connection, for the data connection, for the bell or for the deadline.
    fn wait(&mut self, wait: Wait, site: &mut dyn Site) -> Result<(), Error> {
        if wait.read > 0 && self.channel.has_buffered() {
            self.read(wait.read);
            return Ok(());
        }
        let securing = self.channel.waits();
        let mut control = PollFlags::empty();
        control.set(
            PollFlags::IN,
            securing.map_or(wait.read > 0, |waits| waits.reading),
        );
        control.set(
            PollFlags::OUT,
            securing.map_or(wait.write, |waits| waits.writing),
        );
        let elapsed = self.epoch.elapsed();
        let due = self.core.due(&wait);
        let timeout = due.map(|due| timespec(due.saturating_sub(elapsed)));
        let (control, bell, data) = {
            let mut fds = Vec::with_capacity(3);
            fds.push(PollFd::new(&self.control, control));
            fds.push(PollFd::from_borrowed_fd(self.bell.fd(), PollFlags::IN));
            if let Some((fd, flags)) = self.data.as_ref().and_then(Data::interest) {
                fds.push(PollFd::from_borrowed_fd(fd, flags));
            }
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => return Ok(()),
                Err(error) => return Err(Error::Control(error.into())),
            }
            let ready = |at: usize| fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
            (ready(0), ready(1), ready(2))
        };
        if bell {
            self.bell.silence();
        }
        // The data connection first: what was in it when the final reply came belongs to the file.
        if data || bell {
            self.step_data(site);
        }
        if control && securing.is_some() {
            self.advance();
        } else if control && wait.read > 0 {
            self.read(wait.read);
        }
        Ok(())
    }

    fn step_data(&mut self, site: &mut dyn Site) {
        let Some(data) = &mut self.data else {
            return;
        };
        let before = data.moved();
        let (session, mut local) = self.core.parts(site);
        let opened = data.step(&self.ring, session, &mut local);
        if let Some(route) = opened {
            self.core.notice(Notice::DataOpen(route));
        }
        let (moved, shaken) = (data.moved(), data.take_shaken());
        if let Some(shaken) = shaken {
            self.core.data_shaken(&shaken);
        }
        if moved > before {
            site.moved(moved);
            self.core.notice(Notice::Progress(moved));
        }
    }

    /// Reads at most `most` bytes of the control connection.
    fn read(&mut self, most: usize) {
        let mut buffer = [0; 4096];
        let most = most.min(buffer.len());
        let session = &mut self.core.session;
        let mut cx = Context::from_waker(&self.ring);
        let wire = &mut self.control.as_fd();
        match self.channel.read(&mut cx, wire, &mut buffer[..most]) {
            Ok(0) => session.handle_eof(),
            Ok(read) => {
                let taken = session.handle_input(&buffer[..read]);
                debug_assert_eq!(taken, read, "no more was read than is taken");
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock
                ) => {}
            // A reset is an end as well: the session knows what it was waiting for.
            Err(_) => session.handle_eof(),
        }
    }

    /// No `CloseData` and no `Close` follow an error.
    fn fail(&mut self, error: ProtocolError) {
        self.part();
        self.core.fail(error);
    }

    fn part(&mut self) {
        self.data = None;
        let mut cx = Context::from_waker(&self.ring);
        self.channel.close(&mut cx, &mut self.control.as_fd());
        // The peer may have closed first; then there is nothing left to close.
        let _ = self.control.shutdown(Shutdown::Both);
    }
}

/// A time-out for `poll(2)`.
pub(super) fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
