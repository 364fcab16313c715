//! A listing, read as it comes.

use bytes::{Bytes, BytesMut};
use thiserror::Error;

use crate::listing::Entry;
use crate::listing::format::{self, Context, Format, Memory, Reading};
use crate::time::{DateTime, Zone};

/// What a reader is told about the listing before it comes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListingOptions {
    /// What the command promises. Default [`Shape::Lines`].
    pub shape: Shape,
    /// The text of the reply to SYST, if there was one: formats of that system are tried first.
    pub system: Bytes,
    /// The time now, in UTC: a date without a year is the last such day before tomorrow.
    pub now: DateTime,
    /// Whose clock the server's lines tell; `Zone::Unknown` where nobody knows. MLSx and EPLF
    /// are in UTC whatever this says.
    pub zone: Zone,
    /// Bytes in one line. A longer one becomes an entry that is not read, with so much of the
    /// line. Default 8,192: a path, its target and the columns.
    pub max_line: usize,
    /// Entries in the listing. Default 1,048,576.
    pub max_entries: usize,
    /// Bytes in the listing. Default 268,435,456.
    pub max_bytes: u64,
}

impl ListingOptions {
    /// Options with their defaults, and the time now in UTC.
    pub fn new(now: DateTime) -> Self {
        Self {
            shape: Shape::default(),
            system: Bytes::new(),
            now,
            zone: Zone::Unknown,
            max_line: 8_192,
            max_entries: 1 << 20,
            max_bytes: 1 << 28,
        }
    }
}

/// What the lines of a listing are, as the command says that asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Lines of a format to be found out. (LIST)
    #[default]
    Lines,
    /// Facts and names. (MLSD)
    Machine,
    /// Names alone. (NLST)
    Names,
}

/// A listing became longer than the caller allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListingError {
    /// More entries than `ListingOptions::max_entries`.
    #[error("a listing has more than {limit} entries")]
    TooManyEntries {
        /// The bound met.
        limit: usize,
    },
    /// More bytes than `ListingOptions::max_bytes`.
    #[error("a listing has more than {limit} bytes")]
    TooManyBytes {
        /// The bound met.
        limit: u64,
    },
}

/// Reads a listing of any format, from bytes in any cut.
///
/// The format is found from the lines and then kept: a line of another kind does not turn the
/// rest. A line that cannot be read is an entry too, with an empty name, `Kind::Unknown` and the
/// line in `raw`. Lines that are no entries in their format (headers, `total 12`, empty ones) are
/// passed over.
///
/// ```
/// use ftp_proto::DateTime;
/// use ftp_proto::listing::{ListingOptions, ListingReader};
///
/// let now = DateTime::from_date(2026, 11, 22).unwrap();
/// let mut reader = ListingReader::new(ListingOptions::new(now));
/// reader.push(b"total 8\r\n-rw-r--r-- 1 alice staff 5 Nov 21 14:05 a f");
/// assert!(reader.next_entry().is_none()); // the line is not whole yet
/// reader.push(b"ile\r\n");
/// let entry = reader.next_entry().unwrap()?;
/// assert_eq!(entry.name, "a file");
/// assert_eq!(entry.metadata.size, Some(5));
/// reader.finish();
/// assert!(reader.next_entry().is_none());
/// # Ok::<(), ftp_proto::listing::ListingError>(())
/// ```
///
/// Memory is what was pushed and not yet taken. Entries of one push share theirs, so that one
/// that is kept keeps its neighbours' lines; `Bytes::copy_from_slice` frees them.
#[derive(Debug)]
pub struct ListingReader {
    options: ListingOptions,
    context: Context,
    format: Option<&'static Format>,
    memory: Memory,
    /// Whole lines, each with its LF; what is before `next` was read.
    lines: Bytes,
    next: usize,
    /// What came behind them.
    buffer: BytesMut,
    /// Bytes at the front of `buffer` that hold no line end.
    scanned: usize,
    /// The rest of an overlong line is being dropped.
    dropping: bool,
    /// A line that ended the entry before it and is still to be read itself.
    again: Option<Bytes>,
    ending: Ending,
    entries: usize,
    bytes: u64,
}

