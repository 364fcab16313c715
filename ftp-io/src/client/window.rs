//! The application's end of a stream: a buffer for one call, between whose calls nothing moves.

use std::io;
use std::task::{Context, Poll};

use ftp_proto::Direction;
use ftp_proto::server::Keep;

use super::core::Site;
use crate::mover::End;
use crate::storage::{Op, Sink, Source};

/// Where a call that reads has its bytes put.
#[derive(Debug)]
pub(crate) struct ReadWindow<'a> {
    buffer: &'a mut [u8],
    filled: usize,
}

impl<'a> ReadWindow<'a> {
    pub(crate) const fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, filled: 0 }
    }

    /// Bytes that were put into the buffer.
    pub(crate) const fn filled(&self) -> usize {
        self.filled
    }
}

impl Site for ReadWindow<'_> {
    fn end(&mut self) -> Option<End<'_>> {
        Some(End::Sink(self))
    }

    fn is_satisfied(&self, _: bool) -> bool {
        self.filled > 0
    }
}

impl Sink for ReadWindow<'_> {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        let taken = room.len().min(bytes.len());
        if taken == 0 {
            return Poll::Pending;
        }
        room[..taken].copy_from_slice(&bytes[..taken]);
        self.filled += taken;
        Poll::Ready(Ok(taken))
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }
}

/// From where the bytes of a call that writes are taken.
#[derive(Debug)]
pub(crate) struct WriteWindow<'a> {
    bytes: &'a [u8],
    taken: usize,
    wish: Wish,
    is_asked: bool,
}

/// What a call that writes waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Some of its bytes are taken.
    Taken,
    /// All that was written before has been sent.
    Flushed,
    /// The file has its end.
    Ended,
}

impl<'a> WriteWindow<'a> {
    pub(crate) const fn new(bytes: &'a [u8], wish: Wish) -> Self {
        Self {
            bytes,
            taken: 0,
            wish,
            is_asked: false,
        }
    }

    /// Bytes that were taken out of the buffer.
    pub(crate) const fn taken(&self) -> usize {
        self.taken
    }
}

impl Site for WriteWindow<'_> {
    fn end(&mut self) -> Option<End<'_>> {
        Some(End::Source(self))
    }

    fn is_satisfied(&self, _: bool) -> bool {
        match self.wish {
            Wish::Taken => self.taken > 0,
            Wish::Flushed => self.is_asked,
            Wish::Ended => false,
        }
    }
}

impl Source for WriteWindow<'_> {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let left = self.bytes.get(self.taken..).unwrap_or_default();
        let taken = left.len().min(buffer.len());
        self.is_asked = taken == 0;
        if taken == 0 && self.wish != Wish::Ended {
            return Poll::Pending;
        }
        buffer[..taken].copy_from_slice(&left[..taken]);
        self.taken += taken;
        Poll::Ready(Ok(taken))
    }
}

/// A transfer's beginning: until the server has agreed to it, nobody gives or takes a byte.
#[derive(Debug)]
pub(crate) struct Beginning(pub(crate) Direction);

impl Site for Beginning {
    fn end(&mut self) -> Option<End<'_>> {
        Some(match self.0 {
            Direction::Send => End::Source(self),
            Direction::Receive => End::Sink(self),
        })
    }

    fn is_satisfied(&self, has_started: bool) -> bool {
        has_started
    }
}

impl Source for Beginning {
    fn poll_read(&mut self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }
}

impl Sink for Beginning {
    fn poll_write(&mut self, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }
}
