//! Bytes and texts, on their way in and out.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::slice;

use crate::result::{Failure, ftp_result};

/// Bytes that belong to the library: a text, a path, a part of a file. They are not followed by a
/// NUL and may hold any byte; paths need not be UTF-8. They stay until the next call with the
/// handle that they came from, unless its function says otherwise. `data` is NULL where there is
/// nothing to tell, which is not the same as an empty text.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_slice {
    /// The first byte.
    pub data: *const c_char,
    /// How many bytes.
    pub len: usize,
}

impl ftp_slice {
    /// No text at all.
    pub const NONE: Self = Self {
        data: ptr::null(),
        len: 0,
    };

    /// These bytes; whoever gets it must know how long they stay.
    pub const fn of(bytes: &[u8]) -> Self {
        Self {
            data: bytes.as_ptr().cast(),
            len: bytes.len(),
        }
    }

    /// These bytes, or none.
    pub fn of_option(bytes: Option<&[u8]>) -> Self {
        bytes.map_or(Self::NONE, Self::of)
    }
}

impl Default for ftp_slice {
    fn default() -> Self {
        Self::NONE
    }
}

/// Bytes that the caller gives. NULL stands for no bytes if there are none.
///
/// # Safety
/// `data` is NULL or points to `len` bytes that nobody changes during `'a`.
pub(crate) unsafe fn bytes<'a>(data: *const c_void, len: usize) -> Result<&'a [u8], Failure> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(ftp_result::FtpErrorNull.into()),
        (false, _) if isize::try_from(len).is_err() => Err(ftp_result::FtpErrorTooLong.into()),
        // SAFETY: the caller says so, and the length is one that a slice can have.
        (false, _) => Ok(unsafe { slice::from_raw_parts(data.cast(), len) }),
    }
}

/// A text that the caller must give: NULL is refused, nothing is not.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn text<'a>(data: *const c_char, len: usize) -> Result<&'a [u8], Failure> {
    if data.is_null() {
        return Err(ftp_result::FtpErrorNull.into());
    }
    // SAFETY: as this function asks.
    unsafe { bytes(data.cast(), len) }
}

/// A text that the caller may leave out: NULL of no bytes.
///
/// # Safety
/// As [`bytes`].
pub(crate) unsafe fn optional_text<'a>(
    data: *const c_char,
    len: usize,
) -> Result<Option<&'a [u8]>, Failure> {
    match (data.is_null(), len) {
        (true, 0) => Ok(None),
        // SAFETY: as this function asks.
        _ => unsafe { text(data, len) }.map(Some),
    }
}

/// A buffer that the caller lets be written to, which is of bytes that may be anything.
///
/// # Safety
/// `data` is NULL or points to `len` bytes that nobody else uses during `'a`.
pub(crate) unsafe fn buffer<'a>(data: *mut c_void, len: usize) -> Result<&'a mut [u8], Failure> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&mut []),
        (true, _) => Err(ftp_result::FtpErrorNull.into()),
        (false, _) if isize::try_from(len).is_err() => Err(ftp_result::FtpErrorTooLong.into()),
        // SAFETY: the caller says so, and the length is one that a slice can have.
        (false, _) => Ok(unsafe { slice::from_raw_parts_mut(data.cast(), len) }),
    }
}

/// Where the caller wants a value to be written: NULL is refused.
///
/// # Safety
/// `place` is NULL or points to room for a `T`, aligned.
pub(crate) unsafe fn write<T>(place: *mut T, value: T) -> Result<(), Failure> {
    if place.is_null() {
        return Err(ftp_result::FtpErrorNull.into());
    }
    // SAFETY: there is room for it; what lies there is no value that would have to be dropped.
    unsafe { place.write(value) };
    Ok(())
}

/// The same for a value that the caller may not want: NULL is passed over.
///
/// # Safety
/// As [`write`].
pub(crate) unsafe fn write_if_wanted<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: there is room for it.
        unsafe { place.write(value) };
    }
}

/// A structure that the caller gives: NULL is refused.
///
/// # Safety
/// `place` is NULL or points to a `T` that nobody changes during `'a`.
pub(crate) unsafe fn given<'a, T>(place: *const T) -> Result<&'a T, Failure> {
    // SAFETY: the caller says so.
    unsafe { place.as_ref() }.ok_or_else(|| ftp_result::FtpErrorNull.into())
}

/// Refuses NULL before anything is done.
pub(crate) fn must_be_given<T>(place: *const T) -> Result<(), Failure> {
    match place.is_null() {
        true => Err(ftp_result::FtpErrorNull.into()),
        false => Ok(()),
    }
}

/// Writes a text to the caller's buffer, and how many bytes that took; where there is too little
/// room nothing but how many it would take.
///
/// # Safety
/// `buffer` is NULL or points to room for `capacity` bytes, `len` to room for a number.
pub(crate) unsafe fn write_text(
    made: &[u8],
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> Result<(), Failure> {
    must_be_given(len)?;
    // SAFETY: as this function asks.
    unsafe { len.write(made.len()) };
    if made.len() > capacity {
        return Err(ftp_result::FtpErrorBufferTooSmall.into());
    }
    // SAFETY: as this function asks.
    let into = unsafe { self::buffer(buffer.cast(), made.len()) }?;
    into.copy_from_slice(made);
    Ok(())
}
