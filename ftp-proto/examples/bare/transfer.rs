//! A transfer, step by step: between a queue and the application, through the codec.

use ftp_proto::data::Codec;
use ftp_proto::{Closing, DataEnding, Direction, OpId, Session};

use crate::driver::Application;
use crate::link::Link;

pub struct Transfer {
    op: OpId,
    direction: Direction,
    codec: Codec,
    is_finished: bool,
    /// Bytes that have crossed the data connection.
    pub bytes: u64,
}

impl Transfer {
    pub fn new(op: OpId, direction: Direction, codec: Codec) -> Self {
        let (is_finished, bytes) = (false, 0);
        Self {
            op,
            direction,
            codec,
            is_finished,
            bytes,
        }
    }

    /// Moves what the queue holds or takes now. How the transfer has ended, if it has.
    pub fn step<S: Session>(
        &mut self,
        link: &mut Link,
        app: &mut impl Application<S>,
    ) -> Option<DataEnding> {
        match self.direction {
            Direction::Send => self.send(link, app),
            Direction::Receive => self.receive(link, app),
        }
    }

    fn send<S: Session>(
        &mut self,
        link: &mut Link,
        app: &mut impl Application<S>,
    ) -> Option<DataEnding> {
        if link.outbound.is_broken {
            return Some(DataEnding::Reset);
        }
        let mut piece = [0; PIECE];
        while !self.is_finished {
            let room = link.outbound.room().min(piece.len());
            if room < Codec::SMALLEST_TARGET {
                return None;
            }
            let next = match app.next(self.op) {
                Ok(next) => next,
                Err(failure) => return Some(DataEnding::Local(failure)),
            };
            let progress = match self.codec.run(next, &mut piece[..room], next.is_empty()) {
                Ok(progress) => progress,
                Err(fault) => return Some(fault.into()),
            };
            app.skip(self.op, progress.read);
            self.bytes += link.outbound.write(&piece[..progress.written]) as u64;
            self.is_finished = progress.finished;
            if self.is_finished {
                link.outbound.close(Closing::Orderly);
            }
        }
        // All is with the stack, and this half is closed.
        link.outbound.is_flushed().then_some(DataEnding::Complete)
    }

    fn receive<S: Session>(
        &mut self,
        link: &mut Link,
        app: &mut impl Application<S>,
    ) -> Option<DataEnding> {
        let (mut piece, mut file) = ([0; PIECE], [0; PIECE]);
        loop {
            let read = link.inbound.read(&mut piece);
            self.bytes += read as u64;
            let is_last = match link.inbound.closed().filter(|_| read == 0) {
                Some(Closing::Reset) => return Some(DataEnding::Reset),
                closed => closed.is_some(),
            };
            let mut source = &piece[..read];
            while is_last || !source.is_empty() {
                let progress = match self.codec.run(source, &mut file, is_last) {
                    Ok(progress) => progress,
                    Err(fault) => return Some(fault.into()),
                };
                if let Err(failure) = app.append(self.op, &file[..progress.written]) {
                    return Some(DataEnding::Local(failure));
                }
                source = &source[progress.read..];
                if progress.finished {
                    return Some(DataEnding::Complete);
                }
            }
            if read == 0 {
                return None;
            }
        }
    }
}

const PIECE: usize = 512;
