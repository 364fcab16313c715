//! Files and listings as streams.

use std::fmt;
use std::io;

use ftp_proto::listing::Entry;

use super::driver::Driver;
use crate::client::{Error, Listed, ReadWindow, Site, Transfer, Wish, WriteWindow, answer};

/// A file that is being retrieved. Its end is told only when the server has called the transfer
/// complete, so that what was read up to there is whole.
///
/// Dropped before its end, it stops the transfer. Between its calls nothing moves and no deadline
/// of the session runs. Errors hold an [`Error`] that [`io::Error::downcast`] gives back.
#[derive(Debug)]
pub struct Reader<'a>(Stream<'a>);

/// A file that is being stored. It is whole when [`finish`](Self::finish) has said so: dropped
/// before, it stops the transfer in a way that the server does not take for the end of the file.
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
    pub(super) const fn new(driver: &'a mut Driver) -> Self {
        Self(Stream { driver, end: None })
    }

    /// How the transfer ended, once the last byte was read.
    pub const fn transfer(&self) -> Option<&Transfer> {
        self.0.end.as_ref()
    }
}

impl io::Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut window = ReadWindow::new(buffer);
        self.0.drive(&mut window)?;
        Ok(window.filled())
    }
}

impl<'a> Writer<'a> {
    pub(super) const fn new(driver: &'a mut Driver) -> Self {
        Self(Stream { driver, end: None })
    }

    /// Ends the file, and waits until the server has called the transfer complete.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong. After an error of a write, that was it, and this
    /// is [`Error::Over`].
    pub fn finish(mut self) -> Result<Transfer, Error> {
        self.0.drive(&mut WriteWindow::new(&[], Wish::Ended))?;
        self.0.end.take().ok_or(Error::Over)
    }
}

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let mut window = WriteWindow::new(bytes, Wish::Taken);
        self.0.drive(&mut window)?;
        match window.taken() {
            // The server has called a file complete that is not.
            0 => Err(Error::Over.into()),
            taken => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(self.0.drive(&mut WriteWindow::new(&[], Wish::Flushed))?)
    }
}

impl<'a> Entries<'a> {
    pub(super) fn new(driver: &'a mut Driver) -> Self {
        Self {
            stream: Stream { driver, end: None },
            entries: Listed::new(),
        }
    }

    /// How the transfer ended, once the last entry was given.
    pub const fn transfer(&self) -> Option<&Transfer> {
        self.stream.end.as_ref()
    }
}

/// An error comes once, and is the last: [`Error::Operation`] with what went wrong,
/// [`Error::Listing`] past its bounds.
impl Iterator for Entries<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(Ok(entry));
            }
            let driver = &mut *self.stream.driver;
            if !driver.core.is_waited_for() {
                return self.entries.take_error().map(Err);
            }
            let end = match driver.drive(&mut self.entries) {
                Ok(()) => driver.core.take_end(),
                Err(error) => {
                    driver.abandon();
                    Some(Err(error))
                }
            };
            if let Some(end) = end {
                self.stream.end = self.entries.finish(end.and_then(answer::transfer));
            }
        }
    }
}

impl std::iter::FusedIterator for Entries<'_> {}

impl Stream<'_> {
    /// Moves bytes until `window` has what it wants or the transfer has ended, which it keeps.
    fn drive(&mut self, window: &mut dyn Site) -> Result<(), Error> {
        if !self.driver.core.is_waited_for() {
            // It has ended before: there is an end, or its error was told.
            return self.end.as_ref().map(|_| ()).ok_or(Error::Over);
        }
        self.driver.drive(window)?;
        // What came last is given first, and the end at the next call.
        if !window.is_satisfied(true)
            && let Some(end) = self.driver.core.take_end()
        {
            self.end = Some(end.and_then(answer::transfer)?);
        }
        Ok(())
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
