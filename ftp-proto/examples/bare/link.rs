//! The wire of the bare example: byte queues of a fixed size, as a microcontroller has them between
//! its network stack and its program.

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use ftp_proto::{Closing, DataFailure};

/// What a program sees of its network: a control connection, and at most one data connection.
pub struct Net {
    pub control: Link,
    pub data: Link,
    pub port: Port,
    /// How the program has parted from the last data connection, until the stack knows.
    pub parted: Option<Closing>,
    /// This side's address.
    local: SocketAddr,
    capacity: usize,
}

/// The data connection or its listener.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Port {
    Closed,
    /// The program wants to listen here. The stack makes it `Listening` or `Failed`.
    Bind(SocketAddr),
    Listening(SocketAddr),
    /// Somebody has come. The program makes it `Open`, or `Listening` again.
    Came {
        bound: SocketAddr,
        from: SocketAddr,
    },
    /// The program wants to connect. The stack makes it `Connecting`, `Open` or `Failed`.
    Connect {
        local: Option<SocketAddr>,
        to: SocketAddr,
    },
    Connecting,
    Open,
    Failed(DataFailure),
}

/// One end of a connection: a queue for each direction.
pub struct Link {
    pub inbound: Queue,
    pub outbound: Queue,
}

/// Bytes on their way, and what follows them.
pub struct Queue {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// How many bytes are before the urgent one.
    urgent: Option<usize>,
    closed: Option<Closing>,
    /// Nobody takes anything any more.
    pub is_broken: bool,
}

impl Net {
    /// A network whose queues hold so many bytes.
    pub fn new(local: SocketAddr, capacity: usize) -> Self {
        Self {
            local,
            control: Link::new(capacity),
            data: Link::new(capacity),
            port: Port::Closed,
            parted: None,
            capacity,
        }
    }

    /// Parts from the data connection or its listener.
    pub fn part(&mut self, how: Closing) {
        (self.port, self.parted) = (Port::Closed, Some(how));
        self.data = Link::new(self.capacity);
    }
}

impl Link {
    fn new(capacity: usize) -> Self {
        let queue = || Queue {
            bytes: VecDeque::new(),
            capacity,
            urgent: None,
            closed: None,
            is_broken: false,
        };
        let (inbound, outbound) = (queue(), queue());
        Self { inbound, outbound }
    }
}

impl Queue {
    /// Bytes that it takes now.
    pub fn room(&self) -> usize {
        self.capacity - self.bytes.len()
    }

    /// Puts bytes in; how many were taken.
    pub fn write(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.room());
        self.bytes.extend(bytes.iter().take(taken));
        taken
    }

    /// The same with urgent data.
    pub fn write_urgent(&mut self, byte: &[u8]) -> usize {
        let before = self.bytes.len();
        let taken = self.write(byte);
        if taken > 0 {
            self.urgent = Some(before);
        }
        taken
    }

    /// Takes bytes out; how many there were.
    pub fn read(&mut self, target: &mut [u8]) -> usize {
        let (bytes, _) = self.first();
        let read = bytes.len().min(target.len());
        let (target, _) = target.split_at_mut(read);
        target.copy_from_slice(bytes.get(..read).unwrap_or_default());
        self.taken(read);
        read
    }

    /// The next bytes, and whether they are urgent data. There may be more behind them.
    pub fn first(&self) -> (&[u8], bool) {
        let (bytes, _) = self.bytes.as_slices();
        match self.urgent {
            Some(0) => (bytes.get(..1).unwrap_or(bytes), true),
            before => (
                bytes.get(..before.unwrap_or(bytes.len())).unwrap_or(bytes),
                false,
            ),
        }
    }

    /// So many of the next bytes are gone.
    pub fn taken(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.urgent = self.urgent.and_then(|before| before.checked_sub(count));
    }

    /// Nothing follows.
    pub fn close(&mut self, how: Closing) {
        self.closed = self.closed.or(Some(how));
    }

    /// Whether, and how, it was closed; once everything before is taken.
    pub fn closed(&self) -> Option<Closing> {
        self.closed.filter(|_| self.bytes.is_empty())
    }

    /// Whether it was closed, whatever is still to be taken.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// How it was closed, for the stack, once everything before is taken.
    pub fn take_closed(&mut self) -> Option<Closing> {
        self.closed.take_if(|_| self.bytes.is_empty())
    }

    /// Whether the stack has taken everything, and knows that nothing follows.
    pub fn is_flushed(&self) -> bool {
        self.bytes.is_empty() && self.closed.is_none()
    }
}

/// The network between two programs. Whether something has moved.
pub fn join(here: &mut Net, there: &mut Net) -> bool {
    open(here, there)
        | open(there, here)
        | part(here, there)
        | part(there, here)
        | carry(&mut here.control, &mut there.control)
        | carry(&mut there.control, &mut here.control)
        | match (here.port, there.port) {
            (Port::Open, Port::Open) => {
                carry(&mut here.data, &mut there.data) | carry(&mut there.data, &mut here.data)
            }
            _ => false,
        }
}

/// Does what a program wants of its port.
fn open(here: &mut Net, there: &mut Net) -> bool {
    here.port = match here.port {
        Port::Bind(mut host) => {
            host.set_port(40_000);
            Port::Listening(host)
        }
        Port::Connect { local, to } => match there.port {
            Port::Listening(bound) if bound == to => {
                let from = local.unwrap_or(here.local);
                there.port = Port::Came { bound, from };
                Port::Open
            }
            _ => Port::Failed(DataFailure::Refused),
        },
        _ => return false,
    };
    true
}

fn part(here: &mut Net, there: &mut Net) -> bool {
    let Some(how) = here.parted.take() else {
        return false;
    };
    if there.port == Port::Open {
        there.data.inbound.close(how);
        there.data.outbound.is_broken = true;
    }
    true
}

fn carry(from: &mut Link, to: &mut Link) -> bool {
    let mut piece = [0; 64];
    let room = to.inbound.room().min(piece.len());
    let (piece, _) = piece.split_at_mut(room);
    let read = from.outbound.read(piece);
    to.inbound.write(piece.get(..read).unwrap_or_default());
    let closed = from.outbound.take_closed();
    if let Some(how) = closed {
        to.inbound.close(how);
    }
    read > 0 || closed.is_some()
}
