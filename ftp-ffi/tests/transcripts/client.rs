//! Client sessions.

use std::collections::BTreeSet;
use std::ptr;

use ftp_proto::{ControlAddresses, Instant, ProtocolError};
use ftpproto::*;

use crate::seam::{bytes, c_address, call, part, room, session, string, well};
use crate::transcript::pieces::Pieces;
use crate::transcript::play::{Play, Role, number, play_all};
use crate::transcript::words::text;
use crate::transcript::{self, Content, unescape};

#[test]
fn a_transcript_is_played_as_it_is_written() {
    play_all::<Client>(Pieces::Large);
}

#[test]
fn a_transcript_is_the_same_when_cut_at_every_byte() {
    play_all::<Client>(Pieces::Bytes);
}

/// A session behind its handle.
struct Session {
    handle: *mut ftp_client,
    output: ftp_output,
    addresses: ControlAddresses,
    /// How it failed, once it has.
    failure: Option<(ftp_result, String)>,
}
session!(Session, Event, client, event);

/// What an event says, in the words of transcripts.
#[derive(Debug)]
struct Event {
    words: String,
    done: Option<u32>,
}

impl Session {
    /// The player compares failures of Rust; which one it is is kept in words.
    fn check(&mut self, result: ftp_result) -> Result<(), ProtocolError> {
        if result == ftp_result::FtpOk {
            return Ok(());
        }
        // SAFETY: the handle lives.
        let failure = (
            result,
            string(unsafe { ftp_client_last_error(self.handle) }),
        );
        match &self.failure {
            None => self.failure = Some(failure),
            Some(first) => assert_eq!(*first, failure, "the same failure for good"),
        }
        Err(ProtocolError::TlsFailed)
    }
}

#[derive(Default)]
struct Client {
    /// Operations that have not ended.
    running: BTreeSet<u32>,
}

struct Config(*mut ftp_client_config);

impl Default for Config {
    fn default() -> Self {
        Self(ftp_client_config_new())
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: it is freed once.
        unsafe { ftp_client_config_free(self.0) };
    }
}

impl Role for Client {
    type Session = Session;
    type Config = Config;

    const NAME: &'static str = "client";
    const LETTER: char = 'C';
    const LOCAL: &'static str = "192.0.2.7:40000";
    const PEER: &'static str = "192.0.2.1:21";

    fn speaks(file: &str) -> bool {
        crate::is_in_c(Self::NAME, file)
    }

    fn set(config: &mut Config, key: &str, value: &str) -> Result<(), String> {
        use ftp_limit as Limit;
        let limit = match key {
            "limits.line" => Some(Limit::Line),
            "limits.reply_lines" => Some(Limit::ReplyLines),
            "limits.reply_bytes" => Some(Limit::ReplyBytes),
            "limits.preliminary_replies" => Some(Limit::PreliminaryReplies),
            "limits.queued_operations" => Some(Limit::QueuedOperations),
            _ => None,
        };
        let config = config.0;
        // SAFETY: the settings live.
        let result = unsafe {
            match (key, value) {
                _ if limit.is_some() => {
                    let limit = limit.expect("a limit") as i32;
                    ftp_client_config_set_limit(config, limit, number(value)?)
                }
                ("data", "passive") => ftp_client_config_set_data(config, 0),
                ("data", "active") => ftp_client_config_set_data(config, 1),
                ("data", "auto") => ftp_client_config_set_data(config, 2),
                ("passive-host", "peer") => ftp_client_config_set_passive_host(config, 0),
                ("passive-host", "peer-if-private") => {
                    ftp_client_config_set_passive_host(config, 1)
                }
                ("passive-host", "trust") => ftp_client_config_set_passive_host(config, 2),
                ("pipelining", "off") => ftp_client_config_set_pipelining(config, 0),
                ("pipelining", "within") => ftp_client_config_set_pipelining(config, 1),
                ("dialogue", "silent") => ftp_client_config_set_dialogue(config, 0),
                ("dialogue", "shown") => ftp_client_config_set_dialogue(config, 1),
                ("tls", "off") => ftp_client_config_set_tls(config, 0),
                ("tls", "if-offered") => ftp_client_config_set_tls(config, 1),
                ("tls", "required") => ftp_client_config_set_tls(config, 2),
                ("tls", "implicit") => ftp_client_config_set_tls(config, 3),
                ("auth-fallback", "none") => ftp_client_config_set_auth_fallback(config, 0),
                ("auth-fallback", "ssl") => ftp_client_config_set_auth_fallback(config, 1),
                ("protection", "clear") => ftp_client_config_set_protection(config, 0),
                ("protection", "private") => ftp_client_config_set_protection(config, 1),
                _ => {
                    let name = key.strip_prefix("timeouts.").ok_or(key)?;
                    let (which, micros) = timeout(name, value)?;
                    ftp_client_config_set_timeout(config, which, micros)
                }
            }
        };
        well(result);
        Ok(())
    }

