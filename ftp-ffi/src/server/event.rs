//! What a server session tells and asks its application.

use bytes::Bytes;
use ftp_proto::codec::command::Argument;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{
    Change, CloseReason, Credentials, Keep, Placement, Request, ServerEvent, TransferKind,
    TransferOutcome,
};
use ftp_proto::{LocalFailure, OpId};

use super::answer::{AnyAsk, Asked};
use crate::listing::ftp_listing_style;
use crate::output::ftp_data_mode;
use crate::text::ftp_slice;
use crate::time::ftp_date_time;

/// An event of a server session. What a kind does not name is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_server_event {
    /// What happened, or is asked.
    pub kind: ftp_server_event_kind,
    /// The question, to be named by its answer; or the one that opened the file of a transfer.
    pub op: u32,
    /// The user's name, as it came.
    pub user: ftp_slice,
    /// The password, as it came; may be empty.
    pub password: ftp_slice,
    /// The certificate that the client has shown, in DER; verified by the driver.
    pub certificate: ftp_slice,
    /// A path: absolute, `/` between components, no `.` or `..`. With
    /// `FTP_SERVER_EVENT_KIND_RENAME` that of what is.
    pub path: ftp_slice,
    /// With `FTP_SERVER_EVENT_KIND_RENAME`: the path of what shall be.
    pub to: ftp_slice,
    /// The command, or the reply without its last line end, of the dialogue.
    pub text: ftp_slice,
    /// Where to begin in bytes, with `..._OPEN_READ` and with `..._OPEN_WRITE` at an offset.
    pub offset: u64,
    /// Bytes that crossed the data connection, as far as the driver told.
    pub bytes: u64,
    /// With `FTP_SERVER_EVENT_KIND_SET_MODIFIED`: the time, UTC.
    pub modified: ftp_date_time,
    /// With `FTP_SERVER_EVENT_KIND_OPEN_WRITE`.
    pub placement: ftp_placement,
    /// With `FTP_SERVER_EVENT_KIND_OPEN_LIST`.
    pub style: ftp_listing_style,
    /// With `FTP_SERVER_EVENT_KIND_FINISH`.
    pub keep: ftp_keep,
    /// With `FTP_SERVER_EVENT_KIND_TRANSFER_STARTED`.
    pub transfer: ftp_transfer_kind,
    /// With `FTP_SERVER_EVENT_KIND_TRANSFER_STARTED`: who opened the data connection.
    pub mode: ftp_data_mode,
    /// With `FTP_SERVER_EVENT_KIND_TRANSFER_ENDED`.
    pub outcome: ftp_transfer_outcome,
    /// With `FTP_SERVER_EVENT_KIND_CLOSED`.
    pub reason: ftp_close_reason,
    /// 1 where this is a question, to be answered.
    pub is_question: u8,
    /// 0.
    pub reserved: [u8; 3],
}

/// What happened, or is asked.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_server_event_kind {
    /// Are these credentials good, and for what? `ftp_server_answer_granted`.
    Authenticate = 0,
    /// Does this certificate stand for the user without a password? A denial leads to the password,
    /// and counts as no refusal. `ftp_server_answer_granted`.
    Identify = 1,
    /// What is at this path? `ftp_server_answer_entry`.
    Metadata = 2,
    /// Open a file for reading. `ftp_server_answer_opened`.
    OpenRead = 3,
    /// Open a file for writing; with `FTP_PLACEMENT_UNIQUE` the path is a name to start from.
    /// `ftp_server_answer_opened`.
    OpenWrite = 4,
    /// Open the listing of a directory, or of the one entry of a file. `ftp_server_answer_opened`.
    OpenList = 5,
    /// The data of the open upload has ended: keep it thus, and let go of it. The completion reply
    /// waits for the answer. `ftp_server_answer_done`.
    Finish = 6,
    /// Delete a file. `ftp_server_answer_done`.
    Delete = 7,
    /// Delete an empty directory. `ftp_server_answer_done`.
    RemoveDirectory = 8,
    /// Make a directory. `ftp_server_answer_done`.
    MakeDirectory = 9,
    /// Rename. `ftp_server_answer_done`.
    Rename = 10,
    /// Set the time of modification. `ftp_server_answer_done`.
    SetModified = 11,
    /// Nobody waits any more for what this question brings: its answer is ignored, and a file or
    /// listing that it opened or will open is to be let go of. A change or a `FINISH` that was begun
    /// is carried out all the same.
    Cancel = 12,
    /// A user has logged in.
    LoggedIn = 13,
    /// A login was refused.
    LoginRefused = 14,
    /// The data connection of a transfer is open; bytes are about to move.
    TransferStarted = 15,
    /// An upload ended without close_notify and counts as whole all the same.
    UploadUnconfirmed = 16,
    /// A transfer that had started has ended.
    TransferEnded = 17,
    /// A command came; when the dialogue is shown.
    Command = 18,
    /// A reply is being sent; when the dialogue is shown.
    Reply = 19,
    /// The session is over, and this is why. `FTP_OUTPUT_KIND_CLOSE` follows, and nothing else.
    Closed = 20,
    /// Something that this version has no word for. A question among it meets its deadline.
    Other = 21,
}

