//! What a client session tells its application.

use ftp_proto::client::{ClientEvent, ListingKind, OperationError, Outcome, Way};
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::reply::Reply;

use crate::handle::LastError;
use crate::listing::ftp_entry;
use crate::output::ftp_handshake;
use crate::reply::ftp_reply;
use crate::result::{Failure, ftp_result};
use crate::text::ftp_slice;
use crate::time::ftp_date_time;

/// An event of a client session. What a kind or an outcome does not name is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_client_event {
    /// What happened.
    pub kind: ftp_client_event_kind,
    /// The operation, of `FTP_CLIENT_EVENT_KIND_STARTED` and `..._DONE`.
    pub op: u32,
    /// With `FTP_CLIENT_EVENT_KIND_DONE`: `FTP_OK`, or why the operation gave nothing (60 to 79).
    pub result: ftp_result,
    /// With `FTP_CLIENT_EVENT_KIND_DONE` and `FTP_OK`: what it gave.
    pub outcome: ftp_outcome,
    /// What the server said, also where it refused.
    pub reply: ftp_reply,
    /// The sentence of a failure; the path, with `FTP_OUTCOME_PATH`; the name under which STOU stored,
    /// with `FTP_OUTCOME_TRANSFER`; the command, with `FTP_CLIENT_EVENT_KIND_SENT`.
    pub text: ftp_slice,
    /// Bytes that crossed the data connection, also of a transfer that failed; the size, with
    /// `FTP_OUTCOME_SIZE`; how many features there are, with `FTP_OUTCOME_FEATURES`.
    pub bytes: u64,
    /// With `FTP_ERROR_SHORT`: how many bytes should have come.
    pub expected: u64,
    /// With `FTP_OUTCOME_MODIFIED`: the time, UTC.
    pub modified: ftp_date_time,
    /// With `FTP_OUTCOME_ENTRY`: the facts; it stays until the next poll.
    pub entry: *const ftp_entry,
    /// With `FTP_CLIENT_EVENT_KIND_SECURED`.
    pub handshake: ftp_handshake,
    /// With `FTP_OUTCOME_TRANSFER`: how the data connection was opened.
    pub way: ftp_way,
    /// With `FTP_OUTCOME_TRANSFER` of a listing: the form of what came.
    pub listing: ftp_listing_kind,
    /// 0.
    pub reserved: u32,
}

/// What happened.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_client_event_kind {
    /// The server greeted. Where TLS is to follow this came in clear, and may have come from anybody.
    Greeting = 0,
    /// The control connection is under TLS.
    Secured = 1,
    /// The server refused TLS, and the session goes on in clear as `FTP_CLIENT_TLS_IF_OFFERED` allows.
    NotSecured = 2,
    /// A transfer has begun: the server's 1yz reply. Once more for a transfer that is tried again.
    Started = 3,
    /// An operation has ended. Nothing more comes of it.
    Done = 4,
    /// A command went out, its secrets as `****`; when the dialogue is shown.
    Sent = 5,
    /// A reply came in; when the dialogue is shown.
    Received = 6,
    /// Something that this version has no word for.
    Other = 7,
}

/// What an operation gave.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_outcome {
    /// Nothing: it failed, or has not ended.
    None = 0,
    /// The server's completion reply, where that is all.
    Reply = 1,
    /// A path, as the server wrote it.
    Path = 2,
    /// A size in bytes.
    Size = 3,
    /// A time of modification, UTC.
    Modified = 4,
    /// Facts about one file or directory.
    Entry = 5,
    /// What the server can do: see `ftp_client_feature`.
    Features = 6,
    /// A transfer is whole.
    Transfer = 7,
    /// The server closed the control connection in place of a reply to QUIT.
    Closed = 8,
    /// Something that this version has no word for.
    Other = 9,
}

/// A command by which client and server agree on a data connection.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_way {
    /// None: the server answered without a data connection (an empty directory).
    None = 0,
    /// Passive, the server tells a port.
    Epsv = 1,
    /// Passive, the server tells an IPv4 address and a port.
    Pasv = 2,
    /// Active, this side tells an address of either family.
    Eprt = 3,
    /// Active, this side tells an IPv4 address.
    Port = 4,
    /// Passive, the server tells an address of either family (RFC 1639).
    Lpsv = 5,
    /// Active, this side tells an address of either family (RFC 1639).
    Lprt = 6,
}

impl From<Option<Way>> for ftp_way {
    fn from(way: Option<Way>) -> Self {
        match way {
            None => Self::None,
            Some(Way::Epsv) => Self::Epsv,
            Some(Way::Pasv) => Self::Pasv,
            Some(Way::Eprt) => Self::Eprt,
            Some(Way::Port) => Self::Port,
            Some(Way::Lpsv) => Self::Lpsv,
            Some(Way::Lprt) => Self::Lprt,
        }
    }
}

