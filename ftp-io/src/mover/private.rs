//! Between a data connection under TLS and what is read or written.

use std::io;
use std::task::{Context, Poll};

use ftp_proto::data::{Codec, Marker};
use ftp_proto::{DataEnd, DataEnding, Direction, Handshake};

use super::buffer::{self, Buffer, Converted, convert};
use super::{End, On, Outcome, Step};
use crate::channel::{Connection, TlsSummary, Waits, Wire};

/// A transfer that begins with a handshake.
#[derive(Debug)]
pub(crate) struct Private {
    tls: Option<Box<Connection>>,
    direction: Direction,
    after: After,
    phase: Phase,
    codec: Codec,
    /// Not yet through the codec.
    raw: Buffer,
    /// To be sent, or written, as it is.
    out: Buffer,
    /// There is no more.
    at_end: bool,
    shaken: Option<Result<Shaken, io::Error>>,
    /// Only the peer's end is missing, and that was not told yet.
    has_crossed: bool,
    outcome: Outcome,
    /// The last restart marker; it counts once what came before it is written.
    marker: Option<Marker>,
}

/// What a handshake has brought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shaken {
    pub(crate) handshake: Handshake,
    pub(crate) summary: TlsSummary,
    /// At a server: whether the connection is the session's own.
    pub(crate) is_proven: bool,
}

/// How the bytes of a transfer are protected.
#[derive(Debug)]
pub(crate) enum Cover {
    /// Not at all.
    Clear,
    /// By TLS; without a connection its handshake has failed.
    Tls(Option<Box<Connection>>, After),
}

/// What is still done behind close_notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Nothing.
    Leave,
    /// The peer's bytes are read to the end of TCP: tickets that come with an upload are there, and
    /// a server that is left before it has closed may wait for a retransmission.
    Drain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    ShakingHands,
    Moving,
    Closing,
    Draining,
}

impl Private {
    /// A transfer that has not begun. Without a connection its handshake has failed.
    pub(crate) fn new(
        tls: Option<Box<Connection>>,
        direction: Direction,
        codec: Codec,
        after: After,
    ) -> Self {
        Self {
            tls,
            direction,
            after,
            phase: Phase::ShakingHands,
            codec,
            raw: Buffer::default(),
            out: Buffer::default(),
            at_end: false,
            shaken: None,
            has_crossed: false,
            outcome: Outcome::default(),
            marker: None,
        }
    }

    /// Moves about `budget` bytes at most.
    pub(crate) fn step(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        mut end: End<'_>,
        budget: usize,
    ) -> Step {
        if let Some(ended) = self.outcome.ended() {
            return ended;
        }
        let begun_at = self.outcome.bytes;
        loop {
            // What has been received is written before the step ends.
            let is_held = self.direction == Direction::Receive && !self.out.is_empty();
            if self.outcome.left(begun_at, budget).is_none() && !is_held {
                return Step::Progress;
            }
            if let Some(step) = self.turn(cx, wire, &mut end) {
                return step;
            }
        }
    }

    /// The end of a transfer that is cut short here.
    pub(crate) fn cut(&self) -> DataEnd {
        self.outcome.cut()
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.outcome.bytes
    }

    pub(crate) const fn error(&self) -> Option<&io::Error> {
        self.outcome.error.as_ref()
    }

    pub(crate) const fn direction(&self) -> Direction {
        self.direction
    }

