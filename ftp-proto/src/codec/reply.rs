//! Replies of the control connection (RFC 959 §4.2).

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::combinator::{eof, map_opt, value};
use nom::{IResult, Parser};

use super::text::{Escaped, write_decimal, write_doubled};
use crate::error::DecodeError;
use crate::limits::Limits;

/// A reply code, 100 to 599.
///
/// ```
/// use ftp_proto::codec::reply::{ReplyClass, ReplyCode};
///
/// let code = ReplyCode::new(226).expect("a reply code");
/// assert_eq!(code.to_u16(), 226);
/// assert_eq!(code.class(), ReplyClass::Completion);
/// assert!(ReplyCode::new(600).is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyCode(u16);

/// What the first digit says (RFC 959 §4.2.1).
///
/// ```
/// use ftp_proto::codec::reply::{ReplyClass, ReplyCode};
///
/// let class = ReplyCode::new(452).map(ReplyCode::class);
/// assert_eq!(class, Some(ReplyClass::TransientNegative));
/// assert!(class.is_some_and(ReplyClass::is_negative));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplyClass {
    /// 1yz: begun; another reply follows.
    Preliminary,
    /// 2yz: done.
    Completion,
    /// 3yz: accepted; another command must follow.
    Intermediate,
    /// 4yz: not done; the same command may succeed later.
    TransientNegative,
    /// 5yz: not done, and the same command will not be.
    PermanentNegative,
}

impl ReplyClass {
    /// Whether the command failed: 4yz and 5yz.
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::TransientNegative | Self::PermanentNegative)
    }
}

impl ReplyCode {
    /// `None` outside 100 to 599.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            100..=599 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    pub const fn to_u16(self) -> u16 {
        self.0
    }

    /// What the first digit says.
    pub const fn class(self) -> ReplyClass {
        match self.0 {
            ..200 => ReplyClass::Preliminary,
            200..300 => ReplyClass::Completion,
            300..400 => ReplyClass::Intermediate,
            400..500 => ReplyClass::TransientNegative,
            500.. => ReplyClass::PermanentNegative,
        }
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One reply, of one line or several.
///
/// ```
/// use ftp_proto::codec::reply::{Reply, ReplyClass, ReplyCode};
///
/// let code = ReplyCode::new(230).expect("a reply code");
/// let reply = Reply::new(code, "Welcome.\nMind the quota.");
/// assert_eq!((reply.code(), reply.class()), (code, ReplyClass::Completion));
/// assert!(reply.is_completion());
/// assert!(!reply.is_preliminary() && !reply.is_intermediate() && !reply.is_negative());
/// assert_eq!(reply.text(), "Welcome.\nMind the quota.");
/// assert_eq!(reply.last_line(), b"Mind the quota.");
/// let mut wire = Vec::new();
/// reply.encode(&mut wire);
/// assert_eq!(wire, b"230-Welcome.\r\n230 Mind the quota.\r\n");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    text: Bytes,
}

impl Reply {
    /// A reply; lines of `text` are separated by LF.
    pub fn new(code: ReplyCode, text: impl Into<Bytes>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// The code.
    pub const fn code(&self) -> ReplyCode {
        self.code
    }

    /// What the code's first digit says.
    pub const fn class(&self) -> ReplyClass {
        self.code.class()
    }

    /// Whether another reply to the same command follows: 1yz.
    pub const fn is_preliminary(&self) -> bool {
        matches!(self.class(), ReplyClass::Preliminary)
    }

    /// Whether the command is done: 2yz.
    pub const fn is_completion(&self) -> bool {
        matches!(self.class(), ReplyClass::Completion)
    }

    /// Whether another command must follow: 3yz.
    pub const fn is_intermediate(&self) -> bool {
        matches!(self.class(), ReplyClass::Intermediate)
    }

    /// Whether the command failed: 4yz and 5yz.
    pub const fn is_negative(&self) -> bool {
        self.class().is_negative()
    }

    /// The text, its lines separated by LF, without codes. Bytes of any encoding.
    pub const fn text(&self) -> &Bytes {
        &self.text
    }

    /// The text line by line; at least one, which may be empty.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.text.split(|&b| b == b'\n')
    }

    /// The last line: the one that counts for 227, 229, 257.
    pub fn last_line(&self) -> &[u8] {
        self.lines().next_back().unwrap_or_default()
    }

