//! MLSx facts and times (RFC 3659 §2.3, §7).
//!
//! An entry and a time, written and read:
//!
//! ```
//! use ftp_proto::codec::facts::{read_entry, read_time, write_entry, write_time};
//! use ftp_proto::listing::Kind;
//!
//! let entry = read_entry(&"Type=file;Size=5;Modify=20261122140500.25; a file".into())?;
//! assert_eq!((entry.name(), entry.kind(), entry.size()), (&b"a file"[..], Kind::File, Some(5)));
//! let mut line = Vec::new();
//! write_entry(&mut line, &entry);
//! assert_eq!(line, b"type=file;size=5;modify=20261122140500.250; a file");
//!
//! let time = read_time(b"20261122140500")?;
//! assert_eq!((time.year(), time.hour()), (2026, 14));
//! let mut text = Vec::new();
//! write_time(&mut text, time);
//! assert_eq!(text, b"20261122140500");
//! # Ok::<(), ftp_proto::DecodeError>(())
//! ```

use alloc::vec::Vec;
use bytes::Bytes;

use crate::codec::short::{decimal, find};
use crate::error::DecodeError;
use crate::listing::{Entry, Kind, Place, Told};
use crate::time::{DateTime, Modified, Precision};

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
    match modified(text) {
        Some(modified) => Ok(modified.at),
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
    let mut entry = Entry::of_line(line.clone());
    match entry.read(read_line) {
        Ok(()) => Ok(entry),
        Err((expected, at)) => Err(DecodeError::new(expected, line, at)),
    }
}

/// Tells the facts and the name of a line.
///
/// # Errors
/// What was expected, and where.
pub(crate) fn read_line(line: &[u8], told: &mut Told) -> Result<(), (&'static str, usize)> {
    let mut rest = line;
    while rest.first() != Some(&b' ') {
        let after = usual_fact(rest, line, told).or_else(|| any_fact(rest, line, told));
        match after {
            Some(after) => rest = after,
            None => return Err(("a fact `name=value;` or a space", line.len() - rest.len())),
        }
    }
    // The loop ends at a space only.
    let name = &rest[1..];
    told.name = Place::of(name, line);
    match name.is_empty() {
        true => Err(("a name", line.len())),
        false => Ok(()),
    }
}

/// Appends `fact=value;... name` without a line end.
///
/// What is not known is not written, nor a value with a byte that would end it: RFC 3659 §7.2 has
/// no way to quote one. A time is written only where it is known in UTC and to the minute at
/// least. The name must hold neither CR nor LF.
pub fn write_entry(out: &mut Vec<u8>, entry: &Entry) {
    write_kind(out, entry);
    if let Some(size) = entry.size() {
        // A directory has no contents to retrieve; servers that tell its size say `sizd`.
        let fact: &[u8] = match entry.kind() {
            Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => b"sizd=",
            _ => b"size=",
        };
        out.extend_from_slice(fact);
        write_decimal(out, size, 1);
        out.push(b';');
    }
    if let Some(modified) = entry.modified()
        && modified.precision >= Precision::Minute
        && let Some(utc) = modified.to_utc()
    {
        out.extend_from_slice(b"modify=");
        write_time(out, utc);
        out.push(b';');
    }
    write_value(out, b"perm=", entry.perm());
    write_value(out, b"unique=", entry.unique());
    if let Some(mode) = entry.mode() {
        out.extend_from_slice(b"UNIX.mode=0");
        for shift in [9, 6, 3, 0] {
            let digit = (mode >> shift & 7) as u8;
            if shift < 9 || digit > 0 {
                out.push(b'0' + digit);
            }
        }
        out.push(b';');
    }
    write_value(out, b"UNIX.owner=", entry.owner());
    write_value(out, b"UNIX.group=", entry.group());
    out.push(b' ');
    out.extend_from_slice(entry.name());
}

