//! The parts that a file passes through one after the other: characters, records, mode.

use alloc::boxed::Box;

use bytes::Bytes;

use super::block::{BlockDecoder, BlockEncoder};
use super::compressed::{CompressedDecoder, CompressedEncoder};
use super::ebcdic::CodePage;
use super::marker::Marker;
use super::mode::{Advance, Decoder, Encoder};
use super::parameters::{CodecOptions, TransferParameters};
use super::record::{RecordDecoder, RecordEncoder};
use super::room::Room;
use super::text::{FromFile, ToFile};
use super::{Fault, Progress};
use crate::codec::command::{FileStructure, RepresentationType, TransferMode};
use crate::contract::Direction;

/// A codec of TYPE E, STRU R, MODE B or MODE C, in whatever combination.
#[derive(Clone, Debug)]
pub struct Composed(Way);

#[derive(Clone, Debug)]
enum Way {
    Send(Sender),
    Receive(Receiver),
}

#[derive(Clone, Debug)]
struct Sender {
    file: FromFile,
    encoder: Encoder,
    /// Bytes of the file up to here.
    position: u64,
    markers: Option<Interval>,
}

/// When the next restart marker is due.
#[derive(Clone, Copy, Debug)]
struct Interval {
    every: u64,
    next: u64,
}

#[derive(Clone, Debug)]
struct Receiver {
    file: ToFile,
    decoder: Decoder,
    position: u64,
    marker: Reading,
    fault: Option<Fault>,
    has_ended: bool,
}

/// How far a restart marker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    None,
    /// It was read; a CR before it that was held back is to be written first.
    Read,
    /// It can be taken.
    Offered,
}

impl Composed {
    /// `MODE Z` is around this and not inside: it compresses what MODE S would send.
    pub(super) fn new(
        direction: Direction,
        parameters: TransferParameters,
        options: CodecOptions,
    ) -> Self {
        let TransferParameters {
            representation,
            structure,
            mode,
        } = parameters;
        let page = options.code_page;
        let filler = filler(representation, page);
        Self(match direction {
            Direction::Send => Way::Send(Sender {
                file: FromFile::new(representation, structure, page, options.line_ends),
                encoder: match (mode, structure) {
                    (TransferMode::Block, _) => Encoder::Block(BlockEncoder::new()),
                    (TransferMode::Compressed, _) => {
                        Encoder::Compressed(Box::new(CompressedEncoder::new(filler)))
                    }
                    (_, FileStructure::Record) => Encoder::Record(RecordEncoder::default()),
                    _ => Encoder::Stream,
                },
                position: options.offset,
                markers: options.markers.map(|every| Interval {
                    every: every.get(),
                    next: options.offset.saturating_add(every.get()),
                }),
            }),
            Direction::Receive => Way::Receive(Receiver {
                file: ToFile::new(representation, structure, page),
                decoder: match (mode, structure) {
                    (TransferMode::Block, _) => Decoder::Block(BlockDecoder::new()),
                    (TransferMode::Compressed, _) => {
                        Decoder::Compressed(CompressedDecoder::new(filler))
                    }
                    (_, FileStructure::Record) => Decoder::Record(RecordDecoder::default()),
                    _ => Decoder::Stream,
                },
                position: options.offset,
                marker: Reading::None,
                fault: None,
                has_ended: false,
            }),
        })
    }

    /// See [`Codec::run`](super::Codec::run).
    pub(super) fn run(
        &mut self,
        source: &[u8],
        target: &mut [u8],
        last: bool,
    ) -> Result<Progress, Fault> {
        match &mut self.0 {
            Way::Send(sender) => Ok(sender.run(source, target, last)),
            Way::Receive(receiver) => receiver.run(source, target, last),
        }
    }

    pub(super) fn take_marker(&mut self) -> Option<Marker> {
        match &mut self.0 {
            Way::Receive(receiver) if receiver.marker == Reading::Offered => {
                let text: Bytes = receiver.decoder.markers()?.take()?;
                let position = receiver.position;
                Some(Marker { text, position })
            }
            Way::Send(_) | Way::Receive(_) => None,
        }
    }

    pub(super) const fn has_ended(&self) -> bool {
        matches!(&self.0, Way::Receive(receiver) if receiver.has_ended)
    }

    pub(super) fn suspect(&self) -> u64 {
        match &self.0 {
            Way::Send(_) => 0,
            Way::Receive(receiver) => receiver.decoder.suspect(),
        }
    }
}

