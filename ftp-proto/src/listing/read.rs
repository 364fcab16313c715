//! A listing, read as it comes.

use bytes::{Buf, Bytes, BytesMut};
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
            if let Some(entry) = self.read(line) {
                return Some(self.count(entry));
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
                self.buffer = BytesMut::new();
                Some(Err(error))
            }
            Ending::Finished => {
                self.ending = Ending::Over;
                let half = core::mem::take(&mut self.memory.half);
                let entry = (!half.is_empty()).then(|| self.half_entry(half))?;
                Some(self.count(entry))
            }
        }
    }

    fn count(&mut self, entry: Entry) -> Result<Entry, ListingError> {
        let limit = self.options.max_entries;
        if self.entries == limit {
            self.ending = Ending::Over;
            self.buffer = BytesMut::new();
            return Err(ListingError::TooManyEntries { limit });
        }
        self.entries += 1;
        Ok(entry)
    }

    /// Reads one line; `None` when it tells of no entry, or not yet.
    fn read(&mut self, line: Bytes) -> Option<Entry> {
        if line.len() > self.options.max_line {
            return Some(unread(line.slice(..self.options.max_line)));
        }
        let reading = match self.format {
            Some(format) => (format.read)(&line, &mut self.memory, &self.context),
            None => self.sniff(&line),
        };
        match reading {
            Reading::Entry(mut entry) => {
                entry.raw = line;
                Some(entry)
            }
            Reading::Whole(entry) => Some(entry),
            Reading::Ends(half) => {
                self.again = Some(line);
                Some(self.half_entry(half))
            }
            Reading::Half | Reading::Header | Reading::Nothing => None,
            Reading::Foreign if line.trim_ascii().is_empty() => None,
            Reading::Foreign => Some(unread(line)),
        }
    }

    /// Tries the formats, first those of the server's system; the first that knows a line as its
    /// own is kept.
    fn sniff(&mut self, line: &Bytes) -> Reading {
        for of_the_system in [true, false] {
            for format in format::FORMATS {
                if format.is_of(&self.options.system) != of_the_system {
                    continue;
                }
                let mut memory = Memory::default();
                match (format.read)(line, &mut memory, &self.context) {
                    Reading::Foreign => {}
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
            let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
            let end = unseen.iter().position(|&b| b == b'\n');
            if self.dropping {
                // Nothing is left to scan twice: `scanned` is 0 while dropping.
                let dropped = end.map_or(unseen.len(), |end| end + 1);
                self.buffer.advance(dropped);
                self.dropping = end.is_none();
                if self.dropping {
                    return None;
                }
                continue;
            }
            let Some(end) = end.map(|end| self.scanned + end) else {
                return self.unended_line();
            };
            let line = self.buffer.split_to(end);
            self.buffer.advance(1);
            self.scanned = 0;
            return Some(self.cut_line(line));
        }
    }

    /// The bytes behind the last line end when they make a line already: at the end of the
    /// listing, or when there are too many of them.
    fn unended_line(&mut self) -> Option<Bytes> {
        let too_long = self.buffer.len() > self.longest_with_cr();
        if !too_long && (self.ending != Ending::Finished || self.buffer.is_empty()) {
            self.scanned = self.buffer.len();
            return None;
        }
        self.dropping = too_long;
        let line = self.buffer.split();
        self.scanned = 0;
        Some(self.cut_line(line))
    }

    /// A line without the CR of its end (some servers send two), cut where it is too long. The
    /// answer is the same for a line of which only the start is known to be too long.
    fn cut_line(&self, mut line: BytesMut) -> Bytes {
        if line.len() <= self.longest_with_cr() {
            let crs = line.iter().rev().take_while(|&&b| b == b'\r').count();
            line.truncate(line.len() - crs);
        }
        line.truncate(self.options.max_line.saturating_add(1));
        line.freeze()
    }

    fn longest_with_cr(&self) -> usize {
        self.options.max_line.saturating_add(2)
    }
}

/// A line that no format knows.
fn unread(raw: Bytes) -> Entry {
    Entry {
        raw,
        ..Entry::default()
    }
}
