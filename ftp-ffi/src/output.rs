//! What a session says, as C sees it: a kind and a union of fixed size.

use std::fmt;

use ftp_proto::{Action, Closing, DataMode, Handshake, Instant, Output, Protection, Wait};

use crate::address::ftp_address;
use crate::client::event::ftp_client_event;
use crate::codec::{ftp_codec, ftp_direction, hand_out};
use crate::enumeration::enumeration;
use crate::result::{Failure, ftp_result};
use crate::server::event::ftp_server_event;
use crate::text::ftp_slice;

/// What a session says is to be done. Its size is fixed: a later version of the library has use for
/// what is reserved.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ftp_output {
    /// Which part of `body` holds something.
    pub kind: ftp_output_kind,
    /// 0.
    pub reserved: u32,
    /// What it says, in the part that `kind` names.
    pub body: ftp_output_body,
}

/// The kinds of output. A program that meets a kind it does not know ends the session.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_output_kind {
    /// Nothing more for now: wait for input, for an answer, or until the deadline. (`wait`)
    Wait = 0,
    /// Write these bytes to the control connection, then tell `..._sent` how many were taken. The
    /// rest is offered again. (`send`)
    Send = 1,
    /// The same for one byte, as TCP urgent data where the socket can (`MSG_OOB`): the Data Mark of
    /// the Telnet Synch before ABOR (RFC 959 §4.1.3). (`send`)
    SendUrgent = 2,
    /// Tell the application. (`client` or `server`)
    Event = 3,
    /// Open the data connection by connecting; answer with `..._handle_data_connected` or
    /// `..._handle_data_failed`. (`connect_data`)
    ConnectData = 4,
    /// Reserve an address to listen on; answer with `..._handle_data_listening` or
    /// `..._handle_data_failed`. (`listen_data`)
    ListenData = 5,
    /// The connection is wanted now: accept at the reserved address, and ask
    /// `..._handle_data_accepted` about every connection that comes, until it is to be kept.
    /// (`accept_data`)
    AcceptData = 6,
    /// Move the bytes between the data connection and a file; answer with exactly one
    /// `..._handle_data_ended`, unless `FTP_OUTPUT_KIND_CLOSE_DATA` comes first. (`move_data`)
    MoveData = 7,
    /// The last word on this data connection, exactly once, also behind a clean end: what is still
    /// running ends here, and is not answered. (`close_data`)
    CloseData = 8,
    /// Begin a TLS handshake on the control connection. What was read in clear and not handed over
    /// goes to `..._handle_input` first. Answer with `..._handle_tls_established` or
    /// `..._handle_tls_failed`.
    StartTls = 9,
    /// End TLS on the control connection and go on in clear: send close_notify and wait for the
    /// peer's. Answer with `..._handle_tls_stopped` or `..._handle_tls_failed`.
    StopTls = 10,
    /// Close the control connection, under TLS with close_notify. Nothing follows.
    Close = 11,
}

/// What an output holds; `kind` tells which part.
#[repr(C)]
#[derive(Clone, Copy)]
pub union ftp_output_body {
    /// Bytes to write; they stay until the next call with the session.
    pub send: ftp_slice,
    /// What to wait for.
    pub wait: ftp_wait,
    /// A data connection to open.
    pub connect_data: ftp_connect_data,
    /// An address to reserve.
    pub listen_data: ftp_listen_data,
    /// A connection to accept.
    pub accept_data: ftp_accept_data,
    /// Bytes to move.
    pub move_data: ftp_move_data,
    /// A data connection to part from.
    pub close_data: ftp_close_data,
    /// What a client session tells.
    pub client: ftp_client_event,
    /// What a server session tells.
    pub server: ftp_server_event,
    /// Room for what later versions tell.
    pub room: [u64; 32],
}

// A program in C is compiled with this size, and the header checks it too. The largest part leaves
// room for fields to come.
const _: () = assert!(size_of::<ftp_output>() == 264);
const _: () = assert!(size_of::<ftp_client_event>() <= 224);
const _: () = assert!(size_of::<ftp_server_event>() <= 224);

impl fmt::Debug for ftp_output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl fmt::Debug for ftp_output_body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ftp_output_body")
    }
}

/// What a session waits for.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_wait {
    /// When to poll again, whatever happens until then; `FTP_NEVER` for never.
    pub deadline: u64,
    /// How many bytes of the control connection will be taken now; 0 asks not to read.
    pub read: usize,
    /// Whether bytes wait to be written: they were offered, and not taken.
    pub write: bool,
}

/// With `FTP_OUTPUT_KIND_CONNECT_DATA`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_connect_data {
    /// The data connection.
    pub id: u32,
    /// Which mode this is, for a log.
    pub mode: ftp_data_mode,
    /// Where to connect to.
    pub to: ftp_address,
    /// The local address to connect from, at a server; of family 0 for any, with port 0 for any
    /// port. A port that cannot be bound is replaced by any.
    pub local: ftp_address,
}

/// With `FTP_OUTPUT_KIND_LISTEN_DATA`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_listen_data {
    /// The data connection.
    pub id: u32,
    /// Which mode this is: it selects the driver's range of ports.
    pub mode: ftp_data_mode,
    /// The local address to listen at; its port is 0, the driver picks one.
    pub local: ftp_address,
    /// The only peer whose connection will be kept, its port 0; of family 0 for any.
    pub from: ftp_address,
}

/// With `FTP_OUTPUT_KIND_ACCEPT_DATA`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_accept_data {
    /// The data connection.
    pub id: u32,
}

