//! A server session's outputs as the words of transcripts, and answers from such words.

use bytes::Bytes;
use ftp_proto::codec::command::{Argument, ByteRange};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Entry, Kind, ListingStyle, Metadata};
use ftp_proto::server::{
    Ask, Available, Change, CloseReason, Denied, Grant, Keep, NewFacts, Opened, Permissions,
    Placement, Request, ServerEvent, ServerSession, Summed, Text, TransferKind, TransferOutcome,
};
use ftp_proto::{Direction, LocalFailure, Modified, OpId};

use crate::transcript::words::{mode_word, text, time_words};

use super::transcript::unescape;

/// A question that waits for its answer.
#[derive(Debug)]
pub(crate) enum AnyAsk {
    Grant(Ask<Grant>),
    Entry(Ask<Entry>),
    Opened(Ask<Opened>),
    Done(Ask<()>),
    Summed(Ask<Summed>),
    Available(Ask<Available>),
    Text(Ask<Text>),
}

impl AnyAsk {
    /// The right to answer that a request brings.
    pub(crate) fn of(request: Request) -> Self {
        match request {
            Request::Authenticate(ask, _) | Request::Identify(ask, ..) => Self::Grant(ask),
            Request::Metadata(ask, _) => Self::Entry(ask),
            Request::OpenRead(ask, ..)
            | Request::OpenWrite(ask, ..)
            | Request::OpenList(ask, ..)
            | Request::OpenPart(ask, ..) => Self::Opened(ask),
            Request::Checksum(ask, ..) => Self::Summed(ask),
            Request::Space(ask, _) => Self::Available(ask),
            Request::Site(ask, ..) => Self::Text(ask),
            Request::Finish(ask, _) | Request::Change(ask, _) => Self::Done(ask),
            other => panic!("a request that this harness does not know: {other:?}"),
        }
    }

    pub(crate) fn id(&self) -> OpId {
        match self {
            Self::Grant(ask) => ask.id(),
            Self::Entry(ask) => ask.id(),
            Self::Opened(ask) => ask.id(),
            Self::Done(ask) => ask.id(),
            Self::Summed(ask) => ask.id(),
            Self::Available(ask) => ask.id(),
            Self::Text(ask) => ask.id(),
        }
    }

    pub(crate) fn deny(self, session: &mut ServerSession, denied: Denied) {
        match self {
            Self::Grant(ask) => session.answer(ask, Err(denied)),
            Self::Entry(ask) => session.answer(ask, Err(denied)),
            Self::Opened(ask) => session.answer(ask, Err(denied)),
            Self::Done(ask) => session.answer(ask, Err(denied)),
            Self::Summed(ask) => session.answer(ask, Err(denied)),
            Self::Available(ask) => session.answer(ask, Err(denied)),
            Self::Text(ask) => session.answer(ask, Err(denied)),
        }
    }

    /// Answers with the fact that the words tell.
    pub(crate) fn answer(self, session: &mut ServerSession, words: &str) {
        let mut parts = words.split(' ');
        match (self, parts.next().unwrap_or_default()) {
            (ask, "denied") => ask.deny(session, denied(parts.next().unwrap_or_default())),
            (Self::Grant(ask), "granted") => {
                let home = path(parts.next().expect("a home"));
                let permissions = permissions(parts.next().expect("permissions"));
                session.answer(ask, Ok(Grant { permissions, home }));
            }
            (Self::Entry(ask), "entry") => session.answer(ask, Ok(entry(parts))),
            (Self::Opened(ask), "opened") => {
                let mut opened = Opened::default();
                for part in parts {
                    match part.split_once('=') {
                        Some(("size", size)) => opened.size = size.parse().ok(),
                        Some(("name", name)) => {
                            opened.name = Some(Bytes::from(unescape(name)));
                        }
                        _ => panic!("no fact about what was opened: {part}"),
                    }
                }
                session.answer(ask, Ok(opened));
            }
            (Self::Done(ask), "done") => session.answer(ask, Ok(())),
            (Self::Summed(ask), "summed") => {
                let value = Bytes::from(unescape(parts.next().expect("a checksum")));
                let bytes = parts.next().and_then(|word| word.strip_prefix("bytes="));
                let bytes = bytes.and_then(|bytes| bytes.parse().ok()).expect("a count");
                session.answer(ask, Ok(Summed { value, bytes }));
            }
            (Self::Available(ask), "available") => {
                let bytes = parts.next().and_then(|bytes| bytes.parse().ok());
                session.answer(ask, Ok(Available(bytes.expect("a number of bytes"))));
            }
            (Self::Text(ask), "text") => {
                let text = words.strip_prefix("text ").unwrap_or_default();
                session.answer(ask, Ok(Text::from(unescape(text))));
            }
            (ask, _) => panic!("{ask:?} is not answered by: {words}"),
        }
    }
}

