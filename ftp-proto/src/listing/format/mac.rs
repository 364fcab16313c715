//! Classic Mac OS: Peter's server, NetPresenz and WebSTAR, which imitate `ls -l` with columns of their own.
//!
//! `-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit`: bytes in the resource
//! fork, in the data fork, in both. `drwxrwxr-x               folder        2 May 10  1996 network`:
//! a count of entries.

use bytes::Bytes;

use super::date::unix_date;
use super::words::{Words, number};
use super::{Context, Memory, Reading, unix};
use crate::listing::{Entry, Kind};

/// Reads a line of these servers; once the listing is theirs, also one of plain Unix.
pub(super) fn read(line: &Bytes, memory: &mut Memory, context: &Context) -> Reading {
    if let Some(entry) = entry(line, context) {
        memory.layout = MAC;
        return Reading::Entry(entry);
    }
    match memory.layout {
        MAC => unix::read(line, &mut Memory::default(), context),
        _ => Reading::Foreign,
    }
}

fn entry(line: &Bytes, context: &Context) -> Option<Entry> {
    let mut words = Words::new(line);
    let mut metadata = unix::mode_column(&mut words)?;
    if metadata.kind == Kind::Directory {
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
        metadata.size = Some(both);
    }
    metadata.modified = Some(unix_date(&mut words, context)?);
    unix::named(line, words.rest()?, metadata)
}

/// The layout of a listing that has had a line of this kind.
const MAC: u8 = 1;
