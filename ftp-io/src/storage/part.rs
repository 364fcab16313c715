//! A range of a file's bytes, read or written (RANG).

use std::fmt;
use std::io;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use ftp_proto::server::Keep;

use super::{Op, Sink, Source};

/// A source or a sink that ends after so many bytes. It shows no file: whoever sends a file's bytes
/// by the operating system sends all of them.
pub(crate) struct Part<T> {
    whole: T,
    left: u64,
}

impl<T> Part<T> {
    /// The next `length` bytes of `whole`.
    pub(crate) const fn new(whole: T, length: u64) -> Self {
        Self {
            whole,
            left: length,
        }
    }

    fn take<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        bytes.get(..most).unwrap_or(bytes)
    }
}

impl Source for Part<Box<dyn Source + Send>> {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let most = self.take(buffer).len();
        if most == 0 {
            return Poll::Ready(Ok(0));
        }
        let read = ready!(self.whole.poll_read(cx, &mut buffer[..most]))?;
        self.left -= read as u64;
        Poll::Ready(Ok(read))
    }

    fn size(&self) -> Option<u64> {
        self.whole.size().map(|size| size.min(self.left))
    }
}

impl Sink for Part<Box<dyn Sink + Send>> {
    /// Bytes past the range are an error: the client has sent more than it said.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let within = self.take(bytes);
        if within.is_empty() {
            let error = io::Error::other("more bytes came than the range has");
            return Poll::Ready(Err(error));
        }
        let written = ready!(self.whole.poll_write(cx, within))?;
        self.left -= written as u64;
        Poll::Ready(Ok(written))
    }

    fn finish(self: Box<Self>, keep: Keep) -> Op<()> {
        self.whole.finish(keep)
    }

    fn name(&self) -> Option<Bytes> {
        self.whole.name()
    }
}

impl<T> fmt::Debug for Part<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use ftp_proto::codec::path::VirtualPath;
    use ftp_proto::server::Placement;

    use super::*;
    use crate::storage::{LocalDirectory, Storage};

    fn site() -> (tempfile::TempDir, LocalDirectory, VirtualPath) {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::write(directory.path().join("f"), b"0123456789").expect("a file");
        let files = LocalDirectory::open(directory.path()).expect("it is there");
        let path = VirtualPath::root().join(b"f").expect("a path");
        (directory, files, path)
    }

    fn now<T>(op: Op<T>) -> T {
        match op {
            Op::Ready(Ok(answer)) => answer,
            other => panic!("a local directory answers at once: {other:?}"),
        }
    }

    #[test]
    fn a_range_is_read_and_nothing_behind_it() {
        let (_directory, files, path) = site();
        let mut part = Part::new(now(files.open_read(&path, 3)), 4);
        assert_eq!(part.size(), Some(4));
        let mut cx = Context::from_waker(Waker::noop());
        let mut read = Vec::new();
        let mut piece = [0; 3];
        while let Poll::Ready(Ok(count @ 1..)) = part.poll_read(&mut cx, &mut piece) {
            read.extend_from_slice(&piece[..count]);
        }
        assert_eq!(read, b"3456");
    }

    #[test]
    fn a_range_is_written_and_nothing_behind_it() {
        let (directory, files, path) = site();
        let whole = now(files.open_write(&path, Placement::At(3)));
        let mut part = Box::new(Part::new(whole, 4));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(
            part.poll_write(&mut cx, b"abcdef"),
            Poll::Ready(Ok(4))
        ));
        assert!(matches!(
            part.poll_write(&mut cx, b"ef"),
            Poll::Ready(Err(_))
        ));
        now(part.finish(Keep::Whole));
        let file = std::fs::read(directory.path().join("f")).expect("a file");
        assert_eq!(file, b"012abcd789");
    }
}