pub(crate) fn event_words(event: &ServerEvent) -> String {
    match event {
        ServerEvent::Request(request) => request_words(request),
        ServerEvent::Cancel(op) => format!("Cancel op={}", op.to_raw()),
        ServerEvent::LoggedIn { user } => format!("LoggedIn {}", text(user.as_bytes())),
        ServerEvent::LoginRefused { user } => format!("LoginRefused {}", text(user.as_bytes())),
        ServerEvent::TransferStarted {
            op,
            kind,
            path,
            mode,
        } => {
            let kind = match kind {
                TransferKind::Retrieve => "retrieve",
                TransferKind::Store => "store",
                TransferKind::Append => "append",
                TransferKind::StoreUnique => "unique",
                TransferKind::List(_) => "list",
                other => panic!("a kind that this harness does not know: {other:?}"),
            };
            let path = text(path.as_bytes());
            format!(
                "TransferStarted {kind} {path} {} op={}",
                mode_word(*mode),
                op.to_raw()
            )
        }
        ServerEvent::UploadUnconfirmed { op } => format!("UploadUnconfirmed op={}", op.to_raw()),
        ServerEvent::TransferEnded { op, bytes, outcome } => {
            let outcome = outcome_word(*outcome);
            format!("TransferEnded {outcome} {bytes} op={}", op.to_raw())
        }
        ServerEvent::Command(line) => format!("Command {}", text(line)),
        ServerEvent::Reply(reply) => format!("Reply {}", text(reply)),
        ServerEvent::Closed(reason) => format!("Closed {}", reason_word(*reason)),
        other => panic!("an event that this harness does not know: {other:?}"),
    }
}

pub(crate) fn path(text: &str) -> VirtualPath {
    VirtualPath::root().join(&unescape(text)).expect("a path")
}

