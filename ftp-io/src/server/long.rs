//! What takes its time, on threads of its own: a few at once, others wait for their turn.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use ftp_proto::server::Denied;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::hashing::{Hashing, HashingLimits};
use crate::storage::Op;

/// How many checksums are computed at once, and files put together, how many may wait for their
/// turn, and of how large a file.
///
/// ```
/// use ftp_io::server::ChecksumLimits;
///
/// let limits = ChecksumLimits { largest: Some(1 << 30), ..ChecksumLimits::default() };
/// assert!(limits.at_once >= 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChecksumLimits {
    /// At once, at least 1; each takes a thread and 128 KiB. Default: half of the machine's
    /// processors, at least 1.
    pub at_once: usize,
    /// Those that wait; one more is refused with 450. Default 64.
    pub waiting: usize,
    /// The largest file that a checksum is computed of, in bytes; a larger one is refused with 556.
    /// Default any.
    pub largest: Option<u64>,
}

impl Default for ChecksumLimits {
    fn default() -> Self {
        let processors = std::thread::available_parallelism();
        Self {
            at_once: processors.map_or(1, |processors| processors.get().div_ceil(2)),
            waiting: 64,
            largest: None,
        }
    }
}

/// Who does it.
#[derive(Debug)]
pub(super) struct Long {
    turns: Hashing,
    #[cfg_attr(
        not(feature = "hash"),
        expect(dead_code, reason = "it is a bound of checksums alone")
    )]
    pub(super) largest: u64,
}

/// Whether somebody still waits for what is being done.
#[derive(Debug)]
pub(super) struct Awaited(watch::Receiver<()>);

impl Long {
    pub(super) fn new(limits: ChecksumLimits) -> Self {
        Self {
            turns: Hashing::new(HashingLimits {
                at_once: limits.at_once,
                waiting: limits.waiting,
            }),
            largest: limits.largest.unwrap_or(u64::MAX),
        }
    }

    /// Does `work` in its turn. When nobody waits for the answer any more, it is told.
    pub(super) fn run<T, F>(&self, work: impl FnOnce(Awaited) -> F) -> Op<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Denied>> + Send + 'static,
    {
        // Dropped with the answer that somebody waits for.
        let (waiting, awaited) = watch::channel(());
        let work = work(Awaited(awaited));
        let runtime = Handle::current();
        match self.turns.run(move || runtime.block_on(work)) {
            Err(denied) => Op::Ready(Err(denied)),
            Ok(done) => Op::Pending(Box::pin(async move {
                let _waiting = waiting;
                done.await?
            })),
        }
    }
}

impl Awaited {
    /// Does a piece of the work, unless nobody waits any more.
    ///
    /// # Errors
    /// Its own, and [`Denied::Failed`] when nobody waits.
    pub(super) async fn go_on<T>(
        &self,
        work: impl Future<Output = Result<T, Denied>>,
    ) -> Result<T, Denied> {
        let mut awaited = self.0.clone();
        let mut left = pin!(async move { while awaited.changed().await.is_ok() {} });
        let mut work = pin!(work);
        poll_fn(|cx| match left.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Denied::Failed)),
            Poll::Pending => work.as_mut().poll(cx),
        })
        .await
    }
}

/// Bytes that are read at once.
pub(super) const PIECE: usize = 128 * 1024;
