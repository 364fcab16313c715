//! Words: how a reply is queued, and the one table from facts to reply codes.

use alloc::vec::Vec;

use bytes::Bytes;

use super::event::{ServerEvent, TransferOutcome};
use super::request::Denied;
use super::session::ServerSession;
use crate::codec::command::Command;
use crate::codec::reply::{ReplyCode, write_reply};
use crate::contract::{Dialogue, LocalFailure};

impl ServerSession {
    /// Queues a reply; lines of the text are separated by LF.
    pub(super) fn reply<const CODE: u16>(&mut self, text: impl AsRef<[u8]>) {
        self.reply_with(code::<CODE>(), text.as_ref());
    }

    pub(super) fn reply_with(&mut self, code: ReplyCode, text: &[u8]) {
        if self.config.dialogue == Dialogue::Shown {
            let mut copy = Vec::new();
            write_reply(&mut copy, code, text);
            let length = copy.trim_ascii_end().len();
            copy.truncate(length);
            // Before the bytes, so that 150 and 226 still leave in one write.
            self.outbox
                .event_before_bytes(ServerEvent::Reply(Bytes::from(copy)));
        }
        self.outbox.send(|out| write_reply(out, code, text));
    }

    pub(super) fn greet(&mut self) {
        let banner = self.config.banner.clone();
        self.reply::<220>(banner);
    }

    pub(super) fn reply_denied(&mut self, denied: Denied) {
        let (code, text) = denied_reply(denied);
        self.reply_with(code, text.as_bytes());
    }

    /// The final reply to a transfer command.
    pub(super) fn reply_outcome(&mut self, outcome: TransferOutcome) {
        match outcome {
            TransferOutcome::Complete => self.reply::<226>("Transfer complete."),
            TransferOutcome::NotOpened => self.reply::<425>("No data connection could be opened."),
            TransferOutcome::Aborted => self.reply::<426>("The transfer was aborted."),
            TransferOutcome::Stalled => self.reply::<426>("No byte has moved for too long."),
            TransferOutcome::Broken => self.reply::<426>("The data connection broke."),
            TransferOutcome::Truncated => self.reply::<426>(
                "The data ended without TLS's close_notify: the file may be cut short.",
            ),
            TransferOutcome::HandshakeFailed => {
                self.reply::<425>("The TLS handshake on the data connection failed.");
            }
            TransferOutcome::Unproven => self.reply::<522>(
                "The data connection must resume the control connection's TLS session; \
                 this client did not.",
            ),
            TransferOutcome::Local(LocalFailure::NoSpace) => self.reply_denied(Denied::NoSpace),
            TransferOutcome::Local(LocalFailure::Other) => self.reply_denied(Denied::Failed),
            TransferOutcome::Denied(denied) => self.reply_denied(denied),
            TransferOutcome::NotAnswered => self.reply_not_answered(),
            TransferOutcome::SessionEnded => {}
        }
    }

    pub(super) fn reply_not_answered(&mut self) {
        self.reply::<451>("The storage did not answer in time.");
    }

    /// Tells the dialogue's listener of a command line, its secrets hidden.
    pub(super) fn show_command(&mut self, line: &Bytes) {
        if self.config.dialogue == Dialogue::Shown {
            let shown = match Command::decode(line) {
                Ok(command) => command.redacted(),
                // What cannot be read may be a password all the same: its first word tells enough.
                Err(_) => first_word(line),
            };
            self.show_command_text(shown);
        }
    }

    pub(super) fn show_command_text(&mut self, text: Bytes) {
        if self.config.dialogue == Dialogue::Shown {
            self.outbox.event(ServerEvent::Command(text));
        }
    }
}

/// Appends text of the application to a reply's text, in which LF ends a line.
pub(super) fn push_inline(text: &mut Vec<u8>, bytes: &[u8]) {
    text.extend(bytes.iter().map(|byte| match byte {
        b'\n' | b'\r' | 0 => b'?',
        byte => *byte,
    }));
}

const fn code<const CODE: u16>() -> ReplyCode {
    const {
        match ReplyCode::new(CODE) {
            Some(code) => code,
            None => panic!("a reply code lies within 100 to 599"),
        }
    }
}

/// The reply that a refusal becomes, whatever was asked.
const fn denied_reply(denied: Denied) -> (ReplyCode, &'static str) {
    match denied {
        Denied::BadCredentials => (code::<530>(), "Login refused."),
        Denied::NotFound => (code::<550>(), "There is no such file or directory."),
        Denied::NotPermitted => (code::<550>(), "Permission denied."),
        Denied::Exists => (code::<550>(), "There is something of that name already."),
        Denied::NotDirectory => (code::<550>(), "That is not a directory."),
        Denied::IsDirectory => (code::<550>(), "That is a directory."),
        Denied::NotEmpty => (code::<550>(), "The directory is not empty."),
        Denied::BadName => (code::<553>(), "That name is not allowed."),
        Denied::BadOffset => (code::<550>(), "The offset lies beyond the end of the file."),
        Denied::NoSpace => (code::<452>(), "There is no space left."),
        Denied::QuotaExceeded => (code::<552>(), "The quota is used up."),
        Denied::Busy => (code::<450>(), "It is in use; try again later."),
        // draft-bryan-ftpext-hash §3.5
        Denied::TooLarge => (code::<556>(), "That file is too large for this."),
        Denied::Unsupported => (code::<550>(), "The storage cannot do that."),
        Denied::Failed => (code::<451>(), "The storage failed."),
    }
}

fn first_word(line: &[u8]) -> Bytes {
    const LONGEST: usize = 16;
    let word = line.split(|byte| !byte.is_ascii_alphabetic()).next();
    let word = word.unwrap_or_default();
    let word = word.get(..LONGEST).unwrap_or(word);
    let mut shown = Vec::from(word);
    shown.extend_from_slice(b" ****");
    Bytes::from(shown)
}
