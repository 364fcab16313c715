//! DOS: what IIS, Windows CE and `dir` of Windows print.
//!
//! `11-22-26  02:05PM                 1234 name`, `11-22-26  02:05PM       <DIR>          name`

use bytes::Bytes;

use super::date::{Order, Time, numeric_day};
use super::words::{Words, grouped};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Entry, Kind, Metadata};

/// Reads a line that begins with a date and a time.
pub(super) fn read(line: &Bytes, memory: &mut Memory, context: &Context) -> Reading {
    match entry(line, memory, context) {
        Some(entry) => Reading::Entry(entry),
        None => Reading::Foreign,
    }
}

fn entry(line: &Bytes, memory: &mut Memory, context: &Context) -> Option<Entry> {
    let mut words = Words::new(line);
    let date = words.next();
    // The month comes first in America, which is what IIS prints anywhere unless told otherwise;
    // with dots the day does. A date that can be read in one way alone settles it.
    let usual = match memory.layout {
        DAY_FIRST => Order::DayMonthYear,
        MONTH_FIRST => Order::MonthDayYear,
        _ if date.contains(&b'.') => Order::DayMonthYear,
        _ => Order::MonthDayYear,
    };
    let date = numeric_day(date, usual, context)?;
    let time = Time::of_words(&mut words)?;
    let at = time.of(date.day)?;
    let column = words.next();
    let (kind, size) = match column {
        b"<DIR>" => (Kind::Directory, None),
        b"<JUNCTION>" | b"<SYMLINK>" | b"<SYMLINKD>" => (Kind::Link, None),
        _ => (Kind::File, Some(grouped(column)?)),
    };
    let name = match kind {
        Kind::File => words.rest()?,
        _ => {
            // As wide as a size and the blank behind it.
            let blanks = words.start_of_next() - words.at();
            let column = MARK_WIDTH.saturating_sub(column.len());
            if blanks > column && column > 0 {
                words.skip(column - 1);
                words.rest()?
            } else {
                words.rest_trimmed()?
            }
        }
    };
    let mut metadata = Metadata {
        kind,
        size,
        modified: Some(context.modified(at, time.precision())),
        ..Metadata::default()
    };
    let mut name = name;
    match kind {
        Kind::Link => {
            // `name [target]`
            if let Some(start) = name.windows(2).position(|bytes| bytes == b" [")
                && let Some(target) = name[start + 2..].strip_suffix(b"]")
            {
                metadata.target = Some(line.slice_ref(target));
                name = &name[..start];
            }
        }
        Kind::Directory => metadata.kind = unix::directory(name),
        _ => {}
    }
    if name.is_empty() {
        return None;
    }
    if date.certain {
        memory.layout = match date.order {
            Order::DayMonthYear => DAY_FIRST,
            Order::MonthDayYear => MONTH_FIRST,
            Order::YearMonthDay => memory.layout,
        };
    }
    Some(Entry {
        name: line.slice_ref(name),
        metadata,
        raw: Bytes::new(),
    })
}

/// Bytes from the `<` of `<DIR>` to the name.
const MARK_WIDTH: usize = 15;

/// The layouts: in which order a day and a month stand, once that is certain.
const MONTH_FIRST: u8 = 1;
const DAY_FIRST: u8 = 2;
