//! The one gate that every command passes, SITE's too: what is not allowed is refused
//! (CVE-2015-3306).

use alloc::format;

use super::commands::{self, Kind, Row};
use super::request::Permissions;
use super::session::ServerSession;
use crate::codec::command::CommandError;

/// What a client must have to use a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    Login,
    Permission(Permissions),
    /// A login; with an argument, these permissions as well.
    LoginAndWithArgument(Permissions),
}

/// Why a command does not pass the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Unknown,
    NotOffered,
    NotLoggedIn,
    NotPermitted,
    AfterEpsvAll,
}

impl ServerSession {
    /// Whether a command may be carried out.
    pub(super) fn gate(&self, row: &Row, has_argument: bool) -> Result<(), Refusal> {
        self.check(match row.needs {
            Needs::LoginAndWithArgument(needed) if has_argument => Needs::Permission(needed),
            needs => needs,
        })?;
        if !self.offers(row) {
            return Err(Refusal::NotOffered);
        }
        if row.kind == Kind::Channel && self.settings.only_extended_passive {
            return Err(Refusal::AfterEpsvAll);
        }
        Ok(())
    }

    /// Whether the client has what is needed.
    pub(super) fn check(&self, needs: Needs) -> Result<(), Refusal> {
        match (needs, self.access.permissions()) {
            (Needs::Nothing, _) => Ok(()),
            (_, None) => Err(Refusal::NotLoggedIn),
            (Needs::Login | Needs::LoginAndWithArgument(_), Some(_)) => Ok(()),
            (Needs::Permission(needed), Some(granted)) if granted.allow(needed) => Ok(()),
            (Needs::Permission(_), Some(_)) => Err(Refusal::NotPermitted),
        }
    }

    /// The same, but for a login that is still to come.
    pub(super) fn may_come_to_have(&self, needs: Needs) -> bool {
        !matches!(self.check(needs), Err(Refusal::NotPermitted))
    }

    pub(super) fn refuse(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::Unknown => self.reply::<500>("There is no such command."),
            Refusal::NotOffered => self.reply::<502>("This command is not implemented."),
            Refusal::NotLoggedIn => self.reply::<530>("Log in with USER and PASS first."),
            Refusal::NotPermitted => self.reply::<550>("Permission denied."),
            Refusal::AfterEpsvAll => self.reply::<501>("Not after EPSV ALL."),
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
        if let Some(row) = commands::find(verb.as_bytes())
            && self.check(row.needs) == Err(Refusal::NotLoggedIn)
        {
            return self.refuse(Refusal::NotLoggedIn);
        }
        if verb == "RANG" {
            // A wrong range is none (draft-bryan-ftp-range §3).
            self.settings.take_start();
        }
        match error {
            CommandError::NoVerb => self.reply::<500>("That is no command."),
            CommandError::UnknownParameter { .. } => {
                self.reply::<504>("This parameter is not implemented.");
            }
            CommandError::UnknownFamily { verb: "LPRT" } => self.reply_long_family_unknown(),
            CommandError::UnknownFamily { .. } => self.reply_family_unknown(),
            CommandError::Nul | CommandError::BadArgument { .. } => {
                self.reply::<501>(format!("Syntax error: {error}."));
            }
        }
    }
}
