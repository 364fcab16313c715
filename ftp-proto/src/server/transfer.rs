//! Transfers: RETR, STOR, APPE, STOU, LIST, NLST, MLSD, from the command to the final reply, and
//! ABOR.

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

use super::channel::Channel;
use super::config::TruncatedUploads;
use super::event::{CloseReason, ServerEvent, TransferKind, TransferOutcome};
use super::job::{Job, Route, Step};
use super::replies::push_inline;
use super::request::{Denied, Fact, Keep, Opened, Placement, Request};
use super::session::{ServerSession, Work};
use super::start::Start;
use crate::codec::command::{Argument, RepresentationType};
use crate::codec::facts::Facts;
use crate::contract::{Action, Closing, DataEnd, DataEnding, DataMode, Direction};
use crate::listing::ListingStyle;
use crate::protection::Protection;

/// A name to start from where STOU names none.
const UNIQUE_NAME: &[u8] = b"file";

impl ServerSession {
    /// LIST and NLST: words that begin with `-` are flags of `ls`, the rest is a path, which may
    /// hold spaces.
    pub(super) fn list(&mut self, argument: Option<Argument>) {
        self.list_in(argument, |all| ListingStyle::Unix { all });
    }

    pub(super) fn list_names(&mut self, argument: Option<Argument>) {
        self.list_in(argument, |all| ListingStyle::Names { all });
    }

    pub(super) fn list_facts(&mut self, path: Option<&Argument>) {
        let style = match self.facts() {
            Facts::ALL => ListingStyle::Machine,
            facts => ListingStyle::Facts(facts),
        };
        self.transfer(TransferKind::List(style), path, Start::BEGINNING);
    }

    fn list_in(&mut self, argument: Option<Argument>, style: fn(bool) -> ListingStyle) {
        let (all, path) = match &argument {
            Some(argument) => split_flags(argument.as_bytes()),
            None => (false, &b""[..]),
        };
        self.begin(TransferKind::List(style(all)), path, Start::BEGINNING);
    }

    pub(super) fn transfer(&mut self, kind: TransferKind, path: Option<&Argument>, start: Start) {
        let path = match (kind, path) {
            (_, Some(path)) => path.as_bytes(),
            (TransferKind::StoreUnique, None) => UNIQUE_NAME,
            (_, None) => b"",
        };
        self.begin(kind, path, start);
    }

    /// ABOR whose turn has come. What it found running was cut short when it came
    /// ([`heed_abort`](Self::heed_abort)).
    pub(super) fn abort_when_idle(&mut self) {
        self.close_channel();
        if core::mem::take(&mut self.settings.has_aborted) {
            self.reply::<226>("Aborted.");
        } else {
            self.reply::<225>("There is no transfer to abort.");
        }
    }

    /// Looks for ABOR among the lines that came since the last look, and ends a running transfer
    /// if there is one; whether there was. Its reply comes when its turn does. A STAT before it is
    /// answered first, so that it does not matter whether the two come in one piece.
    pub(super) fn heed_abort(&mut self) -> bool {
        if self.has_long_question() && self.lines.unseen().any(is_abort) {
            self.abort_question();
            return true;
        }
        let Some(step) = self.job().map(|job| job.step) else {
            return false;
        };
        let waits = matches!(step, Step::Moving) && self.has_stat_next();
        let is_heeded = step.can_be_cut() && !waits && self.lines.unseen().any(is_abort);
        if is_heeded {
            self.abort();
        }
        is_heeded
    }

    fn abort(&mut self) {
        self.settings.has_aborted = true;
        self.cut(TransferOutcome::Aborted);
    }

    /// Ends a transfer before its end.
    pub(super) fn cut(&mut self, outcome: TransferOutcome) {
        if !self.job().is_some_and(|job| job.step.can_be_cut()) {
            return;
        }
        let Some(mut job) = self.take_job() else {
            return;
        };
        match job.step {
            Step::OpeningFile => {
                self.outbox.event(ServerEvent::Cancel(job.op));
                self.close_job_data(&mut job, Closing::Orderly);
                self.settle(&job, outcome);
            }
            Step::OpeningData => {
                self.close_job_data(&mut job, Closing::Orderly);
                self.wind_up(job, outcome);
            }
            Step::Securing | Step::Moving | Step::Finishing(..) => {
                self.close_job_data(&mut job, Closing::Reset);
                self.wind_up(job, outcome);
            }
        }
    }

