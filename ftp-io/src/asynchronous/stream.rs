//! Files and listings as streams.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ftp_proto::listing::Entry;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::driver::Driver;
use crate::client::{Error, Listed, ReadWindow, Site, Transfer, Wish, WriteWindow, answer};

/// A file that is being retrieved. Its end is told only when the server has called the transfer
/// complete, so that what was read up to there is whole.
///
/// Dropped before its end, it stops the transfer. Between its calls nothing moves and no deadline
/// of the session runs. Errors hold an [`Error`] that [`io::Error::downcast`] gives back.
#[derive(Debug)]
pub struct Reader<'a>(Stream<'a>);

/// A file that is being stored. It is whole when [`finish`](Self::finish) or `shutdown` has said
/// so: dropped before, it stops the transfer in a way that the server does not take for the end of
/// the file.
///
/// Between its calls nothing moves and no deadline of the session runs. Errors hold an [`Error`]
/// that [`io::Error::downcast`] gives back.
#[derive(Debug)]
pub struct Writer<'a>(Stream<'a>);

/// A listing that is read while it comes, a few hundred entries in memory at a time.
///
/// Dropped before its end, it stops the transfer.
#[derive(Debug)]
pub struct Entries<'a> {
    stream: Stream<'a>,
    entries: Listed,
}

/// A transfer that has begun, and whose bytes wait for the application.
struct Stream<'a> {
    driver: &'a mut Driver,
    end: Option<Transfer>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(driver: &'a mut Driver) -> Self {
        Self(Stream { driver, end: None })
    }

    /// How the transfer ended, once the last byte was read.
    pub const fn transfer(&self) -> Option<&Transfer> {
        self.0.end.as_ref()
    }
}

impl AsyncRead for Reader<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let mut window = ReadWindow::new(buffer.initialize_unfilled());
        let ended = ready!(self.0.poll(cx, &mut window));
        match window.filled() {
            0 => Poll::Ready(ended.map_err(Into::into)),
            filled => {
                buffer.advance(filled);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(driver: &'a mut Driver) -> Self {
        Self(Stream { driver, end: None })
    }

    /// Ends the file, and waits until the server has called the transfer complete.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong. After an error of a write, that was it, and this
    /// is [`Error::Over`].
    pub async fn finish(mut self) -> Result<Transfer, Error> {
        poll_fn(|cx| self.0.poll_write(cx, &[], Wish::Ended)).await?;
        self.0.end.take().ok_or(Error::Over)
    }
}

impl AsyncWrite for Writer<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match bytes.is_empty() {
            true => Poll::Ready(Ok(0)),
            false => {
                let taken = ready!(self.0.poll_write(cx, bytes, Wish::Taken))?;
                Poll::Ready(match taken {
                    // The server has called a file complete that is not.
                    0 => Err(Error::Over.into()),
                    taken => Ok(taken),
                })
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.poll_write(cx, &[], Wish::Flushed))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.poll_write(cx, &[], Wish::Ended))?;
        Poll::Ready(Ok(()))
    }
}

impl<'a> Entries<'a> {
    pub(super) fn new(driver: &'a mut Driver) -> Self {
        Self {
            stream: Stream { driver, end: None },
            entries: Listed::new(),
        }
    }

    /// The next entry; `None` when the server has called the listing complete.
    ///
    /// May be dropped at any time and called again: no entry is lost.
    ///
    /// # Errors
    ///
    /// Once: [`Error::Operation`] with what went wrong, [`Error::Listing`] past its bounds.
    pub async fn next(&mut self) -> Option<Result<Entry, Error>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same, polled.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Entry, Error>>> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Poll::Ready(Some(Ok(entry)));
            }
            if !self.stream.driver.core.is_waited_for() {
                return Poll::Ready(self.entries.take_error().map(Err));
            }
            ready!(self.stream.driver.poll(cx, &mut self.entries));
            if let Some(end) = self.stream.driver.core.take_end() {
                self.stream.end = self.entries.finish(end.and_then(answer::transfer));
            }
        }
    }

    /// How the transfer ended, once the last entry was given.
    pub const fn transfer(&self) -> Option<&Transfer> {
        self.stream.end.as_ref()
    }
}

impl Stream<'_> {
    /// Moves bytes until `window` has what it wants or the transfer has ended, which it keeps.
    fn poll(&mut self, cx: &mut Context<'_>, window: &mut dyn Site) -> Poll<Result<(), Error>> {
        if !self.driver.core.is_waited_for() {
            // It has ended before: there is an end, or its error was told.
            return Poll::Ready(self.end.as_ref().map(|_| ()).ok_or(Error::Over));
        }
        ready!(self.driver.poll(cx, window));
        // What came last is given first, and the end at the next call.
        if !window.is_satisfied(true)
            && let Some(end) = self.driver.core.take_end()
        {
            self.end = Some(end.and_then(answer::transfer)?);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        wish: Wish,
    ) -> Poll<Result<usize, Error>> {
        let mut window = WriteWindow::new(bytes, wish);
        ready!(self.poll(cx, &mut window))?;
        Poll::Ready(Ok(window.taken()))
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        self.driver.abandon();
    }
}

impl fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
