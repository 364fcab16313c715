//! FTP on io_uring, Linux's: one session and one transfer at a time.
//!
//! io_uring completes: what is begun owns its buffer until the kernel says how it went. The
//! contract fits, since actions are begun and not awaited: at most one read and one write of the
//! control connection and one operation of the data connection are in flight, each with a buffer
//! of its own, and the loop waits at one place. Nothing is cancelled between a write and `sent`: a
//! write stays in flight while the session is polled on. `CloseData` may find an operation in
//! flight; then the data connection is kept until its operation has come back, cancelled.

#[path = "shared/file.rs"]
#[allow(unreachable_pub, reason = "several programs share it")]
mod file;
#[allow(unreachable_pub, reason = "several programs share it")]
mod shared;
#[path = "shared/sockets.rs"]
#[allow(unreachable_pub, dead_code, reason = "several programs share it")]
mod sockets;

use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};
use std::process::ExitCode;
use std::ptr::null_mut;
use std::time::Instant as Clock;

use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataId, Direction, Instant, Output, Session,
};
use io_uring::types::{CancelBuilder, Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, opcode, squeue};
use socket2::Socket;

use file::LocalFile;
use shared::{Application, Driven};

// -- driver --

/// What the kernel may have in its hands. Dropped, it waits until nothing is in flight.
struct Driver {
    ring: IoUring,
    in_flight: usize,
    control: TcpStream,
    incoming: Box<[u8; 4096]>,
    is_reading: bool,
    outgoing: Vec<u8>,
    /// A write is in flight, or nothing can be written any more.
    is_writing: bool,
    is_broken: bool,
    data: Option<Data>,
    /// Closed, with an operation in flight.
    closed: Vec<Data>,
}

/// A data connection, with the buffer of what is in flight. There is one at a time.
struct Data {
    id: DataId,
    socket: Socket,
    phase: Phase,
    is_in_flight: bool,
}

enum Phase {
    /// Listening and not wanted yet; or open, before `MoveData` and behind its answer.
    Idle,
    Accepting,
    Connecting,
    Moving(Direction, LocalFile),
}

/// What an operation was. Those of data connections have the connection's id.
const READ: u64 = u64::MAX;
const WRITE: u64 = READ - 1;
const CANCEL: u64 = READ - 2;

fn drive<A: Application>(control: TcpStream, session: &mut A::Session, app: &mut A) -> Driven {
    let mut driver = Driver::new(control)?;
    let epoch = Clock::now();
    loop {
        // How far the bytes are is told before the time is; else they would count as stalled.
        if let Some(data) = &driver.data
            && let Phase::Moving(_, file) = &data.phase
        {
            session.handle_data_progress(data.id, file.bytes);
        }
        let now = Instant::from_micros(epoch.elapsed().as_micros() as u64);
        match session.poll_output(now)? {
            Output::Send(bytes) => driver.write(bytes, 0),
            Output::SendUrgent(byte) => driver.write(byte, MSG_OOB),
            Output::Action(Action::Close) => return Ok(()),
            Output::Action(action) => {
                driver.begin(action, session, app);
                continue;
            }
            Output::Event(event) => {
                app.tell(session, event);
                continue;
            }
            Output::Wait(_) => {}
            other => unreachable!("an output that this driver does not know: {other:?}"),
        }
        // Asked of the session itself: a write in flight stops neither reading nor the clock.
        let wait = session.wait();
        driver.read(wait.read);
        if driver.is_broken && !driver.is_reading {
            driver.is_broken = false;
            session.handle_lost();
            continue;
        }
        if driver.advance(session) {
            continue;
        }
        let left = wait.deadline.map(|at| at.saturating_since(now).into());
        for (key, result) in driver.complete(left.as_ref())? {
            driver.completed(key, result, session);
        }
    }
}

impl Driver {
    fn new(control: TcpStream) -> io::Result<Self> {
        sockets::prepare_control(&control)?;
        // A nonblocking socket would say EAGAIN instead of waiting.
        control.set_nonblocking(false)?;
        Ok(Self {
            ring: IoUring::new(8)?,
            in_flight: 0,
            control,
            incoming: Box::new([0; 4096]),
            is_reading: false,
            outgoing: Vec::new(),
            is_writing: false,
            is_broken: false,
            data: None,
            closed: Vec::new(),
        })
    }

    fn push(&mut self, entry: squeue::Entry, key: u64) {
        // SAFETY: what an entry names, buffer and socket, is owned by `self`, in `data` or `closed`
        // too; it stays where it is on the heap and is not touched while the flag beside it is
        // set, which only the completion clears; and `drop` waits for every completion.
        let pushed = unsafe { self.ring.submission().push(&entry.user_data(key)) };
        pushed.expect("at most four operations are begun between two submissions");
        self.in_flight += 1;
    }

