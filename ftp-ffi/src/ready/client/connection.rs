//! Connecting, parting, and what a client tells about itself.

use std::ffi::{c_char, c_void};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ftp_io::blocking::Client;
use ftp_io::client::{FtpUrl, Notice, Observer};
use ftp_proto::client::OperationError;
use ftp_proto::codec::reply::Reply;
use ftp_proto::listing::Entry;

use super::canceller::{Cancelling, Settled, ftp_canceller};
use super::options::{Settings, ftp_ready_client_options};
use crate::handle::{Handle, ask, free, last_error, new, opaque, with, with_last};
use crate::ready::User;
use crate::ready::signal::NoPipeSignal;
use crate::reply::ftp_reply;
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, must_be_given, text, write};

/// A client that blocks: each call returns when its work is done. A call blocks SIGPIPE in its
/// thread while it lasts, and takes no other notice of signals.
pub struct ftp_ready_client(Handle<Ready>);
opaque!(ftp_ready_client, Ready);

/// Hears how far a transfer has come: bytes of the file that are at both ends, and bytes in the
/// file, FTP_UNKNOWN where nobody has told. It is called by the thread that called the client.
/// Anything but 0 ends the transfer, with FTP_ERROR_ABORTED.
pub type ftp_ready_progress_fn =
    Option<unsafe extern "C" fn(user: *mut c_void, done: u64, total: u64) -> i32>;

/// A client that is not connected. NULL only where there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_ready_client_new() -> *mut ftp_ready_client {
    new(Ready::new)
}

/// Frees a client. Its connection is closed as it is, without QUIT. NULL may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_free(client: *mut ftp_ready_client) {
    let _quiet = NoPipeSignal::new();
    // SAFETY: the caller frees it once, and uses it no more.
    unsafe { free(client) };
}

/// Connects to where an address says and logs in: `ftp://user:password@host:port/path`, or
/// `ftpes://` for AUTH TLS and `ftps://` for TLS from the start. The login of the options counts for
/// more than that of the address; without either it is anonymous. Nothing is done with the path:
/// `ftp_ready_client_path` gives it. A connection that there was is closed first.
///
/// `options` may be NULL for the defaults, and can be freed or used again afterwards.
///
/// FTP_ERROR_URL, FTP_ERROR_RESOLVE, FTP_ERROR_CONNECT, FTP_ERROR_TLS, FTP_ERROR_TLS_FAILED,
/// FTP_ERROR_REFUSED for the login; any result from 40 to 50.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_connect(
    client: *mut ftp_ready_client,
    url: *const c_char,
    url_len: usize,
    options: *const ftp_ready_client_options,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text and options as the header asks.
    unsafe {
        with_last(client, |ready, last| {
            let url: FtpUrl = super::super::utf8(text(url, url_len)?)?.parse()?;
            let mut settings = Settings::default();
            if !options.is_null() {
                let taken = with(options, |given: &mut Settings| {
                    settings = given.clone();
                    Ok(())
                });
                if taken != ftp_result::FtpOk {
                    return Err(taken.into());
                }
            }
            let _quiet = NoPipeSignal::new();
            let connected = ready.connect(&url, settings);
            if let Some(reply) = ready.told.take_reply() {
                last.keep_reply(reply);
            }
            connected
        })
    }
}

/// Says QUIT, waits for the reply, and closes the connection, whatever comes of it. The client can
/// connect again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_quit(client: *mut ftp_ready_client) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with_last(client, |ready, last| {
            let connected = ready
                .client
                .take()
                .ok_or(ftp_result::FtpErrorNotConnected)?;
            let _quiet = NoPipeSignal::new();
            let parted = connected.quit();
            ready.cancelling.settle(None);
            if let Some(reply) = ready.told.take_reply() {
                last.keep_reply(reply);
            }
            Ok(parted?)
        })
    }
}

/// The text of the last call on this client that failed, in one sentence for a person; empty if none
/// has. It holds no password.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_last_error(client: *const ftp_ready_client) -> ftp_slice {
    // SAFETY: the caller gives a handle.
    unsafe { last_error(client) }
}

/// The last reply of the server; its code is 0 if none has come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_last_reply(
    client: *const ftp_ready_client,
    reply: *mut ftp_reply,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        with_last(client, |_: &mut Ready, last| {
            write(reply, last.reply().map_or(ftp_reply::NONE, ftp_reply::from))
        })
    }
}

/// The path of the address that the client has connected to, decoded; no text if it had none. It is
/// relative to the directory that the login leads to, unless it begins with a slash.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_path(client: *const ftp_ready_client) -> ftp_slice {
    // SAFETY: the caller gives a handle.
    unsafe {
        ask(client, ftp_slice::NONE, |ready: &mut Ready| {
            ftp_slice::of_option(ready.path.as_deref())
        })
    }
}

/// Whether the client has a connection, as far as it knows without asking the server.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_is_connected(client: *const ftp_ready_client) -> bool {
    // SAFETY: the caller gives a handle.
    unsafe { ask(client, false, |ready: &mut Ready| ready.client.is_some()) }
}

/// A canceller of this client, for connections that it will make too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_canceller(
    client: *const ftp_ready_client,
    canceller: *mut *mut ftp_canceller,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        with(client, |ready: &mut Ready| {
            must_be_given(canceller)?;
            write(canceller, ftp_canceller::boxed(&ready.cancelling))
        })
    }
}

