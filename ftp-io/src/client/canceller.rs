//! Ending an operation from elsewhere.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

/// Ends, from another thread or task, what its client is doing. A clone does the same.
///
/// The call that runs then gives [`Aborted`](ftp_proto::client::OperationError::Aborted), and the
/// client can be used on: a transfer is stopped, by ABOR where the server has its command (RFC 959
/// §4.1.3). Any other command that the server has by now cannot be taken back, and its call ends as
/// it ends. A client that does nothing takes no notice.
#[derive(Clone)]
pub struct Canceller(Arc<Shared>);

#[derive(Default)]
struct Shared {
    count: AtomicU64,
    watching: Mutex<Option<Waker>>,
}

impl Canceller {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Ends what the client is doing now, if it does anything. Does not wait for that.
    pub fn cancel(&self) {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        let watching = self.0.watching.lock();
        let waker = watching.unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }

    /// Whom to wake. To be called before [`count`](Self::count) is looked at.
    pub(crate) fn watch(&self, waker: &Waker) {
        let watching = self.0.watching.lock();
        let mut watching = watching.unwrap_or_else(PoisonError::into_inner);
        match &mut *watching {
            Some(known) => known.clone_from(waker),
            None => *watching = Some(waker.clone()),
        }
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canceller")
    }
}