    fn write(&mut self, bytes: &[u8], flags: i32) {
        if self.is_writing {
            return;
        }
        self.is_writing = true;
        // The session may queue more meanwhile, so that its own bytes may move.
        self.outgoing.clear();
        self.outgoing.extend_from_slice(bytes);
        let (bytes, fd) = (&self.outgoing, Fd(self.control.as_raw_fd()));
        let send = opcode::Send::new(fd, bytes.as_ptr(), bytes.len() as u32).flags(flags);
        self.push(send.build(), WRITE);
    }

    /// Begins to read what the session will take, and never more.
    fn read(&mut self, room: usize) {
        if self.is_reading || room == 0 {
            return;
        }
        self.is_reading = true;
        let (buffer, fd) = (&mut self.incoming, Fd(self.control.as_raw_fd()));
        let room = room.min(buffer.len()) as u32;
        let recv = opcode::Recv::new(fd, buffer.as_mut_ptr(), room);
        self.push(recv.build(), READ);
    }

    fn begin<A: Application>(&mut self, action: Action, session: &mut A::Session, app: &mut A) {
        match action {
            Action::ConnectData { id, local, to, .. } => {
                let socket = sockets::connect(local, to);
                match socket.and_then(|socket| Data::new(id, socket, Phase::Connecting)) {
                    Ok(data) => self.data = Some(data),
                    Err(error) => session.handle_data_failed(id, sockets::failure(&error)),
                }
            }
            Action::ListenData { id, local, .. } => {
                let listening = sockets::listen(local).and_then(|(listener, bound)| {
                    Ok((Data::new(id, listener.into(), Phase::Idle)?, bound))
                });
                match listening {
                    Ok((data, bound)) => {
                        self.data = Some(data);
                        session.handle_data_listening(id, bound);
                    }
                    Err(error) => session.handle_data_failed(id, sockets::failure(&error)),
                }
            }
            Action::AcceptData { .. } => {
                self.data
                    .iter_mut()
                    .for_each(|data| data.phase = Phase::Accepting);
            }
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            } => {
                if let (Some(data), Some(object)) = (&mut self.data, app.object(op)) {
                    data.phase = Phase::Moving(direction, LocalFile::new(object, codec));
                } else {
                    session.handle_data_ended(id, DataEnd::local(0));
                }
            }
            Action::CloseData { id, how } => {
                let Some(data) = self.data.take_if(|data| data.id == id) else {
                    return;
                };
                if how == Closing::Reset {
                    sockets::reset(&data.socket);
                }
                if data.is_in_flight {
                    // Its socket and its buffer are the kernel's until it has come back.
                    let key = CancelBuilder::user_data(data.key());
                    self.closed.push(data);
                    self.push(opcode::AsyncCancel2::new(key).build(), CANCEL);
                }
            }
            other => unreachable!("an action that this driver does not know: {other:?}"),
        }
    }

    /// Begins the next operation of the data connection; whether its transfer has ended instead.
    fn advance<S: Session>(&mut self, session: &mut S) -> bool {
        let Some(data) = self.data.as_mut().filter(|data| !data.is_in_flight) else {
            return false;
        };
        let fd = Fd(data.socket.as_raw_fd());
        let entry = match &mut data.phase {
            Phase::Idle => return false,
            Phase::Accepting => opcode::Accept::new(fd, null_mut(), null_mut()).build(),
            Phase::Connecting => opcode::PollAdd::new(fd, POLLOUT).build(),
            Phase::Moving(Direction::Receive, file) => {
                let room = file.room();
                opcode::Recv::new(fd, room.as_mut_ptr(), room.len() as u32).build()
            }
            Phase::Moving(Direction::Send, file) => match file.unsent() {
                Ok(bytes) if !bytes.is_empty() => {
                    opcode::Send::new(fd, bytes.as_ptr(), bytes.len() as u32).build()
                }
                ended => {
                    let ended = ended.map(drop).and_then(|()| {
                        let closed = data.socket.shutdown(Shutdown::Write);
                        closed.map_err(|_| DataEnding::Reset)
                    });
                    data.end(ended.err().unwrap_or(DataEnding::Complete), session);
                    return true;
                }
            },
        };
        data.is_in_flight = true;
        let key = data.key();
        self.push(entry, key);
        false
    }

    /// Waits for operations, not past the time that is left; what came of them.
    fn complete(&mut self, left: Option<&Timespec>) -> io::Result<Vec<(u64, io::Result<u32>)>> {
        let arguments = left.map_or(SubmitArgs::new(), |left| SubmitArgs::new().timespec(left));
        match self.ring.submitter().submit_with_args(1, &arguments) {
            // The deadline has come, or a signal.
            Err(error) if error.raw_os_error() == Some(ETIME) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            submitted => drop(submitted?),
        }
        let result =
            |code: i32| u32::try_from(code).map_err(|_| io::Error::from_raw_os_error(-code));
        let completed = self
            .ring
            .completion()
            .map(|entry| (entry.user_data(), result(entry.result())));
        let completed: Vec<_> = completed.collect();
        self.in_flight -= completed.len();
        Ok(completed)
    }

    fn completed<S: Session>(&mut self, key: u64, result: io::Result<u32>, session: &mut S) {
        match (key, result) {
            (CANCEL, _) => {}
            (WRITE, Ok(written)) => {
                self.is_writing = false;
                session.sent(written as usize);
            }
            // What the peer said before it went away tells more than that it did.
            (WRITE, Err(_)) => self.is_broken = true,
            (READ, result) => {
                self.is_reading = false;
                match result {
                    Ok(0) => session.handle_eof(),
                    Ok(read) => drop(session.handle_input(&self.incoming[..read as usize])),
                    Err(_) => session.handle_lost(),
                }
            }
            (_, result) => match &mut self.data {
                Some(data) if data.key() == key => data.completed(result, session),
                _ => self.retire(key, result),
            },
        }
    }

    /// Lets go of a closed data connection, and of what came to it meanwhile.
    fn retire(&mut self, key: u64, result: io::Result<u32>) {
        if let Some(at) = self.closed.iter().position(|data| data.key() == key)
            && let (Phase::Accepting, Ok(fd)) = (self.closed.swap_remove(at).phase, result)
        {
            drop(accepted(fd));
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.closed.extend(self.data.take());
        let all = CancelBuilder::any();
        self.push(opcode::AsyncCancel2::new(all).build(), CANCEL);
        while self.in_flight > 0 {
            match self.complete(None) {
                Ok(completed) => completed
                    .into_iter()
                    .for_each(|(key, result)| self.retire(key, result)),
                // The kernel would go on with memory that is given back.
                Err(_) => std::process::abort(),
            }
        }
    }
}