/// Sets a fact that is spelled as nearly every server spells it, and gives what follows.
///
/// Where the length of a value is known, the next fact need not wait for the search of its end.
#[inline]
fn usual_fact<'a>(input: &'a [u8], line: &[u8], told: &mut Told) -> Option<&'a [u8]> {
    let text = |value| Place::of(value, line);
    match input.first()? {
        b't' => {
            let value = input.strip_prefix(b"type=")?;
            let (kind, after) = match value.strip_prefix(b"file;") {
                Some(after) => (Kind::File, after),
                None => (Kind::Directory, value.strip_prefix(b"dir;")?),
            };
            told.kind = kind;
            Some(after)
        }
        b's' => {
            let (value, after) = until_semicolon(input.strip_prefix(b"size=")?)?;
            told.size = decimal(value);
            Some(after)
        }
        b'm' => {
            let (digits, after) = input.strip_prefix(b"modify=")?.split_first_chunk()?;
            let after = after.strip_prefix(b";")?;
            told.modified = Some(Modified::utc(time_of(digits)?));
            Some(after)
        }
        b'p' => {
            let (value, after) = until_semicolon(input.strip_prefix(b"perm=")?)?;
            told.perm = text(value);
            Some(after)
        }
        b'u' => {
            let (value, after) = until_semicolon(input.strip_prefix(b"unique=")?)?;
            told.unique = text(value);
            Some(after)
        }
        b'U' => match input.strip_prefix(b"UNIX.")? {
            [b'm', b'o', b'd', b'e', b'=', b'0', digits @ ..] => {
                let (&[owner, group, world, b';'], after) = digits.split_first_chunk()? else {
                    return None;
                };
                told.mode = Some(octal(&[owner, group, world])?);
                Some(after)
            }
            [b'u', b'i', b'd', b'=', value @ ..] => {
                let (value, after) = until_semicolon(value)?;
                set_fact(Fact::OwnerNumber, value, line, told);
                Some(after)
            }
            [b'g', b'i', b'd', b'=', value @ ..] => {
                let (value, after) = until_semicolon(value)?;
                set_fact(Fact::GroupNumber, value, line, told);
                Some(after)
            }
            _ => None,
        },
        _ => None,
    }
}

#[inline]
fn until_semicolon(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = find(b';', input)?;
    Some((input.get(..end)?, input.get(end + 1..)?))
}

/// Sets any fact, if it is known, and gives what follows. The `;` that ends the last one may be
/// missing: a space ends it then.
fn any_fact<'a>(input: &'a [u8], line: &[u8], told: &mut Told) -> Option<&'a [u8]> {
    let (name, rest) = input.split_at(find(b'=', input)?);
    let is_of_name = |&b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if name.is_empty() || !name.iter().all(is_of_name) {
        return None;
    }
    let (value, after) = match until_semicolon(&rest[1..]) {
        Some(found) => found,
        None => rest[1..].split_at(find(b' ', &rest[1..])?),
    };
    let known = KNOWN
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known));
    if let Some((_, fact)) = known {
        set_fact(*fact, value, line, told);
    }
    Some(after)
}

/// The facts that are told of.
#[derive(Clone, Copy)]
enum Fact {
    Type,
    Size,
    Modify,
    Perm,
    Unique,
    Mode,
    OwnerNumber,
    GroupNumber,
    Owner,
    Group,
}

const KNOWN: [(&[u8], Fact); 13] = [
    (b"type", Fact::Type),
    (b"size", Fact::Size),
    (b"sizd", Fact::Size),
    (b"modify", Fact::Modify),
    (b"perm", Fact::Perm),
    (b"unique", Fact::Unique),
    (b"unix.mode", Fact::Mode),
    (b"unix.uid", Fact::OwnerNumber),
    (b"unix.gid", Fact::GroupNumber),
    (b"unix.owner", Fact::Owner),
    (b"unix.ownername", Fact::Owner),
    (b"unix.group", Fact::Group),
    (b"unix.groupname", Fact::Group),
];

#[inline]
fn set_fact(fact: Fact, value: &[u8], line: &[u8], told: &mut Told) {
    let text = Place::of(value, line);
    match fact {
        Fact::Type => set_kind(value, line, told),
        Fact::Size => told.size = decimal(value),
        Fact::Modify => told.modified = modified(value),
        Fact::Perm => told.perm = text,
        Fact::Unique => told.unique = text,
        Fact::Mode => told.mode = octal(value),
        // A name, where a server tells both, says more than a number.
        Fact::OwnerNumber if told.owner == Place::NOWHERE => told.owner = text,
        Fact::GroupNumber if told.group == Place::NOWHERE => told.group = text,
        Fact::OwnerNumber | Fact::GroupNumber => {}
        Fact::Owner => told.owner = text,
        Fact::Group => told.group = text,
    }
}

