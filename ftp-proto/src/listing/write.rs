//! Listings, written.

use alloc::vec::Vec;

use crate::codec::facts::{write_decimal, write_entry};
use crate::listing::{Entry, Kind, ListingStyle};
use crate::time::{DateTime, Modified, Zone};

/// Appends one entry's line, ended by CRLF; says whether it did.
///
/// Nothing is written for a name that is empty or holds CR or LF, which no listing can tell, and
/// for a hidden one (`.` and `..` too) where the style leaves those out. `now` is in UTC; as with
/// `ls`, a Unix line tells the time of day within half a year before it, else the year.
///
/// ```
/// use ftp_proto::DateTime;
/// use ftp_proto::listing::{Entry, Kind, ListingStyle, Metadata, write};
///
/// let metadata = Metadata { kind: Kind::File, size: Some(5), ..Metadata::default() };
/// let entry = Entry::new("a file", &metadata);
/// let now = DateTime::from_date(2026, 11, 22).expect("a day");
/// let mut line = Vec::new();
/// assert!(write(ListingStyle::Unix { all: false }, &entry, now, &mut line));
/// assert_eq!(line, b"-rw-r--r--    1 owner    group           5 Jan  1  1970 a file\r\n");
/// line.clear();
/// assert!(write(ListingStyle::Machine, &entry, now, &mut line));
/// assert_eq!(line, b"type=file;size=5; a file\r\n");
/// ```
pub fn write(style: ListingStyle, entry: &Entry, now: DateTime, out: &mut Vec<u8>) -> bool {
    let untellable = entry.name().is_empty() || entry.name().iter().any(|b| b"\r\n".contains(b));
    if untellable || is_left_out(style, entry) {
        return false;
    }
    match style {
        ListingStyle::Unix { .. } => write_unix(out, entry, now),
        ListingStyle::Names { .. } => out.extend_from_slice(entry.name()),
        ListingStyle::Machine => write_entry(out, entry),
    }
    out.extend_from_slice(b"\r\n");
    true
}

fn is_left_out(style: ListingStyle, entry: &Entry) -> bool {
    let all = match style {
        ListingStyle::Unix { all } | ListingStyle::Names { all } => all,
        ListingStyle::Machine => true,
    };
    let hidden = entry.name().starts_with(b".")
        || matches!(entry.kind(), Kind::CurrentDirectory | Kind::ParentDirectory);
    hidden && !all
}

/// `-rw-r--r--   1 owner    group        1234 Nov 22 14:05 name`. What is not known becomes what
/// does least harm, since every column must stand: one link, size 0, the first day of 1970.
fn write_unix(out: &mut Vec<u8>, entry: &Entry, now: DateTime) {
    let (letter, usual) = match entry.kind() {
        Kind::Unknown | Kind::File => (b'-', 0o644),
        Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => (b'd', 0o755),
        Kind::Link => (b'l', 0o777),
        Kind::Other => (b's', 0o644),
    };
    out.push(letter);
    write_mode(out, entry.mode().unwrap_or(usual));
    write_number(out, entry.links().unwrap_or(1), 4);
    write_word(out, entry.owner(), b"owner");
    write_word(out, entry.group(), b"group");
    write_number(out, entry.size().unwrap_or(0), 8);
    out.push(b' ');
    write_date(out, entry.modified(), now);
    out.push(b' ');
    out.extend_from_slice(entry.name());
    if entry.kind() == Kind::Link
        && let Some(target) = entry.target()
        && !target.iter().any(|b| b"\r\n".contains(b))
    {
        out.extend_from_slice(b" -> ");
        out.extend_from_slice(target);
    }
}

fn write_mode(out: &mut Vec<u8>, mode: u16) {
    for (shift, special, without, with) in [
        (6, 0o4000, b'S', b's'),
        (3, 0o2000, b'S', b's'),
        (0, 0o1000, b'T', b't'),
    ] {
        let bits = mode >> shift;
        out.push(if bits & 4 == 0 { b'-' } else { b'r' });
        out.push(if bits & 2 == 0 { b'-' } else { b'w' });
        out.push(match (mode & special != 0, bits & 1 != 0) {
            (false, false) => b'-',
            (false, true) => b'x',
            (true, false) => without,
            (true, true) => with,
        });
    }
}

fn write_number(out: &mut Vec<u8>, number: u64, width: usize) {
    let digits = number.checked_ilog10().unwrap_or(0) as usize + 1;
    out.push(b' ');
    out.resize(out.len() + width.saturating_sub(digits), b' ');
    write_decimal(out, number, 1);
}

/// A column of text: readers count words, so a name that is not one word gives way to `neutral`.
fn write_word(out: &mut Vec<u8>, word: Option<&[u8]>, neutral: &[u8]) {
    let is_word = |word: &&[u8]| !word.is_empty() && word.iter().all(|&b| b > b' ' && b != 0x7f);
    let word = word.filter(is_word).unwrap_or(neutral);
    out.push(b' ');
    out.extend_from_slice(word);
    out.resize(out.len() + 8usize.saturating_sub(word.len()), b' ');
}

fn write_date(out: &mut Vec<u8>, modified: Option<Modified>, now: DateTime) {
    // A time whose zone is not known is told as it was told to us.
    let at = modified.and_then(|modified| match modified.zone {
        Zone::Unknown => Some(modified.at),
        _ => modified.to_utc(),
    });
    let Some(at) = at else {
        return out.extend_from_slice(b"Jan  1  1970");
    };
    let month = MONTHS
        .get(usize::from(at.month()) - 1)
        .unwrap_or(&MONTHS[0]);
    out.extend_from_slice(month);
    write_number(out, u64::from(at.day()), 2);
    let age = now.to_unix() - at.to_unix();
    if (0..HALF_A_YEAR).contains(&age) {
        out.push(b' ');
        write_decimal(out, at.hour(), 2);
        out.push(b':');
        write_decimal(out, at.minute(), 2);
    } else {
        write_number(out, u64::from(at.year().unsigned_abs()), 5);
    }
}

