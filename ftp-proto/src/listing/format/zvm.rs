//! z/VM: `README   TXT      V         71         23          1 2026-11-22 14:05:09 ALICE`.
//!
//! The name is that of a file and its type with a dot between, as RETR takes it. Sizes are in records and not told.

use alloc::vec::Vec;
use bytes::Bytes;

use super::date::{Order, Time, numeric_day};
use super::words::{Words, is_number};
use super::{Context, Memory, Reading};
use crate::listing::{Entry, Kind, Metadata};

/// Reads a line of a name, a type, a format of records, three counts and a date.
pub(super) fn read(line: &Bytes, _: &mut Memory, context: &Context) -> Reading {
    match entry(line, context) {
        Some(entry) => Reading::Entry(entry),
        None => Reading::Foreign,
    }
}

fn entry(line: &Bytes, context: &Context) -> Option<Entry> {
    let mut words = Words::new(line);
    let (name, kind, format) = (words.next(), words.next(), words.next());
    let counts = [words.next(), words.next(), words.next()];
    let is_directory = kind == b"DIR" && format == b"-";
    let is_count = |count: &&[u8]| is_number(count) || *count == b"-" && is_directory;
    let is_name = |name: &[u8]| (1..=8).contains(&name.len());
    let fits = is_directory || matches!(format, b"V" | b"F");
    if !fits || !is_name(name) || !is_name(kind) || !counts.iter().all(is_count) {
        return None;
    }
    let date = numeric_day(words.next(), Order::MonthDayYear, context)?;
    let time = Time::read(words.next())?;
    let modified = context.modified(time.of(date.day)?, time.precision());
    let owner = words.next();
    let owner = (!owner.is_empty() && owner != b"-").then(|| line.slice_ref(owner));
    if !words.next().is_empty() {
        return None;
    }
    let full = if is_directory {
        line.slice_ref(name)
    } else {
        let mut full = Vec::with_capacity(name.len() + 1 + kind.len());
        full.extend_from_slice(name);
        full.push(b'.');
        full.extend_from_slice(kind);
        Bytes::from(full)
    };
    let metadata = Metadata {
        kind: if is_directory {
            Kind::Directory
        } else {
            Kind::File
        },
        modified: Some(modified),
        owner,
        ..Metadata::default()
    };
    Some(Entry {
        name: full,
        metadata,
        raw: Bytes::new(),
    })
}
