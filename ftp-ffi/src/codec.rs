//! Codecs: what file bytes go through.

use std::ffi::c_void;

use ftp_proto::Direction;
use ftp_proto::codec::command::{FileStructure, FormatControl, RepresentationType, TransferMode};
use ftp_proto::data::{Codec, CodecOptions, LineEnds, TransferParameters};

use crate::enumeration::enumeration;
use crate::handle::{Handle, Opaque, ask, free, last_error, make, opaque, with};
use crate::result::ftp_result;
use crate::text::{buffer, bytes, ftp_slice, must_be_given};

/// Which way file bytes go, seen from this machine.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_direction {
    /// From here to the peer.
    Send = 0,
    /// From the peer to here.
    Receive = 1,
}
enumeration!(ftp_direction = Direction { Send, Receive });

/// TYPE (RFC 959 §3.1.1).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_representation {
    /// I: the bytes as they are.
    Image = 0,
    /// A: lines that end in CRLF.
    Ascii = 1,
    /// A T: with Telnet's vertical format controls.
    AsciiTelnet = 2,
    /// A C: with Fortran's carriage control.
    AsciiCarriageControl = 3,
    /// E: EBCDIC.
    Ebcdic = 4,
    /// E T.
    EbcdicTelnet = 5,
    /// E C.
    EbcdicCarriageControl = 6,
    /// L 8: the same as I.
    Local8 = 7,
}
enumeration!(ftp_representation {
    Image,
    Ascii,
    AsciiTelnet,
    AsciiCarriageControl,
    Ebcdic,
    EbcdicTelnet,
    EbcdicCarriageControl,
    Local8,
});

impl From<ftp_representation> for RepresentationType {
    fn from(representation: ftp_representation) -> Self {
        match representation {
            ftp_representation::Image => Self::Image,
            ftp_representation::Ascii => Self::Ascii(FormatControl::NonPrint),
            ftp_representation::AsciiTelnet => Self::Ascii(FormatControl::Telnet),
            ftp_representation::AsciiCarriageControl => Self::Ascii(FormatControl::CarriageControl),
            ftp_representation::Ebcdic => Self::Ebcdic(FormatControl::NonPrint),
            ftp_representation::EbcdicTelnet => Self::Ebcdic(FormatControl::Telnet),
            ftp_representation::EbcdicCarriageControl => {
                Self::Ebcdic(FormatControl::CarriageControl)
            }
            ftp_representation::Local8 => Self::Local(8),
        }
    }
}

/// STRU (RFC 959 §3.1.2).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_structure {
    /// F: a string of bytes.
    File = 0,
    /// R: records, of text only.
    Record = 1,
    /// P: pages, which no codec has.
    Page = 2,
}
enumeration!(ftp_structure = FileStructure { File, Record, Page });

/// MODE (RFC 959 §3.4).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_transfer_mode {
    /// S: the bytes, and their end is the connection's.
    Stream = 0,
    /// B: blocks with headers.
    Block = 1,
    /// C: runs of one byte made short.
    Compressed = 2,
    /// Z: deflate.
    Deflate = 3,
}
enumeration!(
    ftp_transfer_mode = TransferMode {
        Stream,
        Block,
        Compressed,
        Deflate
    }
);

/// How the lines of a local text end.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_line_ends {
    /// In LF, as files do.
    Lf = 0,
    /// In CRLF, as listings do: what TYPE A sends needs no change.
    Crlf = 1,
}
enumeration!(ftp_line_ends = LineEnds { Lf, Crlf });

/// Whether more of the source follows.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_source {
    /// More may follow.
    GoesOn = 0,
    /// It is the end of the file, or of the data connection.
    Ends = 1,
}
enumeration!(ftp_source { GoesOn, Ends });

/// What the bytes of one transfer pass through. It belongs to who got it with
/// `FTP_OUTPUT_KIND_MOVE_DATA` or made it, may be moved to another thread, and is freed by
/// `ftp_codec_free`. One thread at a time.
pub struct ftp_codec(Handle<Codec>);
opaque!(ftp_codec, Codec);