/// Where uploaded bytes go.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_placement {
    /// A whole new file, in place of what was there. (STOR)
    Whole = 0,
    /// From the offset on, over what is there. (REST, STOR)
    At = 1,
    /// Behind what is there; a new file if nothing is. (APPE)
    Append = 2,
    /// A new file whose name no other has, in the directory of the path. (STOU)
    Unique = 3,
}

/// How an upload ended.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_keep {
    /// It is whole.
    Whole = 0,
    /// It was cut short.
    Partial = 1,
}
crate::enumeration::enumeration!(ftp_keep tells Keep { Whole, Partial });

/// What is transferred.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_transfer_kind {
    /// A file to the client. (RETR)
    Retrieve = 0,
    /// A file from the client. (STOR)
    Store = 1,
    /// A file from the client, behind what is there. (APPE)
    Append = 2,
    /// A file from the client under a new name. (STOU)
    StoreUnique = 3,
    /// A listing to the client. (LIST, NLST, MLSD)
    List = 4,
}

/// How a transfer ended.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_transfer_outcome {
    /// It is whole.
    Complete = 0,
    /// No data connection could be opened in time.
    NotOpened = 1,
    /// The client said ABOR.
    Aborted = 2,
    /// No byte moved for too long.
    Stalled = 3,
    /// The data connection broke.
    Broken = 4,
    /// An upload under TLS ended without close_notify: it may be cut short.
    Truncated = 5,
    /// The TLS handshake on the data connection failed, or was not done in time.
    HandshakeFailed = 6,
    /// The data connection did not resume the control connection's TLS session.
    Unproven = 7,
    /// This side's file failed.
    Local = 8,
    /// This side has no space left.
    NoSpace = 9,
    /// The application refused to open the file, or to keep the whole upload.
    Denied = 10,
    /// The application did not answer in time.
    NotAnswered = 11,
    /// The session ended first.
    SessionEnded = 12,
    /// Something that this version has no word for.
    Other = 13,
}

/// Why a session ended.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_close_reason {
    /// The client said QUIT.
    Quit = 0,
    /// The client closed the control connection.
    ClientClosed = 1,
    /// The control connection broke.
    Lost = 2,
    /// Nobody logged in in time.
    LoginTimedOut = 3,
    /// No command came for too long.
    IdleTimedOut = 4,
    /// Too many logins were refused.
    TooManyLogins = 5,
    /// The client did not take what was sent to it.
    SendTimedOut = 6,
    /// The client speaks another protocol: HTTP, SSH, or TLS on a plain port.
    NotFtp = 7,
    /// The control connection could not be brought under TLS, or out of it.
    TlsFailed = 8,
    /// The same was not done in time.
    HandshakeTimedOut = 9,
    /// Behind AUTH came bytes in clear, which may be anybody's.
    ClearBytes = 10,
    /// The server is being stopped.
    Stopped = 11,
    /// Something that this version has no word for.
    Other = 12,
}

/// What an event points to, as long as the caller looks at it.
#[derive(Debug)]
pub(crate) enum Told {
    Nothing,
    Event(ServerEvent),
    Credentials(Credentials),
    Certificate(Argument, Bytes),
    Path(VirtualPath),
    Change(Change),
}

