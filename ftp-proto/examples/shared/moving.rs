//! One read or one write of a transfer, between its socket and its file.

use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::os::fd::AsFd;

use ftp_proto::{DataEnd, DataEnding, Direction};
use rustix::event::PollFlags;
use socket2::SockRef;

use super::LocalFile;

/// Moves what one call moves. How the transfer has ended, if it has.
///
/// # Errors
///
/// [`ErrorKind::WouldBlock`] when nothing can be moved now, and no other.
pub fn step(
    direction: Direction,
    socket: impl AsFd,
    file: &mut LocalFile,
) -> io::Result<Option<DataEnd>> {
    let moved = match direction {
        Direction::Receive => (&*SockRef::from(&socket)).read(file.room()),
        Direction::Send => match file.unsent() {
            Ok([]) => return Ok(Some(file.end(finish(socket)))),
            Ok(bytes) => SockRef::from(&socket).send(bytes),
            Err(ending) => return Ok(Some(file.end(ending))),
        },
    };
    let ended = match (moved, direction) {
        (Err(error), _) if error.kind() == ErrorKind::WouldBlock => return Err(error),
        (Err(_), _) => Err(DataEnding::Reset),
        (Ok(came), Direction::Receive) => file.received(came),
        (Ok(taken), Direction::Send) => {
            file.sent(taken);
            Ok(())
        }
    };
    Ok(ended.err().map(|ending| file.end(ending)))
}

/// When a step can be taken.
pub fn when(direction: Direction) -> PollFlags {
    match direction {
        Direction::Receive => PollFlags::IN,
        Direction::Send => PollFlags::OUT,
    }
}

/// A sender's end: all is with the system, and its half is closed. That the peer has closed its
/// own is no end.
pub fn finish(socket: impl AsFd) -> DataEnding {
    match SockRef::from(&socket).shutdown(Shutdown::Write) {
        Ok(()) => DataEnding::Complete,
        Err(_) => DataEnding::Reset,
    }
}
