//! FTP on threads: every call that can block has a thread of its own, and a channel brings what
//! it gave to the loop, which owns the session and waits at that one place only.
//!
//! An idle session has one thread besides the loop's: the one that reads the control connection.

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

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant as Clock};

use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataId, Direction, Instant, Output, Session,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;

use file::LocalFile;
use shared::{Application, Driven};
use sockets::failure;

// -- driver --
/// A session at work. The thread of the loop alone has it.
struct Driver<'d, A: Application> {
    session: &'d mut A::Session,
    app: &'d mut A,
    control: Arc<Socket>,
    data: Option<(DataId, Arc<Wire>)>,
    is_reading: bool,
    is_writing: bool,
    is_broken: bool,
    spawn: &'d dyn Fn(Call<A>),
}

/// A call that may block. It gives what the loop is to do with its result.
type Call<A> = Box<dyn FnOnce() -> News<A> + Send>;
type News<A> = Box<dyn FnOnce(&mut Driver<'_, A>) + Send>;

/// The socket of a data connection or of its listener, as the loop and a thread share it.
struct Wire {
    socket: Socket,
    moved: AtomicU64,
    is_cut: AtomicBool,
}

fn drive<A: Application + 'static>(
    control: TcpStream,
    session: &mut A::Session,
    app: &mut A,
) -> Driven {
    sockets::prepare_control(&control)?;
    let control = Arc::new(Socket::from(control));
    control.set_nonblocking(false)?;
    // So that a peer that takes little at a time is seen to take it.
    control.set_write_timeout(TICK.try_into().ok())?;
    thread::scope(|scope| {
        let (tell, news) = channel();
        let spawn = |call: Call<A>| {
            let tell = tell.clone();
            scope.spawn(move || drop(tell.send(call())));
        };
        let (is_reading, is_writing, is_broken) = (false, false, false);
        let mut driver = Driver {
            session,
            app,
            control,
            data: None,
            is_reading,
            is_writing,
            is_broken,
            spawn: &spawn,
        };
        let driven = driver.run(&news);
        // No `CloseData` follows an error. Without their sockets, all threads come to their end.
        driver.cut(Closing::Reset);
        let _ = driver.control.shutdown(Shutdown::Both);
        driven
    })
}

impl<A: Application + 'static> Driver<'_, A> {
    fn run(&mut self, news: &Receiver<News<A>>) -> Driven {
        let epoch = Clock::now();
        loop {
            if let Some((id, wire)) = &self.data {
                self.session
                    .handle_data_progress(*id, wire.moved.load(SeqCst));
            }
            let now = Instant::from_micros(epoch.elapsed().as_micros() as u64);
            let wait = match self.session.poll_output(now)? {
                Output::Wait(wait) => wait,
                // A write that is not done stops neither reading nor the clock.
                Output::Send(_) | Output::SendUrgent(_) if self.is_writing => self.session.wait(),
                Output::Send(bytes) => {
                    let bytes = bytes.to_vec();
                    self.write(move |mut control| control.write(&bytes));
                    continue;
                }
                Output::SendUrgent(bytes) => {
                    let bytes = bytes.to_vec();
                    self.write(move |control| sockets::send_urgent(control, &bytes));
                    continue;
                }
                Output::Event(event) => {
                    self.app.tell(self.session, event);
                    continue;
                }
                Output::Action(Action::Close) => return Ok(()),
                Output::Action(action) => {
                    self.begin(action);
                    continue;
                }
                _ => return Err("an output that this driver does not know".into()),
            };
            if wait.read > 0 && !self.is_reading {
                self.read(wait.read);
            }
            let patience = wait.deadline.map(|at| at.saturating_since(now));
            if let Ok(news) = news.recv_timeout(patience.unwrap_or(Duration::MAX)) {
                news(self);
            }
        }
    }

