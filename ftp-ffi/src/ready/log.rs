//! What the library tells while it works, for whoever has asked for it.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::User;
use crate::handle::guard;
use crate::result::{Failure, ftp_result};
use crate::text::ftp_slice;

/// How much a line of the log matters.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_log_level {
    /// Something does not work.
    Error = 1,
    /// Something is to be looked at: a refused login, a failed handshake.
    Warning = 2,
    /// Sessions and transfers.
    Info = 3,
    /// The dialogue too, passwords as `****`.
    Debug = 4,
}

/// Takes a line of the log. It is called by the thread that the line is about, the library's own
/// among them, by several at once, and must not block. The text is gone when it returns.
pub type ftp_log_fn = Option<unsafe extern "C" fn(user: *mut c_void, level: i32, text: ftp_slice)>;

/// Gives the log of the whole library to this function, down to a level of `ftp_log_level`. NULL
/// ends it: when this has returned, the function given before is called no more. This is the one
/// thing that all handles share; any thread may call it, but not out of the function itself.
///
/// FTP_ERROR_UNSUPPORTED: this library stands within a program that takes its log in another way.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_log_to(function: ftp_log_fn, user: *mut c_void, level: i32) -> ftp_result {
    guard(|| {
        let most = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG];
        let at = usize::try_from(level)
            .ok()
            .and_then(|level| level.checked_sub(1));
        let level = at.and_then(|at| most.get(at)).copied();
        let level = level.ok_or_else(|| Failure::from(ftp_result::FtpErrorEnum))?;
        let hook = function.map(|function| Hook {
            function,
            user: User(user),
            level,
        });
        if hook.is_some() && !IS_SET.load(Ordering::Acquire) {
            tracing::subscriber::set_global_default(Lines)
                .map_err(|error| Failure::of(ftp_result::FtpErrorUnsupported, &error))?;
            IS_SET.store(true, Ordering::Release);
        }
        *HOOK.write().unwrap_or_else(PoisonError::into_inner) = hook;
        tracing::callsite::rebuild_interest_cache();
        Ok(())
    })
}

struct Hook {
    function: unsafe extern "C" fn(*mut c_void, i32, ftp_slice),
    user: User,
    level: Level,
}

/// Makes a line of each event, with what is known of the spans that it stands in.
struct Lines;

/// What is known of a span, and how many hold it.
struct Span {
    text: String,
    parent: Option<Id>,
    holders: usize,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let hook = HOOK.read().unwrap_or_else(PoisonError::into_inner);
        hook.as_ref()
            .is_some_and(|hook| *metadata.level() <= hook.level)
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        // The level can change.
        tracing::subscriber::Interest::sometimes()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let id = Id::from_u64(NEXT.fetch_add(1, Ordering::Relaxed));
        let mut text = attributes.metadata().name().to_owned();
        attributes.record(&mut Words(&mut text));
        let span = Span {
            text,
            parent: attributes.parent().cloned(),
            holders: 1,
        };
        spans().insert(id.into_u64(), span);
        id
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        if let Some(span) = spans().get_mut(&id.into_u64()) {
            values.record(&mut Words(&mut span.text));
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut Words(&mut text));
        let mut text = text.trim_start().to_owned();
        let mut parent = event.parent().cloned();
        while let Some(id) = parent.take() {
            if let Some(span) = spans().get(&id.into_u64()) {
                let _ = write!(text, " [{}]", span.text);
                parent.clone_from(&span.parent);
            }
        }
        let level = match *event.metadata().level() {
            Level::ERROR => ftp_log_level::Error,
            Level::WARN => ftp_log_level::Warning,
            Level::INFO => ftp_log_level::Info,
            _ => ftp_log_level::Debug,
        };
        let hook = HOOK.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(hook) = &*hook {
            let text = ftp_slice::of(text.as_bytes());
            // SAFETY: the program has given a function of this type, and the text stands until it
            // returns.
            unsafe { (hook.function)(hook.user.pointer(), level as i32, text) };
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(span) = spans().get_mut(&id.into_u64()) {
            span.holders += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut spans = spans();
        let Some(span) = spans.get_mut(&id.into_u64()) else {
            return false;
        };
        span.holders -= 1;
        let is_last = span.holders == 0;
        if is_last {
            spans.remove(&id.into_u64());
        }
        is_last
    }
}

/// Fields, one behind the other.
struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A String takes whatever is written to it.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

fn spans() -> MutexGuard<'static, BTreeMap<u64, Span>> {
    SPANS.lock().unwrap_or_else(PoisonError::into_inner)
}

static HOOK: RwLock<Option<Hook>> = RwLock::new(None);
static IS_SET: AtomicBool = AtomicBool::new(false);
static NEXT: AtomicU64 = AtomicU64::new(1);
static SPANS: Mutex<BTreeMap<u64, Span>> = Mutex::new(BTreeMap::new());
