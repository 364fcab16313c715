//! What both roles take over the boundary: outputs, addresses, texts.

use std::ffi::c_void;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::ptr;

use ftp_proto::codec::command::{RepresentationType, TransferMode};
use ftp_proto::data::{Codec, CodecOptions, TransferParameters};
use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataFailure, DataId, DataMode, Direction,
    Handshake, Instant, LocalFailure, OpId, Output, Protection, Wait,
};
use ftpproto::*;

/// A call that must go well.
#[track_caller]
pub(crate) fn well(result: ftp_result) {
    assert_eq!(result, ftp_result::FtpOk);
}

/// The bytes of a slice, copied.
pub(crate) fn bytes(slice: ftp_slice) -> Vec<u8> {
    match slice.data.is_null() {
        true => Vec::new(),
        // SAFETY: the library says so, and no call with the handle came between.
        false => unsafe { std::slice::from_raw_parts(slice.data.cast(), slice.len) }.to_vec(),
    }
}

/// The same as text; errors are told in UTF-8.
pub(crate) fn string(slice: ftp_slice) -> String {
    String::from_utf8(bytes(slice)).expect("UTF-8")
}

/// What the session says, unless it tells an event; `event` words that.
pub(crate) fn output<'a, E>(
    output: &'a ftp_output,
    event: impl FnOnce(&ftp_output_body) -> E,
) -> Output<'a, E> {
    let body = &output.body;
    // SAFETY: the kind says which part of the union there is.
    unsafe {
        match output.kind {
            ftp_output_kind::Wait => Output::Wait(wait(body.wait)),
            ftp_output_kind::Send | ftp_output_kind::SendUrgent => {
                let send = body.send;
                let bytes = std::slice::from_raw_parts(send.data.cast(), send.len);
                match output.kind {
                    ftp_output_kind::Send => Output::Send(bytes),
                    _ => Output::SendUrgent(bytes),
                }
            }
            ftp_output_kind::Event => Output::Event(event(body)),
            _ => Output::Action(action(output)),
        }
    }
}

pub(crate) fn wait(wait: ftp_wait) -> Wait {
    Wait {
        read: wait.read,
        write: wait.write,
        deadline: (wait.deadline != u64::MAX).then(|| Instant::from_micros(wait.deadline)),
    }
}

fn action(output: &ftp_output) -> Action {
    let body = &output.body;
    // SAFETY: the kind says which part of the union there is.
    unsafe {
        match output.kind {
            ftp_output_kind::ConnectData => Action::ConnectData {
                id: DataId::from_raw(body.connect_data.id),
                mode: mode(body.connect_data.mode),
                local: socket_address(&body.connect_data.local),
                to: socket_address(&body.connect_data.to).expect("an address"),
            },
            ftp_output_kind::ListenData => Action::ListenData {
                id: DataId::from_raw(body.listen_data.id),
                mode: mode(body.listen_data.mode),
                local: socket_address(&body.listen_data.local).expect("an address"),
                from: socket_address(&body.listen_data.from).map(|from| from.ip()),
            },
            ftp_output_kind::AcceptData => Action::AcceptData {
                id: DataId::from_raw(body.accept_data.id),
            },
            ftp_output_kind::MoveData => {
                let moving = body.move_data;
                let direction = match moving.direction {
                    ftp_direction::Send => Direction::Send,
                    ftp_direction::Receive => Direction::Receive,
                };
                let codec = same_kind(moving.codec, direction);
                ftp_codec_free(moving.codec);
                Action::MoveData {
                    id: DataId::from_raw(moving.id),
                    op: OpId::from_raw(moving.op),
                    direction,
                    protection: match moving.protection {
                        ftp_protection::Clear => Protection::Clear,
                        ftp_protection::Private => Protection::Private,
                    },
                    codec,
                }
            }
            ftp_output_kind::CloseData => Action::CloseData {
                id: DataId::from_raw(body.close_data.id),
                how: match body.close_data.how {
                    ftp_closing::Orderly => Closing::Orderly,
                    ftp_closing::Reset => Closing::Reset,
                },
            },
            ftp_output_kind::StartTls => Action::StartTls,
            ftp_output_kind::StopTls => Action::StopTls,
            ftp_output_kind::Close => Action::Close,
            other => panic!("no action: {other:?}"),
        }
    }
}

