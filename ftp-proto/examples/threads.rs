//! FTP on threads: every call that may block has a thread of its own, which brings what it gave to
//! the loop through a channel. The loop owns the session, and waits at that one place.
//!
//! An idle session has one thread besides the loop's: the one that reads the control connection.

#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "several programs share it"
)]
mod shared;

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use ftp_proto::{Accepted, Action, DataEnd, DataId, Direction, Output, Session};
use rustix::event::PollFlags;
use socket2::Socket;

use shared::calls::Wire;
use shared::sockets::{self, failure};
use shared::{Application, Clock, Driven, LocalFile, Moved, link, moving};

// -- driver --
/// What a thread brings to the loop.
enum News {
    Read(io::Result<Vec<u8>>),
    Wrote(io::Result<usize>),
    Connected(DataId, io::Result<()>),
    Came(DataId, io::Result<(Socket, SocketAddr)>),
    Ended(DataId, DataEnd),
}

/// A data connection or its listener. Dropped, it calls off the thread that waits for it.
struct Data {
    id: DataId,
    wire: Wire<News>,
    moved: Moved,
}

fn drive<A: Application>(control: TcpStream, session: &mut A::Session, app: &mut A) -> Driven {
    sockets::prepare_control(&control)?;
    let (tell, news) = channel();
    let control = Wire::new(control, &tell)?;
    let (mut is_reading, mut is_writing) = (false, false);
    let mut data: Option<Data> = None;
    let clock = Clock::start();
    loop {
        // How far the bytes are is told before the time is; else they would count as stalled.
        if let Some(data) = &data {
            session.handle_data_progress(data.id, data.moved.bytes());
        }
        let now = clock.now();
        let wait = loop {
            match session.poll_output(now)? {
                // One write at a time. It stops neither reading nor the clock.
                Output::Send(_) | Output::SendUrgent(_) if is_writing => break session.wait(),
                Output::Send(bytes) => {
                    is_writing = true;
                    control.begin(PollFlags::OUT, link::sender(bytes), News::Wrote);
                }
                Output::SendUrgent(byte) => {
                    is_writing = true;
                    control.begin(PollFlags::OUT, link::urgent_sender(byte), News::Wrote);
                }
                Output::Action(Action::Close) => return Ok(()),
                Output::Action(action) => begin(action, session, app, &mut data, &tell),
                Output::Event(event) => app.tell(session, event),
                Output::Wait(wait) => break wait,
                other => unreachable!("an output that this driver does not know: {other:?}"),
            }
        };
        if wait.read > 0 && !is_reading {
            is_reading = true;
            control.begin(PollFlags::IN, link::reader(wait), News::Read);
        }
        let patience = wait.deadline.map(|at| at.saturating_since(now));
        match news.recv_timeout(patience.unwrap_or(Duration::MAX)) {
            Ok(News::Read(read)) => {
                is_reading = false;
                link::has_read(session, read);
            }
            Ok(News::Wrote(written)) => {
                is_writing = false;
                link::has_written(session, written);
            }
            // What comes too late the session ignores: the id is an earlier one.
            Ok(News::Connected(id, Ok(()))) => session.handle_data_connected(id),
            Ok(News::Connected(id, Err(error)) | News::Came(id, Err(error))) => {
                session.handle_data_failed(id, failure(&error));
            }
            Ok(News::Came(id, Ok((socket, from)))) => {
                let verdict = session.handle_data_accepted(id, from);
                if let Some(data) = data.as_mut().filter(|data| data.id == id) {
                    match verdict {
                        Accepted::Keep => data.wire = Wire::new(socket, &tell)?,
                        // A stranger goes, and listening goes on.
                        Accepted::Drop => data.accept(),
                    }
                }
            }
            Ok(News::Ended(id, end)) => session.handle_data_ended(id, end),
            // The deadline has come.
            Err(_) => {}
        }
        // An error has left the function, and so called off all threads.
    }
}

/// Begins an action. What may block of it has a thread.
fn begin<A: Application>(
    action: Action,
    session: &mut A::Session,
    app: &mut A,
    data: &mut Option<Data>,
    tell: &Sender<News>,
) {
    match (action, data) {
        (Action::ConnectData { id, local, to, .. }, data) => {
            match sockets::connect(local, to).and_then(|socket| Data::new(id, socket, tell)) {
                Ok(made) => data.insert(made).connect(),
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        (Action::ListenData { id, local, .. }, data) => {
            let listening = sockets::listen(local);
            match listening.and_then(|(socket, at)| Ok((Data::new(id, socket, tell)?, at))) {
                Ok((made, bound)) => {
                    *data = Some(made);
                    session.handle_data_listening(id, bound);
                }
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        (Action::AcceptData { .. }, Some(data)) => data.accept(),
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
            (Some(data), Some(file)) => data.move_bytes(direction, file),
            _ => session.handle_data_ended(id, DataEnd::local(0)),
        },
        (Action::CloseData { how, .. }, data) => {
            // Dropped here, it calls off its thread, which at most finishes the step that it is in.
            if let Some(data) = data.take() {
                sockets::part(&data.wire.socket, how);
            }
        }
        (other, _) => unreachable!("an action that this driver does not know: {other:?}"),
    }
}

impl Data {
    fn new(id: DataId, socket: Socket, tell: &Sender<News>) -> io::Result<Self> {
        let (wire, moved) = (Wire::new(socket, tell)?, Moved::default());
        Ok(Self { id, wire, moved })
    }

    fn connect(&self) {
        let id = self.id;
        let news = move |made| News::Connected(id, made);
        self.wire.begin(PollFlags::OUT, sockets::connected, news);
    }

    fn accept(&self) {
        let id = self.id;
        let news = move |came| News::Came(id, came);
        self.wire.begin(PollFlags::IN, sockets::accept, news);
    }

    fn move_bytes(&mut self, direction: Direction, mut file: LocalFile) {
        self.moved = file.moved();
        let (id, moved) = (self.id, self.moved.clone());
        // A step that is not the last says that it would block, so that each begins with a look
        // whether the transfer was called off.
        let step = move |socket: &Socket| {
            moving::step(direction, socket, &mut file)?.ok_or(ErrorKind::WouldBlock.into())
        };
        let news = move |ended: io::Result<DataEnd>| {
            News::Ended(id, ended.unwrap_or(DataEnd::reset(moved.bytes())))
        };
        self.wire.begin(moving::when(direction), step, news);
    }
}
// -- end of driver --

fn main() -> ExitCode {
    shared::run(drive, drive)
}