    /// Appends it as a server sends it (see [`write_reply`]).
    pub fn encode(&self, out: &mut Vec<u8>) {
        write_reply(out, self.code, &self.text);
    }
}

/// Code and text, on one line, with control characters and what is no UTF-8 escaped.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)?;
        for (i, line) in self.lines().enumerate() {
            let between = match (i, line) {
                (0, b"") => "",
                (0, _) => " ",
                _ => " / ",
            };
            write!(f, "{between}{}", Escaped(line))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({self})")
    }
}

/// Puts lines together to replies.
///
/// ```
/// use ftp_proto::Limits;
/// use ftp_proto::codec::reply::ReplyReader;
///
/// let mut reader = ReplyReader::new(&Limits::default());
/// assert_eq!(reader.push_line(&"220-Welcome".into())?, None);
/// assert_eq!(reader.push_line(&"100 users online".into())?, None);
/// let reply = reader.push_line(&"220 ready".into())?.expect("the last line");
/// assert_eq!(reply.code().to_u16(), 220);
/// assert_eq!(reply.text(), "Welcome\n100 users online\nready");
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
pub struct ReplyReader {
    most_lines: usize,
    most_bytes: usize,
    ends_loosely: bool,
    open: Option<Open>,
}

/// A reply whose last line is still to come.
struct Open {
    code: ReplyCode,
    lines: usize,
    text: Vec<u8>,
}

impl ReplyReader {
    /// A reader with the bounds `reply_lines` and `reply_bytes` of `limits`.
    pub const fn new(limits: &Limits) -> Self {
        Self {
            most_lines: limits.reply_lines,
            most_bytes: limits.reply_bytes,
            ends_loosely: false,
            open: None,
        }
    }

    /// Takes one line without its end; the reply, if this was its last.
    ///
    /// A reply of several lines begins with its code and a hyphen. It ends at the same code before
    /// a space or the end of the line, and nowhere else, whatever digits its lines begin with. The
    /// same code before a hyphen is taken off a line within; any other text is kept as it came.
    ///
    /// # Errors
    /// What is no reply, holds NUL, or goes over a bound. The reader is then as new.
    pub fn push_line(&mut self, line: &Bytes) -> Result<Option<Reply>, DecodeError> {
        let open = self.open.take();
        if let Some(at) = line.iter().position(|b| matches!(b, 0 | b'\n')) {
            return Err(DecodeError::new("a line without NUL and LF", line, at));
        }
        match open {
            None => self.first_line(line),
            Some(open) => self.next_line(open, line),
        }
    }

    /// Whether a reply of several lines may end in another code than it began with (`553-...`, then
    /// `150 ...`), which then is its code. RFC 959 §4.2 knows no such reply, and a line within that
    /// begins with three digits and a space is taken for the end. By default it may not.
    ///
    /// ```
    /// use ftp_proto::Limits;
    /// use ftp_proto::codec::reply::ReplyReader;
    ///
    /// let mut reader = ReplyReader::new(&Limits::default());
    /// reader.allow_loose_endings(true);
    /// assert_eq!(reader.push_line(&"553-no stats".into())?, None);
    /// let reply = reader.push_line(&"150 Opening".into())?.expect("a whole reply");
    /// assert_eq!(reply.code().to_u16(), 150);
    /// # Ok::<(), ftp_proto::DecodeError>(())
    /// ```
    pub const fn allow_loose_endings(&mut self, allowed: bool) {
        self.ends_loosely = allowed;
    }

    /// Whether a reply has begun and not ended.
    ///
    /// ```
    /// use ftp_proto::Limits;
    /// use ftp_proto::codec::reply::ReplyReader;
    ///
    /// let mut reader = ReplyReader::new(&Limits::default());
    /// reader.push_line(&"220-Welcome".into())?;
    /// assert!(reader.is_inside());
    /// reader.push_line(&"220 Ready".into())?;
    /// assert!(!reader.is_inside());
    /// # Ok::<(), ftp_proto::DecodeError>(())
    /// ```
    pub fn is_inside(&self) -> bool {
        self.open.is_some()
    }

