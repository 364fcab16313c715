//! FTP on mio: one thread, many sessions, of clients or of a server.
//!
//! mio tells once that something about a socket has changed (edge-triggered). So a turn of a
//! session tries everything that the session wants, until the system says of all of it that it
//! would block; what it did not want is tried when it does. Files are read and written in
//! between; a program whose files are slow gives them to other threads.

#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "several programs share it"
)]
mod shared;

use std::collections::{BTreeSet, HashMap};
use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::os::fd::AsRawFd;
use std::process::ExitCode;
use std::time::Duration;

use ftp_proto::{
    Accepted, Action, ControlAddresses, DataEnd, DataId, Direction, Instant, Output, ProtocolError,
    Session,
};
use mio::net::TcpListener;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};
use socket2::Socket;

use shared::sockets::{self, failure};
use shared::{Application, Clock, LocalFile, link, moving};

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
    clock: Clock,
}

/// One session with its sockets. Dropped, it leaves nothing open.
struct Link<A: Application> {
    session: A::Session,
    app: A,
    control: TcpStream,
    data: Option<Data>,
    token: Token,
    timer: Option<Instant>,
}

/// A data connection or its listener. There is one at most: `CloseData` comes before another
/// begins.
struct Data {
    id: DataId,
    socket: Socket,
    doing: Doing,
}

/// What is to be done with a data connection when its socket is ready.
enum Doing {
    /// Nothing: nobody is wanted yet, or it is open and nothing is moved.
    Nothing,
    Accepting,
    Connecting,
    Moving(Direction, LocalFile),
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
            clock: Clock::start(),
        })
    }

    fn add(&mut self, control: TcpStream, session: A::Session, app: A) -> io::Result<()> {
        sockets::prepare_control(&control)?;
        let token = Token(self.last.0 + 2);
        watch(self.poll.registry(), &control, token)?;
        let link = Link {
            session,
            app,
            control,
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
        let until_deadline = |(at, _): &(Instant, _)| at.saturating_since(self.clock.now());
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
        let now = self.clock.now();
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
        // So many steps in one turn, so that one session does not keep the others waiting. In each
        // step the control connection is tried as well as the data connection, so that neither
        // waits for the other, be it always ready.
        for _ in 0..32 {
            // How far the bytes are is told before the time is; else they would count as stalled.
            if let Some(Data {
                id,
                doing: Doing::Moving(_, file),
                ..
            }) = &self.data
            {
                self.session.handle_data_progress(*id, file.moved().bytes());
            }
            let written = match self.session.poll_output(now) {
                Ok(Output::Send(bytes)) => self.control.write(bytes),
                Ok(Output::SendUrgent(byte)) => sockets::send_urgent(&self.control, byte),
                Ok(Output::Action(Action::Close)) => return ControlFlow::Break(Ok(())),
                Ok(Output::Action(action)) => {
                    self.begin(registry, action);
                    continue;
                }
                Ok(Output::Event(event)) => {
                    self.app.tell(&mut self.session, event);
                    continue;
                }
                Ok(Output::Wait(_)) => Err(ErrorKind::WouldBlock.into()),
                Ok(other) => unreachable!("an output that this driver does not know: {other:?}"),
                // No `CloseData` follows: the caller drops this, and all sockets with it.
                Err(error) => return ControlFlow::Break(Err(error)),
            };
            // A write that is blocked stops neither the data connection nor reading.
            let has_written = link::has_written(&mut self.session, written);
            let has_moved = self.step_data(registry);
            let has_read = link::read(&mut self.session, &self.control);
            if !(has_written | has_moved | has_read) {
                return ControlFlow::Continue(false);
            }
        }
        ControlFlow::Continue(true)
    }

    /// Begins an action. How it goes shows itself in `step_data`.
    fn begin(&mut self, registry: &Registry, action: Action) {
        let (session, token) = (&mut self.session, Token(self.token.0 + 1));
        match (action, &mut self.data) {
            (Action::ConnectData { id, local, to, .. }, data) => {
                let socket = sockets::connect(local, to);
                match socket.and_then(|socket| watch(registry, &socket, token).map(|()| socket)) {
                    Ok(socket) => {
                        *data = Some(Data {
                            id,
                            socket,
                            doing: Doing::Connecting,
                        })
                    }
                    Err(error) => session.handle_data_failed(id, failure(&error)),
                }
            }
            (Action::ListenData { id, local, .. }, data) => match sockets::listen(local) {
                Ok((socket, bound)) => {
                    *data = Some(Data {
                        id,
                        socket,
                        doing: Doing::Nothing,
                    });
                    session.handle_data_listening(id, bound);
                }
                Err(error) => session.handle_data_failed(id, failure(&error)),
            },
            // Watched from now on, so that nobody who came before is missed.
            (Action::AcceptData { id }, Some(data)) => match watch(registry, &data.socket, token) {
                Ok(()) => data.doing = Doing::Accepting,
                Err(error) => session.handle_data_failed(id, failure(&error)),
            },
            (
                Action::MoveData {
                    id,
                    op,
                    direction,
                    codec,
                    ..
                },
                data,
            ) => match (data, self.app.file(op, codec)) {
                (Some(data), Some(file)) => data.doing = Doing::Moving(direction, file),
                _ => session.handle_data_ended(id, DataEnd::local(0)),
            },
            (Action::CloseData { how, .. }, data) => {
                if let Some(data) = data.take() {
                    sockets::part(&data.socket, how);
                }
            }
            (other, _) => unreachable!("an action that this driver does not know: {other:?}"),
        }
    }

    /// Takes one step on the data connection; whether one could be taken.
    fn step_data(&mut self, registry: &Registry) -> bool {
        let Some(data) = &mut self.data else {
            return false;
        };
        match data.step(&mut self.session, registry, Token(self.token.0 + 1)) {
            Ok(()) => true,
            // mio tells when it may be tried again.
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => {
                data.doing = Doing::Nothing;
                self.session.handle_data_failed(data.id, failure(&error));
                true
            }
        }
    }
}

