//! FTP on mio: one thread, many sessions, of clients or of a server.
//!
//! mio tells when something about a socket has changed, once (edge-triggered). So what may be
//! tried is remembered until the system says that it would block, and a turn of a session tries
//! everything that the session wants, until nothing moves any more. Files are read and written
//! in between; a program whose files are slow gives them to other threads.

#[path = "shared/file.rs"]
#[allow(unreachable_pub, reason = "several programs share it")]
mod file;
#[allow(unreachable_pub, reason = "several programs share it")]
mod shared;
#[path = "shared/sockets.rs"]
#[allow(unreachable_pub, reason = "several programs share it")]
mod sockets;

use std::collections::{BTreeSet, HashMap};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::process::ExitCode;
use std::time::{Duration, Instant as Clock};

use ftp_proto::{
    Accepted, Action, Closing, ControlAddresses, DataEnd, DataEnding, DataId, Direction, Instant,
    LocalFailure, Output, ProtocolError, Session,
};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use file::LocalFile;
use shared::Application;

// -- driver --

/// What one thread drives. A session has two tokens: an even one for its control connection, and
/// the one behind it for its data connection.
struct Reactor<A: Application> {
    poll: Poll,
    links: HashMap<Token, Link<A>>,
    /// The deadline of each session that has one, the next one first.
    timers: BTreeSet<(Instant, Token)>,
    /// Sessions that had their turn and could do more.
    again: Vec<Token>,
    last: Token,
    epoch: Clock,
}

/// One session with its sockets. Dropped, it leaves nothing open.
struct Link<A: Application> {
    session: A::Session,
    app: A,
    control: TcpStream,
    ready: Ready,
    /// There is one at most: `CloseData` comes before another begins.
    data: Option<Data>,
    data_token: Token,
    timer: Option<Instant>,
}

/// A data connection, from `ConnectData` or `ListenData` to `CloseData`.
struct Data {
    id: DataId,
    socket: DataSocket,
    phase: Phase,
    ready: Ready,
    /// From `MoveData` until its end is told, which takes it out: so it is told once.
    transfer: Option<(Direction, LocalFile)>,
}

enum DataSocket {
    Listener(TcpListener),
    Stream(TcpStream),
}

#[derive(Clone, Copy)]
enum Phase {
    /// Somebody may come, and is not wanted yet.
    Reserved,
    /// An accept or a connect is waited for.
    Opening,
    Open,
}

/// What may be tried on a socket.
#[derive(Clone, Copy)]
struct Ready {
    read: bool,
    write: bool,
}

impl Ready {
    const ALL: Self = Self {
        read: true,
        write: true,
    };
    const NONE: Self = Self {
        read: false,
        write: false,
    };
}

/// Where a session stands after its turn.
enum Turn {
    Waits,
    GoesOn,
    Ended(Result<(), ProtocolError>),
}

/// The listener's token.
const LISTENER: Token = Token(0);
const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
/// Steps in one turn, so that one session does not keep the others waiting.
const STEPS: usize = 32;

