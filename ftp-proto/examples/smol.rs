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

use std::cell::Cell;
use std::future::Future;
use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant as Clock;

use async_io::{Async, Timer, block_on};
use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataId, Direction, Instant, LocalFailure,
    Output, Session,
};
use futures_lite::future::{or, pending, yield_now};
use socket2::{SockAddr, SockRef, Socket};

use file::LocalFile;
use shared::{Application, Driven};
use sockets::failure;

// -- driver --
/// A data connection. Dropped, it leaves nothing open.
struct Data {
    id: DataId,
    socket: Rc<Async<Socket>>,
    /// What goes on with it; for ever when nothing does.
    work: Pin<Box<dyn Future<Output = Told>>>,
    /// Bytes so far, while they move.
    moved: Option<Rc<Cell<u64>>>,
}

/// What the loop is woken for.
enum News {
    Data(Told),
    Readable,
    Other,
}

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
    // An error ends the function, and with it everything that is open.
    loop {
        if let Some(Data {
            id,
            moved: Some(moved),
            ..
        }) = &data
        {
            session.handle_data_progress(*id, moved.get());
        }
        let now = Instant::from_micros(epoch.elapsed().as_micros() as u64);
        let written = match session.poll_output(now)? {
            Output::Wait(_) => None,
            Output::Send(_) | Output::SendUrgent(_) if is_broken => None,
            Output::Send(bytes) => Some(SockRef::from(&control).send(bytes)),
            Output::SendUrgent(bytes) => Some(sockets::send_urgent(&control, bytes)),
            Output::Event(event) => {
                app.tell(session, event);
                continue;
            }
            Output::Action(Action::Close) => return Ok(()),
            Output::Action(action) => {
                begin(action, session, app, &mut data);
                continue;
            }
            _ => return Err("an output that this driver does not know".into()),
        };
        let is_blocked = match written {
            Some(Ok(taken)) => {
                session.sent(taken);
                continue;
            }
            Some(Err(error)) => {
                // What the peer said before it went away is still to be read, and tells more.
                is_broken = error.kind() != ErrorKind::WouldBlock;
                !is_broken
            }
            None => false,
        };
        // A blocked write stops neither reading nor the clock.
        let wait = session.wait();
        let working = async {
            match &mut data {
                Some(data) => News::Data(data.work.as_mut().await),
                None => pending().await,
            }
        };
        let reading = async {
            match wait.read {
                0 => pending().await,
                _ => control
                    .readable()
                    .await
                    .map_or(News::Readable, |()| News::Readable),
            }
        };
        let writing = async {
            match is_blocked {
                true => control
                    .writable()
                    .await
                    .map_or(News::Other, |()| News::Other),
                false => pending().await,
            }
        };
        let sleeping = async {
            match wait.deadline {
                Some(at) => Timer::after(at.saturating_since(now)).await,
                None => pending().await,
            };
            News::Other
        };
        // The data first: what was there when the final reply came belongs to the file.
        match or(or(working, reading), or(writing, sleeping)).await {
            News::Data(told) => heed(told, session, &mut data),
            News::Readable => read(&control, wait.read, is_broken, session),
            News::Other => {}
        }
    }
}