const MONTHS: [[u8; 3]; 12] = [
    *b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct",
    *b"Nov", *b"Dec",
];

/// Seconds in half of a year of 365.2425 days, the mean of the Gregorian calendar.
const HALF_A_YEAR: i64 = 31_556_952 / 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::Metadata;
    use bytes::Bytes;
    use std::string::String;

    fn now() -> DateTime {
        moment(2026, 11, 22, 12, 0)
    }

    fn moment(year: i32, month: u8, day: u8, hour: u8, minute: u8) -> DateTime {
        DateTime::from_date(year, month, day)
            .and_then(|date| date.at(hour, minute, 0))
            .expect("a real time")
    }

    fn named(name: &'static str, metadata: Metadata) -> Entry {
        Entry::new(name, &metadata)
    }

    fn line(style: ListingStyle, entry: &Entry) -> Option<String> {
        let mut out = Vec::new();
        let wrote = write(style, entry, now(), &mut out);
        assert_eq!(wrote, !out.is_empty());
        wrote.then(|| String::from_utf8(out).expect("ASCII in these tests"))
    }

    const UNIX: ListingStyle = ListingStyle::Unix { all: false };

    #[test]
    fn a_file_is_written_as_ls_does() {
        let metadata = Metadata {
            kind: Kind::File,
            size: Some(1234),
            modified: Some(Modified::utc(moment(2026, 11, 22, 9, 5))),
            mode: Some(0o640),
            owner: Some(Bytes::from_static(b"alice")),
            group: Some(Bytes::from_static(b"staff")),
            links: Some(2),
            ..Metadata::default()
        };
        assert_eq!(
            line(UNIX, &named("a file", metadata)).as_deref(),
            Some("-rw-r-----    2 alice    staff        1234 Nov 22 09:05 a file\r\n")
        );
    }

    #[test]
    fn what_is_old_or_to_come_has_its_year() {
        for (at, date) in [
            (moment(2026, 11, 22, 12, 0), "Nov 22 12:00"),
            (moment(2026, 11, 22, 12, 1), "Nov 22  2026"),
            (moment(2026, 6, 1, 0, 0), "Jun  1 00:00"),
            (moment(2026, 5, 20, 0, 0), "May 20  2026"),
            (moment(999, 5, 20, 0, 0), "May 20   999"),
        ] {
            let metadata = Metadata {
                modified: Some(Modified::utc(at)),
                ..Metadata::default()
            };
            let line = line(UNIX, &named("x", metadata)).expect("a line");
            assert!(line.contains(date), "{line}");
        }
    }

    #[test]
    fn a_time_told_elsewhere_is_written_in_utc() {
        let metadata = Metadata {
            modified: Some(Modified {
                zone: Zone::East(540),
                ..Modified::utc(moment(2026, 11, 22, 8, 30))
            }),
            ..Metadata::default()
        };
        let entry = named("x", metadata);
        assert!(line(UNIX, &entry).expect("a line").contains("Nov 21 23:30"));
        assert_eq!(
            line(ListingStyle::Machine, &entry).as_deref(),
            Some("modify=20261121233000; x\r\n")
        );
    }

    #[test]
    fn special_bits_show_in_the_mode() {
        for (mode, text) in [
            (0o7777, "-rwsrwsrwt"),
            (0o7666, "-rwSrwSrwT"),
            (0o0000, "----------"),
        ] {
            let metadata = Metadata {
                mode: Some(mode),
                ..Metadata::default()
            };
            let line = line(UNIX, &named("x", metadata)).expect("a line");
            assert!(line.starts_with(text), "{line}");
        }
    }

    #[test]
    fn a_link_shows_its_target() {
        let metadata = Metadata {
            kind: Kind::Link,
            target: Some(Bytes::from_static(b"/a b")),
            ..Metadata::default()
        };
        assert_eq!(
            line(UNIX, &named("l", metadata)).as_deref(),
            Some("lrwxrwxrwx    1 owner    group           0 Jan  1  1970 l -> /a b\r\n")
        );
    }

    #[test]
    fn hidden_names_are_told_only_to_who_asks() {
        let hidden = named(".profile", Metadata::default());
        assert_eq!(line(UNIX, &hidden), None);
        assert_eq!(line(ListingStyle::Names { all: false }, &hidden), None);
        assert!(line(ListingStyle::Unix { all: true }, &hidden).is_some());
        assert_eq!(
            line(ListingStyle::Names { all: true }, &hidden).as_deref(),
            Some(".profile\r\n")
        );
        assert!(line(ListingStyle::Machine, &hidden).is_some());
    }

    #[test]
    fn a_name_that_no_line_can_hold_is_not_written() {
        for name in ["a\rb", "a\nb", "\r\n", ""] {
            let entry = named(name, Metadata::default());
            for style in [
                UNIX,
                ListingStyle::Names { all: true },
                ListingStyle::Machine,
            ] {
                assert_eq!(line(style, &entry), None);
            }
        }
    }

    #[test]
    fn an_owner_of_two_words_does_not_shift_the_columns() {
        let metadata = Metadata {
            owner: Some(Bytes::from_static(b"Domain Users")),
            ..Metadata::default()
        };
        let line = line(UNIX, &named("x", metadata)).expect("a line");
        assert_eq!(line.split_whitespace().nth(2), Some("owner"));
    }
}
