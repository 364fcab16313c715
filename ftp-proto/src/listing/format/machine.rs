//! MLSx (RFC 3659 §7): `type=file;size=1234;modify=20261122140509; name`.

use super::{Context, Memory, Reading};
use crate::codec::facts;
use crate::listing::Told;

/// Reads a line that is known to be MLSx.
pub(super) fn read(line: &[u8], _: &mut Memory, _: &Context, told: &mut Told) -> Reading {
    match facts::read_line(line, told) {
        Ok(()) => Reading::Entry,
        Err(_) => Reading::Foreign,
    }
}

/// Reads a line that shows itself as MLSx by a fact that every server sends: one of a file whose
/// name has a `=` would do otherwise.
pub(super) fn read_marked(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    let first = line.split(|&b| b == b'=').next().unwrap_or_default();
    let known = FACTS.iter().any(|fact| first.eq_ignore_ascii_case(fact));
    match known {
        true => read(line, memory, context, told),
        false => Reading::Foreign,
    }
}

const FACTS: [&[u8]; 14] = [
    b"type",
    b"size",
    b"sizd",
    b"modify",
    b"create",
    b"perm",
    b"unique",
    b"lang",
    b"media-type",
    b"charset",
    b"unix.mode",
    b"unix.owner",
    b"unix.uid",
    b"unix.group",
];
