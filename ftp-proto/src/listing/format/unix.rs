//! Unix: what `ls -l` prints, in the variants of its descendants.
//!
//! `-rw-r--r--   1 owner    group        1234 Nov 22 14:05 name`
//!
//! The columns between the mode and the date differ from system to system, the date with the
//! locale. So the first date with a size before it is looked for, and what stands before the size is shared
//! out among links, owner and group.

use core::ops::Range;

use super::date::{unix_date, usual_date};
use super::words::{Words, grouped, is_number, number};
use super::{Context, Memory, Reading};
use crate::codec::short::find;
use crate::listing::{Kind, Place, Told};
use crate::time::Modified;

/// Reads a line of `ls -l`, with or without `-s`, `-i`, `-Z`, `-n`, `-o`, `-g`, `-F`, `--full-time`.
pub(super) fn read(line: &[u8], _: &mut Memory, context: &Context, told: &mut Told) -> Reading {
    match fill(line, context, told) {
        Some(()) => Reading::Entry,
        None if is_total(line) => Reading::Nothing,
        None => Reading::Foreign,
    }
}

/// Reads a line that begins with a mode, perhaps behind an inode and a count of blocks.
fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    if matches!(line.first(), Some(b'0'..=b'9' | b' ' | b'\t')) && is_number(words.peek()) {
        let first = words.next();
        // One number in front is blocks (`-s`), of two the first is the inode (`-i`).
        if is_number(words.peek()) {
            words.next();
            told.unique = Place::of(first, line);
        }
    }
    mode_column(&mut words, told)?;
    if told.mode.is_none() && words.peek() == b"?" {
        return unreadable_inode(words, line, told);
    }
    match usual_columns(&mut words, context, line, told) {
        Some(()) => {}
        None => any_columns(&mut words, context, line, told)?,
    }
    name(words.rest()?, line, told)
}

/// Reads the columns that nearly every line has, and leaves `words` at the name.
#[inline]
fn usual_columns(
    words: &mut Words<'_>,
    context: &Context,
    line: &[u8],
    told: &mut Told,
) -> Option<()> {
    let mut ahead = *words;
    let (links, owner, group, size) = (ahead.next(), ahead.next(), ahead.next(), ahead.next());
    let (links, size) = (number(links)?, number(size)?);
    let modified = usual_date(&mut ahead, context)?;
    // Devices have two numbers for a size; colons are those of a security context.
    if told.kind == Kind::Other || group.contains(&b':') {
        return None;
    }
    told.links = Some(links);
    told.size = Some(size);
    told.modified = Some(modified);
    told.owner = Place::of(owner, line);
    told.group = Place::of(group, line);
    *words = ahead;
    Some(())
}

/// Reads the columns of any other system, and leaves `words` at the name.
#[cold]
fn any_columns(
    words: &mut Words<'_>,
    context: &Context,
    line: &[u8],
    told: &mut Told,
) -> Option<()> {
    let columns = *words;
    let (owners, size, modified) = size_and_date(words, told.kind, context)?;
    told.modified = Some(modified);
    if told.kind != Kind::Other {
        told.size = grouped(size);
    }
    set_owners(columns, owners, line, told);
    Some(())
}

/// Sets an entry's name, and its target behind ` -> ` if it is a link (the first arrow counts).
pub(super) fn name(mut name: &[u8], line: &[u8], told: &mut Told) -> Option<()> {
    match told.kind {
        Kind::Link => {
            if let Some(arrow) = arrow(name) {
                told.target = Place::of(&name[arrow + 4..], line);
                name = &name[..arrow];
            }
        }
        Kind::Directory => {
            // No name has a slash; `ls -F` and `-p` add one.
            name = name.strip_suffix(b"/").unwrap_or(name);
            told.kind = directory(name);
        }
        _ => {}
    }
    if name.is_empty() {
        return None;
    }
    told.name = Place::of(name, line);
    Some(())
}

