//! Bytes in any cut, as lines.

use core::ops::Range;

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memrchr};

/// The lines of what is pushed.
#[derive(Debug)]
pub(super) struct Lines {
    /// Bytes in one line.
    max_line: usize,
    /// Whole lines, each with its LF; what is before `next` was taken.
    whole: Bytes,
    next: usize,
    /// Where in `whole` the line is that was come to.
    line: Range<usize>,
    /// It is to be come to once more.
    again: bool,
    /// What came behind them.
    buffer: BytesMut,
    /// Bytes at the front of `buffer` that hold no line end.
    scanned: usize,
    /// The rest of an overlong line is being dropped.
    dropping: bool,
    /// The last line may lack its line end.
    finished: bool,
}

impl Lines {
    pub(super) fn new(max_line: usize) -> Self {
        Self {
            max_line,
            whole: Bytes::new(),
            next: 0,
            line: 0..0,
            again: false,
            buffer: BytesMut::new(),
            scanned: 0,
            dropping: false,
            finished: false,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    /// Goes to the next line; says whether there is one.
    #[inline]
    pub(super) fn advance(&mut self) -> bool {
        if self.again {
            self.again = false;
            return true;
        }
        loop {
            let rest = self.whole.get(self.next..).unwrap_or_default();
            if let Some(length) = memchr(b'\n', rest) {
                let kept = self.kept(&rest[..length]);
                self.line = self.next..self.next + kept;
                self.next += length + 1;
                if !self.dropping {
                    return true;
                }
                self.dropping = false;
            } else if !self.take_whole() {
                return self.take_unended();
            }
        }
    }

    /// Goes back, so that the next line is this one.
    pub(super) fn step_back(&mut self) {
        self.again = true;
    }

    /// This line without its end, a byte longer than allowed when it is too long. It shares the
    /// memory of all that were whole with it.
    #[inline]
    pub(super) fn share(&self) -> Bytes {
        self.whole.slice(self.line.clone())
    }

    /// Takes the whole lines of the buffer; says whether there are any.
    fn take_whole(&mut self) -> bool {
        let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
        let last = memrchr(b'\n', unseen).map(|last| self.scanned + last + 1);
        self.take(last.unwrap_or(0));
        last.is_some()
    }

    /// Takes the bytes behind the last line end when they make a line already: at the end of the
    /// listing, or when there are too many of them.
    fn take_unended(&mut self) -> bool {
        if self.dropping {
            self.buffer.clear();
            return false;
        }
        let too_long = self.buffer.len() > self.longest_with_cr();
        if !too_long && (!self.finished || self.buffer.is_empty()) {
            self.scanned = self.buffer.len();
            return false;
        }
        self.dropping = too_long;
        self.take(self.buffer.len());
        self.line = 0..self.kept(&self.whole);
        self.next = self.whole.len();
        true
    }

    fn take(&mut self, count: usize) {
        // What was taken before is let go of first, so that the buffer may have its memory again.
        self.whole = Bytes::new();
        if count > 0 {
            self.whole = self.buffer.split_to(count).freeze();
            self.scanned = 0;
        }
        (self.line, self.next) = (0..0, 0);
    }

    /// How much of a line is kept: not the CR of its end (some servers send two), nor what is
    /// too long. The answer is the same when only the start of a line that is too long is known.
    fn kept(&self, line: &[u8]) -> usize {
        let mut kept = line.len();
        if kept <= self.longest_with_cr() {
            while kept > 0 && line[kept - 1] == b'\r' {
                kept -= 1;
            }
        }
        kept.min(self.max_line.saturating_add(1))
    }

    fn longest_with_cr(&self) -> usize {
        self.max_line.saturating_add(2)
    }

    /// Bytes that are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity() + self.whole.len()
    }
}
