//! Opaque handles: one call at a time, no panic to the outside, the text of the last error.

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use ftp_proto::codec::reply::Reply;

use crate::result::{Failure, ftp_result};
use crate::text::ftp_slice;

/// A value that C programs hold by an opaque pointer.
///
/// A handle type is a structure around one of these, made [`Opaque`] by [`opaque!`].
pub(crate) struct Handle<T> {
    /// A call is under way: another, be it from another thread or out of a callback, is refused.
    is_taken: AtomicBool,
    inside: UnsafeCell<Inside<T>>,
}

struct Inside<T> {
    value: T,
    last: LastError,
    /// A panic came out of the value: nothing can be said about it any more.
    is_poisoned: bool,
}

/// What the last call that failed has said.
#[derive(Default)]
pub(crate) struct LastError {
    text: String,
    /// The last reply of the peer that a failure or an event told.
    reply: Option<Reply>,
}

/// SAFETY: the value is reached by one call at a time, as `is_taken` says, from whatever thread;
/// it may be sent to that thread.
unsafe impl<T: Send> Sync for Handle<T> {}

/// A handle type, whose structure C programs never see into.
pub(crate) trait Opaque {
    /// What it is a handle of.
    type Value;

    fn wrap(value: Self::Value) -> Self;

    fn handle(&self) -> &Handle<Self::Value>;
}

/// Makes a structure that was written out as `pub struct NAME(Handle<VALUE>);`, where cbindgen sees
/// it, a handle type.
macro_rules! opaque {
    ($name:ident, $value:ty) => {
        impl $crate::handle::Opaque for $name {
            type Value = $value;

            fn wrap(value: $value) -> Self {
                Self($crate::handle::Handle::new(value))
            }

            fn handle(&self) -> &$crate::handle::Handle<$value> {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}
pub(crate) use opaque;

impl<T> Handle<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            inside: UnsafeCell::new(Inside {
                value,
                last: LastError {
                    text: String::new(),
                    reply: None,
                },
                is_poisoned: false,
            }),
        }
    }

    /// Carries out a call, keeps what it says when it fails, and a panic from going further.
    pub(crate) fn enter(
        &self,
        call: impl FnOnce(&mut T, &mut LastError) -> Result<(), Failure>,
    ) -> ftp_result {
        if self.is_taken.swap(true, Ordering::Acquire) {
            return ftp_result::FtpErrorInUse;
        }
        // SAFETY: nobody else is inside until `is_taken` is reset.
        let inside = unsafe { &mut *self.inside.get() };
        let result = inside.call(call);
        self.is_taken.store(false, Ordering::Release);
        result
    }
}

impl<T> Inside<T> {
    fn call(
        &mut self,
        call: impl FnOnce(&mut T, &mut LastError) -> Result<(), Failure>,
    ) -> ftp_result {
        if self.is_poisoned {
            return ftp_result::FtpErrorPoisoned;
        }
        let (value, last) = (&mut self.value, &mut self.last);
        match catch_unwind(AssertUnwindSafe(|| call(value, last))) {
            Ok(Ok(())) => ftp_result::FtpOk,
            Ok(Err(failure)) => self.last.keep(failure),
            Err(payload) => {
                self.is_poisoned = true;
                self.last.text = format!("a fault of the library: {}", words(&*payload));
                ftp_result::FtpErrorPanic
            }
        }
    }
}

impl LastError {
    /// Keeps a reply of the peer for who asks about the last one.
    pub(crate) fn keep_reply(&mut self, reply: Reply) {
        self.reply = Some(reply);
    }

    /// The last reply of the peer that was told.
    pub(crate) const fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    fn keep(&mut self, failure: Failure) -> ftp_result {
        let Failure { code, text, reply } = failure;
        self.text = text.into_owned();
        if reply.is_some() {
            self.reply = reply;
        }
        code
    }
}

/// Carries out a call with the value of a handle. NULL is refused.
///
/// # Safety
/// `handle` is NULL or a handle that is not freed during the call.
pub(crate) unsafe fn with<H, T>(
    handle: *const H,
    call: impl FnOnce(&mut T) -> Result<(), Failure>,
) -> ftp_result
where
    H: Opaque<Value = T>,
{
    // SAFETY: as this function asks.
    unsafe { with_last(handle, |value, _| call(value)) }
}

/// The same, for a call that has to do with the last error.
///
/// # Safety
/// As [`with`].
pub(crate) unsafe fn with_last<H, T>(
    handle: *const H,
    call: impl FnOnce(&mut T, &mut LastError) -> Result<(), Failure>,
) -> ftp_result
where
    H: Opaque<Value = T>,
{
    // SAFETY: it is not freed as long as this lasts.
    match unsafe { handle.as_ref() } {
        Some(handle) => handle.handle().enter(call),
        None => ftp_result::FtpErrorNull,
    }
}

/// What a function gives that is no result: `otherwise` where its handle is NULL, in use or
/// poisoned.
///
/// # Safety
/// As [`with`].
pub(crate) unsafe fn ask<H, T, R>(
    handle: *const H,
    otherwise: R,
    question: impl FnOnce(&mut T) -> R,
) -> R
where
    H: Opaque<Value = T>,
{
    let mut answer = otherwise;
    // SAFETY: as this function asks.
    let _ = unsafe {
        with(handle, |value| {
            answer = question(value);
            Ok(())
        })
    };
    answer
}