/// A codec of the kind that this one shows itself to be.
fn same_kind(codec: *mut ftp_codec, direction: Direction) -> Codec {
    let (line, ascii): (&[u8], &[u8]) = match direction {
        Direction::Send => (b"a\n", b"a\r\n"),
        Direction::Receive => (b"a\r\n", b"a\n"),
    };
    let (mut made, mut read, mut written, mut finished) = ([0; 1024], 0, 0, false);
    // SAFETY: everything points to what it says.
    let (is_passthrough, result) = unsafe {
        let is_passthrough = ftp_codec_is_passthrough(codec);
        let result = ftp_codec_run(
            codec,
            line.as_ptr().cast(),
            line.len(),
            made.as_mut_ptr().cast::<c_void>(),
            made.len(),
            ftp_source::Ends as i32,
            &mut read,
            &mut written,
            &mut finished,
        );
        (is_passthrough, result)
    };
    let mode = match &made[..written] {
        _ if is_passthrough => {
            assert_eq!(&made[..written], line, "the bytes as they are");
            None
        }
        made if made == ascii => Some(TransferMode::Stream),
        // A stream of zlib begins so, and a line of text is none.
        [0x78, ..] => Some(TransferMode::Deflate),
        [] if result == ftp_result::FtpErrorMalformed && direction == Direction::Receive => {
            Some(TransferMode::Deflate)
        }
        _ => Some(TransferMode::Block),
    };
    let parameters = match mode {
        None => TransferParameters::IMAGE,
        Some(mode) => TransferParameters {
            mode,
            representation: RepresentationType::Ascii(Default::default()),
            ..TransferParameters::DEFAULT
        },
    };
    Codec::new(direction, parameters, CodecOptions::default()).expect("a codec")
}

const fn mode(mode: ftp_data_mode) -> DataMode {
    match mode {
        ftp_data_mode::Active => DataMode::Active,
        ftp_data_mode::Passive => DataMode::Passive,
    }
}

pub(crate) fn socket_address(address: &ftp_address) -> Option<SocketAddr> {
    let [a, b, c, d, ..] = address.ip;
    match address.family {
        0 => None,
        4 => Some((Ipv4Addr::new(a, b, c, d), address.port).into()),
        _ => {
            let ip = Ipv6Addr::from(address.ip);
            Some(SocketAddrV6::new(ip, address.port, 0, address.scope).into())
        }
    }
}

/// An address as C tells it, filled in by hand.
pub(crate) fn c_address(address: SocketAddr) -> ftp_address {
    let mut made = ftp_address {
        port: address.port(),
        ..ftp_address::default()
    };
    match address.ip() {
        IpAddr::V4(ip) => {
            made.family = 4;
            made.ip[..4].copy_from_slice(&ip.octets());
        }
        IpAddr::V6(ip) => {
            made.family = 6;
            made.ip = ip.octets();
        }
    }
    if let SocketAddr::V6(address) = address {
        made.scope = address.scope_id();
    }
    made
}

pub(crate) const fn failure(why: DataFailure) -> i32 {
    let why = match why {
        DataFailure::Refused => ftp_data_failure::Refused,
        DataFailure::Unreachable => ftp_data_failure::Unreachable,
        DataFailure::TimedOut => ftp_data_failure::TimedOut,
        DataFailure::NoAddress => ftp_data_failure::NoAddress,
        _ => ftp_data_failure::Other,
    };
    why as i32
}

pub(crate) const fn ending(end: DataEnd) -> i32 {
    let ending = match end.ending {
        DataEnding::Complete => ftp_data_ending::Complete,
        DataEnding::Reset => ftp_data_ending::Reset,
        DataEnding::Truncated => ftp_data_ending::Truncated,
        DataEnding::HandshakeFailed => ftp_data_ending::HandshakeFailed,
        DataEnding::Unproven => ftp_data_ending::Unproven,
        DataEnding::Local(LocalFailure::NoSpace) => ftp_data_ending::NoSpace,
        _ => ftp_data_ending::Local,
    };
    ending as i32
}

pub(crate) const fn handshake(handshake: Handshake) -> i32 {
    let handshake = match handshake {
        Handshake::Full => ftp_handshake::Full,
        Handshake::Resumed => ftp_handshake::Resumed,
    };
    handshake as i32
}

pub(crate) const fn accepted(verdict: ftp_accepted) -> Accepted {
    match verdict {
        ftp_accepted::Keep => Accepted::Keep,
        ftp_accepted::Drop => Accepted::Drop,
    }
}

/// Room for an output that holds what nothing may rely on.
pub(crate) fn room() -> ftp_output {
    ftp_output {
        kind: ftp_output_kind::Close,
        reserved: u32::MAX,
        body: ftp_output_body {
            room: [u64::MAX; 32],
        },
    }
}