    /// The present step of a transfer has lasted too long.
    pub(super) fn lose_patience(&mut self) {
        let Some(step) = self.job().map(|job| job.step) else {
            return;
        };
        match step {
            Step::OpeningFile => self.cut(TransferOutcome::NotAnswered),
            Step::OpeningData => self.cut(TransferOutcome::NotOpened),
            Step::Securing => self.cut(TransferOutcome::HandshakeFailed),
            Step::Moving => self.cut(TransferOutcome::Stalled),
            Step::Finishing(id, outcome) => {
                self.outbox.event(ServerEvent::Cancel(id));
                let outcome = match outcome {
                    TransferOutcome::Complete => TransferOutcome::NotAnswered,
                    outcome => outcome,
                };
                if let Some(job) = self.take_job() {
                    self.settle(&job, outcome);
                }
            }
        }
    }

    /// The question of a transfer was answered: the file is open, or the upload is kept.
    pub(super) fn job_answered(&mut self, result: Result<Fact, Denied>) {
        let Some(mut job) = self.take_job() else {
            return;
        };
        match (job.step, result) {
            (Step::OpeningFile, Ok(Fact::Opened(opened))) => {
                job.opened = opened;
                self.open_data(job);
            }
            (Step::Finishing(_, TransferOutcome::Complete), Err(denied)) => {
                self.settle(&job, TransferOutcome::Denied(denied));
            }
            (Step::Finishing(_, outcome), _) => self.settle(&job, outcome),
            (_, result) => {
                self.close_job_data(&mut job, Closing::Orderly);
                let denied = result.err().unwrap_or(Denied::Failed);
                self.settle(&job, TransferOutcome::Denied(denied));
            }
        }
    }

    /// Both the file and the data connection are open. A download in clear is moved before its 150
    /// is flushed: if it ends at once, 150 and 226 leave in one write. An upload's client may wait
    /// for 150 before it sends, and any client before it shakes hands.
    pub(super) fn data_opened(&mut self) {
        let Some(mut job) = self.take_job() else {
            return;
        };
        job.step = match job.protection {
            Protection::Clear => Step::Moving,
            Protection::Private => Step::Securing,
        };
        job.has_started = true;
        self.outbox.event(ServerEvent::TransferStarted {
            op: job.op,
            kind: job.kind,
            path: job.path.clone(),
            mode: job.route.mode(),
        });
        let text = self.opening_text(&job);
        if job.kind.is_upload() || job.protection == Protection::Private {
            self.reply::<150>(text);
            self.move_data(&job);
        } else {
            self.move_data(&job);
            self.reply::<150>(text);
        }
        self.enter(Work::Transfer(job));
    }

    pub(super) fn data_ended(&mut self, end: DataEnd) {
        let Some(mut job) = self.take_job() else {
            return;
        };
        job.moved = end.bytes;
        let outcome = match end.ending {
            DataEnding::Complete => TransferOutcome::Complete,
            DataEnding::Reset => TransferOutcome::Broken,
            DataEnding::Truncated => self.truncated(&job),
            DataEnding::HandshakeFailed => TransferOutcome::HandshakeFailed,
            DataEnding::Unproven => TransferOutcome::Unproven,
            DataEnding::Local(failure) => TransferOutcome::Local(failure),
        };
        // An orderly end would say that what was sent is the whole file.
        let how = match outcome {
            TransferOutcome::Complete => Closing::Orderly,
            _ => Closing::Reset,
        };
        self.close_job_data(&mut job, how);
        self.wind_up(job, outcome);
    }

    /// The session ends: nobody waits for anything any more, but an upload is still to be let go
    /// of, and what was opened for nothing too.
    pub(super) fn abandon(&mut self, mut job: Job) {
        let closing = match job.step {
            Step::OpeningFile | Step::OpeningData => Closing::Orderly,
            Step::Securing | Step::Moving | Step::Finishing(..) => Closing::Reset,
        };
        self.close_job_data(&mut job, closing);
        match job.step {
            Step::OpeningFile => self.outbox.event(ServerEvent::Cancel(job.op)),
            Step::Finishing(id, _) => self.outbox.event(ServerEvent::Cancel(id)),
            Step::OpeningData | Step::Securing | Step::Moving if job.kind.is_upload() => {
                self.ask(|ask| Request::Finish(ask, Keep::Partial));
            }
            Step::OpeningData => self.outbox.event(ServerEvent::Cancel(job.op)),
            Step::Securing | Step::Moving => {}
        }
        let outcome = match job.step {
            // Whether a whole upload could be kept was not told.
            Step::Finishing(_, outcome) if outcome != TransferOutcome::Complete => outcome,
            _ => TransferOutcome::SessionEnded,
        };
        self.tell_ended(&job, outcome);
    }

