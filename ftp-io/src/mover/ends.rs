//! What a driver's data connection moves bytes from or to, on this side.

use std::fmt;
use std::io;

use ftp_proto::{Direction, OpId};

use crate::storage::{Sink, Source};

/// Where the bytes of a transfer come from or go to.
pub(crate) enum End<'a> {
    Source(&'a mut dyn Source),
    Sink(&'a mut dyn Sink),
}

/// Who has them.
pub(crate) trait Ends {
    /// The end of an operation, if there is one.
    fn end(&mut self, op: OpId) -> Option<End<'_>>;

    /// No more bytes will move; what failed at this end, if something did.
    fn ended(&mut self, direction: Direction, error: Option<&io::Error>);
}

impl fmt::Debug for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source(_) => "Source",
            Self::Sink(_) => "Sink",
        })
    }
}