/// A text as pointer and length; none as NULL.
pub(crate) fn part(text: Option<&[u8]>) -> (*const std::ffi::c_char, usize) {
    text.map_or((ptr::null(), 0), |text| (text.as_ptr().cast(), text.len()))
}

/// Implements the driver's side of a session by the exported functions of its role.
macro_rules! session {
    ($name:ident, $event:ty, $prefix:ident, $words:path) => {
        impl ftp_proto::Session for $name {
            type Event = $event;

            fn poll_output(
                &mut self,
                now: ftp_proto::Instant,
            ) -> Result<ftp_proto::Output<'_, $event>, ftp_proto::ProtocolError> {
                self.output = $crate::seam::room();
                // SAFETY: the handle lives, and there is room for the output.
                let result =
                    unsafe { call!($prefix, poll)(self.handle, now.as_micros(), &mut self.output) };
                self.check(result)?;
                let handle = self.handle;
                Ok($crate::seam::output(&self.output, |body| {
                    $words(handle, body)
                }))
            }

            fn sent(&mut self, bytes: usize) {
                // SAFETY: the handle lives, here and below.
                well(unsafe { call!($prefix, sent)(self.handle, bytes) });
            }

            fn handle_send_lost(&mut self) {
                well(unsafe { call!($prefix, handle_send_lost)(self.handle) });
            }

            fn handle_input(&mut self, bytes: &[u8]) -> usize {
                let mut taken = usize::MAX;
                let (data, len) = (bytes.as_ptr().cast(), bytes.len());
                well(unsafe { call!($prefix, handle_input)(self.handle, data, len, &mut taken) });
                taken
            }

            fn handle_eof(&mut self) {
                well(unsafe { call!($prefix, handle_eof)(self.handle) });
            }

            fn handle_lost(&mut self) {
                well(unsafe { call!($prefix, handle_lost)(self.handle) });
            }

            fn handle_data_listening(
                &mut self,
                id: ftp_proto::DataId,
                announced: std::net::SocketAddr,
            ) {
                let at = $crate::seam::c_address(announced);
                let id = id.to_raw();
                well(unsafe { call!($prefix, handle_data_listening)(self.handle, id, &at) });
            }

            fn handle_data_accepted(
                &mut self,
                id: ftp_proto::DataId,
                from: std::net::SocketAddr,
            ) -> ftp_proto::Accepted {
                let from = $crate::seam::c_address(from);
                let (id, mut verdict) = (id.to_raw(), ftp_accepted::Drop);
                well(unsafe {
                    call!($prefix, handle_data_accepted)(self.handle, id, &from, &mut verdict)
                });
                $crate::seam::accepted(verdict)
            }

            fn handle_data_connected(&mut self, id: ftp_proto::DataId) {
                well(unsafe { call!($prefix, handle_data_connected)(self.handle, id.to_raw()) });
            }

            fn handle_data_failed(&mut self, id: ftp_proto::DataId, why: ftp_proto::DataFailure) {
                let why = $crate::seam::failure(why);
                well(unsafe { call!($prefix, handle_data_failed)(self.handle, id.to_raw(), why) });
            }

            fn handle_data_progress(&mut self, id: ftp_proto::DataId, total: u64) {
                let id = id.to_raw();
                well(unsafe { call!($prefix, handle_data_progress)(self.handle, id, total) });
            }

            fn handle_data_marker(
                &mut self,
                id: ftp_proto::DataId,
                marker: ftp_proto::data::Marker,
            ) {
                let (text, len) = $crate::seam::part(Some(&marker.text));
                let (id, at) = (id.to_raw(), marker.position);
                well(unsafe { call!($prefix, handle_data_marker)(self.handle, id, text, len, at) });
            }

            fn handle_data_secured(
                &mut self,
                id: ftp_proto::DataId,
                handshake: ftp_proto::Handshake,
            ) {
                let (id, how) = (id.to_raw(), $crate::seam::handshake(handshake));
                well(unsafe { call!($prefix, handle_data_secured)(self.handle, id, how) });
            }

            fn handle_data_crossed(&mut self, id: ftp_proto::DataId) {
                $crate::seam::crossed!($prefix, self.handle, id.to_raw());
            }

            fn handle_data_ended(&mut self, id: ftp_proto::DataId, end: ftp_proto::DataEnd) {
                let (id, how) = (id.to_raw(), $crate::seam::ending(end));
                well(unsafe { call!($prefix, handle_data_ended)(self.handle, id, end.bytes, how) });
            }

            fn handle_tls_established(&mut self, info: ftp_proto::TlsInfo) {
                let how = $crate::seam::handshake(info.handshake);
                let (der, len) = $crate::seam::part(info.certificate.as_deref());
                well(unsafe {
                    call!($prefix, handle_tls_established)(self.handle, how, der.cast(), len)
                });
            }

            fn handle_tls_failed(&mut self) {
                well(unsafe { call!($prefix, handle_tls_failed)(self.handle) });
            }

            fn handle_tls_stopped(&mut self) {
                well(unsafe { call!($prefix, handle_tls_stopped)(self.handle) });
            }

            fn wait(&self) -> ftp_proto::Wait {
                let mut wait = ftp_wait {
                    deadline: 0,
                    read: 0,
                    write: false,
                };
                well(unsafe { call!($prefix, wait)(self.handle, &mut wait) });
                $crate::seam::wait(wait)
            }

            fn is_over(&self) -> bool {
                unsafe { call!($prefix, is_over)(self.handle) }
            }

            fn addresses(&self) -> &ftp_proto::ControlAddresses {
                &self.addresses
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                unsafe { call!($prefix, free)(self.handle) };
            }
        }
    };
}
pub(crate) use session;

