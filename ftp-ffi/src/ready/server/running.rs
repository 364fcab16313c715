//! Starting, watching and stopping a server.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ftp_io::server::ServerHandle;
use tokio::runtime::Runtime;

use super::event::{Texts, ftp_ready_event, ftp_ready_event_kind, nothing, told};
use super::options::{Made, Renewable, Settings, ftp_ready_server_options};
use super::queue::{Next, Queue, ftp_ready_counters, listener};
use crate::handle::{Handle, Opaque, ask, free, guard, last_error, new, with};
use crate::ready::failure::system;
use crate::ready::signal;
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, must_be_given, write};

/// A server that runs by itself, in threads of its own. They block signals, so that the program's
/// handlers run in the program's threads. The functions that say so may be called from any thread at
/// any time until the server is freed; for the others the rule of all handles holds.
pub struct ftp_ready_server(Handle<Serving>, Shared);

impl Opaque for ftp_ready_server {
    type Value = Serving;

    fn wrap(serving: Serving) -> Self {
        let shared = Shared(Arc::clone(&serving.shared));
        Self(Handle::new(serving), shared)
    }

    fn handle(&self) -> &Handle<Serving> {
        &self.0
    }
}

impl fmt::Debug for ftp_ready_server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ftp_ready_server")
    }
}

/// A server that has not been started. NULL only where there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_ready_server_new() -> *mut ftp_ready_server {
    new(Serving::default)
}

/// Frees a server. One that runs is stopped at once, and its threads are gone when this returns.
/// NULL may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_free(server: *mut ftp_ready_server) {
    // SAFETY: the caller frees it once, and uses it no more.
    unsafe { free(server) };
}

/// The text of the last call on this server that failed; empty if none has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_last_error(server: *const ftp_ready_server) -> ftp_slice {
    // SAFETY: the caller gives a handle.
    unsafe { last_error(server) }
}

/// Listens, and serves in threads of its own from now on. The options can be freed or used again
/// afterwards. A server is started once.
///
/// FTP_ERROR_SYSTEM: the directory cannot be opened, or an address cannot be listened at.
/// FTP_ERROR_TLS: the certificate cannot be used, or there is none though TLS is asked for.
/// FTP_ERROR_STARTED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_start(
    server: *mut ftp_ready_server,
    options: *const ftp_ready_server_options,
) -> ftp_result {
    // SAFETY: the caller gives handles.
    unsafe {
        with(server, |serving: &mut Serving| {
            let mut settings = None;
            let taken = with(options, |given: &mut Settings| {
                settings = Some(given.clone());
                Ok(())
            });
            match settings {
                Some(settings) => serving.start(settings),
                None => Err(taken.into()),
            }
        })
    }
}

/// At how many addresses the server listens; 0 before it is started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_address_count(server: *const ftp_ready_server) -> usize {
    // SAFETY: the caller gives a handle.
    unsafe {
        ask(server, 0, |serving: &mut Serving| {
            serving
                .running
                .as_ref()
                .map_or(0, |running| running.addresses.len())
        })
    }
}

/// Where the server listens, by the place from 0 on, in the order asked for, those for TLS from the
/// start last: the address as in `127.0.0.1:2121`, with the port that was picked. It stays until the
/// server is freed. FTP_ERROR_RANGE: there are not so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_address(
    server: *const ftp_ready_server,
    at: usize,
    address: *mut ftp_slice,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        with(server, |serving: &mut Serving| {
            must_be_given(address)?;
            let (_, text) = serving.address(at)?;
            write(address, ftp_slice::of(text.as_bytes()))
        })
    }
}

/// The port of such an address; 0 if there are not so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_port(server: *const ftp_ready_server, at: usize) -> u16 {
    // SAFETY: the caller gives a handle.
    unsafe {
        ask(server, 0, |serving: &mut Serving| {
            serving.address(at).map_or(0, |(address, _)| address.port())
        })
    }
}

/// Waits for the next event, so many microseconds at most: 0 to look only, FTP_NEVER for ever. What
/// has come is in `event`: FTP_READY_EVENT_KIND_NONE if nothing has in time, and
/// FTP_READY_EVENT_KIND_ENDED once the server has ended and every event was taken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_next_event(
    server: *mut ftp_ready_server,
    microseconds: u64,
    event: *mut ftp_ready_event,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        with(server, |serving: &mut Serving| {
            must_be_given(event)?;
            let queue = serving.queue()?;
            let next = queue.next(within(microseconds));
            let made = match &next {
                Next::Nothing => nothing(ftp_ready_event_kind::None),
                Next::Ended => nothing(ftp_ready_event_kind::Ended),
                Next::Event(next, transfer) => told(next, transfer.as_ref(), &mut serving.texts),
            };
            write(event, made)
        })
    }
}

/// A descriptor that is readable while an event, or the end of the server, is to be taken; for
/// poll(2) and such, and for nothing else. It belongs to the server. -1 before it is started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_descriptor(server: *const ftp_ready_server) -> i32 {
    // SAFETY: the caller gives a handle.
    unsafe {
        ask(server, -1, |serving: &mut Serving| {
            serving.queue().map_or(-1, |queue| queue.descriptor())
        })
    }
}

