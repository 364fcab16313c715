//! The clock: when things happened, and every deadline as one function of that and of the state.

use core::num::NonZeroU64;
use core::time::Duration;

use super::event::CloseReason;
use super::session::{ServerSession, Work};
use crate::contract::Instant;
use crate::limits::Timeouts;

/// When things happened.
#[derive(Debug)]
pub(super) struct Clock {
    /// The latest moment that `poll_output` told.
    now: Instant,
    /// When the present step began, or its last progress; `None` until the next poll tells.
    mark: Option<Moment>,
    /// Since when unsent bytes wait without one being taken.
    offered: Option<Moment>,
}

/// A moment whose absence takes no room.
#[derive(Clone, Copy, Debug)]
struct Moment(NonZeroU64);

/// Which deadline has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Login,
    Send,
    Step,
}

impl Clock {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            now,
            mark: Some(Moment::new(now)),
            offered: None,
        }
    }

    /// Takes note of the time; it does not go back.
    pub(super) fn tell(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// The step that began since the last poll began now.
    pub(super) fn mark(&mut self) {
        self.mark.get_or_insert(Moment::new(self.now));
    }

    /// A step begins, or has got on.
    pub(super) const fn restart(&mut self) {
        self.mark = None;
    }

    /// So many bytes wait to be sent; 0 also when some were just taken.
    pub(super) fn offer(&mut self, unsent: usize) {
        if unsent > 0 {
            self.offered.get_or_insert(Moment::new(self.now));
        } else {
            self.offered = None;
        }
    }

    pub(super) const fn now(&self) -> Instant {
        self.now
    }

    fn mark_or_now(&self) -> Instant {
        self.mark.map_or(self.now, Moment::to_instant)
    }
}

impl Moment {
    /// Counts from one; the last microsecond that can be counted shares its number with the one
    /// before.
    fn new(instant: Instant) -> Self {
        Self(NonZeroU64::MIN.saturating_add(instant.as_micros()))
    }

    const fn to_instant(self) -> Instant {
        Instant::from_micros(self.0.get() - 1)
    }
}

impl ServerSession {
    /// The earliest deadline of the present state. One pure function of state and marks.
    pub(super) fn due(&self) -> Option<(Instant, Due)> {
        let timeouts = &self.config.timeouts;
        let mark = self.clock.mark_or_now();
        let step = match &self.work {
            // What was asked is answered as soon as the client takes the reply.
            Work::Ready if self.outbox.unsent() > 0 => None,
            Work::Ready => after(mark, self.idle_timeout()),
            // The reply that comes first has the deadline of sending.
            Work::Securing(_) if self.outbox.unsent() > 0 => None,
            Work::Securing(_) => after(mark, timeouts.handshake),
            Work::Asking(question) => after(mark, question.patience(timeouts)),
            Work::Listening(_) => after(mark, timeouts.answer),
            Work::Transfer(job) => after(mark, job.patience(timeouts)),
            Work::Refusing { until } => Some(*until),
            Work::Closed => None,
        };
        let login = match &self.work {
            Work::Closed => None,
            _ => self
                .access
                .waiting_since()
                .and_then(|since| after(since, timeouts.login)),
        };
        let offered = self.clock.offered.map(Moment::to_instant);
        let send = offered.and_then(|offered| after(offered, timeouts.send));
        [(send, Due::Send), (login, Due::Login), (step, Due::Step)]
            .into_iter()
            .filter_map(|(at, due)| at.map(|at| (at, due)))
            .min_by_key(|(at, _)| *at)
    }

    /// Acts upon a deadline; whether anything has changed.
    pub(super) fn expire(&mut self, due: Due) -> bool {
        match due {
            Due::Send => {
                self.outbox.drop_bytes();
                self.clock.offer(0);
                self.close(CloseReason::SendTimedOut);
            }
            Due::Login => {
                self.reply::<421>("Nobody has logged in for too long.");
                self.close(CloseReason::LoginTimedOut);
            }
            Due::Step => return self.expire_step(),
        }
        true
    }

    fn expire_step(&mut self) -> bool {
        match &self.work {
            // A driver that comes late has the command at hand, and the client was not idle.
            Work::Ready if self.lines.waiting().next().is_some() => return false,
            Work::Ready => {
                self.reply::<421>("No command has come for too long.");
                self.close(CloseReason::IdleTimedOut);
            }
            Work::Asking(_) => self.question_not_answered(),
            Work::Listening(listening) => {
                let id = listening.id;
                self.become_ready();
                self.listening_failed(id);
            }
            Work::Securing(_) => self.close(CloseReason::HandshakeTimedOut),
            Work::Transfer(_) => self.lose_patience(),
            Work::Refusing { .. } => self.refuse_login(),
            Work::Closed => return false,
        }
        true
    }
}

fn after(mark: Instant, duration: Duration) -> Option<Instant> {
    (duration != Timeouts::NEVER).then(|| mark + duration)
}
