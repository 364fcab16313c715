//! The client's side of a control connection: the user-PI.

mod config;
pub(crate) mod event;
mod verbs;

use std::ffi::c_void;

use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession};
use ftp_proto::codec::feature::Features;
use ftp_proto::{ControlAddresses, DataId, Instant, OpId};

pub use config::*;
pub use event::*;
pub use verbs::*;

use crate::address::{address, ftp_address};
use crate::handle::{Handle, LastError, ask, free, last_error, make, opaque, with, with_last};
use crate::listing::ftp_entry;
use crate::output::{Place, ftp_output, ftp_wait};
use crate::reply::ftp_reply;
use crate::result::{Failure, ftp_result};
use crate::session::{
    self, Driven, accepted, ended, established, failed, ftp_accepted, input, listening, marker,
    secured, tell,
};
use crate::text::{ftp_slice, must_be_given, write};

/// The client's side of one control connection, without I/O: a state machine that the program
/// drives. Its loop:
///
///     for (;;) {
///       ftp_client_poll(client, now(), &output);
///       switch (output.kind) {
///         case FTP_OUTPUT_KIND_SEND:  write some of it, then ftp_client_sent
///         case FTP_OUTPUT_KIND_EVENT: tell the application
///         case FTP_OUTPUT_KIND_WAIT:  wait for input, an answer, or the deadline
///         default:                    begin the action; tell how it went by ftp_client_handle_...
///       }
///     }
///
/// One thread at a time.
pub struct ftp_client(Handle<Client>);
opaque!(ftp_client, Client);

pub(crate) struct Client {
    pub(crate) session: ClientSession,
    /// The last event, as long as the caller looks at it.
    told: Option<ClientEvent>,
    /// What of it is not there in the form that C has.
    text: String,
    entry: Box<ftp_entry>,
    features: Option<Features>,
}

impl Driven for Client {
    type Session = ClientSession;

    fn session(&mut self) -> &mut ClientSession {
        &mut self.session
    }
}

impl Client {
    fn poll(
        &mut self,
        now: Instant,
        place: Place<'_>,
        last: &mut LastError,
    ) -> Result<(), Failure> {
        self.told = None;
        let output = match self.session.poll_output(now) {
            Ok(output) => output,
            Err(error) => return Err(Failure::from(&error)),
        };
        let (told, text, entry) = (&mut self.told, &mut self.text, &mut self.entry);
        let features = &mut self.features;
        place.put(output, |event, body| {
            let event = told.insert(event);
            // SAFETY: the body is zeroes, which are an event: each of its enumerations begins with 0.
            let into = unsafe { &mut body.client };
            event::tell(into, event, text, entry, features, last);
        })
    }
}

/// A session over a control connection that was just made, which is NULL unless the result is
/// `FTP_OK`. `config` may be NULL for the defaults, and freed afterwards; `local` and `peer` are the
/// two ends of the control connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_new(
    config: *const ftp_client_config,
    local: *const ftp_address,
    peer: *const ftp_address,
    now: u64,
    client: *mut *mut ftp_client,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        make(client, || {
            let addresses = ControlAddresses::new(address(local)?, address(peer)?);
            let config = match config.is_null() {
                true => ClientConfig::default(),
                false => ask(config, None, |config| Some(config.clone()))
                    .ok_or(ftp_result::FtpErrorInUse)?,
            };
            Ok(Client {
                session: ClientSession::new(config, addresses, Instant::from_micros(now)),
                told: None,
                text: String::new(),
                entry: Box::default(),
                features: None,
            })
        })
    }
}

/// The next thing to do: fills `output`. Call it until it says `FTP_OUTPUT_KIND_WAIT`, and again
/// after every other call, and when the deadline has come. `now` is the time in microseconds of a
/// monotonic clock. What the output points to stays until the next call of this function, bytes to
/// be sent until the next call with this session.
///
/// A result of 40 or more is the end of the session: the server broke the protocol, went silent or
/// went away. Every later call gives the same, and the driver drops every socket.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_poll(
    client: *mut ftp_client,
    now: u64,
    output: *mut ftp_output,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with_last(client, |client, last| {
            client.poll(Instant::from_micros(now), Place::of(output)?, last)
        })
    }
}

/// So many of the bytes offered were written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_sent(client: *mut ftp_client, bytes: usize) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.sent(bytes)) }
}

/// Nothing can be sent any more: a write to the control connection has failed. Go on reading: what
/// the peer said before it went away tells more than that it did.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_send_lost(client: *mut ftp_client) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.handle_send_lost()) }
}

/// Takes bytes that came on the control connection; `taken` is set to how many, which is all that
/// `ftp_wait.read` allowed. What was not taken is handed over again. After the end of the session
/// all are taken, and forgotten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_input(
    client: *mut ftp_client,
    data: *const c_void,
    len: usize,
    taken: *mut usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { input(client, data, len, taken) }
}

/// The peer has closed its side of the control connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_eof(client: *mut ftp_client) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.handle_eof()) }
}

/// The control connection broke: nothing can be sent any more, and nothing more will come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_lost(client: *mut ftp_client) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.handle_lost()) }
}

/// A listener is bound; `announced` is the address that the peer must be told: the one that it can
/// reach, with the port bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_listening(
    client: *mut ftp_client,
    id: u32,
    announced: *const ftp_address,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { listening(client, id, announced) }
}

