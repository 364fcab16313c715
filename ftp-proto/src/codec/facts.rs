//! MLSx facts and times (RFC 3659 §2.3, §7).

use alloc::vec::Vec;
use bytes::Bytes;

use crate::error::DecodeError;
use crate::listing::{Entry, Kind, Metadata};
use crate::time::{DateTime, Modified, Precision, Zone};

/// The facts that [`write_entry`] knows, as the MLST line of a FEAT reply names them
/// (RFC 3659 §7.8), every one of them switched on.
pub const FACTS: &str =
    "type*;size*;sizd*;modify*;perm*;unique*;UNIX.mode*;UNIX.owner*;UNIX.group*;";

/// Reads a time-val: `YYYYMMDDHHMMSS[.F+]`, UTC (RFC 3659 §2.3).
///
/// A server with the year-2000 bug writes "19" and then the years since 1900, so that 2000 is
/// `19100`; a fifteenth digit tells. Digits of a fraction past the ninth are dropped, spaces
/// around the whole ignored.
///
/// # Errors
/// Anything else, and a date or time that no calendar and no clock has.
pub fn read_time(text: &[u8]) -> Result<DateTime, DecodeError> {
    match time_and_precision(text) {
        Some((time, _)) => Ok(time),
        None => Err(DecodeError::new("a time YYYYMMDDHHMMSS[.F]", text, 0)),
    }
}

/// Appends `YYYYMMDDHHMMSS`, and a fraction only where there is one (milliseconds at least,
/// trailing zeros dropped).
pub fn write_time(out: &mut Vec<u8>, time: DateTime) {
    // A `DateTime` has a year of at most four digits, 1 to 9999.
    write_decimal(out, time.year().unsigned_abs(), 4);
    for part in [
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
    ] {
        write_decimal(out, u32::from(part), 2);
    }
    if time.nanos() != 0 {
        let (mut fraction, mut digits) = (time.nanos(), 9);
        while digits > 3 && fraction % 10 == 0 {
            fraction /= 10;
            digits -= 1;
        }
        out.push(b'.');
        write_decimal(out, fraction, digits);
    }
}

/// Reads `fact=value;fact=value; name` (RFC 3659 §7.2).
///
/// The name is all that follows the space behind the facts, byte for byte; it may hold `;`, `=`
/// and spaces anywhere. Fact names and the kinds of `type` ignore case (§7.5). Facts not known
/// here are passed over, a known one with an unreadable value is as if it were not there. A value may hold a
/// space, as the target of a link does with some servers; the `;` before the name may be missing.
///
/// # Errors
/// A line with no name, or that begins with neither a fact nor a space.
pub fn read_entry(line: &Bytes) -> Result<Entry, DecodeError> {
    let mut entry = Entry::default();
    match fill_entry(line, &mut entry) {
        Ok(()) => {
            entry.raw = line.clone();
            Ok(entry)
        }
        Err((expected, at)) => Err(DecodeError::new(expected, line, at)),
    }
}

/// Fills an empty entry with the facts and the name of a line, but not the line itself.
///
/// # Errors
/// What was expected, and where.
pub(crate) fn fill_entry(line: &Bytes, entry: &mut Entry) -> Result<(), (&'static str, usize)> {
    let mut rest: &[u8] = line;
    while !rest.starts_with(b" ") {
        let Some((fact, value, after)) = next_fact(rest) else {
            return Err(("a fact `name=value;` or a space", line.len() - rest.len()));
        };
        set_fact(&mut entry.metadata, line, fact, value);
        rest = after;
    }
    // The loop ends at a space only.
    let name = &rest[1..];
    if name.is_empty() {
        return Err(("a name", line.len()));
    }
    entry.name = line.slice_ref(name);
    Ok(())
}

/// Appends `fact=value;... name` without a line end.
///
/// What is not known is not written, nor a value with a byte that would end it: RFC 3659 §7.2 has
/// no way to quote one. A time is written only where it is known in UTC and to the minute at
/// least. The name must hold neither CR nor LF.
pub fn write_entry(out: &mut Vec<u8>, entry: &Entry) {
    let metadata = &entry.metadata;
    write_kind(out, metadata);
    if let Some(size) = metadata.size {
        // A directory has no contents to retrieve; servers that tell its size say `sizd`.
        let fact: &[u8] = match metadata.kind {
            Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => b"sizd=",
            _ => b"size=",
        };
        out.extend_from_slice(fact);
        write_decimal(out, size, 1);
        out.push(b';');
    }
    if let Some(modified) = metadata.modified
        && modified.precision >= Precision::Minute
        && let Some(utc) = modified.to_utc()
    {
        out.extend_from_slice(b"modify=");
        write_time(out, utc);
        out.push(b';');
    }
    write_value(out, b"perm=", metadata.perm.as_ref());
    write_value(out, b"unique=", metadata.unique.as_ref());
    if let Some(mode) = metadata.mode {
        out.extend_from_slice(b"UNIX.mode=0");
        for shift in [9, 6, 3, 0] {
            let digit = (mode >> shift & 7) as u8;
            if shift < 9 || digit > 0 {
                out.push(b'0' + digit);
            }
        }
        out.push(b';');
    }
    write_value(out, b"UNIX.owner=", metadata.owner.as_ref());
    write_value(out, b"UNIX.group=", metadata.group.as_ref());
    out.push(b' ');
    out.extend_from_slice(&entry.name);
}

