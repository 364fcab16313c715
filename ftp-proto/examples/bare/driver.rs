//! A driver with nothing beneath it: no sockets, no threads, no clock. The program gives it turns,
//! and in each it does all that can be done at once.

use ftp_proto::{
    Accepted, Action, Closing, DataEnd, DataId, Instant, LocalFailure, OpId, Output, ProtocolError,
    Session,
};

use crate::link::{Net, Port};
use crate::transfer::Transfer;

/// The application of a session, as its driver sees it.
pub trait Application<S: Session> {
    /// Something happened, or is asked.
    fn tell(&mut self, session: &mut S, event: S::Event);

    /// What comes next of what `op` names; nothing at its end.
    fn next(&mut self, op: OpId) -> Result<&[u8], LocalFailure>;

    /// So much of it was read.
    fn skip(&mut self, op: OpId, bytes: usize);

    /// Appends to what `op` names.
    fn append(&mut self, op: OpId, bytes: &[u8]) -> Result<(), LocalFailure>;
}

// -- driver --
/// A session with its application.
pub struct Driver<'d, S, A> {
    session: &'d mut S,
    app: &'d mut A,
    data: Option<(DataId, Doing)>,
}

/// What is being done with the data connection or its listener.
enum Doing {
    /// Nothing: nobody is wanted yet, or it is open and nothing is moved.
    Nothing,
    Opening,
    Accepting,
    Moving(Transfer),
}

/// What a turn has brought.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Something was done, and more may be.
    Busy,
    /// Nothing can be done before the network does something, or before this moment.
    Idle(Option<Instant>),
    /// The session is over.
    Closed,
}

impl<'d, S: Session, A: Application<S>> Driver<'d, S, A> {
    pub fn new(session: &'d mut S, app: &'d mut A) -> Self {
        let data = None;
        Self { session, app, data }
    }

    /// Does what can be done now. No turn follows one that is `Closed` or an error; with an error
    /// no `CloseData` comes, so that both connections are reset here.
    pub fn turn(&mut self, net: &mut Net, now: Instant) -> Result<Turn, ProtocolError> {
        // The data first: what was there when the final reply came belongs to the file. It is told
        // before the time is, too; else its bytes would count as stalled.
        let mut is_busy = self.step_data(net);
        let wait = loop {
            match self.session.poll_output(now) {
                Ok(Output::Send(_) | Output::SendUrgent(_)) if net.control.outbound.is_broken => {
                    self.session.handle_send_lost();
                }
                // A full queue stops neither reading nor the clock.
                Ok(Output::Send(_) | Output::SendUrgent(_)) if net.control.outbound.room() == 0 => {
                    break self.session.wait();
                }
                Ok(Output::Send(bytes)) => {
                    let taken = net.control.outbound.write(bytes);
                    self.session.sent(taken);
                }
                Ok(Output::SendUrgent(byte)) => {
                    let taken = net.control.outbound.write_urgent(byte);
                    self.session.sent(taken);
                }
                Ok(Output::Action(Action::Close)) => {
                    net.control.outbound.close(Closing::Orderly);
                    return Ok(Turn::Closed);
                }
                Ok(Output::Action(action)) => self.begin(action, net),
                Ok(Output::Event(event)) => self.app.tell(self.session, event),
                Ok(Output::Wait(wait)) => break wait,
                Ok(_) => unreachable!("an output that this driver does not know"),
                Err(error) => {
                    net.part(Closing::Reset);
                    net.control.outbound.close(Closing::Reset);
                    return Err(error);
                }
            }
            is_busy = true;
        };
        is_busy |= self.read(net, wait.read);
        Ok(match is_busy {
            true => Turn::Busy,
            false => Turn::Idle(wait.deadline),
        })
    }

    /// Reads what the session will take; whether something came of it.
    fn read(&mut self, net: &mut Net, most: usize) -> bool {
        let mut bytes = [0; 64];
        let most = most.min(bytes.len());
        match net.control.inbound.read(&mut bytes[..most]) {
            _ if most == 0 => return false,
            0 => match net.control.inbound.closed() {
                Some(Closing::Orderly) => self.session.handle_eof(),
                Some(Closing::Reset) => self.session.handle_lost(),
                None => return false,
            },
            read => {
                let taken = self.session.handle_input(&bytes[..read]);
                debug_assert_eq!(taken, read, "no more was read than was allowed");
            }
        }
        true
    }

    /// Begins an action. How it goes shows itself in `step_data`.
    fn begin(&mut self, action: Action, net: &mut Net) {
        match action {
            Action::ConnectData { id, local, to, .. } => {
                net.port = Port::Connect { local, to };
                self.data = Some((id, Doing::Opening));
            }
            Action::ListenData { id, local, .. } => {
                net.port = Port::Bind(local);
                self.data = Some((id, Doing::Opening));
            }
            Action::AcceptData { id } => self.data = Some((id, Doing::Accepting)),
            Action::MoveData {
                id,
                op,
                direction,
                codec,
                ..
            } => {
                let transfer = Transfer::new(op, direction, codec);
                self.data = Some((id, Doing::Moving(transfer)));
            }
            Action::CloseData { how, .. } => {
                net.part(how);
                self.data = None;
            }
            _ => unreachable!("an action that this driver does not know"),
        }
    }

    /// Gets on with the data connection; whether it could.
    fn step_data(&mut self, net: &mut Net) -> bool {
        let Some((id, doing)) = &mut self.data else {
            return false;
        };
        match (&mut *doing, net.port) {
            (Doing::Opening, Port::Listening(bound)) => {
                *doing = Doing::Nothing;
                self.session.handle_data_listening(*id, bound);
            }
            (Doing::Opening, Port::Open) => {
                *doing = Doing::Nothing;
                self.session.handle_data_connected(*id);
            }
            (Doing::Opening | Doing::Accepting, Port::Failed(why)) => {
                *doing = Doing::Nothing;
                self.session.handle_data_failed(*id, why);
            }
            (Doing::Accepting, Port::Came { bound, from }) => {
                net.port = match self.session.handle_data_accepted(*id, from) {
                    Accepted::Keep => Port::Open,
                    // A stranger goes, and listening goes on.
                    Accepted::Drop => Port::Listening(bound),
                };
            }
            (Doing::Moving(transfer), _) => {
                let before = transfer.bytes;
                let ending = transfer.step(&mut net.data, self.app);
                let bytes = transfer.bytes;
                self.session.handle_data_progress(*id, bytes);
                if let Some(ending) = ending {
                    *doing = Doing::Nothing;
                    self.session
                        .handle_data_ended(*id, DataEnd { bytes, ending });
                }
                return ending.is_some() || bytes > before;
            }
            _ => return false,
        }
        true
    }
}
// -- end of driver --