/// What the server has done so far. Any thread, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_counters(
    server: *const ftp_ready_server,
    counters: *mut ftp_ready_counters,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        started(server, |control| {
            must_be_given(counters)?;
            write(counters, control.queue.counters())
        })
    }
}

/// Ends the server in order: it listens no more, running transfers end first, then their clients are
/// told with 421. Does not wait. Any thread, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_stop(server: *const ftp_ready_server) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        started(server, |control| {
            control.handle.stop();
            Ok(())
        })
    }
}

/// Ends the server at once: every connection is closed as it is. Does not wait. Any thread, at any
/// time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_stop_now(server: *const ftp_ready_server) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        started(server, |control| {
            control.handle.stop_now();
            Ok(())
        })
    }
}

/// Waits until the server has ended, so many microseconds at most, FTP_NEVER for ever; `has_ended`
/// is set to whether it has. Somebody must have said so. Any thread, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_wait(
    server: *const ftp_ready_server,
    microseconds: u64,
    has_ended: *mut bool,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        started(server, |control| {
            must_be_given(has_ended)?;
            write(has_ended, control.queue.wait_for_end(within(microseconds)))
        })
    }
}

/// Reads the certificate and the file of users again. Sessions that run keep what they began with;
/// after a failure so does the server. Any thread, at any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_renew(server: *const ftp_ready_server) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe { started(server, |control| control.renewable.renew()) }
}

/// What stands behind the handle.
#[derive(Default)]
pub(crate) struct Serving {
    running: Option<Running>,
    shared: Arc<Mutex<Option<Arc<Control>>>>,
    /// What the last event's slices point to.
    texts: Texts,
}

/// What any thread may reach at any time.
struct Shared(Arc<Mutex<Option<Arc<Control>>>>);

/// A server that was started.
struct Running {
    control: Arc<Control>,
    addresses: Vec<(SocketAddr, String)>,
    /// Its threads; taken away when they are joined.
    runtime: Option<Runtime>,
}

struct Control {
    handle: ServerHandle,
    queue: Arc<Queue>,
    renewable: Renewable,
}

impl Serving {
    fn start(&mut self, settings: Settings) -> Result<(), Failure> {
        if self.running.is_some() {
            return Err(ftp_result::FtpErrorStarted.into());
        }
        let (room, threads) = (settings.event_room, settings.threads);
        let Made { builder, renewable } = settings.make()?;
        let queue = Arc::new(Queue::new(room).map_err(|error| system(&error))?);
        let builder = builder.on_event(listener(&queue));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("ftpproto")
            .on_thread_start(signal::block_all)
            .enable_all()
            .build()
            .map_err(|error| system(&error))?;
        let server = runtime.block_on(builder.bind());
        let server = server.map_err(|error| Failure::of(ftp_result::FtpErrorSystem, &error))?;
        let addresses = server.local_addresses().iter();
        let addresses = addresses.map(|address| (*address, address.to_string()));
        let addresses = addresses.collect();
        let control = Arc::new(Control {
            handle: server.handle(),
            queue: Arc::clone(&queue),
            renewable,
        });
        let _detached = runtime.spawn(async move {
            // Told also if serving panics.
            let _end = End(queue);
            server.run().await;
        });
        *lock(&self.shared) = Some(Arc::clone(&control));
        self.running = Some(Running {
            control,
            addresses,
            runtime: Some(runtime),
        });
        Ok(())
    }

    fn queue(&self) -> Result<&Queue, Failure> {
        let running = self.running.as_ref();
        let running = running.ok_or(ftp_result::FtpErrorNotConnected)?;
        Ok(&running.control.queue)
    }

    fn address(&self, at: usize) -> Result<&(SocketAddr, String), Failure> {
        let running = self.running.as_ref();
        let running = running.ok_or(ftp_result::FtpErrorNotConnected)?;
        Ok(running.addresses.get(at).ok_or(ftp_result::FtpErrorRange)?)
    }
}

/// Tells the end of the server when it is dropped.
struct End(Arc<Queue>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.control.handle.stop_now();
        self.control.queue.wait_for_end(None);
        // Joins its threads.
        drop(self.runtime.take());
    }
}

/// Carries out a call that any thread may make at any time.
///
/// # Safety
/// `server` is NULL or a handle that is not freed during the call.
unsafe fn started(
    server: *const ftp_ready_server,
    call: impl FnOnce(&Control) -> Result<(), Failure>,
) -> ftp_result {
    // SAFETY: as this function asks.
    let Some(server) = (unsafe { server.as_ref() }) else {
        return ftp_result::FtpErrorNull;
    };
    guard(|| {
        let control = lock(&server.1.0).clone();
        call(&*control.ok_or(ftp_result::FtpErrorNotConnected)?)
    })
}

const fn within(microseconds: u64) -> Option<Duration> {
    match microseconds {
        u64::MAX => None,
        microseconds => Some(Duration::from_micros(microseconds)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