/// Where a listing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Open,
    Finished,
    Failed(ListingError),
    Over,
}

impl ListingReader {
    /// A reader at the start of a listing.
    pub fn new(options: ListingOptions) -> Self {
        Self {
            context: Context::new(options.now, options.zone),
            format: match options.shape {
                Shape::Lines => None,
                Shape::Machine => Some(&format::MACHINE),
                Shape::Names => Some(&format::NAMES),
            },
            options,
            memory: Memory::default(),
            lines: Bytes::new(),
            next: 0,
            buffer: BytesMut::new(),
            scanned: 0,
            dropping: false,
            again: None,
            ending: Ending::Open,
            entries: 0,
            bytes: 0,
        }
    }

    /// Takes the next bytes of the listing. Take entries until there are none before the next
    /// push, and memory stays what one push and one line need. Ignored after `finish` or an error.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.ending != Ending::Open {
            return;
        }
        let limit = self.options.max_bytes;
        let room = usize::try_from(limit - self.bytes).unwrap_or(usize::MAX);
        let taken = bytes.len().min(room);
        self.buffer.extend_from_slice(&bytes[..taken]);
        self.bytes += taken as u64;
        if taken < bytes.len() {
            self.ending = Ending::Failed(ListingError::TooManyBytes { limit });
        }
    }

    /// Says that the listing is at its end: the last line may lack its line end.
    pub fn finish(&mut self) {
        if self.ending == Ending::Open {
            self.ending = Ending::Finished;
        }
    }

    /// The next entry; `None` until more is pushed, or at the end for good.
    ///
    /// # Errors
    /// Once, when a bound of the options is passed; what was read before it came first, and
    /// nothing follows.
    pub fn next_entry(&mut self) -> Option<Result<Entry, ListingError>> {
        loop {
            if self.ending == Ending::Over {
                return None;
            }
            let Some(line) = self.again.take().or_else(|| self.next_line()) else {
                return self.at_the_end();
            };
            let mut entry = Entry::default();
            if self.read(line, &mut entry) {
                return match self.count() {
                    Ok(()) => Some(Ok(entry)),
                    Err(error) => Some(Err(error)),
                };
            }
        }
    }

    /// The format of the listing, named as its file in `tests/listings`, once it is known.
    pub fn format(&self) -> Option<&'static str> {
        self.format.map(|format| format.name)
    }

    /// No whole line is left: an unfinished entry comes out at the end, then an error if any.
    fn at_the_end(&mut self) -> Option<Result<Entry, ListingError>> {
        match self.ending {
            Ending::Open | Ending::Over => None,
            Ending::Failed(error) => {
                self.ending = Ending::Over;
                self.let_go();
                Some(Err(error))
            }
            Ending::Finished => {
                self.ending = Ending::Over;
                let half = core::mem::take(&mut self.memory.half);
                let entry = (!half.is_empty()).then(|| self.half_entry(half))?;
                Some(self.count().map(|()| entry))
            }
        }
    }

    fn count(&mut self) -> Result<(), ListingError> {
        let limit = self.options.max_entries;
        if self.entries == limit {
            self.ending = Ending::Over;
            self.let_go();
            return Err(ListingError::TooManyEntries { limit });
        }
        self.entries += 1;
        Ok(())
    }

    /// Reads one line into an empty entry; says whether it is one.
    fn read(&mut self, line: Bytes, entry: &mut Entry) -> bool {
        if line.len() > self.options.max_line {
            entry.raw = line.slice(..self.options.max_line);
            return true;
        }
        let reading = match self.format {
            Some(format) => (format.read)(&line, &mut self.memory, &self.context, entry),
            None => self.sniff(&line, entry),
        };
        match reading {
            Reading::Entry => entry.raw = line,
            Reading::Whole => {}
            Reading::Ends(half) => {
                self.again = Some(line);
                *entry = self.half_entry(half);
            }
            Reading::Half | Reading::Header | Reading::Nothing => return false,
            Reading::Foreign if line.trim_ascii().is_empty() => return false,
            Reading::Foreign => *entry = unread(line),
        }
        true
    }

    /// Tries the formats, first those of the server's system; the first that knows a line as its
    /// own is kept.
    fn sniff(&mut self, line: &Bytes, entry: &mut Entry) -> Reading {
        if line.trim_ascii().is_empty() {
            return Reading::Nothing;
        }
        for of_the_system in [true, false] {
            for format in format::FORMATS {
                if format.is_of(&self.options.system) != of_the_system {
                    continue;
                }
                let mut memory = Memory::default();
                match (format.read)(line, &mut memory, &self.context, entry) {
                    Reading::Foreign => *entry = Entry::default(),
                    Reading::Nothing => return Reading::Nothing,
                    reading => {
                        self.format = Some(format);
                        self.memory = memory;
                        return reading;
                    }
                }
            }
        }
        Reading::Foreign
    }

    /// What an entry is whose second line never came.
    fn half_entry(&self, half: Bytes) -> Entry {
        match self.format.and_then(|format| format.alone) {
            Some(alone) => alone(&half),
            None => unread(half),
        }
    }

    /// The next line without its end; a byte longer than allowed when it is too long.
    fn next_line(&mut self) -> Option<Bytes> {
        loop {
            let rest = self.lines.get(self.next..).unwrap_or_default();
            if let Some(end) = line_feed(rest) {
                let start = self.next;
                self.next = start + end + 1;
                let line = &rest[..end];
                if self.dropping {
                    self.dropping = false;
                    continue;
                }
                return Some(self.lines.slice(start..start + self.kept(line)));
            }
            // The lines are let go of, so that the buffer may have their memory again.
            self.lines = Bytes::new();
            self.next = 0;
            let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
            let Some(last) = unseen.iter().rposition(|&b| b == b'\n') else {
                return self.unended_line();
            };
            self.lines = self.buffer.split_to(self.scanned + last + 1).freeze();
            self.scanned = 0;
        }
    }

    /// The bytes behind the last line end when they make a line already: at the end of the
    /// listing, or when there are too many of them.
    fn unended_line(&mut self) -> Option<Bytes> {
        if self.dropping {
            self.buffer.clear();
            return None;
        }
        let too_long = self.buffer.len() > self.longest_with_cr();
        if !too_long && (self.ending != Ending::Finished || self.buffer.is_empty()) {
            self.scanned = self.buffer.len();
            return None;
        }
        self.dropping = too_long;
        let line = self.buffer.split().freeze();
        self.scanned = 0;
        Some(line.slice(..self.kept(&line)))
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
        kept.min(self.options.max_line.saturating_add(1))
    }

    fn let_go(&mut self) {
        self.lines = Bytes::new();
        self.buffer = BytesMut::new();
    }

    fn longest_with_cr(&self) -> usize {
        self.options.max_line.saturating_add(2)
    }
}

