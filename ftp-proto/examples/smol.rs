//! FTP on smol's reactor (`async-io`): one task, which waits for everything at once.
//!
//! What is done with the data connection is a future beside the loop. Dropping it ends it, wherever
//! it is, and closes the socket with it; no future that is dropped stands between a write and
//! `sent`, as the loop itself writes to the control connection.

#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "several programs share it"
)]
mod shared;

use std::future::{Future, pending, poll_fn};
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::task::Poll;

use async_io::{Async, Timer, block_on};
use ftp_proto::{Accepted, Action, DataEnd, DataEnding, DataId, Direction, Output, Session};
use futures_lite::future::yield_now;
use socket2::Socket;

use shared::sockets::{self, failure};
use shared::{Application, Clock, Driven, LocalFile, Moved, link, moving};

// -- driver --
/// A data connection or its listener.
struct Data {
    id: DataId,
    socket: Wire,
    moved: Moved,
}

type Wire = Rc<Async<Socket>>;

/// What is being done with the data connection; without end when nothing is. Dropping it ends it.
type Work = Pin<Box<dyn Future<Output = io::Result<Told>>>>;

/// What has come of it.
enum Told {
    Connected,
    Came(Async<Socket>, SocketAddr),
    Ended(DataEnd),
}

async fn run<A: Application>(control: TcpStream, session: &mut A::Session, app: &mut A) -> Driven {
    sockets::prepare_control(&control)?;
    let control = Async::new(control)?;
    let (mut data, mut work): (Option<Data>, Work) = (None, Box::pin(pending()));
    let clock = Clock::start();
    loop {
        // How far the bytes are is told before the time is; else they would count as stalled.
        if let Some(data) = &data {
            session.handle_data_progress(data.id, data.moved.bytes());
        }
        let now = clock.now();
        let wait = loop {
            let written = match session.poll_output(now)? {
                Output::Send(bytes) => control.get_ref().write(bytes),
                Output::SendUrgent(byte) => sockets::send_urgent(&control, byte),
                Output::Action(Action::Close) => return Ok(()),
                Output::Action(action) => {
                    begin(action, session, app, &mut data, &mut work);
                    continue;
                }
                Output::Event(event) => {
                    app.tell(session, event);
                    continue;
                }
                Output::Wait(wait) => break wait,
                other => unreachable!("an output that this driver does not know: {other:?}"),
            };
            // A write that is blocked stops neither reading nor the clock.
            if !link::has_written(session, written) {
                break session.wait();
            }
        };
        let patience = wait.deadline.map(|at| at.saturating_since(now));
        let mut timer = patience.map_or_else(Timer::never, Timer::after);
        let told = poll_fn(|cx| {
            // The data first: what was there when the final reply came belongs to the file.
            let told = work.as_mut().poll(cx).map(Some);
            let is_woken = wait.read > 0 && control.poll_readable(cx).is_ready()
                || wait.write && control.poll_writable(cx).is_ready()
                || Pin::new(&mut timer).poll(cx).is_ready();
            match told {
                Poll::Pending if is_woken => Poll::Ready(None),
                told => told,
            }
        });
        match (told.await, &mut data) {
            (Some(told), Some(data)) => heed(told, session, data, &mut work),
            _ => drop(link::read(session, &control)),
        }
        // An error has left the function, and so dropped every socket.
    }
}

/// Begins an action, which runs while the loop waits.
fn begin<A: Application>(
    action: Action,
    session: &mut A::Session,
    app: &mut A,
    data: &mut Option<Data>,
    work: &mut Work,
) {
    match (action, data) {
        (Action::ConnectData { id, local, to, .. }, data) => {
            match sockets::connect(local, to).and_then(|socket| Data::new(id, socket)) {
                Ok(made) => *work = Box::pin(connect(data.insert(made).socket.clone())),
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        (Action::ListenData { id, local, .. }, data) => {
            let listening = sockets::listen(local);
            match listening.and_then(|(socket, at)| Ok((Data::new(id, socket)?, at))) {
                Ok((made, bound)) => {
                    *data = Some(made);
                    session.handle_data_listening(id, bound);
                }
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        (Action::AcceptData { .. }, Some(data)) => *work = Box::pin(accept(data.socket.clone())),
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
            (Some(data), Some(file)) => {
                data.moved = file.moved();
                *work = Box::pin(move_bytes(data.socket.clone(), direction, file));
            }
            _ => session.handle_data_ended(id, DataEnd::local(0)),
        },
        (Action::CloseData { how, .. }, data) => {
            *work = Box::pin(pending());
            if let Some(data) = data.take() {
                sockets::part(&data.socket, how);
            }
        }
        (other, _) => unreachable!("an action that this driver does not know: {other:?}"),
    }
}

/// Answers for the data connection, on which nothing is being done any more.
fn heed(told: io::Result<Told>, session: &mut impl Session, data: &mut Data, work: &mut Work) {
    *work = Box::pin(pending());
    match told {
        Ok(Told::Connected) => session.handle_data_connected(data.id),
        Ok(Told::Came(socket, from)) => match session.handle_data_accepted(data.id, from) {
            Accepted::Keep => data.socket = Rc::new(socket),
            // A stranger goes, and listening goes on.
            Accepted::Drop => *work = Box::pin(accept(data.socket.clone())),
        },
        Ok(Told::Ended(end)) => session.handle_data_ended(data.id, end),
        Err(error) => session.handle_data_failed(data.id, failure(&error)),
    }
}

impl Data {
    fn new(id: DataId, socket: Socket) -> io::Result<Self> {
        let (socket, moved) = (Rc::new(Async::new(socket)?), Moved::default());
        Ok(Self { id, socket, moved })
    }
}

async fn connect(socket: Wire) -> io::Result<Told> {
    socket.write_with(sockets::connected).await?;
    Ok(Told::Connected)
}

async fn accept(listener: Wire) -> io::Result<Told> {
    let (socket, from) = listener.read_with(sockets::accept).await?;
    Ok(Told::Came(Async::new(socket)?, from))
}

async fn move_bytes(socket: Wire, direction: Direction, mut file: LocalFile) -> io::Result<Told> {
    loop {
        let step = |socket: &Socket| moving::step(direction, socket, &mut file);
        let ended = match direction {
            Direction::Receive => socket.read_with(step).await,
            Direction::Send => socket.write_with(step).await,
        };
        if let Some(end) = ended.unwrap_or(Some(file.end(DataEnding::Reset))) {
            return Ok(Told::Ended(end));
        }
        // The loop has its turn. This wakes the task at once, but `block_on` asks the reactor
        // before it polls a task that was woken, so that neither the control connection nor the
        // clock waits for a data connection that is always ready.
        yield_now().await;
    }
}
// -- end of driver --

fn main() -> ExitCode {
    shared::run(drive, drive)
}

fn drive<A: Application>(control: TcpStream, session: &mut A::Session, app: &mut A) -> Driven {
    block_on(run(control, session, app))
}
