//! Events on their way from the server's threads to the program, and what is counted of them.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ftp_io::server::{Event, SessionId, TransferKind, TransferOutcome};
use ftp_proto::codec::path::VirtualPath;

/// What a server has done since it was started.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ftp_ready_counters {
    /// Sessions that run.
    pub sessions: u64,
    /// Sessions that have begun.
    pub sessions_started: u64,
    /// Clients that were sent away, since there were too many.
    pub sessions_refused: u64,
    /// Logins.
    pub logins: u64,
    /// Logins that were refused.
    pub logins_refused: u64,
    /// Transfers that run.
    pub transfers: u64,
    /// Transfers that have ended whole.
    pub transfers_whole: u64,
    /// Transfers that have ended in any other way.
    pub transfers_failed: u64,
    /// Bytes of ended transfers that went to clients, listings among them.
    pub bytes_sent: u64,
    /// Bytes of ended transfers that came from clients.
    pub bytes_received: u64,
    /// Events that there was no room for.
    pub events_dropped: u64,
    /// Room for more; 0.
    pub reserved: [u64; 5],
}

const _: () = assert!(size_of::<ftp_ready_counters>() == 16 * 8);

/// Where events wait.
pub(super) struct Queue {
    room: usize,
    inside: Mutex<Inside>,
    changed: Condvar,
    /// Holds a byte while there is something to be taken, for programs that poll.
    bell: UnixStream,
    rung: UnixStream,
}

struct Inside {
    events: VecDeque<(Event, Option<Transfer>)>,
    counters: ftp_ready_counters,
    /// What the sessions transfer.
    running: HashMap<SessionId, Transfer>,
    has_ended: bool,
}

/// What is transferred.
pub(super) type Transfer = (TransferKind, VirtualPath);

/// What waiting for an event has brought.
pub(super) enum Next {
    /// What has happened, and in which transfer if that has ended by it.
    Event(Event, Option<Transfer>),
    /// Nothing in time.
    Nothing,
    /// The server has ended, and every event was taken.
    Ended,
}

impl Queue {
    pub(super) fn new(room: usize) -> std::io::Result<Self> {
        let (bell, rung) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        rung.set_nonblocking(true)?;
        Ok(Self {
            room,
            inside: Mutex::new(Inside {
                events: VecDeque::new(),
                counters: ftp_ready_counters::default(),
                running: HashMap::new(),
                has_ended: false,
            }),
            changed: Condvar::new(),
            bell,
            rung,
        })
    }

    /// Takes an event from the server.
    pub(super) fn push(&self, event: Event) {
        let mut inside = self.inside();
        let ended = inside.count(&event);
        if inside.events.len() >= self.room {
            if self.room > 0 {
                inside.counters.events_dropped += 1;
            }
            return;
        }
        let was_empty = inside.events.is_empty() && !inside.has_ended;
        inside.events.push_back((event, ended));
        if was_empty {
            self.ring();
        }
        self.changed.notify_all();
    }

    /// The server has ended.
    pub(super) fn end(&self) {
        let mut inside = self.inside();
        if inside.events.is_empty() && !inside.has_ended {
            self.ring();
        }
        inside.has_ended = true;
        self.changed.notify_all();
    }

    /// The next event, for which is waited so long; without end if `None`.
    pub(super) fn next(&self, within: Option<Duration>) -> Next {
        let begun = Instant::now();
        let mut inside = self.inside();
        loop {
            if let Some((event, transfer)) = inside.events.pop_front() {
                if inside.events.is_empty() && !inside.has_ended {
                    self.silence();
                }
                return Next::Event(event, transfer);
            }
            if inside.has_ended {
                return Next::Ended;
            }
            inside = match self.wait(inside, begun, within) {
                Some(inside) => inside,
                None => return Next::Nothing,
            };
        }
    }

    /// Waits for the end of the server; whether it has come.
    pub(super) fn wait_for_end(&self, within: Option<Duration>) -> bool {
        let begun = Instant::now();
        let mut inside = self.inside();
        while !inside.has_ended {
            inside = match self.wait(inside, begun, within) {
                Some(inside) => inside,
                None => return false,
            };
        }
        true
    }

    pub(super) fn counters(&self) -> ftp_ready_counters {
        self.inside().counters
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.rung.as_raw_fd()
    }

    /// Waits for a change; `None` when the time is over.
    fn wait<'a>(
        &self,
        inside: MutexGuard<'a, Inside>,
        begun: Instant,
        within: Option<Duration>,
    ) -> Option<MutexGuard<'a, Inside>> {
        let Some(within) = within else {
            let changed = self.changed.wait(inside);
            return Some(changed.unwrap_or_else(PoisonError::into_inner));
        };
        let left = within
            .checked_sub(begun.elapsed())
            .filter(|left| !left.is_zero())?;
        let changed = self.changed.wait_timeout(inside, left);
        Some(changed.unwrap_or_else(PoisonError::into_inner).0)
    }

    // A byte that finds no room is one too many already.
    fn ring(&self) {
        let _ = (&self.bell).write(&[0]);
    }

    fn silence(&self) {
        let _ = (&self.rung).read(&mut [0; 8]);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// Counts an event; gives the transfer that has ended by it.
    fn count(&mut self, event: &Event) -> Option<Transfer> {
        let counters = &mut self.counters;
        match event {
            Event::SessionStarted { .. } => {
                counters.sessions += 1;
                counters.sessions_started += 1;
            }
            Event::SessionRefused { .. } => counters.sessions_refused += 1,
            Event::LoggedIn { .. } => counters.logins += 1,
            Event::LoginRefused { .. } => counters.logins_refused += 1,
            Event::TransferStarted {
                session,
                kind,
                path,
                ..
            } => {
                self.running.insert(*session, (*kind, path.clone()));
                counters.transfers = self.running.len() as u64;
            }
            Event::TransferEnded {
                session,
                bytes,
                outcome,
            } => {
                let ended = self.running.remove(session);
                counters.transfers = self.running.len() as u64;
                match outcome {
                    TransferOutcome::Complete => counters.transfers_whole += 1,
                    _ => counters.transfers_failed += 1,
                }
                match ended.as_ref().is_some_and(|(kind, _)| kind.is_upload()) {
                    true => counters.bytes_received += bytes,
                    false => counters.bytes_sent += bytes,
                }
                return ended;
            }
            Event::SessionEnded { session, .. } => {
                self.running.remove(session);
                counters.transfers = self.running.len() as u64;
                counters.sessions = counters.sessions.saturating_sub(1);
            }
            _ => {}
        }
        None
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

/// The listener of a server's events.
pub(super) fn listener(queue: &Arc<Queue>) -> impl Fn(Event) + Send + Sync + use<> {
    let queue = Arc::clone(queue);
    move |event| queue.push(event)
}
