//! z/VM: `README   TXT      V         71         23          1 2026-11-22 14:05:09 ALICE`.
//!
//! The name is that of a file and its type with a dot between, as RETR takes it. Sizes are in records and not told.

use alloc::vec::Vec;

use super::date::{NumericDay, Order, Time};
use super::words::{Words, is_number};
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};

/// Reads a line of a name, a type, a format of records, three counts and a date.
pub(super) fn read(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    match fill(line, &mut memory.name, context, told) {
        Some(()) if told.kind == Kind::File => Reading::Named,
        found => Reading::of(found),
    }
}

fn fill(line: &[u8], full: &mut Vec<u8>, context: &Context, told: &mut Told) -> Option<()> {
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
    let date = NumericDay::read(words.next(), Order::MonthDayYear, context)?;
    let time = Time::read(words.next())?;
    let modified = context.modified(time.of(date.day)?, time.precision());
    let owner = words.next();
    if !words.next().is_empty() {
        return None;
    }
    full.clear();
    full.extend_from_slice(&[name, kind].join(&b'.'));
    *told = Told {
        name: Place::of(name, line),
        kind: if is_directory {
            Kind::Directory
        } else {
            Kind::File
        },
        modified: Some(modified),
        owner: match owner {
            b"" | b"-" => Place::NOWHERE,
            owner => Place::of(owner, line),
        },
        ..Told::default()
    };
    Some(())
}
