//! What a client session tells its application.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::SocketAddr;

use bytes::Bytes;
use thiserror::Error;

use super::way::Way;
use crate::codec::feature::Features;
use crate::codec::reply::Reply;
use crate::contract::{DataEnding, DataFailure, OpId};
use crate::error::DecodeError;
use crate::listing::Entry;
use crate::protection::Handshake;
use crate::time::DateTime;

/// Something that the application may want to know.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientEvent {
    /// The server greeted. With `Tls::IfOffered` and `Tls::Required` this came in clear, and may
    /// have come from anybody.
    Greeting(Reply),
    /// The control connection is under TLS.
    Secured(Handshake),
    /// The server refused TLS, and the session goes on in clear as `Tls::IfOffered` allows.
    NotSecured(Reply),
    /// A transfer has begun: the server's 1yz reply. Once more for a transfer that is tried again
    /// because the server refused the data connection's TLS.
    Started {
        /// The operation.
        op: OpId,
        /// What the server said.
        reply: Reply,
    },
    /// A transfer in MODE B or C can be taken up again here (RFC 959 §3.5).
    Marker {
        /// The operation.
        op: OpId,
        /// The server's name for the place, for REST; a number if it is to be an offset.
        text: Bytes,
        /// How many bytes the local file has up to there.
        position: u64,
    },
    /// An operation has ended. Nothing more comes of it.
    Done {
        /// The operation.
        op: OpId,
        /// What it gave, or why not.
        result: Result<Outcome, OperationError>,
    },
    /// A command went out, its secrets as `****`; when the dialogue is shown.
    Sent(Bytes),
    /// A reply came in; when the dialogue is shown.
    Received(Reply),
}

/// What an operation gave.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server's completion reply, where that is all.
    Reply(Reply),
    /// A path, as the server wrote it.
    Path(Bytes),
    /// Where another server can connect.
    Address(SocketAddr),
    /// A size in bytes.
    Size(u64),
    /// A time of modification, UTC.
    Modified(DateTime),
    /// Facts about one file or directory.
    Entry(Box<Entry>),
    /// What the server can do.
    Features(Features),
    /// A transfer is whole.
    Transfer(Transferred),
    /// The server closed the control connection in place of a reply to QUIT.
    Closed,
}

/// A transfer that is whole.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, Listing, ListingKind, Outcome, Way};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.list(Listing::new(None))?;
/// // A server that has this to say, and seven bytes of facts:
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("EPSV", "229 Here (|||50000|)."),
///         ("MLSD", "150 Here they come.\n226 Done."),
///     ],
/// );
/// let [Ok(Outcome::Transfer(transferred))] = &outcomes[..] else {
///     panic!("{outcomes:?}");
/// };
/// assert_eq!(transferred.bytes, 7);
/// assert_eq!(transferred.way, Some(Way::Epsv));
/// assert_eq!(transferred.listing, Some(ListingKind::Machine));
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// Bytes that crossed the data connection.
    pub bytes: u64,
    /// The server's final reply.
    pub reply: Reply,
    /// The way in which the data connection was opened; `None` when the server answered without
    /// one (an empty directory).
    pub way: Option<Way>,
    /// The form of what came, if it was a listing.
    pub listing: Option<ListingKind>,
    /// The name under which STOU stored, where the server told one (RFC 1123 §4.1.2.9).
    pub name: Option<Bytes>,
}

/// The form of a listing.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, Listing, ListingKind, Outcome};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.list(Listing::new(None))?;
/// // MLSD unless the server has none:
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("EPSV", "229 Here (|||50000|)."),
///         ("MLSD", "502 What is that?"),
///         ("TYPE A", "200 Type is A."),
///         ("EPSV", "229 Here (|||50001|)."),
///         ("LIST", "150 Here they come.\n226 Done."),
///     ],
/// );
/// let [Ok(Outcome::Transfer(transferred))] = &outcomes[..] else {
///     panic!("{outcomes:?}");
/// };
/// assert_eq!(transferred.listing, Some(ListingKind::Native));
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListingKind {
    /// MLSD: facts (RFC 3659 §7).
    Machine,
    /// LIST: whatever the server writes.
    Native,
    /// NLST: names alone.
    Names,
}