    fn begin(&mut self, kind: TransferKind, path: &[u8], start: Start) {
        if self.has_input_ended() {
            return self.close(CloseReason::ClientClosed);
        }
        let Some(path) = self.resolve(path) else {
            return;
        };
        if self.lacks_data_protection() {
            // RFC 4217 §9: the data connection cannot be opened with this PROT setting.
            return self.reply::<521>("Data connections must be under TLS: say PBSZ 0 and PROT P.");
        }
        let (route, data) = match core::mem::replace(&mut self.channel, Channel::None) {
            Channel::None => return self.reply::<425>("Say PASV, EPSV, PORT or EPRT first."),
            Channel::Passive(id) => (Route::Accept, Some(id)),
            Channel::Active { port } => (Route::Connect { port }, None),
        };
        let asked = path.clone();
        let op = match (kind, start) {
            (TransferKind::Retrieve, Start::Within(range)) => {
                self.ask(|ask| Request::OpenPart(ask, asked, Direction::Send, range))
            }
            // APPE must act as STOR does (draft-bryan-ftp-range §4.3).
            (TransferKind::Store | TransferKind::Append, Start::Within(range)) => {
                self.ask(|ask| Request::OpenPart(ask, asked, Direction::Receive, range))
            }
            (TransferKind::Retrieve, Start::At(offset)) => {
                self.ask(|ask| Request::OpenRead(ask, asked, offset))
            }
            (TransferKind::Store, Start::At(0)) => {
                self.ask(|ask| Request::OpenWrite(ask, asked, Placement::Whole))
            }
            (TransferKind::Store, Start::At(offset)) => {
                self.ask(|ask| Request::OpenWrite(ask, asked, Placement::At(offset)))
            }
            (TransferKind::Append, Start::At(_)) => {
                self.ask(|ask| Request::OpenWrite(ask, asked, Placement::Append))
            }
            (TransferKind::StoreUnique, _) => {
                self.ask(|ask| Request::OpenWrite(ask, asked, Placement::Unique))
            }
            (TransferKind::List(style), _) => self.ask(|ask| Request::OpenList(ask, asked, style)),
        };
        self.enter(Work::Transfer(Box::new(Job {
            step: Step::OpeningFile,
            moved: 0,
            kind,
            offset: start.offset(),
            path,
            op,
            opened: Opened::default(),
            route,
            data,
            protection: self.security.data(),
            is_data_closed: false,
            has_started: false,
        })));
        if self.lines.waiting().any(is_abort) {
            self.abort();
        }
    }

    fn open_data(&mut self, mut job: Box<Job>) {
        match (job.route, job.data) {
            (Route::Accept, Some(id)) => self.outbox.action(Action::AcceptData { id }),
            (Route::Accept, None) => {}
            (Route::Connect { port }, _) => {
                let id = self.next_data_id();
                job.data = Some(id);
                self.outbox.action(Action::ConnectData {
                    id,
                    mode: DataMode::Active,
                    local: Some(self.config.data_port.for_session(&self.addresses)),
                    to: self.addresses.peer_at(port),
                });
            }
        }
        job.step = Step::OpeningData;
        self.enter(Work::Transfer(job));
    }

    fn move_data(&mut self, job: &Job) {
        let Some(id) = job.data else {
            return;
        };
        let direction = if job.kind.is_upload() {
            Direction::Receive
        } else {
            Direction::Send
        };
        let codec = self.codec(job.kind, job.offset);
        self.outbox.action(Action::MoveData {
            id,
            op: job.op,
            direction,
            protection: job.protection,
            codec,
        });
    }