fn request_words(request: &Request) -> String {
    let op = |ask: OpId| format!("op={}", ask.to_raw());
    let name = |path: &VirtualPath| text(path.as_bytes());
    match request {
        Request::Authenticate(ask, credentials) => format!(
            "Authenticate {} {}{}{} {}",
            text(credentials.user.as_bytes()),
            text(credentials.password.expose()),
            certificate_word(credentials.certificate.as_deref()),
            argument_word(" host=", credentials.host.as_ref()),
            op(ask.id())
        ),
        Request::Metadata(ask, path) => format!("Metadata {} {}", name(path), op(ask.id())),
        Request::OpenRead(ask, path, offset) => {
            format!("OpenRead {} {offset} {}", name(path), op(ask.id()))
        }
        Request::OpenWrite(ask, path, place) => {
            let place = match place {
                Placement::Whole => "whole".to_owned(),
                Placement::At(offset) => format!("at {offset}"),
                Placement::Append => "append".to_owned(),
                Placement::Unique => "unique".to_owned(),
            };
            format!("OpenWrite {} {place} {}", name(path), op(ask.id()))
        }
        Request::OpenList(ask, path, style) => {
            let style = match style {
                ListingStyle::Unix { all: false } => "unix",
                ListingStyle::Unix { all: true } => "unix-all",
                ListingStyle::Names { all: false } => "names",
                ListingStyle::Names { all: true } => "names-all",
                ListingStyle::Machine => "machine",
                ListingStyle::Facts(facts) => &facts.to_string(),
                other => panic!("a style that this harness does not know: {other:?}"),
            };
            format!("OpenList {} {style} {}", name(path), op(ask.id()))
        }
        Request::Identify(ask, user, certificate) => format!(
            "Identify {} {} {}",
            text(user.as_bytes()),
            text(certificate),
            op(ask.id())
        ),
        Request::Finish(ask, Keep::Whole) => format!("Finish whole {}", op(ask.id())),
        Request::Finish(ask, Keep::Partial) => format!("Finish partial {}", op(ask.id())),
        Request::Change(ask, change) => {
            let change = match change {
                Change::Delete(path) => format!("Delete {}", name(path)),
                Change::RemoveDirectory(path) => format!("RemoveDirectory {}", name(path)),
                Change::MakeDirectory(path) => format!("MakeDirectory {}", name(path)),
                Change::Rename { from, to } => format!("Rename {} {}", name(from), name(to)),
                Change::SetModified(path, time) => {
                    format!("SetModified {} {}", name(path), time_words(*time))
                }
                Change::SetFacts(path, facts) => {
                    format!("SetFacts {}{}", name(path), facts_words(facts))
                }
                Change::Link { path, target } => format!("Link {} {}", name(path), name(target)),
                Change::Combine { target, parts } => {
                    let parts: Vec<_> = parts.iter().map(name).collect();
                    format!("Combine {} {}", name(target), parts.join(" "))
                }
                Change::MaskModes(mask) => format!("MaskModes {mask:03o}"),
                other => panic!("a change that this harness does not know: {other:?}"),
            };
            format!("{change} {}", op(ask.id()))
        }
        Request::OpenPart(ask, path, direction, range) => {
            let direction = match direction {
                Direction::Send => "send",
                Direction::Receive => "receive",
            };
            let range = range_word(*range);
            format!(
                "OpenPart {} {direction} {range} {}",
                name(path),
                op(ask.id())
            )
        }
        Request::Checksum(ask, path, algorithm, range) => format!(
            "Checksum {} {} {} {}",
            name(path),
            algorithm.name(),
            range_word(*range),
            op(ask.id())
        ),
        Request::Space(ask, path) => format!("Space {} {}", name(path), op(ask.id())),
        Request::Site(ask, verb, argument) => {
            let argument = argument_word(" ", argument.as_ref());
            format!("Site {verb}{argument} {}", op(ask.id()))
        }
        other => panic!("a request that this harness does not know: {other:?}"),
    }
}

fn argument_word(before: &str, argument: Option<&Argument>) -> String {
    argument.map_or_else(String::new, |argument| {
        format!("{before}{}", text(argument.as_bytes()))
    })
}

/// `0-9`, or `10-` to the end of the file.
fn range_word(range: ByteRange) -> String {
    match range.last() {
        u64::MAX => format!("{}-", range.first()),
        last => format!("{}-{last}", range.first()),
    }
}

fn facts_words(facts: &NewFacts) -> String {
    let times = [
        ("modified", facts.modified),
        ("accessed", facts.accessed),
        ("created", facts.created),
    ];
    let mut words = String::new();
    for (fact, time) in times {
        if let Some(time) = time {
            words.push_str(&format!(" {fact}={}", time_words(time)));
        }
    }
    if let Some(mode) = facts.mode {
        words.push_str(&format!(" mode={mode:03o}"));
    }
    words
}

fn certificate_word(certificate: Option<&[u8]>) -> String {
    certificate.map_or_else(String::new, |der| format!(" certificate={}", text(der)))
}