impl ftp_server_event {
    /// An event that tells no more than its kind.
    const fn of(kind: ftp_server_event_kind) -> Self {
        Self {
            kind,
            op: 0,
            user: ftp_slice::NONE,
            password: ftp_slice::NONE,
            certificate: ftp_slice::NONE,
            path: ftp_slice::NONE,
            to: ftp_slice::NONE,
            text: ftp_slice::NONE,
            offset: 0,
            bytes: 0,
            modified: ftp_date_time::NONE,
            placement: ftp_placement::Whole,
            style: ftp_listing_style::Unix,
            keep: ftp_keep::Whole,
            transfer: ftp_transfer_kind::Retrieve,
            mode: ftp_data_mode::Active,
            outcome: ftp_transfer_outcome::Complete,
            reason: ftp_close_reason::Quit,
            is_question: 0,
            reserved: [0; 3],
        }
    }
}

/// An event as C sees it; what it points to stays in `told`, the right to answer in `asked`.
pub(crate) fn tell(event: ServerEvent, told: &mut Told, asked: &mut Asked) -> ftp_server_event {
    use ftp_server_event_kind as Kind;
    let event = match event {
        ServerEvent::Request(request) => return tell_request(request, told, asked),
        event => event,
    };
    *told = Told::Event(event);
    let Told::Event(event) = told else {
        return ftp_server_event::of(Kind::Other);
    };
    let about = |kind, op: &OpId| ftp_server_event {
        op: op.to_raw(),
        ..ftp_server_event::of(kind)
    };
    let by = |kind, user: &Argument| ftp_server_event {
        user: ftp_slice::of(user.as_bytes()),
        ..ftp_server_event::of(kind)
    };
    let saying = |kind, text: &Bytes| ftp_server_event {
        text: ftp_slice::of(text),
        ..ftp_server_event::of(kind)
    };
    match event {
        ServerEvent::Cancel(op) => {
            asked.cancel(*op);
            about(Kind::Cancel, op)
        }
        ServerEvent::LoggedIn { user } => by(Kind::LoggedIn, user),
        ServerEvent::LoginRefused { user } => by(Kind::LoginRefused, user),
        ServerEvent::TransferStarted {
            op,
            kind,
            path,
            mode,
        } => ftp_server_event {
            transfer: (*kind).into(),
            path: ftp_slice::of(path.as_bytes()),
            mode: (*mode).into(),
            ..about(Kind::TransferStarted, op)
        },
        ServerEvent::UploadUnconfirmed { op } => about(Kind::UploadUnconfirmed, op),
        ServerEvent::TransferEnded { op, bytes, outcome } => ftp_server_event {
            bytes: *bytes,
            outcome: (*outcome).into(),
            ..about(Kind::TransferEnded, op)
        },
        ServerEvent::Command(line) => saying(Kind::Command, line),
        ServerEvent::Reply(reply) => saying(Kind::Reply, reply),
        ServerEvent::Closed(reason) => ftp_server_event {
            reason: (*reason).into(),
            ..ftp_server_event::of(Kind::Closed)
        },
        _ => ftp_server_event::of(Kind::Other),
    }
}

fn tell_request(request: Request, told: &mut Told, asked: &mut Asked) -> ftp_server_event {
    use ftp_server_event_kind as Kind;
    let mut question = |kind, ask: AnyAsk| ftp_server_event {
        op: asked.add(ask),
        is_question: 1,
        ..ftp_server_event::of(kind)
    };
    let mut event = match request {
        Request::Authenticate(ask, credentials) => {
            *told = Told::Credentials(credentials);
            question(Kind::Authenticate, ask.into())
        }
        Request::Identify(ask, user, certificate) => {
            *told = Told::Certificate(user, certificate);
            question(Kind::Identify, ask.into())
        }
        Request::Metadata(ask, path) => {
            *told = Told::Path(path);
            question(Kind::Metadata, ask.into())
        }
        Request::OpenRead(ask, path, offset) => {
            *told = Told::Path(path);
            ftp_server_event {
                offset,
                ..question(Kind::OpenRead, ask.into())
            }
        }
        Request::OpenWrite(ask, path, placement) => {
            *told = Told::Path(path);
            let (placement, offset) = match placement {
                Placement::Whole => (ftp_placement::Whole, 0),
                Placement::At(offset) => (ftp_placement::At, offset),
                Placement::Append => (ftp_placement::Append, 0),
                Placement::Unique => (ftp_placement::Unique, 0),
            };
            ftp_server_event {
                placement,
                offset,
                ..question(Kind::OpenWrite, ask.into())
            }
        }
        Request::OpenList(ask, path, style) => {
            *told = Told::Path(path);
            ftp_server_event {
                style: style.into(),
                ..question(Kind::OpenList, ask.into())
            }
        }
        Request::Finish(ask, keep) => ftp_server_event {
            keep: keep.into(),
            ..question(Kind::Finish, ask.into())
        },
        Request::Change(ask, change) => {
            let kind = match &change {
                Change::Delete(_) => Kind::Delete,
                Change::RemoveDirectory(_) => Kind::RemoveDirectory,
                Change::MakeDirectory(_) => Kind::MakeDirectory,
                Change::Rename { .. } => Kind::Rename,
                Change::SetModified(..) => Kind::SetModified,
                _ => Kind::Other,
            };
            *told = Told::Change(change);
            question(kind, ask.into())
        }
        _ => ftp_server_event::of(Kind::Other),
    };
    point(told, &mut event);
    event
}

