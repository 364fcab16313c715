//! Lines of the control connection: CRLF or bare LF, Telnet sequences removed, length bounded.

use bytes::Bytes;

/// Collects the bytes of a control connection and gives them out as lines.
#[derive(Debug)]
pub struct LineBuffer {}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its end.
    Whole(Bytes),
    /// A line longer than the bound. Reported once for each; its bytes are dropped up to its end.
    TooLong,
}

impl LineBuffer {
    /// A buffer for lines of `limit` bytes at most, their end not counted. Holds nothing on the heap until bytes come.
    pub const fn new(limit: usize) -> Self {
        todo!()
    }
    /// Takes bytes, as many as [`room`](Self::room) says; how many were taken.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        todo!()
    }
    /// The next line, if one is whole.
    pub fn next_line(&mut self) -> Option<Line> {
        todo!()
    }
    /// Drops everything; how many bytes that was.
    pub fn clear(&mut self) -> usize {
        todo!()
    }
    /// Gives the memory of an empty buffer back.
    pub fn release(&mut self) {
        todo!()
    }
    /// How many bytes `push` takes now. Zero only while a whole line waits to be taken.
    pub fn room(&self) -> usize {
        todo!()
    }
    /// Whether nothing waits, not even a part of a line (or of a Telnet sequence).
    pub fn is_empty(&self) -> bool {
        todo!()
    }
    /// Whole lines that wait, oldest first, without taking them.
    pub fn waiting(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::empty()
    }
}
