//! FEAT, HELP and STAT: what a session tells of itself.

use alloc::format;
use alloc::vec::Vec;

use super::commands;
use super::replies::push_inline;
use super::session::{ServerSession, Work};
use crate::codec::command::Argument;
use crate::codec::feature::write_features;

impl ServerSession {
    pub(super) fn tell_features(&mut self) {
        let mut text = Vec::new();
        write_features(&mut text, self.features());
        self.reply::<211>(text);
    }

    /// HELP of a command, of SITE's commands, or the list of all commands.
    pub(super) fn help(&mut self, topic: Option<&Argument>) {
        let Some(topic) = topic else {
            let verbs = self.offered().map(|row| row.verb());
            let text = columns("These commands are implemented:", verbs);
            return self.reply::<214>(text);
        };
        let name = topic.as_bytes().trim_ascii().to_ascii_uppercase();
        if let Some(site) = name.strip_prefix(b"SITE ") {
            return self.help_about_site(site.trim_ascii());
        }
        match commands::find(&name).filter(|row| self.offers(row)) {
            Some(_) if name == b"SITE" => self.list_site(),
            Some(row) => self.reply::<214>(format!("Syntax: {}", row.syntax)),
            None => self.reply::<504>("There is no help about that."),
        }
    }

    pub(super) fn status_of(&mut self, path: Option<&Argument>) {
        match path {
            Some(path) => self.ask_status(path),
            None => self.status(),
        }
    }

    /// The status of the session, or of the transfer that is running (RFC 959 §4.1.3, STAT).
    pub(super) fn status(&mut self) {
        let mut text = Vec::from(&b"Status:\n"[..]);
        if let Some(user) = self.access.user() {
            text.extend_from_slice(b" Logged in as ");
            push_inline(&mut text, user);
            text.push(b'\n');
        }
        text.push(b' ');
        text.extend_from_slice(&self.parameter_words());
        text.push(b'\n');
        if let Some(line) = self.security.status() {
            text.extend_from_slice(line.as_bytes());
        }
        match &self.work {
            Work::Transfer(job) => {
                let moved = format!(" {} bytes transferred so far\n", job.moved);
                text.extend_from_slice(moved.as_bytes());
            }
            _ => text.extend_from_slice(b" No transfer\n"),
        }
        text.extend_from_slice(b"End of status.");
        self.reply::<211>(text);
    }
}

/// A heading, names in rows of eight, and an end.
pub(super) fn columns<N: AsRef<[u8]>>(heading: &str, names: impl Iterator<Item = N>) -> Vec<u8> {
    let mut text = Vec::from(heading);
    for (at, name) in names.enumerate() {
        text.extend_from_slice(if at % 8 == 0 { b"\n " } else { b" " });
        text.extend_from_slice(name.as_ref());
    }
    text.extend_from_slice(b"\nEnd of help.");
    text
}