/// Why an operation gave nothing. The session goes on.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{ClientConfig, ClientSession, OperationError};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.delete("f".try_into()?)?;
/// let outcomes = play(&mut session, &[("", "220 Ready."), ("DELE f", "550 It is not yours.")]);
/// let [Err(error @ OperationError::Refused(reply))] = &outcomes[..] else {
///     panic!("{outcomes:?}");
/// };
/// assert_eq!(reply.code().to_u16(), 550);
/// assert_eq!(error.to_string(), "the server refused: 550 It is not yours.");
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The server said no (4yz, 5yz) before anything was transferred.
    #[error("the server refused: {0}")]
    Refused(Box<Reply>),
    /// The server said that the transfer failed (4yz, 5yz), whatever had been transferred.
    #[error("the transfer failed at the server after {bytes} bytes: {reply}")]
    Failed {
        /// Bytes that crossed the data connection.
        bytes: u64,
        /// What the server said.
        reply: Box<Reply>,
    },
    /// A reply of a kind that the command does not have.
    #[error("expected {expected}, but the server said: {reply}")]
    Unexpected {
        /// What was expected.
        expected: &'static str,
        /// What came.
        reply: Box<Reply>,
    },
    /// A reply of the right kind whose text cannot be read.
    #[error("the server's reply cannot be read: {source} (in: {reply})")]
    Unreadable {
        /// What is wrong.
        source: DecodeError,
        /// The whole reply.
        reply: Box<Reply>,
    },
    /// The server asks for a password, and none was given.
    #[error("the server asks for a password: {0}")]
    PasswordNeeded(Box<Reply>),
    /// The server asks for an account (ACCT), and none was given.
    #[error("the server asks for an account: {0}")]
    AccountNeeded(Box<Reply>),
    /// No data connection could be opened, by any of the ways allowed.
    #[error("no data connection could be opened: {}", Attempts(.0))]
    NoDataConnection(Vec<Attempt>),
    /// The data connection broke.
    #[error("{}", loss_text(*.ending, *.bytes))]
    DataLost {
        /// Bytes that crossed it.
        bytes: u64,
        /// In which way it ended.
        ending: DataEnding,
    },
    /// The file on this side could not be read or written.
    #[error("the local file failed after {bytes} bytes")]
    Local {
        /// Bytes that crossed the data connection.
        bytes: u64,
        /// In which way it ended.
        ending: DataEnding,
    },
    /// No byte moved for `Timeouts::stall`.
    #[error("the transfer stalled after {bytes} bytes")]
    Stalled {
        /// Bytes that crossed the data connection.
        bytes: u64,
    },
    /// Fewer bytes came than the file has.
    #[error("the file has {expected} bytes, but only {received} came")]
    Short {
        /// Bytes that should have come.
        expected: u64,
        /// Bytes that came.
        received: u64,
    },
    /// The server has refused this command before, as one that it does not know.
    #[error("the server does not know {command}")]
    NotOffered {
        /// Its verb.
        command: &'static str,
    },
    /// The control connection is in clear again (CCC), and TLS is required.
    #[error("the control connection is in clear, and TLS is required")]
    NotProtected,
    /// The application ended it.
    #[error("the operation was aborted")]
    Aborted,
}

/// One way of opening a data connection that did not work.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::client::{
///     Attempt, AttemptFailure, ClientConfig, ClientSession, OperationError, Retrieve, Way,
/// };
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.retrieve(Retrieve::new("f".try_into()?))?;
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("TYPE I", "200 Type is I."),
///         ("EPSV", "500 What is that?"),
///         ("PASV", "227 Somewhere."),
///     ],
/// );
/// let [Err(OperationError::NoDataConnection(attempts))] = &outcomes[..] else {
///     panic!("{outcomes:?}");
/// };
/// let [Attempt { way: Way::Epsv, failure: first }, Attempt { way: Way::Pasv, failure: second }] =
///     &attempts[..]
/// else {
///     panic!("{attempts:?}");
/// };
/// assert!(matches!(first, AttemptFailure::Refused(_)));
/// assert!(matches!(second, AttemptFailure::Unreadable(_)));
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The way.
    pub way: Way,
    /// Why it did not work.
    pub failure: AttemptFailure,
}

/// Why a data connection could not be opened in one way.
///
/// ```
/// use ftp_proto::DataFailure;
/// use ftp_proto::client::AttemptFailure;
///
/// let failure = AttemptFailure::Connection(DataFailure::Refused);
/// assert_eq!(failure.to_string(), "the connection was refused");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AttemptFailure {
    /// The server refused the command.
    #[error("the server refused: {0}")]
    Refused(Box<Reply>),
    /// The server's reply names no address that can be read.
    #[error("the server's reply names no address: {0}")]
    Unreadable(DecodeError),
    /// The connection, or the listener, could not be made.
    #[error("{}", failure_text(*.0))]
    Connection(DataFailure),
    /// Nobody connected, or the connection was not made, within `Timeouts::data_open`.
    #[error("it was not opened in time")]
    TimedOut,
    /// The server said that it could not open it (425).
    #[error("the server could not open it: {0}")]
    Server(Box<Reply>),
}

fn loss_text(ending: DataEnding, bytes: u64) -> alloc::string::String {
    match ending {
        DataEnding::Truncated => alloc::format!(
            "the data ended without TLS's close_notify after {bytes} bytes: it may be cut short"
        ),
        DataEnding::HandshakeFailed | DataEnding::Unproven => {
            "the TLS handshake on the data connection failed".into()
        }
        DataEnding::Complete | DataEnding::Reset | DataEnding::Local(_) => {
            alloc::format!("the data connection was cut after {bytes} bytes")
        }
    }
}

const fn failure_text(failure: DataFailure) -> &'static str {
    match failure {
        DataFailure::Refused => "the connection was refused",
        DataFailure::Unreachable => "the address cannot be reached",
        DataFailure::TimedOut => "connecting took too long",
        DataFailure::NoAddress => "no local port was to be had",
        DataFailure::Other => "the connection failed",
    }
}

/// Attempts as one sentence.
struct Attempts<'a>(&'a [Attempt]);

impl core::fmt::Display for Attempts<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (n, attempt) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { "; " };
            write!(f, "{comma}{}: {}", attempt.way, attempt.failure)?;
        }
        Ok(())
    }
}
