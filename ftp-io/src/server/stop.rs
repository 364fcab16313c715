//! How a server is told to end.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// Ends a server from elsewhere. A clone does the same.
#[derive(Clone)]
pub struct ServerHandle(pub(super) Arc<Stop>);

impl ServerHandle {
    /// Ends the server in order: it listens no more, a running transfer ends first, then its client
    /// is told with 421. `Server::run` returns when the last session is over.
    pub fn stop(&self) {
        self.0.raise(Level::Orderly);
    }

    /// Ends the server at once: every connection is closed as it is, and an upload is kept as one
    /// that was cut short.
    pub fn stop_now(&self) {
        self.0.raise(Level::Now);
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerHandle")
            .field(&self.0.level())
            .finish()
    }
}

/// Whether a server shall go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Running,
    Orderly,
    Now,
}

/// What the handle, the server and its sessions share.
#[derive(Debug, Default)]
pub(super) struct Stop {
    level: AtomicU8,
    raised: Notify,
}

impl Stop {
    pub(super) fn level(&self) -> Level {
        match self.level.load(Ordering::Acquire) {
            RUNNING => Level::Running,
            ORDERLY => Level::Orderly,
            _ => Level::Now,
        }
    }

    /// Becomes ready when the level is raised after this call.
    pub(super) fn raised(&self) -> Notified<'_> {
        self.raised.notified()
    }

    fn raise(&self, level: Level) {
        let level = match level {
            Level::Running => RUNNING,
            Level::Orderly => ORDERLY,
            Level::Now => NOW,
        };
        self.level.fetch_max(level, Ordering::AcqRel);
        self.raised.notify_waiters();
    }
}

const RUNNING: u8 = 0;
const ORDERLY: u8 = 1;
const NOW: u8 = 2;
