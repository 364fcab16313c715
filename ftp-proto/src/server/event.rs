//! What a server session tells its application.

use bytes::Bytes;

use super::request::{Denied, Request};
use crate::codec::command::Argument;
use crate::codec::path::VirtualPath;
use crate::contract::{DataMode, LocalFailure, OpId};
use crate::listing::ListingStyle;

/// Something that the application should know or answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A question. Only this event is answered, by `ServerSession::answer`.
    Request(Request),
    /// Nobody waits any more for what this question brings: its answer is ignored, and a file or
    /// listing that it opened or will open is to be let go of. A change or a `Finish` that was
    /// begun is carried out all the same.
    Cancel(OpId),
    /// A user has logged in.
    LoggedIn {
        /// The user's name.
        user: Argument,
    },
    /// A login was refused.
    LoginRefused {
        /// The name that was given.
        user: Argument,
    },
    /// The data connection of a transfer is open; bytes are about to move.
    TransferStarted {
        /// The question that opened the file, as in `Action::MoveData`.
        op: OpId,
        /// What is transferred.
        kind: TransferKind,
        /// The file or directory.
        path: VirtualPath,
        /// Who opened the data connection.
        mode: DataMode,
    },
    /// An upload ended without close_notify and counts as whole all the same, as
    /// `TruncatedUploads::Reported` asks. Its end follows.
    UploadUnconfirmed {
        /// The question that opened the file.
        op: OpId,
    },
    /// A transfer that had started has ended.
    TransferEnded {
        /// The question that opened the file.
        op: OpId,
        /// Bytes that crossed the data connection, as far as the driver told.
        bytes: u64,
        /// How it ended.
        outcome: TransferOutcome,
    },
    /// A command came. (Only if `ServerConfig::dialogue` says so.)
    Command(Bytes),
    /// A reply is being sent, without its last line end. (Only if `ServerConfig::dialogue` says
    /// so.)
    Reply(Bytes),
    /// The session is over, and this is why. `Action::Close` follows, and nothing else.
    Closed(CloseReason),
}

/// What is transferred.
///
/// ```
/// use ftp_proto::server::TransferKind;
///
/// assert!(TransferKind::Append.is_upload());
/// assert!(!TransferKind::Retrieve.is_upload());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferKind {
    /// A file to the client. (RETR)
    Retrieve,
    /// A file from the client. (STOR)
    Store,
    /// A file from the client, behind what is there. (APPE)
    Append,
    /// A file from the client under a new name. (STOU)
    StoreUnique,
    /// A listing to the client. (LIST, NLST, MLSD)
    List(ListingStyle),
}

impl TransferKind {
    /// Whether the bytes come from the client into a file.
    pub const fn is_upload(self) -> bool {
        matches!(self, Self::Store | Self::Append | Self::StoreUnique)
    }
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferOutcome {
    /// It is whole.
    Complete,
    /// No data connection could be opened in time.
    NotOpened,
    /// The client said ABOR.
    Aborted,
    /// No byte moved for too long.
    Stalled,
    /// The data connection broke.
    Broken,
    /// An upload under TLS ended without close_notify: it may be cut short.
    Truncated,
    /// The TLS handshake on the data connection failed, or was not done in time.
    HandshakeFailed,
    /// The data connection did not resume the control connection's TLS session, which the driver
    /// requires.
    Unproven,
    /// This side's file failed.
    Local(LocalFailure),
    /// The application refused to open the file, or to keep the whole upload.
    Denied(Denied),
    /// The application did not answer in time.
    NotAnswered,
    /// The session ended first.
    SessionEnded,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// The client said QUIT.
    Quit,
    /// The client closed the control connection.
    ClientClosed,
    /// The control connection broke.
    Lost,
    /// Nobody logged in in time.
    LoginTimedOut,
    /// No command came for too long.
    IdleTimedOut,
    /// Too many logins were refused.
    TooManyLogins,
    /// The client did not take what was sent to it.
    SendTimedOut,
    /// The client speaks another protocol: HTTP, SSH, or TLS on a plain port.
    NotFtp,
    /// The control connection could not be brought under TLS, or out of it.
    TlsFailed,
    /// The same was not done in time.
    HandshakeTimedOut,
    /// Behind AUTH came bytes in clear, which may be anybody's.
    ClearBytes,
    /// The server is being stopped.
    Stopped,
}
