//! Commands about directories and files that move no bytes over a data connection.

use alloc::format;
use alloc::vec::Vec;

use super::replies::push_inline;
use super::request::{Change, Denied, Fact, Request};
use super::session::{ServerSession, Work};
use crate::codec::command::Argument;
use crate::codec::facts;
use crate::codec::path::{VirtualPath, write_quoted};
use crate::contract::OpId;
use crate::listing::{self, Entry, Kind, ListingStyle};
use crate::time::{DateTime, Modified};

/// What an answer is for.
#[derive(Debug)]
pub(super) enum Purpose {
    Login,
    Identify,
    ChangeDirectory(VirtualPath),
    Size,
    ModificationTime,
    Facts(VirtualPath),
    RenameFrom(VirtualPath),
    Status(VirtualPath),
    MakeDirectory(VirtualPath),
    SetModified(VirtualPath, DateTime),
    /// A change whose reply tells nothing of it.
    Change,
}

impl ServerSession {
    pub(super) fn change_directory(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), Purpose::ChangeDirectory);
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
        self.ask_metadata(path.as_bytes(), |_| Purpose::Size);
    }

    pub(super) fn ask_modified(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), |_| Purpose::ModificationTime);
    }

    pub(super) fn ask_facts(&mut self, path: Option<&Argument>) {
        let path = path.map(Argument::as_bytes).unwrap_or_default();
        self.ask_metadata(path, Purpose::Facts);
    }

    pub(super) fn ask_status(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), Purpose::Status);
    }

    pub(super) fn rename_from(&mut self, path: &Argument) {
        self.ask_metadata(path.as_bytes(), Purpose::RenameFrom);
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

    pub(super) fn change(&mut self, change: Change) {
        let purpose = match &change {
            Change::MakeDirectory(path) => Purpose::MakeDirectory(path.clone()),
            Change::SetModified(path, time) => Purpose::SetModified(path.clone(), *time),
            _ => Purpose::Change,
        };
        let id = self.ask(|ask| Request::Change(ask, change));
        let purpose = purpose.into();
        self.enter(Work::Asking { id, purpose });
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

    /// Goes on where a question was asked.
    pub(super) fn purpose_answered(&mut self, purpose: Purpose, result: Result<Fact, Denied>) {
        let fact = match (purpose, result) {
            (Purpose::Login, result) => {
                let grant = result.and_then(|fact| match fact {
                    Fact::Grant(grant) => Ok(grant),
                    _ => Err(Denied::Failed),
                });
                return self.authenticated(grant);
            }
            (Purpose::Identify, result) => {
                let grant = result.and_then(|fact| match fact {
                    Fact::Grant(grant) => Ok(grant),
                    _ => Err(Denied::Failed),
                });
                return self.identified(grant);
            }
            (_, Err(denied)) => return self.reply_denied(denied),
            (purpose, Ok(fact)) => (purpose, fact),
        };
        match fact {
            (Purpose::ChangeDirectory(path), Fact::Entry(entry)) => match entry.kind() {
                Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => {
                    self.settings.directory = path;
                    self.reply::<250>("Directory changed.");
                }
                _ => self.reply_denied(Denied::NotDirectory),
            },
            (Purpose::Size, Fact::Entry(entry)) => self.tell_size(&entry),
            (Purpose::ModificationTime, Fact::Entry(entry)) => self.tell_modified(&entry),
            (Purpose::Facts(path), Fact::Entry(entry)) => self.tell_facts(&path, &entry),
            (Purpose::Status(path), Fact::Entry(entry)) => self.tell_status(&path, &entry),
            (Purpose::RenameFrom(path), Fact::Entry(_)) => {
                self.rename_from = Some(path.into());
                self.reply::<350>("Say RNTO with the new name.");
            }
            (Purpose::MakeDirectory(path), Fact::Done) => self.reply_path(&path, " was made."),
            (Purpose::SetModified(path, time), Fact::Done) => {
                let mut text = Vec::from(&b"Modify="[..]);
                facts::write_time(&mut text, time);
                text.extend_from_slice(b"; ");
                text.extend_from_slice(path.as_bytes());
                self.reply::<213>(text);
            }
            (Purpose::Change, Fact::Done) => self.reply::<250>("Done."),
            // `Ask<T>` makes a wrong kind impossible within one session; an answer meant for
            // another session is no answer.
            _ => self.reply_denied(Denied::Failed),
        }
    }

    /// The deadline of a question has come.
    pub(super) fn not_answered(&mut self) {
        let Work::Asking { purpose, .. } = core::mem::replace(&mut self.work, Work::Ready) else {
            return;
        };
        self.restart_clock();
        if matches!(*purpose, Purpose::Login | Purpose::Identify) {
            self.reply_login_impossible();
        } else {
            self.reply_not_answered();
        }
    }

    fn ask_metadata(&mut self, path: &[u8], purpose: impl FnOnce(VirtualPath) -> Purpose) {
        let Some(path) = self.resolve(path) else {
            return;
        };
        let asked = path.clone();
        let id: OpId = self.ask(|ask| Request::Metadata(ask, asked));
        self.enter(Work::Asking {
            id,
            purpose: purpose(path).into(),
        });
    }

    fn tell_size(&mut self, entry: &Entry) {
        match (entry.kind(), entry.size()) {
            (Kind::File | Kind::Unknown, Some(size)) => self.reply::<213>(format!("{size}")),
            (Kind::File | Kind::Unknown, None) => self.reply::<550>("Its size is not known."),
            _ => self.reply::<550>("That is not a file."),
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

    /// RFC 3659 §7.2: the facts stand on the second line, behind one space, with the path.
    fn tell_facts(&mut self, path: &VirtualPath, entry: &Entry) {
        let entry = Entry::new(path.as_bytes(), &entry.metadata());
        let mut line = Vec::new();
        facts::write_entry(&mut line, &entry);
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
