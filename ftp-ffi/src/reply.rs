//! Replies: as part of what sessions tell, and by themselves.

use std::ffi::{c_char, c_void};

use ftp_proto::Limits;
use ftp_proto::codec::line::{Line, LineBuffer};
use ftp_proto::codec::reply::{Reply, ReplyCode, ReplyReader, write_reply};

use crate::handle::{Handle, free, guard, last_error, new, opaque, with};
use crate::result::{Failure, ftp_result};
use crate::text::{bytes, ftp_slice, must_be_given, text, write, write_text};

/// A reply of one line or several (RFC 959 §4.2).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct ftp_reply {
    /// The text, its lines separated by LF, without codes. Bytes of any encoding.
    pub text: ftp_slice,
    /// 100 to 599; 0 where there is no reply.
    pub code: u16,
    /// 0.
    pub reserved: [u8; 6],
}

impl ftp_reply {
    /// No reply.
    pub(crate) const NONE: Self = Self {
        text: ftp_slice::NONE,
        code: 0,
        reserved: [0; 6],
    };
}

impl From<&Reply> for ftp_reply {
    fn from(reply: &Reply) -> Self {
        Self {
            text: ftp_slice::of(reply.text()),
            code: reply.code().to_u16(),
            reserved: [0; 6],
        }
    }
}

/// Puts the bytes of a control connection together to replies. One thread at a time.
pub struct ftp_reply_reader(Handle<Reader>);
opaque!(ftp_reply_reader, Reader);

pub(crate) struct Reader {
    lines: LineBuffer,
    replies: ReplyReader,
    last: Option<Reply>,
}

/// A reader with the default limits of a session; NULL if there is a fault.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_reply_reader_new() -> *mut ftp_reply_reader {
    new(|| {
        let limits = Limits::default();
        Reader {
            lines: LineBuffer::new(limits.line),
            replies: ReplyReader::new(&limits),
            last: None,
        }
    })
}

/// Frees a reader; NULL is nothing to free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reply_reader_free(reader: *mut ftp_reply_reader) {
    // SAFETY: as the header asks.
    unsafe { free(reader) }
}

/// What the last call on this reader that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reply_reader_last_error(reader: *const ftp_reply_reader) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(reader) }
}

/// Takes bytes; `taken` is set to how many, the rest is to be offered again when replies were read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reply_reader_push(
    reader: *mut ftp_reply_reader,
    data: *const c_void,
    len: usize,
    taken: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    unsafe {
        with(reader, |reader| {
            must_be_given(taken)?;
            write(taken, reader.lines.push(bytes(data, len)?))
        })
    }
}

/// The next reply that is whole; its code is 0 when more bytes are needed. Its text stays until the
/// next call on this reader. `FTP_ERROR_DECODE` for bytes that are no reply, or too many of them;
/// what follows cannot be told then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reply_reader_next(
    reader: *mut ftp_reply_reader,
    reply: *mut ftp_reply,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    unsafe {
        with(reader, |reader| {
            must_be_given(reply)?;
            reader.last = None;
            while let Some(line) = reader.lines.next_line() {
                let Line::Whole(line) = line else {
                    return Err(Failure::new(
                        ftp_result::FtpErrorDecode,
                        "a line of a reply is too long",
                    ));
                };
                reader.last = reader.replies.push_line(&line)?;
                if reader.last.is_some() {
                    break;
                }
            }
            write(
                reply,
                reader
                    .last
                    .as_ref()
                    .map_or(ftp_reply::NONE, ftp_reply::from),
            )
        })
    }
}

/// Writes a reply as a server sends it, CRLF included, to a buffer of `capacity` bytes; lines of
/// `text` are separated by LF. `len` is set to the bytes written, or, with
/// `FTP_ERROR_BUFFER_TOO_SMALL`, to those needed. `FTP_ERROR_RANGE` for a code outside 100 to 599.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_reply_write(
    code: u16,
    text: *const c_char,
    text_len: usize,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let text = self::text(text, text_len)?;
        let code = ReplyCode::new(code).ok_or(ftp_result::FtpErrorRange)?;
        let mut made = Vec::new();
        write_reply(&mut made, code, text);
        write_text(&made, buffer, capacity, len)
    })
}
