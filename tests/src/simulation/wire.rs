//! What a network is made of: streams with two ends, and listeners.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::event::Who;
use super::scenario::Delay;

/// Who is told of what happens at an end of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody.
    Nobody,
    /// The driver, for its control connection.
    Control,
    /// The driver, for this data connection.
    Data(u32),
}

/// One end of a stream.
#[derive(Debug)]
pub(super) struct End {
    pub(super) owner: Owner,
    /// What has come and was not read.
    pub(super) inbox: VecDeque<u8>,
    /// How much is on its way here.
    pub(super) flying: usize,
    /// When the last segment that is on its way here arrives: none overtakes another.
    pub(super) last_arrival: u64,
    /// The other end sends no more, and everything it sent is here.
    pub(super) fin: bool,
    pub(super) reset: bool,
    /// This end sends no more.
    pub(super) shut: bool,
    pub(super) closed: bool,
}

impl End {
    pub(super) fn new(owner: Owner) -> Self {
        Self {
            owner,
            inbox: VecDeque::new(),
            flying: 0,
            last_arrival: 0,
            fin: false,
            reset: false,
            shut: false,
            closed: false,
        }
    }
}

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) ends: [End; 2],
    pub(super) delay: Delay,
    /// How much may be on its way or wait to be read.
    pub(super) window: usize,
    pub(super) is_black_hole: bool,
    /// How many bytes may still pass before the stream breaks, and how.
    pub(super) fuse: Option<(u64, Break)>,
}

/// How a stream breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Both ends see a reset.
    Reset,
    /// The sender is gone, and its machine closes in order.
    SenderGone,
    /// Nothing comes through any more.
    BlackHole,
}

/// An address that somebody listens on.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) owner: Who,
    pub(super) id: u32,
    pub(super) port: u16,
    pub(super) open: bool,
    pub(super) backlog: VecDeque<(usize, SocketAddr)>,
}
