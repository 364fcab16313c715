//! The wire of the bare example: byte queues of a fixed size, as a microcontroller has them
//! between its network stack and its program.

use alloc::collections::VecDeque;
use core::net::SocketAddr;

use ftp_proto::Closing;

/// Bytes that a queue holds.
const CAPACITY: usize = 256;

/// Which end of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Client,
    Server,
}

/// A connection: a queue for each direction.
#[derive(Default)]
pub struct Link {
    from_client: Queue,
    from_server: Queue,
}

#[derive(Default)]
struct Queue {
    bytes: VecDeque<u8>,
    closed: Option<Closing>,
}

impl Link {
    /// Bytes that the link takes from this end now.
    pub fn room(&self, end: End) -> usize {
        let queue = match end {
            End::Client => &self.from_client,
            End::Server => &self.from_server,
        };
        CAPACITY - queue.bytes.len()
    }

    /// Writes at this end; how many bytes were taken.
    pub fn write(&mut self, end: End, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.room(end));
        self.sending(end).bytes.extend(bytes.iter().take(taken));
        taken
    }

    /// Reads at this end; how many bytes there were.
    pub fn read(&mut self, end: End, target: &mut [u8]) -> usize {
        let queue = &mut self.receiving(end).bytes;
        let read = queue.len().min(target.len());
        for (to, byte) in target.iter_mut().zip(queue.drain(..read)) {
            *to = byte;
        }
        read
    }

    /// Whether, and how, the other end has closed; once everything before is read.
    pub fn closed(&mut self, end: End) -> Option<Closing> {
        let queue = self.receiving(end);
        queue.closed.filter(|_| queue.bytes.is_empty())
    }

    /// Sends nothing more from this end. A reset takes what is on the way along.
    pub fn close(&mut self, end: End, how: Closing) {
        let queue = self.sending(end);
        if queue.closed.is_none() {
            queue.closed = Some(how);
            if how == Closing::Reset {
                queue.bytes.clear();
            }
        }
    }

    fn sending(&mut self, end: End) -> &mut Queue {
        match end {
            End::Client => &mut self.from_client,
            End::Server => &mut self.from_server,
        }
    }

    fn receiving(&mut self, end: End) -> &mut Queue {
        match end {
            End::Client => &mut self.from_server,
            End::Server => &mut self.from_client,
        }
    }
}

/// All there is between a client and a server: a control connection and one data connection.
#[derive(Default)]
pub struct Net {
    pub control: Link,
    pub data: Link,
    listening: Option<SocketAddr>,
    came: Option<SocketAddr>,
    ports: u16,
}

impl Net {
    /// Somebody may connect to this host, at the port given back.
    pub fn listen(&mut self, mut host: SocketAddr) -> SocketAddr {
        self.ports += 1;
        host.set_port(40_000 + self.ports);
        self.came = None;
        self.listening = Some(host);
        host
    }

    /// Nobody may any more.
    pub fn stop_listening(&mut self) {
        (self.listening, self.came) = (None, None);
    }

    /// Makes the data connection; whether somebody listens there.
    pub fn connect(&mut self, from: SocketAddr, to: SocketAddr) -> bool {
        let is_there = self.listening == Some(to) && self.came.is_none();
        if is_there {
            self.data = Link::default();
            self.came = Some(from);
        }
        is_there
    }

    /// Who has connected, told once.
    pub fn accept(&mut self) -> Option<SocketAddr> {
        self.came.take()
    }
}