    fn first_line(&mut self, line: &Bytes) -> Result<Option<Reply>, DecodeError> {
        let (rest, code) =
            code(line).map_err(|_| DecodeError::new("a reply code from 100 to 599", line, 0))?;
        self.check(1, line.len(), line)?;
        let (text, place) = place(rest).map_err(|_| {
            let expected = "a space, a hyphen or the end of the line after the code";
            DecodeError::new(expected, line, line.len() - rest.len())
        })?;
        let text = line.slice_ref(text);
        match place {
            Place::Last => Ok(Some(Reply { code, text })),
            Place::Within => {
                self.open = Some(Open {
                    code,
                    lines: 1,
                    text: text.into(),
                });
                Ok(None)
            }
        }
    }

    fn next_line(&mut self, mut open: Open, line: &Bytes) -> Result<Option<Reply>, DecodeError> {
        let (text, place) = match (code, place).parse(line) {
            Ok((text, (code, place))) if code == open.code => (text, place),
            Ok((text, (code, Place::Last))) if self.ends_loosely => {
                open.code = code;
                (text, Place::Last)
            }
            _ => (&line[..], Place::Within),
        };
        open.lines = open.lines.saturating_add(1);
        let bytes = open.text.len().saturating_add(1).saturating_add(text.len());
        self.check(open.lines, bytes, line)?;
        open.text.push(b'\n');
        open.text.extend_from_slice(text);
        match place {
            Place::Last => Ok(Some(Reply::new(open.code, open.text))),
            Place::Within => {
                self.open = Some(open);
                Ok(None)
            }
        }
    }

    fn check(&self, lines: usize, bytes: usize, line: &[u8]) -> Result<(), DecodeError> {
        if lines > self.most_lines {
            Err(DecodeError::new("a reply of fewer lines", line, 0))
        } else if bytes > self.most_bytes {
            Err(DecodeError::new("a reply of fewer bytes", line, 0))
        } else {
            Ok(())
        }
    }
}

/// Shows how far it is, not the text.
impl fmt::Debug for ReplyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ReplyReader");
        if let Some(open) = &self.open {
            debug.field("code", &open.code).field("lines", &open.lines);
        }
        debug.finish_non_exhaustive()
    }
}

/// Whether a line is the last of its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Within,
    Last,
}

/// The code that a line begins with.
fn code(line: &[u8]) -> IResult<&[u8], ReplyCode, ()> {
    let digits = take_while_m_n(3, 3, |b: u8| b.is_ascii_digit());
    map_opt(digits, |digits: &[u8]| {
        let number = digits.iter().fold(0, |n, b| n * 10 + u16::from(b - b'0'));
        ReplyCode::new(number)
    })
    .parse(line)
}

/// What stands between a code and the text.
fn place(rest: &[u8]) -> IResult<&[u8], Place, ()> {
    alt((
        value(Place::Last, tag(" ")),
        value(Place::Within, tag("-")),
        value(Place::Last, eof),
    ))
    .parse(rest)
}

/// Appends a reply as a server sends it: `220-first CRLF ... 220 last CRLF`; lines of `text` are
/// separated by LF.
///
/// CR and NUL become `?`. A line between first and last that begins with a digit is indented by
/// one space, so that no client takes it for the end of the reply (VU#288905). Byte 255 is
/// doubled. A line of a FEAT reply brings its leading space with it.
///
/// ```
/// use ftp_proto::codec::reply::{ReplyCode, write_reply};
///
/// let code = ReplyCode::new(214).expect("a reply code");
/// let mut wire = Vec::new();
/// write_reply(&mut wire, code, b"Help\n214 lines\nEnd");
/// assert_eq!(wire, b"214-Help\r\n 214 lines\r\n214 End\r\n");
/// ```
pub fn write_reply(out: &mut Vec<u8>, code: ReplyCode, text: &[u8]) {
    let mut lines = text.split(|&b| b == b'\n').enumerate().peekable();
    while let Some((i, line)) = lines.next() {
        let last = lines.peek().is_none();
        if last || i == 0 {
            write_decimal(out, code.to_u16().into());
            out.push(if last { b' ' } else { b'-' });
        } else if line.first().is_some_and(u8::is_ascii_digit) {
            out.push(b' ');
        }
        let from = out.len();
        write_doubled(out, line);
        for byte in out.iter_mut().skip(from) {
            if matches!(*byte, b'\r' | 0) {
                *byte = b'?';
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests;