impl<A: Application> Reactor<A> {
    fn new() -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            links: HashMap::new(),
            timers: BTreeSet::new(),
            again: Vec::new(),
            last: LISTENER,
            epoch: Clock::now(),
        })
    }

    /// Time counts from any moment on.
    fn now(&self) -> Instant {
        Instant::from_micros(self.epoch.elapsed().as_micros() as u64)
    }

    fn add(&mut self, mut control: TcpStream, session: A::Session, app: A) -> io::Result<()> {
        sockets::prepare_control(&control)?;
        self.last = Token(self.last.0 + 2);
        self.poll
            .registry()
            .register(&mut control, self.last, BOTH)?;
        let link = Link {
            session,
            app,
            control,
            ready: Ready::NONE,
            data: None,
            data_token: Token(self.last.0 + 1),
            timer: None,
        };
        self.links.insert(self.last, link);
        self.again.push(self.last);
        Ok(())
    }

    /// Waits until something can be done, and does it. Gives what became of sessions that ended,
    /// and whether the listener was called.
    fn run_once(&mut self) -> io::Result<(Vec<(A, Result<(), ProtocolError>)>, bool)> {
        let until_deadline = |(at, _): &(Instant, _)| at.saturating_since(self.now());
        let timeout = match self.again.is_empty() {
            true => self.timers.first().map(until_deadline),
            false => Some(Duration::ZERO),
        };
        let mut events = Events::with_capacity(256);
        match self.poll.poll(&mut events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        // Whose turn it is: who could have gone on, who has an event, whose deadline has come.
        let mut turns: BTreeSet<Token> = self.again.drain(..).collect();
        for event in &events {
            let token = Token(event.token().0 & !1);
            turns.insert(token);
            match self.links.get_mut(&token) {
                Some(link) if event.token() == token => link.ready = Ready::ALL,
                Some(Link {
                    data: Some(data), ..
                }) => data.ready = Ready::ALL,
                _ => {}
            }
        }
        let is_called = turns.remove(&LISTENER);
        let now = self.now();
        let due = self.timers.iter().take_while(|(at, _)| *at <= now);
        turns.extend(due.map(|(_, token)| *token));
        let mut ended = Vec::new();
        for token in turns {
            let Some(mut link) = self.links.remove(&token) else {
                continue;
            };
            if let Some(at) = link.timer.take() {
                self.timers.remove(&(at, token));
            }
            match link.turn(self.poll.registry(), now) {
                Turn::Ended(result) => {
                    ended.push((link.app, result));
                    continue;
                }
                Turn::GoesOn => self.again.push(token),
                Turn::Waits => {}
            }
            // Asked of the session at any time, so that a blocked write does not stop the clock.
            link.timer = link.session.wait().deadline;
            self.timers.extend(link.timer.map(|at| (at, token)));
            self.links.insert(token, link);
        }
        Ok((ended, is_called))
    }
}

impl<A: Application> Link<A> {
    /// Carries out what the session says, and lets it have what comes, until nothing moves.
    fn turn(&mut self, registry: &Registry, now: Instant) -> Turn {
        for _ in 0..STEPS {
            // How far the bytes are is told before the time is; else they would count as stalled.
            if let Some(data) = &self.data
                && let Some((_, file)) = &data.transfer
            {
                self.session.handle_data_progress(data.id, file.bytes);
            }
            let (mut control, ready) = (&self.control, &mut self.ready.write);
            let written = match self.session.poll_output(now) {
                Ok(Output::Send(bytes)) => attempt(ready, || control.write(bytes)),
                Ok(Output::SendUrgent(bytes)) => {
                    attempt(ready, || sockets::send_urgent(control, bytes))
                }
                Ok(Output::Action(Action::Close)) => return Turn::Ended(Ok(())),
                Ok(Output::Action(action)) => {
                    self.begin(registry, action);
                    continue;
                }
                Ok(Output::Event(event)) => {
                    self.app.tell(&mut self.session, event);
                    continue;
                }
                Ok(Output::Wait(_)) => Ok(None),
                Ok(other) => unreachable!("an output that this driver does not know: {other:?}"),
                // No `CloseData` follows: the caller drops this, and all sockets with it.
                Err(error) => return Turn::Ended(Err(error)),
            };
            let has_written = !matches!(written, Ok(None));
            match written {
                Ok(taken) => self.session.sent(taken.unwrap_or(0)),
                Err(_) => {
                    // What the peer said before it went away tells more than that it did.
                    while self.read() {}
                    self.session.handle_lost();
                }
            }
            // A write that is blocked stops neither the data connection nor reading.
            if !(self.step_data(registry) | self.read() | has_written) {
                return Turn::Waits;
            }
        }
        Turn::GoesOn
    }

