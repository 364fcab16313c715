//! VMS: `NAME.TXT;1   2/3   22-NOV-2026 14:05:09  [GROUP,OWNER]  (RWED,RWED,RE,)`.
//!
//! A long name has a line of its own and the rest stands on the next. The version stays in the name of a file, since two
//! of one name differ in it alone; the name of a directory is what CWD takes, without `.DIR;1`. A
//! size in blocks is not told, as it is not one in bytes.

use super::date::{Time, named_day};
use super::words::{Words, is_number};
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};

/// Reads a line of a name, of what belongs to it, or of both; LF may stand between the two.
pub(super) fn read(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    if !memory.half.is_empty() {
        let indented = matches!(line.first(), Some(b' ' | b'\t'));
        return match indented && fill(line, line, context, told).is_some() {
            true => Reading::GoesOn,
            false => Reading::Ends,
        };
    }
    if is_header(line) {
        return Reading::Header;
    }
    let Some(end) = end_of_name(line) else {
        return Reading::Foreign;
    };
    name(&line[..end], line, told);
    let rest = line[end..].trim_ascii();
    if rest.is_empty() {
        return Reading::Half;
    }
    // `%RMS-E-PRV, insufficient privilege`: there is a name, and nothing is told of it.
    if rest.starts_with(b"%RMS-") || rest.starts_with(b"%SYSTEM-") {
        return Reading::Entry;
    }
    Reading::of(fill(rest, line, context, told))
}

/// Reads a name with nothing behind it.
pub(super) fn alone(half: &[u8], told: &mut Told) {
    name(half.trim_ascii_end(), half, told);
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
    let ends = matches!(line.get(end), None | Some(b' ' | b'\t' | b'\n'));
    let is_name = !name.iter().any(|&b| b <= b' ') && name.contains(&b'.');
    (version > 0 && ends && is_name).then_some(end)
}

/// Sets the name and the kind that it tells.
fn name(full: &[u8], line: &[u8], told: &mut Told) {
    // A directory's path may stand before, `[PUB.FILES]NAME.TXT;1`, and belongs to it.
    let base = full.iter().position(|&b| b == b';').unwrap_or(full.len());
    let base = &full[..base];
    let stem = base.len().saturating_sub(4);
    let is_directory = stem > 0 && base[stem..].eq_ignore_ascii_case(b".dir");
    let (name, kind) = match is_directory {
        true => (&base[..stem], Kind::Directory),
        false => (full, Kind::File),
    };
    told.name = Place::of(name, line);
    told.kind = kind;
}

/// Reads what stands behind the name: blocks, date, time, owner, protection, of which the date
/// must be.
fn fill(rest: &[u8], line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(rest);
    if words
        .peek()
        .iter()
        .all(|&b| b == b'/' || b.is_ascii_digit())
    {
        words.next();
    }
    let day = named_day(words.next(), context)?;
    let time = Time::read(words.next())?;
    told.modified = Some(context.modified(time.of(day)?, time.precision()));
    let rest = &rest[words.at()..];
    if let Some(owner) = between(rest, b'[', b']') {
        let comma = owner.iter().position(|&b| b == b',');
        let (group, owner) = match comma {
            Some(at) => (&owner[..at], &owner[at + 1..]),
            None => (&owner[..0], owner),
        };
        let word = |word: &[u8]| match word.trim_ascii() {
            b"" => Place::NOWHERE,
            word => Place::of(word, line),
        };
        (told.group, told.owner) = (word(group), word(owner));
    }
    told.mode = between(rest, b'(', b')').and_then(mode);
    Some(())
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
