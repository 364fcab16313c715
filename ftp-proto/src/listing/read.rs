//! A listing, read as it comes.

use bytes::Bytes;
use thiserror::Error;

use crate::listing::Entry;
use crate::listing::detect::Detector;
use crate::listing::format::Reading;
use crate::listing::lines::Lines;
use crate::time::{DateTime, Zone};

/// What a reader is told about the listing before it comes.
///
/// ```
/// use ftp_proto::listing::{ListingError, ListingOptions, ListingReader, Shape};
/// use ftp_proto::{DateTime, Zone};
///
/// let now = DateTime::from_date(2026, 11, 22).expect("a day");
/// let mut options = ListingOptions::new(now);
/// assert_eq!((options.shape, options.zone), (Shape::Lines, Zone::Unknown));
/// options.shape = Shape::Names;
/// options.max_entries = 1;
/// let mut reader = ListingReader::new(options);
/// reader.push(b"first\r\nsecond\r\n");
/// assert_eq!(reader.next_entry().expect("an entry")?.name(), b"first");
/// let error = reader.next_entry().expect("an error").expect_err("one too many");
/// assert_eq!(error, ListingError::TooManyEntries { limit: 1 });
/// # Ok::<(), ListingError>(())
/// ```
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
///
/// ```
/// use ftp_proto::DateTime;
/// use ftp_proto::listing::{ListingOptions, ListingReader, Shape};
///
/// let mut options = ListingOptions::new(DateTime::UNIX_EPOCH);
/// options.shape = Shape::Machine;
/// let mut reader = ListingReader::new(options);
/// reader.push(b"size=5; f\r\n");
/// assert_eq!(reader.next_entry().expect("an entry")?.size(), Some(5));
/// # Ok::<(), ftp_proto::listing::ListingError>(())
/// ```
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
///
/// ```
/// use ftp_proto::DateTime;
/// use ftp_proto::listing::{ListingError, ListingOptions, ListingReader};
///
/// let mut options = ListingOptions::new(DateTime::UNIX_EPOCH);
/// options.max_bytes = 4;
/// let mut reader = ListingReader::new(options);
/// reader.push(b"more than four bytes");
/// assert_eq!(reader.next_entry(), Some(Err(ListingError::TooManyBytes { limit: 4 })));
/// ```
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
/// assert_eq!(entry.name(), b"a file");
/// assert_eq!(entry.size(), Some(5));
/// reader.finish();
/// assert!(reader.next_entry().is_none());
/// # Ok::<(), ftp_proto::listing::ListingError>(())
/// ```
///
/// Memory is what was pushed and not yet taken, and what the entries keep (see [`Entry`]).
#[derive(Debug)]
pub struct ListingReader {
    options: ListingOptions,
    detector: Detector,
    lines: Lines,
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
            detector: Detector::new(&options),
            lines: Lines::new(options.max_line),
            options,
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
        self.lines.push(&bytes[..taken]);
        self.bytes += taken as u64;
        if taken < bytes.len() {
            self.ending = Ending::Failed(ListingError::TooManyBytes { limit });
        }
    }

    /// Says that the listing is at its end: the last line may lack its line end.
    pub fn finish(&mut self) {
        if self.ending == Ending::Open {
            self.ending = Ending::Finished;
            self.lines.finish();
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
            if !self.lines.advance() {
                return self.at_the_end();
            }
            if let Some(entry) = self.read() {
                return Some(self.count().map(|()| entry));
            }
        }
    }

    /// The format of the listing, named as its file in `tests/listings`, once it is known.
    ///
    /// ```
    /// use ftp_proto::DateTime;
    /// use ftp_proto::listing::{ListingOptions, ListingReader};
    ///
    /// let mut reader = ListingReader::new(ListingOptions::new(DateTime::UNIX_EPOCH));
    /// assert_eq!(reader.format(), None);
    /// reader.push(b"11-22-26  02:05PM       <DIR>          pub\r\n");
    /// assert!(reader.next_entry().is_some());
    /// assert_eq!(reader.format(), Some("dos"));
    /// ```
    pub fn format(&self) -> Option<&'static str> {
        self.detector.format()
    }

    /// The entry of this line, if it is one.
    #[inline]
    fn read(&mut self) -> Option<Entry> {
        let line = self.lines.share();
        if line.len() > self.options.max_line {
            return Some(Entry::of_line(line.slice(..self.options.max_line)));
        }
        let mut entry = Entry::of_line(line);
        match entry.read(|line, told| self.detector.read(line, told)) {
            Reading::Entry => Some(entry),
            reading => self.read_on(reading, entry),
        }
    }

    /// The entry of a line that is not one as it stands.
    #[cold]
    fn read_on(&mut self, reading: Reading, entry: Entry) -> Option<Entry> {
        match reading {
            Reading::Entry => Some(entry),
            Reading::Named => Some(entry.named(&self.detector.memory().name)),
            Reading::Half => {
                self.detector.memory().half = entry.into_line();
                None
            }
            Reading::GoesOn => {
                let half = core::mem::take(&mut self.detector.memory().half);
                let both = [&half, entry.raw()].join(&b'\n');
                let mut entry = Entry::of_line(both.into());
                entry.read(|line, told| self.detector.read(line, told));
                Some(entry)
            }
            Reading::Ends => {
                self.lines.step_back();
                self.half_entry()
            }
            Reading::Header | Reading::Nothing => None,
            Reading::Foreign if entry.raw().trim_ascii().is_empty() => None,
            Reading::Foreign => Some(Entry::of_line(entry.into_line())),
        }
    }

    /// The entry that began and whose second line never came, if there is one.
    fn half_entry(&mut self) -> Option<Entry> {
        let half = core::mem::take(&mut self.detector.memory().half);
        if half.is_empty() {
            return None;
        }
        let mut entry = Entry::of_line(half);
        entry.read(|line, told| self.detector.read_alone(line, told));
        Some(entry)
    }

    /// No whole line is left: an unfinished entry comes out at the end, then an error if any.
    fn at_the_end(&mut self) -> Option<Result<Entry, ListingError>> {
        match self.ending {
            Ending::Open | Ending::Over => None,
            Ending::Failed(error) => {
                self.ending = Ending::Over;
                self.lines = Lines::new(0);
                Some(Err(error))
            }
            Ending::Finished => {
                self.ending = Ending::Over;
                let entry = self.half_entry()?;
                Some(self.count().map(|()| entry))
            }
        }
    }

    fn count(&mut self) -> Result<(), ListingError> {
        let limit = self.options.max_entries;
        if self.entries == limit {
            self.ending = Ending::Over;
            self.lines = Lines::new(0);
            return Err(ListingError::TooManyEntries { limit });
        }
        self.entries += 1;
        Ok(())
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
        assert_eq!(first.raw(), &LINE[..LINE.len() - 2]);
        assert!(first.name().is_empty());
        assert_eq!(answers[1].as_ref().expect("an entry").name(), b"name");
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
            assert!(reader.lines.held() < 4_096);
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
    }
}