/// With `FTP_OUTPUT_KIND_MOVE_DATA`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_move_data {
    /// The data connection.
    pub id: u32,
    /// The operation (at a client) or the question that opened the file (at a server).
    pub op: u32,
    /// Which way the bytes go.
    pub direction: ftp_direction,
    /// `FTP_PROTECTION_PRIVATE`: first shake hands, whatever there is to move, and tell
    /// `..._handle_data_secured`. An upload ends with close_notify.
    pub protection: ftp_protection,
    /// What the bytes pass through. It belongs to the program from here on, which frees it with
    /// `ftp_codec_free`.
    pub codec: *mut ftp_codec,
}

/// With `FTP_OUTPUT_KIND_CLOSE_DATA`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_close_data {
    /// The data connection.
    pub id: u32,
    /// How to part from it.
    pub how: ftp_closing,
}

/// Who opens the data connection, said of the server's part (RFC 959 §3.2).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_data_mode {
    /// The client listens and the server connects (PORT, EPRT).
    Active = 0,
    /// The server listens and the client connects (PASV, EPSV).
    Passive = 1,
}
enumeration!(ftp_data_mode tells DataMode { Active, Passive });

/// How to part from a data connection.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_closing {
    /// An ordinary close: everything that was sent is whole.
    Orderly = 0,
    /// Abort the connection (a zero linger time), so that the peer of an upload cut short cannot
    /// take what it has for the whole file.
    Reset = 1,
}
enumeration!(ftp_closing tells Closing { Orderly, Reset });

/// Whether a data connection is protected (RFC 2228 §3, PROT).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_protection {
    /// Bytes cross it in clear.
    Clear = 0,
    /// Bytes cross it under TLS.
    Private = 1,
}
enumeration!(ftp_protection = Protection { Clear, Private });

/// How a TLS handshake came to its end.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_handshake {
    /// It began anew, with certificates.
    Full = 0,
    /// It resumed an earlier session: on a data connection, as far as the driver can tell, the
    /// control connection's.
    Resumed = 1,
}
enumeration!(ftp_handshake = Handshake { Full, Resumed });

impl From<Wait> for ftp_wait {
    fn from(wait: Wait) -> Self {
        Self {
            deadline: wait.deadline.map_or(u64::MAX, Instant::as_micros),
            read: wait.read,
            write: wait.write,
        }
    }
}

/// Where the caller wants an output.
pub(crate) struct Place<'a>(&'a mut ftp_output);

impl<'a> Place<'a> {
    /// All of it is set to 0 first, whatever was there.
    ///
    /// # Safety
    /// `output` is NULL or points to room for an output that nobody else uses during `'a`.
    pub(crate) unsafe fn of(output: *mut ftp_output) -> Result<Self, Failure> {
        if output.is_null() {
            return Err(ftp_result::FtpErrorNull.into());
        }
        // SAFETY: there is room for it, and zeroes are an output: every enumeration begins with 0,
        // and pointers may be NULL.
        unsafe {
            output.write_bytes(0, 1);
            Ok(Self(&mut *output))
        }
    }

    /// Writes an output; `event` writes what it tells.
    pub(crate) fn put<E>(
        self,
        output: Output<'_, E>,
        event: impl FnOnce(E, &mut ftp_output_body),
    ) -> Result<(), Failure> {
        let body = &mut self.0.body;
        self.0.kind = match output {
            Output::Send(bytes) => {
                body.send = ftp_slice::of(bytes);
                ftp_output_kind::Send
            }
            Output::SendUrgent(bytes) => {
                body.send = ftp_slice::of(bytes);
                ftp_output_kind::SendUrgent
            }
            Output::Event(told) => {
                event(told, body);
                ftp_output_kind::Event
            }
            Output::Wait(wait) => {
                body.wait = wait.into();
                ftp_output_kind::Wait
            }
            Output::Action(action) => put_action(action, body)?,
            _ => return Err(unknown()),
        };
        Ok(())
    }
}

fn put_action(action: Action, body: &mut ftp_output_body) -> Result<ftp_output_kind, Failure> {
    Ok(match action {
        Action::ConnectData {
            id,
            mode,
            local,
            to,
        } => {
            body.connect_data = ftp_connect_data {
                id: id.to_raw(),
                mode: mode.into(),
                to: to.into(),
                local: local.map(Into::into).unwrap_or_default(),
            };
            ftp_output_kind::ConnectData
        }
        Action::ListenData {
            id,
            mode,
            local,
            from,
        } => {
            body.listen_data = ftp_listen_data {
                id: id.to_raw(),
                mode: mode.into(),
                local: local.into(),
                from: from.map(Into::into).unwrap_or_default(),
            };
            ftp_output_kind::ListenData
        }
        Action::AcceptData { id } => {
            body.accept_data = ftp_accept_data { id: id.to_raw() };
            ftp_output_kind::AcceptData
        }
        Action::MoveData {
            id,
            op,
            direction,
            protection,
            codec,
        } => {
            body.move_data = ftp_move_data {
                id: id.to_raw(),
                op: op.to_raw(),
                direction: direction.into(),
                protection: protection.into(),
                codec: hand_out(codec),
            };
            ftp_output_kind::MoveData
        }
        Action::CloseData { id, how } => {
            body.close_data = ftp_close_data {
                id: id.to_raw(),
                how: how.into(),
            };
            ftp_output_kind::CloseData
        }
        Action::StartTls => ftp_output_kind::StartTls,
        Action::StopTls => ftp_output_kind::StopTls,
        Action::Close => ftp_output_kind::Close,
        _ => return Err(unknown()),
    })
}

/// The core says something that this library has no word for: both are built together, so that this
/// is a fault.
fn unknown() -> Failure {
    Failure::new(ftp_result::FtpErrorOther, "an output that has no kind")
}