/// A codec for bytes that go in an `ftp_direction`, with an `ftp_representation`, an `ftp_structure`,
/// an `ftp_transfer_mode` and local `ftp_line_ends`; NULL unless the result is `FTP_OK`.
/// `FTP_ERROR_UNSUPPORTED` for parameters that no codec has. A session's own codecs come with
/// `FTP_OUTPUT_KIND_MOVE_DATA`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_new(
    direction: i32,
    representation: i32,
    structure: i32,
    mode: i32,
    line_ends: i32,
    codec: *mut *mut ftp_codec,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        make(codec, || {
            let parameters = TransferParameters {
                representation: ftp_representation::from_raw(representation)?.into(),
                structure: ftp_structure::from_raw(structure)?.into(),
                mode: ftp_transfer_mode::from_raw(mode)?.into(),
            };
            let mut options = CodecOptions::default();
            options.line_ends = ftp_line_ends::from_raw(line_ends)?.into();
            let direction = ftp_direction::from_raw(direction)?.into();
            Ok(Codec::new(direction, parameters, options)?)
        })
    }
}

/// Frees a codec; NULL is nothing to free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_free(codec: *mut ftp_codec) {
    // SAFETY: as the header asks.
    unsafe { free(codec) }
}

/// What the last call on this codec that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_last_error(codec: *const ftp_codec) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(codec) }
}

/// Whether the bytes are the same on both sides, so that sendfile, splice and the like may be used.
/// False for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_is_passthrough(codec: *const ftp_codec) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(codec, false, |codec| codec.is_passthrough()) }
}

/// Takes some of `src`, gives some to `dst`. `source` is an `ftp_source`: whether `src` is the end.
/// `read` is set to the bytes taken, what was not is offered again; `written` to the bytes given;
/// `finished` to whether the file has ended and everything is written.
///
/// With 2 bytes of room or more, a call with a source that is not empty comes further. With
/// `FTP_SOURCE_ENDS`, call until `finished`, also when nothing of the source is left: a byte may have
/// been held back. `FTP_ERROR_TRUNCATED` and `FTP_ERROR_MALFORMED` when what came is not a whole file;
/// what was whole of it was given out before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_run(
    codec: *mut ftp_codec,
    src: *const c_void,
    src_len: usize,
    dst: *mut c_void,
    dst_len: usize,
    source: i32,
    read: *mut usize,
    written: *mut usize,
    finished: *mut bool,
) -> ftp_result {
    // SAFETY: as the header asks; source and target do not overlap.
    unsafe {
        with(codec, |codec| {
            must_be_given(read)?;
            must_be_given(written)?;
            must_be_given(finished)?;
            let last = ftp_source::from_raw(source)? == ftp_source::Ends;
            let progress = codec.run(bytes(src, src_len)?, buffer(dst, dst_len)?, last)?;
            read.write(progress.read);
            written.write(progress.written);
            finished.write(progress.finished);
            Ok(())
        })
    }
}

/// The restart marker that the last call of `ftp_codec_run` ended at (RFC 959 §3.5), when receiving in
/// MODE B or C: its text goes to a buffer of `capacity` bytes (64 are enough), `len` is set to the
/// bytes of it and `position` to where in the local file it stands. `found` is set to whether there
/// is one; it is told once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_take_marker(
    codec: *mut ftp_codec,
    buffer: *mut std::ffi::c_char,
    capacity: usize,
    len: *mut usize,
    position: *mut u64,
    found: *mut bool,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(codec, |codec| {
            must_be_given(len)?;
            must_be_given(position)?;
            must_be_given(found)?;
            if capacity < LONGEST_MARKER {
                len.write(LONGEST_MARKER);
                return Err(ftp_result::FtpErrorBufferTooSmall.into());
            }
            must_be_given(buffer)?;
            let marker = codec.take_marker();
            found.write(marker.is_some());
            if let Some(marker) = marker {
                position.write(marker.position);
                crate::text::write_text(&marker.text, buffer, capacity, len)?;
            }
            Ok(())
        })
    }
}

/// Whether the file has ended by a mark of its own, so that nothing more is to be waited for. False
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_has_ended(codec: *const ftp_codec) -> bool {
    // SAFETY: as the header asks.
    unsafe { ask(codec, false, |codec| codec.has_ended()) }
}

/// How many of the bytes received the sender said it suspects of errors (RFC 959 §3.4.2). 0 for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_codec_suspect(codec: *const ftp_codec) -> u64 {
    // SAFETY: as the header asks.
    unsafe { ask(codec, 0, |codec| codec.suspect()) }
}

/// A codec handle for the driver to own.
pub(crate) fn hand_out(codec: Codec) -> *mut ftp_codec {
    Box::into_raw(Box::new(ftp_codec::wrap(codec)))
}

/// Bytes in the text of a marker at most.
const LONGEST_MARKER: usize = 64;
