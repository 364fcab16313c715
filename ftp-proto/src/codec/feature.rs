//! FEAT (RFC 2389).

use alloc::vec::Vec;
use bytes::Bytes;

use crate::codec::reply::Reply;

/// What a server said it can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    lines: Vec<Bytes>,
}

impl Features {
    /// Reads a 211 reply to FEAT, leniently: lines without a leading space, or with `211-` before them, count too.
    pub fn from_reply(reply: &Reply) -> Self {
        todo!()
    }
    /// Whether a feature is there; any case.
    pub fn has(&self, name: &str) -> bool {
        todo!()
    }
    /// What follows the feature's name, if it is there.
    pub fn parameters(&self, name: &str) -> Option<&[u8]> {
        todo!()
    }
    /// Every feature as it was listed, trimmed.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::empty()
    }
}
