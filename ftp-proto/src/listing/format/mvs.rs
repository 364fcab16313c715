//! MVS: data sets, members and jobs, each under a header of its own. (Files of USS list as Unix.)
//!
//! `PUB001 3390   2026/11/22  1   15  FB      80 27920  PO  SOURCE.COBOL`: the date is that of the last use and not told.
//! ` MEMBER1   01.03 2026/11/01 2026/11/22 14:05    11    11     0 ALICE`: sizes are in records and not told.
//! `ALICEJ    JOB01906  OUTPUT    3 Spool Files`: RETR takes the job's number, so that is its name.

use super::date::{Time, iso_day};
use super::words::{Words, is_number};
use super::{Context, Memory, Reading};
use crate::listing::{Kind, Place, Told};

/// Reads a line as the header before it says.
pub(super) fn read(
    line: &[u8],
    memory: &mut Memory,
    context: &Context,
    told: &mut Told,
) -> Reading {
    if let Some(layout) = header(line) {
        memory.layout = layout;
        return Reading::Header;
    }
    let read = match memory.layout {
        DATA_SETS => data_set(line),
        MEMBERS => member(line, context),
        MODULES => module(line),
        JOBS => owned_job(line).or_else(|| job(line)),
        // The first interface level of JES has no header, and migrated data sets show themselves.
        _ => job(line),
    };
    match read {
        Some(read) => {
            *told = read;
            Reading::Entry
        }
        None if is_rule(line) => Reading::Nothing,
        None => Reading::Foreign,
    }
}

/// The layout of the lines below this header.
fn header(line: &[u8]) -> Option<u8> {
    let mut words = Words::new(line);
    match (words.next(), words.next()) {
        (b"Volume", b"Unit") => Some(DATA_SETS),
        (b"Name", b"VV.MM") => Some(MEMBERS),
        (b"Name", b"Size") if words.next() == b"TTR" => Some(MODULES),
        (b"JOBNAME", b"JOBID") => Some(JOBS),
        _ => None,
    }
}

fn data_set(line: &[u8]) -> Option<Told> {
    let mut words = Words::new(line);
    let first = words.next();
    let second = words.peek();
    let (mut organisation, mut name, mut count) = (first, first, 1);
    while !words.peek().is_empty() {
        organisation = name;
        name = words.next();
        count += 1;
    }
    let kind = match (first, second) {
        (b"Pseudo", b"Directory") => Kind::Directory,
        // Not on a disk now, so nothing is known of it.
        _ if first.eq_ignore_ascii_case(b"migrated")
            || first == b"MIGRAT"
            || first == b"ARCIVE" =>
        {
            Kind::Unknown
        }
        (_, b"Tape") => Kind::File,
        _ if first == b"Error" || first == b"Not" => Kind::Unknown,
        _ => match organisation {
            b"PO" | b"PO-E" | b"POU" => Kind::Directory,
            b"PS" | b"PS-E" | b"PSU" | b"PS-L" | b"DA" | b"DAU" | b"VS" | b"VSAM" | b"IS" => {
                Kind::File
            }
            b"GDG" | b"PATH" | b"AIX" => Kind::Other,
            _ => return None,
        },
    };
    if count < 2 || !is_data_set_name(name) {
        return None;
    }
    Some(Told {
        name: Place::of(name, line),
        kind,
        ..Told::default()
    })
}

fn member(line: &[u8], context: &Context) -> Option<Told> {
    let mut words = Words::new(line);
    let name = words.next();
    if !is_member_name(name) {
        return None;
    }
    let mut told = Told {
        name: Place::of(name, line),
        kind: Kind::File,
        ..Told::default()
    };
    // A member may have no statistics: its name stands alone.
    if !words.peek().is_empty() {
        let version = words.next();
        if version.len() != 5 || version[2] != b'.' {
            return None;
        }
        let _created = iso_day(words.next())?;
        let changed = iso_day(words.next())?;
        let time = Time::read(words.next())?;
        told.modified = Some(context.modified(time.of(changed)?, time.precision()));
        for _ in ["size", "init", "mod"] {
            if !is_number(words.next()) {
                return None;
            }
        }
        let owner = words.next();
        if !owner.is_empty() {
            told.owner = Place::of(owner, line);
        }
    }
    Some(told)
}

/// A load module: its name, its size in hexadecimal digits, where it stands.
fn module(line: &[u8]) -> Option<Told> {
    let mut words = Words::new(line);
    let name = words.next();
    let (size, place) = (words.next(), words.next());
    let is_hex = |word: &[u8]| word.len() >= 6 && word.iter().all(u8::is_ascii_hexdigit);
    if !is_member_name(name) || !(size.is_empty() || is_hex(size) && is_hex(place)) {
        return None;
    }
    Some(Told {
        name: Place::of(name, line),
        kind: Kind::File,
        ..Told::default()
    })
}

/// Interface level 1: `NAME JOB01906 OUTPUT 3 Spool Files`.
fn job(line: &[u8]) -> Option<Told> {
    let mut words = Words::new(line);
    let (name, id, status) = (words.next(), words.next(), words.next());
    if !is_member_name(name) || !is_job_id(id) || !is_status(status) {
        return None;
    }
    Some(Told {
        name: Place::of(id, line),
        kind: Kind::File,
        ..Told::default()
    })
}

/// Interface level 2: `NAME JOB01906 OWNER OUTPUT A RC=0000 3 spool files`.
fn owned_job(line: &[u8]) -> Option<Told> {
    let mut words = Words::new(line);
    let (name, id, owner, status) = (words.next(), words.next(), words.next(), words.next());
    if !is_member_name(name) || !is_job_id(id) || !is_status(status) {
        return None;
    }
    Some(Told {
        name: Place::of(id, line),
        kind: Kind::File,
        owner: Place::of(owner, line),
        ..Told::default()
    })
}

/// A name of at most 44 bytes, perhaps in quotes.
fn is_data_set_name(name: &[u8]) -> bool {
    name.len() <= 46
        && name
            .iter()
            .all(|&b| is_national(b) || b".-'()".contains(&b))
}

/// A name of at most eight bytes, of which the first is no digit.
fn is_member_name(name: &[u8]) -> bool {
    (1..=8).contains(&name.len())
        && !name[0].is_ascii_digit()
        && name.iter().all(|&b| is_national(b))
}

/// Letters, digits and `$#@` in whatever code page.
fn is_national(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"$#@{".contains(&b) || !b.is_ascii()
}

/// `JOB01906`, `TSU01830`, `STC00012`, `J0012345`.
fn is_job_id(id: &[u8]) -> bool {
    let letters = id.iter().take_while(|b| b.is_ascii_uppercase()).count();
    id.len() == 8 && matches!(letters, 1 | 3) && is_number(&id[letters..])
}

fn is_status(word: &[u8]) -> bool {
    matches!(
        word,
        b"INPUT" | b"ACTIVE" | b"OUTPUT" | b"HELD" | b"-INPUT-" | b"-OUTPUT-"
    )
}

/// A line of dashes below a header.
fn is_rule(line: &[u8]) -> bool {
    line.contains(&b'-') && line.iter().all(|b| b"- ".contains(b))
}

/// The layouts.
const DATA_SETS: u8 = 1;
const MEMBERS: u8 = 2;
const MODULES: u8 = 3;
const JOBS: u8 = 4;
