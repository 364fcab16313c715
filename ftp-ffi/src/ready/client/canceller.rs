//! Ending from another thread what a client does.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ftp_io::client::Canceller;

use crate::handle::guard;
use crate::result::ftp_result;

/// Ends what a client is doing. It may outlive the client, and a client may have several. Unlike
/// other handles it may be used by several threads at once, but not while it is freed.
pub struct ftp_canceller(Arc<Cancelling>);

impl ftp_canceller {
    pub(super) fn boxed(cancelling: &Arc<Cancelling>) -> *mut Self {
        Box::into_raw(Box::new(Self(Arc::clone(cancelling))))
    }
}

impl fmt::Debug for ftp_canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ftp_canceller")
    }
}

/// Ends what the client is doing now: the call that runs in another thread gives FTP_ERROR_ABORTED,
/// a transfer by ABOR, and the client can be used on. One that is connecting gives up when the
/// connection is made. A command that the server has by now cannot be taken back, and its call ends
/// as it ends; a client that does nothing takes no notice. Does not wait. Any thread, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_canceller_cancel(canceller: *const ftp_canceller) -> ftp_result {
    guard(|| {
        // SAFETY: the caller does not free it during the call.
        let canceller = unsafe { crate::text::given(canceller) }?;
        canceller.0.cancel();
        Ok(())
    })
}

/// Frees a canceller. NULL may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_canceller_free(canceller: *mut ftp_canceller) {
    if !canceller.is_null() {
        // SAFETY: it came from a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(canceller) });
    }
}

/// What a client and its cancellers share.
#[derive(Debug, Default)]
pub(super) struct Cancelling(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Connecting {
        is_cancelled: bool,
    },
    Connected(Canceller),
}

impl Cancelling {
    pub(super) fn cancel(&self) {
        match &mut *self.state() {
            State::Idle => {}
            State::Connecting { is_cancelled } => *is_cancelled = true,
            State::Connected(canceller) => canceller.cancel(),
        }
    }

    /// A connection is being made.
    pub(super) fn begin(&self) {
        *self.state() = State::Connecting {
            is_cancelled: false,
        };
    }

    /// There is one now, or none; whether it is wanted no more.
    pub(super) fn settle(&self, canceller: Option<Canceller>) -> Settled {
        let state = canceller.map_or(State::Idle, State::Connected);
        match std::mem::replace(&mut *self.state(), state) {
            State::Connecting { is_cancelled: true } => Settled::Cancelled,
            _ => Settled::Kept,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a connection was cancelled while it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Kept,
    Cancelled,
}
