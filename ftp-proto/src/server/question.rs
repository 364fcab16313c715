//! A question to the application, and what follows upon its answer.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use super::event::{CloseReason, ServerEvent};
use super::request::{Answer, Ask, Denied, Fact, Request};
use super::session::{ServerSession, Work};
use super::transfer::is_abort;
use crate::contract::OpId;
use crate::limits::Timeouts;

/// A question that waits for its answer.
pub(super) struct Question {
    id: OpId,
    length: Length,
    then: Then,
    /// What is said when no answer comes.
    late: fn(&mut ServerSession),
}

type Then = Box<dyn FnOnce(&mut ServerSession, Result<Fact, Denied>) + Send + Sync>;

/// How long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Short,
    /// So long that ABOR, or the end of the control connection, takes the question back.
    Long,
}

impl ServerSession {
    /// Asks, and goes on with a granted answer; a denied one is the reply.
    pub(super) fn ask_then<T: Answer>(
        &mut self,
        request: impl FnOnce(Ask<T>) -> Request,
        then: impl FnOnce(&mut Self, T) + Send + Sync + 'static,
    ) {
        self.put(
            request,
            Length::Short,
            Self::reply_not_answered,
            |session, answer| match answer {
                Ok(fact) => then(session, fact),
                Err(denied) => session.reply_denied(denied),
            },
        );
    }

    /// Asks what takes its time.
    pub(super) fn ask_long<T: Answer>(
        &mut self,
        request: impl FnOnce(Ask<T>) -> Request,
        then: impl FnOnce(&mut Self, Result<T, Denied>) + Send + Sync + 'static,
    ) {
        self.put(request, Length::Long, Self::reply_not_answered, then);
        if self.lines.waiting().any(is_abort) {
            self.abort_question();
        }
    }

    /// Asks about a login.
    pub(super) fn ask_about_login<T: Answer>(
        &mut self,
        request: impl FnOnce(Ask<T>) -> Request,
        then: impl FnOnce(&mut Self, Result<T, Denied>) + Send + Sync + 'static,
    ) {
        self.put(request, Length::Short, Self::reply_login_impossible, then);
    }

    fn put<T: Answer>(
        &mut self,
        request: impl FnOnce(Ask<T>) -> Request,
        length: Length,
        late: fn(&mut Self),
        then: impl FnOnce(&mut Self, Result<T, Denied>) + Send + Sync + 'static,
    ) {
        let id = self.ask(request);
        self.enter(Work::Asking(Box::new(Question {
            id,
            length,
            // `Ask<T>` makes a wrong kind impossible within one session; an answer meant for
            // another session is no answer.
            then: Box::new(move |session, answer| {
                then(
                    session,
                    answer.and_then(|fact| T::of_fact(fact).ok_or(Denied::Failed)),
                );
            }),
            late,
        })));
    }

    /// Goes on where a question was asked.
    pub(super) fn question_answered(&mut self, result: Result<Fact, Denied>) {
        if let Work::Asking(question) = core::mem::replace(&mut self.work, Work::Ready) {
            self.restart_clock();
            (question.then)(self, result);
        }
    }

    /// The deadline of a question has come.
    pub(super) fn question_not_answered(&mut self) {
        if let Work::Asking(question) = core::mem::replace(&mut self.work, Work::Ready) {
            self.outbox.event(ServerEvent::Cancel(question.id));
            self.restart_clock();
            (question.late)(self);
        }
    }

    /// Whether the question that is asked can be taken back by ABOR.
    pub(super) fn has_long_question(&self) -> bool {
        matches!(&self.work, Work::Asking(question) if question.length == Length::Long)
    }

    /// ABOR takes a long question back; its own reply comes when its turn does.
    pub(super) fn abort_question(&mut self) {
        if !self.has_long_question() {
            return;
        }
        if let Work::Asking(question) = core::mem::replace(&mut self.work, Work::Ready) {
            self.outbox.event(ServerEvent::Cancel(question.id));
            self.restart_clock();
            self.settings.has_aborted = true;
            self.reply::<426>("It was aborted.");
        }
    }

    /// Nobody waits for the answer to a long question any more.
    pub(super) fn leave_long_question(&mut self) {
        if self.has_long_question() {
            self.close(CloseReason::ClientClosed);
        }
    }
}

impl Question {
    pub(super) const fn id(&self) -> OpId {
        self.id
    }

    pub(super) const fn patience(&self, timeouts: &Timeouts) -> Duration {
        match self.length {
            Length::Short => timeouts.answer,
            Length::Long => timeouts.checksum,
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("id", &self.id)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
