//! TYPE A (RFC 959 §3.1.1.1).

use super::{Progress, copy};
use crate::contract::Direction;

const CR: u8 = b'\r';
const LF: u8 = b'\n';

/// The codec of TYPE A.
///
/// Sending, LF becomes CRLF and all else stays, CR before LF too; receiving, CRLF becomes LF and a
/// CR alone stays. So every sequence of bytes survives the way there and back.
///
/// ```
/// use ftp_proto::Direction;
/// use ftp_proto::data::{Ascii, Codec};
///
/// let mut codec = Codec::Ascii(Ascii::new(Direction::Receive));
/// let mut file = [0; 16];
/// let progress = codec.run(b"one\r\ntwo\r\n", &mut file, true)?;
/// assert_eq!(&file[..progress.written], b"one\ntwo\n");
/// # Ok::<(), ftp_proto::data::Fault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ascii {
    direction: Direction,
    /// Receiving: a CR was read, and what follows it is not known yet.
    held: bool,
}

impl Ascii {
    /// A codec for bytes that go this way.
    pub const fn new(direction: Direction) -> Self {
        Self {
            direction,
            held: false,
        }
    }

    /// See [`Codec::run`](super::Codec::run).
    pub(super) fn run(&mut self, source: &[u8], target: &mut [u8], last: bool) -> Progress {
        let (mut rest, mut room) = (source, &mut *target);
        match self.direction {
            Direction::Send => while send(&mut rest, &mut room) {},
            Direction::Receive => {
                while self.receive(&mut rest, &mut room) {}
                if last && self.held && rest.is_empty() {
                    self.held = !put(&mut room, &[CR]);
                }
            }
        }
        let (left, unused) = (rest.len(), room.len());
        Progress {
            read: source.len() - left,
            written: target.len() - unused,
            finished: last && left == 0 && !self.held,
        }
    }

    /// Takes a run without CR, or the one or two bytes that a CR decides about; whether it came
    /// further.
    fn receive(&mut self, rest: &mut &[u8], room: &mut &mut [u8]) -> bool {
        if self.held {
            let Some((&next, behind)) = rest.split_first() else {
                return false;
            };
            let crlf = next == LF;
            if !put(room, if crlf { &[LF] } else { &[CR] }) {
                return false;
            }
            if crlf {
                *rest = behind;
            }
            self.held = false;
            return true;
        }
        match take_run(rest, room, CR) {
            Run::Some => true,
            Run::Stop(behind) => {
                *rest = behind;
                self.held = true;
                true
            }
            Run::Nothing => false,
        }
    }
}

/// Takes a run without LF, or an LF; whether it came further.
fn send(rest: &mut &[u8], room: &mut &mut [u8]) -> bool {
    match take_run(rest, room, LF) {
        Run::Some => true,
        Run::Stop(behind) => {
            let fits = put(room, &[CR, LF]);
            if fits {
                *rest = behind;
            }
            fits
        }
        Run::Nothing => false,
    }
}

enum Run<'a> {
    /// Bytes were copied.
    Some,
    /// The byte to stop at comes first, and this is what stands behind it.
    Stop(&'a [u8]),
    /// The source is empty, or there is no room.
    Nothing,
}

/// Copies what stands before `stop`, as much as there is room for.
fn take_run<'a>(rest: &mut &'a [u8], room: &mut &mut [u8], stop: u8) -> Run<'a> {
    if let Some((&first, behind)) = rest.split_first()
        && first == stop
    {
        return Run::Stop(behind);
    }
    // No further than there is room for: with a small target, a long run is not searched again.
    let (near, _) = rest.split_at(rest.len().min(room.len()));
    let length = near.iter().position(|&b| b == stop).unwrap_or(near.len());
    let (run, _) = near.split_at(length);
    let n = copy(run, room);
    if n == 0 {
        return Run::Nothing;
    }
    (_, *rest) = rest.split_at(n);
    advance(room, n);
    Run::Some
}

/// Writes all of `bytes`, or nothing where they do not fit.
fn put(room: &mut &mut [u8], bytes: &[u8]) -> bool {
    let fits = bytes.len() <= room.len();
    if fits {
        copy(bytes, room);
        advance(room, bytes.len());
    }
    fits
}

fn advance(room: &mut &mut [u8], n: usize) {
    (_, *room) = core::mem::take(room).split_at_mut(n);
}
