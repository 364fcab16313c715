//! Lines of the control connection: CRLF or bare LF, Telnet sequences removed, length bounded.

use core::fmt;

use bytes::{Bytes, BytesMut};

use super::text::IAC;

/// Collects the bytes of a control connection and gives them out as lines.
///
/// Which lines come out does not depend on how the bytes were cut on their way in. Telnet commands
/// (RFC 854) are removed: `IAC IAC` is the byte 255, IAC and a byte that is no Telnet command are
/// those two bytes. At most `limit` + 2 bytes are held, and each is looked at a fixed number of
/// times.
///
/// ```
/// use ftp_proto::codec::line::{Line, LineBuffer};
///
/// let mut lines = LineBuffer::new(512);
/// // Interrupt Process and Data Mark stand before an ABOR.
/// lines.push(b"\xff\xf4\xff\xf2ABOR\r\nNO");
/// assert_eq!(lines.next_line(), Some(Line::Whole("ABOR".into())));
/// assert_eq!(lines.next_line(), None);
/// assert!(!lines.is_empty());
/// ```
///
/// A session looks for ABOR among lines that wait, and leaves nothing of a clear connection for TLS:
///
/// ```
/// use ftp_proto::codec::line::{Line, LineBuffer};
///
/// let mut lines = LineBuffer::new(512);
/// assert_eq!(lines.room(), 514);
/// lines.push(b"STOR f\r\nABOR\r\nST");
/// assert!(lines.unseen().eq([&b"STOR f"[..], b"ABOR"]));
/// assert_eq!(lines.unseen().count(), 0);
/// assert!(lines.waiting().eq([&b"STOR f"[..], b"ABOR"]));
/// assert_eq!(lines.next_line(), Some(Line::Whole("STOR f".into())));
/// assert_eq!(lines.next_line(), Some(Line::Whole("ABOR".into())));
/// assert!(lines.has_more());
/// assert_eq!(lines.clear(), 2);
/// lines.release();
/// assert!(!lines.has_more() && lines.is_empty());
/// ```
pub struct LineBuffer {
    limit: usize,
    /// Whole lines with their ends, then a part of one. `None` holds nothing on the heap.
    bytes: Option<BytesMut>,
    /// How many of `bytes` belong to whole lines.
    whole: usize,
    /// How many of `bytes` belong to lines that `unseen` has shown.
    seen: usize,
    telnet: Telnet,
    /// Behind the whole lines, a line that was too long waits to be reported. Then the part of a
    /// line in `bytes` is empty, and stays so, because `room` is 0.
    too_long: bool,
    /// The tail of a line that was too long is being dropped.
    skipping: bool,
    /// The last byte that came was no line end.
    trails: bool,
}

/// One line.
///
/// ```
/// use ftp_proto::codec::line::{Line, LineBuffer};
///
/// let mut lines = LineBuffer::new(4);
/// lines.push(b"NOOP\r\n");
/// assert_eq!(lines.next_line(), Some(Line::Whole("NOOP".into())));
/// lines.push(b"MKD a\r\n");
/// assert_eq!(lines.next_line(), Some(Line::TooLong));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its end: no LF in it, and no CR at its end that stood before the LF. NUL stays.
    Whole(Bytes),
    /// A line longer than the bound. Reported once for each; its bytes are dropped up to its end.
    TooLong,
}

/// Where in a Telnet sequence the input is (RFC 854, RFC 855).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telnet {
    Data,
    /// After IAC.
    Command,
    /// After IAC WILL, WONT, DO or DONT.
    Option,
    /// So many bytes after IAC SB.
    Subnegotiation(usize),
    /// The same, the last one an IAC.
    SubnegotiationCommand(usize),
}

const LF: u8 = b'\n';
const CR: u8 = b'\r';
/// The end of a subnegotiation, and the lowest byte that is a Telnet command.
const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;