    /// Whether an orderly end would tell the peer that it has everything, and it has not.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.direction == Direction::Send && self.phase != Phase::Draining
    }

    /// The restart marker up to which everything is written, once (MODE B and C).
    pub(crate) fn take_marker(&mut self) -> Option<Marker> {
        self.marker.take_if(|_| self.out.is_empty())
    }

    /// What the handshake has brought, or why it failed, once.
    pub(crate) fn take_shaken(&mut self) -> Option<Result<Shaken, io::Error>> {
        self.shaken.take()
    }

    /// Whether all has crossed by now; told once.
    pub(crate) fn take_crossed(&mut self) -> bool {
        std::mem::take(&mut self.has_crossed)
    }

    /// What a step that was blocked by the socket waits for.
    #[cfg(feature = "blocking")]
    pub(crate) fn waits(&self) -> Waits {
        self.tls
            .as_ref()
            .map_or(Waits::default(), |tls| tls.waits())
    }

    /// Does one thing; `None` when there may be another to do.
    fn turn(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        end: &mut End<'_>,
    ) -> Option<Step> {
        match self.phase {
            Phase::ShakingHands => self.shake_hands(cx, wire),
            Phase::Moving => match end {
                End::Source(source) => self.send(cx, wire, &mut **source),
                End::Sink(sink) => self.receive(cx, wire, &mut **sink),
            },
            Phase::Closing => self.close(cx, wire),
            Phase::Draining => {
                let drained = self.tls.as_mut().map(|tls| tls.drain(cx, wire));
                match drained {
                    Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                        Some(Step::Blocked(On::Socket))
                    }
                    // Everything has crossed; how the peer then leaves does not matter.
                    _ => Some(self.outcome.end(DataEnding::Complete)),
                }
            }
        }
    }

    fn shake_hands(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> Option<Step> {
        let Some(tls) = &mut self.tls else {
            return Some(self.outcome.end(DataEnding::HandshakeFailed));
        };
        match tls.handshake(cx, wire) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Some(Step::Blocked(On::Socket));
            }
            Err(error) => {
                self.shaken = Some(Err(error));
                return Some(self.outcome.end(DataEnding::HandshakeFailed));
            }
        }
        let is_proven = tls.is_proven();
        if !is_proven && tls.requires_proof() {
            // The peer learns why by the reply; here it is told that nothing follows.
            let _ = tls.close(cx, wire);
            return Some(self.outcome.end(DataEnding::Unproven));
        }
        self.shaken = Some(Ok(Shaken {
            handshake: tls.handshake_kind(),
            summary: tls.summary(),
            is_proven,
        }));
        self.phase = Phase::Moving;
        None
    }

    fn send(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        source: &mut dyn crate::storage::Source,
    ) -> Option<Step> {
        if !self.out.is_empty() {
            let sent = self.tls.as_mut()?.write(cx, wire, self.out.bytes());
            return match sent {
                Ok(sent) => {
                    self.out.take(sent);
                    self.outcome.add(sent);
                    None
                }
                Err(error) => Some(self.blocked(error)),
            };
        }
        if !self.codec.is_passthrough() && (self.at_end || !self.raw.is_empty()) {
            return self.convert();
        }
        if self.at_end {
            self.phase = Phase::Closing;
            return None;
        }
        let (buffer, size) = match self.codec.is_passthrough() {
            true => (&mut self.out, PIECE),
            false => (&mut self.raw, buffer::SIZE),
        };
        let room = buffer.room(size);
        match source.poll_read(cx, room) {
            Poll::Pending => Some(Step::Blocked(On::Storage)),
            Poll::Ready(Ok(read)) => {
                let read = read.min(room.len());
                buffer.filled(read);
                self.at_end = read == 0;
                None
            }
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => None,
            Poll::Ready(Err(error)) => Some(self.outcome.local(error)),
        }
    }

    fn receive(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut dyn Wire,
        sink: &mut dyn crate::storage::Sink,
    ) -> Option<Step> {
        if !self.out.is_empty() {
            return match sink.poll_write(cx, self.out.bytes()) {
                Poll::Pending => Some(Step::Blocked(On::Storage)),
                Poll::Ready(Ok(0)) => Some(self.outcome.local(io::ErrorKind::WriteZero)),
                Poll::Ready(Ok(written)) => {
                    self.out.take(written);
                    None
                }
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => None,
                Poll::Ready(Err(error)) => Some(self.outcome.local(error)),
            };
        }
        if !self.codec.is_passthrough()
            && (self.at_end || self.codec.has_ended() || !self.raw.is_empty())
        {
            return self.convert();
        }
        if self.at_end {
            self.phase = Phase::Closing;
            return None;
        }
        let (buffer, size) = match self.codec.is_passthrough() {
            true => (&mut self.out, PIECE),
            false => (&mut self.raw, buffer::SIZE),
        };
        let received = self.tls.as_mut()?.read(cx, wire, buffer.room(size));
        match received {
            Ok(0) => self.at_end = true,
            Ok(received) => {
                buffer.filled(received);
                self.outcome.add(received);
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Some(self.outcome.end(DataEnding::Truncated));
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::WouldBlock {
                    // A slow peer's transfer holds no buffer while it waits.
                    buffer.release();
                }
                return Some(self.blocked(error));
            }
        }
        None
    }

    fn convert(&mut self) -> Option<Step> {
        let converted = convert(&mut self.codec, &mut self.raw, &mut self.out, self.at_end);
        self.marker = self.codec.take_marker().or(self.marker.take());
        match converted {
            Ok(Converted::Some) => {}
            Ok(Converted::All) => self.phase = Phase::Closing,
            Ok(Converted::Stuck) => return Some(self.outcome.local(io::ErrorKind::InvalidData)),
            Err(fault) => return Some(self.outcome.fault(fault)),
        }
        None
    }

    fn close(&mut self, cx: &mut Context<'_>, wire: &mut dyn Wire) -> Option<Step> {
        let closed = self.tls.as_mut()?.close(cx, wire);
        match (closed, self.direction) {
            (Ok(()), _) => {}
            (Err(error), Direction::Send) => return Some(self.blocked(error)),
            // The file is whole; the peer need not listen any more.
            (Err(_), Direction::Receive) => {}
        }
        match (self.after, self.direction) {
            (After::Leave, Direction::Receive) => {}
            (_, direction) => {
                if let Err(error) = wire.shutdown()
                    && direction == Direction::Send
                {
                    return Some(self.outcome.reset(error));
                }
            }
        }
        match self.after {
            After::Leave => Some(self.outcome.end(DataEnding::Complete)),
            After::Drain => {
                self.phase = Phase::Draining;
                self.has_crossed = true;
                None
            }
        }
    }

    fn blocked(&mut self, error: io::Error) -> Step {
        match error.kind() {
            io::ErrorKind::WouldBlock => Step::Blocked(On::Socket),
            _ => self.outcome.reset(error),
        }
    }
}

/// Bytes that TLS is given at once.
const PIECE: usize = 64 << 10;