impl Sender {
    fn run(&mut self, source: &[u8], target: &mut [u8], last: bool) -> Progress {
        let mut rest = source;
        let mut room = Room::new(target);
        while !rest.is_empty() {
            let piece = match self.markers {
                // A marker stands before what follows it, never at the end.
                Some(interval) if interval.next == self.position => {
                    if !self.mark(interval, &mut room) {
                        break;
                    }
                    continue;
                }
                Some(interval) => {
                    let until = usize::try_from(interval.next.saturating_sub(self.position));
                    rest.get(..until.unwrap_or(usize::MAX)).unwrap_or(rest)
                }
                None => rest,
            };
            let mut left = piece;
            let is_further = self.file.take(&mut left, &mut self.encoder, &mut room);
            let taken = piece.len() - left.len();
            (_, rest) = rest.split_at(taken);
            self.position = self.position.saturating_add(taken as u64);
            if !is_further {
                break;
            }
        }
        let finished = last && rest.is_empty() && self.encoder.finish(&mut room);
        Progress {
            read: source.len() - rest.len(),
            written: room.written(),
            finished,
        }
    }

    /// Puts a restart marker here; whether that was taken.
    fn mark(&mut self, interval: Interval, room: &mut Room<'_>) -> bool {
        let mut text = [0; DIGITS];
        let is_taken = self.encoder.marker(decimal(self.position, &mut text), room);
        if is_taken {
            let next = interval.next.saturating_add(interval.every);
            self.markers = Some(Interval { next, ..interval });
        }
        is_taken
    }
}

impl Receiver {
    fn run(&mut self, source: &[u8], target: &mut [u8], last: bool) -> Result<Progress, Fault> {
        let mut rest = source;
        let mut room = Room::new(target);
        if self.marker == Reading::Offered {
            self.marker = Reading::None;
            if let Some(markers) = self.decoder.markers() {
                markers.forget();
            }
        }
        let result = match self.fault {
            Some(fault) => Err(fault),
            None => self.pass(&mut rest, &mut room, last),
        };
        let (read, written) = (source.len() - rest.len(), room.written());
        self.position = self.position.saturating_add(written as u64);
        let finished = match result {
            Ok(finished) => finished,
            Err(fault) => {
                self.fault = Some(fault);
                // What was whole before it counts.
                if read + written == 0 {
                    return Err(fault);
                }
                false
            }
        };
        Ok(Progress {
            read,
            written,
            finished,
        })
    }

    /// Takes what can be taken; whether the file has ended and is written.
    fn pass(&mut self, rest: &mut &[u8], room: &mut Room<'_>, last: bool) -> Result<bool, Fault> {
        while !self.has_ended {
            if self.marker == Reading::Read {
                if self.file.finish(room) {
                    self.marker = Reading::Offered;
                }
                return Ok(false);
            }
            match self.decoder.advance(rest, &mut self.file, room)? {
                Advance::Further if self.has_marker() => self.marker = Reading::Read,
                Advance::Further => {}
                Advance::Ended => self.has_ended = true,
                Advance::Nothing if last && rest.is_empty() && !self.is_blocked(room) => {
                    if !self.decoder.ends_with_connection() {
                        return Err(Fault::Truncated);
                    }
                    self.has_ended = true;
                }
                Advance::Nothing => break,
            }
        }
        Ok(self.has_ended && self.file.finish(room))
    }

    fn has_marker(&mut self) -> bool {
        self.decoder
            .markers()
            .is_some_and(|markers| markers.is_waiting())
    }

    /// Whether it may be for want of room that the decoder came no further.
    fn is_blocked(&self, room: &Room<'_>) -> bool {
        room.len() < super::Codec::SMALLEST_TARGET && room.written() > 0
    }
}

/// What MODE C takes to fill with: the space of text, or zero (RFC 959 §3.4.3).
const fn filler(representation: RepresentationType, page: CodePage) -> u8 {
    match representation {
        RepresentationType::Ascii(_) => b' ',
        RepresentationType::Ebcdic(_) => page.to_ebcdic()[b' ' as usize],
        RepresentationType::Image | RepresentationType::Local(_) => 0,
    }
}

const DIGITS: usize = 20;

/// A number as REST takes it.
fn decimal(mut number: u64, text: &mut [u8; DIGITS]) -> &[u8] {
    let mut start = DIGITS;
    for at in (0..DIGITS).rev() {
        if let Some(digit) = text.get_mut(at) {
            *digit = b'0' + (number % 10) as u8;
        }
        start = at;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.get(start..).unwrap_or_default()
}
