//! The transfer modes: what carries a file's content over the data connection (RFC 959 §3.4).

use alloc::boxed::Box;

use super::Fault;
use super::block::{BlockDecoder, BlockEncoder};
use super::compressed::{CompressedDecoder, CompressedEncoder};
use super::marker::Markers;
use super::record::{RecordDecoder, RecordEncoder};
use super::room::{Room, skip};
use super::text::ToFile;

/// Content to the data connection.
#[derive(Clone, Debug)]
pub(super) enum Encoder {
    /// MODE S, STRU F.
    Stream,
    /// MODE S, STRU R.
    Record(RecordEncoder),
    /// MODE B.
    Block(BlockEncoder),
    /// MODE C.
    Compressed(Box<CompressedEncoder>),
}

/// Each first writes what was held back, and takes nothing before that is written.
impl Encoder {
    /// Takes content; how much of it.
    pub(super) fn data(&mut self, bytes: &[u8], room: &mut Room<'_>) -> usize {
        match self {
            Self::Stream => room.copy(bytes),
            Self::Record(record) => record.data(bytes, room),
            Self::Block(block) => block.data(bytes, room),
            Self::Compressed(compressed) => compressed.data(bytes, room),
        }
    }

    /// Ends a record; whether that was taken.
    pub(super) fn end_of_record(&mut self, room: &mut Room<'_>) -> bool {
        match self {
            // A file of bytes has no records to end.
            Self::Stream => true,
            Self::Record(record) => record.end_of_record(room),
            Self::Block(block) => block.end_of_record(room),
            Self::Compressed(compressed) => compressed.end_of_record(room),
        }
    }

    /// Puts a restart marker here; whether that was taken.
    pub(super) fn marker(&mut self, text: &[u8], room: &mut Room<'_>) -> bool {
        match self {
            // MODE S has none.
            Self::Stream | Self::Record(_) => true,
            Self::Block(block) => block.marker(text, room),
            Self::Compressed(compressed) => compressed.marker(text, room),
        }
    }

    /// Ends the file; whether everything is written.
    pub(super) fn finish(&mut self, room: &mut Room<'_>) -> bool {
        match self {
            Self::Stream => true,
            Self::Record(record) => record.finish(room),
            Self::Block(block) => block.finish(room),
            Self::Compressed(compressed) => compressed.finish(room),
        }
    }
}

/// The data connection to content.
#[derive(Clone, Debug)]
pub(super) enum Decoder {
    Stream,
    Record(RecordDecoder),
    Block(BlockDecoder),
    Compressed(CompressedDecoder),
}

/// How far a decoder came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advance {
    /// Some of the source was taken, or something was written.
    Further,
    /// There is nothing to take, or no room.
    Nothing,
    /// The file has ended by a mark of its own.
    Ended,
}

impl Advance {
    pub(super) const fn further(is_further: bool) -> Self {
        if is_further {
            Self::Further
        } else {
            Self::Nothing
        }
    }
}

impl Decoder {
    /// Takes the next piece of the source.
    pub(super) fn advance(
        &mut self,
        rest: &mut &[u8],
        file: &mut ToFile,
        room: &mut Room<'_>,
    ) -> Result<Advance, Fault> {
        match self {
            Self::Stream => {
                let taken = file.data(rest, room);
                skip(rest, taken);
                Ok(Advance::further(taken > 0))
            }
            Self::Record(record) => record.advance(rest, file, room),
            Self::Block(block) => block.advance(rest, file, room),
            Self::Compressed(compressed) => compressed.advance(rest, file, room),
        }
    }

    /// Whether the end of the connection is the file's end.
    pub(super) const fn ends_with_connection(&self) -> bool {
        matches!(self, Self::Stream)
    }

    /// Restart markers that were read, in the modes that have them.
    pub(super) const fn markers(&mut self) -> Option<&mut Markers> {
        match self {
            Self::Stream | Self::Record(_) => None,
            Self::Block(block) => Some(&mut block.markers),
            Self::Compressed(compressed) => Some(&mut compressed.markers),
        }
    }

    /// Bytes that the sender said it suspects of errors (RFC 959 §3.4.2).
    pub(super) fn suspect(&self) -> u64 {
        match self {
            Self::Stream | Self::Record(_) => 0,
            Self::Block(block) => block.suspect,
            Self::Compressed(compressed) => compressed.suspect,
        }
    }
}

/// What a block or a string of MODE C is besides its data (RFC 959 §3.4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Descriptor(u8);

impl Descriptor {
    pub(super) const PLAIN: Self = Self(0);
    pub(super) const END_OF_RECORD: Self = Self(128);
    pub(super) const END_OF_FILE: Self = Self(64);
    pub(super) const SUSPECT: Self = Self(32);
    pub(super) const MARKER: Self = Self(16);

    /// # Errors
    ///
    /// The RFC gives the other four bits no meaning.
    pub(super) const fn decode(byte: u8) -> Result<Self, Fault> {
        match byte & 0x0f {
            0 => Ok(Self(byte)),
            _ => Err(Fault::Malformed),
        }
    }

    pub(super) const fn encode(self) -> u8 {
        self.0
    }

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