/// Who hears of progress in the transfers to come; NULL for nobody. `user` is given to the function,
/// which must not call this client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_set_progress(
    client: *mut ftp_ready_client,
    function: ftp_ready_progress_fn,
    user: *mut c_void,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(client, |ready: &mut Ready| {
            ready.progress = function.map(|function| Progress {
                function,
                user: User(user),
            });
            Ok(())
        })
    }
}

/// What stands behind the handle.
pub(crate) struct Ready {
    pub(super) client: Option<Client>,
    path: Option<Vec<u8>>,
    pub(super) told: Arc<Told>,
    pub(super) cancelling: Arc<Cancelling>,
    pub(super) progress: Option<Progress>,
    /// What the last call has told, as long as its slices are to stand.
    pub(super) kept: Kept,
}

/// What slices that were given point to.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) entry: Option<Entry>,
}

/// What a connection tells while a call lasts.
#[derive(Default)]
pub(super) struct Told {
    reply: Mutex<Option<Reply>>,
    meter: Mutex<Option<Meter>>,
}

/// The program's function that hears of progress.
#[derive(Clone, Copy)]
pub(super) struct Progress {
    function: unsafe extern "C" fn(*mut c_void, u64, u64) -> i32,
    user: User,
}

/// A transfer whose bytes are counted by the data connection alone.
#[derive(Clone)]
pub(super) struct Meter {
    pub(super) progress: Progress,
    /// Where in the file it began.
    pub(super) offset: u64,
    pub(super) cancelling: Arc<Cancelling>,
}

impl Ready {
    fn new() -> Self {
        Self {
            client: None,
            path: None,
            told: Arc::default(),
            cancelling: Arc::default(),
            progress: None,
            kept: Kept::default(),
        }
    }

    fn connect(&mut self, url: &FtpUrl, settings: Settings) -> Result<(), Failure> {
        self.client = None;
        self.path = None;
        let login = match settings.login()? {
            Some(login) => login,
            None => url.login()?,
        };
        let told = Arc::clone(&self.told);
        let mut options = settings.options_for(url)?;
        options.observer = Some(Observer::new(move |notice| told.hear(notice)));
        self.cancelling.begin();
        let connected = Client::connect(&url.host, url.port, options);
        let canceller = connected.as_ref().ok().map(Client::canceller);
        let settled = self.cancelling.settle(canceller);
        let mut client = connected?;
        if settled == Settled::Cancelled {
            self.cancelling.settle(None);
            return Err((&OperationError::Aborted).into());
        }
        if let Err(error) = client.login(login) {
            self.cancelling.settle(None);
            return Err(error.into());
        }
        self.client = Some(client);
        self.path = url.path.as_ref().map(|path| path.as_bytes().to_owned());
        Ok(())
    }
}

/// Carries out a call with a client that is connected.
///
/// # Safety
/// `client` is NULL or a handle that is not freed during the call.
pub(super) unsafe fn connected(
    client: *const ftp_ready_client,
    call: impl FnOnce(&mut Client, &mut Rest<'_>) -> Result<(), Failure>,
) -> ftp_result {
    // SAFETY: as this function asks.
    unsafe {
        with_last(client, |ready: &mut Ready, last| {
            let Ready {
                client,
                told,
                cancelling,
                progress,
                kept,
                ..
            } = ready;
            let client = client.as_mut().ok_or(ftp_result::FtpErrorNotConnected)?;
            let mut rest = Rest {
                told,
                cancelling,
                progress: *progress,
                kept,
            };
            let _quiet = NoPipeSignal::new();
            let result = call(client, &mut rest);
            told.measure(None);
            if let Some(reply) = told.take_reply() {
                last.keep_reply(reply);
            }
            result
        })
    }
}

/// What a call works with besides the connection.
pub(super) struct Rest<'a> {
    told: &'a Told,
    pub(super) cancelling: &'a Arc<Cancelling>,
    pub(super) progress: Option<Progress>,
    pub(super) kept: &'a mut Kept,
}

impl Rest<'_> {
    /// Has the program hear of a transfer that begins at an offset.
    pub(super) fn measure(&self, offset: u64) {
        self.told.measure(self.progress.map(|progress| Meter {
            progress,
            offset,
            cancelling: Arc::clone(self.cancelling),
        }));
    }
}

impl Told {
    fn hear(&self, notice: Notice<'_>) {
        match notice {
            Notice::Received(reply) => *lock(&self.reply) = Some(reply.clone()),
            Notice::Progress(bytes) => {
                // The program's function is called with nothing locked.
                let meter = lock(&self.meter).clone();
                if let Some(meter) = meter {
                    let done = meter.offset.saturating_add(bytes);
                    meter.progress.tell(done, u64::MAX, &meter.cancelling);
                }
            }
            _ => {}
        }
    }

    fn take_reply(&self) -> Option<Reply> {
        lock(&self.reply).take()
    }

    fn measure(&self, meter: Option<Meter>) {
        *lock(&self.meter) = meter;
    }
}

impl Progress {
    pub(super) fn tell(self, done: u64, total: u64, cancelling: &Cancelling) {
        // SAFETY: the program has given a function of this type.
        if unsafe { (self.function)(self.user.pointer(), done, total) } != 0 {
            cancelling.cancel();
        }
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
