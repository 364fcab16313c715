//! MODE Z: a zlib stream (RFC 1950) of what MODE S would send (draft-preston-ftpext-deflate).

use alloc::boxed::Box;
use alloc::vec;
use core::fmt;

use miniz_oxide::deflate::core::CompressorOxide;
use miniz_oxide::deflate::stream::deflate;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::room::{Room, skip};
use super::{Codec, Fault, Level, Progress};
use crate::contract::Direction;

/// The codec of MODE Z, around that of MODE S.
///
/// ```
/// use ftp_proto::Direction;
/// use ftp_proto::codec::command::TransferMode;
/// use ftp_proto::data::{Codec, CodecOptions, TransferParameters};
///
/// let parameters = TransferParameters {
///     mode: TransferMode::Deflate,
///     ..TransferParameters::IMAGE
/// };
/// let run = |direction, source: &[u8]| {
///     let mut codec = Codec::new(direction, parameters, CodecOptions::default())?;
///     assert!(matches!(codec, Codec::Deflate(_)));
///     let mut target = [0; 2_000];
///     let progress = codec.run(source, &mut target, true)?;
///     assert!(progress.finished);
///     Ok::<_, Box<dyn std::error::Error>>(target[..progress.written].to_vec())
/// };
/// let file = [b'-'; 1_000];
/// let wire = run(Direction::Send, &file)?;
/// assert!(wire.len() < 50);
/// assert_eq!(run(Direction::Receive, &wire)?, file);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Deflate {
    inner: Codec,
    /// Between the two, where the inner one does anything.
    middle: Middle,
    way: Way,
    /// The file has ended.
    has_ended: bool,
    fault: Option<Fault>,
}

#[derive(Clone)]
enum Way {
    Send(Box<CompressorOxide>),
    Receive {
        state: Box<InflateState>,
        /// Something came: an empty file may be no stream at all.
        has_begun: bool,
        /// Whether the zlib stream was whole, once it has ended.
        end: Option<Result<(), Fault>>,
    },
}

#[derive(Clone)]
struct Middle {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    /// Nothing will be added.
    is_last: bool,
}

impl Deflate {
    /// All that it will ever need is allocated here, some 300 KiB to send and 45 KiB to receive.
    pub(super) fn new(direction: Direction, inner: Codec, level: Level) -> Self {
        let way = match direction {
            Direction::Send => {
                let mut compressor = Box::<CompressorOxide>::default();
                compressor.set_format_and_level(DataFormat::Zlib, level.to_u8());
                Way::Send(compressor)
            }
            Direction::Receive => Way::Receive {
                state: InflateState::new_boxed(DataFormat::Zlib),
                has_begun: false,
                end: None,
            },
        };
        let size = if inner.is_passthrough() { 0 } else { MIDDLE };
        Self {
            inner,
            middle: Middle {
                bytes: vec![0; size].into_boxed_slice(),
                start: 0,
                end: 0,
                is_last: false,
            },
            way,
            has_ended: false,
            fault: None,
        }
    }

    /// See [`Codec::run`].
    pub(super) fn run(
        &mut self,
        source: &[u8],
        target: &mut [u8],
        last: bool,
    ) -> Result<Progress, Fault> {
        let mut rest = source;
        let mut room = Room::new(target);
        let result = match self.fault {
            Some(fault) => Err(fault),
            None => self.pass(&mut rest, &mut room, last),
        };
        let (read, written) = (source.len() - rest.len(), room.written());
        if let Err(fault) = result {
            self.fault = Some(fault);
            // What was whole before it counts.
            if read + written == 0 {
                return Err(fault);
            }
        }
        Ok(Progress {
            read,
            written,
            finished: self.has_ended && rest.is_empty(),
        })
    }

