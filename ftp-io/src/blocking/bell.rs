//! What wakes a thread that waits in `poll(2)`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Wake, Waker};

use rustix::fd::OwnedFd;

/// A descriptor that becomes readable when the bell is rung, from any thread.
#[derive(Debug)]
pub(super) struct Bell {
    ring: OwnedFd,
    heard: OwnedFd,
}

impl Bell {
    /// A bell, and what rings it.
    pub(super) fn new() -> io::Result<(Arc<Self>, Waker)> {
        let (heard, ring) = std::os::unix::net::UnixStream::pair()?;
        heard.set_nonblocking(true)?;
        ring.set_nonblocking(true)?;
        let (heard, ring) = (heard.into(), ring.into());
        let bell = Arc::new(Self { ring, heard });
        let waker = Waker::from(Arc::clone(&bell));
        Ok((bell, waker))
    }

    /// What becomes readable.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.heard.as_fd()
    }

    /// Silences it, until it is rung again.
    pub(super) fn silence(&self) {
        let mut rung = [0; 64];
        while rustix::io::read(&self.heard, &mut rung).is_ok_and(|read| read == rung.len()) {}
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // One that takes no more has been rung often enough.
        let _ = rustix::net::send(&self.ring, &[1], crate::net::QUIET);
    }
}
