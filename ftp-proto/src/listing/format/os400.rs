//! OS/400: `QSYS          77824 26/11/22 14:05:09 *DIR       name/`.

use super::date::{NumericDay, Order, Time};
use super::words::{Words, number};
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};

/// Reads a line with a type of object, a word that begins with `*`.
pub(super) fn read(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    Reading::of(fill(line, memory, context, told))
}

fn fill(line: &[u8], memory: &mut Memory, context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    let owner = words.next();
    let mut word = words.next();
    // A member of a file has neither size nor date.
    if !word.starts_with(b"*") {
        told.size = Some(number(word)?);
        // Which order is a setting of the job; a date that can be read in one way alone shows it.
        let usual = match memory.layout {
            MONTH_FIRST => Order::MonthDayYear,
            DAY_FIRST => Order::DayMonthYear,
            _ => Order::YearMonthDay,
        };
        let date = NumericDay::read(words.next(), usual, context)?;
        let time = Time::read(words.next())?;
        told.modified = Some(context.modified(time.of(date.day)?, time.precision()));
        if memory.layout == 0 && date.is_certain(context) {
            memory.layout = match date.order {
                Order::MonthDayYear => MONTH_FIRST,
                Order::DayMonthYear => DAY_FIRST,
                Order::YearMonthDay => 0,
            };
        }
        word = words.next();
    }
    let object = word.strip_prefix(b"*")?;
    if object.len() < 2 || !object.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let name = words.rest_trimmed()?.trim_ascii_end();
    let (name, slash) = match name.strip_suffix(b"/") {
        Some(name) => (name, true),
        None => (name, false),
    };
    if name.is_empty() {
        return None;
    }
    told.kind = match object {
        b"DIR" | b"DDIR" | b"LIB" | b"FLR" => Kind::Directory,
        b"STMF" | b"DSTMF" | b"MEM" | b"DOC" => Kind::File,
        b"SYMLNK" | b"SYMLINK" => Kind::Link,
        // A physical file is a directory of members; a save file is one file.
        b"FILE" if name.len() > 5 && name.to_ascii_uppercase().ends_with(b".SAVF") => Kind::File,
        b"FILE" => Kind::Directory,
        _ if slash => Kind::Directory,
        _ => Kind::Other,
    };
    told.owner = Place::of(owner, line);
    told.name = Place::of(name, line);
    Some(())
}

/// The layouts: in which order a day, a month and a year stand, other than the year first.
const MONTH_FIRST: u8 = 1;
const DAY_FIRST: u8 = 2;
