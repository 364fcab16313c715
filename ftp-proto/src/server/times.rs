//! MDTM, MFMT, MFCT, MFF: times and facts of files, told and set.

use alloc::string::String;
use alloc::vec::Vec;

use super::replies::push_inline;
use super::request::{Change, NewFacts, Request};
use super::session::ServerSession;
use crate::codec::command::{Argument, FactChanges};
use crate::codec::facts;
use crate::listing::Entry;
use crate::time::{DateTime, Modified};

/// Permission bits that may be set: those of owner, group and others. What lets a program run with
/// another's rights is no client's to set.
pub(super) const MODE_BITS: u16 = 0o777;

impl ServerSession {
    pub(super) fn ask_modified(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), |session, _, entry| {
            session.tell_modified(&entry)
        });
    }

    pub(super) fn set_modified(&mut self, time: DateTime, path: &Argument) {
        if let Some(path) = self.resolve(path.as_bytes()) {
            let told = path.clone();
            self.ask_then(
                |ask| Request::Change(ask, Change::SetModified(path, time)),
                move |session, ()| {
                    let mut text = Vec::from(&b"Modify="[..]);
                    facts::write_time(&mut text, time);
                    text.extend_from_slice(b"; ");
                    push_inline(&mut text, told.as_bytes());
                    session.reply::<213>(text);
                },
            );
        }
    }

    pub(super) fn set_created(&mut self, time: DateTime, path: &Argument) {
        let mut text = Vec::from(&b"Create="[..]);
        facts::write_time(&mut text, time);
        text.push(b';');
        let facts = NewFacts {
            created: Some(time),
            ..NewFacts::default()
        };
        self.set_new_facts(path, facts, text);
    }

    /// MFF: a fact that is not known here, or cannot be set, is 504, and none is set
    /// (draft-somers-ftp-mfxx §5).
    pub(super) fn set_facts(&mut self, changes: &FactChanges, path: &Argument) {
        let can = *self.can();
        let mut new = NewFacts::default();
        let mut text = Vec::new();
        for (name, value) in changes.iter() {
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let time = || facts::read_time(value).ok();
            text.extend_from_slice(name);
            text.push(b'=');
            let is_read = if is("Modify") && can.set_modified {
                new.modified = time();
                new.modified.map(|time| facts::write_time(&mut text, time))
            } else if is("Create") && can.set_created {
                new.created = time();
                new.created.map(|time| facts::write_time(&mut text, time))
            } else if is("UNIX.mode") && can.set_mode {
                new.mode = facts::octal(value).filter(|mode| *mode <= MODE_BITS);
                new.mode.map(|mode| facts::write_mode(&mut text, mode))
            } else {
                return self.reply::<504>("There is no such fact here that can be set.");
            };
            if is_read.is_none() {
                return self.reply::<501>("A fact has a value that it cannot have.");
            }
            text.push(b';');
        }
        self.set_new_facts(path, new, text);
    }

    /// Facts that MFF can set, as FEAT lists them.
    pub(super) fn settable_facts(&self) -> String {
        let can = self.can();
        [
            (can.set_created, "Create;"),
            (can.set_modified, "Modify;"),
            (can.set_mode, "UNIX.mode;"),
        ]
        .into_iter()
        .filter_map(|(can, fact)| can.then_some(fact))
        .collect()
    }

    /// Sets facts; the reply tells them and the path.
    fn set_new_facts(&mut self, path: &Argument, facts: NewFacts, mut text: Vec<u8>) {
        if let Some(path) = self.resolve(path.as_bytes()) {
            text.push(b' ');
            push_inline(&mut text, path.as_bytes());
            self.ask_then(
                |ask| Request::Change(ask, Change::SetFacts(path, facts)),
                |session, ()| session.reply::<213>(text),
            );
        }
    }

    /// MDTM tells universal time (RFC 3659 §2.3); where that is not known, nothing is told.
    fn tell_modified(&mut self, entry: &Entry) {
        match entry.modified().and_then(Modified::to_utc) {
            Some(time) => {
                let mut text = Vec::new();
                facts::write_time(&mut text, time);
                self.reply::<213>(text);
            }
            None => self.reply::<550>("Its time of modification is not known."),
        }
    }
}
