//! A listener for one data connection, the session's own or lent to it.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::task::{Context, Poll};

use super::socket::{Listener, Stream};

/// A listener that one session has for one data connection.
pub(crate) struct Lease {
    /// `Gone` once it is given back.
    pub(crate) listener: Listener,
    has_served: bool,
    lender: Option<(Arc<dyn Lender>, SocketAddr)>,
}

/// Who lends listeners.
pub(crate) trait Lender: Send + Sync {
    /// The lease of the listener at `at` is over. It comes back if it has served; any other is
    /// closed by now: its peer may still connect, and must not meet another session.
    fn give_back(&self, at: SocketAddr, listener: Option<TcpListener>);
}

impl Lease {
    /// A listener that is to be given back.
    #[cfg(feature = "server")]
    pub(crate) fn of(lender: Arc<dyn Lender>, at: SocketAddr, listener: TcpListener) -> Self {
        let mut lease = Self::from(listener);
        lease.lender = Some((lender, at));
        lease
    }

    /// The next connection.
    pub(crate) fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Stream, SocketAddr)>> {
        self.listener.poll_accept(cx)
    }

    /// The connection that it was lent for has come.
    pub(crate) fn end(mut self) {
        self.has_served = true;
    }
}

impl From<TcpListener> for Lease {
    /// A listener that is nobody else's.
    fn from(listener: TcpListener) -> Self {
        Self {
            listener: Listener::Fresh(listener),
            has_served: false,
            lender: None,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((lender, at)) = self.lender.take() {
            let listener = self.listener.take();
            lender.give_back(at, listener.filter(|_| self.has_served));
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("listener", &self.listener)
            .field("has_served", &self.has_served)
            .finish_non_exhaustive()
    }
}
