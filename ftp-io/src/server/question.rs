//! A session's questions, put to the storage and to who decides about logins.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::SystemTime;

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Entry, Metadata};
use ftp_proto::server::{Ask, Denied, Grant, Keep, Opened as Facts, Request, ServerSession};
use ftp_proto::{ControlAddresses, DateTime, Direction, OpId};

use super::homes::{Entered, Homes};
use super::users::{Account, Authenticator};
use crate::mover::{End, Ends};
use crate::storage::{BoxFuture, Listing, Op, Sink, Source, Storage};

/// The questions of one session, and what they have opened.
#[derive(Default)]
pub(super) struct Questions {
    /// The home of the user who has logged in last.
    storage: Option<Arc<dyn Storage>>,
    /// The last question about a login: an answer to one before opens nobody's home.
    login: Option<OpId>,
    /// The file or listing of the current transfer.
    pub(super) opened: Option<Opened>,
    /// Mostly none, and one at most that the session waits for.
    waiting: Vec<Question>,
}

/// What a question has opened, under the question's id.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) op: OpId,
    pub(super) object: Object,
}

/// Where a transfer's bytes come from or go to.
pub(super) enum Object {
    Source(Box<dyn Source + Send>),
    Sink(Box<dyn Sink + Send>),
}

impl Ends for Option<Opened> {
    fn end(&mut self, op: OpId) -> Option<End<'_>> {
        let opened = self.as_mut().filter(|opened| opened.op == op)?;
        Some(match &mut opened.object {
            Object::Source(source) => End::Source(&mut **source),
            Object::Sink(sink) => End::Sink(&mut **sink),
        })
    }

    fn ended(&mut self, direction: Direction, _: Option<&io::Error>) {
        // What is read is let go of; an upload is kept until the session says how.
        if direction == Direction::Send {
            *self = None;
        }
    }
}

/// A question whose answer is not there yet.
struct Question {
    op: OpId,
    kind: Kind,
    answer: BoxFuture<Answered>,
}

/// What becomes of a question that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is dropped.
    Asks,
    /// It is carried out all the same.
    Changes,
}

/// An answer with the right to give it.
enum Answered {
    Entered(Ask<Grant>, Result<Entered, Denied>),
    Entry(Ask<Entry>, Result<Entry, Denied>),
    Source(Ask<Facts>, Result<Box<dyn Source + Send>, Denied>),
    Sink(Ask<Facts>, Result<Box<dyn Sink + Send>, Denied>),
    Done(Ask<()>, Result<(), Denied>),
}

/// Who is asked.
pub(super) struct Asked<'a> {
    pub(super) homes: &'a Arc<Homes>,
    pub(super) authenticator: &'a dyn Authenticator,
    pub(super) addresses: ControlAddresses,
}

impl Asked<'_> {
    /// Opens the home of who may log in.
    fn enter(&self, answer: Op<Account>) -> Op<Entered> {
        let homes = Arc::clone(self.homes);
        answer.and_then(move |account| homes.enter(account))
    }
}

impl Questions {
    /// Puts a question; an answer that is there already is given at once.
    pub(super) fn put(&mut self, request: Request, asked: &Asked<'_>, session: &mut ServerSession) {
        let storage = &**self.storage.as_ref().unwrap_or(asked.homes.whole());
        let (op, kind, answer) = match request {
            Request::Authenticate(ask, credentials) => {
                self.login = Some(ask.id());
                let answer = asked
                    .authenticator
                    .authenticate(credentials, &asked.addresses);
                let answer = asked.enter(answer);
                (ask.id(), Kind::Asks, join(ask, answer, Answered::Entered))
            }
            Request::Identify(ask, user, certificate) => {
                self.login = Some(ask.id());
                let answer = asked
                    .authenticator
                    .identify(user, certificate, &asked.addresses);
                let answer = asked.enter(answer);
                (ask.id(), Kind::Asks, join(ask, answer, Answered::Entered))
            }
            Request::Metadata(ask, path) => {
                let answer = storage.metadata(&path);
                let answer = answer.map(move |metadata| entry(&path, &metadata));
                (ask.id(), Kind::Asks, join(ask, answer, Answered::Entry))
            }
            Request::OpenRead(ask, path, offset) => {
                let answer = storage.open_read(&path, offset);
                (ask.id(), Kind::Asks, join(ask, answer, Answered::Source))
            }
            Request::OpenList(ask, path, style) => {
                let answer = storage.open_list(&path).map(move |entries| {
                    Box::new(Listing::new(entries, style, now())) as Box<dyn Source + Send>
                });
                (ask.id(), Kind::Asks, join(ask, answer, Answered::Source))
            }
            Request::OpenWrite(ask, path, place) => {
                let answer = storage.open_write(&path, place);
                (ask.id(), Kind::Asks, join(ask, answer, Answered::Sink))
            }
            Request::Finish(ask, keep) => {
                let answer = self.finish(keep);
                (ask.id(), Kind::Changes, join(ask, answer, Answered::Done))
            }
            Request::Change(ask, change) => {
                let answer = storage.change(change);
                (ask.id(), Kind::Changes, join(ask, answer, Answered::Done))
            }
            // A question of a later version meets its deadline.
            _ => return,
        };
        match answer {
            Joined::Ready(answered) => self.give(answered, session),
            Joined::Pending(answer) => self.waiting.push(Question { op, kind, answer }),
        }
    }

