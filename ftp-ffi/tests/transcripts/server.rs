//! Server sessions.

use std::ptr;

use ftp_proto::{ControlAddresses, Instant, ProtocolError};
use ftpproto::*;

use crate::client::timeout;
use crate::seam::{bytes, c_address, call, part, room, session, well};
use crate::transcript::pieces::Pieces;
use crate::transcript::play::{Play, Role, number, play_all, split_id};
use crate::transcript::words::text;
use crate::transcript::{Content, unescape};

#[test]
fn a_transcript_is_played_as_it_is_written() {
    play_all::<Server>(Pieces::Large);
}

#[test]
fn a_transcript_is_the_same_when_cut_at_every_byte() {
    play_all::<Server>(Pieces::Bytes);
}

/// A session behind its handle.
struct Session {
    handle: *mut ftp_server,
    output: ftp_output,
    addresses: ControlAddresses,
}
session!(Session, Event, server, event);

/// What an event says, in the words of transcripts.
#[derive(Debug)]
struct Event {
    words: String,
    question: Option<u32>,
}

impl Session {
    fn check(&mut self, result: ftp_result) -> Result<(), ProtocolError> {
        well(result);
        Ok(())
    }
}

#[derive(Default)]
struct Server {
    latest_question: u32,
}

struct Config {
    config: *mut ftp_server_config,
    opening: ftp_opening,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            config: ftp_server_config_new(),
            opening: ftp_opening::Clear,
        }
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: it is freed once.
        unsafe { ftp_server_config_free(self.config) };
    }
}

impl Role for Server {
    type Session = Session;
    type Config = Config;

    const NAME: &'static str = "server";
    const LETTER: char = 'S';
    const LOCAL: &'static str = "192.0.2.1:21";
    const PEER: &'static str = "192.0.2.7:40000";

    fn speaks(file: &str) -> bool {
        crate::is_in_c(Self::NAME, file)
    }

    fn set(config: &mut Config, key: &str, value: &str) -> Result<(), String> {
        if (key, value) == ("tls", "implicit") {
            config.opening = ftp_opening::Tls;
            return Ok(());
        }
        let config = config.config;
        let required = |word: &str| {
            let words = ["nothing", "control", "data", "both"];
            words
                .iter()
                .position(|known| *known == word)
                .map(|at| at as i32)
        };
        // SAFETY: the settings live.
        let result = unsafe {
            match (key, value) {
                ("banner", _) => {
                    let banner = unescape(value);
                    let (banner, len) = part(Some(&banner));
                    ftp_server_config_set_banner(config, banner, len)
                }
                ("data-port", "standard") => ftp_server_config_set_data_port(config, 0, 0),
                ("data-port", "any") => ftp_server_config_set_data_port(config, 2, 0),
                ("data-port", port) => ftp_server_config_set_data_port(config, 1, number(port)?),
                ("dialogue", "silent") => ftp_server_config_set_dialogue(config, 0),
                ("dialogue", "shown") => ftp_server_config_set_dialogue(config, 1),
                ("transfers", "all") => ftp_server_config_set_transfers(config, 0),
                ("transfers", "plain") => ftp_server_config_set_transfers(config, 1),
                ("abilities", "all") => ftp_server_config_set_abilities(config, 15),
                ("abilities", "none") => ftp_server_config_set_abilities(config, 0),
                ("limits.line", _) => {
                    ftp_server_config_set_limit(config, ftp_limit::Line as i32, number(value)?)
                }
                ("limits.login_tries", _) => ftp_server_config_set_limit(
                    config,
                    ftp_limit::LoginTries as i32,
                    number(value)?,
                ),
                ("tls", "never") => ftp_server_config_set_tls_offer(config, 0),
                ("tls", "forbidden") => ftp_server_config_set_tls_offer(config, 1),
                ("tls", "unavailable") => ftp_server_config_set_tls_offer(config, 2),
                ("tls", "offered") => ftp_server_config_set_tls_offer(config, 3),
                ("tls-required", word) => {
                    ftp_server_config_set_tls_required(config, required(word).ok_or(word)?)
                }
                ("tls-required-for-anonymous", word) => {
                    let required = required(word).ok_or(word)?;
                    ftp_server_config_set_tls_required_for_anonymous(config, required)
                }
                ("clear-control", "refused") => ftp_server_config_set_clear_control(config, 0),
                ("clear-control", "allowed") => ftp_server_config_set_clear_control(config, 1),
                ("truncated-uploads", "refused") => {
                    ftp_server_config_set_truncated_uploads(config, 0)
                }
                ("truncated-uploads", "reported") => {
                    ftp_server_config_set_truncated_uploads(config, 1)
                }
                ("certificate-login", "beside") => {
                    ftp_server_config_set_certificate_login(config, 0)
                }
                ("certificate-login", "alone") => {
                    ftp_server_config_set_certificate_login(config, 1)
                }
                _ => {
                    let name = key.strip_prefix("timeouts.").ok_or(key)?;
                    let (which, micros) = timeout(name, value)?;
                    ftp_server_config_set_timeout(config, which, micros)
                }
            }
        };
        well(result);
        Ok(())
    }