fn read(control: &Async<TcpStream>, most: usize, is_broken: bool, session: &mut impl Session) {
    let mut bytes = [0; 4096];
    let most = most.min(bytes.len());
    match control.get_ref().read(&mut bytes[..most]) {
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
    let here = session.addresses().local;
    let current = data.as_ref().map(|data| data.socket.clone());
    match (action, current) {
        (
            Action::ConnectData {
                id,
                mode,
                to,
                local_port,
            },
            _,
        ) => {
            let connecting = sockets::connect(here, mode, local_port, to);
            match connecting.and_then(Async::new) {
                Ok(socket) => {
                    let socket = Rc::new(socket);
                    *data = Some(Data::new(id, socket.clone(), async move {
                        Told::Connected(socket.write_with(|s| sockets::connected(s)).await)
                    }));
                }
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        (Action::ListenData { id, .. }, _) => {
            let listening = sockets::listen(here);
            match listening.and_then(|(socket, at)| Ok((Async::new(socket.into())?, at))) {
                Ok((socket, bound)) => {
                    *data = Some(Data::new(id, Rc::new(socket), pending()));
                    session.handle_data_listening(id, bound);
                }
                Err(error) => session.handle_data_failed(id, failure(&error)),
            }
        }
        (Action::AcceptData { id }, Some(socket)) => *data = Some(Data::accepting(id, socket)),
        (
            Action::MoveData {
                id,
                op,
                direction,
                codec,
            },
            Some(socket),
        ) => {
            let Some(object) = app.object(op) else {
                let ending = DataEnding::Local(LocalFailure::Other);
                return session.handle_data_ended(id, DataEnd { bytes: 0, ending });
            };
            let moved = Rc::new(Cell::new(0));
            let work = move_bytes(
                socket.clone(),
                LocalFile::new(object, codec),
                direction,
                moved.clone(),
            );
            let mut moving = Data::new(id, socket, async { Told::Ended(work.await) });
            moving.moved = Some(moved);
            *data = Some(moving);
        }
        (Action::CloseData { id, how }, _) => {
            let Some(closed) = data.take_if(|data| data.id == id) else {
                return;
            };
            if how == Closing::Reset {
                sockets::reset(&closed.socket);
            }
            if let Some(moved) = closed.moved {
                let (bytes, ending) = (moved.get(), DataEnding::Reset);
                session.handle_data_ended(id, DataEnd { bytes, ending });
            }
        }
        _ => {}
    }
}

fn heed(told: Told, session: &mut impl Session, data: &mut Option<Data>) {
    let Some(Data {
        id, socket, moved, ..
    }) = data.take()
    else {
        return;
    };
    match told {
        Told::Connected(Ok(())) => session.handle_data_connected(id),
        Told::Came(Ok((came, from))) => {
            let from = from.as_socket().unwrap_or(session.addresses().local);
            let verdict = session.handle_data_accepted(id, from);
            *data = Some(match (verdict, Async::new(came)) {
                (Accepted::Keep, Ok(came)) => Data::new(id, Rc::new(came), pending()),
                // A stranger goes; listening goes on.
                _ => Data::accepting(id, socket),
            });
            return;
        }
        Told::Connected(Err(error)) | Told::Came(Err(error)) => {
            session.handle_data_failed(id, failure(&error));
        }
        Told::Ended(ending) => {
            let bytes = moved.map_or(0, |moved| moved.get());
            session.handle_data_ended(id, DataEnd { bytes, ending });
        }
    }
    *data = Some(Data::new(id, socket, pending()));
}

impl Data {
    fn new(
        id: DataId,
        socket: Rc<Async<Socket>>,
        work: impl Future<Output = Told> + 'static,
    ) -> Self {
        let (work, moved) = (Box::pin(work), None);
        Self {
            id,
            socket,
            work,
            moved,
        }
    }

    fn accepting(id: DataId, listener: Rc<Async<Socket>>) -> Self {
        let accepting = listener.clone();
        let work = async move { Told::Came(accepting.read_with(Socket::accept).await) };
        Self::new(id, listener, work)
    }
}

async fn move_bytes(
    socket: Rc<Async<Socket>>,
    mut file: LocalFile,
    direction: Direction,
    moved: Rc<Cell<u64>>,
) -> DataEnding {
    loop {
        let step = match direction {
            Direction::Receive => {
                socket
                    .read_with(|mut socket| socket.read(file.room()))
                    .await
            }
            Direction::Send => match file.unsent() {
                Ok([]) => {
                    let closed = socket.get_ref().shutdown(Shutdown::Write);
                    return closed.map_or(DataEnding::Reset, |()| DataEnding::Complete);
                }
                Ok(bytes) => socket.write_with(|socket| socket.send(bytes)).await,
                Err(ending) => return ending,
            },
        };
        let ended = match (step, direction) {
            (Err(_), _) => Err(DataEnding::Reset),
            (Ok(taken), Direction::Send) => Ok(file.sent(taken)),
            (Ok(came), Direction::Receive) => file.received(came),
        };
        moved.set(file.bytes);
        if let Err(ending) = ended {
            return ending;
        }
        // The control connection and the deadlines have their turn, too.
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
