//! From the data connection to a sink.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

use ftp_proto::data::{Codec, Marker};
use ftp_proto::{DataEnd, DataEnding};
use rustix::io::Errno;
use rustix::net::RecvFlags;

use super::buffer::{self, Buffer, Converted, convert};
use super::{On, Outcome, Step, Way};
use crate::storage::Sink;

/// An upload at a server, a download or a listing at a client.
#[derive(Debug)]
pub struct Receiving {
    codec: Codec,
    pub(super) way: Way,
    /// Received, and not yet through the codec.
    raw: Buffer,
    /// To be written as it is.
    out: Buffer,
    /// The peer has closed its half in order.
    at_end: bool,
    outcome: Outcome,
    /// The last restart marker; it counts once what came before it is written.
    marker: Option<Marker>,
}

impl Receiving {
    /// A transfer through `codec` that has not begun.
    pub fn new(codec: Codec) -> Self {
        let way = match codec.is_passthrough() {
            true => Way::Kernel,
            false => Way::Buffer,
        };
        Self {
            codec,
            way,
            raw: Buffer::default(),
            out: Buffer::default(),
            at_end: false,
            outcome: Outcome::default(),
            marker: None,
        }
    }

    /// Moves about `budget` bytes at most, always from the same socket, which must be nonblocking,
    /// to the same sink. Whether the file is whole and to be finished is not decided here.
    pub fn step(
        &mut self,
        cx: &mut Context<'_>,
        socket: impl AsFd,
        sink: &mut dyn Sink,
        budget: usize,
    ) -> Step {
        if let Some(ended) = self.outcome.ended() {
            return ended;
        }
        let begun_at = self.outcome.bytes;
        loop {
            let left = match self.outcome.left(begun_at, budget) {
                Some(left) => left,
                None if self.out.is_empty() && self.raw.is_empty() => return Step::Progress,
                // What has been received is written before the step ends.
                None => 0,
            };
            if let Some(step) = self.turn(cx, socket.as_fd(), sink, left) {
                return step;
            }
        }
    }

    /// The end of a transfer that is cut short here, with what it has received so far; of one
    /// that has ended, its end.
    pub fn cut(&self) -> DataEnd {
        self.outcome.cut()
    }

    /// The restart marker up to which everything is written, once (MODE B and C).
    pub fn take_marker(&mut self) -> Option<Marker> {
        self.marker.take_if(|_| self.out.is_empty())
    }

    /// Bytes received so far.
    pub const fn bytes(&self) -> u64 {
        self.outcome.bytes
    }

    /// What failed, after an end that is not `Complete`.
    pub const fn error(&self) -> Option<&io::Error> {
        self.outcome.error.as_ref()
    }

    /// Does one thing; `None` when there may be another to do.
    fn turn(
        &mut self,
        cx: &mut Context<'_>,
        socket: BorrowedFd<'_>,
        sink: &mut dyn Sink,
        left: usize,
    ) -> Option<Step> {
        if !self.out.is_empty() {
            return self.write(cx, sink);
        }
        if !self.codec.is_passthrough()
            && (self.at_end || self.codec.has_ended() || !self.raw.is_empty())
        {
            let converted = convert(&mut self.codec, &mut self.raw, &mut self.out, self.at_end);
            self.marker = self.codec.take_marker().or(self.marker.take());
            return match converted {
                Ok(Converted::Some) => None,
                Ok(Converted::All) => Some(self.outcome.end(DataEnding::Complete)),
                Ok(Converted::Stuck) => Some(self.outcome.local(io::ErrorKind::InvalidData)),
                Err(fault) => Some(self.outcome.fault(fault)),
            };
        }
        if self.at_end {
            return Some(self.outcome.end(DataEnding::Complete));
        }
        if self.way == Way::Kernel
            && let Some(file) = sink.file()
        {
            return self.splice(socket, file, left);
        }
        self.receive(socket, left)
    }

