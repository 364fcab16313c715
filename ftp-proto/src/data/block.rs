//! MODE B: blocks, each behind a header of three bytes (RFC 959 §3.4.2).

use alloc::boxed::Box;
use alloc::vec;

use super::Fault;
use super::marker::Markers;
use super::mode::{Advance, Descriptor};
use super::room::{Room, skip};
use super::text::ToFile;

/// Content bytes of one block; the header could say 65,535.
pub(super) const BLOCK: usize = 8_192;
const HEADER: usize = 3;

/// Gathers a block and then writes it, so that the blocks do not depend on how the file is cut.
#[derive(Clone, Debug)]
pub(super) struct BlockEncoder {
    /// A header and the content behind it.
    block: Box<[u8]>,
    /// Content bytes in it.
    length: usize,
    /// The block is closed, and so much of it is written.
    written: Option<usize>,
    is_finished: bool,
}

impl BlockEncoder {
    pub(super) fn new() -> Self {
        Self {
            block: vec![0; HEADER + BLOCK].into_boxed_slice(),
            length: 0,
            written: None,
            is_finished: false,
        }
    }

    pub(super) fn data(&mut self, bytes: &[u8], room: &mut Room<'_>) -> usize {
        if !self.flush(room) {
            return 0;
        }
        // A full block is closed when it is clear that it is not the last of its record.
        if self.length == BLOCK && !bytes.is_empty() && !self.close(Descriptor::PLAIN, room) {
            return 0;
        }
        let free = self.block.get_mut(HEADER + self.length..);
        let taken = super::copy(bytes, free.unwrap_or_default());
        self.length += taken;
        taken
    }

    pub(super) fn end_of_record(&mut self, room: &mut Room<'_>) -> bool {
        let is_taken = self.flush(room);
        if is_taken {
            self.close(Descriptor::END_OF_RECORD, room);
        }
        is_taken
    }

    pub(super) fn marker(&mut self, text: &[u8], room: &mut Room<'_>) -> bool {
        if !self.flush(room) || (self.length > 0 && !self.close(Descriptor::PLAIN, room)) {
            return false;
        }
        let content = self.block.get_mut(HEADER..).unwrap_or_default();
        self.length = super::copy(text, content);
        self.close(Descriptor::MARKER, room);
        true
    }

    pub(super) fn finish(&mut self, room: &mut Room<'_>) -> bool {
        if !self.flush(room) {
            return false;
        }
        if self.is_finished {
            return true;
        }
        self.is_finished = true;
        self.close(Descriptor::END_OF_FILE, room)
    }

    /// Puts the header before what was gathered; whether all of it is written.
    fn close(&mut self, descriptor: Descriptor, room: &mut Room<'_>) -> bool {
        // A block holds fewer bytes than its header can say.
        let [high, low] = u16::try_from(self.length).unwrap_or(u16::MAX).to_be_bytes();
        super::copy(&[descriptor.encode(), high, low], &mut self.block);
        self.written = Some(0);
        self.flush(room)
    }

    /// Writes of a closed block what there is room for; whether none is left.
    fn flush(&mut self, room: &mut Room<'_>) -> bool {
        let Some(written) = self.written else {
            return true;
        };
        let end = HEADER + self.length;
        let written = written + room.copy(self.block.get(written..end).unwrap_or_default());
        let is_written = written >= end;
        if is_written {
            self.length = 0;
        }
        self.written = (!is_written).then_some(written);
        is_written
    }
}

#[derive(Clone, Debug)]
pub(super) struct BlockDecoder {
    state: State,
    pub(super) markers: Markers,
    pub(super) suspect: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// So many bytes of a header were read.
    Header {
        bytes: [u8; HEADER],
        read: usize,
    },
    /// So many bytes of a block are still to come.
    Content {
        descriptor: Descriptor,
        left: u16,
    },
    /// A block has ended, and a record with it.
    EndOfRecord {
        is_last: bool,
    },
    Ended,
}

const START: State = State::Header {
    bytes: [0; HEADER],
    read: 0,
};

impl BlockDecoder {
    pub(super) const fn new() -> Self {
        Self {
            state: START,
            markers: Markers::new(),
            suspect: 0,
        }
    }

    pub(super) fn advance(
        &mut self,
        rest: &mut &[u8],
        file: &mut ToFile,
        room: &mut Room<'_>,
    ) -> Result<Advance, Fault> {
        match self.state {
            State::Header { mut bytes, read } => {
                let free = bytes.get_mut(read..).unwrap_or_default();
                let taken = super::copy(rest, free);
                skip(rest, taken);
                let read = read + taken;
                self.state = State::Header { bytes, read };
                if read == HEADER {
                    let [descriptor, high, low] = bytes;
                    self.state = State::Content {
                        descriptor: Descriptor::decode(descriptor)?,
                        left: u16::from_be_bytes([high, low]),
                    };
                }
                Ok(Advance::further(taken > 0))
            }
            State::Content {
                descriptor,
                left: 0,
            } => {
                if descriptor.has(Descriptor::MARKER) {
                    self.markers.complete()?;
                }
                let is_last = descriptor.has(Descriptor::END_OF_FILE);
                self.state = if descriptor.has(Descriptor::END_OF_RECORD) {
                    State::EndOfRecord { is_last }
                } else {
                    after(is_last)
                };
                Ok(Advance::Further)
            }
            State::Content { descriptor, left } => {
                let near = rest.get(..usize::from(left)).unwrap_or(rest);
                let taken = if descriptor.has(Descriptor::MARKER) {
                    self.markers.text(near)?
                } else {
                    file.data(near, room)
                };
                skip(rest, taken);
                if descriptor.has(Descriptor::SUSPECT) {
                    self.suspect = self.suspect.saturating_add(taken as u64);
                }
                // No more than `left` was offered.
                let left = left.saturating_sub(u16::try_from(taken).unwrap_or(left));
                self.state = State::Content { descriptor, left };
                Ok(Advance::further(taken > 0))
            }
            State::EndOfRecord { is_last } => {
                let is_written = file.end_of_record(room);
                if is_written {
                    self.state = after(is_last);
                }
                Ok(Advance::further(is_written))
            }
            State::Ended => Ok(Advance::Ended),
        }
    }
}

const fn after(is_last: bool) -> State {
    if is_last { State::Ended } else { START }
}