/// Points to what is kept of a question.
fn point(told: &Told, event: &mut ftp_server_event) {
    let of = |path: &VirtualPath| ftp_slice::of(path.as_bytes());
    match told {
        Told::Nothing | Told::Event(_) => {}
        Told::Credentials(credentials) => {
            event.user = ftp_slice::of(credentials.user.as_bytes());
            event.password = ftp_slice::of(credentials.password.expose());
            event.certificate = ftp_slice::of_option(credentials.certificate.as_deref());
        }
        Told::Certificate(user, certificate) => {
            event.user = ftp_slice::of(user.as_bytes());
            event.certificate = ftp_slice::of(certificate);
        }
        Told::Path(path) => event.path = of(path),
        Told::Change(change) => match change {
            Change::Delete(path) | Change::RemoveDirectory(path) | Change::MakeDirectory(path) => {
                event.path = of(path);
            }
            Change::Rename { from, to } => (event.path, event.to) = (of(from), of(to)),
            Change::SetModified(path, time) => {
                (event.path, event.modified) = (of(path), (*time).into());
            }
            _ => {}
        },
    }
}

impl From<TransferKind> for ftp_transfer_kind {
    fn from(kind: TransferKind) -> Self {
        match kind {
            TransferKind::Retrieve => Self::Retrieve,
            TransferKind::Store => Self::Store,
            TransferKind::Append => Self::Append,
            TransferKind::StoreUnique => Self::StoreUnique,
            _ => Self::List,
        }
    }
}

impl From<TransferOutcome> for ftp_transfer_outcome {
    fn from(outcome: TransferOutcome) -> Self {
        match outcome {
            TransferOutcome::Complete => Self::Complete,
            TransferOutcome::NotOpened => Self::NotOpened,
            TransferOutcome::Aborted => Self::Aborted,
            TransferOutcome::Stalled => Self::Stalled,
            TransferOutcome::Broken => Self::Broken,
            TransferOutcome::Truncated => Self::Truncated,
            TransferOutcome::HandshakeFailed => Self::HandshakeFailed,
            TransferOutcome::Unproven => Self::Unproven,
            TransferOutcome::Local(LocalFailure::NoSpace) => Self::NoSpace,
            TransferOutcome::Local(_) => Self::Local,
            TransferOutcome::Denied(_) => Self::Denied,
            TransferOutcome::NotAnswered => Self::NotAnswered,
            TransferOutcome::SessionEnded => Self::SessionEnded,
            _ => Self::Other,
        }
    }
}

impl From<CloseReason> for ftp_close_reason {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Quit => Self::Quit,
            CloseReason::ClientClosed => Self::ClientClosed,
            CloseReason::Lost => Self::Lost,
            CloseReason::LoginTimedOut => Self::LoginTimedOut,
            CloseReason::IdleTimedOut => Self::IdleTimedOut,
            CloseReason::TooManyLogins => Self::TooManyLogins,
            CloseReason::SendTimedOut => Self::SendTimedOut,
            CloseReason::NotFtp => Self::NotFtp,
            CloseReason::TlsFailed => Self::TlsFailed,
            CloseReason::HandshakeTimedOut => Self::HandshakeTimedOut,
            CloseReason::ClearBytes => Self::ClearBytes,
            CloseReason::Stopped => Self::Stopped,
            _ => Self::Other,
        }
    }
}