    fn write(&mut self, cx: &mut Context<'_>, sink: &mut dyn Sink) -> Option<Step> {
        match sink.poll_write(cx, self.out.bytes()) {
            Poll::Pending => Some(Step::Blocked(On::Storage)),
            Poll::Ready(Ok(0)) => Some(self.outcome.local(io::ErrorKind::WriteZero)),
            Poll::Ready(Ok(written)) => {
                self.out.take(written);
                None
            }
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => None,
            Poll::Ready(Err(error)) => Some(self.outcome.local(error)),
        }
    }

    fn receive(&mut self, socket: BorrowedFd<'_>, left: usize) -> Option<Step> {
        let buffer = match self.codec.is_passthrough() {
            true => &mut self.out,
            false => &mut self.raw,
        };
        let room = buffer.room(left.clamp(1, buffer::SIZE));
        match rustix::net::recv(socket, room, RecvFlags::empty()) {
            Ok((0, _)) => self.at_end = true,
            Ok((received, _)) => {
                buffer.filled(received);
                self.outcome.add(received);
            }
            Err(Errno::AGAIN) => {
                // A slow peer's transfer holds no buffer while it waits.
                self.raw.release();
                self.out.release();
                return Some(Step::Blocked(On::Socket));
            }
            Err(Errno::INTR) => {}
            Err(error) => return Some(self.outcome.reset(error)),
        }
        None
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn splice(
        &mut self,
        socket: BorrowedFd<'_>,
        file: BorrowedFd<'_>,
        left: usize,
    ) -> Option<Step> {
        use rustix::pipe::{SpliceFlags, splice};

        use super::pipe::{self, Pipe};

        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        let Ok(pipe) = Pipe::borrow() else {
            self.way = Way::Buffer;
            return None;
        };
        let size = left.clamp(1, pipe::SIZE);
        let received = match splice(socket, None, &pipe.input, None, size, flags) {
            Ok(received) => received,
            Err(error) => {
                pipe.give_back();
                return match error {
                    Errno::AGAIN => Some(Step::Blocked(On::Socket)),
                    Errno::INTR => None,
                    // Not from such a socket; nothing was taken.
                    Errno::INVAL | Errno::NOSYS => {
                        self.way = Way::Buffer;
                        None
                    }
                    error => Some(self.outcome.reset(error)),
                };
            }
        };
        self.at_end = received == 0;
        self.outcome.add(received);
        let mut inside = received;
        while inside > 0 {
            match splice(&pipe.output, None, file, None, inside, SpliceFlags::MOVE) {
                Ok(0) => return Some(self.outcome.local(io::ErrorKind::WriteZero)),
                Ok(written) => inside -= written,
                Err(Errno::INTR) => {}
                // Not into such a file (one opened to append, a device): what the pipe holds goes
                // on through the buffer.
                Err(Errno::INVAL | Errno::NOSYS | Errno::AGAIN) => {
                    self.way = Way::Buffer;
                    let room = self.out.room(inside);
                    return match read_all(&pipe.output, room) {
                        Ok(()) => {
                            self.out.filled(inside);
                            pipe.give_back();
                            None
                        }
                        Err(error) => Some(self.outcome.local(error)),
                    };
                }
                Err(error) => return Some(self.outcome.local(error)),
            }
        }
        pipe.give_back();
        None
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn splice(&mut self, _: BorrowedFd<'_>, _: BorrowedFd<'_>, _: usize) -> Option<Step> {
        self.way = Way::Buffer;
        None
    }
}

/// Reads as much as there is room for, of which the pipe is known to hold enough.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn read_all(pipe: impl AsFd, mut room: &mut [u8]) -> rustix::io::Result<()> {
    while !room.is_empty() {
        match rustix::io::read(&pipe, &mut *room) {
            Ok(0) => return Err(Errno::IO),
            Ok(read) => room = &mut room[read..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
