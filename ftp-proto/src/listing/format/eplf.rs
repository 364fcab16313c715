//! EPLF, Easily Parsed LIST Format: `+i8388621.44468,m839956783,r,s10376,<TAB>name`.
//!
//! Facts of one letter, each ended by a comma: `/` a directory, `r` a file that may be retrieved,
//! `s` bytes, `m` seconds since 1970, `i` an identifier, `up` the mode in octal digits.

use super::words::number;
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};
use crate::time::{DateTime, Modified};

/// Reads a line that begins with `+` and has a tab before its name.
pub(super) fn read(line: &[u8], _: &mut Memory, _: &Context, told: &mut Told) -> Reading {
    Reading::of(fill(line, told))
}

fn fill(line: &[u8], told: &mut Told) -> Option<()> {
    let facts = line.strip_prefix(b"+")?;
    let tab = facts.iter().position(|&b| b == b'\t')?;
    let (facts, name) = (&facts[..tab], &facts[tab + 1..]);
    if name.is_empty() || !(facts.is_empty() || facts.ends_with(b",")) {
        return None;
    }
    for fact in facts.split(|&b| b == b',') {
        match fact {
            b"/" => told.kind = Kind::Directory,
            b"r" => told.kind = Kind::File,
            [b's', size @ ..] => told.size = number(size),
            [b'm', seconds @ ..] => told.modified = modified(seconds),
            [b'i', id @ ..] => told.unique = Place::of(id, line),
            [b'u', b'p', mode @ ..] => told.mode = octal(mode),
            _ => {}
        }
    }
    told.name = Place::of(name, line);
    Some(())
}

fn modified(seconds: &[u8]) -> Option<Modified> {
    let (sign, digits) = match seconds.strip_prefix(b"-") {
        Some(digits) => (-1, digits),
        None => (1, seconds),
    };
    let seconds = i64::try_from(number(digits)?).ok()?;
    DateTime::from_unix(sign * seconds).map(Modified::utc)
}

fn octal(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    digits.iter().try_fold(0, |mode, &b| {
        let digit = b.wrapping_sub(b'0');
        (digit < 8).then_some(mode * 8 + u16::from(digit))
    })
}
