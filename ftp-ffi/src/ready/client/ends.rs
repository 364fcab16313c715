//! Where the bytes of a transfer come from or go to: functions and descriptors of the program.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::task::{Context, Poll};

use ftp_io::storage::{Op, Sink, Source};
use ftp_proto::server::Keep;

use crate::ready::User;
use crate::ready::failure::system;
use crate::result::{Failure, ftp_result};

/// Gives bytes to an upload: writes `len` of them to `buffer` at most and returns how many, 0 at the
/// end of the file, or a negative number when it cannot go on; the upload then fails with
/// FTP_ERROR_LOCAL, and the server does not take it for whole. It may block, is called by the thread
/// that called the client, and must not call this client.
pub type ftp_ready_read_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, buffer: *mut c_void, len: usize) -> isize>;

/// Takes bytes of a download: some of the `len` given, of which there is at least 1, and returns how
/// many; 0 or a negative number when it cannot go on: the download then fails with FTP_ERROR_LOCAL.
/// It may block, is called by the thread that called the client, and must not call this client.
pub type ftp_ready_write_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, bytes: *const c_void, len: usize) -> isize>;

/// A function that gives bytes.
pub(super) struct Given {
    pub(super) function: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> isize,
    pub(super) user: User,
}

/// A function that takes bytes.
pub(super) struct Taken {
    pub(super) function: unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> isize,
    pub(super) user: User,
}

impl Source for Given {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let place = buffer.as_mut_ptr().cast();
        // SAFETY: the program has given a function of this type, and there is room for so many.
        let read = unsafe { (self.function)(self.user.pointer(), place, buffer.len()) };
        let read = usize::try_from(read).ok();
        let read = read.filter(|read| *read <= buffer.len());
        Poll::Ready(read.ok_or_else(|| io::Error::other("the function that reads has failed")))
    }
}

impl Sink for Taken {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // SAFETY: the program has given a function of this type, and there are so many bytes.
        let taken =
            unsafe { (self.function)(self.user.pointer(), bytes.as_ptr().cast(), bytes.len()) };
        let taken = usize::try_from(taken).ok();
        let taken = taken.filter(|taken| (1..=bytes.len()).contains(taken));
        Poll::Ready(taken.ok_or_else(|| io::Error::other("the function that writes has failed")))
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }
}

/// A descriptor of the program, by another one that shares its position.
///
/// # Safety
/// A descriptor that is not negative stays open during the call.
pub(super) unsafe fn descriptor(fd: RawFd) -> Result<File, Failure> {
    if fd < 0 {
        return Err(ftp_result::FtpErrorRange.into());
    }
    // SAFETY: it stays open, as the caller says; one that is not open is refused by dup.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    let own = borrowed.try_clone_to_owned();
    Ok(File::from(own.map_err(|error| system(&error))?))
}