impl LineBuffer {
    /// A buffer for lines of `limit` bytes at most, their end not counted. Holds nothing on the
    /// heap until bytes come.
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: None,
            whole: 0,
            seen: 0,
            telnet: Telnet::Data,
            too_long: false,
            skipping: false,
            trails: false,
        }
    }

    /// Takes bytes, as many as [`room`](Self::room) says; how many were taken.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.room());
        let (mut rest, _) = bytes.split_at(taken);
        if !self.skipping && taken > 0 {
            self.bytes.get_or_insert_default().reserve(taken);
        }
        while let Some((&byte, behind)) = rest.split_first() {
            self.trails = true;
            if self.telnet == Telnet::Data {
                let plain = rest
                    .iter()
                    .position(|&b| b == LF || b == IAC)
                    .unwrap_or(rest.len());
                if plain > 0 {
                    let (run, behind) = rest.split_at(plain);
                    self.store(run);
                    rest = behind;
                    continue;
                }
            }
            self.step(byte);
            rest = behind;
        }
        taken
    }

    /// The next line, if one is whole or known to be too long.
    pub fn next_line(&mut self) -> Option<Line> {
        if self.whole == 0 {
            return core::mem::take(&mut self.too_long).then_some(Line::TooLong);
        }
        let bytes = self.bytes.as_mut()?;
        let end = bytes.iter().position(|&b| b == LF)?;
        let mut line = bytes.split_to(end + 1).freeze();
        self.whole -= line.len();
        self.seen = self.seen.saturating_sub(line.len());
        line.truncate(without_end(&line).len());
        Some(Line::Whole(line))
    }

    /// Whole lines that no earlier call gave, oldest first, without taking them: each is shown
    /// once, so that looking for one command after every read costs no rescan. Lines that are too
    /// long are not among them.
    pub fn unseen(&mut self) -> impl Iterator<Item = &[u8]> {
        let from = core::mem::replace(&mut self.seen, self.whole);
        split(self.whole_bytes().get(from..).unwrap_or_default())
    }

    /// Drops everything; how many bytes that was. 0 only if the buffer was
    /// [empty](Self::is_empty): what is known of a line too long or a Telnet sequence counts.
    pub fn clear(&mut self) -> usize {
        let dropped = self.held()
            + usize::from(self.telnet != Telnet::Data)
            + usize::from(self.too_long || self.skipping);
        *self = Self::new(self.limit);
        dropped
    }

    /// Gives the memory of an empty buffer back.
    pub fn release(&mut self) {
        if self.held() == 0 {
            self.bytes = None;
        }
    }

    /// How many bytes `push` takes now. Zero only while [`next_line`](Self::next_line) has
    /// something to give.
    pub fn room(&self) -> usize {
        if self.too_long {
            return 0;
        }
        // An IAC held back may yet become data. So bytes within the room never run past the first
        // sign of a line too long by more than one, and nothing can come to stand behind it.
        let held = self.held() + usize::from(self.telnet == Telnet::Command);
        let mut room = self.limit.saturating_add(2).saturating_sub(held);
        if let Telnet::Subnegotiation(n) | Telnet::SubnegotiationCommand(n) = self.telnet {
            room = room.min(self.limit.saturating_sub(n).saturating_add(1));
        }
        if self.whole == 0 { room.max(1) } else { room }
    }

    /// Whether nothing waits, not even a part of a line (or of a Telnet sequence).
    pub fn is_empty(&self) -> bool {
        self.held() == 0 && self.telnet == Telnet::Data && !self.too_long && !self.skipping
    }

    /// Whether anything came behind the lines that were taken, be it a Telnet sequence that left
    /// nothing: what came in clear must not go on under TLS.
    pub fn has_more(&self) -> bool {
        self.trails || !self.is_empty()
    }

    /// Whole lines that wait, oldest first, without taking them. Lines that are too long are not
    /// among them.
    pub fn waiting(&self) -> impl Iterator<Item = &[u8]> {
        split(self.whole_bytes())
    }

    fn held(&self) -> usize {
        self.bytes.as_ref().map_or(0, BytesMut::len)
    }

    fn whole_bytes(&self) -> &[u8] {
        let bytes = self.bytes.as_deref().unwrap_or_default();
        bytes.get(..self.whole).unwrap_or_default()
    }

    /// Takes one byte that is LF, IAC or within a Telnet sequence.
    fn step(&mut self, byte: u8) {
        self.telnet = match (self.telnet, byte) {
            (Telnet::Data, IAC) => Telnet::Command,
            (Telnet::Data, _) => {
                self.data(byte);
                Telnet::Data
            }
            (Telnet::Command, SB) => Telnet::Subnegotiation(0),
            (Telnet::Command, WILL..=DONT) => Telnet::Option,
            (Telnet::Command, IAC) => {
                self.data(IAC);
                Telnet::Data
            }
            (Telnet::Command, ..SE) => {
                self.data(IAC);
                self.data(byte);
                Telnet::Data
            }
            (Telnet::Command | Telnet::Option, _) => Telnet::Data,
            (Telnet::SubnegotiationCommand(_), SE) => Telnet::Data,
            // A subnegotiation without an end must not swallow the session: it makes its line too
            // long, and the next LF ends that.
            (Telnet::Subnegotiation(n) | Telnet::SubnegotiationCommand(n), _)
                if n >= self.limit =>
            {
                self.give_up();
                Telnet::Data
            }
            (Telnet::Subnegotiation(n), IAC) => Telnet::SubnegotiationCommand(n + 1),
            (Telnet::Subnegotiation(n) | Telnet::SubnegotiationCommand(n), _) => {
                Telnet::Subnegotiation(n + 1)
            }
        };
    }

    fn data(&mut self, byte: u8) {
        if byte != LF {
            return self.store(&[byte]);
        }
        self.trails = false;
        if self.skipping {
            self.skipping = false;
        } else {
            let bytes = self.bytes.get_or_insert_default();
            bytes.extend_from_slice(&[LF]);
            self.whole = bytes.len();
        }
    }

    /// Adds bytes without LF to the line that is coming in.
    fn store(&mut self, run: &[u8]) {
        if self.skipping {
            return;
        }
        let bytes = self.bytes.get_or_insert_default();
        bytes.extend_from_slice(run);
        let length = bytes.len() - self.whole;
        // The byte behind `limit` others may be the CR of the line's end.
        let spare = usize::from(bytes.last() == Some(&CR));
        if length > self.limit.saturating_add(spare) {
            self.give_up();
        }
    }

    /// The line that is coming in is too long: drops it and the rest of it.
    fn give_up(&mut self) {
        if !self.skipping {
            self.skipping = true;
            self.too_long = true;
            if let Some(bytes) = &mut self.bytes {
                bytes.truncate(self.whole);
            }
        }
    }
}

/// Shows no content: a line may hold a password.
impl fmt::Debug for LineBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBuffer")
            .field("limit", &self.limit)
            .field("held", &self.held())
            .field("whole", &self.whole)
            .field("telnet", &self.telnet)
            .field("too_long", &self.too_long)
            .field("skipping", &self.skipping)
            .finish_non_exhaustive()
    }
}

fn split(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines.split_inclusive(|&b| b == LF).map(without_end)
}

/// A line without its LF and one CR before it.
fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(&[LF]).unwrap_or(line);
    line.strip_suffix(&[CR]).unwrap_or(line)
}

#[cfg(test)]
mod tests;
