//! Moving the bytes of a transfer between a data connection and what is read or written.
//!
//! [`Sending`] and [`Receiving`] hold no socket, no file and no thread. Each call of `step` moves
//! what can be moved now, at most about a budget, and says what to wait for; the socket and the
//! storage's object come with each call and outlive the transfer. Where both are known to the
//! operating system and the bytes pass as they are, they do not go through this process (sendfile,
//! splice); elsewhere through a buffer of 32 KiB, or two with a codec.
//!
//! With `poll(2)`, wait for the socket on [`On::Socket`]. With tokio, step inside `try_io`, so
//! that the runtime learns of a socket that would block:
//!
//! ```text
//! ready!(stream.poll_write_ready(cx))?;
//! stream.try_io(Interest::WRITABLE, || match sending.step(cx, &stream, source, BUDGET) {
//!     Step::Blocked(On::Socket) => Err(io::ErrorKind::WouldBlock.into()),
//!     step => Ok(step),
//! })
//! ```
//!
//! A process that is no Rust program should ignore SIGPIPE: sendfile has no flag against it.
//!
//! ```
//! use std::net::{TcpListener, TcpStream};
//! use std::task::{Context, Waker};
//!
//! use ftp_io::mover::{BUDGET, On, Receiving, Sending, Step};
//! use ftp_io::storage::{Reader, Writer};
//! use ftp_proto::DataEnd;
//! use ftp_proto::data::Codec;
//!
//! let listener = TcpListener::bind(("127.0.0.1", 0))?;
//! let here = TcpStream::connect(listener.local_addr()?)?;
//! let (there, _) = listener.accept()?;
//! here.set_nonblocking(true)?;
//! there.set_nonblocking(true)?;
//! let mut cx = Context::from_waker(Waker::noop());
//!
//! let mut source = Reader(&b"Hello."[..]);
//! let mut sending = Sending::new(Codec::Passthrough);
//! let end = loop {
//!     match sending.step(&mut cx, &here, &mut source, BUDGET) {
//!         Step::Ended(end) => break end,
//!         Step::Blocked(On::Socket) => std::thread::yield_now(), // or `poll(2)`
//!         Step::Blocked(On::Storage) | Step::Progress => {}
//!     }
//! };
//! assert_eq!(end, DataEnd::complete(6));
//! assert_eq!((sending.bytes(), sending.cut()), (6, end));
//! assert!(sending.error().is_none());
//! drop(here);
//!
//! let mut sink = Writer(Vec::new());
//! let mut receiving = Receiving::new(Codec::Passthrough);
//! assert_eq!(receiving.cut(), DataEnd::reset(0));
//! while !matches!(receiving.step(&mut cx, &there, &mut sink, BUDGET), Step::Ended(_)) {
//!     std::thread::yield_now();
//! }
//! assert_eq!(sink.0, b"Hello.");
//! assert_eq!(receiving.bytes(), 6);
//! assert!(receiving.error().is_none());
//! assert!(receiving.take_marker().is_none()); // MODE S has no restart markers.
//! # Ok::<(), std::io::Error>(())
//! ```

mod buffer;
#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
mod ends;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod pipe;
#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
#[cfg_attr(
    not(all(
        feature = "blocking",
        feature = "client",
        feature = "server",
        feature = "tls"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "some of it serves one driver alone"
    )
)]
mod private;
mod receiving;
mod sending;
#[cfg(test)]
mod tests;

use std::io;

use ftp_proto::data::Fault;
use ftp_proto::{DataEnd, DataEnding, LocalFailure};

#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
pub(crate) use ends::{End, Ends};
#[cfg(any(feature = "blocking", feature = "client", feature = "server"))]
pub(crate) use private::{After, Cover, Private, Shaken};
pub use receiving::Receiving;
pub use sending::Sending;

/// How far one step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// The budget is used up: step again when others have had their turn.
    Progress,
    /// Nothing can be moved now.
    Blocked(On),
    /// The transfer has ended; every later step says the same.
    Ended(DataEnd),
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum On {
    /// The socket: to become writable when sending, readable when receiving.
    Socket,
    /// What is read or written: it wakes the task of the context.
    Storage,
}

/// Bytes for one step that give every connection of a thread its turn, 1 MiB.
pub const BUDGET: usize = 1 << 20;

/// How bytes get from one side to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Inside the operating system.
    Kernel,
    /// Through a buffer of this process.
    Buffer,
}

/// What has become of a transfer.
#[derive(Debug, Default)]
struct Outcome {
    bytes: u64,
    ending: Option<DataEnding>,
    error: Option<io::Error>,
}

impl Outcome {
    /// What a step may still move, `None` when it is enough: little calls for what is left of a
    /// budget would cost more than they move.
    fn left(&self, begun_at: u64, budget: usize) -> Option<usize> {
        let moved = usize::try_from(self.bytes - begun_at).unwrap_or(usize::MAX);
        let left = budget.max(1).checked_sub(moved)?;
        (left > budget / 8).then_some(left)
    }

    fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// The socket has failed.
    fn reset(&mut self, error: impl Into<io::Error>) -> Step {
        self.error = Some(error.into());
        self.end(DataEnding::Reset)
    }

    /// What is read or written has failed.
    fn local(&mut self, error: impl Into<io::Error>) -> Step {
        let error = error.into();
        let failure = match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => LocalFailure::NoSpace,
            _ => LocalFailure::Other,
        };
        self.error = Some(error);
        self.end(DataEnding::Local(failure))
    }

    /// What came is not a whole file.
    fn fault(&mut self, fault: Fault) -> Step {
        self.error = Some(io::Error::new(io::ErrorKind::InvalidData, fault));
        self.end(fault.into())
    }

    fn end(&mut self, ending: DataEnding) -> Step {
        self.ending = Some(ending);
        Step::Ended(self.with(ending))
    }

    fn cut(&self) -> DataEnd {
        self.with(self.ending.unwrap_or(DataEnding::Reset))
    }

    fn with(&self, ending: DataEnding) -> DataEnd {
        DataEnd {
            bytes: self.bytes,
            ending,
        }
    }

    fn ended(&self) -> Option<Step> {
        self.ending.map(|ending| Step::Ended(self.with(ending)))
    }
}
