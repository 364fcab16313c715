//! What every operation speaks through: the queue to the driver, the commands in flight with the
//! rules that give each reply to its command, and the marks that deadlines are counted from.

use alloc::collections::VecDeque;

use super::event::ClientEvent;
use crate::codec::command::Command;
use crate::codec::reply::{Reply, ReplyClass, ReplyCode};
use crate::contract::{Action, Closing, DataId, Dialogue, Instant};
use crate::outbox::Outbox;
use crate::protection::Protection;

/// The session's side of the control connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) out: Outbox<ClientEvent>,
    /// Commands whose final reply has not come, oldest first.
    in_flight: VecDeque<InFlight>,
    dialogue: Dialogue,
    /// Whether the control connection is under TLS.
    pub(super) control: Protection,
    next_data: DataId,
    pub(super) marks: Marks,
}

#[derive(Debug)]
struct InFlight {
    purpose: Purpose,
    preliminary: usize,
}

/// What a command was sent for: whoever sent it knows what to do with its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Nothing was sent: the server speaks first.
    Greeting,
    /// AUTH TLS, AUTH SSL, PBSZ and PROT, before any operation.
    Auth,
    AuthSsl,
    BufferSize,
    Protection,
    /// CCC.
    ClearControl,
    User,
    Pass,
    Acct,
    /// The one command of an operation.
    Only,
    RenameFrom,
    RenameTo,
    Type,
    Structure,
    Mode,
    /// EPSV, PASV, EPRT, PORT.
    Address,
    Rest,
    /// RETR, STOR, LIST, ...
    Transfer,
    /// PWD, CWD and CWD around a listing.
    Whereabouts,
    Enter,
    Return,
    Quit,
    KeepAlive,
    Abort,
    /// The NOOP behind ABOR.
    Fence,
}

/// Moments from which deadlines are counted. A mark that is not set yet gets the time of the next
/// poll, since time enters nowhere else.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    /// The last command or reply.
    pub(super) control: Mark,
    /// The last step of the data connection: asked for, open, a byte moved, ended.
    pub(super) data: Mark,
    /// The last time that the driver could write.
    pub(super) send: Mark,
    /// When ABOR was sent.
    pub(super) abort: Mark,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark(Option<Instant>);

impl Mark {
    /// The time of the next poll.
    pub(super) const NOW: Self = Self(None);

    /// When it was set; `now` if it is yet to be.
    pub(super) fn or(self, now: Instant) -> Instant {
        self.0.unwrap_or(now)
    }
}

impl Marks {
    pub(super) fn settle(&mut self, now: Instant) {
        for mark in [
            &mut self.control,
            &mut self.data,
            &mut self.send,
            &mut self.abort,
        ] {
            mark.0.get_or_insert(now);
        }
    }
}

impl Link {
    pub(super) fn new(dialogue: Dialogue) -> Self {
        let mut in_flight = VecDeque::new();
        in_flight.push_back(InFlight {
            purpose: Purpose::Greeting,
            preliminary: 0,
        });
        Self {
            out: Outbox::new(),
            in_flight,
            dialogue,
            control: Protection::Clear,
            next_data: DataId::FIRST,
            marks: Marks::default(),
        }
    }

    pub(super) fn send(&mut self, purpose: Purpose, command: &Command) {
        if self.dialogue == Dialogue::Shown {
            // Before bytes that wait, so that commands that run ahead leave in one write.
            self.out
                .event_before_bytes(ClientEvent::Sent(command.redacted()));
        }
        if !self.out.is_sending() {
            self.marks.send = Mark::NOW;
        }
        self.out.send(|line| command.encode(line));
        self.in_flight.push_back(InFlight {
            purpose,
            preliminary: 0,
        });
        self.marks.control = Mark::NOW;
    }

    /// Sends ABOR behind the Telnet signals Interrupt Process and Synch (RFC 959 §4.1.3). Under TLS
    /// there is no urgent data.
    pub(super) fn send_abort(&mut self) {
        const INTERRUPT_PROCESS: [u8; 2] = [255, 244];
        const INTERPRET_AS_COMMAND: u8 = 255;
        const DATA_MARK: u8 = 242;
        if !self.out.is_sending() {
            self.marks.send = Mark::NOW;
        }
        if self.control == Protection::Clear {
            self.out.send(|line| {
                line.extend_from_slice(&INTERRUPT_PROCESS);
                line.push(INTERPRET_AS_COMMAND);
            });
            self.out.send_urgent(DATA_MARK);
        }
        self.send(Purpose::Abort, &Command::Abor);
        self.marks.abort = Mark::NOW;
    }

    pub(super) fn close_data(&mut self, id: DataId, how: Closing) {
        self.out.action(Action::CloseData { id, how });
    }

    pub(super) fn new_data(&mut self) -> DataId {
        let id = self.next_data;
        self.next_data = id.next();
        self.marks.data = Mark::NOW;
        id
    }

    /// Gives a reply to its command. A final reply ends the command; what it was sent for is the
    /// answer, or `None` when no command waits.
    pub(super) fn receive(&mut self, code: ReplyCode) -> Option<Purpose> {
        self.marks.control = Mark::NOW;
        let at = self.addressee(code)?;
        if code.class() == ReplyClass::Preliminary {
            let command = self.in_flight.get_mut(at)?;
            // A long transfer has any number of restart markers (110).
            if code.to_u16() != 110 || command.preliminary == 0 {
                command.preliminary += 1;
            }
            return Some(command.purpose);
        }
        let command = self.in_flight.remove(at)?;
        if command.purpose == Purpose::Fence {
            // What was sent before the fence and has no reply by now gets none.
            self.in_flight.drain(..at);
        }
        Some(command.purpose)
    }

    /// The head of the commands in flight, but for replies known to overtake it.
    fn addressee(&self, code: ReplyCode) -> Option<usize> {
        let find = |wanted| self.in_flight.iter().position(|c| c.purpose == wanted);
        let overtaking = match (self.head()?, code.to_u16()) {
            // During a transfer a NOOP is answered at once by some servers, and at its end by
            // others; 200 and 50z are never the end of a transfer that has begun.
            (Purpose::Transfer, 200 | 500 | 502) if self.head_preliminaries() > 0 => {
                find(Purpose::KeepAlive)
            }
            _ => None,
        };
        // ABOR, and the transfer that it ended, may get no reply at all; every other command does.
        let behind_abort = || match (self.head()?, code.to_u16()) {
            (Purpose::Transfer | Purpose::Abort, 200) => find(Purpose::Fence),
            _ => None,
        };
        Some(overtaking.or_else(behind_abort).unwrap_or(0))
    }

    pub(super) fn head(&self) -> Option<Purpose> {
        self.in_flight.front().map(|c| c.purpose)
    }

    /// Preliminary replies to the oldest command in flight.
    pub(super) fn head_preliminaries(&self) -> usize {
        self.in_flight.front().map_or(0, |c| c.preliminary)
    }

    pub(super) fn is_in_flight(&self, purpose: Purpose) -> bool {
        self.in_flight.iter().any(|c| c.purpose == purpose)
    }

    /// Whether every command has its final reply.
    pub(super) fn is_quiet(&self) -> bool {
        self.in_flight.is_empty()
    }

    pub(super) fn show(&mut self, reply: &Reply) {
        if self.dialogue == Dialogue::Shown {
            self.out.event(ClientEvent::Received(reply.clone()));
        }
    }

    pub(super) fn release(&mut self) {
        self.out.release();
        if self.in_flight.is_empty() {
            self.in_flight = VecDeque::new();
        }
    }
}
