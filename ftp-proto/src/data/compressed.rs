//! MODE C: strings as they are, and runs of one byte made short (RFC 959 §3.4.3).
//!
//! | first byte | what follows |
//! |---|---|
//! | `0nnnnnnn`, n > 0 | n bytes of data |
//! | `10nnnnnn` | one byte, which stands for n of them |
//! | `11nnnnnn` | nothing: n of the filler byte, which is space for text and zero for TYPE I |
//! | `00000000` | a descriptor as in MODE B, which is about the string behind it |

use super::Fault;
use super::marker::Markers;
use super::mode::{Advance, Descriptor};
use super::room::{Room, skip};
use super::text::ToFile;

const ESCAPE: u8 = 0;
const REPLICATED: u8 = 0x80;
const FILLER: u8 = 0xc0;
const LONGEST_STRING: usize = 127;
const LONGEST_RUN: u8 = 63;

/// An empty string, for a descriptor that has no data to be about.
const EMPTY: u8 = FILLER;

/// A run as long as this is shorter on its own than in a string, even if that has to be broken.
const WORTH: u8 = 4;

#[derive(Clone, Debug)]
pub(super) struct CompressedEncoder {
    filler: u8,
    /// A string that is being gathered, behind one byte for its length.
    string: [u8; 1 + LONGEST_STRING],
    length: usize,
    /// The last bytes, so far all the same, which are in no string yet.
    run: Run,
    out: Out,
    is_finished: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Run {
    byte: u8,
    length: u8,
}

/// What is encoded and not written.
#[derive(Clone, Debug)]
struct Out {
    /// The longest step: a descriptor, a string, a second descriptor and a run.
    bytes: [u8; 2 * (1 + LONGEST_STRING)],
    start: usize,
    end: usize,
}

impl CompressedEncoder {
    pub(super) fn new(filler: u8) -> Self {
        Self {
            filler,
            string: [0; 1 + LONGEST_STRING],
            length: 0,
            run: Run::default(),
            out: Out {
                bytes: [0; 2 * (1 + LONGEST_STRING)],
                start: 0,
                end: 0,
            },
            is_finished: false,
        }
    }

    pub(super) fn data(&mut self, bytes: &[u8], room: &mut Room<'_>) -> usize {
        let mut taken = 0;
        for &byte in bytes {
            if !self.out.flush(room) {
                break;
            }
            if self.run.length == 0 {
                self.run.byte = byte;
            } else if self.run.byte != byte || self.run.length == LONGEST_RUN {
                self.end_run(Descriptor::PLAIN);
                self.run.byte = byte;
            }
            self.run.length += 1;
            taken += 1;
        }
        taken
    }

    pub(super) fn end_of_record(&mut self, room: &mut Room<'_>) -> bool {
        let is_taken = self.out.flush(room);
        if is_taken {
            self.end_string(Descriptor::END_OF_RECORD);
            self.out.flush(room);
        }
        is_taken
    }

    pub(super) fn marker(&mut self, text: &[u8], room: &mut Room<'_>) -> bool {
        let is_taken = self.out.flush(room);
        if is_taken {
            self.end_string(Descriptor::PLAIN);
            let length = text.len().min(super::marker::LONGEST);
            self.out
                .put(&[ESCAPE, Descriptor::MARKER.encode(), length as u8]);
            self.out.put(text.get(..length).unwrap_or(text));
            self.out.flush(room);
        }
        is_taken
    }

    pub(super) fn finish(&mut self, room: &mut Room<'_>) -> bool {
        if !self.out.flush(room) {
            return false;
        }
        if !self.is_finished {
            self.is_finished = true;
            self.end_string(Descriptor::END_OF_FILE);
        }
        self.out.flush(room)
    }

    /// Encodes the run, for itself or as a part of the string.
    fn end_run(&mut self, descriptor: Descriptor) {
        let Run { byte, length } = core::mem::take(&mut self.run);
        let is_filler = byte == self.filler;
        let worth = if is_filler { 2 } else { WORTH };
        if length >= worth {
            self.put_string(Descriptor::PLAIN);
            self.describe(descriptor);
            if is_filler {
                self.out.put(&[FILLER | length]);
            } else {
                self.out.put(&[REPLICATED | length, byte]);
            }
            return;
        }
        for _ in 0..length {
            if self.length == LONGEST_STRING {
                self.put_string(Descriptor::PLAIN);
            }
            self.length += 1;
            if let Some(end) = self.string.get_mut(self.length) {
                *end = byte;
            }
        }
        if descriptor != Descriptor::PLAIN {
            self.put_string(descriptor);
        }
    }

    /// Encodes all that was taken, the last of it with this descriptor.
    fn end_string(&mut self, descriptor: Descriptor) {
        if self.length == 0 && self.run.length == 0 {
            if descriptor != Descriptor::PLAIN {
                self.describe(descriptor);
                self.out.put(&[EMPTY]);
            }
            return;
        }
        self.end_run(descriptor);
        self.put_string(descriptor);
    }