    /// Takes a question back, and lets go of what it has opened.
    pub(super) fn cancel(&mut self, op: OpId) {
        self.opened.take_if(|opened| opened.op == op);
        self.waiting
            .retain(|question| question.op != op || question.kind == Kind::Changes);
    }

    /// The session is over: only what changes the storage goes on.
    pub(super) fn part(&mut self) {
        self.opened = None;
        self.waiting
            .retain(|question| question.kind == Kind::Changes);
    }

    /// Gives the answers that have come; whether there was one.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, session: &mut ServerSession) -> bool {
        let mut has_given = false;
        let mut at = 0;
        while let Some(question) = self.waiting.get_mut(at) {
            match question.answer.as_mut().poll(cx) {
                Poll::Pending => at += 1,
                Poll::Ready(answered) => {
                    self.waiting.swap_remove(at);
                    self.give(answered, session);
                    has_given = true;
                }
            }
        }
        if self.waiting.is_empty() && has_given {
            self.waiting = Vec::new();
        }
        has_given
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn finish(&mut self, keep: Keep) -> Op<()> {
        match self.opened.take() {
            Some(Opened {
                object: Object::Sink(sink),
                ..
            }) => sink.finish(keep),
            _ => Op::Ready(Err(Denied::Failed)),
        }
    }

    fn give(&mut self, answered: Answered, session: &mut ServerSession) {
        match answered {
            Answered::Entered(ask, answer) => {
                let is_last = self.login == Some(ask.id());
                let grant = answer.map(|entered| {
                    if is_last {
                        self.storage = Some(entered.storage);
                    }
                    entered.grant
                });
                session.answer(ask, grant);
            }
            Answered::Entry(ask, answer) => session.answer(ask, answer),
            Answered::Done(ask, answer) => session.answer(ask, answer),
            Answered::Source(ask, answer) => {
                let facts = answer.map(|source| {
                    let size = source.size();
                    self.keep(ask.id(), Object::Source(source));
                    Facts { size, name: None }
                });
                session.answer(ask, facts);
            }
            Answered::Sink(ask, answer) => {
                let facts = answer.map(|sink| {
                    let name = sink.name();
                    self.keep(ask.id(), Object::Sink(sink));
                    Facts { size: None, name }
                });
                session.answer(ask, facts);
            }
        }
    }

    fn keep(&mut self, op: OpId, object: Object) {
        self.opened = Some(Opened { op, object });
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions")
            .field("opened", &self.opened)
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source(_) => "Source",
            Self::Sink(_) => "Sink",
        })
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question")
            .field("op", &self.op)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// An answer that is there or will come, whatever it is.
enum Joined {
    Ready(Answered),
    Pending(BoxFuture<Answered>),
}

fn join<T: Send + 'static, U: 'static>(
    ask: Ask<U>,
    answer: Op<T>,
    to: fn(Ask<U>, Result<T, Denied>) -> Answered,
) -> Joined {
    match answer {
        Op::Ready(answer) => Joined::Ready(to(ask, answer)),
        Op::Pending(answer) => Joined::Pending(Box::pin(async move { to(ask, answer.await) })),
    }
}

fn entry(path: &VirtualPath, metadata: &Metadata) -> Entry {
    Entry::new(path.name().unwrap_or(b"/"), metadata)
}

/// The time in UTC, by which a line of a listing tells the time of day or the year.
fn now() -> DateTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let now = i64::try_from(seconds).ok().and_then(DateTime::from_unix);
    // A clock that shows a year past 9999 counts as one that was never set.
    now.unwrap_or_else(|| DateTime::from_unix(0).expect("1970 is a year of the calendar"))
}
