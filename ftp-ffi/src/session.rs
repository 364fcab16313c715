//! What client and server sessions have in common: the calls of a driver's loop.

use std::ffi::c_void;

use bytes::Bytes;
use ftp_proto::data::Marker;
use ftp_proto::{
    Accepted, DataEnd, DataEnding, DataFailure, DataId, LocalFailure, Session, TlsInfo,
};

use crate::address::{address, ftp_address};
use crate::enumeration::enumeration;
use crate::handle::{Opaque, with};
use crate::output::{ftp_handshake, ftp_wait};
use crate::result::ftp_result;
use crate::text::{bytes, must_be_given, write};

/// What is to be done with a connection that came to a reserved address.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_accepted {
    /// A stranger, or a connection nobody wants any more: close it and go on listening.
    Drop = 0,
    /// This is the data connection, and it is open: stop listening.
    Keep = 1,
}
enumeration!(ftp_accepted tells Accepted { Drop, Keep });

/// Why a data connection could not be opened.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_data_failure {
    /// Anything else.
    Other = 0,
    /// The peer answered that nobody listens there.
    Refused = 1,
    /// There is no way to the address.
    Unreachable = 2,
    /// Nothing came back in time.
    TimedOut = 3,
    /// No local address or port was to be had.
    NoAddress = 4,
}
enumeration!(ftp_data_failure = DataFailure {
    Other,
    Refused,
    Unreachable,
    TimedOut,
    NoAddress,
} otherwise Other);

/// In which way a data connection ended.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_data_ending {
    /// Receiving: the peer closed in order. Sending: all bytes are with the operating system and
    /// this side has closed its half.
    Complete = 0,
    /// The connection was reset or broke.
    Reset = 1,
    /// Receiving under TLS: the connection ended without close_notify, so that what came may be cut
    /// short.
    Truncated = 2,
    /// The TLS handshake failed. Nothing was moved.
    HandshakeFailed = 3,
    /// At a server that requires it: the handshake did not resume the control connection's session.
    /// Nothing was moved.
    Unproven = 4,
    /// The file on this side failed, or there was none.
    Local = 5,
    /// There is no space left on this side, or a quota is used up.
    NoSpace = 6,
}
enumeration!(ftp_data_ending {
    Complete,
    Reset,
    Truncated,
    HandshakeFailed,
    Unproven,
    Local,
    NoSpace,
});

impl From<ftp_data_ending> for DataEnding {
    fn from(ending: ftp_data_ending) -> Self {
        match ending {
            ftp_data_ending::Complete => Self::Complete,
            ftp_data_ending::Reset => Self::Reset,
            ftp_data_ending::Truncated => Self::Truncated,
            ftp_data_ending::HandshakeFailed => Self::HandshakeFailed,
            ftp_data_ending::Unproven => Self::Unproven,
            ftp_data_ending::Local => Self::Local(LocalFailure::Other),
            ftp_data_ending::NoSpace => Self::Local(LocalFailure::NoSpace),
        }
    }
}

/// The value of a handle that has a session in it.
pub(crate) trait Driven {
    type Session: Session;

    fn session(&mut self) -> &mut Self::Session;
}

/// Tells the session something that cannot be refused.
///
/// # Safety
/// As [`with`].
pub(crate) unsafe fn tell<H, T>(handle: *const H, tell: impl FnOnce(&mut T::Session)) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            tell(driven.session());
            Ok(())
        })
    }
}

/// # Safety
/// As [`with`]; the pointers are as the header asks.
pub(crate) unsafe fn input<H, T>(
    handle: *const H,
    data: *const c_void,
    len: usize,
    taken: *mut usize,
) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            must_be_given(taken)?;
            write(taken, driven.session().handle_input(bytes(data, len)?))
        })
    }
}

/// # Safety
/// As [`input`].
pub(crate) unsafe fn listening<H, T>(
    handle: *const H,
    id: u32,
    announced: *const ftp_address,
) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            let announced = address(announced)?;
            let id = DataId::from_raw(id);
            driven.session().handle_data_listening(id, announced);
            Ok(())
        })
    }
}

/// # Safety
/// As [`input`].
pub(crate) unsafe fn accepted<H, T>(
    handle: *const H,
    id: u32,
    from: *const ftp_address,
    verdict: *mut ftp_accepted,
) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            must_be_given(verdict)?;
            let from = address(from)?;
            let id = DataId::from_raw(id);
            write(
                verdict,
                driven.session().handle_data_accepted(id, from).into(),
            )
        })
    }
}

/// # Safety
/// As [`with`].
pub(crate) unsafe fn failed<H, T>(handle: *const H, id: u32, why: i32) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            let why = ftp_data_failure::from_raw(why)?.into();
            driven
                .session()
                .handle_data_failed(DataId::from_raw(id), why);
            Ok(())
        })
    }
}

/// # Safety
/// As [`with`].
pub(crate) unsafe fn secured<H, T>(handle: *const H, id: u32, handshake: i32) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            let handshake = ftp_handshake::from_raw(handshake)?.into();
            let id = DataId::from_raw(id);
            driven.session().handle_data_secured(id, handshake);
            Ok(())
        })
    }
}

/// # Safety
/// As [`with`].
pub(crate) unsafe fn ended<H, T>(handle: *const H, id: u32, bytes: u64, ending: i32) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            let ending = ftp_data_ending::from_raw(ending)?.into();
            let end = DataEnd { bytes, ending };
            driven
                .session()
                .handle_data_ended(DataId::from_raw(id), end);
            Ok(())
        })
    }
}

/// # Safety
/// As [`input`].
pub(crate) unsafe fn established<H, T>(
    handle: *const H,
    handshake: i32,
    certificate: *const c_void,
    certificate_len: usize,
) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            let mut info = TlsInfo::new(ftp_handshake::from_raw(handshake)?.into());
            let der = crate::text::optional_text(certificate.cast(), certificate_len)?;
            info.certificate = der.map(Bytes::copy_from_slice);
            driven.session().handle_tls_established(info);
            Ok(())
        })
    }
}

/// # Safety
/// As [`input`].
pub(crate) unsafe fn wait<H, T>(handle: *const H, wait: *mut ftp_wait) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            must_be_given(wait)?;
            write(wait, driven.session().wait().into())
        })
    }
}

/// # Safety
/// As [`input`].
pub(crate) unsafe fn marker<H, T>(
    handle: *const H,
    id: u32,
    text: *const std::ffi::c_char,
    text_len: usize,
    position: u64,
) -> ftp_result
where
    H: Opaque<Value = T>,
    T: Driven,
{
    // SAFETY: as this function asks.
    unsafe {
        with(handle, |driven| {
            let text = Bytes::copy_from_slice(crate::text::text(text, text_len)?);
            let marker = Marker { text, position };
            driven
                .session()
                .handle_data_marker(DataId::from_raw(id), marker);
            Ok(())
        })
    }
}
