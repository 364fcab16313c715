//! The second level: a client that blocks and a server that runs by itself, over `ftp-io`.

mod client;
mod failure;
mod log;
mod numbers;
mod server;
mod signal;

pub use client::*;
pub use log::{ftp_log_fn, ftp_log_level, ftp_log_to};
pub use numbers::*;
pub use server::*;

use std::ffi::{OsStr, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::result::{Failure, ftp_result};

/// A pointer that a program gave for its own functions, which alone know what it points to.
#[derive(Clone, Copy)]
struct User(*mut c_void);

/// SAFETY: the library never looks at what it points to, and says of each function that gets it
/// which threads call it.
unsafe impl Send for User {}
/// SAFETY: as above.
unsafe impl Sync for User {}

impl User {
    const fn pointer(self) -> *mut c_void {
        self.0
    }
}

/// The name of a file on this machine, which need not be UTF-8.
fn path(bytes: &[u8]) -> Result<PathBuf, Failure> {
    if bytes.is_empty() {
        return Err(ftp_result::FtpErrorEmpty.into());
    }
    if bytes.contains(&0) {
        return Err(ftp_result::FtpErrorForbiddenByte.into());
    }
    Ok(PathBuf::from(OsStr::from_bytes(bytes)))
}

/// A text that must be UTF-8: an address, a fingerprint.
fn utf8(bytes: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(bytes)
        .map_err(|error| Failure::of(ftp_result::FtpErrorForbiddenByte, &error))
}

/// What is written as text: an address, a range.
fn parse<T>(bytes: &[u8]) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::error::Error,
{
    let read = utf8(bytes)?.parse::<T>();
    read.map_err(|error| Failure::of(ftp_result::FtpErrorRange, &error))
}
