//! DOS: what IIS, Windows CE and `dir` of Windows print.
//!
//! `11-22-26  02:05PM                 1234 name`, `11-22-26  02:05PM       <DIR>          name`

use super::date::{NumericDay, Order, Time};
use super::words::{Words, grouped, small};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Kind, Place, Told};
use crate::time::{DateTime, Modified};

/// Reads a line that begins with a date and a time.
pub(super) fn read(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    Reading::of(fill(line, memory, context, told))
}

fn fill(line: &[u8], memory: &mut Memory, context: &Context, told: &mut Told) -> Option<()> {
    let (modified, words) = match memory.layout {
        MONTH_FIRST => usual_date(line, context),
        _ => None,
    }
    .or_else(|| any_date(line, memory, context))?;
    columns(words, line, told)?;
    told.modified = Some(modified);
    Some(())
}

/// The date that nearly every line has, `11-22-26  02:05PM`, and the words behind it.
#[inline]
fn usual_date<'a>(line: &'a [u8], context: &Context) -> Option<(Modified, Words<'a>)> {
    let (date, time) = line.first_chunk::<17>()?.split_at(8);
    let (&[b' ', b' ', ref time @ .., half @ (b'A' | b'P'), b'M'], &[m, n, b'-', d, e, b'-', y, z]) =
        (time, date)
    else {
        return None;
    };
    let number = |tens, ones| small(&[tens, ones]);
    let year = context.century(number(y, z)?);
    let day = DateTime::from_date(year, number(m, n)?, number(d, e)?)?;
    let time = Time::read_minutes(time)?.in_half(half == b'P')?;
    let modified = context.modified(time.of(day)?, time.precision());
    Some((modified, Words::starting_at(line, 17)))
}

/// Any other, and the words behind it.
fn any_date<'a>(
    line: &'a [u8],
    memory: &mut Memory,
    context: &Context,
) -> Option<(Modified, Words<'a>)> {
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
    let date = NumericDay::read(date, usual, context)?;
    let time = Time::of_words(&mut words)?;
    let at = time.of(date.day)?;
    if memory.layout == 0 && date.is_certain(context) {
        memory.layout = match date.order {
            Order::DayMonthYear => DAY_FIRST,
            Order::MonthDayYear => MONTH_FIRST,
            Order::YearMonthDay => 0,
        };
    }
    Some((context.modified(at, time.precision()), words))
}

/// Reads the columns behind the date: a size or a mark, and the name.
#[inline]
fn columns(mut words: Words<'_>, line: &[u8], told: &mut Told) -> Option<()> {
    let column = words.next();
    if let Some(size) = grouped(column) {
        told.kind = Kind::File;
        told.size = Some(size);
        told.name = Place::of(words.rest()?, line);
        return Some(());
    }
    told.kind = match column {
        b"<DIR>" => Kind::Directory,
        b"<JUNCTION>" | b"<SYMLINK>" | b"<SYMLINKD>" => Kind::Link,
        _ => return None,
    };
    // As wide as a size and the blank behind it.
    let blanks = words.start_of_next() - words.at();
    let width = MARK_WIDTH.saturating_sub(column.len());
    let mut name = if blanks > width && width > 0 {
        words.skip(width - 1);
        words.rest()?
    } else {
        words.rest_trimmed()?
    };
    if told.kind == Kind::Directory {
        told.kind = unix::directory(name);
    } else if let Some(start) = name.windows(2).position(|bytes| bytes == b" [")
        && let Some(target) = name[start + 2..].strip_suffix(b"]")
    {
        // `name [target]`
        told.target = Place::of(target, line);
        name = &name[..start];
    }
    told.name = Place::of(name, line);
    (!name.is_empty()).then_some(())
}

/// Bytes from the `<` of `<DIR>` to the name.
const MARK_WIDTH: usize = 15;

/// The layouts: in which order a day and a month stand, once that is certain.
const MONTH_FIRST: u8 = 1;
const DAY_FIRST: u8 = 2;
