//! The loop that drives a client session: one thread, `poll(2)`.

use std::fmt;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant as Clock};

use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Outcome};
use ftp_proto::{Action, ControlAddresses, DataFailure, Dialogue, Instant, OpId, Output, Wait};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::data::Data;
use crate::client::{ClientOptions, Error, Notice};
use crate::net;
use crate::storage::{Sink, Source};

/// Where the bytes of an operation come from or go to. They must be ready when asked: nobody
/// would wake the thread that waits for them.
pub enum Endpoint<'a> {
    /// The operation moves no bytes.
    None,
    /// They are read from here.
    Source(&'a mut dyn Source),
    /// They are written to here.
    Sink(&'a mut dyn Sink),
}

impl fmt::Debug for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Source(_) => "Source",
            Self::Sink(_) => "Sink",
        })
    }
}

/// A session with its sockets.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) session: ClientSession,
    control: TcpStream,
    data: Option<Data>,
    options: ClientOptions,
    epoch: Clock,
    /// What the file on this side said when it failed.
    failed: Option<io::Error>,
}

/// What the loop came to.
enum Turn {
    /// There is more to do.
    Again,
    /// Nothing to do but to wait; a write may be what is waited for.
    Wait(Wait, Writing),
    Greeted,
    Done(OpId, Result<Outcome, Error>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writing {
    Nothing,
    Blocked,
}

impl Driver {
    /// Drives a new session over a control connection, up to the server's greeting.
    pub(super) fn new(control: TcpStream, options: ClientOptions) -> Result<Self, Error> {
        net::prepare_control(&control).map_err(Error::Control)?;
        let local = control.local_addr().map_err(Error::Control)?;
        let peer = control.peer_addr().map_err(Error::Control)?;
        let mut config = ClientConfig::default();
        config.limits = options.limits;
        config.timeouts = options.timeouts;
        config.data = options.data;
        config.passive_host = options.passive_host;
        config.pipelining = options.pipelining;
        if options.observer.is_some() {
            config.dialogue = Dialogue::Shown;
        }
        let addresses = ControlAddresses::new(local, peer);
        let mut driver = Self {
            session: ClientSession::new(config, addresses, Instant::default()),
            control,
            data: None,
            options,
            epoch: Clock::now(),
            failed: None,
        };
        loop {
            if let Turn::Greeted = driver.turn(&mut Endpoint::None)? {
                return Ok(driver);
            }
        }
    }

    /// Drives the session until an operation has ended.
    pub(super) fn run(&mut self, op: OpId, mut end: Endpoint<'_>) -> Result<Outcome, Error> {
        self.failed = None;
        loop {
            if let Turn::Done(done, result) = self.turn(&mut end)?
                && done == op
            {
                return match self.failed.take() {
                    Some(error) if result.is_err() => Err(Error::Local(error)),
                    _ => result,
                };
            }
        }
    }

    fn turn(&mut self, end: &mut Endpoint<'_>) -> Result<Turn, Error> {
        let turn = self.poll_session();
        if turn.is_err() {
            // No `CloseData` follows an error.
            self.data = None;
        }
        match turn? {
            Turn::Wait(wait, writing) => {
                self.wait(wait, writing, end)?;
                Ok(Turn::Again)
            }
            turn => Ok(turn),
        }
    }

    /// Carries out the session's next output.
    fn poll_session(&mut self) -> Result<Turn, Error> {
        let now = self.now();
        let written = match self.session.poll_output(now)? {
            Output::Send(bytes) => net::send(&self.control, bytes),
            Output::SendUrgent(bytes) => net::send_urgent(&self.control, bytes),
            Output::Action(action) => {
                self.begin(action);
                return Ok(Turn::Again);
            }
            Output::Event(event) => return Ok(self.tell(event)),
            Output::Wait(wait) => return Ok(Turn::Wait(wait, Writing::Nothing)),
            other => unreachable!("an output that this driver does not know: {other:?}"),
        };
        match written {
            Ok(taken) => self.session.sent(taken),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(Turn::Wait(self.session.wait(), Writing::Blocked));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.session.handle_send_lost(),
        }
        Ok(Turn::Again)
    }

    fn begin(&mut self, action: Action) {
        match action {
            Action::ConnectData { id, mode, to, .. } => match Data::connect(id, mode, to) {
                Ok(data) => self.data = Some(data),
                Err(error) => self.session.handle_data_failed(id, net::failure(&error)),
            },
            Action::ListenData {
                id, mode, local, ..
            } => match Data::listen(id, mode, local, self.options.active_ports) {
                Ok((data, bound)) => {
                    self.data = Some(data);
                    let host = self.options.active_address.unwrap_or(bound.ip());
                    let announced = SocketAddr::new(host, bound.port());
                    self.session.handle_data_listening(id, announced);
                }
                Err(_) => self.session.handle_data_failed(id, DataFailure::NoAddress),
            },
            Action::AcceptData { id } => {
                if let Some(data) = self.data_of(id) {
                    data.accept();
                }
            }
            Action::MoveData {
                id,
                direction,
                codec,
                ..
            } => {
                if let Some(data) = self.data_of(id) {
                    data.start(direction, codec);
                }
            }
            Action::CloseData { id, how } => {
                if let Some(data) = self.data.take_if(|data| data.id() == id) {
                    data.close(how);
                }
            }
            Action::Close => {
                self.data = None;
                // The peer may have closed first; then there is nothing left to close.
                let _ = self.control.shutdown(std::net::Shutdown::Both);
            }
            other => unreachable!("an action that this driver does not know: {other:?}"),
        }
    }

    fn data_of(&mut self, id: ftp_proto::DataId) -> Option<&mut Data> {
        self.data.as_mut().filter(|data| data.id() == id)
    }

    fn tell(&mut self, event: ClientEvent) -> Turn {
        let notice = match &event {
            ClientEvent::Sent(line) => Some(Notice::Sent(line)),
            ClientEvent::Received(reply) => Some(Notice::Received(reply)),
            _ => None,
        };
        if let (Some(notice), Some(observer)) = (notice, &self.options.observer) {
            observer.tell(notice);
        }
        match event {
            ClientEvent::Greeting(_) => Turn::Greeted,
            ClientEvent::Done { op, result } => Turn::Done(op, result.map_err(Error::Operation)),
            _ => Turn::Again,
        }
    }

    /// Waits for the control connection, for the data connection, or for the deadline.
    fn wait(&mut self, wait: Wait, writing: Writing, end: &mut Endpoint<'_>) -> Result<(), Error> {
        let mut control = PollFlags::empty();
        control.set(PollFlags::IN, wait.read > 0);
        control.set(PollFlags::OUT, writing == Writing::Blocked);
        let timeout = wait
            .deadline
            .map(|at| at.saturating_since(self.now()))
            .map(timespec);
        let (control, data) = {
            let mut fds = Vec::with_capacity(2);
            fds.push(PollFd::new(&self.control, control));
            if let Some((fd, flags)) = self.data.as_ref().and_then(Data::interest) {
                fds.push(PollFd::from_borrowed_fd(fd, flags));
            }
            match poll(&mut fds, timeout.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => return Ok(()),
                Err(error) => return Err(Error::Control(error.into())),
            }
            let ready = |at: usize| fds.get(at).is_some_and(|fd| !fd.revents().is_empty());
            (ready(0), ready(1))
        };
        // The data connection first: what was in it when the final reply came belongs to the file.
        if data {
            self.step_data(end);
        }
        if control && wait.read > 0 {
            self.read(wait.read);
        }
        if let Some((id, moved)) = self.data.as_ref().and_then(|d| Some((d.id(), d.moved()?))) {
            self.session.handle_data_progress(id, moved);
        }
        Ok(())
    }

    fn step_data(&mut self, end: &mut Endpoint<'_>) {
        let Some(data) = &mut self.data else {
            return;
        };
        let observer = self.options.observer.as_ref();
        if let Some(error) = data.step(&mut self.session, end, observer) {
            self.failed = Some(error);
        }
        if let (Some(observer), Some(moved)) = (observer, data.moved()) {
            observer.tell(Notice::Progress(moved));
        }
    }

    /// Reads at most `most` bytes of the control connection.
    fn read(&mut self, most: usize) {
        let mut buffer = [0; 4096];
        let most = most.min(buffer.len());
        match self.control.read(&mut buffer[..most]) {
            Ok(0) => self.session.handle_eof(),
            Ok(read) => {
                let taken = self.session.handle_input(&buffer[..read]);
                debug_assert_eq!(taken, read, "no more was read than is taken");
            }
            Err(error) if is_passing(&error) => {}
            // A reset is an end as well: the session knows what it was waiting for.
            Err(_) => self.session.handle_eof(),
        }
    }

    fn now(&self) -> Instant {
        let micros = self.epoch.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }
}

/// Whether the operation is to be tried again.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// A time-out for `poll(2)`, rounded up so that the deadline has passed when it returns.
fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
