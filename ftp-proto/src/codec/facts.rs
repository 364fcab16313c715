//! MLSx facts and times (RFC 3659 §2.3, §7).

use alloc::vec::Vec;
use bytes::Bytes;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while_m_n, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{opt, recognize};
use nom::sequence::{preceded, separated_pair, terminated};
use nom::{IResult, Parser};

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
    time_and_precision(text).map(|(time, _)| time)
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
    let mut metadata = Metadata::default();
    let mut rest: &[u8] = line;
    while !rest.starts_with(b" ") {
        let (after, (fact, value)) = fact(rest).map_err(|_| {
            DecodeError::new(
                "a fact `name=value;` or a space",
                line,
                line.len() - rest.len(),
            )
        })?;
        set_fact(&mut metadata, line, fact, value);
        rest = after;
    }
    // The loop ends at a space only.
    let name = &rest[1..];
    if name.is_empty() {
        return Err(DecodeError::new("a name", line, line.len()));
    }
    Ok(Entry {
        name: line.slice_ref(name),
        metadata,
        raw: line.clone(),
    })
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

/// One `name=value;`. The `;` that ends the last one may be missing: a space ends it then.
fn fact(input: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    let name = || take_while1(|b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b));
    alt((
        terminated(
            separated_pair(name(), char('='), take_till(|b| b == b';')),
            char(';'),
        ),
        separated_pair(name(), char('='), take_till(|b| b == b' ')),
    ))
    .parse(input)
}

fn set_fact(metadata: &mut Metadata, line: &Bytes, fact: &[u8], value: &[u8]) {
    let is = |name: &str| fact.eq_ignore_ascii_case(name.as_bytes());
    if is("type") {
        set_kind(metadata, line, value);
    } else if is("size") || is("sizd") {
        metadata.size = decimal(value);
    } else if is("modify") {
        metadata.modified = time_and_precision(value)
            .ok()
            .map(|(at, precision)| Modified {
                at,
                precision,
                zone: Zone::Utc,
            });
    } else if is("perm") {
        metadata.perm = Some(line.slice_ref(value));
    } else if is("unique") {
        metadata.unique = Some(line.slice_ref(value));
    } else if is("unix.mode") {
        metadata.mode = octal(value);
    } else if is("unix.owner") || is("unix.ownername") {
        metadata.owner = Some(line.slice_ref(value));
    } else if is("unix.group") || is("unix.groupname") {
        metadata.group = Some(line.slice_ref(value));
    } else if is("unix.uid") {
        // A name, where a server tells both, says more than a number.
        metadata.owner.get_or_insert_with(|| line.slice_ref(value));
    } else if is("unix.gid") {
        metadata.group.get_or_insert_with(|| line.slice_ref(value));
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

fn time_and_precision(text: &[u8]) -> Result<(DateTime, Precision), DecodeError> {
    let fail = || DecodeError::new("a time YYYYMMDDHHMMSS[.F]", text, 0);
    let (rest, (digits, fraction)) =
        time_val(text.trim_ascii()).map_err(|_: nom::Err<nom::error::Error<&[u8]>>| fail())?;
    if !rest.is_empty() {
        return Err(fail());
    }
    let number = |from: usize, to: usize| -> Option<u16> {
        digits.get(from..to)?.iter().try_fold(0u16, |number, &b| {
            number
                .checked_mul(10)?
                .checked_add(u16::from(b.checked_sub(b'0')?))
        })
    };
    let pair = |from: usize| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
    let read = || -> Option<(DateTime, Precision)> {
        // `take_while_m_n` took 14 or 15 digits.
        let (year, month) = match digits.len() {
            14 => (number(0, 4)?, 4),
            _ if digits.starts_with(b"19") => (number(2, 5)? + 1900, 5),
            _ => return None,
        };
        let at = DateTime::from_date(i32::from(year), pair(month)?, pair(month + 2)?)?.at(
            pair(month + 4)?,
            pair(month + 6)?,
            pair(month + 8)?,
        )?;
        match fraction {
            None => Some((at, Precision::Second)),
            Some(fraction) => {
                let digits = fraction.iter().copied().chain(core::iter::repeat(b'0'));
                let nanos = digits
                    .take(9)
                    .fold(0u32, |nanos, b| nanos * 10 + u32::from(b - b'0'));
                Some((at.with_nanos(nanos)?, Precision::Fraction))
            }
        }
    };
    read().ok_or_else(fail)
}

/// The digits of a time-val and those of its fraction.
type TimeVal<'a> = (&'a [u8], Option<&'a [u8]>);

fn time_val(input: &[u8]) -> IResult<&[u8], TimeVal<'_>> {
    (
        recognize(take_while_m_n(14, 15, |b: u8| b.is_ascii_digit())),
        opt(preceded(tag("."), digit1)),
    )
        .parse(input)
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
