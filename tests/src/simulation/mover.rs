//! Bytes between a file and a data connection, through the codec of the session, in pieces.

use ftp_proto::data::{Codec, Fault};
use ftp_proto::{DataEnding, Direction, OpId};

use super::event::Who;
use super::network::Network;
use super::role::Role;

/// The bytes of one data connection on their way.
#[derive(Debug)]
pub(super) struct Mover {
    pub(super) op: OpId,
    pub(super) direction: Direction,
    codec: Codec,
    /// Read from the source, not yet through the codec.
    source: Vec<u8>,
    source_ended: bool,
    /// Through the codec, not yet written.
    target: Vec<u8>,
    finished: bool,
    pub(super) moved: u64,
    pub(super) is_pump_due: bool,
}

/// How far one step came.
pub(super) enum Pumped {
    More,
    Blocked,
    Over(DataEnding),
}

/// The largest piece that is moved at once.
const PIECE: usize = 4_096;

impl Mover {
    pub(super) const fn new(op: OpId, direction: Direction, codec: Codec) -> Self {
        Self {
            op,
            direction,
            codec,
            source: Vec::new(),
            source_ended: false,
            target: Vec::new(),
            finished: false,
            moved: 0,
            is_pump_due: false,
        }
    }

    pub(super) fn send(
        &mut self,
        net: &mut Network,
        stream: usize,
        who: Who,
        role: &mut impl Role,
    ) -> Pumped {
        if net.is_reset(stream, who) {
            return Pumped::Over(DataEnding::Reset);
        }
        if self.target.is_empty() && !self.finished {
            if self.source.is_empty() && !self.source_ended {
                let most = net.random.length(PIECE);
                match role.read(self.op, most) {
                    Ok(bytes) => {
                        self.source_ended = bytes.is_empty();
                        self.source = bytes;
                    }
                    Err(failure) => return Pumped::Over(DataEnding::Local(failure)),
                }
            }
            if let Err(fault) = self.convert(net) {
                return Pumped::Over(fault.into());
            }
        }
        if !self.target.is_empty() {
            let n = net.random.length(self.target.len());
            let Some(n) = net.write(stream, who, &self.target[..n]) else {
                return Pumped::Over(DataEnding::Reset);
            };
            if n == 0 {
                return Pumped::Blocked;
            }
            self.moved += n as u64;
            self.target.drain(..n);
        }
        if self.finished && self.target.is_empty() {
            net.shut(stream, who);
            return Pumped::Over(DataEnding::Complete);
        }
        Pumped::More
    }

    pub(super) fn receive(
        &mut self,
        net: &mut Network,
        stream: usize,
        who: Who,
        role: &mut impl Role,
    ) -> Pumped {
        let most = net.random.length(PIECE);
        let bytes = net.read(stream, who, most);
        self.moved += bytes.len() as u64;
        let came = !bytes.is_empty();
        self.source.extend(bytes);
        if !came {
            if net.is_reset(stream, who) {
                return Pumped::Over(DataEnding::Reset);
            }
            self.source_ended = net.is_at_end(stream, who);
            if !self.source_ended {
                return Pumped::Blocked;
            }
        }
        while !self.finished && (self.source_ended || !self.source.is_empty()) {
            if let Err(fault) = self.convert(net) {
                return Pumped::Over(fault.into());
            }
            let target = std::mem::take(&mut self.target);
            if let Err(failure) = role.write(self.op, &target) {
                return Pumped::Over(DataEnding::Local(failure));
            }
        }
        if self.finished {
            return Pumped::Over(DataEnding::Complete);
        }
        Pumped::More
    }

    fn convert(&mut self, net: &mut Network) -> Result<(), Fault> {
        let room = net
            .random
            .between(Codec::SMALLEST_TARGET as u64, PIECE as u64);
        let mut target = vec![0; usize::try_from(room).unwrap_or(PIECE)];
        let last = self.source_ended;
        let progress = self.codec.run(&self.source, &mut target, last)?;
        self.source.drain(..progress.read);
        target.truncate(progress.written);
        self.target.extend(target);
        self.finished = progress.finished;
        Ok(())
    }
}