/// One `name=value;`: the name as a [`key`], the value, and what follows. The `;` that ends the last one may
/// be missing: a space ends it then.
///
/// Every line of a listing passes here, so no byte is looked at by itself where that can be
/// helped: loops of a few rounds are what a processor guesses worst.
fn next_fact(input: &[u8]) -> Option<(u128, &[u8], &[u8])> {
    let sixteen = match input.first_chunk() {
        Some(sixteen) => u128::from_le_bytes(*sixteen),
        None => {
            let mut padded = [0; 16];
            padded[..input.len()].copy_from_slice(input);
            u128::from_le_bytes(padded)
        }
    };
    let mut equals = first(sixteen, b'=');
    let mut key = 0;
    if equals < 16 {
        key = (sixteen | SMALL) & ((1 << (equals * 8)) - 1);
    } else {
        // None that is known is as long.
        equals = input.iter().position(|&b| b == b'=')?;
    }
    let (name, rest) = (input.get(..equals)?, input.get(equals + 1..)?);
    if !KNOWN.contains(&key) {
        let is_of_name = |&b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if name.is_empty() || !name.iter().all(is_of_name) {
            return None;
        }
    }
    match find(rest, b';') {
        Some(end) => Some((key, &rest[..end], &rest[end + 1..])),
        None => {
            let end = rest.iter().position(|&b| b == b' ')?;
            Some((key, &rest[..end], &rest[end..]))
        }
    }
}

/// Where a byte is first.
fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let (sixteens, rest) = bytes.as_chunks();
    for (at, &sixteen) in sixteens.iter().enumerate() {
        let found = first(u128::from_le_bytes(sixteen), byte);
        if found < 16 {
            return Some(at * 16 + found);
        }
    }
    let at = rest.iter().position(|&b| b == byte)?;
    Some(sixteens.len() * 16 + at)
}

/// Which of sixteen bytes is the first of that value; 16 if none is.
fn first(sixteen: u128, byte: u8) -> usize {
    // Where a byte is 0, taking one from each byte borrows into its high bit before any above it.
    let zeros = sixteen ^ (ONES * byte as u128);
    let found = zeros.wrapping_sub(ONES) & !zeros & (ONES << 7);
    found.trailing_zeros() as usize / 8
}

/// A name as a number, its letters small.
const fn key(name: &[u8]) -> u128 {
    let (mut key, mut at) = (0, 0);
    while at < name.len() {
        key |= ((name[at] | 0x20) as u128) << (at * 8);
        at += 1;
    }
    key
}

const ONES: u128 = u128::from_le_bytes([0x01; 16]);
const SMALL: u128 = u128::from_le_bytes([0x20; 16]);

const TYPE: u128 = key(b"type");
const SIZE: u128 = key(b"size");
const SIZD: u128 = key(b"sizd");
const MODIFY: u128 = key(b"modify");
const PERM: u128 = key(b"perm");
const UNIQUE: u128 = key(b"unique");
const UNIX_MODE: u128 = key(b"unix.mode");
const UNIX_UID: u128 = key(b"unix.uid");
const UNIX_GID: u128 = key(b"unix.gid");
const UNIX_OWNER: u128 = key(b"unix.owner");
const UNIX_GROUP: u128 = key(b"unix.group");
const UNIX_OWNERNAME: u128 = key(b"unix.ownername");
const UNIX_GROUPNAME: u128 = key(b"unix.groupname");

/// The facts of most lines.
const KNOWN: [u128; 8] = [
    TYPE, SIZE, MODIFY, PERM, UNIQUE, UNIX_MODE, UNIX_UID, UNIX_GID,
];

fn set_fact(metadata: &mut Metadata, line: &Bytes, fact: u128, value: &[u8]) {
    let text = || Some(line.slice_ref(value));
    match fact {
        TYPE => set_kind(metadata, line, value),
        SIZE | SIZD => metadata.size = decimal(value),
        MODIFY => {
            metadata.modified = time_and_precision(value).map(|(at, precision)| Modified {
                at,
                precision,
                zone: Zone::Utc,
            });
        }
        PERM => metadata.perm = text(),
        UNIQUE => metadata.unique = text(),
        UNIX_MODE => metadata.mode = octal(value),
        // A name, where a server tells both, says more than a number.
        UNIX_UID if metadata.owner.is_none() => metadata.owner = text(),
        UNIX_GID if metadata.group.is_none() => metadata.group = text(),
        UNIX_OWNER | UNIX_OWNERNAME => metadata.owner = text(),
        UNIX_GROUP | UNIX_GROUPNAME => metadata.group = text(),
        _ => {}
    }
}

