//! FTP on mio: one thread, many sessions, of clients or of a server.
//!
//! mio tells once that something about a socket has changed (edge-triggered). So a turn of a
//! session tries everything that the session wants, until the system says of all of it that it
//! would block; what it did not want is tried when it does. Files are read and written in
//! between; a program whose files are slow gives them to other threads.

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
use std::net::{Shutdown, SocketAddr};
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant as Clock};

use ftp_proto::{
    Accepted, Action, Closing, ControlAddresses, DataEnd, DataEnding, DataId, Direction, Instant,
    Output, ProtocolError, Session,
};
use mio::event::Source;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

use file::LocalFile;
use shared::Application;
use sockets::send_urgent;

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
    /// There is one at most: `CloseData` comes before another begins.
    data: Option<(DataId, Data)>,
    token: Token,
    timer: Option<Instant>,
}

/// A data connection, from `ConnectData` or `ListenData` to `CloseData`.
enum Data {
    /// Somebody may come, and is not wanted yet.
    Reserved(TcpListener),
    Accepting(TcpListener),
    Connecting(TcpStream),
    /// Before `MoveData`, and behind the end that it is answered with.
    Open(TcpStream),
    Moving(TcpStream, Direction, LocalFile),
}

/// How a session ended: in order, or with no more `CloseData`; its sockets are dropped either way.
type Ended = Result<(), ProtocolError>;