fn outcome_word(outcome: TransferOutcome) -> String {
    match outcome {
        TransferOutcome::Complete => "complete".to_owned(),
        TransferOutcome::NotOpened => "not-opened".to_owned(),
        TransferOutcome::Aborted => "aborted".to_owned(),
        TransferOutcome::Stalled => "stalled".to_owned(),
        TransferOutcome::Broken => "broken".to_owned(),
        TransferOutcome::Truncated => "truncated".to_owned(),
        TransferOutcome::HandshakeFailed => "handshake-failed".to_owned(),
        TransferOutcome::Unproven => "unproven".to_owned(),
        TransferOutcome::Local(LocalFailure::NoSpace) => "no-space".to_owned(),
        TransferOutcome::Local(_) => "local".to_owned(),
        TransferOutcome::Denied(_) => "denied".to_owned(),
        TransferOutcome::NotAnswered => "not-answered".to_owned(),
        TransferOutcome::SessionEnded => "session-ended".to_owned(),
        other => panic!("an outcome that this harness does not know: {other:?}"),
    }
}

fn reason_word(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Quit => "quit",
        CloseReason::ClientClosed => "client-closed",
        CloseReason::Lost => "lost",
        CloseReason::LoginTimedOut => "login-timed-out",
        CloseReason::IdleTimedOut => "idle-timed-out",
        CloseReason::TooManyLogins => "too-many-logins",
        CloseReason::SendTimedOut => "send-timed-out",
        CloseReason::NotFtp => "not-ftp",
        CloseReason::TlsFailed => "tls-failed",
        CloseReason::HandshakeTimedOut => "handshake-timed-out",
        CloseReason::ClearBytes => "clear-bytes",
        CloseReason::Stopped => "stopped",
        other => panic!("a reason that this harness does not know: {other:?}"),
    }
}

fn denied(word: &str) -> Denied {
    match word {
        "bad-credentials" => Denied::BadCredentials,
        "not-found" => Denied::NotFound,
        "not-permitted" => Denied::NotPermitted,
        "exists" => Denied::Exists,
        "not-directory" => Denied::NotDirectory,
        "is-directory" => Denied::IsDirectory,
        "not-empty" => Denied::NotEmpty,
        "bad-name" => Denied::BadName,
        "bad-offset" => Denied::BadOffset,
        "no-space" => Denied::NoSpace,
        "quota-exceeded" => Denied::QuotaExceeded,
        "busy" => Denied::Busy,
        "unsupported" => Denied::Unsupported,
        "too-large" => Denied::TooLarge,
        "failed" => Denied::Failed,
        _ => panic!("no refusal: {word}"),
    }
}

pub(crate) fn permissions(words: &str) -> Permissions {
    words.split(',').fold(Permissions::NONE, |all, word| {
        all.and(match word {
            "rw" => Permissions::READ_WRITE,
            "ro" => Permissions::READ_ONLY,
            "list" => Permissions::LIST,
            "read" => Permissions::READ,
            "write" => Permissions::WRITE,
            "delete" => Permissions::DELETE,
            "rename" => Permissions::RENAME,
            "make" => Permissions::MAKE,
            "none" => Permissions::NONE,
            _ => panic!("no permission: {word}"),
        })
    })
}

fn entry<'a>(mut words: impl Iterator<Item = &'a str>) -> Entry {
    let kind = match words.next().unwrap_or_default() {
        "file" => Kind::File,
        "directory" => Kind::Directory,
        "link" => Kind::Link,
        "other" => Kind::Other,
        "unknown" => Kind::Unknown,
        word => panic!("no kind: {word}"),
    };
    let mut metadata = Metadata {
        kind,
        ..Metadata::default()
    };
    for word in words {
        match word.split_once('=') {
            Some(("size", size)) => metadata.size = size.parse().ok(),
            Some(("mode", mode)) => metadata.mode = u16::from_str_radix(mode, 8).ok(),
            Some(("owner", owner)) => {
                metadata.owner = Some(Bytes::from(unescape(owner)));
            }
            Some(("modified", time)) => {
                let time = ftp_proto::codec::facts::read_time(time.as_bytes()).expect("a time");
                metadata.modified = Some(Modified::utc(time));
            }
            _ => panic!("no fact: {word}"),
        }
    }
    Entry::new("", &metadata)
}