impl Data {
    fn new(id: DataId, socket: Socket, phase: Phase) -> io::Result<Self> {
        // A nonblocking socket would say EAGAIN instead of waiting.
        socket.set_nonblocking(false)?;
        Ok(Self {
            id,
            socket,
            phase,
            is_in_flight: false,
        })
    }

    fn key(&self) -> u64 {
        u64::from(self.id.to_raw())
    }

    /// Tells the session of the end, once.
    fn end<S: Session>(&mut self, ending: DataEnding, session: &mut S) {
        if let Phase::Moving(_, file) = std::mem::replace(&mut self.phase, Phase::Idle) {
            let bytes = file.bytes;
            session.handle_data_ended(self.id, DataEnd { bytes, ending });
        }
    }

    fn completed<S: Session>(&mut self, result: io::Result<u32>, session: &mut S) {
        self.is_in_flight = false;
        match (&mut self.phase, result) {
            (Phase::Idle, _) => {}
            (Phase::Accepting, Ok(fd)) => {
                let stream = accepted(fd);
                let from = stream.peer_addr().ok().and_then(|from| from.as_socket());
                // One that has gone already, or a stranger, is dropped, and the listener goes on.
                if let Some(from) = from
                    && session.handle_data_accepted(self.id, from) == Accepted::Keep
                {
                    (self.socket, self.phase) = (stream, Phase::Idle);
                }
            }
            (Phase::Accepting, Err(error)) if error.kind() == ErrorKind::ConnectionAborted => {}
            (Phase::Accepting | Phase::Connecting, result) => {
                self.phase = Phase::Idle;
                match result.and_then(|_| sockets::connected(&self.socket)) {
                    Ok(()) => session.handle_data_connected(self.id),
                    Err(error) => session.handle_data_failed(self.id, sockets::failure(&error)),
                }
            }
            (Phase::Moving(Direction::Send, file), Ok(sent)) => file.sent(sent as usize),
            (Phase::Moving(Direction::Receive, file), Ok(read)) => {
                if let Err(ending) = file.received(read as usize) {
                    self.end(ending, session);
                }
            }
            (Phase::Moving(..), Err(_)) => self.end(DataEnding::Reset, session),
        }
    }
}

/// What an accept gave.
fn accepted(fd: u32) -> Socket {
    // SAFETY: the kernel has just made this descriptor, and told nobody else of it.
    unsafe { Socket::from_raw_fd(fd as i32) }
}

// -- end of driver --

/// Of Linux, for all its machines: <linux/socket.h>, <poll.h>, <errno.h>.
const MSG_OOB: i32 = 1;
const POLLOUT: u32 = 4;
const ETIME: i32 = 62;

fn main() -> ExitCode {
    shared::run(drive, drive)
}
