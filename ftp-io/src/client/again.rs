//! What an upload has taken from its source, in case that it has to begin again.

use std::io;
use std::task::{Context, Poll};

use ftp_proto::{Handshake, OpId};
use rustix::fs::{SeekFrom, seek, tell};

use crate::storage::Source;

/// A server may refuse a data connection whose handshake resumed nothing, and the session then
/// tries once more: by that time some of the source has been read, and sent to nobody. A file is
/// read again from where it stood; of any other source the first bytes are kept until it is known
/// that they will not be asked for again.
#[derive(Debug, Default)]
pub(crate) struct Again {
    op: Option<OpId>,
    origin: Origin,
    /// The source is to be read from its origin once more.
    is_returning: bool,
    /// The first bytes that the source has given.
    bytes: Vec<u8>,
    /// How many of them this data connection has had.
    given: usize,
}

/// From where a source is read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Origin {
    /// Nothing has been read.
    #[default]
    Unread,
    /// This offset of a file.
    File(u64),
    /// The bytes that are kept.
    Kept,
    /// Nowhere: there were too many bytes, or there should be no second time.
    Gone,
}

impl Again {
    /// A data connection is about to move the bytes of an upload under TLS.
    pub(crate) fn begin(&mut self, op: OpId) {
        if self.op != Some(op) {
            *self = Self {
                op: Some(op),
                ..Self::default()
            };
        }
        self.is_returning = self.origin != Origin::Unread;
    }

    /// What follows is read once.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    /// The handshake is done: one that has resumed a session is not refused for want of that.
    pub(crate) fn secured(&mut self, handshake: Handshake) {
        let is_first = self.given == self.bytes.len() && !self.is_returning;
        if handshake == Handshake::Resumed && is_first && self.origin == Origin::Kept {
            self.let_go();
        }
    }

    /// Whether the source is to be read through this.
    pub(crate) const fn is_on(&self) -> bool {
        self.op.is_some()
    }

    /// Reads what the source has given before, and then on.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut dyn Source,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.origin == Origin::Unread {
            self.origin = match source.file().map(tell) {
                Some(Ok(offset)) => Origin::File(offset),
                _ => Origin::Kept,
            };
        }
        if self.is_returning {
            if let Err(error) = self.go_back(source) {
                return Poll::Ready(Err(error));
            }
            self.is_returning = false;
        }
        match self.origin {
            Origin::Kept if self.given < self.bytes.len() => {
                let left = &self.bytes[self.given..];
                let given = left.len().min(buffer.len());
                buffer[..given].copy_from_slice(&left[..given]);
                self.given += given;
                Poll::Ready(Ok(given))
            }
            Origin::Kept => {
                let read = source.poll_read(cx, buffer);
                if let Poll::Ready(Ok(read)) = read {
                    self.keep(buffer.get(..read).unwrap_or_default());
                }
                read
            }
            Origin::Unread | Origin::File(_) | Origin::Gone => source.poll_read(cx, buffer),
        }
    }

    fn go_back(&mut self, source: &dyn Source) -> io::Result<()> {
        match (self.origin, source.file()) {
            (Origin::File(offset), Some(file)) => {
                seek(file, SeekFrom::Start(offset))?;
            }
            (Origin::Kept, _) => self.given = 0,
            _ => return Err(io::Error::other(LOST)),
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() > KEPT {
            self.let_go();
        } else {
            self.bytes.extend_from_slice(bytes);
            self.given = self.bytes.len();
        }
    }

    fn let_go(&mut self) {
        self.origin = Origin::Gone;
        self.bytes = Vec::new();
        self.given = 0;
    }
}

/// Bytes of a source that are kept at most: more than the buffers of both kernels hold before a
/// server's refusal comes.
const KEPT: usize = 4 << 20;

const LOST: &str = "the server refused a data connection that did not resume its TLS session, and \
                    what had been read for it by then cannot be read again";