/// A connection came to the listener: is it the data connection? `FTP_ACCEPTED_KEEP` counts as
/// `ftp_client_handle_data_connected`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_accepted(
    client: *mut ftp_client,
    id: u32,
    from: *const ftp_address,
    verdict: *mut ftp_accepted,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { accepted(client, id, from, verdict) }
}

/// The data connection asked for by `FTP_OUTPUT_KIND_CONNECT_DATA` is made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_connected(
    client: *mut ftp_client,
    id: u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        tell(client, |session| {
            session.handle_data_connected(DataId::from_raw(id))
        })
    }
}

/// The data connection asked for, or its listener, cannot be had: an `ftp_data_failure`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_failed(
    client: *mut ftp_client,
    id: u32,
    why: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { failed(client, id, why) }
}

/// So many bytes have crossed the data connection in all. Tell it before a poll whose deadline has
/// come: bytes that have moved and were not told of count as stalled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_progress(
    client: *mut ftp_client,
    id: u32,
    total: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        tell(client, |session| {
            session.handle_data_progress(DataId::from_raw(id), total)
        })
    }
}

/// A restart marker came among the data (`ftp_codec_take_marker`): what the sender calls this place,
/// and where in the local file it stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_marker(
    client: *mut ftp_client,
    id: u32,
    text: *const std::ffi::c_char,
    text_len: usize,
    position: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { marker(client, id, text, text_len, position) }
}

/// The TLS handshake of a data connection is done: an `ftp_handshake`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_secured(
    client: *mut ftp_client,
    id: u32,
    handshake: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { secured(client, id, handshake) }
}

/// All has crossed this data connection, close_notify too, and only the server's own end of it is
/// waited for: should that not come, nothing is lost. A driver that does not wait never says it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_crossed(
    client: *mut ftp_client,
    id: u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        tell(client, |session| {
            session.handle_data_crossed(DataId::from_raw(id))
        })
    }
}

/// The bytes wait for the program's own end, a file that cannot be read or written just now: that
/// time does not count as a stalled transfer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_held_up(
    client: *mut ftp_client,
    id: u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        tell(client, |session| {
            session.handle_data_held_up(DataId::from_raw(id))
        })
    }
}

/// The bytes have stopped moving: how many crossed the data connection, and an `ftp_data_ending`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_data_ended(
    client: *mut ftp_client,
    id: u32,
    bytes: u64,
    ending: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { ended(client, id, bytes, ending) }
}

/// The control connection is under TLS, by an `ftp_handshake`; `certificate` is the peer's own in
/// DER, which the driver has verified, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_tls_established(
    client: *mut ftp_client,
    handshake: i32,
    certificate: *const c_void,
    certificate_len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { established(client, handshake, certificate, certificate_len) }
}

/// The control connection could not be brought under TLS, or out of it in order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_tls_failed(client: *mut ftp_client) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.handle_tls_failed()) }
}

/// TLS has ended on the control connection, which goes on in clear.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_handle_tls_stopped(client: *mut ftp_client) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.handle_tls_stopped()) }
}

/// What the session waits for, at any time, so that a blocked write stops neither reading nor the
/// clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_wait(
    client: *const ftp_client,
    wait: *mut ftp_wait,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { session::wait(client, wait) }
}

/// Whether the session has come to its end: nothing is read any more, and what is still queued leads
/// to `FTP_OUTPUT_KIND_CLOSE`. True for NULL and after a fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_is_over(client: *const ftp_client) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(client, true, |client| client.session.is_over()) }
}

/// Whether no operation runs or waits. False for NULL and after a fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_is_idle(client: *const ftp_client) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(client, false, |client| client.session.is_idle()) }
}

/// Frees a session; NULL is nothing to free. Codecs that it handed out live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_free(client: *mut ftp_client) {
    // SAFETY: as the header asks.
    unsafe { free(client) }
}

/// What the last call on this session that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_last_error(client: *const ftp_client) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(client) }
}

/// The last reply that a failed poll or an event has told; its code is 0 where there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_last_reply(
    client: *const ftp_client,
    reply: *mut ftp_reply,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with_last(client, |_, last| {
            must_be_given(reply)?;
            write(reply, last.reply().map_or(ftp_reply::NONE, ftp_reply::from))
        })
    }
}

/// Whether the server has greeted and TLS, where it is asked for, is set up: operations run from now
/// on. False for NULL and after a fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_is_ready(client: *const ftp_client) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(client, false, |client| client.session.is_ready()) }
}

/// The feature of this number, counted from 0, as the server listed it when `ftp_client_features` was
/// last answered; it stays until it is answered again. `FTP_ERROR_RANGE` behind the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_feature(
    client: *const ftp_client,
    index: usize,
    feature: *mut ftp_slice,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(client, |client| {
            must_be_given(feature)?;
            let mut listed = client.features.iter().flat_map(Features::iter);
            let line = listed.nth(index).ok_or(ftp_result::FtpErrorRange)?;
            write(feature, ftp_slice::of(line))
        })
    }
}

/// Ends an operation early. One that waits is taken out; a transfer that runs is stopped, by ABOR if
/// the server has its command. Any other command that the server has by now ends as it ends, and a
/// number that is no operation's is passed over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_abort(client: *mut ftp_client, op: u32) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { tell(client, |session| session.abort(OpId::from_raw(op))) }
}
