//! EPLF, Easily Parsed LIST Format: `+i8388621.44468,m839956783,r,s10376,<TAB>name`.
//!
//! Facts of one letter, each ended by a comma: `/` a directory, `r` a file that may be retrieved,
//! `s` bytes, `m` seconds since 1970, `i` an identifier, `up` the mode in octal digits.

use bytes::Bytes;

use super::words::number;
use super::{Context, Memory, Reading};
use crate::listing::{Entry, Kind, Metadata};
use crate::time::{DateTime, Modified};

/// Reads a line that begins with `+` and has a tab before its name.
pub(super) fn read(line: &Bytes, _: &mut Memory, _: &Context) -> Reading {
    match entry(line) {
        Some(entry) => Reading::Entry(entry),
        None => Reading::Foreign,
    }
}

fn entry(line: &Bytes) -> Option<Entry> {
    let facts = line.strip_prefix(b"+")?;
    let tab = facts.iter().position(|&b| b == b'\t')?;
    let (facts, name) = (&facts[..tab], &facts[tab + 1..]);
    if name.is_empty() || !(facts.is_empty() || facts.ends_with(b",")) {
        return None;
    }
    let mut metadata = Metadata::default();
    for fact in facts.split(|&b| b == b',') {
        match fact {
            b"/" => metadata.kind = Kind::Directory,
            b"r" => metadata.kind = Kind::File,
            [b's', size @ ..] => metadata.size = number(size),
            [b'm', seconds @ ..] => metadata.modified = modified(seconds),
            [b'i', id @ ..] => metadata.unique = Some(line.slice_ref(id)),
            [b'u', b'p', mode @ ..] => metadata.mode = octal(mode),
            _ => {}
        }
    }
    Some(Entry {
        name: line.slice_ref(name),
        metadata,
        raw: Bytes::new(),
    })
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