    /// What becomes of an upload that ended without close_notify.
    fn truncated(&mut self, job: &Job) -> TransferOutcome {
        match self.config.tls.truncated_uploads {
            TruncatedUploads::Refused => TransferOutcome::Truncated,
            TruncatedUploads::Reported => {
                let op = job.op;
                self.outbox.event(ServerEvent::UploadUnconfirmed { op });
                TransferOutcome::Complete
            }
        }
    }

    /// The data connection is done with: an upload is still to be kept, whole or not.
    fn wind_up(&mut self, mut job: Box<Job>, outcome: TransferOutcome) {
        if job.kind.is_upload() {
            let keep = match outcome {
                TransferOutcome::Complete => Keep::Whole,
                _ => Keep::Partial,
            };
            let id = self.ask(|ask| Request::Finish(ask, keep));
            job.step = Step::Finishing(id, outcome);
            self.enter(Work::Transfer(job));
        } else {
            if !job.has_started {
                self.outbox.event(ServerEvent::Cancel(job.op));
            }
            self.settle(&job, outcome);
        }
    }

    /// The last step: the final reply.
    fn settle(&mut self, job: &Job, outcome: TransferOutcome) {
        self.tell_ended(job, outcome);
        self.become_ready();
        self.reply_outcome(outcome);
    }

    fn tell_ended(&mut self, job: &Job, outcome: TransferOutcome) {
        if job.has_started {
            self.outbox.event_before_bytes(ServerEvent::TransferEnded {
                op: job.op,
                bytes: job.moved,
                outcome,
            });
        }
    }

    /// Says the last word on a transfer's data connection, once.
    fn close_job_data(&mut self, job: &mut Job, how: Closing) {
        if let Some(id) = job.data
            && !core::mem::replace(&mut job.is_data_closed, true)
        {
            self.close_data(id, how);
        }
    }

    fn take_job(&mut self) -> Option<Box<Job>> {
        match core::mem::replace(&mut self.work, Work::Ready) {
            Work::Transfer(job) => Some(job),
            other => {
                self.work = other;
                None
            }
        }
    }

    fn opening_text(&self, job: &Job) -> Vec<u8> {
        let mut text = Vec::new();
        match job.kind {
            // RFC 1123 §4.1.2.9 fixes this wording.
            TransferKind::StoreUnique => {
                text.extend_from_slice(b"FILE: ");
                let name = job.opened.name.as_deref().or(job.path.name());
                push_inline(&mut text, name.unwrap_or_default());
                return text;
            }
            TransferKind::List(_) => text.extend_from_slice(b"Opening the listing of "),
            _ if self.settings.is_text() => {
                text.extend_from_slice(match self.settings.parameters.representation {
                    RepresentationType::Ebcdic(_) => b"Opening EBCDIC mode data connection for ",
                    _ => &b"Opening ASCII mode data connection for "[..],
                });
            }
            _ => text.extend_from_slice(b"Opening BINARY mode data connection for "),
        }
        push_inline(&mut text, job.path.as_bytes());
        // In TYPE A other bytes cross the data connection than are in the file.
        match job.opened.size {
            Some(size) if !self.settings.is_text() => {
                text.extend_from_slice(format!(" ({size} bytes).").as_bytes());
            }
            _ => text.push(b'.'),
        }
        text
    }
}

pub(super) fn is_abort(line: &[u8]) -> bool {
    line.trim_ascii_end().eq_ignore_ascii_case(b"ABOR")
}

/// Whether the flags ask for all names, and what follows them.
fn split_flags(argument: &[u8]) -> (bool, &[u8]) {
    let mut all = false;
    let mut rest = argument.trim_ascii_start();
    while rest.len() > 1 && rest.starts_with(b"-") {
        let end = rest.iter().position(|byte| *byte == b' ');
        let (flags, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind.trim_ascii_start();
        if flags == b"--" {
            break;
        }
        all |= flags.iter().any(|flag| matches!(flag, b'a' | b'A'));
    }
    (all, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_before_the_path_are_flags() {
        assert_eq!(split_flags(b"-la"), (true, &b""[..]));
        assert_eq!(split_flags(b"-l -A a b"), (true, &b"a b"[..]));
        assert_eq!(split_flags(b"a -b"), (false, &b"a -b"[..]));
        assert_eq!(split_flags(b"-- -a"), (false, &b"-a"[..]));
        assert_eq!(split_flags(b"-"), (false, &b"-"[..]));
    }
}
