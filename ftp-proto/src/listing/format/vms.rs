//! VMS: `NAME.TXT;1   2/3   22-NOV-2026 14:05:09  [GROUP,OWNER]  (RWED,RWED,RE,)`.
//!
//! A long name has a line of its own and the rest stands on the next. The version stays in the name of a file, since two
//! of one name differ in it alone; the name of a directory is what CWD takes, without `.DIR;1`. A
//! size in blocks is not told, as it is not one in bytes.

use alloc::vec::Vec;
use bytes::Bytes;

use super::date::{Time, named_day};
use super::words::{Words, is_number};
use super::{Context, Memory, Reading};
use crate::listing::{Entry, Kind, Metadata};

/// Reads a line of a name, of what belongs to it, or of both.
pub(super) fn read(line: &Bytes, memory: &mut Memory, context: &Context) -> Reading {
    let half = core::mem::take(&mut memory.half);
    if !half.is_empty() {
        let indented = matches!(line.first(), Some(b' ' | b'\t'));
        let metadata = indented.then(|| metadata(line, 0, context)).flatten();
        let Some(metadata) = metadata else {
            return Reading::Ends(half);
        };
        let mut entry = named(&half, half.len(), metadata);
        let mut raw = Vec::with_capacity(half.len() + 1 + line.len());
        raw.extend_from_slice(&half);
        raw.push(b'\n');
        raw.extend_from_slice(line);
        entry.raw = Bytes::from(raw);
        return Reading::Whole(entry);
    }
    if is_header(line) {
        return Reading::Header;
    }
    let Some(end) = end_of_name(line) else {
        return Reading::Foreign;
    };
    let rest = line[end..].trim_ascii();
    if rest.is_empty() {
        memory.half = line.slice(..end);
        return Reading::Half;
    }
    // `%RMS-E-PRV, insufficient privilege`: there is a name, and nothing is told of it.
    if rest.starts_with(b"%RMS-") || rest.starts_with(b"%SYSTEM-") {
        return Reading::Entry(named(line, end, Metadata::default()));
    }
    match metadata(line, end, context) {
        Some(metadata) => Reading::Entry(named(line, end, metadata)),
        None => Reading::Foreign,
    }
}

/// A name with nothing behind it.
pub(super) fn alone(half: &Bytes) -> Entry {
    let mut entry = named(half, half.len(), Metadata::default());
    entry.raw = half.clone();
    entry
}

/// Where `NAME.TYPE;VERSION` ends, which stands at the start of the line.
fn end_of_name(line: &[u8]) -> Option<usize> {
    let semicolon = line.iter().position(|&b| b == b';')?;
    let name = &line[..semicolon];
    let version = line[semicolon + 1..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let end = semicolon + 1 + version;
    let ends = matches!(line.get(end), None | Some(b' ' | b'\t'));
    let is_name = !name.iter().any(|&b| b <= b' ') && name.contains(&b'.');
    (version > 0 && ends && is_name).then_some(end)
}

/// The entry of the name that ends at `end`.
fn named(line: &Bytes, end: usize, mut metadata: Metadata) -> Entry {
    // A directory's path may stand before, `[PUB.FILES]NAME.TXT;1`, and belongs to it.
    let full = &line[..end];
    let base = full.iter().position(|&b| b == b';').unwrap_or(full.len());
    let base = &full[..base];
    let stem = base.len().saturating_sub(4);
    let is_directory = stem > 0 && base[stem..].eq_ignore_ascii_case(b".dir");
    let name = if is_directory { &base[..stem] } else { full };
    metadata.kind = if is_directory {
        Kind::Directory
    } else {
        Kind::File
    };
    Entry {
        name: line.slice_ref(name),
        metadata,
        raw: Bytes::new(),
    }
}

/// What stands behind the name: blocks, date, time, owner, protection, of which the date must be.
fn metadata(line: &Bytes, from: usize, context: &Context) -> Option<Metadata> {
    let mut words = Words::starting_at(line, from);
    if words
        .peek()
        .iter()
        .all(|&b| b == b'/' || b.is_ascii_digit())
    {
        words.next();
    }
    let day = named_day(words.next(), context)?;
    let time = Time::read(words.next())?;
    let mut metadata = Metadata {
        modified: Some(context.modified(time.of(day)?, time.precision())),
        ..Metadata::default()
    };
    let rest = &line[words.at()..];
    if let Some(owner) = between(rest, b'[', b']') {
        let comma = owner.iter().position(|&b| b == b',');
        let (group, owner) = match comma {
            Some(at) => (&owner[..at], &owner[at + 1..]),
            None => (&owner[..0], owner),
        };
        let word = |word: &[u8]| {
            let word = word.trim_ascii();
            (!word.is_empty()).then(|| line.slice_ref(word))
        };
        (metadata.group, metadata.owner) = (word(group), word(owner));
    }
    metadata.mode = between(rest, b'(', b')').and_then(mode);
    Some(metadata)
}

/// The rights of owner, group and world; those of the system have no like in Unix, nor has the
/// right to delete.
fn mode(protection: &[u8]) -> Option<u16> {
    let mut classes = protection.split(|&b| b == b',');
    let mut mode = 0;
    let _system = classes.next()?;
    for shift in [6, 3, 0] {
        for right in classes.next()?.trim_ascii() {
            mode |= match right {
                b'R' => 4,
                b'W' => 2,
                b'E' => 1,
                b'D' => 0,
                _ => return None,
            } << shift;
        }
    }
    classes.next().is_none().then_some(mode)
}

fn between(text: &[u8], open: u8, close: u8) -> Option<&[u8]> {
    let start = text.iter().position(|&b| b == open)? + 1;
    let length = text[start..].iter().position(|&b| b == close)?;
    Some(&text[start..start + length])
}

/// `Directory DISK:[PUB]` before the entries, `Total of 3 files, 12 blocks.` behind them.
fn is_header(line: &[u8]) -> bool {
    let mut words = Words::new(line);
    match words.next() {
        b"Directory" => words.next().ends_with(b"]"),
        b"Grand" | b"Total" => {
            let mut word = words.next();
            if word == b"total" {
                word = words.next();
            }
            word == b"of" && is_number(words.next())
        }
        _ => false,
    }
}
