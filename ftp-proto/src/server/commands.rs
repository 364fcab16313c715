//! From a command to what carries it out; and the commands that need nothing but the session.

use alloc::format;
use alloc::vec::Vec;

use super::access::Refusal;
use super::event::{CloseReason, TransferKind};
use super::request::Change;
use super::session::{ServerSession, Work};
use super::verbs;
use crate::codec::command::{Argument, Command, CommandError, TransferMode};
use crate::listing::ListingStyle;

impl ServerSession {
    /// Carries out one command. Exactly one final reply follows, now or later.
    pub(super) fn command(&mut self, command: Command) {
        let rename = self.forget_rename();
        let restart = self.settings.restart;
        if is_transfer(&command) {
            // REST holds until the next transfer command, whatever becomes of it.
            self.settings.restart = 0;
        }
        if let Err(refusal) = self.gate(&command) {
            return self.refuse(refusal);
        }
        match command {
            Command::User(name) => self.user_named(&name),
            Command::Pass(password) => self.password(password.into_secret()),
            Command::Acct(_) => self.reply::<202>("No account is needed."),
            Command::Auth(mechanism) => self.authenticate_connection(&mechanism),
            Command::Pbsz(_) => self.protection_buffer_size(),
            Command::Prot(level) => self.protection_level(level),
            Command::Ccc => self.clear_control(),
            Command::Rein => {
                self.reinitialize();
                self.security.forget_data();
                self.reply::<220>("Ready for a new user.");
            }
            Command::Quit => {
                self.reply::<221>("Goodbye.");
                self.close(CloseReason::Quit);
            }

            Command::Cwd(path) => self.change_directory(&path),
            Command::Cdup => self.change_to_parent(),
            Command::Pwd => self.tell_directory(),
            Command::Size(path) => self.ask_size(&path),
            Command::Mdtm(path) => self.ask_modified(&path),
            Command::Mlst(path) => self.ask_facts(path.as_ref()),
            Command::Dele(path) => self.change_at(&path, Change::Delete),
            Command::Rmd(path) => self.change_at(&path, Change::RemoveDirectory),
            Command::Mkd(path) => self.change_at(&path, Change::MakeDirectory),
            Command::Mfmt { time, path } => {
                if let Some(path) = self.resolve(path.as_bytes()) {
                    self.change(Change::SetModified(path, time));
                }
            }
            Command::Rnfr(path) => self.rename_from(&path),
            Command::Rnto(path) => self.rename_to(rename, &path),
            Command::Stat(Some(path)) => self.ask_status(&path),
            Command::Stat(None) => self.status(),

            Command::Port(address) => self.active(address.into()),
            Command::Eprt(address) => self.active(address),
            Command::Pasv => self.passive(),
            Command::Epsv(what) => self.extended_passive(what),

            Command::Retr(path) => self.transfer(TransferKind::Retrieve, Some(&path), restart),
            Command::Stor(path) => self.transfer(TransferKind::Store, Some(&path), restart),
            Command::Appe(path) => self.transfer(TransferKind::Append, Some(&path), restart),
            Command::Stou(path) => {
                self.transfer(TransferKind::StoreUnique, path.as_ref(), restart);
            }
            Command::List(argument) => self.list(argument, |all| ListingStyle::Unix { all }),
            Command::Nlst(argument) => self.list(argument, |all| ListingStyle::Names { all }),
            Command::Mlsd(path) => {
                self.transfer(
                    TransferKind::List(ListingStyle::Machine),
                    path.as_ref(),
                    restart,
                );
            }
            Command::Abor => self.abort_when_idle(),

            Command::Type(representation) => self.set_representation(representation),
            Command::Stru(structure) => self.set_structure(structure),
            Command::Mode(mode) => self.set_mode(mode),
            Command::Rest(offset) => self.restart_at(offset),
            Command::Allo { .. } => self.reply::<202>("No space needs to be allocated."),

            Command::Syst => self.reply::<215>("UNIX Type: L8"),
            Command::Noop => self.reply::<200>("Nothing done."),
            Command::Feat => self.features(),
            Command::Help(topic) => self.help(topic.as_ref()),
            Command::Site(what) => self.site(&what),
            Command::Opts {
                feature,
                parameters,
            } => self.options(&feature, parameters.as_ref()),

            // The table offers none of these, so that the gate has refused them.
            Command::Smnt(_) | Command::Other { .. } => self.refuse(Refusal::NotOffered),
        }
    }

    /// Answers a line that is no command.
    pub(super) fn refuse_line(&mut self, error: &CommandError) {
        self.forget_rename();
        let verb = match error {
            CommandError::BadArgument { verb, .. }
            | CommandError::UnknownParameter { verb }
            | CommandError::UnknownFamily { verb } => *verb,
            CommandError::NoVerb | CommandError::Nul => "",
        };
        if self.lacks_login_for(verb) {
            return self.refuse(Refusal::NotLoggedIn);
        }
        match error {
            CommandError::NoVerb => self.reply::<500>("That is no command."),
            CommandError::UnknownParameter { .. } => {
                self.reply::<504>("This parameter is not implemented.");
            }
            CommandError::UnknownFamily { .. } => self.reply_family_unknown(),
            CommandError::Nul | CommandError::BadArgument { .. } => {
                self.reply::<501>(format!("Syntax error: {error}."));
            }
        }
    }