/// The text of the last call on this handle that failed, which it keeps until the next one that
/// does; empty if none has. Poisoned handles tell it too.
///
/// # Safety
/// As [`with`].
pub(crate) unsafe fn last_error<H, T>(handle: *const H) -> ftp_slice
where
    H: Opaque<Value = T>,
{
    // SAFETY: it is not freed as long as this lasts.
    let Some(handle) = (unsafe { handle.as_ref() }) else {
        return ftp_slice::NONE;
    };
    let handle = handle.handle();
    if handle.is_taken.swap(true, Ordering::Acquire) {
        return ftp_slice::NONE;
    }
    // SAFETY: nobody else is inside until `is_taken` is reset.
    let text = ftp_slice::of(unsafe { &*handle.inside.get() }.last.text.as_bytes());
    handle.is_taken.store(false, Ordering::Release);
    text
}

/// Carries out a call that has no handle; a panic goes no further.
pub(crate) fn guard(call: impl FnOnce() -> Result<(), Failure>) -> ftp_result {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => ftp_result::FtpOk,
        Ok(Err(failure)) => failure.code,
        Err(_) => ftp_result::FtpErrorPanic,
    }
}

/// A new handle, for the caller to free; NULL if making it panicked.
pub(crate) fn new<H, T>(make: impl FnOnce() -> T) -> *mut H
where
    H: Opaque<Value = T>,
{
    catch_unwind(AssertUnwindSafe(|| {
        Box::into_raw(Box::new(H::wrap(make())))
    }))
    .unwrap_or(std::ptr::null_mut())
}

/// Makes a handle, or says why not, and leaves it, or NULL, where the caller wants it.
///
/// # Safety
/// `place` is NULL or points to room for a pointer.
pub(crate) unsafe fn make<H, T>(
    place: *mut *mut H,
    make: impl FnOnce() -> Result<T, Failure>,
) -> ftp_result
where
    H: Opaque<Value = T>,
{
    if place.is_null() {
        return ftp_result::FtpErrorNull;
    }
    let mut handle = std::ptr::null_mut();
    let result = guard(|| {
        handle = Box::into_raw(Box::new(H::wrap(make()?)));
        Ok(())
    });
    // SAFETY: there is room for it.
    unsafe { place.write(handle) };
    result
}

/// Frees a handle. NULL is nothing to free; one that is in use (freed out of a callback of its own
/// call) is left to leak, which harms less.
///
/// # Safety
/// `handle` is NULL or came from [`new`] or [`make`], and nobody uses it from now on.
pub(crate) unsafe fn free<H, T>(handle: *mut H)
where
    H: Opaque<Value = T>,
{
    if handle.is_null() {
        return;
    }
    // SAFETY: it has not been freed yet.
    if unsafe { &*handle }
        .handle()
        .is_taken
        .swap(true, Ordering::Acquire)
    {
        return;
    }
    // A panic while dropping: what it has not dropped by then leaks.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: it came from a box, and this is the one time that it is freed.
        drop(unsafe { Box::from_raw(handle) });
    }));
}

/// What a panic says.
fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no word of it is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(Handle<u32>);
    opaque!(Counter, u32);

    fn said(counter: &Counter) -> String {
        // SAFETY: the counter lives, and the text is copied before the next call.
        unsafe {
            let text = last_error(counter);
            String::from_utf8_lossy(std::slice::from_raw_parts(text.data.cast(), text.len))
                .into_owned()
        }
    }

    #[test]
    fn a_panic_becomes_a_result_and_poisons_the_handle() {
        let counter = Counter::wrap(0);
        let result = counter.0.enter(|_, _| panic!("on purpose"));
        assert_eq!(result, ftp_result::FtpErrorPanic);
        assert!(said(&counter).ends_with("on purpose"));
        assert_eq!(counter.0.enter(|_, _| Ok(())), ftp_result::FtpErrorPoisoned);
    }

    #[test]
    fn a_call_within_a_call_is_refused() {
        let counter = Counter::wrap(1);
        let result = counter.0.enter(|_, _| {
            assert_eq!(counter.0.enter(|_, _| Ok(())), ftp_result::FtpErrorInUse);
            Ok(())
        });
        assert_eq!(result, ftp_result::FtpOk);
    }

    #[test]
    fn a_failure_leaves_its_text_until_the_next_one() {
        let counter = Counter::wrap(1);
        let failed = counter
            .0
            .enter(|_, _| Err(Failure::new(ftp_result::FtpErrorRange, "too far")));
        assert_eq!(failed, ftp_result::FtpErrorRange);
        assert_eq!(counter.0.enter(|_, _| Ok(())), ftp_result::FtpOk);
        assert_eq!(said(&counter), "too far");
    }

    #[test]
    fn null_is_refused_and_may_be_freed() {
        let none = std::ptr::null_mut::<Counter>();
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(with(none, |_| Ok(())), ftp_result::FtpErrorNull);
            assert!(last_error(none).data.is_null());
            free(none);
        }
    }
}
