//! Unix: what `ls -l` prints, in the variants of its descendants.
//!
//! `-rw-r--r--   1 owner    group        1234 Nov 22 14:05 name`
//!
//! The columns between the mode and the date differ from system to system, the date with the
//! locale. So the first date with a size before it is looked for, and what stands before the size is shared
//! out among links, owner and group.

use core::ops::Range;

use bytes::Bytes;

use super::date::unix_date;
use super::words::{Words, grouped, is_number, number};
use super::{Context, Memory, Reading};
use crate::listing::{Entry, Kind, Metadata};
use crate::time::Modified;

/// Reads a line of `ls -l`, with or without `-s`, `-i`, `-Z`, `-n`, `-o`, `-g`, `-F`, `--full-time`.
pub(super) fn read(line: &Bytes, _: &mut Memory, context: &Context, entry: &mut Entry) -> Reading {
    match fill(line, context, entry) {
        Some(()) => Reading::Entry,
        None if is_total(line) => Reading::Nothing,
        None => Reading::Foreign,
    }
}

/// Reads a line that begins with a mode, perhaps behind an inode and a count of blocks.
fn fill(line: &Bytes, context: &Context, entry: &mut Entry) -> Option<()> {
    let mut words = Words::new(line);
    let mut unique = None;
    if is_number(words.peek()) {
        let first = words.next();
        // One number in front is blocks (`-s`), of two the first is the inode (`-i`).
        if is_number(words.peek()) {
            words.next();
            unique = Some(line.slice_ref(first));
        }
    }
    let metadata = &mut entry.metadata;
    mode_column(&mut words, metadata)?;
    metadata.unique = unique;
    if metadata.mode.is_none() && words.peek() == b"?" {
        return unreadable_inode(line, words, entry);
    }
    let columns = words;
    let (owners, size, modified) = size_and_date(&mut words, metadata.kind, context)?;
    metadata.modified = Some(modified);
    if metadata.kind != Kind::Other {
        metadata.size = grouped(size);
    }
    set_owners(metadata, line, columns, owners);
    name(line, words.rest()?, entry)
}

/// Sets an entry's name, and its target behind ` -> ` if it is a link (the first arrow counts).
pub(super) fn name(line: &Bytes, mut name: &[u8], entry: &mut Entry) -> Option<()> {
    let metadata = &mut entry.metadata;
    match metadata.kind {
        Kind::Link => {
            if let Some(arrow) = name.windows(4).position(|bytes| bytes == b" -> ") {
                metadata.target = Some(line.slice_ref(&name[arrow + 4..]));
                name = &name[..arrow];
            }
        }
        Kind::Directory => {
            // No name has a slash; `ls -F` and `-p` add one.
            name = name.strip_suffix(b"/").unwrap_or(name);
            metadata.kind = directory(name);
        }
        _ => {}
    }
    if name.is_empty() {
        return None;
    }
    entry.name = line.slice_ref(name);
    Some(())
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
pub(super) fn mode_column(words: &mut Words<'_>, metadata: &mut Metadata) -> Option<()> {
    let word = words.peek();
    let (mode, more) = word.split_at_checked(10)?;
    metadata.kind = match mode[0] {
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
        metadata.mode = Some(mode_bits(&mode[1..])?);
    }
    words.skip_into_next(10 + signs);
    Some(())
}

fn mode_bits(letters: &[u8]) -> Option<u16> {
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
fn unreadable_inode(line: &Bytes, mut words: Words<'_>, entry: &mut Entry) -> Option<()> {
    for _ in 0..5 {
        if words.next() != b"?" {
            return None;
        }
    }
    name(line, words.rest()?, entry)
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
fn set_owners(metadata: &mut Metadata, line: &Bytes, mut words: Words<'_>, columns: Range<usize>) {
    if columns.is_empty() {
        return;
    }
    if let Some(links) = number(words.peek()) {
        words.next();
        metadata.links = Some(links);
    }
    let start = words.start_of_next();
    // Two words and no more are what nearly every line has.
    let (owner, group) = (words.next(), words.next());
    if words.at() == columns.end && metadata.kind != Kind::Other && !group.contains(&b':') {
        metadata.owner = Some(line.slice_ref(owner));
        metadata.group = Some(line.slice_ref(group));
        return;
    }
    let mut rest = line
        .get(start..columns.end)
        .unwrap_or_default()
        .trim_ascii_end();
    if metadata.kind == Kind::Other {
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
    metadata.owner = Some(line.slice_ref(owner));
    metadata.group = (!group.is_empty()).then(|| line.slice_ref(group));
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