    fn pass(&mut self, rest: &mut &[u8], room: &mut Room<'_>, last: bool) -> Result<(), Fault> {
        while !self.has_ended {
            let is_further = match &mut self.way {
                Way::Send(compressor) => {
                    let taken = self.middle.refill(&mut self.inner, rest, last)?;
                    let is_plain = self.inner.is_passthrough();
                    let (piece, is_last) = match is_plain {
                        true => (*rest, last),
                        false => (self.middle.bytes(), self.middle.is_last),
                    };
                    let (read, written, ended) = compress(compressor, piece, room.rest(), is_last)?;
                    room.advance(written);
                    match is_plain {
                        true => skip(rest, read),
                        false => self.middle.take(read),
                    }
                    self.has_ended = ended;
                    taken || read + written > 0
                }
                Way::Receive {
                    state,
                    has_begun,
                    end,
                } => {
                    *has_begun |= !rest.is_empty();
                    if *end == Some(Ok(())) && !rest.is_empty() {
                        return Err(Fault::Malformed);
                    }
                    let is_plain = self.inner.is_passthrough();
                    let free = match is_plain {
                        true => room.rest(),
                        false => self.middle.free(),
                    };
                    let (read, written) = match end.is_some() || free.is_empty() {
                        true => (0, 0),
                        false => {
                            let (read, written, ended) = decompress(state, rest, free);
                            *end = ended;
                            (read, written)
                        }
                    };
                    skip(rest, read);
                    let is_over = last && rest.is_empty() && (*end == Some(Ok(())) || !*has_begun);
                    if is_plain {
                        room.advance(written);
                        self.has_ended = is_over;
                        read + written > 0
                    } else {
                        self.middle.filled(written);
                        let progress = self.middle.empty(&mut self.inner, room, is_over)?;
                        self.has_ended = is_over && progress.finished;
                        if self.inner.has_ended() && !self.middle.bytes().is_empty() {
                            return Err(Fault::Malformed);
                        }
                        read + written + progress.read + progress.written > 0
                    }
                }
            };
            if !is_further {
                break;
            }
        }
        self.check_end(rest, room, last)
    }

    /// Whether there is nothing more to come, and no end.
    fn check_end(&self, rest: &[u8], room: &Room<'_>, last: bool) -> Result<(), Fault> {
        match &self.way {
            Way::Receive { end, has_begun, .. } if self.middle.bytes().is_empty() => match end {
                Some(end) => *end,
                // All was taken, and there is room.
                None if last && rest.is_empty() && *has_begun && room.written() == 0 => {
                    Err(Fault::Truncated)
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// Bytes read and written, and whether the stream has ended.
type Step = Result<(usize, usize, bool), Fault>;

fn compress(state: &mut CompressorOxide, source: &[u8], target: &mut [u8], last: bool) -> Step {
    if target.is_empty() {
        return Ok((0, 0, false));
    }
    let flush = match last {
        true => MZFlush::Finish,
        false => MZFlush::None,
    };
    let result = deflate(state, source, target, flush);
    match result.status {
        Ok(status) => Ok((
            result.bytes_consumed,
            result.bytes_written,
            status == MZStatus::StreamEnd,
        )),
        // Nothing to do.
        Err(MZError::Buf) => Ok((result.bytes_consumed, result.bytes_written, false)),
        Err(_) => Err(Fault::Malformed),
    }
}

/// Bytes read and written, and how the stream has ended if it has.
fn decompress(
    state: &mut InflateState,
    source: &[u8],
    target: &mut [u8],
) -> (usize, usize, Option<Result<(), Fault>>) {
    let result = inflate(state, source, target, MZFlush::None);
    let end = match result.status {
        Ok(MZStatus::StreamEnd) => Some(Ok(())),
        // Nothing to do.
        Ok(MZStatus::Ok) | Err(MZError::Buf) => None,
        Ok(MZStatus::NeedDict) | Err(_) => Some(Err(Fault::Malformed)),
    };
    (result.bytes_consumed, result.bytes_written, end)
}

impl Middle {
    /// Sending: runs the file through the inner codec; whether that came further.
    fn refill(&mut self, inner: &mut Codec, rest: &mut &[u8], last: bool) -> Result<bool, Fault> {
        if inner.is_passthrough() || self.is_last || self.start < self.end {
            return Ok(false);
        }
        let progress = inner.run(rest, &mut self.bytes, last)?;
        skip(rest, progress.read);
        (self.start, self.end) = (0, progress.written);
        self.is_last = progress.finished;
        Ok(progress.read + progress.written > 0)
    }

    /// Receiving: runs what is there through the inner codec.
    fn empty(
        &mut self,
        inner: &mut Codec,
        room: &mut Room<'_>,
        last: bool,
    ) -> Result<Progress, Fault> {
        let progress = inner.run(self.bytes(), room.rest(), last)?;
        room.advance(progress.written);
        self.take(progress.read);
        Ok(progress)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Room, once all that was there is taken.
    fn free(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            &mut self.bytes
        } else {
            Default::default()
        }
    }

    fn filled(&mut self, n: usize) {
        self.end += n;
    }

    fn take(&mut self, n: usize) {
        self.start += n;
    }
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflate")
            .field("inner", &self.inner)
            .field("has_ended", &self.has_ended)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}

/// Bytes between the two codecs.
const MIDDLE: usize = 4_096;