/// The values of `type` (RFC 3659 §7.5.1); `OS.name=kind` stands for what the RFC has no word for.
fn set_kind(metadata: &mut Metadata, line: &Bytes, value: &[u8]) {
    let is = |kind: &str| value.eq_ignore_ascii_case(kind.as_bytes());
    metadata.kind = if is("file") {
        Kind::File
    } else if is("dir") {
        Kind::Directory
    } else if is("cdir") {
        Kind::CurrentDirectory
    } else if is("pdir") {
        Kind::ParentDirectory
    } else if value.len() > 3 && value[..3].eq_ignore_ascii_case(b"os.") {
        let kind = value.iter().position(|&b| b == b'=').map(|at| at + 1);
        let kind = &value[kind.unwrap_or(value.len())..];
        let end = kind.iter().position(|&b| b == b':').unwrap_or(kind.len());
        let (word, target) = kind.split_at(end);
        match [&b"slink"[..], b"symlink", b"link"]
            .iter()
            .any(|link| word.eq_ignore_ascii_case(link))
        {
            true => {
                if target.len() > 1 {
                    metadata.target = Some(line.slice_ref(&target[1..]));
                }
                Kind::Link
            }
            false => Kind::Other,
        }
    } else {
        Kind::Unknown
    };
}

fn time_and_precision(text: &[u8]) -> Option<(DateTime, Precision)> {
    let text = text.trim_ascii();
    let count = match text {
        _ if text.len() == 14 && text.iter().all(u8::is_ascii_digit) => 14,
        _ => text.iter().take_while(|b| b.is_ascii_digit()).count(),
    };
    let (digits, fraction) = text.split_at(count);
    let (century, rest) = match *digits {
        [b'1', b'9', hundreds @ b'1'..=b'9', ref rest @ ..] if count == 15 => {
            (19 + i32::from(hundreds - b'0'), rest)
        }
        [a, b, ref rest @ ..] if count == 14 => (i32::from(pair(a, b)), rest),
        _ => return None,
    };
    let &[y, z, m, n, d, e, h, i, k, l, s, t] = rest else {
        return None;
    };
    let year = century * 100 + i32::from(pair(y, z));
    let at = DateTime::from_date(year, pair(m, n), pair(d, e))?;
    let at = at.at(pair(h, i), pair(k, l), pair(s, t))?;
    match fraction {
        [] => Some((at, Precision::Second)),
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            let digits = digits.iter().copied().chain(core::iter::repeat(b'0'));
            let nanos = digits
                .take(9)
                .fold(0, |nanos, b| nanos * 10 + u32::from(b - b'0'));
            Some((at.with_nanos(nanos)?, Precision::Fraction))
        }
        _ => None,
    }
}

/// The number of two digits.
fn pair(tens: u8, ones: u8) -> u8 {
    (tens - b'0') * 10 + (ones - b'0')
}

fn write_kind(out: &mut Vec<u8>, metadata: &Metadata) {
    let kind: &[u8] = match metadata.kind {
        Kind::Unknown => return,
        Kind::File => b"type=file;",
        Kind::Directory => b"type=dir;",
        Kind::CurrentDirectory => b"type=cdir;",
        Kind::ParentDirectory => b"type=pdir;",
        Kind::Link => {
            if metadata.target.as_ref().is_some_and(|t| is_value(t)) {
                return write_value(out, b"type=OS.unix=slink:", metadata.target.as_ref());
            }
            b"type=OS.unix=symlink;"
        }
        Kind::Other => b"type=OS.unix=special;",
    };
    out.extend_from_slice(kind);
}

fn write_value(out: &mut Vec<u8>, fact: &[u8], value: Option<&Bytes>) {
    if let Some(value) = value
        && is_value(value)
    {
        out.extend_from_slice(fact);
        out.extend_from_slice(value);
        out.push(b';');
    }
}

/// Whether a value ends where it should: no `;`, no space (many readers take the first one as the
/// end of the facts), no control byte.
fn is_value(value: &[u8]) -> bool {
    !value.is_empty() && !value.iter().any(|&b| b <= b' ' || b == b';' || b == 0x7f)
}

/// Appends a number with zeros in front up to `width` digits.
pub(crate) fn write_decimal(out: &mut Vec<u8>, number: impl Into<u64>, width: usize) {
    let (mut digits, mut at, mut number) = ([b'0'; 20], 20, number.into());
    while number > 0 {
        at -= 1;
        // A remainder of ten is one digit; twenty of them hold any u64.
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let at = at.min(20usize.saturating_sub(width));
    out.extend_from_slice(&digits[at..]);
}

fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, &b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// Permission bits; a server that writes the whole `st_mode` has the file's kind above them.
fn octal(text: &[u8]) -> Option<u16> {
    if text.is_empty() {
        return None;
    }
    let mode = text.iter().try_fold(0u32, |number, &b| {
        let digit = (b'0'..=b'7').contains(&b).then(|| u32::from(b - b'0'))?;
        number.checked_mul(8)?.checked_add(digit)
    })?;
    u16::try_from(mode & 0o7777).ok()
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
