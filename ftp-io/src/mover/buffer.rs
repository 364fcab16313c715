//! Bytes that have been read and not yet written.

use ftp_proto::data::{Codec, Fault};

/// A buffer that is filled when it is empty, and emptied from its front.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// Room for `size` bytes; only for an empty buffer. It is taken once, and kept.
    pub(super) fn room(&mut self, size: usize) -> &mut [u8] {
        debug_assert!(self.is_empty());
        if self.bytes.len() < size {
            self.bytes = vec![0; size];
        }
        &mut self.bytes[..size]
    }

    /// Says how much of the room was filled.
    pub(super) fn filled(&mut self, count: usize) {
        self.start = 0;
        self.end = count.min(self.bytes.len());
    }

    /// Takes bytes off the front.
    pub(super) fn take(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Gives the memory back, if nothing is in it.
    pub(super) fn release(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// What a codec made of what there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Converted {
    /// Some was taken or given.
    Some,
    /// At the end: nothing is left to be written.
    All,
    /// It takes nothing of what there is, and so never will.
    Stuck,
}

/// Runs bytes through a codec into an empty buffer.
pub(super) fn convert(
    codec: &mut Codec,
    raw: &mut Buffer,
    out: &mut Buffer,
    last: bool,
) -> Result<Converted, Fault> {
    let progress = codec.run(raw.bytes(), out.room(SIZE), last)?;
    raw.take(progress.read);
    out.filled(progress.written);
    Ok(match (progress.read, progress.written) {
        (_, 0) if progress.finished => Converted::All,
        (0, 0) => Converted::Stuck,
        _ => Converted::Some,
    })
}

/// Bytes in one buffer.
pub(super) const SIZE: usize = 32 << 10;
