//! VxWorks: `     512    NOV-22-2026  14:05:09   name              <DIR>`.

use super::date::{Time, named_day};
use super::words::{Words, number};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Kind, Place, Told};

/// Reads a line below `size  date  time  name`, or that header.
pub(super) fn read(line: &[u8], _: &mut Memory, context: &Context, told: &mut Told) -> Reading {
    if is_header(line) {
        return Reading::Header;
    }
    Reading::of(fill(line, context, told))
}

fn is_header(line: &[u8]) -> bool {
    let mut words = Words::new(line);
    let four = [words.next(), words.next(), words.next(), words.next()];
    let is_rule = |word: &[u8]| word.len() >= 4 && word.iter().all(|&b| b == b'-');
    four == [&b"size"[..], b"date", b"time", b"name"] || four.iter().all(|word| is_rule(word))
}

fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    let size = number(words.next())?;
    let day = words.next();
    if day.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let day = named_day(day, context)?;
    let time = Time::read(words.next())?;
    let at = time.of(day)?;
    // The columns around the name are padded.
    let name = words.rest_trimmed()?.trim_ascii_end();
    let (name, kind) = match name.strip_suffix(b"<DIR>") {
        Some(name) => (name.trim_ascii_end(), Kind::Directory),
        None => (name, Kind::File),
    };
    if name.is_empty() {
        return None;
    }
    let is_directory = kind == Kind::Directory;
    *told = Told {
        name: Place::of(name, line),
        kind: if is_directory {
            unix::directory(name)
        } else {
            kind
        },
        size: Some(size),
        modified: Some(context.modified(at, time.precision())),
        ..Told::default()
    };
    Some(())
}
