//! Plays `tests/transcripts/client` against a client session: once in large pieces, and once with
//! everything cut at every byte.

use std::collections::BTreeSet;

use ftp_proto::client::{
    AuthFallback, ClientConfig, ClientEvent, ClientSession, DataPolicy, PassiveHost, Pipelining,
    Quirks, Tls,
};
use ftp_proto::{ControlAddresses, Dialogue, Instant, OpId, Protection, ProtocolError};

use super::words::{event_words, failure_words, verb};
use crate::transcript::pieces::Pieces;
use crate::transcript::play::{Play, Role, number, play_all};
use crate::transcript::words::text;
use crate::transcript::{self, Content};

#[test]
fn a_transcript_is_played_as_it_is_written() {
    play_all::<Client>(Pieces::Large);
}

#[test]
fn a_transcript_is_the_same_when_cut_at_every_byte() {
    play_all::<Client>(Pieces::Bytes);
}

#[derive(Default)]
struct Client {
    /// Operations that were asked for and have not ended.
    running: BTreeSet<u32>,
}

impl Role for Client {
    type Session = ClientSession;
    type Config = ClientConfig;

    const NAME: &'static str = "client";
    const LETTER: char = 'C';
    const LOCAL: &'static str = "192.0.2.7:40000";
    const PEER: &'static str = "192.0.2.1:21";

    fn set(config: &mut ClientConfig, key: &str, value: &str) -> Result<(), String> {
        let limits = &mut config.limits;
        match (key, value) {
            ("data", "passive") => config.data = DataPolicy::Passive,
            ("data", "active") => config.data = DataPolicy::Active,
            ("data", "auto") => config.data = DataPolicy::Auto,
            ("passive-host", "peer") => config.passive_host = PassiveHost::Peer,
            ("passive-host", "peer-if-private") => {
                config.passive_host = PassiveHost::PeerIfPrivate;
            }
            ("passive-host", "trust") => config.passive_host = PassiveHost::Trust,
            ("pipelining", "off") => config.pipelining = Pipelining::Off,
            ("pipelining", "within") => config.pipelining = Pipelining::Within,
            ("dialogue", "shown") => config.dialogue = Dialogue::Shown,
            ("dialogue", "silent") => config.dialogue = Dialogue::Silent,
            ("tls", "off") => config.tls = Tls::Off,
            ("tls", "if-offered") => config.tls = Tls::IfOffered,
            ("tls", "required") => config.tls = Tls::Required,
            ("tls", "implicit") => config.tls = Tls::Implicit,
            ("auth-fallback", "none") => config.auth_fallback = AuthFallback::None,
            ("auth-fallback", "ssl") => config.auth_fallback = AuthFallback::Ssl,
            ("known-servers", "none") => config.known_servers = &[],
            ("quirks", "loose-endings") => {
                config.quirks = Quirks::NONE.with_loose_endings();
            }
            ("protection", "clear") => config.protection = Protection::Clear,
            ("protection", "private") => config.protection = Protection::Private,
            ("limits.line", _) => limits.line = number(value)?,
            ("limits.reply_lines", _) => limits.reply_lines = number(value)?,
            ("limits.reply_bytes", _) => limits.reply_bytes = number(value)?,
            ("limits.preliminary_replies", _) => limits.preliminary_replies = number(value)?,
            ("limits.queued_operations", _) => limits.queued_operations = number(value)?,
            _ => {
                let timeouts = &mut config.timeouts;
                *match key {
                    "timeouts.greeting" => &mut timeouts.greeting,
                    "timeouts.reply" => &mut timeouts.reply,
                    "timeouts.final_reply" => &mut timeouts.final_reply,
                    "timeouts.data_open" => &mut timeouts.data_open,
                    "timeouts.stall" => &mut timeouts.stall,
                    "timeouts.relay" => &mut timeouts.relay,
                    "timeouts.abort" => &mut timeouts.abort,
                    "timeouts.keep_alive" => &mut timeouts.keep_alive,
                    "timeouts.send" => &mut timeouts.send,
                    "timeouts.handshake" => &mut timeouts.handshake,
                    _ => return Err(format!("nothing to configure: {key} {value}")),
                } = transcript::duration(value);
            }
        }
        Ok(())
    }

    fn session(config: ClientConfig, addresses: ControlAddresses, now: Instant) -> ClientSession {
        ClientSession::new(config, addresses, now)
    }

    fn from_peer(content: &Content) -> Option<Vec<u8>> {
        match content {
            Content::Server(line) => Some([line, &b"\r\n"[..]].concat()),
            Content::Does(word, rest) if word == "S|" => Some(transcript::unescape(rest)),
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
            "verb" => match verb(&mut play.session, rest) {
                Ok(op) => assert!(play.role.running.insert(op.to_raw()), "a fresh id"),
                Err(error) => play.say(&format!("Misuse {error}")),
            },
            "abort" => {
                let op = rest.strip_prefix("op=").ok_or("no op=N")?;
                play.session.abort(OpId::from_raw(number(op)?));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn answer(_: &mut Play<Self>, words: &str) -> Result<(), String> {
        Err(format!("no answer: {words}"))
    }

    fn take(&mut self, event: ClientEvent) -> String {
        if let ClientEvent::Done { op, .. } = event {
            assert!(self.running.remove(&op.to_raw()), "one end of each");
        }
        event_words(&event)
    }

    fn failure_words(_: &ClientSession, error: &ProtocolError) -> String {
        failure_words(error)
    }

    fn must_have_closed(play: &Play<Self>) -> bool {
        play.failure.is_none() && play.role.running.is_empty()
    }
}