/// The values of `type` (RFC 3659 §7.5.1); `OS.name=kind` stands for what the RFC has no word for.
fn set_kind(value: &[u8], line: &[u8], told: &mut Told) {
    let is = |kind: &str| value.eq_ignore_ascii_case(kind.as_bytes());
    told.kind = match value {
        _ if is("file") => Kind::File,
        _ if is("dir") => Kind::Directory,
        _ if is("cdir") => Kind::CurrentDirectory,
        _ if is("pdir") => Kind::ParentDirectory,
        _ if value.len() > 3 && value[..3].eq_ignore_ascii_case(b"os.") => {
            let kind = value.iter().position(|&b| b == b'=').map(|at| at + 1);
            let kind = &value[kind.unwrap_or(value.len())..];
            let end = kind.iter().position(|&b| b == b':').unwrap_or(kind.len());
            let (word, target) = kind.split_at(end);
            let is_link = [&b"slink"[..], b"symlink", b"link"]
                .iter()
                .any(|link| word.eq_ignore_ascii_case(link));
            if is_link && target.len() > 1 {
                told.target = Place::of(&target[1..], line);
            }
            match is_link {
                true => Kind::Link,
                false => Kind::Other,
            }
        }
        _ => Kind::Unknown,
    };
}

/// `YYYYMMDDHHMMSS`.
#[inline(always)]
fn time_of(digits: &[u8; 14]) -> Option<DateTime> {
    // The day is among the first eight digits and among the last eight.
    let (first, last) = (digits.first_chunk::<8>()?, digits.last_chunk::<8>()?);
    let (first, last) = (decimal(first)?, decimal(last)?);
    let pair = |number: u64, power: u64| (number / power % 100) as u8;
    let year = (first / 10_000) as i32;
    DateTime::from_date(year, pair(first, 100), pair(first, 1))?.at(
        pair(last, 10_000),
        pair(last, 100),
        pair(last, 1),
    )
}

/// A time, perhaps with spaces around it, with a fraction, or with the year-2000 bug.
fn modified(text: &[u8]) -> Option<Modified> {
    let text = text.trim_ascii();
    let count = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, fraction) = text.split_at(count);
    let at = match *digits {
        // Years since 1900 behind 19: `19100` is 2000.
        [b'1', b'9', hundreds @ b'1'..=b'9', ref rest @ ..] if count == 15 => {
            let century = 19 + hundreds - b'0';
            let mut digits = [b'0' + century / 10; 14];
            digits[1] = b'0' + century % 10;
            digits[2..].copy_from_slice(rest);
            time_of(&digits)?
        }
        _ => time_of(digits.try_into().ok()?)?,
    };
    match fraction {
        [] => Some(Modified::utc(at)),
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            let digits = digits.iter().copied().chain(core::iter::repeat(b'0'));
            let nanos = digits
                .take(9)
                .fold(0, |nanos, b| nanos * 10 + u32::from(b - b'0'));
            Some(Modified {
                precision: Precision::Fraction,
                ..Modified::utc(at.with_nanos(nanos)?)
            })
        }
        _ => None,
    }
}

fn write_kind(out: &mut Vec<u8>, entry: &Entry) {
    let kind: &[u8] = match entry.kind() {
        Kind::Unknown => return,
        Kind::File => b"type=file;",
        Kind::Directory => b"type=dir;",
        Kind::CurrentDirectory => b"type=cdir;",
        Kind::ParentDirectory => b"type=pdir;",
        Kind::Link => {
            if entry.target().is_some_and(is_value) {
                return write_value(out, b"type=OS.unix=slink:", entry.target());
            }
            b"type=OS.unix=symlink;"
        }
        Kind::Other => b"type=OS.unix=special;",
    };
    out.extend_from_slice(kind);
}

fn write_value(out: &mut Vec<u8>, fact: &[u8], value: Option<&[u8]>) {
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

/// Permission bits; a server that writes the whole `st_mode` has the file's kind above them.
#[inline]
fn octal(text: &[u8]) -> Option<u16> {
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    let mut mode = 0u32;
    for &b in text {
        if !(b'0'..=b'7').contains(&b) {
            return None;
        }
        mode = mode << 3 | u32::from(b - b'0');
    }
    u16::try_from(mode & 0o7777).ok()
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
