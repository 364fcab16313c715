//! SITE: the table of its commands, and those of the application.

use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use super::config::SiteCommand;
use super::gate::{Needs, Refusal};
use super::help::columns;
use super::replies::push_inline;
use super::request::{Change, NewFacts, Permissions, Request, Text};
use super::session::ServerSession;
use super::times::MODE_BITS;
use crate::codec::command::{Argument, Verb, words};
use crate::codec::facts;
use crate::limits::Timeouts;
use crate::time::DateTime;

/// One command of SITE.
struct Row {
    /// The name, and what follows it, for HELP.
    syntax: &'static str,
    needs: Needs,
    is_there: fn(&ServerSession) -> bool,
    run: fn(&mut ServerSession, &[u8]),
}

static SITE: [Row; 6] = [
    Row {
        syntax: "CHMOD mode path",
        needs: WRITE,
        is_there: |session| session.can().set_mode,
        run: ServerSession::site_chmod,
    },
    Row {
        syntax: "HELP [command]",
        needs: Needs::Login,
        is_there: |_| true,
        run: ServerSession::site_help,
    },
    Row {
        syntax: "IDLE [seconds]",
        needs: Needs::Login,
        is_there: |_| true,
        run: ServerSession::site_idle,
    },
    Row {
        syntax: "SYMLINK target path",
        needs: WRITE,
        is_there: |session| session.can().links,
        run: ServerSession::site_symlink,
    },
    Row {
        syntax: "UMASK [mask]",
        needs: WRITE,
        is_there: |session| session.can().mask_modes,
        run: ServerSession::site_umask,
    },
    Row {
        syntax: "UTIME YYYYMMDDHHMM[SS] path",
        needs: WRITE,
        is_there: |session| session.can().set_modified,
        run: ServerSession::site_utime,
    },
];

const WRITE: Needs = Needs::Permission(Permissions::WRITE);

/// The shortest time that SITE IDLE takes.
const SHORTEST_IDLE: Duration = Duration::from_secs(30);

impl Row {
    fn name(&self) -> &'static str {
        self.syntax.split(' ').next().unwrap_or(self.syntax)
    }
}

impl ServerSession {
    pub(super) fn site(&mut self, what: &Argument) {
        let what = what.as_bytes().trim_ascii_start();
        let (name, argument) = match what.iter().position(|&b| b == b' ') {
            Some(space) => what.split_at(space),
            None => (what, &b""[..]),
        };
        let argument = argument.strip_prefix(b" ").unwrap_or(argument);
        let name = name.to_ascii_uppercase();
        if let Some(row) = self.site_row(&name) {
            return match self.check(row.needs) {
                Ok(()) => (row.run)(self, argument),
                Err(refusal) => self.refuse(refusal),
            };
        }
        match self.application_site(&name) {
            Some(command) => match self.check(Needs::Permission(command.needs())) {
                Ok(()) => {
                    let verb = command.verb().clone();
                    self.ask_application(verb, argument);
                }
                Err(refusal) => self.refuse(refusal),
            },
            None => self.reply::<504>("SITE has no such command; SITE HELP lists them."),
        }
    }

    /// HELP about one command of SITE, in upper case.
    pub(super) fn help_about_site(&mut self, name: &[u8]) {
        let mut text = Vec::from(&b"Syntax: SITE "[..]);
        match (self.site_row(name), self.application_site(name)) {
            (Some(row), _) => text.extend_from_slice(row.syntax.as_bytes()),
            (None, Some(command)) => push_inline(&mut text, command.syntax()),
            (None, None) => return self.reply::<504>("There is no help about that."),
        }
        self.reply::<214>(text);
    }

    pub(super) fn list_site(&mut self) {
        let own = SITE.iter().filter(|row| (row.is_there)(self));
        let own = own.map(|row| row.name().as_bytes());
        let added = self.config.site.iter().map(|site| site.verb().as_bytes());
        let text = columns("SITE has these commands:", own.chain(added));
        self.reply::<214>(text);
    }

