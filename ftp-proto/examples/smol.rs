//! FTP on smol's reactor (`async-io`): one task, which waits for everything at once.
//!
//! What belongs to the data connection is a future beside the loop. Dropping it ends it, wherever
//! it is, and the socket with it.

#[path = "shared/file.rs"]
#[allow(unreachable_pub, reason = "several programs share it")]
mod file;
#[allow(unreachable_pub, dead_code, reason = "several programs share it")]
mod shared;
#[path = "shared/sockets.rs"]
#[allow(unreachable_pub, dead_code, reason = "several programs share it")]
mod sockets;
#[path = "shared/step.rs"]
#[allow(unreachable_pub, reason = "several programs share it")]
mod step;

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant as Clock;

use async_io::{Async, Timer, block_on};
use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataId, Direction, Instant, Output, Session,
};
use futures_lite::future::yield_now;
use socket2::{SockAddr, SockRef, Socket};

use file::LocalFile;
use shared::{Application, Driven};
use sockets::failure;

// -- driver --
/// A data connection or its listener. Dropped, it leaves nothing open.
struct Data {
    id: DataId,
    socket: Rc<Async<Socket>>,
    work: Pin<Box<dyn Future<Output = Told>>>,
    /// Bytes so far, while they move.
    moved: Option<Rc<Cell<u64>>>,
}

/// What the work on a data connection has brought.
enum Told {
    Came(io::Result<(Socket, SockAddr)>),
    Connected(io::Result<()>),
    Ended(DataEnding),
}

async fn run<A: Application>(control: TcpStream, session: &mut A::Session, app: &mut A) -> Driven {
    sockets::prepare_control(&control)?;
    let control = Async::new(control)?;
    let epoch = Clock::now();
    let mut data: Option<Data> = None;
    let mut is_broken = false;
    // An error leaves the function, and so drops every socket.
    loop {
        if let Some((id, moved)) = data
            .as_ref()
            .and_then(|data| Some((data.id, data.moved.as_ref()?)))
        {
            session.handle_data_progress(id, moved.get());
        }
        let now = Instant::from_micros(epoch.elapsed().as_micros() as u64);
        let written = match session.poll_output(now)? {
            Output::Send(bytes) if !is_broken => SockRef::from(&control).send(bytes),
            Output::SendUrgent(bytes) if !is_broken => sockets::send_urgent(&control, bytes),
            Output::Action(Action::Close) => return Ok(()),
            Output::Action(action) => {
                begin(action, session, app, &mut data);
                continue;
            }
            Output::Event(event) => {
                app.tell(session, event);
                continue;
            }
            _ => Ok(0),
        };
        let is_blocked = matches!(&written, Err(error) if error.kind() == ErrorKind::WouldBlock);
        match written {
            Ok(taken @ 1..) => {
                session.sent(taken);
                continue;
            }
            // What the peer said before it went away is still to be read, and tells more.
            Err(_) if !is_blocked => is_broken = true,
            _ => {}
        }
        // A blocked write stops neither reading nor the clock.
        let wait = session.wait();
        let patience = wait.deadline.map(|at| at.saturating_since(now));
        let mut timer = patience.map_or_else(Timer::never, Timer::after);
        let told = poll_fn(|cx| {
            // The data first: what was there when the final reply came belongs to the file.
            if let Some(data) = &mut data
                && let Poll::Ready(told) = data.work.as_mut().poll(cx)
            {
                return Poll::Ready(Some(told));
            }
            let is_woken = wait.read > 0 && control.poll_readable(cx).is_ready()
                || is_blocked && control.poll_writable(cx).is_ready()
                || Pin::new(&mut timer).poll(cx).is_ready();
            if is_woken {
                Poll::Ready(None)
            } else {
                Poll::Pending
            }
        });
        match told.await {
            Some(told) => heed(told, session, &mut data),
            None => read(&control, wait.read, is_broken, session),
        }
    }
}