    /// Reads what the session will take of the control connection, and never more.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let room = self.session.wait().read.min(buffer.len());
        if room == 0 {
            return false;
        }
        let mut control = &self.control;
        match attempt(&mut self.ready.read, || control.read(&mut buffer[..room])) {
            Ok(None) => return false,
            Ok(Some(0)) => self.session.handle_eof(),
            Ok(Some(read)) => {
                let taken = self.session.handle_input(&buffer[..read]);
                debug_assert_eq!(taken, read, "no more was read than is taken");
            }
            Err(_) => self.session.handle_lost(),
        }
        true
    }

    /// Begins an action. How it goes shows itself in `step_data`.
    fn begin(&mut self, registry: &Registry, action: Action) {
        let here = self.session.addresses().local;
        match action {
            Action::ConnectData {
                id,
                mode,
                to,
                local_port,
            } => {
                let opened = sockets::connect(here, mode, local_port, to).and_then(|socket| {
                    let mut stream = TcpStream::from_std(socket.into());
                    registry.register(&mut stream, self.data_token, BOTH)?;
                    Ok(Data::new(id, DataSocket::Stream(stream), Phase::Opening))
                });
                match opened {
                    Ok(data) => self.data = Some(data),
                    Err(error) => self
                        .session
                        .handle_data_failed(id, sockets::failure(&error)),
                }
            }
            Action::ListenData { id, .. } => {
                let opened = sockets::listen(here).and_then(|(listener, bound)| {
                    let mut listener = TcpListener::from_std(listener);
                    registry.register(&mut listener, self.data_token, Interest::READABLE)?;
                    self.data = Some(Data::new(
                        id,
                        DataSocket::Listener(listener),
                        Phase::Reserved,
                    ));
                    Ok(bound)
                });
                match opened {
                    Ok(bound) => self.session.handle_data_listening(id, bound),
                    Err(error) => self
                        .session
                        .handle_data_failed(id, sockets::failure(&error)),
                }
            }
            Action::AcceptData { .. } => {
                if let Some(data) = &mut self.data {
                    data.phase = Phase::Opening;
                }
            }
            Action::MoveData {
                id,
                op,
                direction,
                codec,
            } => {
                if let (Some(data), Some(object)) = (&mut self.data, self.app.object(op)) {
                    data.transfer = Some((direction, LocalFile::new(object, codec)));
                } else {
                    let ending = DataEnding::Local(LocalFailure::Other);
                    self.session
                        .handle_data_ended(id, DataEnd { bytes: 0, ending });
                }
            }
            Action::CloseData { id, how } => {
                let Some(data) = self.data.take_if(|data| data.id == id) else {
                    return;
                };
                if let (Closing::Reset, DataSocket::Stream(stream)) = (how, &data.socket) {
                    sockets::reset(stream);
                }
                if let Some((_, file)) = data.transfer {
                    let (bytes, ending) = (file.bytes, DataEnding::Reset);
                    self.session
                        .handle_data_ended(id, DataEnd { bytes, ending });
                }
            }
            other => unreachable!("an action that this driver does not know: {other:?}"),
        }
    }

    /// Takes one step on the data connection; whether one could be taken.
    fn step_data(&mut self, registry: &Registry) -> bool {
        let Some(data) = &mut self.data else {
            return false;
        };
        match data.step(&mut self.session, registry, self.data_token) {
            Ok(has_moved) => has_moved,
            Err(error) => {
                let id = data.id;
                self.data = None;
                self.session
                    .handle_data_failed(id, sockets::failure(&error));
                true
            }
        }
    }
}

impl Data {
    fn new(id: DataId, socket: DataSocket, phase: Phase) -> Self {
        Self {
            id,
            socket,
            phase,
            ready: Ready::NONE,
            transfer: None,
        }
    }

