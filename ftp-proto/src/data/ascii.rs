//! TYPE A (RFC 959 §3.1.1.1).

use super::{Codec, Progress};
use crate::contract::Direction;

/// The codec of TYPE A.
#[derive(Clone, Debug)]
pub struct Ascii {
    direction: Direction,
}

impl Ascii {
    /// A codec for bytes that go this way.
    pub const fn new(direction: Direction) -> Self {
        Self { direction }
    }
}

impl Codec {
    /// Whether the bytes are the same on both sides.
    pub const fn is_passthrough(&self) -> bool {
        matches!(self, Self::Passthrough)
    }

    /// Takes some of `source`, gives some to `target`, allocates nothing. `last` says that `source` is the end.
    pub fn run(&mut self, source: &[u8], target: &mut [u8], last: bool) -> Progress {
        todo!()
    }
}
