//! How the bytes of the control connection are cut on their way, for both roles.

use std::collections::VecDeque;

use ftp_proto::Session;

/// How bytes reach the session and leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    Large,
    Bytes,
}

/// What the session has sent, until it makes a line.
#[derive(Debug, Default)]
pub(crate) struct Partial(Vec<u8>);

impl Pieces {
    /// So many of the bytes pass at once.
    pub(crate) fn most(self, bytes: usize) -> usize {
        match self {
            Self::Large => bytes,
            Self::Bytes => bytes.min(1),
        }
    }
}

impl Partial {
    /// What was no line yet, with these bytes behind it.
    pub(crate) fn take_with(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(bytes);
        std::mem::take(&mut self.0)
    }

    /// Adds bytes, and gives each line that they complete, without its end.
    pub(crate) fn push(&mut self, bytes: &[u8], mut line: impl FnMut(&[u8])) {
        for &byte in bytes {
            self.0.push(byte);
            if let Some(whole) = self.0.strip_suffix(b"\r\n") {
                line(whole);
                self.0.clear();
            }
        }
    }
}

/// Gives the session a piece of what the peer has sent and it has not taken; whether it took any.
pub(crate) fn feed(session: &mut impl Session, unread: &mut VecDeque<u8>, pieces: Pieces) -> bool {
    let room = pieces.most(session.wait().read);
    let bytes: Vec<u8> = unread.iter().copied().take(room).collect();
    let taken = session.handle_input(&bytes);
    assert_eq!(taken, bytes.len(), "all that `Wait::read` allowed is taken");
    unread.drain(..taken);
    taken > 0
}
