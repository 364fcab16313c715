//! One read or one write of a data connection, between its socket and its file.

use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;

use ftp_proto::{DataEnding, Direction};
use socket2::Socket;

use super::file::LocalFile;

/// Moves what one call moves. How the transfer has ended, if it has: a sender's end is that all is
/// with the system and its half is closed.
///
/// # Errors
///
/// [`ErrorKind::WouldBlock`] when nothing can be moved now, and no other.
pub fn step(
    direction: Direction,
    mut socket: &Socket,
    file: &mut LocalFile,
) -> io::Result<Option<DataEnding>> {
    let moved = match direction {
        Direction::Receive => socket.read(file.room()),
        Direction::Send => match file.unsent() {
            Ok([]) => {
                let closed = socket.shutdown(Shutdown::Write);
                return Ok(Some(match closed {
                    Ok(()) => DataEnding::Complete,
                    Err(_) => DataEnding::Reset,
                }));
            }
            Ok(bytes) => socket.send(bytes),
            Err(ending) => return Ok(Some(ending)),
        },
    };
    match (moved, direction) {
        (Err(error), _) if error.kind() == ErrorKind::WouldBlock => Err(error),
        (Err(_), _) => Ok(Some(DataEnding::Reset)),
        (Ok(came), Direction::Receive) => Ok(file.received(came).err()),
        (Ok(taken), Direction::Send) => {
            file.sent(taken);
            Ok(None)
        }
    }
}
