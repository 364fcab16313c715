//! Commands about directories and files that move no bytes over a data connection.

use alloc::format;
use alloc::vec::Vec;

use super::replies::push_inline;
use super::request::{Change, Denied, Request};
use super::session::ServerSession;
use crate::codec::command::Argument;
use crate::codec::facts;
use crate::codec::path::{VirtualPath, write_quoted};
use crate::listing::{self, Entry, Kind, ListingStyle};
use crate::time::DateTime;

impl ServerSession {
    pub(super) fn change_directory(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), |session, path, entry| match entry.kind() {
            Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => {
                session.settings.directory = path;
                session.reply::<250>("Directory changed.");
            }
            _ => session.reply_denied(Denied::NotDirectory),
        });
    }

    /// The directory above one that was entered needs no question.
    pub(super) fn change_to_parent(&mut self) {
        self.settings.directory = self.settings.directory.parent();
        self.reply::<250>("Directory changed.");
    }

    pub(super) fn tell_directory(&mut self) {
        let path = self.settings.directory.clone();
        self.reply_path(&path, " is the current directory.");
    }

    /// RFC 3659 §4: the size as TYPE, MODE and STRU would transfer it, which for TYPE A is known
    /// only after reading the whole file.
    pub(super) fn ask_size(&mut self, path: &Argument) {
        if self.settings.is_text() {
            return self.reply::<550>("SIZE is for TYPE I.");
        }
        self.ask_metadata(path.as_bytes(), |session, _, entry| {
            session.tell_size(&entry)
        });
    }

    pub(super) fn ask_facts(&mut self, path: Option<&Argument>) {
        let path = path.map(Argument::as_bytes).unwrap_or_default();
        self.ask_metadata(path, |session, path, entry| {
            session.tell_facts(&path, &entry)
        });
    }

    pub(super) fn ask_status(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), |session, path, entry| {
            session.tell_status(&path, &entry);
        });
    }

    pub(super) fn rename_from(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), |session, path, _| {
            session.rename_from = Some(path.into());
            session.reply::<350>("Say RNTO with the new name.");
        });
    }

    pub(super) fn rename_to(&mut self, from: Option<VirtualPath>, to: &Argument) {
        let Some(from) = from else {
            return self.reply::<503>("Say RNFR right before RNTO.");
        };
        if let Some(to) = self.resolve(to.as_bytes()) {
            self.change(Change::Rename { from, to });
        }
    }

    pub(super) fn change_at(&mut self, path: &Argument, change: fn(VirtualPath) -> Change) {
        if let Some(path) = self.resolve(path.as_bytes()) {
            self.change(change(path));
        }
    }

    /// A change whose reply tells nothing of it.
    fn change(&mut self, change: Change) {
        self.ask_then(
            |ask| Request::Change(ask, change),
            |session, ()| session.reply::<250>("Done."),
        );
    }

    pub(super) fn make_directory(&mut self, path: &Argument) {
        if let Some(path) = self.resolve(path.as_bytes()) {
            let made = path.clone();
            self.ask_then(
                |ask| Request::Change(ask, Change::MakeDirectory(path)),
                move |session, ()| session.reply_path(&made, " was made."),
            );
        }
    }

    /// A path of a command, from the working directory on; the client is told if it is none.
    pub(super) fn resolve(&mut self, path: &[u8]) -> Option<VirtualPath> {
        match self.settings.directory.join(path) {
            // Going down step by step must not grow the working directory without a bound.
            Ok(path) if path.as_bytes().len() > self.config.limits.line => {
                self.reply::<553>("That path is too long.");
                None
            }
            Ok(path) => Some(path),
            Err(_) => {
                self.reply::<501>("That is no path.");
                None
            }
        }
    }

    /// Takes out what RNFR named: it holds for the very next command only.
    pub(super) fn forget_rename(&mut self) -> Option<VirtualPath> {
        self.rename_from.take().map(|path| *path)
    }

    /// Asks what is at a path, and goes on with that.
    pub(super) fn ask_metadata(
        &mut self,
        path: &[u8],
        then: impl FnOnce(&mut Self, VirtualPath, Entry) + Send + Sync + 'static,
    ) {
        if let Some(path) = self.resolve(path) {
            let asked = path.clone();
            self.ask_then(
                |ask| Request::Metadata(ask, asked),
                |session, entry| then(session, path, entry),
            );
        }
    }

    fn tell_size(&mut self, entry: &Entry) {
        match (entry.kind(), entry.size()) {
            (Kind::File | Kind::Unknown, Some(size)) => self.reply::<213>(format!("{size}")),
            (Kind::File | Kind::Unknown, None) => self.reply::<550>("Its size is not known."),
            _ => self.reply::<550>("That is not a file."),
        }
    }

    /// RFC 3659 §7.2: the facts stand on the second line, behind one space, with the path.
    fn tell_facts(&mut self, path: &VirtualPath, entry: &Entry) {
        let entry = Entry::new(path.as_bytes(), &entry.metadata());
        let mut line = Vec::new();
        facts::write_entry_with(&mut line, &entry, self.facts());
        let mut text = Vec::from(&b"Facts:\n "[..]);
        push_inline(&mut text, &line);
        text.extend_from_slice(b"\nEnd");
        self.reply::<250>(text);
    }

    fn tell_status(&mut self, path: &VirtualPath, entry: &Entry) {
        let name = path.name().unwrap_or(entry.name());
        let entry = Entry::new(name, &entry.metadata());
        let mut text = Vec::from(&b"Status:\n "[..]);
        let mut line = Vec::new();
        if let Some(now) = DateTime::from_date(9999, 1, 1) {
            // Without a wall clock the year is told, which is right at any time.
            listing::write(ListingStyle::Unix { all: true }, &entry, now, &mut line);
        }
        push_inline(&mut text, line.trim_ascii_end());
        text.extend_from_slice(b"\nEnd of status.");
        self.reply::<213>(text);
    }

    fn reply_path(&mut self, path: &VirtualPath, what: &str) {
        let mut text = Vec::new();
        write_quoted(&mut text, path.as_bytes());
        text.extend_from_slice(what.as_bytes());
        self.reply::<257>(text);
    }
}
