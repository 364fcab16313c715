//! The clock of a session: what it waits for, since when, and what is done when it does not come.

use alloc::string::String;

use super::ClientSession;
use crate::client::link::{Mark, Purpose};
use crate::client::operation::{Operation, Work};
use crate::client::transfer::{DataWait, Transfer};
use crate::codec::command::Command;
use crate::contract::Instant;
use crate::error::{ProtocolError, Step};
use crate::limits::Timeouts;

/// What is to be done at a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Send,
    Handshake,
    Reply,
    Fence,
    KeepAlive,
    DataOpen,
    DataHandshake,
    Stall,
}

impl ClientSession {
    /// When something is to be done, and what: a pure function of the state and its marks.
    pub(super) fn due(&self) -> Option<(Instant, Due)> {
        let timeouts = &self.config.timeouts;
        let marks = &self.link.marks;
        let transfer = self.transfer();
        let mut earliest: Option<(Instant, Due)> = None;
        let mut consider = |from: Mark, after, due| {
            if after != Timeouts::NEVER {
                let at = from.or(self.now) + after;
                if earliest.is_none_or(|(first, _)| at < first) {
                    earliest = Some((at, due));
                }
            }
        };
        if self.link.out.is_sending() {
            // Nothing else can be done before the bytes are gone.
            consider(marks.send, timeouts.send, Due::Send);
            return earliest;
        }
        if self.is_securing() {
            consider(marks.control, timeouts.handshake, Due::Handshake);
            return earliest;
        }
        let data = transfer.map_or(DataWait::Nothing, Transfer::data_wait);
        match data {
            DataWait::Nothing => {}
            DataWait::Opening => consider(marks.data, timeouts.data_open, Due::DataOpen),
            DataWait::Securing => consider(marks.data, timeouts.handshake, Due::DataHandshake),
            DataWait::Moving => consider(marks.data, timeouts.stall, Due::Stall),
            DataWait::Closing => consider(marks.data, timeouts.close, Due::Stall),
        }
        match self.link.head() {
            None => {}
            Some(Purpose::Greeting) => consider(marks.control, timeouts.greeting, Due::Reply),
            // While bytes move or are about to, the data connection's deadlines stand for this.
            Some(Purpose::Transfer)
                if self.link.head_preliminaries() > 0 && data != DataWait::Nothing => {}
            Some(Purpose::Transfer) if self.is_relaying() => {
                consider(marks.control, timeouts.relay, Due::Reply);
            }
            Some(Purpose::Transfer) if transfer.is_some_and(Transfer::awaits_final) => {
                consider(marks.control, timeouts.final_reply, Due::Reply);
            }
            Some(_) => consider(marks.control, timeouts.reply, Due::Reply),
        }
        if (data == DataWait::Moving || self.is_relaying())
            && self.link.head() == Some(Purpose::Transfer)
            && !self.link.is_in_flight(Purpose::KeepAlive)
        {
            consider(marks.control, timeouts.keep_alive, Due::KeepAlive);
        }
        if self.link.is_in_flight(Purpose::Abort) && !self.link.is_in_flight(Purpose::Fence) {
            consider(marks.abort, timeouts.abort, Due::Fence);
        }
        earliest
    }

    fn is_relaying(&self) -> bool {
        let work = self.current.as_ref().map(|current| &current.work);
        matches!(work, Some(Work::Relay(relay)) if relay.is_under_way())
    }

    pub(super) fn on_due(&mut self, due: Due) {
        match due {
            Due::Send => self.fail(ProtocolError::SendTimedOut),
            Due::Handshake | Due::Reply => self.fail(ProtocolError::TimedOut(self.whereabouts())),
            Due::Fence => self.raise_fence(),
            Due::KeepAlive => self.link.send(Purpose::KeepAlive, &Command::Noop),
            Due::DataOpen => self.with_transfer(Transfer::on_open_timeout),
            Due::DataHandshake => self.with_transfer(Transfer::on_handshake_timeout),
            Due::Stall => self.with_transfer(Transfer::on_stall),
        }
    }

    /// Where the session stands, for an error.
    pub(super) fn whereabouts(&self) -> Step {
        if self.is_securing() {
            return Step::Handshake;
        }
        let verb = match self.link.head() {
            None => return Step::Idle,
            Some(Purpose::Greeting) => return Step::Greeting,
            Some(Purpose::Transfer) => match self.transfer() {
                Some(t) if t.awaits_final() => return Step::FinalReply(String::from(t.verb())),
                Some(t) => t.verb(),
                None => "a transfer between servers",
            },
            Some(Purpose::Auth | Purpose::AuthSsl) => "AUTH",
            Some(Purpose::BufferSize) => "PBSZ",
            Some(Purpose::Protection) => "PROT",
            Some(Purpose::ClearControl) => "CCC",
            Some(Purpose::User) => "USER",
            Some(Purpose::Pass) => "PASS",
            Some(Purpose::Acct) => "ACCT",
            Some(Purpose::RenameFrom) => "RNFR",
            Some(Purpose::RenameTo) => "RNTO",
            Some(Purpose::Type) => "TYPE",
            Some(Purpose::Structure) => "STRU",
            Some(Purpose::Mode) => "MODE",
            Some(Purpose::Address) => self.transfer().map_or("EPSV", |t| t.way().verb()),
            Some(Purpose::Rest) => "REST",
            Some(Purpose::Whereabouts) => "PWD",
            Some(Purpose::Enter | Purpose::Return) => "CWD",
            Some(Purpose::Quit) => "QUIT",
            Some(Purpose::KeepAlive | Purpose::Fence) => "NOOP",
            Some(Purpose::Abort) => "ABOR",
            Some(Purpose::Only) => match &self.current {
                Some(Operation {
                    work: Work::Single(single),
                    ..
                }) => {
                    return Step::Reply(
                        String::from_utf8_lossy(single.command.verb()).into_owned(),
                    );
                }
                _ => "a command",
            },
        };
        Step::Reply(String::from(verb))
    }
}
