//! A driver with nothing beneath it: no sockets, no threads, no clock. The program gives it turns,
//! and in each it does all that can be done at once.

use ftp_proto::data::Codec;
use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataEnding, DataFailure, DataId, Direction, Instant, OpId,
    Output, ProtocolError, Session,
};

use crate::link::{End, Net};

/// The application of a session, as its driver sees it.
pub trait Application<S: Session> {
    /// Something happened, or is asked.
    fn tell(&mut self, session: &mut S, event: S::Event);

    /// All that is left to be read of what `op` names.
    fn rest(&self, op: OpId) -> &[u8];

    /// So much of it was read.
    fn skip(&mut self, op: OpId, bytes: usize);

    /// Appends to what `op` names.
    fn append(&mut self, op: OpId, bytes: &[u8]);
}

// -- driver --
/// One end of the control connection, with its session.
pub struct Driver<S, A> {
    pub session: S,
    pub app: A,
    end: End,
    data: Option<(DataId, Data)>,
    has_heard_the_end: bool,
    is_closed: bool,
}

/// How far the data connection is.
enum Data {
    Reserved,
    Accepting,
    Open,
    Moving(Transfer),
    Ended,
}

struct Transfer {
    op: OpId,
    direction: Direction,
    codec: Codec,
    bytes: u64,
}

/// What a turn has brought.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something was done, and more may be.
    Busy,
    /// Nothing can be done before the other end does something, or before this moment.
    Idle(Option<Instant>),
    /// The session is over.
    Closed,
}

impl<S: Session, A: Application<S>> Driver<S, A> {
    pub fn new(session: S, app: A, end: End) -> Self {
        let (data, has_heard_the_end, is_closed) = (None, false, false);
        Self {
            session,
            app,
            end,
            data,
            has_heard_the_end,
            is_closed,
        }
    }

    /// Does what can be done now. After an error no `CloseData` comes: both links are reset.
    pub fn turn(&mut self, net: &mut Net, now: Instant) -> Result<Turn, ProtocolError> {
        let turn = self.try_turn(net, now);
        if turn.is_err() {
            net.stop_listening();
            net.data.close(self.end, Closing::Reset);
            net.control.close(self.end, Closing::Reset);
        }
        turn
    }

    fn try_turn(&mut self, net: &mut Net, now: Instant) -> Result<Turn, ProtocolError> {
        // The data first: what was there when the final reply came belongs to the file.
        let mut is_busy = self.step_data(net);
        if self.is_closed {
            return Ok(Turn::Closed);
        }
        let wait = loop {
            match self.session.poll_output(now)? {
                // These links know no urgent data.
                Output::Send(bytes) | Output::SendUrgent(bytes) => {
                    let taken = net.control.write(self.end, bytes);
                    if taken == 0 {
                        // A full link stops neither reading nor the clock.
                        break self.session.wait();
                    }
                    self.session.sent(taken);
                }
                Output::Action(Action::Close) => {
                    net.control.close(self.end, Closing::Orderly);
                    self.is_closed = true;
                    return Ok(Turn::Closed);
                }
                Output::Action(action) => self.begin(action, net),
                Output::Event(event) => self.app.tell(&mut self.session, event),
                Output::Wait(wait) => break wait,
                _ => continue,
            }
            is_busy = true;
        };
        let mut bytes = [0; 64];
        let most = wait.read.min(bytes.len());
        let read = net.control.read(self.end, &mut bytes[..most]);
        if read > 0 {
            let taken = self.session.handle_input(&bytes[..read]);
            debug_assert_eq!(taken, read, "no more was read than was allowed");
            is_busy = true;
        } else if most > 0 && !self.has_heard_the_end {
            match net.control.closed(self.end) {
                Some(Closing::Orderly) => self.session.handle_eof(),
                Some(Closing::Reset) => self.session.handle_lost(),
                None => {}
            }
            self.has_heard_the_end = net.control.closed(self.end).is_some();
            is_busy |= self.has_heard_the_end;
        }
        Ok(if is_busy {
            Turn::Busy
        } else {
            Turn::Idle(wait.deadline)
        })
    }

