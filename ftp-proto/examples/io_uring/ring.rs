//! An io_uring in which everything that the kernel may have in its hands is owned: each operation
//! has its socket and its buffer from its beginning until its completion, also if it is cancelled.

use std::io::{self, ErrorKind};
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;

use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, opcode, squeue};
use socket2::Socket;

use crate::shared::{LocalFile, sockets};

/// Dropped, it cancels what is in flight and waits for it.
pub struct Ring {
    ring: IoUring,
    /// What is in flight, by the number that the kernel gives back.
    in_flight: Vec<(u64, Arc<Socket>, Job)>,
    last: u64,
}

/// An operation, with its buffer.
pub enum Job {
    /// Reads as many bytes as there is room for.
    Read(Vec<u8>),
    Write(Vec<u8>),
    WriteUrgent(Vec<u8>),
    Accept,
    Connect,
    Receive(LocalFile),
    /// Sends what is unsent, which must not be nothing.
    Send(LocalFile),
}

/// What has come of an operation.
pub enum Done {
    Read(io::Result<Vec<u8>>),
    Wrote(io::Result<usize>),
    Came(io::Result<Socket>),
    Connected(io::Result<()>),
    Received(LocalFile, io::Result<usize>),
    Sent(LocalFile, io::Result<usize>),
}

impl Ring {
    pub fn new() -> io::Result<Self> {
        let (ring, in_flight, last) = (IoUring::new(32)?, Vec::new(), CANCEL);
        Ok(Self {
            ring,
            in_flight,
            last,
        })
    }

    /// Begins an operation at the next `wait`.
    pub fn begin(&mut self, socket: &Arc<Socket>, mut job: Job) {
        // With a nonblocking socket the kernel says EAGAIN instead of waiting.
        let _ = socket.set_nonblocking(false);
        let fd = Fd(socket.as_raw_fd());
        let entry = match &mut job {
            Job::Read(buffer) => opcode::Recv::new(fd, buffer.as_mut_ptr(), length(buffer)).build(),
            Job::Write(bytes) => opcode::Send::new(fd, bytes.as_ptr(), length(bytes)).build(),
            Job::WriteUrgent(bytes) => opcode::Send::new(fd, bytes.as_ptr(), length(bytes))
                .flags(MSG_OOB)
                .build(),
            Job::Accept => opcode::Accept::new(fd, null_mut(), null_mut()).build(),
            Job::Connect => opcode::PollAdd::new(fd, POLLOUT).build(),
            Job::Receive(file) => {
                let room = file.room();
                opcode::Recv::new(fd, room.as_mut_ptr(), length(room)).build()
            }
            Job::Send(file) => {
                let bytes = file.unsent().unwrap_or_default();
                opcode::Send::new(fd, bytes.as_ptr(), length(bytes)).build()
            }
        };
        self.last += 1;
        self.in_flight.push((self.last, socket.clone(), job));
        self.push(entry.user_data(self.last));
    }

    /// Cancels what is in flight with a socket. It still comes back.
    pub fn cancel(&mut self, socket: &Arc<Socket>) {
        let of_it =
            |(number, of, _): &(u64, Arc<Socket>, Job)| Arc::ptr_eq(of, socket).then_some(*number);
        let numbers: Vec<u64> = self.in_flight.iter().filter_map(of_it).collect();
        for number in numbers {
            self.push(opcode::AsyncCancel::new(number).build().user_data(CANCEL));
        }
    }

    /// Waits until something has come back or the patience is at an end; what came back.
    pub fn wait(&mut self, patience: Option<Duration>) -> io::Result<Vec<(Arc<Socket>, Done)>> {
        let patience = patience.map(Timespec::from);
        let arguments = patience.as_ref();
        let arguments = arguments.map_or(SubmitArgs::new(), |at| SubmitArgs::new().timespec(at));
        match self.ring.submitter().submit_with_args(1, &arguments) {
            Err(error) if error.raw_os_error() == Some(ETIME) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            submitted => drop(submitted?),
        }
        let mut all_done = Vec::new();
        for entry in self.ring.completion() {
            let number = entry.user_data();
            // A cancelling itself is nothing to be told.
            if let Some(at) = self.in_flight.iter().position(|(of, ..)| *of == number) {
                let (_, socket, job) = self.in_flight.swap_remove(at);
                let done = done(&socket, job, entry.result());
                all_done.push((socket, done));
            }
        }
        Ok(all_done)
    }

    fn push(&mut self, entry: squeue::Entry) {
        // SAFETY: what an entry names, socket and buffer, is owned by `in_flight` until it has come
        // back, and is not touched there; the buffers are on the heap and stay where they are.
        let pushed = unsafe { self.ring.submission().push(&entry) };
        pushed.expect("at most three operations are in flight, and each is cancelled once");
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let sockets: Vec<_> = self.in_flight.iter().map(|(_, of, _)| of.clone()).collect();
        sockets.iter().for_each(|socket| self.cancel(socket));
        while !self.in_flight.is_empty() {
            if self.wait(None).is_err() {
                // The kernel would go on with memory that is given back.
                std::process::abort();
            }
        }
    }
}

fn done(socket: &Socket, job: Job, code: i32) -> Done {
    let result = usize::try_from(code).map_err(|_| io::Error::from_raw_os_error(-code));
    match job {
        Job::Read(mut buffer) => Done::Read(result.map(|read| {
            buffer.truncate(read);
            buffer
        })),
        Job::Write(_) | Job::WriteUrgent(_) => Done::Wrote(result),
        // SAFETY: the kernel has just made this descriptor, and told nobody else of it.
        Job::Accept => Done::Came(result.map(|_| unsafe { Socket::from_raw_fd(code) })),
        Job::Connect => Done::Connected(result.and_then(|_| sockets::connected(socket))),
        Job::Receive(file) => Done::Received(file, result),
        Job::Send(file) => Done::Sent(file, result),
    }
}

fn length(buffer: &[u8]) -> u32 {
    buffer.len().try_into().unwrap_or(u32::MAX)
}

/// The number of what is not to be told.
const CANCEL: u64 = 0;

/// Of Linux, for all its machines: <linux/socket.h>, <poll.h>, <errno.h>.
const MSG_OOB: i32 = 1;
const POLLOUT: u32 = 4;
const ETIME: i32 = 62;
