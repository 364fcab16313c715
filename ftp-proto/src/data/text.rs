//! Between a local file and what a transfer mode carries: characters and line ends.

use super::ascii::Ascii;
use super::ebcdic::{CodePage, Table};
use super::mode::Encoder;
use super::parameters::LineEnds;
use super::room::{Room, skip};
use crate::codec::command::{FileStructure, RepresentationType};
use crate::contract::Direction;

/// What becomes of a line end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineEnd {
    /// It is a byte as any other.
    Plain,
    /// LF in the file is CRLF on the wire.
    Crlf,
    /// Each line is a record (RFC 1123 §4.1.2.4).
    Record,
}

impl LineEnd {
    const fn of(representation: RepresentationType, structure: FileStructure) -> Self {
        match (representation, structure) {
            (RepresentationType::Image | RepresentationType::Local(_), _) => Self::Plain,
            (_, FileStructure::Record) => Self::Record,
            (RepresentationType::Ascii(_), _) => Self::Crlf,
            // The code page makes NL of LF.
            (RepresentationType::Ebcdic(_), _) => Self::Plain,
        }
    }
}

/// The way of a file to the data connection.
#[derive(Clone, Debug)]
pub(super) struct FromFile {
    table: Option<&'static Table>,
    line_end: LineEnd,
    /// The lines of the file end in CRLF: CR is left out.
    has_crlf: bool,
    /// CR of a line end is written, LF is not.
    half: bool,
}

impl FromFile {
    pub(super) const fn new(
        representation: RepresentationType,
        structure: FileStructure,
        code_page: CodePage,
        line_ends: LineEnds,
    ) -> Self {
        let is_text = matches!(
            representation,
            RepresentationType::Ascii(_) | RepresentationType::Ebcdic(_)
        );
        Self {
            table: match representation {
                RepresentationType::Ebcdic(_) => Some(code_page.to_ebcdic()),
                _ => None,
            },
            has_crlf: is_text && matches!(line_ends, LineEnds::Crlf),
            line_end: LineEnd::of(representation, structure),
            half: false,
        }
    }

    /// Takes some of the file; whether it came further.
    pub(super) fn take(
        &mut self,
        rest: &mut &[u8],
        encoder: &mut Encoder,
        room: &mut Room<'_>,
    ) -> bool {
        let taken = match (self.line_end, rest.first()) {
            (_, None) => return false,
            (_, Some(b'\r')) if self.has_crlf => 1,
            (LineEnd::Crlf, Some(b'\n')) => {
                if !self.half {
                    self.half = encoder.data(b"\r", room) == 1;
                }
                if self.half && encoder.data(b"\n", room) == 1 {
                    self.half = false;
                    1
                } else {
                    0
                }
            }
            (LineEnd::Record, Some(b'\n')) => usize::from(encoder.end_of_record(room)),
            (LineEnd::Plain, _) if !self.has_crlf => self.run(rest, encoder, room),
            (_, Some(_)) => {
                let near = rest.get(..CHUNK).unwrap_or(rest);
                let ends = |&b: &u8| b == b'\n' || (b == b'\r' && self.has_crlf);
                // An end of a line that is a byte as any other is one here.
                let length = near.iter().skip(1).position(ends).map(|at| at + 1);
                let run = near.get(..length.unwrap_or(near.len())).unwrap_or(near);
                self.run(run, encoder, room)
            }
        };
        skip(rest, taken);
        taken > 0
    }

    fn run(&self, run: &[u8], encoder: &mut Encoder, room: &mut Room<'_>) -> usize {
        let Some(table) = self.table else {
            return encoder.data(run, room);
        };
        let mut converted = [0; CHUNK];
        let length = convert(table, run, &mut converted);
        encoder.data(converted.get(..length).unwrap_or_default(), room)
    }
}

/// The way of a file from the data connection.
#[derive(Clone, Debug)]
pub(super) struct ToFile {
    table: Option<&'static Table>,
    line_end: LineEnd,
    ascii: Ascii,
}

impl ToFile {
    pub(super) const fn new(
        representation: RepresentationType,
        structure: FileStructure,
        code_page: CodePage,
    ) -> Self {
        Self {
            table: match representation {
                RepresentationType::Ebcdic(_) => Some(code_page.to_latin()),
                _ => None,
            },
            line_end: LineEnd::of(representation, structure),
            ascii: Ascii::new(Direction::Receive),
        }
    }

    /// Takes content; how much of it. With room for two bytes it is some.
    pub(super) fn data(&mut self, bytes: &[u8], room: &mut Room<'_>) -> usize {
        match (self.table, self.line_end) {
            (None, LineEnd::Crlf) => {
                let progress = self.ascii.run(bytes, room.rest(), false);
                room.advance(progress.written);
                progress.read
            }
            (None, _) => room.copy(bytes),
            (Some(table), _) => {
                let length = convert(table, bytes, room.rest());
                room.advance(length);
                length
            }
        }
    }

    /// A record has ended; whether there was room for saying so.
    pub(super) fn end_of_record(&mut self, room: &mut Room<'_>) -> bool {
        // In a file without records an end of one means nothing.
        self.line_end != LineEnd::Record || room.put(b"\n")
    }

    /// The content has ended; whether everything is written.
    pub(super) fn finish(&mut self, room: &mut Room<'_>) -> bool {
        let progress = self.ascii.run(&[], room.rest(), true);
        room.advance(progress.written);
        progress.finished
    }
}

/// Converts as much as fits; how much did.
fn convert(table: &Table, from: &[u8], to: &mut [u8]) -> usize {
    let pairs = to.iter_mut().zip(from);
    let length = pairs.len();
    for (to, from) in pairs {
        // A table has an entry for every byte.
        *to = table.get(usize::from(*from)).copied().unwrap_or_default();
    }
    length
}

/// Bytes that are looked at or converted at once: with a small target, little of it is for nothing.
const CHUNK: usize = 256;
