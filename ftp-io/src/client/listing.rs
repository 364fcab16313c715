//! A listing read while it comes.

use std::io;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use ftp_proto::DateTime;
use ftp_proto::listing::{Entry, ListingError, ListingOptions, ListingReader, Shape};
use ftp_proto::server::Keep;

use super::Error;
use crate::storage::{Op, Sink};

/// A sink that makes entries of what is written to it, within the reader's bounds.
#[derive(Debug)]
pub(crate) struct ListingSink {
    reader: ListingReader,
    entries: Vec<Entry>,
    error: Option<ListingError>,
}

impl ListingSink {
    pub(crate) fn new(shape: Shape) -> Self {
        let mut options = ListingOptions::new(now());
        options.shape = shape;
        Self {
            reader: ListingReader::new(options),
            entries: Vec::new(),
            error: None,
        }
    }

    /// The entries, once the transfer has ended with this result.
    pub(crate) fn into_entries<T>(mut self, result: Result<T, Error>) -> Result<Vec<Entry>, Error> {
        self.reader.finish();
        self.take();
        match (self.error, result) {
            (Some(error), _) => Err(error.into()),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Ok(self.entries),
        }
    }

    fn take(&mut self) {
        while let Some(entry) = self.reader.next_entry() {
            match entry {
                Ok(entry) => self.entries.push(entry),
                Err(error) => self.error = Some(error),
            }
        }
    }
}

impl Sink for ListingSink {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.reader.push(bytes);
        self.take();
        Poll::Ready(match self.error {
            None => Ok(bytes.len()),
            Some(error) => Err(io::Error::other(error)),
        })
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }
}

/// The wall clock in UTC: dates without a year depend on it.
fn now() -> DateTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0));
    DateTime::from_unix(seconds).unwrap_or(DateTime::UNIX_EPOCH)
}
