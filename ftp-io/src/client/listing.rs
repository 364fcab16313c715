//! A listing read while it comes.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};

use ftp_proto::DateTime;
use ftp_proto::listing::{Entry, ListingError, ListingOptions, ListingReader};
use ftp_proto::server::Keep;

use super::core::Site;
use super::{Error, Transfer};
use crate::mover::End;
use crate::storage::{Op, Sink};

/// Makes entries of what comes, a few hundred at a time: more is received when those are taken.
#[derive(Debug)]
pub(crate) struct Listed {
    reader: ListingReader,
    ready: VecDeque<Entry>,
    too_large: Option<ListingError>,
    error: Option<Error>,
}

impl Listed {
    pub(crate) fn new() -> Self {
        Self {
            reader: ListingReader::new(ListingOptions::new(now())),
            ready: VecDeque::new(),
            too_large: None,
            error: None,
        }
    }

    /// The next entry that is whole.
    pub(crate) fn next(&mut self) -> Option<Entry> {
        self.ready.pop_front()
    }

    /// Takes the end of the transfer, and gives it if the listing is whole; entries may be left.
    pub(crate) fn finish(&mut self, result: Result<Transfer, Error>) -> Option<Transfer> {
        self.reader.finish();
        self.take();
        let result = match self.too_large {
            Some(error) => Err(error.into()),
            None => result,
        };
        result.map_err(|error| self.error = Some(error)).ok()
    }

    /// Why the listing is not whole, once.
    pub(crate) fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    fn take(&mut self) {
        while let Some(entry) = self.reader.next_entry() {
            match entry {
                Ok(entry) => self.ready.push_back(entry),
                Err(error) => self.too_large = Some(error),
            }
        }
    }
}

impl Site for Listed {
    fn end(&mut self) -> Option<End<'_>> {
        Some(End::Sink(self))
    }

    fn is_satisfied(&self, _: bool) -> bool {
        !self.ready.is_empty()
    }
}

impl Sink for Listed {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !self.ready.is_empty() {
            return Poll::Pending;
        }
        self.reader.push(bytes);
        self.take();
        Poll::Ready(match self.too_large {
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
