//! HP NonStop (Tandem Guardian): `README          101            16354 22-Nov-26 14:05:09 244, 10 "nnnn"`.
//!
//! The columns: name, code, end of file, last modification, owner as group and user, who may do what.

use super::date::{Time, named_day};
use super::words::{Words, number};
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};

/// Reads a line below `File  Code  EOF  Last Modification  Owner  RWEP`, or that header.
pub(super) fn read(line: &[u8], _: &mut Memory, context: &Context, told: &mut Told) -> Reading {
    if is_header(line) {
        return Reading::Header;
    }
    Reading::of(fill(line, context, told))
}

fn is_header(line: &[u8]) -> bool {
    let mut words = Words::new(line);
    [&b"File"[..], b"Code", b"EOF", b"Last"]
        .iter()
        .all(|&word| words.next() == word)
}

fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    let name = words.next();
    if name.len() > 8 || !name.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    // `O` behind the code: open. It may stand apart.
    let code = words.next();
    number(code.strip_suffix(b"O").unwrap_or(code))?;
    if words.peek() == b"O" {
        words.next();
    }
    let size = number(words.next())?;
    let day = named_day(words.next(), context)?;
    let time = Time::read(words.next())?;
    let at = time.of(day)?;
    let owners = words.rest_trimmed()?;
    let owners = &owners[..owners.iter().position(|&b| b == b'"')?];
    let comma = owners.iter().position(|&b| b == b',')?;
    let (group, owner) = (
        owners[..comma].trim_ascii(),
        owners[comma + 1..].trim_ascii(),
    );
    *told = Told {
        name: Place::of(name, line),
        kind: Kind::File,
        size: Some(size),
        modified: Some(context.modified(at, time.precision())),
        owner: Place::of(owner, line),
        group: Place::of(group, line),
        ..Told::default()
    };
    Some(())
}
