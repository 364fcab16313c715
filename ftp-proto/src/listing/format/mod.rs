//! The formats of listings: one file for each family, one line for each in a table.

mod date;
mod dos;
mod eplf;
mod mac;
mod machine;
mod mvs;
mod names;
mod netware;
mod nonstop;
mod os2;
mod os400;
mod os9;
mod unix;
mod vms;
mod vxworks;
mod words;
mod zvm;

use alloc::vec::Vec;

use bytes::Bytes;

pub(super) use self::date::Context;
use crate::listing::Told;

/// The formats that a listing can be found to have, in the order in which they are tried: those
/// that mark their lines plainly first, the most permissive last.
pub(super) const FORMATS: &[Format] = &[
    format("mlsx", &[], machine::read_marked),
    format("eplf", &[], eplf::read),
    format("mac", &["MACOS"], mac::read),
    format("unix", &["UNIX", "LINUX"], unix::read),
    format("netware", &["NETWARE"], netware::read),
    format("dos", &["WINDOWS", "MSDOS", "DOS"], dos::read),
    format("vms", &["VMS", "OPENVMS", "MULTINET"], vms::read).alone(vms::alone),
    format("os400", &["OS/400"], os400::read),
    format("mvs", &["MVS", "Z/OS"], mvs::read),
    format("zvm", &["VM ", "Z/VM"], zvm::read),
    format("nonstop", &["NONSTOP", "GUARDIAN"], nonstop::read),
    format("os2", &["OS/2"], os2::read),
    format("vxworks", &["VXWORKS"], vxworks::read),
    format("os9", &["OS-9", "OS9"], os9::read),
];

/// MLSD's own: also lines without a fact.
pub(super) const MACHINE: Format = format("mlsx", &[], machine::read);
/// NLST's own: any line is a name.
pub(super) const NAMES: Format = format("names", &[], names::read);

/// How lines of one kind are read.
#[derive(Debug)]
pub(super) struct Format {
    /// What it is called, here and among the test vectors.
    pub(super) name: &'static str,
    /// Reads one line.
    pub(super) read: Read,
    /// Reads the first line of an entry whose second never comes; unreadable otherwise.
    pub(super) alone: Option<fn(&[u8], &mut Told)>,
    /// How the reply to SYST begins (RFC 959 §4.1.3), in capitals.
    systems: &'static [&'static str],
}

/// Tells what a line does; what was told counts only when the answer says so.
type Read = fn(&[u8], &mut Memory, &Context, &mut Told) -> Reading;

/// What one line is to a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// An entry.
    Entry,
    /// An entry whose name does not stand in the line; it stands in `Memory::name`.
    Named,
    /// The first part of an entry of two lines.
    Half,
    /// The second part of an entry: the two, LF between them, are to be read once more as one.
    GoesOn,
    /// The entry begun before has no second line, and this line is to be read once more.
    Ends,
    /// A line that only this format has, and that is no entry.
    Header,
    /// A line that is no entry, and that other formats may have too.
    Nothing,
    /// Not of this format.
    Foreign,
}

impl Reading {
    /// An entry where all that must be was found.
    fn of(found: Option<()>) -> Self {
        match found {
            Some(()) => Self::Entry,
            None => Self::Foreign,
        }
    }
}

/// What a format keeps from line to line of one listing.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The line that an entry of two lines began with.
    pub(super) half: Bytes,
    /// The name of an entry that the line has only in parts.
    pub(super) name: Vec<u8>,
    /// Which of its layouts a format is reading, by its own numbers; 0 at the start.
    pub(super) layout: u8,
}

impl Format {
    const fn alone(self, alone: fn(&[u8], &mut Told)) -> Self {
        Self {
            alone: Some(alone),
            ..self
        }
    }

    /// Whether the text of a SYST reply names a system that lists in this format.
    pub(super) fn is_of(&self, system: &[u8]) -> bool {
        self.systems.iter().any(|name| {
            system
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        })
    }
}

const fn format(name: &'static str, systems: &'static [&'static str], read: Read) -> Format {
    Format {
        name,
        read,
        alone: None,
        systems,
    }
}
