//! From a source to the data connection.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};

use ftp_proto::data::Codec;
use ftp_proto::{DataEnd, DataEnding};
use rustix::io::Errno;
use rustix::net::Shutdown;

use super::buffer::{self, Buffer, Converted, convert};
use super::{On, Outcome, Step, Way};
use crate::net::QUIET;
use crate::storage::Source;

/// A download at a server, an upload at a client, a listing at a server.
#[derive(Debug)]
pub struct Sending {
    codec: Codec,
    pub(super) way: Option<Way>,
    /// Read, and not yet through the codec.
    raw: Buffer,
    /// To be sent as it is.
    out: Buffer,
    /// Bytes still to be read of a small file: its end then needs no read of its own.
    expected: Option<u64>,
    /// The source has no more.
    at_end: bool,
    outcome: Outcome,
}

impl Sending {
    /// A transfer through `codec` that has not begun.
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            way: None,
            raw: Buffer::default(),
            out: Buffer::default(),
            expected: None,
            at_end: false,
            outcome: Outcome::default(),
        }
    }

    /// Moves about `budget` bytes at most, always from the same source to the same socket, which
    /// must be nonblocking. After the last byte it closes this half of the connection.
    pub fn step(
        &mut self,
        cx: &mut Context<'_>,
        socket: impl AsFd,
        source: &mut dyn Source,
        budget: usize,
    ) -> Step {
        if let Some(ended) = self.outcome.ended() {
            return ended;
        }
        let begun_at = self.outcome.bytes;
        while let Some(left) = self.outcome.left(begun_at, budget) {
            if let Some(step) = self.turn(cx, socket.as_fd(), source, left) {
                return step;
            }
        }
        Step::Progress
    }

    /// The end of a transfer that is cut short here, with what it has sent so far; of one that
    /// has ended, its end.
    pub fn cut(&self) -> DataEnd {
        self.outcome.cut()
    }

    /// Bytes sent so far.
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
        source: &mut dyn Source,
        left: usize,
    ) -> Option<Step> {
        if !self.out.is_empty() {
            return self.send(socket);
        }
        if !self.codec.is_passthrough() && (self.at_end || !self.raw.is_empty()) {
            return match convert(&mut self.codec, &mut self.raw, &mut self.out, self.at_end) {
                Ok(Converted::Some) => None,
                Ok(Converted::All) => Some(self.finish(socket)),
                Ok(Converted::Stuck) => Some(self.outcome.local(io::ErrorKind::InvalidData)),
                Err(fault) => Some(self.outcome.fault(fault)),
            };
        }
        if self.at_end {
            return Some(self.finish(socket));
        }
        let way = *self.way.get_or_insert_with(|| {
            let small = source.size().filter(|&size| size <= SMALL);
            // What says that it is empty may not know: files of /proc do.
            self.expected = small.filter(|&size| size > 0);
            match source.file() {
                Some(_) if self.codec.is_passthrough() && small.is_none() => Way::Kernel,
                _ => Way::Buffer,
            }
        });
        if way == Way::Kernel
            && let Some(file) = source.file()
        {
            return self.send_file(socket, file, left);
        }
        self.fill(cx, source)
    }

    fn send(&mut self, socket: BorrowedFd<'_>) -> Option<Step> {
        match rustix::net::send(socket, self.out.bytes(), QUIET) {
            Ok(sent) => {
                self.out.take(sent);
                self.outcome.add(sent);
                None
            }
            Err(Errno::AGAIN) => Some(Step::Blocked(On::Socket)),
            Err(Errno::INTR) => None,
            Err(error) => Some(self.outcome.reset(error)),
        }
    }

    fn fill(&mut self, cx: &mut Context<'_>, source: &mut dyn Source) -> Option<Step> {
        let buffer = match self.codec.is_passthrough() {
            true => &mut self.out,
            false => &mut self.raw,
        };
        // A small file needs no larger buffer; one more than it has would be read for nothing.
        let size = self.expected.and_then(|left| usize::try_from(left).ok());
        let room = buffer.room(size.unwrap_or(buffer::SIZE).min(buffer::SIZE));
        match source.poll_read(cx, room) {
            Poll::Pending => Some(Step::Blocked(On::Storage)),
            Poll::Ready(Ok(read)) => {
                let read = read.min(room.len());
                buffer.filled(read);
                if let Some(left) = &mut self.expected {
                    *left = left.saturating_sub(read as u64);
                }
                self.at_end = read == 0 || self.expected == Some(0);
                None
            }
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => None,
            Poll::Ready(Err(error)) => Some(self.outcome.local(error)),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn send_file(
        &mut self,
        socket: BorrowedFd<'_>,
        file: BorrowedFd<'_>,
        left: usize,
    ) -> Option<Step> {
        match rustix::fs::sendfile(socket, file, None, left.min(CHUNK)) {
            Ok(0) => self.at_end = true,
            Ok(sent) => self.outcome.add(sent),
            Err(Errno::AGAIN) => return Some(Step::Blocked(On::Socket)),
            Err(Errno::INTR) => {}
            // Not from such a file; the position has not moved.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::OVERFLOW) => {
                self.way = Some(Way::Buffer);
            }
            Err(
                error @ (Errno::PIPE
                | Errno::CONNRESET
                | Errno::CONNABORTED
                | Errno::NOTCONN
                | Errno::TIMEDOUT
                | Errno::HOSTUNREACH
                | Errno::NETUNREACH
                | Errno::NETDOWN),
            ) => return Some(self.outcome.reset(error)),
            Err(error) => return Some(self.outcome.local(error)),
        }
        None
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn send_file(&mut self, _: BorrowedFd<'_>, _: BorrowedFd<'_>, _: usize) -> Option<Step> {
        self.way = Some(Way::Buffer);
        None
    }

    fn finish(&mut self, socket: BorrowedFd<'_>) -> Step {
        match rustix::net::shutdown(socket, Shutdown::Write) {
            Ok(()) => self.outcome.end(DataEnding::Complete),
            // The peer has reset the connection meanwhile.
            Err(error) => self.outcome.reset(error),
        }
    }
}

/// A file up to this size is read and sent in one piece, which costs less than sendfile.
const SMALL: u64 = 16 << 10;

/// What sendfile is asked for at once: more makes it slower.
#[cfg(any(target_os = "linux", target_os = "android"))]
const CHUNK: usize = 256 << 10;
