//! The server's side of a control connection: the server-PI.

mod answer;
mod config;
pub(crate) mod event;

use std::ffi::c_void;
use std::sync::Arc;

use ftp_proto::server::{ServerConfig, ServerSession};
use ftp_proto::{ControlAddresses, DataId, Instant};

pub use answer::*;
pub use config::*;
pub use event::*;

use crate::address::{address, ftp_address};
use crate::enumeration::enumeration;
use crate::handle::{Handle, ask, free, last_error, make, opaque, with, with_last};
use crate::output::{Place, ftp_output, ftp_wait};
use crate::result::{Failure, ftp_result};
use crate::session::{
    self, Driven, accepted, ended, established, failed, ftp_accepted, input, listening, marker,
    secured, tell,
};
use crate::text::{ftp_slice, must_be_given, write};
use answer::Asked;
use event::Told;

/// The server's side of one control connection, without I/O: a state machine that the program drives
/// by the same loop as an `ftp_client`. What needs the program is an event that asks; it is answered
/// by `ftp_server_answer_...`, once, now or later. One thread at a time.
pub struct ftp_server(Handle<Server>);
opaque!(ftp_server, Server);

pub(crate) struct Server {
    pub(crate) session: ServerSession,
    /// The last event, as long as the caller looks at it.
    told: Told,
    asked: Asked,
}

impl Driven for Server {
    type Session = ServerSession;

    fn session(&mut self) -> &mut ServerSession {
        &mut self.session
    }
}

impl Server {
    fn poll(&mut self, now: Instant, place: Place<'_>) -> Result<(), Failure> {
        self.told = Told::Nothing;
        let output = self.session.poll_output(now);
        let (told, asked) = (&mut self.told, &mut self.asked);
        place.put(output, |event, body| {
            body.server = event::tell(event, told, asked);
        })
    }
}

/// How a control connection begins.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_opening {
    /// In clear: the greeting is the first output.
    Clear = 0,
    /// With TLS, on a port of its own (implicit TLS, RFC 4217 §1): the greeting follows inside.
    Tls = 1,
}
enumeration!(ftp_opening { Clear, Tls });

/// A session on a control connection that was just accepted, which is NULL unless the result is
/// `FTP_OK`. `config` may be NULL for the defaults; sessions share it, and it may be changed or freed
/// afterwards, which changes nothing for them. `local` and `peer` are the two ends of the control
/// connection, `opening` an `ftp_opening`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_new(
    config: *const ftp_server_config,
    local: *const ftp_address,
    peer: *const ftp_address,
    opening: i32,
    now: u64,
    server: *mut *mut ftp_server,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        make(server, || {
            let addresses = ControlAddresses::new(address(local)?, address(peer)?);
            let now = Instant::from_micros(now);
            let config = match config.is_null() {
                true => Arc::new(ServerConfig::default()),
                false => ask(config, None, |config| Some(Arc::clone(config)))
                    .ok_or(ftp_result::FtpErrorInUse)?,
            };
            let session = match ftp_opening::from_raw(opening)? {
                ftp_opening::Clear => ServerSession::new(config, addresses, now),
                ftp_opening::Tls => ServerSession::with_implicit_tls(config, addresses, now),
            };
            Ok(Server {
                session,
                told: Told::Nothing,
                asked: Asked::default(),
            })
        })
    }
}

/// The next thing to do: fills `output`. Call it until it says `FTP_OUTPUT_KIND_WAIT`, and again
/// after every other call, and when the deadline has come. `now` is the time in microseconds of a
/// monotonic clock. What the output points to stays until the next call of this function, bytes to
/// be sent until the next call with this session.
///
/// A server session never fails: its last word is `FTP_OUTPUT_KIND_CLOSE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_poll(
    server: *mut ftp_server,
    now: u64,
    output: *mut ftp_output,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with_last(server, |server, _| {
            server.poll(Instant::from_micros(now), Place::of(output)?)
        })
    }
}

/// So many of the bytes offered were written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_sent(server: *mut ftp_server, bytes: usize) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.sent(bytes)) }
}

/// Nothing can be sent any more: a write to the control connection has failed. Go on reading: what
/// the peer said before it went away tells more than that it did.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_send_lost(server: *mut ftp_server) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.handle_send_lost()) }
}

/// Takes bytes that came on the control connection; `taken` is set to how many, which is all that
/// `ftp_wait.read` allowed. What was not taken is handed over again. After the end of the session
/// all are taken, and forgotten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_input(
    server: *mut ftp_server,
    data: *const c_void,
    len: usize,
    taken: *mut usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { input(server, data, len, taken) }
}