    fn step<S: Session>(
        &mut self,
        session: &mut S,
        registry: &Registry,
        token: Token,
    ) -> io::Result<bool> {
        let ready = &mut self.ready;
        match (&self.socket, self.phase, &mut self.transfer) {
            (DataSocket::Listener(listener), Phase::Opening, _) => {
                let accepted = match attempt(&mut ready.read, || listener.accept()) {
                    // It was gone before it could be accepted.
                    Err(error) if error.kind() == ErrorKind::ConnectionAborted => return Ok(true),
                    accepted => accepted?,
                };
                let Some((mut stream, from)) = accepted else {
                    return Ok(false);
                };
                registry.register(&mut stream, token, BOTH)?;
                if session.handle_data_accepted(self.id, from) == Accepted::Keep {
                    *self = Self::new(self.id, DataSocket::Stream(stream), Phase::Open);
                }
                // Otherwise a stranger is dropped here, and the listener goes on.
            }
            (DataSocket::Stream(stream), Phase::Opening, _) => {
                match attempt(&mut ready.write, || sockets::connected(stream))? {
                    None => return Ok(false),
                    Some(()) => self.phase = Phase::Open,
                }
                session.handle_data_connected(self.id);
            }
            (DataSocket::Stream(stream), Phase::Open, Some((direction, file))) => {
                match shift(stream, ready, *direction, file) {
                    Ok(has_moved) => return Ok(has_moved),
                    Err(ending) => {
                        let bytes = file.bytes;
                        self.transfer = None;
                        session.handle_data_ended(self.id, DataEnd { bytes, ending });
                    }
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Moves some bytes of a transfer; whether any did, or how it ended.
fn shift(
    mut stream: &TcpStream,
    ready: &mut Ready,
    direction: Direction,
    file: &mut LocalFile,
) -> Result<bool, DataEnding> {
    let lost = |_| DataEnding::Reset;
    match direction {
        Direction::Send => {
            let unsent = file.unsent()?;
            if unsent.is_empty() {
                stream.shutdown(Shutdown::Write).map_err(lost)?;
                return Err(DataEnding::Complete);
            }
            let sent = attempt(&mut ready.write, || stream.write(unsent)).map_err(lost)?;
            file.sent(sent.unwrap_or(0));
            Ok(sent.is_some())
        }
        Direction::Receive => {
            let room = file.room();
            let read = attempt(&mut ready.read, || stream.read(room)).map_err(lost)?;
            read.map_or(Ok(()), |read| file.received(read))?;
            Ok(read.is_some())
        }
    }
}

/// Tries what may block, unless it is known that it would.
fn attempt<T>(
    ready: &mut bool,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<Option<T>> {
    while *ready {
        match operation() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => *ready = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result.map(Some),
        }
    }
    Ok(None)
}

// -- end of driver --

fn main() -> ExitCode {
    shared::run_with(
        |control, session, app| {
            let mut reactor = Reactor::new()?;
            reactor.add(TcpStream::from_std(control), session, app)?;
            loop {
                if let Some((app, result)) = reactor.run_once()?.0.pop() {
                    result?;
                    return Ok(app);
                }
            }
        },
        |listener, begin| {
            let mut reactor = Reactor::new()?;
            listener.set_nonblocking(true)?;
            let mut listener = TcpListener::from_std(listener);
            let registry = reactor.poll.registry();
            registry.register(&mut listener, LISTENER, Interest::READABLE)?;
            let mut is_called = false;
            loop {
                // Without a free descriptor, the call stands until a session has ended.
                while is_called {
                    match listener.accept() {
                        Ok((control, peer)) => {
                            let Ok(local) = control.local_addr() else {
                                continue;
                            };
                            let addresses = ControlAddresses::new(local, peer);
                            let (session, app) = begin(addresses, reactor.now());
                            if let Err(error) = reactor.add(control, session, app) {
                                eprintln!("{peer}: {error}");
                            }
                        }
                        Err(error) => {
                            is_called = error.kind() != ErrorKind::WouldBlock;
                            break;
                        }
                    }
                }
                is_called |= reactor.run_once()?.1;
            }
        },
    )
}
