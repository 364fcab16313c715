//! The control connection: what a read or a write of it gave, told to the session.

use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;

use ftp_proto::{Session, Wait};
use socket2::{SockRef, Socket};

/// Tells what a write gave. Whether to poll on: not if the connection takes nothing now.
pub fn has_written(session: &mut impl Session, written: io::Result<usize>) -> bool {
    match written {
        Ok(taken) => session.sent(taken),
        Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
        // Reading goes on: what the peer said before it went away tells more than that it did.
        Err(_) => session.handle_send_lost(),
    }
    true
}

/// Tells what a read gave, nothing being the end. Whether something came of it.
pub fn has_read(session: &mut impl Session, read: io::Result<impl AsRef<[u8]>>) -> bool {
    match read.as_ref().map(AsRef::as_ref) {
        Ok([]) => session.handle_eof(),
        Ok(bytes) => {
            let taken = session.handle_input(bytes);
            debug_assert_eq!(taken, bytes.len(), "no more was read than was allowed");
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
        Err(_) => session.handle_lost(),
    }
    true
}

/// Reads what the session will take now, never more, and tells it. Whether something came of it.
pub fn read(session: &mut impl Session, control: impl AsFd) -> bool {
    let wait = session.wait();
    wait.read > 0 && has_read(session, reader(wait)(&SockRef::from(&control)))
}

/// A call that reads what the session will take, never more.
pub fn reader(wait: Wait) -> impl FnMut(&Socket) -> io::Result<Vec<u8>> {
    move |mut control| {
        let mut bytes = room(wait);
        let read = control.read(&mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// Room for what the session will take.
pub fn room(wait: Wait) -> Vec<u8> {
    vec![0; wait.read.min(MOST)]
}

/// A call that sends bytes. It has a copy: the session keeps what it offers until it is told what
/// was taken.
pub fn sender(bytes: &[u8]) -> impl FnMut(&Socket) -> io::Result<usize> + use<> {
    let bytes = bytes.to_vec();
    move |control| control.send(&bytes)
}

/// A call that sends a byte as urgent data.
pub fn urgent_sender(byte: &[u8]) -> impl FnMut(&Socket) -> io::Result<usize> + use<> {
    let byte = byte.to_vec();
    move |control| control.send_out_of_band(&byte)
}

const MOST: usize = 4096;
