//! What a server tells.

use std::fmt::Write;

use ftp_io::server::{CloseReason, Event, Limit, TransferKind, TransferOutcome};
use ftp_proto::DataMode;

use super::queue::Transfer;
use crate::output::ftp_data_mode;
use crate::server::ftp_transfer_kind;
use crate::text::ftp_slice;

/// What an event tells.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_ready_event_kind {
    /// Nothing has happened in time.
    None = 0,
    /// The server has ended, and every event was taken.
    Ended = 1,
    /// A client has connected: `local`, `peer`.
    SessionStarted = 2,
    /// A client was sent away, since there are too many: `peer`, `detail` in words.
    SessionRefused = 3,
    /// A control connection is under TLS: `detail` says how.
    ControlSecured = 4,
    /// A data connection is under TLS: `detail` says how.
    DataSecured = 5,
    /// A user has logged in: `user`.
    LoggedIn = 6,
    /// A login was refused: `user`.
    LoginRefused = 7,
    /// The data connection of a transfer is open: `transfer`, `path`, `mode`, `local`, `peer`.
    TransferStarted = 8,
    /// A transfer has ended: `transfer`, `path`, `bytes`, `is_whole`, `detail` in words.
    TransferEnded = 9,
    /// A command came, secrets as `****`: `detail`. Only with FTP_DIALOGUE_SHOWN.
    Command = 10,
    /// A reply is being sent: `detail`. Only with FTP_DIALOGUE_SHOWN.
    Reply = 11,
    /// In active mode the data port could not be used, and any port was. Once for each server.
    DataPortReplaced = 12,
    /// A session is over: `detail` says why.
    SessionEnded = 13,
    /// Something that this version of the library has no number for: `detail`.
    Other = 99,
}

/// Something that happened at a server. What its kind does not tell is 0 or no text. The slices stay
/// until the next call of `ftp_ready_server_next_event`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_ready_event {
    /// An `ftp_ready_event_kind`. New ones may come.
    pub kind: i32,
    /// Of a transfer: an `ftp_transfer_kind`.
    pub transfer: i32,
    /// The session, by a number that no other session of this server has; 0 for none.
    pub session: u64,
    /// Bytes that crossed the data connection.
    pub bytes: u64,
    /// An `ftp_data_mode`: who opened the data connection.
    pub mode: i32,
    /// Whether a transfer that has ended is whole.
    pub is_whole: bool,
    /// The user's name.
    pub user: ftp_slice,
    /// The file or directory, as the user sees it.
    pub path: ftp_slice,
    /// This end of the connection, such as `192.0.2.7:21`.
    pub local: ftp_slice,
    /// The client's end.
    pub peer: ftp_slice,
    /// A few words of English, or what the kind says.
    pub detail: ftp_slice,
    /// Room for more; 0.
    pub reserved: [u64; 4],
}

const _: () = assert!(size_of::<ftp_ready_event>() == 64 + 10 * size_of::<usize>());

/// The texts that an event's slices point to.
#[derive(Default)]
pub(super) struct Texts {
    user: Option<Vec<u8>>,
    path: Option<Vec<u8>>,
    local: Option<Vec<u8>>,
    peer: Option<Vec<u8>>,
    detail: Option<Vec<u8>>,
}

/// An event without texts.
const fn bare(kind: ftp_ready_event_kind) -> ftp_ready_event {
    ftp_ready_event {
        kind: kind as i32,
        transfer: 0,
        session: 0,
        bytes: 0,
        mode: 0,
        is_whole: false,
        user: ftp_slice::NONE,
        path: ftp_slice::NONE,
        local: ftp_slice::NONE,
        peer: ftp_slice::NONE,
        detail: ftp_slice::NONE,
        reserved: [0; 4],
    }
}

/// An event that tells of no session.
pub(super) const fn nothing(kind: ftp_ready_event_kind) -> ftp_ready_event {
    bare(kind)
}