    fn session(config: Config, addresses: ControlAddresses, now: Instant) -> Session {
        let (local, peer) = (c_address(addresses.local), c_address(addresses.peer));
        let mut handle = ptr::null_mut();
        // SAFETY: everything points to what it says.
        well(unsafe { ftp_client_new(config.0, &local, &peer, now.as_micros(), &mut handle) });
        Session {
            handle,
            output: room(),
            addresses,
            failure: None,
        }
    }

    fn from_peer(content: &Content) -> Option<Vec<u8>> {
        match content {
            Content::Server(line) => Some([line, &b"\r\n"[..]].concat()),
            Content::Does(word, rest) if word == "S|" => Some(unescape(rest)),
            _ => None,
        }
    }

    fn from_session(content: &Content) -> Option<String> {
        match content {
            Content::Client(line) => {
                let line = line.strip_suffix(b"\r\n").unwrap_or(line);
                Some(format!("C: {}", text(line)))
            }
            Content::Does(word, rest) if word == "C!" => Some(format!("C! {rest}")),
            _ => None,
        }
    }

    fn act(play: &mut Play<Self>, word: &str, rest: &str) -> Result<bool, String> {
        match word {
            "verb" => match verb(play.session.handle, rest) {
                Ok(op) => assert!(play.role.running.insert(op), "a fresh id"),
                Err(error) => play.say(&format!("Misuse {error}")),
            },
            "abort" => {
                let op = rest.strip_prefix("op=").ok_or("no op=N")?;
                // SAFETY: the handle lives.
                well(unsafe { ftp_client_abort(play.session.handle, number(op)?) });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn answer(_: &mut Play<Self>, words: &str) -> Result<(), String> {
        Err(format!("no answer: {words}"))
    }

    fn take(&mut self, event: Event) -> String {
        if let Some(op) = event.done {
            assert!(self.running.remove(&op), "one end of each");
        }
        event.words
    }

    fn failure_words(session: &Session, _: &ProtocolError) -> String {
        let (result, text) = session.failure.as_ref().expect("a failure");
        let name = match result {
            ftp_result::FtpErrorNoReply => "Decode",
            ftp_result::FtpErrorUnsolicited => "Unsolicited",
            ftp_result::FtpErrorTooManyPreliminary => "TooManyPreliminary",
            ftp_result::FtpErrorClosing => "Closing",
            ftp_result::FtpErrorConnectionRefused => "Refused",
            ftp_result::FtpErrorTlsRefused => "TlsRefused",
            ftp_result::FtpErrorTlsFailed => "TlsFailed",
            ftp_result::FtpErrorClearBytes => "ClearBytes",
            ftp_result::FtpErrorClosed => "Closed",
            ftp_result::FtpErrorTimedOut => "TimedOut",
            ftp_result::FtpErrorSendTimedOut => "SendTimedOut",
            other => panic!("no failure of a session: {other:?}"),
        };
        format!("Failed {name}: {text}")
    }

    fn must_have_closed(play: &Play<Self>) -> bool {
        play.failure.is_none() && play.role.running.is_empty()
    }
}

/// A deadline by its name, and its microseconds.
pub(crate) fn timeout(name: &str, value: &str) -> Result<(i32, u64), String> {
    use ftp_timeout as Timeout;
    let which = match name {
        "greeting" => Timeout::Greeting,
        "reply" => Timeout::Reply,
        "final_reply" => Timeout::FinalReply,
        "data_open" => Timeout::DataOpen,
        "stall" => Timeout::Stall,
        "abort" => Timeout::Abort,
        "keep_alive" => Timeout::KeepAlive,
        "login" => Timeout::Login,
        "idle" => Timeout::Idle,
        "answer" => Timeout::Answer,
        "refused_login" => Timeout::RefusedLogin,
        "send" => Timeout::Send,
        "handshake" => Timeout::Handshake,
        _ => return Err(format!("no deadline: {name}")),
    };
    let micros = transcript::duration(value).as_micros();
    Ok((which as i32, u64::try_from(micros).unwrap_or(u64::MAX)))
}

/// Carries out `retrieve PATH offset=5` and the like: the operation, or what the library says.
fn verb(client: *mut ftp_client, words: &str) -> Result<u32, String> {
    let mut parts = words.split(' ');
    let name = parts.next().unwrap_or_default();
    let (options, arguments): (Vec<&str>, Vec<&str>) = parts.partition(|part| is_option(part));
    let option = |key: &str| {
        let mut options = options.iter().filter_map(|option| option.split_once('='));
        let number = options.find(|(name, _)| *name == key)?.1;
        Some(number.parse::<u64>().expect("a number"))
    };
    let has = |flag: &str| options.contains(&flag);
    let representation = match has("ascii") {
        true => ftp_representation::Ascii as i32,
        false => ftp_representation::Image as i32,
    };
    let texts: Vec<Vec<u8>> = arguments.iter().map(|word| argument(word)).collect();
    let text = |at: usize| part(texts.get(at).map(Vec::as_slice));
    let (first, len) = text(0);
    let (second, second_len) = text(1);
    let (third, third_len) = text(2);
    let mut op = 0;
    // SAFETY: the handle lives, and everything points to what it says.
    let result = unsafe {
        match name {
            "login" => ftp_client_login(
                client, first, len, second, second_len, third, third_len, &mut op,
            ),
            "retrieve" => ftp_client_retrieve(
                client,
                first,
                len,
                option("offset").unwrap_or(0),
                representation,
                option("expected").unwrap_or(u64::MAX),
                &mut op,
            ),
            "store" => {
                let store_as = match option("at") {
                    Some(_) => ftp_store_as::At,
                    None if has("append") => ftp_store_as::Append,
                    None if has("unique") => ftp_store_as::Unique,
                    None => ftp_store_as::Whole,
                };
                let (store_as, offset) = (store_as as i32, option("at").unwrap_or(0));
                ftp_client_store(
                    client,
                    store_as,
                    first,
                    len,
                    offset,
                    representation,
                    &mut op,
                )
            }
            "list" => {
                let kind = if has("native") {
                    ftp_listing_kind::Native
                } else if has("names") {
                    ftp_listing_kind::Names
                } else {
                    ftp_listing_kind::Machine
                };
                let fallback = i32::from(!has("strict"));
                ftp_client_list(client, first, len, kind as i32, fallback, &mut op)
            }
            "change-directory" => ftp_client_change_directory(client, first, len, &mut op),
            "change-to-parent" => ftp_client_change_to_parent(client, &mut op),
            "working-directory" => ftp_client_working_directory(client, &mut op),
            "make-directory" => ftp_client_make_directory(client, first, len, &mut op),
            "remove-directory" => ftp_client_remove_directory(client, first, len, &mut op),
            "delete" => ftp_client_delete(client, first, len, &mut op),
            "rename" => ftp_client_rename(client, first, len, second, second_len, &mut op),
            "size" => ftp_client_size(client, first, len, &mut op),
            "modified" => ftp_client_modified(client, first, len, &mut op),
            "facts" => ftp_client_facts(client, first, len, &mut op),
            "features" => ftp_client_features(client, &mut op),
            "system" => ftp_client_system(client, &mut op),
            "status" => ftp_client_status(client, first, len, &mut op),
            "help" => ftp_client_help(client, first, len, &mut op),
            "noop" => ftp_client_noop(client, &mut op),
            "command" => {
                let line = unescape(words.split_once(' ').expect("a command").1);
                let (line, len) = part(Some(&line));
                ftp_client_command(client, line, len, &mut op)
            }
            "clear-control" => ftp_client_clear_control(client, &mut op),
            "quit" => ftp_client_quit(client, &mut op),
            _ => panic!("no verb: {words}"),
        }
    };
    match result {
        ftp_result::FtpOk => Ok(op),
        // SAFETY: the handle lives.
        _ => Err(string(unsafe { ftp_client_last_error(client) })),
    }
}

fn event(client: *mut ftp_client, body: &ftp_output_body) -> Event {
    use ftp_client_event_kind as Kind;
    // SAFETY: the kind of the output says that it is an event.
    let event = unsafe { body.client };
    let reply = reply_words(event.reply);
    let words = match event.kind {
        Kind::Greeting => format!("Greeting {reply}"),
        Kind::Secured => match event.handshake {
            ftp_handshake::Full => "Secured full".to_owned(),
            ftp_handshake::Resumed => "Secured resumed".to_owned(),
        },
        Kind::NotSecured => format!("NotSecured {reply}"),
        Kind::Started => format!("Started op={} {reply}", event.op),
        Kind::Done => format!("Done op={} {}", event.op, result_words(client, &event)),
        Kind::Sent => format!("Sent {}", text(&bytes(event.text))),
        Kind::Received => format!("Received {reply}"),
        Kind::Other => panic!("an event without a word"),
    };
    Event {
        words,
        done: (event.kind == Kind::Done).then_some(event.op),
    }
}

fn result_words(client: *mut ftp_client, event: &ftp_client_event) -> String {
    if event.result != ftp_result::FtpOk {
        return format!("{}: {}", error_name(event.result), string(event.text));
    }
    let reply = reply_words(event.reply);
    let told = text(&bytes(event.text));
    match event.outcome {
        ftp_outcome::Reply => format!("Reply {reply}"),
        ftp_outcome::Path => format!("Path {told}"),
        ftp_outcome::Size => format!("Size {}", event.bytes),
        ftp_outcome::Modified => {
            let at = event.modified;
            format!(
                "Modified {:04}{:02}{:02}{:02}{:02}{:02}",
                at.year, at.month, at.day, at.hour, at.minute, at.second
            )
        }
        ftp_outcome::Entry => {
            // SAFETY: it stays until the next poll.
            let entry = unsafe { event.entry.as_ref() }.expect("an entry");
            let kind = match entry.kind {
                kind if kind == ftp_kind::File as i32 => "file",
                kind if kind == ftp_kind::Directory as i32 => "directory",
                _ => "other",
            };
            let size = match entry.has_size {
                0 => String::new(),
                _ => format!(" size={}", entry.size),
            };
            format!("Entry {kind}{size} {}", text(&bytes(entry.name)))
        }
        ftp_outcome::Features => {
            let line = |index: u64| {
                let mut line = ftp_slice::NONE;
                let index = usize::try_from(index).expect("few features");
                // SAFETY: the handle lives, and there is room for the line.
                well(unsafe { ftp_client_feature(client, index, &mut line) });
                text(&bytes(line))
            };
            let lines: Vec<String> = (0..event.bytes).map(line).collect();
            format!("Features {}", lines.join(","))
        }
        ftp_outcome::Transfer => {
            let way = match event.way {
                ftp_way::None => "none",
                ftp_way::Epsv => "epsv",
                ftp_way::Pasv => "pasv",
                ftp_way::Eprt => "eprt",
                ftp_way::Port => "port",
                ftp_way::Lpsv => "lpsv",
                ftp_way::Lprt => "lprt",
            };
            let listing = match event.listing {
                ftp_listing_kind::None => "",
                ftp_listing_kind::Machine => " machine",
                ftp_listing_kind::Native => " native",
                ftp_listing_kind::Names => " names",
            };
            let name = match event.text.data.is_null() {
                true => String::new(),
                false => format!(" name={told}"),
            };
            format!("Transfer {} {way}{listing}{name} {reply}", event.bytes)
        }
        ftp_outcome::Closed => "Closed".to_owned(),
        ftp_outcome::None | ftp_outcome::Other => panic!("an operation without an outcome"),
    }
}

fn error_name(result: ftp_result) -> &'static str {
    match result {
        ftp_result::FtpErrorRefused => "Refused",
        ftp_result::FtpErrorFailed => "Failed",
        ftp_result::FtpErrorUnexpected => "Unexpected",
        ftp_result::FtpErrorUnreadable => "Unreadable",
        ftp_result::FtpErrorPasswordNeeded => "PasswordNeeded",
        ftp_result::FtpErrorAccountNeeded => "AccountNeeded",
        ftp_result::FtpErrorNoDataConnection => "NoDataConnection",
        ftp_result::FtpErrorDataLost => "DataLost",
        ftp_result::FtpErrorLocal => "Local",
        ftp_result::FtpErrorStalled => "Stalled",
        ftp_result::FtpErrorShort => "Short",
        ftp_result::FtpErrorNotProtected => "NotProtected",
        ftp_result::FtpErrorAborted => "Aborted",
        other => panic!("no failure of an operation: {other:?}"),
    }
}

fn reply_words(reply: ftp_reply) -> String {
    format!("{} {}", reply.code, text(&bytes(reply.text)))
        .trim_end()
        .to_owned()
}

fn is_option(word: &str) -> bool {
    let flags = ["ascii", "append", "unique", "native", "names", "strict"];
    let keys = ["offset=", "at=", "expected="];
    flags.contains(&word) || keys.iter().any(|key| word.starts_with(key))
}

/// `""` is nothing at all, `x*9000` so many of them.
fn argument(word: &str) -> Vec<u8> {
    if let Some((byte, times)) = word.split_once('*')
        && let Ok(times) = times.parse()
    {
        return byte.repeat(times).into_bytes();
    }
    match word {
        "\"\"" => Vec::new(),
        _ => unescape(word),
    }
}