    fn put_string(&mut self, descriptor: Descriptor) {
        if self.length == 0 {
            return;
        }
        self.describe(descriptor);
        if let Some((first, _)) = self.string.split_first_mut() {
            // At most `LONGEST_STRING`.
            *first = self.length as u8;
        }
        let string = self.string.get(..=self.length).unwrap_or(&self.string);
        self.out.put(string);
        self.length = 0;
    }

    fn describe(&mut self, descriptor: Descriptor) {
        if descriptor != Descriptor::PLAIN {
            self.out.put(&[ESCAPE, descriptor.encode()]);
        }
    }
}

impl Out {
    /// `bytes` has room for the longest step, and is empty before each.
    fn put(&mut self, bytes: &[u8]) {
        let free = self.bytes.get_mut(self.end..).unwrap_or_default();
        self.end += super::copy(bytes, free);
    }

    /// Writes what there is room for; whether nothing is left.
    fn flush(&mut self, room: &mut Room<'_>) -> bool {
        if self.start < self.end {
            self.start += room.copy(self.bytes.get(self.start..self.end).unwrap_or_default());
        }
        let is_empty = self.start == self.end;
        if is_empty {
            (self.start, self.end) = (0, 0);
        }
        is_empty
    }
}

#[derive(Clone, Debug)]
pub(super) struct CompressedDecoder {
    filler: u8,
    state: State,
    /// About the string that comes next, or is being read.
    descriptor: Descriptor,
    pub(super) markers: Markers,
    pub(super) suspect: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Start,
    /// The escape byte was read.
    Descriptor,
    /// So many bytes of data are still to come.
    String(u8),
    /// The byte is still to come that stands for so many.
    Replicated(u8),
    /// So many of one byte are still to be written.
    Run(Run),
    /// A record ends with the string that has ended.
    EndOfRecord,
    Ended,
}

impl CompressedDecoder {
    pub(super) const fn new(filler: u8) -> Self {
        Self {
            filler,
            state: State::Start,
            descriptor: Descriptor::PLAIN,
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
            State::String(0) | State::Run(Run { length: 0, .. }) => {
                self.end_string()?;
                return Ok(Advance::Further);
            }
            State::Run(Run { byte, length }) => {
                let run = [byte; LONGEST_RUN as usize];
                let run = run.get(..usize::from(length)).unwrap_or(&run);
                let left = length.saturating_sub(self.content(run, file, room)?);
                self.state = State::Run(Run { byte, length: left });
                return Ok(Advance::further(left < length));
            }
            State::EndOfRecord => {
                let is_written = file.end_of_record(room);
                if is_written {
                    self.after_record();
                }
                return Ok(Advance::further(is_written));
            }
            State::Ended => return Ok(Advance::Ended),
            State::Start | State::Descriptor | State::String(_) | State::Replicated(_) => {}
        }
        let Some(&byte) = rest.first() else {
            return Ok(Advance::Nothing);
        };
        self.state = match self.state {
            State::Descriptor => {
                self.descriptor = self.descriptor.with(Descriptor::decode(byte)?);
                State::Start
            }
            State::String(left) => {
                let near = rest.get(..usize::from(left)).unwrap_or(rest);
                let taken = self.content(near, file, room)?;
                skip(rest, usize::from(taken));
                self.state = State::String(left.saturating_sub(taken));
                return Ok(Advance::further(taken > 0));
            }
            State::Replicated(length) => State::Run(Run { byte, length }),
            _ if byte == ESCAPE => State::Descriptor,
            _ => match (byte & FILLER, byte & LONGEST_RUN) {
                (FILLER, length) => State::Run(Run {
                    byte: self.filler,
                    length,
                }),
                (REPLICATED, length) => State::Replicated(length),
                _ => State::String(byte),
            },
        };
        skip(rest, 1);
        Ok(Advance::Further)
    }

    /// Takes bytes of a string; how many.
    fn content(
        &mut self,
        bytes: &[u8],
        file: &mut ToFile,
        room: &mut Room<'_>,
    ) -> Result<u8, Fault> {
        let taken = if self.descriptor.has(Descriptor::MARKER) {
            self.markers.text(bytes)?
        } else {
            file.data(bytes, room)
        };
        if self.descriptor.has(Descriptor::SUSPECT) {
            self.suspect = self.suspect.saturating_add(taken as u64);
        }
        // A string has 127 bytes at most.
        Ok(u8::try_from(taken).unwrap_or(u8::MAX))
    }

    fn end_string(&mut self) -> Result<(), Fault> {
        if self.descriptor.has(Descriptor::MARKER) {
            self.markers.complete()?;
        }
        if self.descriptor.has(Descriptor::END_OF_RECORD) {
            self.state = State::EndOfRecord;
        } else {
            self.after_record();
        }
        Ok(())
    }

    fn after_record(&mut self) {
        self.state = if self.descriptor.has(Descriptor::END_OF_FILE) {
            State::Ended
        } else {
            State::Start
        };
        self.descriptor = Descriptor::PLAIN;
    }
}
