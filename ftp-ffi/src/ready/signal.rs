//! SIGPIPE, which no peer may bring upon the program.
//!
//! Sockets are written to with MSG_NOSIGNAL, but sendfile(2) and splice(2) know no such flag. A
//! signal of that kind goes to the thread that wrote, so it is enough that this one does not take
//! it: what the program has set for the signal is left as it is.

use std::mem::MaybeUninit;
use std::ptr;

/// Blocks SIGPIPE in this thread until it is dropped, and takes away one that has come meanwhile.
pub(super) struct NoPipeSignal {
    /// What to go back to; `None` if the signal was blocked or waiting before.
    before: Option<libc::sigset_t>,
}

impl NoPipeSignal {
    pub(super) fn new() -> Self {
        if is_pending() {
            // One of the program's own: it is blocked already, and its to take.
            return Self { before: None };
        }
        let mut before = MaybeUninit::uninit();
        let pipe = only_pipe();
        // SAFETY: both sets are valid, and `before` is written when 0 is returned.
        let before = unsafe {
            match libc::pthread_sigmask(libc::SIG_BLOCK, &raw const pipe, before.as_mut_ptr()) {
                0 => Some(before.assume_init()),
                _ => None,
            }
        };
        Self { before }
    }
}

impl Drop for NoPipeSignal {
    fn drop(&mut self) {
        let Some(before) = self.before else {
            return;
        };
        let pipe = only_pipe();
        let at_once = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the sets and the time are valid, and no information about the signal is asked for.
        unsafe {
            if is_pending() {
                libc::sigtimedwait(&raw const pipe, ptr::null_mut(), &raw const at_once);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
        }
    }
}

/// Blocks in this thread, which is the library's own, every signal but those of faults: the
/// program's handlers run in the program's threads.
pub(super) fn block_all() {
    let mut all = MaybeUninit::uninit();
    // SAFETY: the set is filled before it is used.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for fault in [
            libc::SIGABRT,
            libc::SIGBUS,
            libc::SIGFPE,
            libc::SIGILL,
            libc::SIGSEGV,
            libc::SIGSYS,
            libc::SIGTRAP,
        ] {
            libc::sigdelset(all.as_mut_ptr(), fault);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ptr::null_mut());
    }
}

fn only_pipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset writes the set, and SIGPIPE is a signal.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

fn is_pending() -> bool {
    let mut pending = MaybeUninit::uninit();
    // SAFETY: the set is read only where sigpending has written it.
    unsafe {
        libc::sigpending(pending.as_mut_ptr()) == 0
            && libc::sigismember(pending.as_ptr(), libc::SIGPIPE) == 1
    }
}