    /// Makes a call that may block, and then does with its result what there is to do.
    fn beside<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut Driver<'_, A>, T) + Send + 'static,
    ) {
        (self.spawn)(Box::new(move || {
            let result = call();
            Box::new(move |driver| then(driver, result))
        }));
    }

    fn write(&mut self, write: impl FnOnce(&Socket) -> io::Result<usize> + Send + 'static) {
        self.is_writing = true;
        let control = self.control.clone();
        self.beside(
            move || write(&control),
            |driver, wrote| match wrote {
                Ok(taken) => {
                    driver.is_writing = false;
                    driver.session.sent(taken);
                }
                // Not a byte was taken for a while: the session offers them again.
                Err(error) if error.kind() == ErrorKind::WouldBlock => driver.is_writing = false,
                // What the peer said before it went away is still to be read, and tells more.
                Err(_) => driver.is_broken = true,
            },
        );
    }

    fn read(&mut self, most: usize) {
        self.is_reading = true;
        let control = self.control.clone();
        let mut bytes = vec![0; most.min(4096)];
        let read = move || (&*control).read(&mut bytes).map(|n| bytes[..n].to_vec());
        self.beside(read, |driver, read| match read {
            Ok(bytes) if bytes.is_empty() && !driver.is_broken => driver.session.handle_eof(),
            Ok(bytes) if !bytes.is_empty() => {
                driver.is_reading = false;
                let _all = driver.session.handle_input(&bytes);
            }
            _ => driver.session.handle_lost(),
        });
    }

    fn begin(&mut self, action: Action) {
        match action {
            Action::ConnectData { id, local, to, .. } => match sockets::connect(local, to) {
                Ok(socket) => self.connect(id, socket),
                Err(error) => self.session.handle_data_failed(id, failure(&error)),
            },
            Action::ListenData { id, local, .. } => match sockets::listen(local) {
                Ok((listener, bound)) => {
                    self.data = Some((id, Wire::new(listener.into())));
                    self.session.handle_data_listening(id, bound);
                }
                Err(error) => self.session.handle_data_failed(id, failure(&error)),
            },
            Action::AcceptData { id } => self.accept(id),
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            } => {
                let (Some((_, wire)), Some(object)) = (&self.data, self.app.object(op)) else {
                    return self.session.handle_data_ended(id, DataEnd::local(0));
                };
                let (wire, mut file) = (wire.clone(), LocalFile::new(object, codec));
                let moved = move || {
                    let ending = wire.move_bytes(direction, &mut file);
                    DataEnd {
                        bytes: file.bytes,
                        ending,
                    }
                };
                self.beside(moved, move |driver, end| {
                    driver.session.handle_data_ended(id, end)
                });
            }
            Action::CloseData { id, how } if self.data.as_ref().is_some_and(|d| d.0 == id) => {
                self.cut(how);
            }
            _ => {}
        }
    }

    fn connect(&mut self, id: DataId, socket: Socket) {
        let wire = Wire::new(socket);
        self.data = Some((id, wire.clone()));
        self.beside(
            move || wire.connected(),
            move |driver, result| match result {
                Ok(()) => driver.session.handle_data_connected(id),
                Err(error) => driver.session.handle_data_failed(id, failure(&error)),
            },
        );
    }

    /// Asks about every connection that comes, until one is kept.
    fn accept(&mut self, id: DataId) {
        let Some((_, wire)) = self.data.clone().filter(|data| data.0 == id) else {
            return;
        };
        self.beside(
            move || wire.socket.accept(),
            move |driver, came| match came {
                Ok((socket, from)) => {
                    let from = from.as_socket().unwrap_or(SocketAddr::from(([0; 4], 0)));
                    match driver.session.handle_data_accepted(id, from) {
                        Accepted::Keep => driver.data = Some((id, Wire::new(socket))),
                        Accepted::Drop => driver.accept(id),
                    }
                }
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => driver.accept(id),
                Err(error) => driver.session.handle_data_failed(id, failure(&error)),
            },
        );
    }

    /// Lets go of the data connection, and wakes the thread that may have it too.
    fn cut(&mut self, how: Closing) {
        let Some((_, wire)) = self.data.take() else {
            return;
        };
        wire.is_cut.store(true, SeqCst);
        if how == Closing::Reset {
            sockets::reset(&wire.socket);
        }
        // Ends an accept, a connect and a read, and tells the peer nothing.
        let _ = wire.socket.shutdown(Shutdown::Read);
    }
}

impl Wire {
    fn new(socket: Socket) -> Arc<Self> {
        let (moved, is_cut) = (AtomicU64::new(0), AtomicBool::new(false));
        let _ = socket.set_nonblocking(false);
        // A write that the peer does not take looks up now and then whether it was cut.
        let _ = socket.set_write_timeout(TICK.try_into().ok());
        Arc::new(Self {
            socket,
            moved,
            is_cut,
        })
    }

    fn connected(&self) -> io::Result<()> {
        loop {
            match sockets::connected(&self.socket) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                result => return result,
            }
            if self.is_cut.load(SeqCst) {
                return Err(ErrorKind::ConnectionAborted.into());
            }
            poll(
                &mut [PollFd::new(&self.socket, PollFlags::OUT)],
                Some(&TICK),
            )?;
        }
    }

    fn move_bytes(&self, direction: Direction, file: &mut LocalFile) -> DataEnding {
        loop {
            // A write that has waited long enough looks up whether it was cut.
            let ended = step::step(direction, &self.socket, file).unwrap_or(None);
            self.moved.store(file.bytes, SeqCst);
            // A read ends as at a peer's end when this side is cut.
            match ended {
                _ if self.is_cut.load(SeqCst) => return DataEnding::Reset,
                Some(ending) => return ending,
                None => {}
            }
        }
    }
}
// -- end of driver --

/// How long a write may block, and a connect that nothing else may wake.
const TICK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

fn main() -> ExitCode {
    shared::run(drive, drive)
}