/// An event as the header has it; its slices point into `texts`.
pub(super) fn told(event: &Event, ended: Option<&Transfer>, texts: &mut Texts) -> ftp_ready_event {
    use ftp_ready_event_kind as Kind;
    *texts = Texts::default();
    let mut told = bare(Kind::Other);
    match event {
        Event::SessionStarted { session, control } => {
            told = of(Kind::SessionStarted, session.to_raw());
            texts.local = Some(control.local.to_string().into_bytes());
            texts.peer = Some(control.peer.to_string().into_bytes());
        }
        Event::SessionRefused { peer, limit } => {
            told = of(Kind::SessionRefused, 0);
            texts.peer = Some(peer.to_string().into_bytes());
            texts.detail = Some(limit_words(*limit));
        }
        Event::ControlSecured { session, summary } => {
            told = of(Kind::ControlSecured, session.to_raw());
            texts.detail = Some(summary.to_string().into_bytes());
        }
        Event::DataSecured {
            session,
            summary,
            is_proven,
        } => {
            told = of(Kind::DataSecured, session.to_raw());
            let mut words = summary.to_string();
            if !is_proven {
                // A String takes whatever is written to it.
                let _ = write!(words, ", known by its address only");
            }
            texts.detail = Some(words.into_bytes());
        }
        Event::LoggedIn { session, user } => {
            told = of(Kind::LoggedIn, session.to_raw());
            texts.user = Some(user.to_vec());
        }
        Event::LoginRefused { session, user } => {
            told = of(Kind::LoginRefused, session.to_raw());
            texts.user = Some(user.to_vec());
        }
        Event::TransferStarted {
            session,
            kind,
            path,
            mode,
            local,
            peer,
        } => {
            told = of(Kind::TransferStarted, session.to_raw());
            told.transfer = transfer(*kind) as i32;
            told.mode = match mode {
                DataMode::Active => ftp_data_mode::Active as i32,
                DataMode::Passive => ftp_data_mode::Passive as i32,
            };
            texts.path = Some(path.as_bytes().to_vec());
            texts.local = local.map(|local| local.to_string().into_bytes());
            texts.peer = peer.map(|peer| peer.to_string().into_bytes());
        }
        Event::TransferEnded {
            session,
            bytes,
            outcome,
        } => {
            told = of(Kind::TransferEnded, session.to_raw());
            told.bytes = *bytes;
            told.is_whole = *outcome == TransferOutcome::Complete;
            if let Some((kind, path)) = ended {
                told.transfer = transfer(*kind) as i32;
                texts.path = Some(path.as_bytes().to_vec());
            }
            texts.detail = Some(outcome_words(*outcome).into());
        }
        Event::Command { session, line } => {
            told = of(Kind::Command, session.to_raw());
            texts.detail = Some(line.to_vec());
        }
        Event::Reply { session, text } => {
            told = of(Kind::Reply, session.to_raw());
            texts.detail = Some(text.to_vec());
        }
        Event::DataPortReplaced { wanted } => {
            told = of(Kind::DataPortReplaced, 0);
            texts.detail = Some(format!("port {wanted} could not be used").into_bytes());
        }
        Event::SessionEnded { session, reason } => {
            told = of(Kind::SessionEnded, session.to_raw());
            texts.detail = Some(reason_words(*reason).into());
        }
        other => texts.detail = Some(format!("{other:?}").into_bytes()),
    }
    told.user = ftp_slice::of_option(texts.user.as_deref());
    told.path = ftp_slice::of_option(texts.path.as_deref());
    told.local = ftp_slice::of_option(texts.local.as_deref());
    told.peer = ftp_slice::of_option(texts.peer.as_deref());
    told.detail = ftp_slice::of_option(texts.detail.as_deref());
    told
}

const fn of(kind: ftp_ready_event_kind, session: u64) -> ftp_ready_event {
    ftp_ready_event {
        session,
        ..bare(kind)
    }
}

const fn transfer(kind: TransferKind) -> ftp_transfer_kind {
    match kind {
        TransferKind::Retrieve => ftp_transfer_kind::Retrieve,
        TransferKind::Store => ftp_transfer_kind::Store,
        TransferKind::Append => ftp_transfer_kind::Append,
        TransferKind::StoreUnique => ftp_transfer_kind::StoreUnique,
        _ => ftp_transfer_kind::List,
    }
}

fn limit_words(limit: Limit) -> Vec<u8> {
    limit.to_string().into_bytes()
}

const fn outcome_words(outcome: TransferOutcome) -> &'static str {
    match outcome {
        TransferOutcome::Complete => "whole",
        TransferOutcome::NotOpened => "no data connection was opened in time",
        TransferOutcome::Aborted => "the client ended it",
        TransferOutcome::Stalled => "no byte moved for too long",
        TransferOutcome::Broken => "the data connection broke",
        TransferOutcome::Truncated => "TLS ended without close_notify",
        TransferOutcome::HandshakeFailed => "the TLS handshake failed",
        TransferOutcome::Unproven => "the data connection did not resume the TLS session",
        TransferOutcome::Local(_) => "the file on this side failed",
        TransferOutcome::Denied(_) => "the file was refused",
        TransferOutcome::NotAnswered => "the storage did not answer in time",
        TransferOutcome::SessionEnded => "the session ended first",
        _ => "it failed",
    }
}

const fn reason_words(reason: Option<CloseReason>) -> &'static str {
    match reason {
        None | Some(CloseReason::Stopped) => "the server was stopped",
        Some(CloseReason::Quit) => "the client said QUIT",
        Some(CloseReason::ClientClosed) => "the client closed the control connection",
        Some(CloseReason::Lost) => "the control connection broke",
        Some(CloseReason::LoginTimedOut) => "nobody logged in in time",
        Some(CloseReason::IdleTimedOut) => "no command came for too long",
        Some(CloseReason::TooManyLogins) => "too many logins were refused",
        Some(CloseReason::SendTimedOut) => "the client did not take what was sent",
        Some(CloseReason::NotFtp) => "the client speaks another protocol",
        Some(CloseReason::TlsFailed) => "the TLS handshake failed",
        Some(CloseReason::HandshakeTimedOut) => "the TLS handshake was not done in time",
        Some(CloseReason::ClearBytes) => "bytes in clear came behind AUTH",
        Some(_) => "the session ended",
    }
}
