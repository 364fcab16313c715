//! Any `std::io` reader as a source, any writer as a sink.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::task::{Context, Poll};

use ftp_proto::server::Keep;

use super::{Op, Sink, Source};
use crate::storage::local::denied;

/// A reader as a [`Source`]; a read that blocks blocks who polls.
pub struct Reader<R>(pub R);

/// A writer as a [`Sink`]; a write that blocks blocks who polls.
pub struct Writer<W>(pub W);

impl<R: Read> Source for Reader<R> {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.read(buffer))
    }
}

impl<W: Write> Sink for Writer<W> {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.write(bytes))
    }

    fn finish(mut self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(self.0.flush().map_err(|error| denied::of(&error)))
    }
}

impl Source for std::fs::File {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.read(buffer))
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(std::os::fd::AsFd::as_fd(self))
    }
}

impl Sink for std::fs::File {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(bytes))
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(std::os::fd::AsFd::as_fd(self))
    }
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}