/// The form of a listing.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_listing_kind {
    /// It is no listing.
    None = 0,
    /// MLSD: facts (RFC 3659 §7).
    Machine = 1,
    /// LIST: whatever the server writes.
    Native = 2,
    /// NLST: names alone.
    Names = 3,
}
crate::enumeration::enumeration!(ftp_listing_kind {
    None,
    Machine,
    Native,
    Names
});

impl From<Option<ListingKind>> for ftp_listing_kind {
    fn from(kind: Option<ListingKind>) -> Self {
        match kind {
            None => Self::None,
            Some(ListingKind::Machine) => Self::Machine,
            Some(ListingKind::Native) => Self::Native,
            Some(ListingKind::Names) => Self::Names,
        }
    }
}

impl ftp_client_event {
    fn say(&mut self, reply: &Reply, last: &mut LastError) {
        last.keep_reply(reply.clone());
        self.reply = reply.into();
    }

    fn give(
        &mut self,
        outcome: &Outcome,
        entry: &mut ftp_entry,
        features: &mut Option<Features>,
        last: &mut LastError,
    ) {
        self.outcome = match outcome {
            Outcome::Reply(reply) => {
                self.say(reply, last);
                ftp_outcome::Reply
            }
            Outcome::Path(path) => {
                self.text = ftp_slice::of(path);
                ftp_outcome::Path
            }
            Outcome::Size(size) => {
                self.bytes = *size;
                ftp_outcome::Size
            }
            Outcome::Modified(time) => {
                self.modified = (*time).into();
                ftp_outcome::Modified
            }
            Outcome::Entry(found) => {
                *entry = (&**found).into();
                self.entry = entry;
                ftp_outcome::Entry
            }
            Outcome::Features(found) => {
                self.bytes = found.iter().count() as u64;
                *features = Some(found.clone());
                ftp_outcome::Features
            }
            Outcome::Transfer(transferred) => {
                self.say(&transferred.reply, last);
                self.bytes = transferred.bytes;
                self.way = transferred.way.into();
                self.listing = transferred.listing.into();
                self.text = ftp_slice::of_option(transferred.name.as_deref());
                ftp_outcome::Transfer
            }
            Outcome::Closed => ftp_outcome::Closed,
            _ => ftp_outcome::Other,
        };
    }

    #[cold]
    fn fail(&mut self, error: &OperationError, text: &mut String, last: &mut LastError) {
        let failure = Failure::from(error);
        *text = failure.text.into_owned();
        self.result = failure.code;
        self.text = ftp_slice::of(text.as_bytes());
        (self.bytes, self.expected) = match error {
            OperationError::Failed { bytes, .. }
            | OperationError::DataLost { bytes, .. }
            | OperationError::Local { bytes, .. }
            | OperationError::Stalled { bytes } => (*bytes, 0),
            OperationError::Short { expected, received } => (*received, *expected),
            _ => (0, 0),
        };
        match error {
            OperationError::Refused(reply)
            | OperationError::Failed { reply, .. }
            | OperationError::Unexpected { reply, .. }
            | OperationError::Unreadable { reply, .. }
            | OperationError::PasswordNeeded(reply)
            | OperationError::AccountNeeded(reply) => self.say(reply, last),
            _ => {}
        }
    }
}

/// An event as C sees it, written over zeroes; what it points to is in the other arguments.
pub(crate) fn tell(
    into: &mut ftp_client_event,
    event: &ClientEvent,
    text: &mut String,
    entry: &mut ftp_entry,
    features: &mut Option<Features>,
    last: &mut LastError,
) {
    use ftp_client_event_kind as Kind;
    into.kind = match event {
        ClientEvent::Greeting(reply) => {
            into.say(reply, last);
            Kind::Greeting
        }
        ClientEvent::Secured(handshake) => {
            into.handshake = (*handshake).into();
            Kind::Secured
        }
        ClientEvent::NotSecured(reply) => {
            into.say(reply, last);
            Kind::NotSecured
        }
        ClientEvent::Started { op, reply } => {
            into.op = op.to_raw();
            into.say(reply, last);
            Kind::Started
        }
        ClientEvent::Done { op, result } => {
            into.op = op.to_raw();
            match result {
                Ok(outcome) => into.give(outcome, entry, features, last),
                Err(error) => into.fail(error, text, last),
            }
            Kind::Done
        }
        ClientEvent::Sent(line) => {
            into.text = ftp_slice::of(line);
            Kind::Sent
        }
        ClientEvent::Received(reply) => {
            into.say(reply, last);
            Kind::Received
        }
        _ => Kind::Other,
    };
}
