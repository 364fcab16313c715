//! The three kinds of error: misuse by the caller, a broken peer, and bytes that cannot be read.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use bytes::Bytes;
use thiserror::Error;

use crate::codec::reply::Reply;
use crate::data::Unsupported;

/// The caller asked for something that cannot be; nothing was sent and nothing has changed.
///
/// ```
/// use ftp_proto::UsageError;
/// use ftp_proto::codec::command::Argument;
///
/// let error = Argument::try_from("a\nDELE b").expect_err("a second command");
/// assert_eq!(error, UsageError::ForbiddenByte { byte: b'\n', at: 1 });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UsageError {
    /// An argument holds CR, LF or NUL, which would end the command line or be dropped on the way.
    #[error("an argument must not hold the byte 0x{byte:02x} (found at offset {at})")]
    ForbiddenByte {
        /// The byte found.
        byte: u8,
        /// Its offset in the argument.
        at: usize,
    },
    /// An argument is empty where something is needed.
    #[error("an argument is empty: expected {expected}")]
    Empty {
        /// What was expected.
        expected: &'static str,
    },
    /// A command line would be longer than `Limits::line`.
    #[error("a command of {length} bytes is longer than the {limit} that a line may hold")]
    TooLong {
        /// Bytes in the line.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More operations wait than `Limits::queued_operations` allows.
    #[error("{limit} operations are waiting already")]
    QueueFull {
        /// The bound met.
        limit: usize,
    },
    /// TYPE, STRU and MODE that no transfer can have together.
    #[error("such a transfer cannot be had: {0}")]
    Unsupported(#[source] Unsupported),
    /// A command in which the session takes part has a verb of its own.
    #[error("this command changes the session and has a method of its own")]
    NotRaw,
    /// The session is over.
    #[error("the session has ended")]
    Ended,
}

/// The peer broke the protocol, went silent or went away. The session is over: every later call
/// gives the same error.
///
/// ```
/// use ftp_proto::client::{ClientConfig, ClientSession};
/// use ftp_proto::{ControlAddresses, Instant, ProtocolError};
///
/// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
/// let now = Instant::default();
/// let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
/// assert_eq!(session.handle_input(b"HTTP/1.1 400 Bad Request\r\n"), 26);
/// let error = session.poll_output(now).map(drop).expect_err("no reply");
/// assert!(matches!(error, ProtocolError::Decode(_)));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The peer sent what is no reply.
    #[error("the server sent something that is no reply: {0}")]
    Decode(#[from] DecodeError),
    /// A reply came that no command had asked for.
    #[error("the server sent a reply that belongs to no command: {0}")]
    Unsolicited(Box<Reply>),
    /// A command got more 1yz replies than `Limits::preliminary_replies`.
    #[error("the server sent more than {limit} preliminary replies to one command")]
    TooManyPreliminary {
        /// The bound met.
        limit: usize,
    },
    /// The server said 421: it closes the control connection.
    #[error("the server is closing the control connection: {0}")]
    Closing(Box<Reply>),
    /// The server's greeting was a refusal.
    #[error("the server refused the connection: {0}")]
    Refused(Box<Reply>),
    /// The server refused AUTH or PROT, and TLS is required.
    #[error("the server refused TLS: {0}")]
    TlsRefused(Box<Reply>),
    /// The control connection could not be brought under TLS, or out of it; the driver knows why.
    #[error("the TLS handshake on the control connection failed")]
    TlsFailed,
    /// Behind its reply to AUTH came bytes in clear, which may be anybody's.
    #[error("bytes in clear came behind the reply to AUTH")]
    ClearBytes,
    /// The control connection ended while something was expected.
    #[error("the server closed the control connection {0}")]
    Closed(Step),
    /// Nothing came in time.
    #[error("the server was silent too long {0}")]
    TimedOut(Step),
    /// The peer does not take what is sent to it.
    #[error("the server does not take what is sent on the control connection")]
    SendTimedOut,
}

/// Where in its life a session was, for errors.
///
/// ```
/// use ftp_proto::client::{ClientConfig, ClientSession};
/// use ftp_proto::{ControlAddresses, Instant, ProtocolError, Step};
///
/// let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
/// let now = Instant::default();
/// let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
/// session.handle_eof();
/// let error = session.poll_output(now).map(drop).expect_err("the server is gone");
/// assert_eq!(error, ProtocolError::Closed(Step::Greeting));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Before the greeting was whole.
    Greeting,
    /// During the TLS handshake, or the end of TLS, on the control connection.
    Handshake,
    /// Between a command, named by its verb, and its reply.
    Reply(String),
    /// During a transfer, named by its verb, before its final reply.
    FinalReply(String),
    /// With no command waiting for its reply.
    Idle,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting => f.write_str("before its greeting"),
            Self::Handshake => f.write_str("during the TLS handshake"),
            Self::Reply(verb) => write!(f, "before its reply to {verb}"),
            Self::FinalReply(verb) => write!(f, "before its final reply to {verb}"),
            Self::Idle => f.write_str("with no command waiting"),
        }
    }
}

/// Bytes that are not what they should be.
///
/// ```
/// use ftp_proto::DecodeError;
///
/// let error = DecodeError::new("a digit", b"20x", 2);
/// assert_eq!((error.at, &error.found[..]), (2, &b"x"[..]));
/// assert_eq!(error.to_string(), r#"expected a digit at offset 2, found "x""#);
/// ```
#[derive(Clone, PartialEq, Eq, Error)]
#[error("expected {expected} at offset {at}, found \"{}\"", Excerpt(found))]
pub struct DecodeError {
    /// What was expected.
    pub expected: &'static str,
    /// The bytes that came, at most [`DecodeError::EXCERPT`] of them.
    pub found: Bytes,
    /// Where in the input they stood.
    pub at: usize,
}

impl DecodeError {
    /// How many bytes of the input an error keeps.
    pub const EXCERPT: usize = 80;

    /// An error about the bytes of `input` from `at` on.
    pub fn new(expected: &'static str, input: &[u8], at: usize) -> Self {
        let rest = input.get(at..).unwrap_or_default();
        Self {
            expected,
            found: Bytes::copy_from_slice(&rest[..rest.len().min(Self::EXCERPT)]),
            at,
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

/// Bytes shown as text, with everything that could upset a terminal escaped.
struct Excerpt<'a>(&'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}