/// The listener's token.
const LISTENER: Token = Token(0);

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

    fn add(&mut self, control: TcpStream, session: A::Session, app: A) -> io::Result<()> {
        sockets::prepare_control(&control)?;
        let token = Token(self.last.0 + 2);
        let link = Link {
            session,
            app,
            control: watched(self.poll.registry(), control, token)?,
            data: None,
            token,
            timer: None,
        };
        self.links.insert(token, link);
        self.again.push(token);
        self.last = token;
        Ok(())
    }

    /// Waits until something can be done, and does it. Gives what became of sessions that ended,
    /// and whether the listener was called.
    fn run_once(&mut self) -> io::Result<(Vec<(A, Ended)>, bool)> {
        let until_deadline = |(at, _): &(Instant, _)| at.saturating_since(self.now());
        let at_once = (!self.again.is_empty()).then_some(Duration::ZERO);
        let timeout = at_once.or_else(|| self.timers.first().map(until_deadline));
        let mut events = Events::with_capacity(256);
        match self.poll.poll(&mut events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        // Whose turn it is: who could have gone on, who has an event, whose deadline has come.
        let mut turns: BTreeSet<Token> = self.again.drain(..).collect();
        turns.extend(events.iter().map(|event| Token(event.token().0 & !1)));
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
                ControlFlow::Break(result) => {
                    ended.push((link.app, result));
                    continue;
                }
                ControlFlow::Continue(more) => self.again.extend(more.then_some(token)),
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
    /// Carries out what the session says, and lets it have what comes, until nothing moves;
    /// whether there is more to do.
    fn turn(&mut self, registry: &Registry, now: Instant) -> ControlFlow<Ended, bool> {
        // So many steps in one turn, so that one session does not keep the others waiting.
        for _ in 0..32 {
            // How far the bytes are is told before the time is; else they would count as stalled.
            if let Some((id, Data::Moving(_, _, file))) = &self.data {
                self.session.handle_data_progress(*id, file.bytes);
            }
            let written = match self.session.poll_output(now) {
                Ok(Output::Send(bytes)) => attempt((&self.control).write(bytes)),
                Ok(Output::SendUrgent(bytes)) => attempt(send_urgent(&self.control, bytes)),
                Ok(Output::Action(Action::Close)) => return ControlFlow::Break(Ok(())),
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
                Err(error) => return ControlFlow::Break(Err(error)),
            };
            let has_written = !matches!(written, Ok(None));
            if let Ok(taken) = written {
                self.session.sent(taken.unwrap_or(0));
            } else {
                // What the peer said before it went away tells more than that it did.
                while self.read() {}
                self.session.handle_lost();
            }
            // A write that is blocked stops neither the data connection nor reading.
            if !(self.step_data(registry) | self.read() | has_written) {
                return ControlFlow::Continue(false);
            }
        }
        ControlFlow::Continue(true)
    }

    /// Reads what the session will take of the control connection, and never more.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let room = self.session.wait().read.min(buffer.len());
        if room == 0 {
            return false;
        }
        match attempt((&self.control).read(&mut buffer[..room])) {
            Ok(None) => return false,
            Ok(Some(0)) => self.session.handle_eof(),
            // It takes all that it allowed.
            Ok(Some(read)) => drop(self.session.handle_input(&buffer[..read])),
            Err(_) => self.session.handle_lost(),
        }
        true
    }

    /// Begins an action. How it goes shows itself in `step_data`.
    fn begin(&mut self, registry: &Registry, action: Action) {
        let (session, token) = (&mut self.session, Token(self.token.0 + 1));
        match action {
            Action::ConnectData { id, local, to, .. } => {
                let socket = sockets::connect(local, to);
                let stream = socket.map(|socket| TcpStream::from_std(socket.into()));
                match stream.and_then(|stream| watched(registry, stream, token)) {
                    Ok(stream) => self.data = Some((id, Data::Connecting(stream))),
                    Err(error) => session.handle_data_failed(id, sockets::failure(&error)),
                }
            }
            Action::ListenData { id, local, .. } => {
                let listening = sockets::listen(local).and_then(|(listener, bound)| {
                    let listener = TcpListener::from_std(listener);
                    Ok((watched(registry, listener, token)?, bound))
                });
                match listening {
                    Ok((listener, bound)) => {
                        self.data = Some((id, Data::Reserved(listener)));
                        session.handle_data_listening(id, bound);
                    }
                    Err(error) => session.handle_data_failed(id, sockets::failure(&error)),
                }
            }
            Action::AcceptData { id } => {
                if let Some((_, Data::Reserved(listener))) = self.data.take() {
                    self.data = Some((id, Data::Accepting(listener)));
                }
            }
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            } => match (self.data.take(), self.app.object(op)) {
                (Some((_, Data::Open(stream))), Some(object)) => {
                    let file = LocalFile::new(object, codec);
                    self.data = Some((id, Data::Moving(stream, direction, file)));
                }
                (data, _) => {
                    self.data = data;
                    session.handle_data_ended(id, DataEnd::local(0));
                }
            },
            Action::CloseData { id, how } => match self.data.take_if(|(of, _)| *of == id) {
                Some((_, Data::Open(stream) | Data::Moving(stream, ..)))
                    if how == Closing::Reset =>
                {
                    sockets::reset(stream);
                }
                _ => {}
            },
            other => unreachable!("an action that this driver does not know: {other:?}"),
        }
    }

    /// Takes one step on the data connection; whether one could be taken.
    fn step_data(&mut self, registry: &Registry) -> bool {
        let Some((id, data)) = self.data.take() else {
            return false;
        };
        let (session, token) = (&mut self.session, Token(self.token.0 + 1));
        let stepped = match data {
            Data::Accepting(listener) => attempt(accept(registry, &listener, token)).map(|came| {
                let Some((stream, from)) = came else {
                    return (Data::Accepting(listener), false);
                };
                match session.handle_data_accepted(id, from) {
                    Accepted::Keep => (Data::Open(stream), true),
                    // A stranger, who is dropped here. The listener goes on.
                    Accepted::Drop => (Data::Accepting(listener), true),
                }
            }),
            Data::Connecting(stream) => attempt(sockets::connected(&stream)).map(|made| {
                if made.is_none() {
                    return (Data::Connecting(stream), false);
                }
                session.handle_data_connected(id);
                (Data::Open(stream), true)
            }),
            Data::Moving(stream, direction, mut file) => {
                Ok(match shift(&stream, direction, &mut file) {
                    Ok(has_moved) => (Data::Moving(stream, direction, file), has_moved),
                    Err(ending) => {
                        let bytes = file.bytes;
                        session.handle_data_ended(id, DataEnd { bytes, ending });
                        (Data::Open(stream), true)
                    }
                })
            }
            waiting => Ok((waiting, false)),
        };
        match stepped {
            Ok((next, has_moved)) => {
                self.data = Some((id, next));
                return has_moved;
            }
            Err(error) => session.handle_data_failed(id, sockets::failure(&error)),
        }
        true
    }
}

/// Moves some bytes of a transfer; whether any did, or how it ended.
fn shift(
    mut stream: &TcpStream,
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
            let sent = attempt(stream.write(unsent)).map_err(lost)?;
            file.sent(sent.unwrap_or(0));
            Ok(sent.is_some())
        }
        Direction::Receive => {
            let read = attempt(stream.read(file.room())).map_err(lost)?;
            read.map_or(Ok(()), |read| file.received(read))?;
            Ok(read.is_some())
        }
    }
}

/// What an operation gave; `None` if it would block. mio tells when it may be tried again.
fn attempt<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        result => result.map(Some),
    }
}

/// A socket that mio watches.
fn watched<T: Source>(registry: &Registry, mut socket: T, token: Token) -> io::Result<T> {
    registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
    Ok(socket)
}

fn accept(
    registry: &Registry,
    listener: &TcpListener,
    token: Token,
) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept() {
            // It was gone before it could be accepted.
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            accepted => {
                let (stream, from) = accepted?;
                return Ok((watched(registry, stream, token)?, from));
            }
        }
    }
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