/// Where the first ` -> ` is.
fn arrow(name: &[u8]) -> Option<usize> {
    let mut head = 0;
    loop {
        head += find(b'>', &name[head..])? + 1;
        if head >= 3 && name[head - 3..].starts_with(b" -> ") {
            return Some(head - 3);
        }
    }
}

/// The kind of a directory of this name.
pub(super) fn directory(name: &[u8]) -> Kind {
    match name {
        b"." => Kind::CurrentDirectory,
        b".." => Kind::ParentDirectory,
        _ => Kind::Directory,
    }
}

/// Reads `drwxr-xr-x`: ten letters, and behind them at most a sign for more rights (`+`, `.`, `@`)
/// and the count of links where the column is too narrow.
pub(super) fn mode_column(words: &mut Words<'_>, told: &mut Told) -> Option<()> {
    let word = words.peek();
    let (mode, more) = word.split_at_checked(10)?;
    told.kind = match mode[0] {
        b'-' | b'f' => Kind::File,
        b'd' => Kind::Directory,
        b'l' => Kind::Link,
        b'b' | b'c' | b'p' | b's' | b'n' | b'm' | b'C' | b'D' | b'M' | b'P' | b'?' | b'w' => {
            Kind::Other
        }
        _ => return None,
    };
    let mut signs = 0;
    if !more.is_empty() {
        signs = more.iter().take_while(|b| b"+.@".contains(b)).count();
        if signs > 2 || !more[signs..].iter().all(u8::is_ascii_digit) {
            return None;
        }
    }
    if mode[1] != b'?' || mode[1..] != *b"?????????" {
        told.mode = Some(mode_bits(&mode[1..])?);
    }
    words.skip_into_next(10 + signs);
    Some(())
}

/// The bits of nine letters, `rwxr-xr-x`.
#[inline]
fn mode_bits(letters: &[u8]) -> Option<u16> {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const NONE: u64 = u64::from_le_bytes(*b"--------");
    const ALL: u64 = u64::from_le_bytes(*b"rwxrwxrw") ^ NONE;
    let (&eight, &[ninth @ (b'-' | b'x')]) = letters.split_first_chunk()? else {
        return special_bits(letters);
    };
    let differ = u64::from_le_bytes(eight) ^ NONE;
    // Bit 6 tells each of the three letters from the dash.
    let set = differ >> 6 & EACH;
    if differ != ALL & set.wrapping_mul(0xff) {
        return special_bits(letters);
    }
    // The product has the eight bits side by side in its highest byte, the first on top.
    let bits = set.wrapping_mul(0x8040_2010_0804_0201) >> 56;
    Some((bits as u16) << 1 | u16::from(ninth == b'x'))
}

/// The same where a letter is a special one.
#[cold]
fn special_bits(letters: &[u8]) -> Option<u16> {
    let (classes, _) = letters.as_chunks::<3>();
    let (mut mode, mut specials) = (0, 0);
    for (at, &[read, write, execute]) in classes.iter().enumerate() {
        let special = 0o4000 >> at;
        let read = match read {
            b'r' => 4,
            b'-' => 0,
            _ => return None,
        };
        let write = match write {
            b'w' => 2,
            b'-' => 0,
            _ => return None,
        };
        let (execute, special) = match execute {
            b'x' => (1, 0),
            b'-' => (0, 0),
            b's' | b't' => (1, special),
            // `l`: locked at use, as Solaris shows set-group-id without execution.
            b'S' | b'T' | b'l' | b'L' => (0, special),
            _ => return None,
        };
        mode = mode << 3 | read | write | execute;
        specials |= special;
    }
    Some(specials | mode)
}

/// `d????????? ? ? ? ?            ? name`: GNU `ls` where a directory may be listed and not searched.
fn unreadable_inode(mut words: Words<'_>, line: &[u8], told: &mut Told) -> Option<()> {
    for _ in 0..5 {
        if words.next() != b"?" {
            return None;
        }
    }
    name(words.rest()?, line, told)
}

