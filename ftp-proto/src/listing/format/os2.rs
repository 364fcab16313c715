//! OS/2: `  1234      A    11-22-126  14:05  name`. Three digits of a year count from 1900.

use bytes::Bytes;

use super::date::{Order, Time, numeric_day};
use super::words::{Words, number};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Entry, Kind, Metadata};

/// Reads a line that begins with a size and attributes.
pub(super) fn read(line: &Bytes, _: &mut Memory, context: &Context) -> Reading {
    match entry(line, context) {
        Some(entry) => Reading::Entry(entry),
        None => Reading::Foreign,
    }
}

fn entry(line: &Bytes, context: &Context) -> Option<Entry> {
    let mut words = Words::new(line);
    let size = number(words.next())?;
    let mut kind = Kind::File;
    let mut word = words.next();
    // The mark of a directory, and one word of attributes or several.
    for _ in 0..5 {
        match word {
            b"DIR" => kind = Kind::Directory,
            [_, ..] if word.iter().all(|b| b"ARHS".contains(b)) => {}
            _ => break,
        }
        word = words.next();
    }
    let date = numeric_day(word, Order::MonthDayYear, context)?;
    let time = Time::of_words(&mut words)?;
    let at = time.of(date.day)?;
    words.skip_doubled_blank();
    let name = words.rest()?;
    let is_directory = kind == Kind::Directory;
    let metadata = Metadata {
        kind: if is_directory {
            unix::directory(name)
        } else {
            kind
        },
        size: (!is_directory).then_some(size),
        modified: Some(context.modified(at, time.precision())),
        ..Metadata::default()
    };
    Some(Entry {
        name: line.slice_ref(name),
        metadata,
        raw: Bytes::new(),
    })
}
