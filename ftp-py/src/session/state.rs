//! A session, and what Python's words add to it: bytes that wait to be taken, the time, the lock.

use std::sync::{Mutex, PoisonError};

use ftp_proto::{Action, Instant, Output, ProtocolError, Session, Wait};

/// A session that any thread may use, one call at a time. The lock is held while Rust works and
/// never while Python does, so that no call waits for long.
pub(super) struct State<S: Session>(Mutex<Inner<S>>);

pub(super) struct Inner<S: Session> {
    pub(super) session: S,
    /// What was received and not taken yet.
    unread: Vec<u8>,
    end: End,
    /// What stood behind the bytes that were taken last.
    held: Option<Said<S::Event>>,
    now: Instant,
    /// Whether a handshake is under way: what comes now came outside TLS.
    is_securing: bool,
}

/// Whether the control connection has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Come,
    Told,
}

/// An output that borrows nothing.
pub(super) enum Said<E> {
    /// There are bytes to write; whether they are urgent.
    Send(bool),
    Action(Action),
    Event(E),
    Wait(Wait),
    Failed(ProtocolError),
    /// Of a later version of the session.
    Unknown,
}

impl<S: Session> State<S> {
    pub(super) fn new(session: S, now: Instant) -> Self {
        Self(Mutex::new(Inner {
            session,
            unread: Vec::new(),
            end: End::Open,
            held: None,
            now,
            is_securing: false,
        }))
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Inner<S>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Session> Inner<S> {
    /// # Errors
    ///
    /// The caller reads on and on, and does not heed what `NeedData.read` says.
    pub(super) fn receive(
        &mut self,
        data: &[u8],
        now: Option<Instant>,
    ) -> Result<(), &'static str> {
        self.pass(now);
        if data.is_empty() {
            if self.end == End::Open {
                self.end = End::Come;
            }
        } else if self.end != End::Open {
            return Err("the control connection has ended, and nothing can come behind its end");
        } else if self.unread.len().saturating_add(data.len()) > MOST_UNREAD {
            return Err("more was received than NeedData.read allows");
        } else {
            self.unread.extend_from_slice(data);
        }
        if self.is_securing {
            self.hand_over(usize::MAX);
        }
        while self.feed() {}
        Ok(())
    }

    pub(super) fn next(&mut self, now: Option<Instant>) -> Said<S::Event> {
        self.pass(now);
        if let Some(held) = self.held.take() {
            return held;
        }
        loop {
            match self.poll() {
                Said::Wait(wait) if !self.feed() => return Said::Wait(wait),
                Said::Wait(_) => {}
                said => return said,
            }
        }
    }

    /// What is to be written, as far as nothing else comes first; it counts as written.
    pub(super) fn send(&mut self, limit: usize) -> Vec<u8> {
        let mut sent = Vec::new();
        while self.held.is_none() && sent.len() < limit {
            match self.session.poll_output(self.now) {
                Ok(Output::Send(bytes)) => {
                    let taken = bytes.len().min(limit - sent.len());
                    sent.extend_from_slice(bytes.get(..taken).unwrap_or_default());
                    self.session.sent(taken);
                }
                // An urgent byte goes alone, so that its writer knows which it is.
                Ok(Output::SendUrgent(bytes)) => {
                    if sent.is_empty() {
                        sent.extend_from_slice(bytes);
                        self.session.sent(sent.len());
                    }
                    break;
                }
                Ok(Output::Wait(_)) | Err(_) => break,
                Ok(Output::Action(action)) => self.held = Some(self.begun(action)),
                Ok(Output::Event(event)) => self.held = Some(Said::Event(event)),
                Ok(_) => self.held = Some(Said::Unknown),
            }
        }
        sent
    }

    /// Tells how a handshake ended.
    pub(super) fn secured(&mut self, tell: impl FnOnce(&mut S)) {
        self.is_securing = false;
        tell(&mut self.session);
    }

    fn pass(&mut self, now: Option<Instant>) {
        self.now = self.now.max(now.unwrap_or(self.now));
    }

    fn poll(&mut self) -> Said<S::Event> {
        match self.session.poll_output(self.now) {
            Ok(Output::Send(_)) => Said::Send(false),
            Ok(Output::SendUrgent(_)) => Said::Send(true),
            Ok(Output::Action(action)) => self.begun(action),
            Ok(Output::Event(event)) => Said::Event(event),
            Ok(Output::Wait(wait)) => Said::Wait(wait),
            Ok(_) => Said::Unknown,
            Err(error) => Said::Failed(error),
        }
    }

    fn begun(&mut self, action: Action) -> Said<S::Event> {
        if matches!(action, Action::StartTls | Action::StopTls) {
            // What was read before it came outside, and is the session's to judge.
            self.hand_over(usize::MAX);
            self.is_securing = true;
        }
        Said::Action(action)
    }

    /// Gives the session what has come, as far as it takes it; whether it took any.
    fn feed(&mut self) -> bool {
        if !self.unread.is_empty() {
            let room = self.session.wait().read;
            return room > 0 && self.hand_over(room);
        }
        let is_news = self.end == End::Come;
        if is_news {
            self.end = End::Told;
            self.session.handle_eof();
        }
        is_news
    }

    fn hand_over(&mut self, most: usize) -> bool {
        let most = most.min(self.unread.len());
        let taken = match self.unread.get(..most) {
            Some(bytes) if !bytes.is_empty() => self.session.handle_input(bytes),
            _ => 0,
        };
        self.unread.drain(..taken.min(self.unread.len()));
        taken > 0
    }
}

/// Far more than a session takes at once.
const MOST_UNREAD: usize = 1 << 20;