    fn site_row(&self, name: &[u8]) -> Option<&'static Row> {
        let mut rows = SITE.iter().filter(|row| (row.is_there)(self));
        rows.find(|row| row.name().as_bytes() == name)
    }

    fn application_site(&self, name: &[u8]) -> Option<&SiteCommand> {
        let mut commands = self.config.site.iter();
        commands.find(|command| command.verb().as_bytes() == name)
    }

    fn ask_application(&mut self, verb: Verb, argument: &[u8]) {
        let argument = Argument::try_from(argument).ok();
        self.ask_then(
            |ask| Request::Site(ask, verb, argument),
            |session, text: Text| {
                let text = session.bounded(&text);
                session.reply::<200>(text);
            },
        );
    }

    /// As much of a text as a reply may hold.
    fn bounded(&self, text: &Text) -> Vec<u8> {
        let limits = &self.config.limits;
        let mut bounded = Vec::new();
        for line in text
            .as_bytes()
            .split(|&b| b == b'\n')
            .take(limits.reply_lines)
        {
            // Each line takes its CRLF and, at most, a code before it.
            const AROUND: usize = 8;
            if bounded.len() + line.len() + AROUND > limits.reply_bytes {
                break;
            }
            if !bounded.is_empty() {
                bounded.push(b'\n');
            }
            push_inline(&mut bounded, line);
        }
        bounded
    }

    fn site_help(&mut self, name: &[u8]) {
        match name.trim_ascii() {
            b"" => self.list_site(),
            name => self.help_about_site(&name.to_ascii_uppercase()),
        }
    }

    fn site_chmod(&mut self, argument: &[u8]) {
        let Some((mode, path)) = split_word(argument) else {
            return self.reply_site_syntax(b"CHMOD");
        };
        match facts::octal(mode) {
            Some(mode) if mode <= MODE_BITS => {
                let facts = NewFacts {
                    mode: Some(mode),
                    ..NewFacts::default()
                };
                self.site_facts(path, facts);
            }
            Some(_) => self.reply::<504>("Only the bits of owner, group and others can be set."),
            None => self.reply_site_syntax(b"CHMOD"),
        }
    }

    /// `YYYYMMDDHHMM[SS] path`, or the path, times of access, modification and creation, and `UTC`;
    /// the last of the three is left alone, as no file system sets it.
    fn site_utime(&mut self, argument: &[u8]) {
        let short = split_word(argument)
            .and_then(|(time, path)| read_minutes(time).map(|time| (time, time, path)));
        match short.or_else(|| long_utime(argument)) {
            Some((accessed, modified, path)) => {
                let facts = NewFacts {
                    accessed: Some(accessed),
                    modified: Some(modified),
                    ..NewFacts::default()
                };
                self.site_facts(path, facts);
            }
            None => self.reply_site_syntax(b"UTIME"),
        }
    }

    fn site_facts(&mut self, path: &[u8], facts: NewFacts) {
        if let Some(path) = self.resolve(path) {
            self.ask_then(
                |ask| Request::Change(ask, Change::SetFacts(path, facts)),
                |session, ()| session.reply::<200>("Done."),
            );
        }
    }

    fn site_umask(&mut self, argument: &[u8]) {
        match (argument.trim_ascii(), facts::octal(argument.trim_ascii())) {
            (b"", _) => match self.settings.chosen().and_then(|options| options.mask) {
                Some(mask) => self.reply::<200>(format!("The mask is {mask:03o}.")),
                None => self.reply::<200>("The mask is the server's own."),
            },
            (_, Some(mask)) if mask <= MODE_BITS => self.ask_then(
                |ask| Request::Change(ask, Change::MaskModes(mask)),
                move |session, ()| {
                    session.settings.options().mask = Some(mask);
                    session.reply::<200>(format!("The mask is {mask:03o}."));
                },
            ),
            _ => self.reply_site_syntax(b"UMASK"),
        }
    }

    fn site_idle(&mut self, argument: &[u8]) {
        let digits = argument.trim_ascii();
        if digits.is_empty() {
            let idle = self.idle_timeout();
            return match idle == Timeouts::NEVER {
                true => self.reply::<200>("The session may be idle for ever."),
                false => self.reply::<200>(format!(
                    "The session ends when it was idle for {} seconds.",
                    idle.as_secs()
                )),
            };
        }
        let timeouts = &self.config.timeouts;
        let longest = timeouts.idle.max(timeouts.longest_idle);
        let seconds = core::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        match seconds.map(Duration::from_secs) {
            Some(idle) if (SHORTEST_IDLE..=longest).contains(&idle) => {
                self.settings.options().idle = Some(idle);
                self.reply::<200>(format!(
                    "The session ends when it was idle for {} seconds.",
                    idle.as_secs()
                ));
            }
            _ => {
                let longest = longest.as_secs();
                self.reply::<501>(format!(
                    "SITE IDLE takes {} to {longest} seconds.",
                    SHORTEST_IDLE.as_secs()
                ));
            }
        }
    }

    fn site_symlink(&mut self, argument: &[u8]) {
        let words = words(&bytes::Bytes::copy_from_slice(argument)).unwrap_or_default();
        let [target, path] = &words[..] else {
            return self.reply_site_syntax(b"SYMLINK");
        };
        if let Some(target) = self.resolve(target.as_bytes())
            && let Some(path) = self.resolve(path.as_bytes())
        {
            self.ask_then(
                |ask| Request::Change(ask, Change::Link { path, target }),
                |session, ()| session.reply::<200>("Done."),
            );
        }
    }

    /// How long the session may be idle.
    pub(super) fn idle_timeout(&self) -> Duration {
        let asked = self.settings.chosen().and_then(|options| options.idle);
        asked.unwrap_or(self.config.timeouts.idle)
    }

    fn reply_site_syntax(&mut self, name: &[u8]) {
        match self.site_row(name) {
            Some(row) => self.reply::<501>(format!("Syntax: SITE {}", row.syntax)),
            None => self.refuse(Refusal::Unknown),
        }
    }
}

/// The first word, and what stands behind the one space after it, which is something.
fn split_word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = text.iter().position(|&b| b == b' ')?;
    let (word, rest) = (text.get(..space)?, text.get(space + 1..)?);
    (!rest.is_empty()).then_some((word, rest))
}

/// A time, to the second or to the minute.
fn read_minutes(text: &[u8]) -> Option<DateTime> {
    let mut whole = Vec::from(text);
    if text.len() == 12 {
        whole.extend_from_slice(b"00");
    }
    facts::read_time(&whole).ok()
}

/// `path access modification creation UTC`: the times of access and modification, and the path.
fn long_utime(argument: &[u8]) -> Option<(DateTime, DateTime, &[u8])> {
    let mut words = argument.rsplitn(5, |&b| b == b' ');
    let zone = words.next()?;
    let mut time = || words.next().and_then(read_minutes);
    let (_created, modified, accessed) = (time()?, time()?, time()?);
    let path = words.next().filter(|path| !path.is_empty())?;
    zone.eq_ignore_ascii_case(b"UTC")
        .then_some((accessed, modified, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(SITE.iter().is_sorted_by_key(Row::name));
    }

    #[test]
    fn what_changes_the_storage_needs_a_permission() {
        for name in ["CHMOD", "SYMLINK", "UMASK", "UTIME"] {
            let row = SITE.iter().find(|row| row.name() == name);
            assert_eq!(row.map(|row| row.needs), Some(WRITE), "{name}");
        }
    }
}
