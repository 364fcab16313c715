//! Classic Mac OS: Peter's server, NetPresenz and WebSTAR, which imitate `ls -l` with columns of their own.
//!
//! `-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit`: bytes in the resource
//! fork, in the data fork, in both. `drwxrwxr-x               folder        2 May 10  1996 network`:
//! a count of entries.

use super::date::unix_date;
use super::words::{Words, number};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Kind, Told};

/// Reads a line of these servers; once the listing is theirs, also one of plain Unix.
pub(super) fn read(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    if fill(line, context, told).is_some() {
        memory.layout = MAC;
        return Reading::Entry;
    }
    match memory.layout {
        MAC => {
            *told = Told::default();
            unix::read(line, memory, context, told)
        }
        _ => Reading::Foreign,
    }
}

fn fill(line: &[u8], context: &Context, told: &mut Told) -> Option<()> {
    let mut words = Words::new(line);
    unix::mode_column(&mut words, told)?;
    if told.kind == Kind::Directory {
        if words.next() != b"folder" {
            return None;
        }
        number(words.next())?;
    } else {
        let resource = number(words.next())?;
        let data = number(words.next())?;
        let both = number(words.next())?;
        if resource.checked_add(data)? != both {
            return None;
        }
        told.size = Some(both);
    }
    told.modified = Some(unix_date(&mut words, context)?);
    unix::name(words.rest()?, line, told)
}

/// The layout of a listing that has had a line of this kind.
const MAC: u8 = 1;