impl Data {
    /// Takes one step, and answers for what came of it.
    fn step(
        &mut self,
        session: &mut impl Session,
        registry: &Registry,
        token: Token,
    ) -> io::Result<()> {
        match &mut self.doing {
            Doing::Nothing => return Err(ErrorKind::WouldBlock.into()),
            Doing::Accepting => {
                let (socket, from) = sockets::accept(&self.socket)?;
                // A stranger is dropped here, and the listener goes on.
                if session.handle_data_accepted(self.id, from) == Accepted::Keep {
                    watch(registry, &socket, token)?;
                    (self.socket, self.doing) = (socket, Doing::Nothing);
                }
            }
            Doing::Connecting => {
                sockets::connected(&self.socket)?;
                self.doing = Doing::Nothing;
                session.handle_data_connected(self.id);
            }
            Doing::Moving(direction, file) => {
                if let Some(end) = moving::step(*direction, &self.socket, file)? {
                    self.doing = Doing::Nothing;
                    session.handle_data_ended(self.id, end);
                }
            }
        }
        Ok(())
    }
}

/// Has mio tell of a socket, until it is closed.
fn watch(registry: &Registry, socket: &impl AsRawFd, token: Token) -> io::Result<()> {
    let both = Interest::READABLE | Interest::WRITABLE;
    registry.register(&mut SourceFd(&socket.as_raw_fd()), token, both)
}

// -- end of driver --

fn main() -> ExitCode {
    shared::run_with(
        |control, session, app| {
            let mut reactor = Reactor::new()?;
            reactor.add(control, session, app)?;
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
                            let (session, app) = begin(addresses, reactor.clock.now());
                            if let Err(error) = reactor.add(control.into(), session, app) {
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