    fn begin(&mut self, action: Action, net: &mut Net) {
        match action {
            Action::ConnectData { id, local, to, .. } => {
                let local = local.unwrap_or(self.session.addresses().local);
                if net.connect(local, to) {
                    self.data = Some((id, Data::Open));
                    self.session.handle_data_connected(id);
                } else {
                    self.session.handle_data_failed(id, DataFailure::Refused);
                }
            }
            Action::ListenData { id, local, .. } => {
                self.data = Some((id, Data::Reserved));
                self.session.handle_data_listening(id, net.listen(local));
            }
            Action::AcceptData { id } => self.data = Some((id, Data::Accepting)),
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            } => {
                let bytes = 0;
                self.data = Some((
                    id,
                    Data::Moving(Transfer {
                        op,
                        direction,
                        codec,
                        bytes,
                    }),
                ));
            }
            Action::CloseData { id, how } => match self.data.take_if(|data| data.0 == id) {
                None => {}
                Some((_, Data::Reserved | Data::Accepting)) => net.stop_listening(),
                Some(_) => {
                    net.data.close(self.end, how);
                }
            },
            _ => {}
        }
    }

    /// Gets on with the data connection; whether it could.
    fn step_data(&mut self, net: &mut Net) -> bool {
        match &mut self.data {
            Some((id, data @ Data::Accepting)) => {
                let Some(from) = net.accept() else {
                    return false;
                };
                match self.session.handle_data_accepted(*id, from) {
                    Accepted::Keep => *data = Data::Open,
                    // A stranger. Listening goes on.
                    Accepted::Drop => net.data.close(self.end, Closing::Reset),
                }
                true
            }
            Some((id, data)) => {
                let Data::Moving(transfer) = data else {
                    return false;
                };
                let before = transfer.bytes;
                let ending = transfer.step(self.end, net, &mut self.app);
                let bytes = transfer.bytes;
                self.session.handle_data_progress(*id, bytes);
                if let Some(ending) = ending {
                    self.session
                        .handle_data_ended(*id, DataEnd { bytes, ending });
                    *data = Data::Ended;
                }
                ending.is_some() || bytes > before
            }
            None => false,
        }
    }
}

impl Transfer {
    fn step<S: Session>(
        &mut self,
        end: End,
        net: &mut Net,
        app: &mut impl Application<S>,
    ) -> Option<DataEnding> {
        let (mut wire, mut file) = ([0; 64], [0; 64]);
        if self.direction == Direction::Send {
            if net.data.closed(end) == Some(Closing::Reset) {
                return Some(DataEnding::Reset);
            }
            let room = net.data.room(end).min(wire.len());
            if room < Codec::SMALLEST_TARGET {
                return None;
            }
            let source = app.rest(self.op);
            let progress = match self.codec.run(source, &mut wire[..room], true) {
                Ok(progress) => progress,
                Err(fault) => return Some(fault.into()),
            };
            app.skip(self.op, progress.read);
            self.bytes += net.data.write(end, &wire[..progress.written]) as u64;
            if progress.finished {
                net.data.close(end, Closing::Orderly);
            }
            return progress.finished.then_some(DataEnding::Complete);
        }
        let read = net.data.read(end, &mut wire);
        self.bytes += read as u64;
        let is_last = match net.data.closed(end).filter(|_| read == 0) {
            Some(Closing::Reset) => return Some(DataEnding::Reset),
            closed => closed.is_some(),
        };
        let mut source = &wire[..read];
        while is_last || !source.is_empty() {
            let progress = match self.codec.run(source, &mut file, is_last) {
                Ok(progress) => progress,
                Err(fault) => return Some(fault.into()),
            };
            app.append(self.op, &file[..progress.written]);
            source = &source[progress.read..];
            if progress.finished {
                return Some(DataEnding::Complete);
            }
        }
        None
    }
}
// -- end of driver --