/// The peer has closed its side of the control connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_eof(server: *mut ftp_server) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.handle_eof()) }
}

/// The control connection broke: nothing can be sent any more, and nothing more will come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_lost(server: *mut ftp_server) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.handle_lost()) }
}

/// A listener is bound; `announced` is the address that the peer must be told: the one that it can
/// reach, with the port bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_listening(
    server: *mut ftp_server,
    id: u32,
    announced: *const ftp_address,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { listening(server, id, announced) }
}

/// A connection came to the listener: is it the data connection? `FTP_ACCEPTED_KEEP` counts as
/// `ftp_server_handle_data_connected`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_accepted(
    server: *mut ftp_server,
    id: u32,
    from: *const ftp_address,
    verdict: *mut ftp_accepted,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { accepted(server, id, from, verdict) }
}

/// The data connection asked for by `FTP_OUTPUT_KIND_CONNECT_DATA` is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_connected(
    server: *mut ftp_server,
    id: u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        tell(server, |session| {
            session.handle_data_connected(DataId::from_raw(id))
        })
    }
}

/// The data connection asked for, or its listener, cannot be had: an `ftp_data_failure`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_failed(
    server: *mut ftp_server,
    id: u32,
    why: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { failed(server, id, why) }
}

/// So many bytes have crossed the data connection in all. Tell it before a poll whose deadline has
/// come: bytes that have moved and were not told of count as stalled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_progress(
    server: *mut ftp_server,
    id: u32,
    total: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        tell(server, |session| {
            session.handle_data_progress(DataId::from_raw(id), total)
        })
    }
}

/// A restart marker came among the data (`ftp_codec_take_marker`): what the sender calls this place,
/// and where in the local file it stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_marker(
    server: *mut ftp_server,
    id: u32,
    text: *const std::ffi::c_char,
    text_len: usize,
    position: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { marker(server, id, text, text_len, position) }
}

/// The TLS handshake of a data connection is done: an `ftp_handshake`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_secured(
    server: *mut ftp_server,
    id: u32,
    handshake: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { secured(server, id, handshake) }
}

/// The bytes have stopped moving: how many crossed the data connection, and an `ftp_data_ending`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_data_ended(
    server: *mut ftp_server,
    id: u32,
    bytes: u64,
    ending: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { ended(server, id, bytes, ending) }
}

/// The control connection is under TLS, by an `ftp_handshake`; `certificate` is the peer's own in
/// DER, which the driver has verified, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_tls_established(
    server: *mut ftp_server,
    handshake: i32,
    certificate: *const c_void,
    certificate_len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { established(server, handshake, certificate, certificate_len) }
}

/// The control connection could not be brought under TLS, or out of it in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_tls_failed(server: *mut ftp_server) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.handle_tls_failed()) }
}

/// TLS has ended on the control connection, which goes on in clear.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_handle_tls_stopped(server: *mut ftp_server) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.handle_tls_stopped()) }
}

/// What the session waits for, at any time, so that a blocked write stops neither reading nor the
/// clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_wait(
    server: *const ftp_server,
    wait: *mut ftp_wait,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { session::wait(server, wait) }
}

/// Whether the session has come to its end: nothing is read any more, and what is still queued leads
/// to `FTP_OUTPUT_KIND_CLOSE`. True for NULL and after a fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_is_over(server: *const ftp_server) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(server, true, |server| server.session.is_over()) }
}

/// Whether no command is being carried out and nothing waits to be sent. False for NULL and after a fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_is_idle(server: *const ftp_server) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(server, false, |server| server.session.is_idle()) }
}

/// Frees a session; NULL is nothing to free. Codecs that it handed out live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_free(server: *mut ftp_server) {
    // SAFETY: as the header asks.
    unsafe { free(server) }
}

/// What the last call on this session that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_last_error(server: *const ftp_server) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(server) }
}

/// Ends the session in order: a transfer that is running ends first, then the client is told with
/// 421.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_stop(server: *mut ftp_server) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(server, |session| session.stop()) }
}

/// The user who has logged in; its `data` is NULL while nobody has. It stays until the next call with
/// this session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_user(
    server: *const ftp_server,
    user: *mut ftp_slice,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(server, |server| {
            must_be_given(user)?;
            write(user, ftp_slice::of_option(server.session.user()))
        })
    }
}