    fn session(config: Config, addresses: ControlAddresses, now: Instant) -> Session {
        let (local, peer) = (c_address(addresses.local), c_address(addresses.peer));
        let (opening, now) = (config.opening as i32, now.as_micros());
        let mut handle = ptr::null_mut();
        // SAFETY: everything points to what it says.
        well(unsafe { ftp_server_new(config.config, &local, &peer, opening, now, &mut handle) });
        Session {
            handle,
            output: room(),
            addresses,
        }
    }

    fn from_peer(content: &Content) -> Option<Vec<u8>> {
        match content {
            Content::Client(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }

    fn from_session(content: &Content) -> Option<String> {
        match content {
            Content::Server(line) => Some(format!("S: {}", text(line))),
            _ => None,
        }
    }

    fn act(play: &mut Play<Self>, word: &str, _: &str) -> Result<bool, String> {
        match word {
            // SAFETY: the handle lives.
            "stop" => well(unsafe { ftp_server_stop(play.session.handle) }),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn answer(play: &mut Play<Self>, words: &str) -> Result<(), String> {
        let (words, op) = split_id(words, " op=", play.role.latest_question)?;
        let handle = play.session.handle;
        match answer(handle, op, words)? {
            ftp_result::FtpOk => {}
            other => return Err(format!("question {op}: {other:?}")),
        }
        // Each question is answered once.
        let again = answer(handle, op, words)?;
        assert_eq!(again, ftp_result::FtpErrorNotAsked);
        Ok(())
    }

    fn take(&mut self, event: Event) -> String {
        if let Some(op) = event.question {
            self.latest_question = op;
        }
        event.words
    }

    fn failure_words(_: &Session, error: &ProtocolError) -> String {
        panic!("a server never fails: {error}")
    }

    fn must_have_closed(play: &Play<Self>) -> bool {
        play.is_closed
    }
}

/// Answers with the fact that the words tell.
fn answer(server: *mut ftp_server, op: u32, words: &str) -> Result<ftp_result, String> {
    let mut parts = words.split(' ');
    // SAFETY: the handle lives, and everything points to what it says.
    Ok(unsafe {
        match parts.next().unwrap_or_default() {
            "denied" => {
                let denied = denied(parts.next().unwrap_or_default())?;
                ftp_server_answer_denied(server, op, denied as i32)
            }
            "granted" => {
                let home = unescape(parts.next().ok_or("a home")?);
                let permissions = permissions(parts.next().ok_or("permissions")?)?;
                let (home, len) = part(Some(&home));
                ftp_server_answer_granted(server, op, permissions, home, len)
            }
            "entry" => {
                let mut entry = ftp_entry {
                    kind: kind(parts.next().unwrap_or_default())? as i32,
                    ..ftp_entry::default()
                };
                let mut owner = Vec::new();
                for part in parts {
                    fact(&mut entry, &mut owner, part)?;
                }
                if !owner.is_empty() {
                    let (data, len) = part(Some(&owner));
                    entry.owner = ftp_slice { data, len };
                }
                ftp_server_answer_entry(server, op, &entry)
            }
            "opened" => {
                let (mut size, mut name) = (u64::MAX, None);
                for part in parts {
                    match part.split_once('=') {
                        Some(("size", value)) => size = number(value)?,
                        Some(("name", value)) => name = Some(unescape(value)),
                        _ => return Err(format!("no fact about what was opened: {part}")),
                    }
                }
                let (name, len) = part(name.as_deref());
                ftp_server_answer_opened(server, op, size, name, len)
            }
            "done" => ftp_server_answer_done(server, op),
            _ => return Err(format!("no answer: {words}")),
        }
    })
}

fn event(_: *mut ftp_server, body: &ftp_output_body) -> Event {
    use ftp_server_event_kind as Kind;
    // SAFETY: the kind of the output says that it is an event.
    let event = unsafe { body.server };
    let slice = |slice: ftp_slice| text(&bytes(slice));
    let (path, user, op) = (slice(event.path), slice(event.user), event.op);
    let certificate = slice(event.certificate);
    let words = match event.kind {
        Kind::Authenticate => {
            let shown = match event.certificate.data.is_null() {
                true => String::new(),
                false => format!(" certificate={certificate}"),
            };
            format!(
                "Authenticate {user} {}{shown} op={op}",
                slice(event.password)
            )
        }
        Kind::Identify => format!("Identify {user} {certificate} op={op}"),
        Kind::Metadata => format!("Metadata {path} op={op}"),
        Kind::OpenRead => format!("OpenRead {path} {} op={op}", event.offset),
        Kind::OpenWrite => {
            let place = match event.placement {
                ftp_placement::Whole => "whole".to_owned(),
                ftp_placement::At => format!("at {}", event.offset),
                ftp_placement::Append => "append".to_owned(),
                ftp_placement::Unique => "unique".to_owned(),
            };
            format!("OpenWrite {path} {place} op={op}")
        }
        Kind::OpenList => {
            let style = match event.style {
                ftp_listing_style::Unix => "unix",
                ftp_listing_style::UnixAll => "unix-all",
                ftp_listing_style::Names => "names",
                ftp_listing_style::NamesAll => "names-all",
                ftp_listing_style::Machine => "machine",
            };
            format!("OpenList {path} {style} op={op}")
        }
        Kind::Finish => match event.keep {
            ftp_keep::Whole => format!("Finish whole op={op}"),
            ftp_keep::Partial => format!("Finish partial op={op}"),
        },
        Kind::Delete => format!("Delete {path} op={op}"),
        Kind::RemoveDirectory => format!("RemoveDirectory {path} op={op}"),
        Kind::MakeDirectory => format!("MakeDirectory {path} op={op}"),
        Kind::Rename => format!("Rename {path} {} op={op}", slice(event.to)),
        Kind::SetModified => {
            let at = event.modified;
            format!(
                "SetModified {path} {:04}{:02}{:02}{:02}{:02}{:02} op={op}",
                at.year, at.month, at.day, at.hour, at.minute, at.second
            )
        }
        Kind::Cancel => format!("Cancel op={op}"),
        Kind::LoggedIn => format!("LoggedIn {user}"),
        Kind::LoginRefused => format!("LoginRefused {user}"),
        Kind::TransferStarted => {
            let kind = match event.transfer {
                ftp_transfer_kind::Retrieve => "retrieve",
                ftp_transfer_kind::Store => "store",
                ftp_transfer_kind::Append => "append",
                ftp_transfer_kind::StoreUnique => "unique",
                ftp_transfer_kind::List => "list",
            };
            let mode = match event.mode {
                ftp_data_mode::Active => "active",
                ftp_data_mode::Passive => "passive",
            };
            format!("TransferStarted {kind} {path} {mode} op={op}")
        }
        Kind::UploadUnconfirmed => format!("UploadUnconfirmed op={op}"),
        Kind::TransferEnded => {
            let outcome = outcome_word(event.outcome);
            format!("TransferEnded {outcome} {} op={op}", event.bytes)
        }
        Kind::Command => format!("Command {}", slice(event.text)),
        Kind::Reply => format!("Reply {}", slice(event.text)),
        Kind::Closed => format!("Closed {}", reason_word(event.reason)),
        Kind::Other => panic!("an event without a word"),
    };
    Event {
        words,
        question: (event.is_question == 1).then_some(op),
    }
}

fn outcome_word(outcome: ftp_transfer_outcome) -> &'static str {
    use ftp_transfer_outcome as Outcome;
    match outcome {
        Outcome::Complete => "complete",
        Outcome::NotOpened => "not-opened",
        Outcome::Aborted => "aborted",
        Outcome::Stalled => "stalled",
        Outcome::Broken => "broken",
        Outcome::Truncated => "truncated",
        Outcome::HandshakeFailed => "handshake-failed",
        Outcome::Unproven => "unproven",
        Outcome::Local => "local",
        Outcome::NoSpace => "no-space",
        Outcome::Denied => "denied",
        Outcome::NotAnswered => "not-answered",
        Outcome::SessionEnded => "session-ended",
        Outcome::Other => panic!("an outcome without a word"),
    }
}

fn reason_word(reason: ftp_close_reason) -> &'static str {
    use ftp_close_reason as Reason;
    match reason {
        Reason::Quit => "quit",
        Reason::ClientClosed => "client-closed",
        Reason::Lost => "lost",
        Reason::LoginTimedOut => "login-timed-out",
        Reason::IdleTimedOut => "idle-timed-out",
        Reason::TooManyLogins => "too-many-logins",
        Reason::SendTimedOut => "send-timed-out",
        Reason::NotFtp => "not-ftp",
        Reason::TlsFailed => "tls-failed",
        Reason::HandshakeTimedOut => "handshake-timed-out",
        Reason::ClearBytes => "clear-bytes",
        Reason::Stopped => "stopped",
        Reason::Other => panic!("a reason without a word"),
    }
}

fn denied(word: &str) -> Result<ftp_denied, String> {
    use ftp_denied as Denied;
    Ok(match word {
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
        "failed" => Denied::Failed,
        _ => return Err(format!("no refusal: {word}")),
    })
}

fn permissions(words: &str) -> Result<u32, String> {
    words.split(',').try_fold(0, |all, word| {
        Ok(all
            | match word {
                "rw" => FTP_PERMISSION_READ_WRITE,
                "ro" => FTP_PERMISSION_READ_ONLY,
                "list" => FTP_PERMISSION_LIST,
                "read" => FTP_PERMISSION_READ,
                "write" => FTP_PERMISSION_WRITE,
                "delete" => FTP_PERMISSION_DELETE,
                "rename" => FTP_PERMISSION_RENAME,
                "make" => FTP_PERMISSION_MAKE,
                "none" => 0,
                _ => return Err(format!("no permission: {word}")),
            })
    })
}

fn kind(word: &str) -> Result<ftp_kind, String> {
    Ok(match word {
        "file" => ftp_kind::File,
        "directory" => ftp_kind::Directory,
        "link" => ftp_kind::Link,
        "other" => ftp_kind::Other,
        "unknown" => ftp_kind::Unknown,
        _ => return Err(format!("no kind: {word}")),
    })
}

/// Notes `size=5` and the like.
fn fact(entry: &mut ftp_entry, owner: &mut Vec<u8>, word: &str) -> Result<(), String> {
    match word.split_once('=') {
        Some(("size", size)) => {
            (entry.has_size, entry.size) = (1, number(size)?);
        }
        Some(("mode", mode)) => {
            let mode = u16::from_str_radix(mode, 8).map_err(|why| why.to_string())?;
            (entry.has_mode, entry.mode) = (1, mode);
        }
        Some(("owner", name)) => *owner = unescape(name),
        Some(("modified", time)) => {
            let digits = |from: usize, to: usize| number(time.get(from..to).ok_or("a time")?);
            entry.has_modified = 1;
            entry.modified.zone = ftp_zone::Utc as i32;
            entry.modified.precision = ftp_precision::Second as i32;
            entry.modified.at = ftp_date_time {
                year: digits(0, 4)?,
                month: number(&time[4..6])?,
                day: number(&time[6..8])?,
                hour: number(&time[8..10])?,
                minute: number(&time[10..12])?,
                second: number(&time[12..14])?,
                ..ftp_date_time::default()
            };
        }
        _ => return Err(format!("no fact: {word}")),
    }
    Ok(())
}