fn read(control: &Async<TcpStream>, most: usize, is_broken: bool, session: &mut impl Session) {
    let mut bytes = [0; 4096];
    let most = most.min(bytes.len());
    match control.get_ref().read(&mut bytes[..most]) {
        _ if most == 0 => {}
        Ok(0) if !is_broken => session.handle_eof(),
        Ok(read @ 1..) => {
            let taken = session.handle_input(&bytes[..read]);
            debug_assert_eq!(taken, read, "no more was read than was allowed");
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        _ => session.handle_lost(),
    }
}

fn begin<A: Application>(
    action: Action,
    session: &mut A::Session,
    app: &mut A,
    data: &mut Option<Data>,
) {
    match action {
        Action::ConnectData { id, local, to, .. } => {
            match sockets::connect(local, to).and_then(Async::new) {
                Ok(socket) => *data = Some(Data::new(id, socket, connect)),
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        Action::ListenData { id, local, .. } => {
            let listening = sockets::listen(local);
            match listening.and_then(|(socket, at)| Ok((Async::new(socket.into())?, at))) {
                Ok((socket, bound)) => {
                    *data = Some(Data::new(id, socket, rest));
                    session.handle_data_listening(id, bound);
                }
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        Action::AcceptData { id } => {
            if let Some(data) = data.as_mut().filter(|data| data.id == id) {
                data.work = Box::pin(accept(data.socket.clone()));
            }
        }
        Action::MoveData {
            id,
            op,
            direction,
            codec,
            ..
        } => {
            let (Some(data), Some(object)) = (data, app.object(op)) else {
                return session.handle_data_ended(id, DataEnd::local(0));
            };
            let moved = data.moved.insert(Rc::default()).clone();
            let file = LocalFile::new(object, codec);
            data.work = Box::pin(move_bytes(data.socket.clone(), direction, file, moved));
        }
        Action::CloseData { id, how } => {
            let Some(closed) = data.take_if(|data| data.id == id) else {
                return;
            };
            if how == Closing::Reset {
                sockets::reset(&closed.socket);
            }
        }
        _ => {}
    }
}

fn heed(told: Told, session: &mut impl Session, current: &mut Option<Data>) {
    let Some(data) = current else {
        return;
    };
    data.work = Box::pin(pending());
    match told {
        Told::Connected(Ok(())) => session.handle_data_connected(data.id),
        Told::Connected(Err(error)) | Told::Came(Err(error)) => {
            session.handle_data_failed(data.id, failure(&error));
        }
        Told::Came(Ok((socket, from))) => {
            let from = from.as_socket().unwrap_or(session.addresses().local);
            match (
                session.handle_data_accepted(data.id, from),
                Async::new(socket),
            ) {
                (Accepted::Keep, Ok(socket)) => *data = Data::new(data.id, socket, rest),
                // A stranger goes, and listening goes on.
                _ => data.work = Box::pin(accept(data.socket.clone())),
            }
        }
        Told::Ended(ending) => {
            let bytes = data.moved.take().map_or(0, |moved| moved.get());
            session.handle_data_ended(data.id, DataEnd { bytes, ending });
        }
    }
}

impl Data {
    fn new<F: Future<Output = Told> + 'static>(
        id: DataId,
        socket: Async<Socket>,
        work: fn(Rc<Async<Socket>>) -> F,
    ) -> Self {
        let socket = Rc::new(socket);
        let work = Box::pin(work(socket.clone()));
        Self {
            id,
            socket,
            work,
            moved: None,
        }
    }
}

async fn rest(_: Rc<Async<Socket>>) -> Told {
    pending().await
}

async fn connect(socket: Rc<Async<Socket>>) -> Told {
    Told::Connected(socket.write_with(|socket| sockets::connected(socket)).await)
}

async fn accept(listener: Rc<Async<Socket>>) -> Told {
    Told::Came(listener.read_with(Socket::accept).await)
}

async fn move_bytes(
    socket: Rc<Async<Socket>>,
    direction: Direction,
    mut file: LocalFile,
    moved: Rc<Cell<u64>>,
) -> Told {
    loop {
        let step = |socket: &Socket| step::step(direction, socket, &mut file);
        let ended = match direction {
            Direction::Receive => socket.read_with(step).await,
            Direction::Send => socket.write_with(step).await,
        };
        moved.set(file.bytes);
        if let Some(ending) = ended.unwrap_or(Some(DataEnding::Reset)) {
            return Told::Ended(ending);
        }
        // The control connection and the clock have their turn, too.
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
