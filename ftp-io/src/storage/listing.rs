//! The bytes of a listing, as its data connection carries them.

use std::fmt;
use std::io;
use std::task::{Context, Poll, ready};

use ftp_proto::DateTime;
use ftp_proto::listing::{ListingStyle, write};

use super::{Entries, Source};

/// Entries as a [`Source`] of lines that end in CRLF. It holds one line at a time, however many
/// entries there are.
pub struct Listing {
    entries: Box<dyn Entries + Send>,
    style: ListingStyle,
    now: DateTime,
    line: Vec<u8>,
    /// How much of `line` has been read.
    read: usize,
}

impl Listing {
    /// The listing of `entries`. `now` is the time in UTC: a Unix line tells the time of day or
    /// the year by it.
    pub fn new(entries: Box<dyn Entries + Send>, style: ListingStyle, now: DateTime) -> Self {
        Self {
            entries,
            style,
            now,
            line: Vec::new(),
            read: 0,
        }
    }
}

impl Source for Listing {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut filled = 0;
        loop {
            let rest = &self.line[self.read..];
            let taken = rest.len().min(buffer.len() - filled);
            buffer[filled..filled + taken].copy_from_slice(&rest[..taken]);
            filled += taken;
            self.read += taken;
            if filled == buffer.len() {
                return Poll::Ready(Ok(filled));
            }
            // What is there goes first: an end, an error or a wait comes again.
            let next = match self.entries.poll_next(cx) {
                Poll::Pending if filled > 0 => return Poll::Ready(Ok(filled)),
                next => ready!(next),
            };
            match next {
                None => return Poll::Ready(Ok(filled)),
                Some(Err(error)) => return Poll::Ready(Err(error)),
                Some(Ok(entry)) => {
                    self.line.clear();
                    self.read = 0;
                    // A name that no line can hold is left out.
                    let _ = write(self.style, &entry, self.now, &mut self.line);
                }
            }
        }
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use ftp_proto::listing::{Entry, Metadata};

    use super::*;

    /// Names, with a wait before each.
    struct Slow {
        names: Vec<&'static str>,
        waited: bool,
    }

    impl Entries for Slow {
        fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Entry>>> {
            self.waited = !self.waited;
            if self.waited {
                return Poll::Pending;
            }
            let name = self.names.pop();
            Poll::Ready(name.map(|name| Ok(Entry::new(name, &Metadata::default()))))
        }
    }

    #[test]
    fn lines_are_whole_however_they_are_read() {
        for size in [1, 2, 3, 100] {
            let names = vec!["last", "not\ntellable", "first"];
            let entries = Box::new(Slow {
                names,
                waited: false,
            });
            let style = ListingStyle::Names { all: true };
            let now = DateTime::from_unix(0).expect("a date");
            let mut listing = Listing::new(entries, style, now);
            let (mut whole, mut piece) = (Vec::new(), vec![0; size]);
            loop {
                match listing.poll_read(&mut Context::from_waker(Waker::noop()), &mut piece) {
                    Poll::Pending => {}
                    Poll::Ready(Ok(0)) => break,
                    Poll::Ready(read) => whole.extend_from_slice(&piece[..read.expect("bytes")]),
                }
            }
            assert_eq!(whole, b"first\r\nlast\r\n", "in pieces of {size}");
        }
    }
}