    /// The status of the session, or of the transfer that is running (RFC 959 §4.1.3, STAT).
    pub(super) fn status(&mut self) {
        let mut text = Vec::from(&b"Status:\n"[..]);
        if let Some(user) = self.access.user() {
            text.extend_from_slice(b" Logged in as ");
            text.extend_from_slice(user);
            text.push(b'\n');
        }
        text.push(b' ');
        text.extend_from_slice(&self.parameter_words());
        text.push(b'\n');
        if let Some(line) = self.security.status() {
            text.extend_from_slice(line.as_bytes());
        }
        let transfer = match &self.work {
            Work::Transfer(job) => format!(" {} bytes transferred so far\n", job.moved),
            _ => " No transfer\n".into(),
        };
        text.extend_from_slice(transfer.as_bytes());
        text.extend_from_slice(b"End of status.");
        self.reply::<211>(text);
    }

    fn refuse(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Unknown => self.reply::<500>("There is no such command."),
            Refusal::NotOffered => self.reply::<502>("This command is not implemented."),
            Refusal::NotLoggedIn => self.reply::<530>("Log in with USER and PASS first."),
            Refusal::NotPermitted => self.reply::<550>("Permission denied."),
        }
    }

    /// REST counts bytes as they are stored, which says nothing about a converted stream. In MODE B
    /// and C it gives back a restart marker, which does in every type (RFC 959 §3.5).
    fn restart_at(&mut self, offset: u64) {
        let mode = self.settings.parameters.mode;
        let has_markers = matches!(mode, TransferMode::Block | TransferMode::Compressed);
        if offset > 0 && self.settings.is_text() && !has_markers {
            self.reply::<504>("REST is for TYPE I.");
        } else {
            self.settings.restart = offset;
            self.reply::<350>(format!("The next transfer begins at {offset}."));
        }
    }

    fn features(&mut self) {
        let abilities = self.config.abilities;
        let mut text = Vec::from(&b"Features:\n"[..]);
        let mut feature = |is_there: bool, line: &str| {
            if is_there {
                text.push(b' ');
                text.extend_from_slice(line.as_bytes());
                text.push(b'\n');
            }
        };
        feature(self.offers_auth(), "AUTH TLS");
        feature(self.offers_clear_control(), "CCC");
        feature(true, "EPRT");
        feature(true, "EPSV");
        feature(true, "MDTM");
        feature(abilities.set_modified, "MFMT");
        feature(true, MLST);
        feature(self.has_deflate(), "MODE Z");
        feature(self.offers_protection(), "PBSZ");
        feature(self.offers_protection(), "PROT");
        feature(abilities.resume, "REST STREAM");
        feature(true, "SIZE");
        feature(true, "TVFS");
        feature(true, "UTF8");
        text.extend_from_slice(b"End");
        self.reply::<211>(text);
    }

    fn help(&mut self, topic: Option<&Argument>) {
        let Some(topic) = topic else {
            let text = self.list_of_verbs();
            return self.reply::<214>(text);
        };
        let name = topic.as_bytes().to_ascii_uppercase();
        match verbs::find(&name)
            .filter(|verb| verb.is_offered(&self.config, self.security.control()))
        {
            Some(verb) => self.reply::<214>(format!("Syntax: {}", verb.syntax)),
            None => self.reply::<504>("There is no help about that."),
        }
    }

    fn list_of_verbs(&self) -> Vec<u8> {
        let mut text = Vec::from(&b"These commands are implemented:"[..]);
        for (at, verb) in verbs::offered(&self.config, self.security.control()).enumerate() {
            text.extend_from_slice(if at % 8 == 0 { b"\n " } else { b" " });
            text.extend_from_slice(verb.name.as_bytes());
        }
        text.extend_from_slice(b"\nEnd of help.");
        text
    }

    fn site(&mut self, what: &Argument) {
        if what.as_bytes().trim_ascii().eq_ignore_ascii_case(b"HELP") {
            self.reply::<214>("SITE knows HELP only.");
        } else {
            self.reply::<504>("SITE knows HELP only.");
        }
    }

    fn options(&mut self, feature: &Argument, parameters: Option<&Argument>) {
        let value = parameters.map(|value| value.as_bytes().trim_ascii());
        if feature.as_bytes().eq_ignore_ascii_case(b"UTF8") {
            match value {
                None => self.reply::<200>("Names are bytes, UTF-8 by custom."),
                Some(value) if value.eq_ignore_ascii_case(b"ON") => {
                    self.reply::<200>("Names are bytes, UTF-8 by custom.");
                }
                Some(_) => self.reply::<504>("UTF-8 cannot be switched off."),
            }
        } else if feature.as_bytes().eq_ignore_ascii_case(b"MODE") {
            self.set_mode_options(value.unwrap_or_default());
        } else {
            self.reply::<501>("There is no such option.");
        }
    }
}

/// The facts that MLST and MLSD tell; all of them are on (RFC 3659 §7.8).
const MLST: &str = "MLST type*;size*;modify*;perm*;unique*;UNIX.mode*;UNIX.owner*;UNIX.group*;";

const fn is_transfer(command: &Command) -> bool {
    matches!(
        command,
        Command::Retr(_)
            | Command::Stor(_)
            | Command::Appe(_)
            | Command::Stou(_)
            | Command::List(_)
            | Command::Nlst(_)
            | Command::Mlsd(_)
    )
}