/// Finds the first date behind a size. Gives what stands between the mode and the size, the size
/// and the date, and leaves `words` at the name.
fn size_and_date<'a>(
    words: &mut Words<'a>,
    kind: Kind,
    context: &Context,
) -> Option<(Range<usize>, &'a [u8], Modified)> {
    let start = words.start_of_next();
    let mut end = start;
    let mut size = words.next();
    while !size.is_empty() {
        if is_size(size, kind)
            && let Some(modified) = unix_date(words, context)
        {
            return Some((start..end, size, modified));
        }
        end = words.at();
        size = words.next();
    }
    None
}

/// Whether a word can stand in the column of sizes: a number, one that `-h` rounded, or the minor
/// number of a device.
fn is_size(word: &[u8], kind: Kind) -> bool {
    match word {
        [b'0', b'x', ..] => kind == Kind::Other,
        [b'0'..=b'9', .., last] => last.is_ascii_digit() || b"KMGTPEBkm".contains(last),
        [only] => only.is_ascii_digit(),
        _ => false,
    }
}

/// Shares out what stands between the mode and the size: `links owner group`, of which systems and
/// options leave out some, and in which names of Windows domains have spaces.
fn set_owners(mut words: Words<'_>, columns: Range<usize>, line: &[u8], told: &mut Told) {
    if columns.is_empty() {
        return;
    }
    if let Some(links) = number(words.peek()) {
        words.next();
        told.links = Some(links);
    }
    let start = words.start_of_next();
    // Two words and no more are what nearly every line has.
    let (owner, group) = (words.next(), words.next());
    if words.at() == columns.end && told.kind != Kind::Other && !group.contains(&b':') {
        told.owner = Place::of(owner, line);
        told.group = Place::of(group, line);
        return;
    }
    let mut rest = line
        .get(start..columns.end)
        .unwrap_or_default()
        .trim_ascii_end();
    if told.kind == Kind::Other {
        rest = without_major(rest);
    }
    rest = without_context(rest);
    if rest.is_empty() {
        return;
    }
    // Columns are padded: two blanks part two names, one may be in a name.
    let gap = rest.windows(2).position(|two| two == b"  ");
    let gap = gap.or_else(|| rest.iter().position(|&b| b == b' ' || b == b'\t'));
    let (owner, group) = rest.split_at(gap.unwrap_or(rest.len()));
    let group = group.trim_ascii();
    told.owner = Place::of(owner, line);
    if !group.is_empty() {
        told.group = Place::of(group, line);
    }
}

/// Without a device's major number, which stands before the minor as `1,` or `1`.
fn without_major(columns: &[u8]) -> &[u8] {
    let last = columns.iter().rposition(|&b| b == b' ');
    let word = last.map_or(columns, |at| &columns[at + 1..]);
    let major = word.strip_suffix(b",").unwrap_or(word);
    let has_major = word.len() > major.len() || last.is_some_and(|_| is_number(major));
    match last {
        _ if !has_major => columns,
        Some(at) => columns[..at].trim_ascii_end(),
        None => &[],
    }
}

/// Without a security context of `-Z`: `system_u:object_r:tmp_t:s0`.
fn without_context(columns: &[u8]) -> &[u8] {
    match columns.iter().rposition(|&b| b == b' ') {
        Some(at) if columns[at..].iter().filter(|&&b| b == b':').count() >= 2 => {
            columns[..at].trim_ascii_end()
        }
        _ => columns,
    }
}

/// `total 12` in the language of any locale: two words, the second a number, and one that means
/// a sum before it.
fn is_total(line: &[u8]) -> bool {
    let mut words = Words::new(line);
    let (word, sum) = (words.next(), words.next());
    let word = word.strip_suffix(b":").unwrap_or(word);
    let known = !word.is_ascii()
        || [
            &b"total"[..],
            b"totale",
            b"totalt",
            b"totaal",
            b"insgesamt",
            b"razem",
            b"celkem",
        ]
        .iter()
        .any(|total| word.eq_ignore_ascii_case(total));
    known
        && words.next().is_empty()
        && sum.first().is_some_and(u8::is_ascii_digit)
        && is_size(sum, Kind::File)
}
