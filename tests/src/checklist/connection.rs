//! Connections of the scripted peer: everything waits, and nothing waits for ever.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::{set_socket_linger, set_socket_oobinline};
use rustix::net::{AddressFamily, SocketType, bind, connect, connect_unspec, socket};

use crate::Trouble;

/// How long anything may take that a driver does, on a machine that is busy with other things.
/// The deadlines of an impatient driver are a second.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The peer closed its half.
    Orderly,
    /// The peer aborted the connection.
    Reset,
}

/// A control connection, seen from the scripted peer.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) stream: TcpStream,
    buffer: Vec<u8>,
}

impl Control {
    pub(super) fn new(stream: TcpStream) -> Result<Self, Trouble> {
        prepare(&stream)?;
        set_socket_oobinline(&stream, true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Writes bytes in one piece.
    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Trouble> {
        let bytes = bytes.as_ref();
        self.stream.write_all(bytes).map_err(|error| {
            let text = String::from_utf8_lossy(bytes);
            Trouble::failed(format_args!("{text:?} could not be sent: {error}"))
        })
    }

    /// Writes bytes one by one, each in a segment of its own.
    pub(super) fn say_in_bytes(&mut self, bytes: &str) -> Result<(), Trouble> {
        bytes.bytes().try_for_each(|byte| self.say([byte]))
    }

    /// The next line without its end, Telnet's bytes as they came; `None` at the end.
    pub(super) fn line(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                line.pop_if(|byte| *byte == b'\r');
                return Ok(Some(line));
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(read) => self
                    .buffer
                    .extend_from_slice(piece.get(..read).unwrap_or(&piece)),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(waited("a line on the control connection", error)),
            }
        }
    }

    /// A reply: its code, after its last line.
    pub(super) fn reply(&mut self) -> Result<u16, Trouble> {
        loop {
            let line = self
                .line()?
                .ok_or_else(|| Trouble::failed("the control connection ended before a reply"))?;
            let code = line
                .get(..3)
                .and_then(|code| std::str::from_utf8(code).ok());
            let code = code.and_then(|code| code.parse().ok());
            if let Some(code) = code
                && line.get(3).is_none_or(|&byte| byte == b' ')
            {
                return Ok(code);
            }
        }
    }

    /// A reply that must have one of these codes.
    pub(super) fn expect(&mut self, codes: &[u16]) -> Result<u16, Trouble> {
        match self.reply()? {
            code if codes.contains(&code) => Ok(code),
            other => Err(Trouble::failed(format_args!(
                "the reply {other} where one of {codes:?} was expected"
            ))),
        }
    }

    /// A command, and its reply, which must have one of these codes.
    pub(super) fn ask(&mut self, command: &str, codes: &[u16]) -> Result<u16, Trouble> {
        self.say(format!("{command}\r\n"))?;
        self.expect(codes)
            .map_err(|trouble| trouble.with(format_args!("to {command}")))
    }

    /// Aborts the connection.
    pub(super) fn reset(&mut self) -> Result<(), Trouble> {
        Ok(connect_unspec(&self.stream)?)
    }

    /// Waits for the end of the connection, whatever comes before.
    pub(super) fn end(&mut self) -> Result<End, Trouble> {
        end(&mut self.stream, "the control connection")
    }
}

/// Waits for the end of a connection that the driver must part from.
pub(super) fn end(stream: &mut TcpStream, what: &str) -> Result<End, Trouble> {
    read_to_end(stream, what).map(|(_, end)| end)
}

/// Everything until the end, and how it ended.
pub(super) fn read_to_end(stream: &mut TcpStream, what: &str) -> Result<(Vec<u8>, End), Trouble> {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => Ok((all, End::Orderly)),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok((all, End::Reset)),
        Err(error) => Err(waited(&format!("the end of {what}"), error)),
    }
}

/// A listener of the scripted peer on loopback.
pub(super) fn listen() -> Result<TcpListener, Trouble> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
}

/// The next connection.
pub(super) fn accept(listener: &TcpListener, what: &str) -> Result<TcpStream, Trouble> {
    if !is_ready(listener, PollFlags::IN, PATIENCE)? {
        return Err(Trouble::failed(format_args!(
            "{what} was not made within {PATIENCE:?}"
        )));
    }
    let (stream, _) = listener.accept()?;
    prepare(&stream)?;
    Ok(stream)
}

/// Connects to a driver.
pub(super) fn dial(to: SocketAddr) -> Result<TcpStream, Trouble> {
    let stream = TcpStream::connect_timeout(&to, PATIENCE)
        .map_err(|error| Trouble::failed(format_args!("cannot connect to {to}: {error}")))?;
    prepare(&stream)?;
    Ok(stream)
}

/// Connects from another address than the peer's.
pub(super) fn dial_as_stranger(to: SocketAddr) -> Result<TcpStream, Trouble> {
    let stranger: OwnedFd = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(
        &stranger,
        &SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0)),
    )?;
    connect(&stranger, &to)?;
    let stream = TcpStream::from(stranger);
    prepare(&stream)?;
    Ok(stream)
}

/// Nobody answers there any more, or whoever does hangs up at once.
pub(super) fn is_deserted(at: SocketAddr) -> Result<(), Trouble> {
    match TcpStream::connect_timeout(&at, PATIENCE) {
        Err(_) => Ok(()),
        Ok(mut stream) => {
            prepare(&stream)?;
            end(&mut stream, "a data connection that nobody wants").map(drop)
        }
    }
}

/// Aborts a connection.
pub(super) fn reset(stream: TcpStream) -> Result<(), Trouble> {
    set_socket_linger(&stream, Some(Duration::ZERO))?;
    drop(stream);
    Ok(())
}

/// Sends everything and closes.
pub(super) fn send_whole(mut stream: TcpStream, content: &[u8]) -> Result<(), Trouble> {
    stream
        .write_all(content)
        .map_err(|error| Trouble::failed(format_args!("the data could not be sent: {error}")))?;
    Ok(stream.shutdown(Shutdown::Write)?)
}

/// Whether a socket becomes ready in time.
pub(super) fn is_ready(
    socket: impl AsFd,
    what: PollFlags,
    within: Duration,
) -> Result<bool, Trouble> {
    let within = Timespec::try_from(within).map_err(Trouble::failed)?;
    let mut fds = [PollFd::new(&socket, what)];
    poll(&mut fds, Some(&within))?;
    Ok(fds.iter().any(|fd| fd.revents().intersects(what)))
}

/// Bytes that look random, so that one lost or twice there shows.
pub(super) fn content(size: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_be_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Two files must be the same.
pub(super) fn same(found: &[u8], expected: &[u8]) -> Result<(), Trouble> {
    if found == expected {
        return Ok(());
    }
    let pairs = found.iter().zip(expected);
    let right = pairs.take_while(|(one, other)| one == other).count();
    Err(Trouble::failed(format_args!(
        "{} bytes instead of {}, the first {right} right",
        found.len(),
        expected.len()
    )))
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))
}

fn waited(what: &str, error: io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            Trouble::failed(format_args!("{what} did not come within {PATIENCE:?}"))
        }
        _ => Trouble::failed(format_args!("waiting for {what}: {error}")),
    }
}
