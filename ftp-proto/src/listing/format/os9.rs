//! OS-9: `   1.64    26/11/22 1405   d-ewrewr     5D      128 name`.
//!
//! The columns: owner as group and user, last modification, attributes, sector, bytes, name.

use super::date::{NumericDay, Order, Time};
use super::words::{Words, is_number, number};
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};

/// Reads a line below `Owner  Last modified  Attributes  Sector  Bytecount  Name`, or a header.
pub(super) fn read(line: &[u8], _: &mut Memory, context: &Context, told: &mut Told) -> Reading {
    if is_header(line) {
        return Reading::Header;
    }
    Reading::of(fill(line, context, told))
}

fn is_header(line: &[u8]) -> bool {
    let mut words = Words::new(line);
    let three = [words.next(), words.next(), words.next()];
    match three {
        [b"Owner", b"Last", b"modified"] => true,
        // `Directory of PATH 14:05:09`
        [b"Directory", b"of", path] => !path.is_empty() && Time::read(words.next()).is_some(),
        _ => three
            .iter()
            .all(|word| word.len() >= 4 && word.iter().all(|&b| b == b'-')),
    }
}

fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    let owners = words.next();
    let dot = owners.iter().position(|&b| b == b'.')?;
    let (group, owner) = (&owners[..dot], &owners[dot + 1..]);
    if !is_number(group) || !is_number(owner) {
        return None;
    }
    let date = NumericDay::read(words.next(), Order::YearMonthDay, context)?;
    let time = words.next();
    let time = match time {
        &[a, b, c, d] if is_number(time) => Time::read(&[a, b, b':', c, d])?,
        _ => Time::read(time)?,
    };
    let at = time.of(date.day)?;
    let (kind, mode) = attributes(words.next())?;
    let sector = words.next();
    if sector.is_empty() || !sector.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let size = number(words.next())?;
    *told = Told {
        name: Place::of(words.rest()?, line),
        kind,
        size: Some(size),
        modified: Some(context.modified(at, time.precision())),
        mode: Some(mode),
        owner: Place::of(owner, line),
        group: Place::of(group, line),
        ..Told::default()
    };
    Some(())
}

/// `dsewrewr`: directory, single user, what the public may do, what the owner may.
fn attributes(word: &[u8]) -> Option<(Kind, u16)> {
    if word.len() != 8 {
        return None;
    }
    let mut mode = 0;
    for (at, (&letter, &name)) in word.iter().zip(b"dsewrewr").enumerate() {
        if letter == b'-' {
            continue;
        }
        if !letter.eq_ignore_ascii_case(&name) {
            return None;
        }
        mode |= match at {
            2..=4 => 0o011 << (at - 2),
            5..=7 => 0o100 << (at - 5),
            _ => 0,
        };
    }
    let kind = if word[0] == b'-' {
        Kind::File
    } else {
        Kind::Directory
    };
    Some((kind, mode))
}
