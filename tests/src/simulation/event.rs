//! What happens, and when: the agenda of a run, which is its clock, too.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use ftp_proto::{DataEnd, DataFailure};

/// One of the two machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The one of the client session.
    Client,
    /// The one of the server session.
    Server,
}

impl Who {
    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// Something that happens at a moment.
#[derive(Debug)]
pub enum Event {
    /// A segment reaches the end of a stream that `to` holds.
    Segment {
        stream: usize,
        to: Who,
        what: Segment,
    },
    /// `to` is to be told something.
    Notice { to: Who, what: Notice },
    /// Somebody's connection request reaches a listener of `to`.
    Knock { to: Who, port: u16, id: Option<u32> },
    /// A misfortune.
    Fault(Fault),
}

/// What travels in a stream.
#[derive(Debug)]
pub enum Segment {
    /// Bytes.
    Bytes(Vec<u8>),
    /// The end of what the other end sends.
    Fin,
    /// The end of the stream.
    Rst,
    /// The other end has read, so that there is room to send.
    Window,
}

/// What a driver is told by its operating system, its clock or its own threads.
#[derive(Clone, Copy, Debug)]
pub enum Notice {
    /// The time has come to look.
    Wake,
    /// A reservation of an address has an outcome.
    Listening {
        id: u32,
        result: Result<usize, DataFailure>,
    },
    /// A connection request has an outcome.
    Connected {
        id: u32,
        result: Result<usize, DataFailure>,
    },
    /// Somebody waits at the listener.
    Accept { id: u32 },
    /// Bytes may move.
    Pump { id: u32 },
    /// The bytes have stopped moving.
    Ended { id: u32, end: DataEnd },
    /// The application's own business.
    Application(usize),
}

/// What may happen to a run from outside.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The control connection is reset at both ends.
    ControlReset,
    /// This machine's end of the control connection is closed in order.
    ControlFin(Who),
    /// Nothing comes through on the control connection any more.
    ControlBlackHole,
    /// The server is asked to stop.
    StopServer,
}

/// Everything that is to happen, the earliest first, and of one moment in the order of its entry.
#[derive(Debug, Default)]
pub struct Agenda {
    /// Microseconds since the start.
    now: u64,
    entered: u64,
    queue: BinaryHeap<Scheduled>,
}

impl Agenda {
    /// Microseconds since the start.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Lets something happen at a moment.
    pub fn at(&mut self, at: u64, event: Event) {
        self.entered += 1;
        let order = self.entered;
        self.queue.push(Scheduled { at, order, event });
    }

    /// What happens next; time moves there.
    pub fn pop(&mut self) -> Option<Event> {
        let next = self.queue.pop()?;
        self.now = self.now.max(next.at);
        Some(next.event)
    }
}

#[derive(Debug)]
struct Scheduled {
    at: u64,
    order: u64,
    event: Event,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    /// The earliest is the greatest, for the heap.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}