/// What only a client is told.
macro_rules! crossed {
    (client, $handle:expr, $id:expr) => {
        $crate::seam::well(unsafe { ::ftpproto::ftp_client_handle_data_crossed($handle, $id) })
    };
    (server, $handle:expr, $id:expr) => {
        unreachable!("a server is not told of {}", $id)
    };
}
pub(crate) use crossed;

/// An exported function of a role.
macro_rules! call {
    (client, poll) => {
        ftp_client_poll
    };
    (server, poll) => {
        ftp_server_poll
    };
    (client, sent) => {
        ftp_client_sent
    };
    (server, sent) => {
        ftp_server_sent
    };
    (client, free) => {
        ftp_client_free
    };
    (server, free) => {
        ftp_server_free
    };
    (client, wait) => {
        ftp_client_wait
    };
    (server, wait) => {
        ftp_server_wait
    };
    (client, is_over) => {
        ftp_client_is_over
    };
    (server, is_over) => {
        ftp_server_is_over
    };
    (client, handle_send_lost) => {
        ftp_client_handle_send_lost
    };
    (server, handle_send_lost) => {
        ftp_server_handle_send_lost
    };
    (client, handle_input) => {
        ftp_client_handle_input
    };
    (server, handle_input) => {
        ftp_server_handle_input
    };
    (client, handle_eof) => {
        ftp_client_handle_eof
    };
    (server, handle_eof) => {
        ftp_server_handle_eof
    };
    (client, handle_lost) => {
        ftp_client_handle_lost
    };
    (server, handle_lost) => {
        ftp_server_handle_lost
    };
    (client, handle_data_listening) => {
        ftp_client_handle_data_listening
    };
    (server, handle_data_listening) => {
        ftp_server_handle_data_listening
    };
    (client, handle_data_accepted) => {
        ftp_client_handle_data_accepted
    };
    (server, handle_data_accepted) => {
        ftp_server_handle_data_accepted
    };
    (client, handle_data_connected) => {
        ftp_client_handle_data_connected
    };
    (server, handle_data_connected) => {
        ftp_server_handle_data_connected
    };
    (client, handle_data_failed) => {
        ftp_client_handle_data_failed
    };
    (server, handle_data_failed) => {
        ftp_server_handle_data_failed
    };
    (client, handle_data_progress) => {
        ftp_client_handle_data_progress
    };
    (server, handle_data_progress) => {
        ftp_server_handle_data_progress
    };
    (client, handle_data_marker) => {
        ftp_client_handle_data_marker
    };
    (server, handle_data_marker) => {
        ftp_server_handle_data_marker
    };
    (client, handle_data_secured) => {
        ftp_client_handle_data_secured
    };
    (server, handle_data_secured) => {
        ftp_server_handle_data_secured
    };
    (client, handle_data_ended) => {
        ftp_client_handle_data_ended
    };
    (server, handle_data_ended) => {
        ftp_server_handle_data_ended
    };
    (client, handle_tls_established) => {
        ftp_client_handle_tls_established
    };
    (server, handle_tls_established) => {
        ftp_server_handle_tls_established
    };
    (client, handle_tls_failed) => {
        ftp_client_handle_tls_failed
    };
    (server, handle_tls_failed) => {
        ftp_server_handle_tls_failed
    };
    (client, handle_tls_stopped) => {
        ftp_client_handle_tls_stopped
    };
    (server, handle_tls_stopped) => {
        ftp_server_handle_tls_stopped
    };
}
pub(crate) use call;
