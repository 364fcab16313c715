//! FTP on io_uring, Linux's.
//!
//! io_uring completes: what is begun owns its buffer until the kernel says how it went. The
//! contract fits, since actions are begun and not awaited: at most one read and one write of the
//! control connection and one operation of the data connection are in flight, and the loop waits at
//! one place. Nothing is cancelled between a write and `sent`: a write stays in flight while the
//! session is polled on. What is in flight when `CloseData` comes is cancelled, and comes back to
//! `ring`, which has kept its socket and its buffer.

#[allow(unreachable_pub, reason = "a module of its own")]
mod ring;
#[path = "../shared/mod.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "several programs share it"
)]
mod shared;

use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;

use ftp_proto::{Accepted, Action, DataEnd, DataEnding, DataId, Direction, Output, Session};
use socket2::Socket;

use ring::{Done, Job, Ring};
use shared::sockets::{self, failure};
use shared::{Application, Clock, Driven, LocalFile, link, moving};

// -- driver --
/// A data connection or its listener. At most one operation of it is in flight.
struct Data {
    id: DataId,
    socket: Arc<Socket>,
    bytes: u64,
}

fn drive<A: Application>(control: TcpStream, session: &mut A::Session, app: &mut A) -> Driven {
    sockets::prepare_control(&control)?;
    let control = Arc::new(Socket::from(control));
    let (mut is_reading, mut is_writing) = (false, false);
    let mut ring = Ring::new()?;
    let mut data: Option<Data> = None;
    let clock = Clock::start();
    loop {
        // How far the bytes are is told before the time is; else they would count as stalled.
        if let Some(data) = &data {
            session.handle_data_progress(data.id, data.bytes);
        }
        let now = clock.now();
        let wait = loop {
            match session.poll_output(now)? {
                // One write at a time. It stops neither reading nor the clock.
                Output::Send(_) | Output::SendUrgent(_) if is_writing => break session.wait(),
                Output::Send(bytes) => {
                    is_writing = true;
                    ring.begin(&control, Job::Write(bytes.to_vec()));
                }
                Output::SendUrgent(byte) => {
                    is_writing = true;
                    ring.begin(&control, Job::WriteUrgent(byte.to_vec()));
                }
                Output::Action(Action::Close) => return Ok(()),
                Output::Action(action) => begin(action, session, app, &mut data, &mut ring),
                Output::Event(event) => app.tell(session, event),
                Output::Wait(wait) => break wait,
                other => unreachable!("an output that this driver does not know: {other:?}"),
            }
        };
        if wait.read > 0 && !is_reading {
            is_reading = true;
            ring.begin(&control, Job::Read(link::room(wait)));
        }
        // Each turn enters the kernel, which completes whatever it can of all that is in flight. So
        // a data connection that is always ready makes nothing else wait for longer than a piece.
        for (socket, done) in ring.wait(wait.deadline.map(|at| at.saturating_since(now)))? {
            match (done, &mut data) {
                (Done::Read(read), _) => {
                    is_reading = false;
                    link::has_read(session, read);
                }
                (Done::Wrote(written), _) => {
                    is_writing = false;
                    link::has_written(session, written);
                }
                (done, Some(data)) if Arc::ptr_eq(&data.socket, &socket) => {
                    data.heed(done, session, &mut ring);
                }
                // Of a data connection that was closed meanwhile.
                _ => {}
            }
        }
        // An error has left the function, and so dropped the ring and every socket.
    }
}

/// Begins an action. What takes time of it is in flight while the loop waits.
fn begin<A: Application>(
    action: Action,
    session: &mut A::Session,
    app: &mut A,
    data: &mut Option<Data>,
    ring: &mut Ring,
) {
    match (action, data) {
        (Action::ConnectData { id, local, to, .. }, data) => match sockets::connect(local, to) {
            Ok(socket) => ring.begin(&data.insert(Data::new(id, socket)).socket, Job::Connect),
            Err(error) => session.handle_data_failed(id, failure(&error)),
        },
        (Action::ListenData { id, local, .. }, data) => match sockets::listen(local) {
            Ok((listener, bound)) => {
                *data = Some(Data::new(id, listener));
                session.handle_data_listening(id, bound);
            }
            Err(error) => session.handle_data_failed(id, failure(&error)),
        },
        (Action::AcceptData { .. }, Some(data)) => ring.begin(&data.socket, Job::Accept),
        (
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            },
            data,
        ) => match (data, app.file(op, codec)) {
            (Some(data), Some(file)) => data.go_on(direction, file, session, ring),
            _ => session.handle_data_ended(id, DataEnd::local(0)),
        },
        (Action::CloseData { how, .. }, data) => {
            if let Some(data) = data.take() {
                sockets::part(&data.socket, how);
                ring.cancel(&data.socket);
            }
        }
        (other, _) => unreachable!("an action that this driver does not know: {other:?}"),
    }
}

impl Data {
    fn new(id: DataId, socket: Socket) -> Self {
        let (socket, bytes) = (Arc::new(socket), 0);
        Self { id, socket, bytes }
    }

    /// Answers for what was in flight, and begins what follows it.
    fn heed(&mut self, done: Done, session: &mut impl Session, ring: &mut Ring) {
        match done {
            Done::Connected(Ok(())) => session.handle_data_connected(self.id),
            Done::Connected(Err(error)) | Done::Came(Err(error)) => {
                session.handle_data_failed(self.id, failure(&error));
            }
            Done::Came(Ok(socket)) => match sockets::peer(&socket) {
                Some(from) if session.handle_data_accepted(self.id, from) == Accepted::Keep => {
                    self.socket = Arc::new(socket);
                }
                // One that has gone already, or a stranger, goes, and listening goes on.
                _ => ring.begin(&self.socket, Job::Accept),
            },
            Done::Received(mut file, Ok(read)) => match file.received(read) {
                Ok(()) => self.go_on(Direction::Receive, file, session, ring),
                Err(ending) => session.handle_data_ended(self.id, file.end(ending)),
            },
            Done::Sent(mut file, Ok(sent)) => {
                file.sent(sent);
                self.go_on(Direction::Send, file, session, ring);
            }
            Done::Received(file, Err(_)) | Done::Sent(file, Err(_)) => {
                session.handle_data_ended(self.id, file.end(DataEnding::Reset));
            }
            Done::Read(_) | Done::Wrote(_) => unreachable!("of the control connection"),
        }
    }

    /// Moves the next piece of a transfer, or ends it.
    fn go_on(
        &mut self,
        direction: Direction,
        mut file: LocalFile,
        session: &mut impl Session,
        ring: &mut Ring,
    ) {
        self.bytes = file.moved().bytes();
        let ending = match direction {
            Direction::Receive => return ring.begin(&self.socket, Job::Receive(file)),
            Direction::Send => match file.unsent() {
                Ok([]) => moving::finish(&*self.socket),
                Ok(_) => return ring.begin(&self.socket, Job::Send(file)),
                Err(ending) => ending,
            },
        };
        session.handle_data_ended(self.id, file.end(ending));
    }
}
// -- end of driver --

fn main() -> ExitCode {
    shared::run(drive, drive)
}
