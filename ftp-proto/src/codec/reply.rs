//! Replies of the control connection (RFC 959 §4.2).

use alloc::vec::Vec;

use bytes::Bytes;

use crate::error::DecodeError;
use crate::limits::Limits;

/// A reply code, 100 to 599.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ReplyClass {
    Preliminary,
    Completion,
    Intermediate,
    TransientNegative,
    PermanentNegative,
}

impl ReplyCode {
    /// `None` outside 100 to 599.
    pub const fn new(code: u16) -> Option<Self> {
        todo!()
    }
    /// The number.
    pub const fn to_u16(self) -> u16 {
        self.0
    }
    /// What the first digit says.
    pub const fn class(self) -> ReplyClass {
        todo!()
    }
}

/// One reply, of one line or several.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    text: Bytes,
}

impl Reply {
    /// A reply; lines of `text` are separated by LF.
    pub fn new(code: ReplyCode, text: impl Into<Bytes>) -> Self {
        todo!()
    }
    /// The code.
    pub const fn code(&self) -> ReplyCode {
        self.code
    }
    /// What the code's first digit says.
    pub const fn class(&self) -> ReplyClass {
        todo!()
    }
    /// The text, its lines separated by LF, without codes.
    pub const fn text(&self) -> &Bytes {
        &self.text
    }
    /// The text line by line; at least one, which may be empty.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::empty()
    }
    /// The last line: the one that counts for 227, 229, 257.
    pub fn last_line(&self) -> &[u8] {
        todo!()
    }
    /// Appends it as a server sends it (see `write_reply`).
    pub fn encode(&self, out: &mut Vec<u8>) {
        todo!()
    }
}

impl core::fmt::Display for Reply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        todo!()
    }
}
impl core::fmt::Debug for Reply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        todo!()
    }
}
impl core::fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Puts lines together to replies.
#[derive(Debug)]
pub struct ReplyReader {}

impl ReplyReader {
    /// A reader with the bounds `reply_lines` and `reply_bytes` of `limits`.
    pub const fn new(limits: &Limits) -> Self {
        Self {}
    }
    /// Takes one line without its end; the reply, if this was its last.
    pub fn push_line(&mut self, line: &Bytes) -> Result<Option<Reply>, DecodeError> {
        todo!()
    }
    /// Whether a reply has begun and not ended.
    pub fn is_inside(&self) -> bool {
        todo!()
    }
}

/// Appends a reply as a server sends it: `220-first CRLF ... 220 last CRLF`; CR and NUL replaced, a
/// continuation line that starts with a digit indented, byte 255 doubled.
pub fn write_reply(out: &mut Vec<u8>, code: ReplyCode, text: &[u8]) {
    todo!()
}