/// Where the first LF is, looked for in eight bytes at a time.
fn line_feed(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    const LINE_FEEDS: u64 = u64::from_ne_bytes([b'\n'; 8]);
    let (eights, rest) = bytes.as_chunks::<8>();
    for (at, &eight) in eights.iter().enumerate() {
        // Subtracting one from each byte borrows into the high bit first where a byte is 0.
        let zeros = u64::from_le_bytes(eight) ^ LINE_FEEDS;
        let found = zeros.wrapping_sub(ONES) & !zeros & HIGHS;
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&b| b == b'\n')?;
    Some(eights.len() * 8 + at)
}

/// A line that no format knows.
fn unread(raw: Bytes) -> Entry {
    Entry {
        raw,
        ..Entry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const LINE: &[u8] = b"-rw-r--r-- 1 u g 5 Nov 21 10:05 name\r\n";

    fn options() -> ListingOptions {
        ListingOptions::new(DateTime::from_date(2026, 11, 22).expect("a real date"))
    }

    type Answer = Result<Entry, ListingError>;

    fn read<'a>(options: ListingOptions, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Answer> {
        let mut reader = ListingReader::new(options);
        let mut answers = Vec::new();
        for part in parts {
            reader.push(part);
            while let Some(answer) = reader.next_entry() {
                answers.push(answer);
            }
        }
        reader.finish();
        while let Some(answer) = reader.next_entry() {
            answers.push(answer);
        }
        answers
    }

    #[test]
    fn one_entry_too_many_is_an_error_once() {
        let mut options = options();
        options.max_entries = 2;
        let answers = read(options.clone(), [LINE, LINE]);
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let answers = read(options, [LINE, LINE, LINE, LINE]);
        let limit = Err(ListingError::TooManyEntries { limit: 2 });
        assert_eq!(answers.len(), 3);
        assert_eq!(answers[2], limit);
    }

    #[test]
    fn one_byte_too_many_is_an_error_behind_the_entries_before() {
        let mut options = options();
        options.max_bytes = LINE.len() as u64;
        assert!(read(options.clone(), [LINE]).iter().all(Result::is_ok));
        let answers = read(options, [LINE, b"x"]);
        let limit = LINE.len() as u64;
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[1], Err(ListingError::TooManyBytes { limit }));
    }

    #[test]
    fn a_line_too_long_is_an_unread_entry_with_its_start() {
        let mut options = options();
        options.max_line = LINE.len() - 2;
        let long = [&LINE[..LINE.len() - 2], b"x\r\n", LINE].concat();
        let answers = read(options, [&long[..]]);
        assert_eq!(answers.len(), 2);
        let first = answers[0].as_ref().expect("an entry");
        assert_eq!(first.raw, &LINE[..LINE.len() - 2]);
        assert!(first.name.is_empty());
        assert_eq!(answers[1].as_ref().expect("an entry").name, "name");
    }

    #[test]
    fn a_line_without_end_takes_no_memory_past_the_bound() {
        let mut options = options();
        options.max_line = 100;
        let mut reader = ListingReader::new(options);
        let mut entries = 0;
        for _ in 0..10_000 {
            reader.push(&[b'x'; 50]);
            while reader.next_entry().is_some() {
                entries += 1;
            }
            assert!(reader.buffer.capacity() + reader.lines.len() < 4_096);
        }
        assert_eq!(entries, 1);
    }

    #[test]
    fn what_is_pushed_after_the_end_is_ignored() {
        let mut reader = ListingReader::new(options());
        reader.finish();
        reader.push(LINE);
        assert_eq!(reader.next_entry(), None);
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_answers(
            lines in proptest::collection::vec("[ -~]{0,14}(\r|\r\r)?\n", 0..20),
            cuts in proptest::collection::vec(0usize..300, 0..12),
            max_line in 1usize..12,
            max_bytes in 1u64..200,
            max_entries in 1usize..12,
        ) {
            let mut options = options();
            options.shape = Shape::Names;
            options.max_line = max_line;
            options.max_bytes = max_bytes;
            options.max_entries = max_entries;
            let bytes = lines.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
            prop_assert_eq!(read(options.clone(), parts), read(options, [&bytes[..]]));
        }

        #[test]
        fn a_line_feed_is_found_where_it_is(bytes in proptest::collection::vec(8u8..13, 0..40)) {
            prop_assert_eq!(line_feed(&bytes), bytes.iter().position(|&b| b == b'\n'));
        }
    }
}
