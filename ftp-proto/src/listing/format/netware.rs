//! NetWare: `d [RWCEAFMS] admin            512 Nov 22 14:05 name`. The rights in brackets have no like
//! in Unix and are not told.

use super::date::unix_date;
use super::words::{Words, number};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Kind, Place, Told};

/// Reads a line that begins with a kind and rights in brackets.
pub(super) fn read(line: &[u8], _: &mut Memory, context: &Context, told: &mut Told) -> Reading {
    Reading::of(fill(line, context, told))
}

fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    let kind = match words.next() {
        b"d" => Kind::Directory,
        b"-" => Kind::File,
        _ => return None,
    };
    let rights = words.next().strip_prefix(b"[")?.strip_suffix(b"]")?;
    if rights.len() != 8 || !rights.iter().all(|b| b"RWCEAFMS-".contains(b)) {
        return None;
    }
    let owner = words.next();
    let size = number(words.next())?;
    *told = Told {
        kind,
        // NetWare tells 512 for any directory, as Unix its size on the disk.
        size: Some(size),
        modified: Some(unix_date(&mut words, context)?),
        owner: Place::of(owner, line),
        ..Told::default()
    };
    // The column before the name is padded.
    unix::name(words.rest_trimmed()?, line, told)
}
