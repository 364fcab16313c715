//! Plays `tests/transcripts/server` against a server session: once in large pieces, and once with
//! everything cut at every byte.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ftp_proto::codec::hash::{HashAlgorithm, HashAlgorithms};
use ftp_proto::server::{
    Abilities, CertificateLogin, Checksums, ClearControl, DataPort, ServerConfig, ServerEvent,
    ServerSession, SiteCommand, TlsOffer, TlsRequired, Transfers, TruncatedUploads,
};
use ftp_proto::{ControlAddresses, Dialogue, Instant, ProtocolError};

use super::words::{AnyAsk, event_words, permissions};
use crate::transcript::pieces::Pieces;
use crate::transcript::play::{Play, Role, number, play_all, split_id};
use crate::transcript::words::text;
use crate::transcript::{self, Content};

#[test]
fn a_transcript_is_played_as_it_is_written() {
    play_all::<Server>(Pieces::Large);
}

#[test]
fn a_transcript_is_the_same_when_cut_at_every_byte() {
    play_all::<Server>(Pieces::Bytes);
}

#[derive(Default)]
struct Config {
    server: ServerConfig,
    is_implicit: bool,
}

#[derive(Default)]
struct Server {
    asks: BTreeMap<u32, AnyAsk>,
    latest_ask: u32,
}

impl Role for Server {
    type Session = ServerSession;
    type Config = Config;

    const NAME: &'static str = "server";
    const LETTER: char = 'S';
    const LOCAL: &'static str = "192.0.2.1:21";
    const PEER: &'static str = "192.0.2.7:40000";

    fn set(config: &mut Config, key: &str, value: &str) -> Result<(), String> {
        if set_tls(config, key, value)? {
            return Ok(());
        }
        let config = &mut config.server;
        match (key, value) {
            ("banner", _) => config.banner = Bytes::from(transcript::unescape(value)),
            ("data-port", "standard") => config.data_port = DataPort::Standard,
            ("data-port", "any") => config.data_port = DataPort::Any,
            ("data-port", port) => config.data_port = DataPort::Port(number(port)?),
            ("dialogue", "shown") => config.dialogue = Dialogue::Shown,
            ("dialogue", "silent") => config.dialogue = Dialogue::Silent,
            ("transfers", "all") => config.transfers = Transfers::default(),
            ("transfers", "plain") => config.transfers = Transfers::PLAIN,
            ("abilities", "all") => config.abilities = Abilities::ALL,
            ("abilities", "none") => config.abilities = Abilities::NONE,
            ("checksums", _) => config.checksums = checksums(value)?,
            ("host", _) => {
                let host = value.try_into().map_err(|_| "no host".to_owned())?;
                config.hosts.push(host);
            }
            ("site", _) => config.site.push(site_command(value)?),
            ("limits.reply_lines", _) => config.limits.reply_lines = number(value)?,
            ("limits.line", _) => config.limits.line = number(value)?,
            ("limits.login_tries", _) => config.limits.login_tries = number(value)?,
            _ => {
                let timeouts = &mut config.timeouts;
                *match key {
                    "timeouts.data_open" => &mut timeouts.data_open,
                    "timeouts.stall" => &mut timeouts.stall,
                    "timeouts.login" => &mut timeouts.login,
                    "timeouts.idle" => &mut timeouts.idle,
                    "timeouts.checksum" => &mut timeouts.checksum,
                    "timeouts.longest_idle" => &mut timeouts.longest_idle,
                    "timeouts.answer" => &mut timeouts.answer,
                    "timeouts.refused_login" => &mut timeouts.refused_login,
                    "timeouts.send" => &mut timeouts.send,
                    "timeouts.handshake" => &mut timeouts.handshake,
                    _ => return Err(format!("nothing to configure: {key} {value}")),
                } = transcript::duration(value);
            }
        }
        Ok(())
    }

    fn session(config: Config, addresses: ControlAddresses, now: Instant) -> ServerSession {
        let server = Arc::new(config.server);
        match config.is_implicit {
            true => ServerSession::with_implicit_tls(server, addresses, now),
            false => ServerSession::new(server, addresses, now),
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
            "stop" => play.session.stop(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn answer(play: &mut Play<Self>, words: &str) -> Result<(), String> {
        let (words, op) = split_id(words, " op=", play.role.latest_ask)?;
        let ask = play.role.asks.remove(&op);
        let ask = ask.ok_or_else(|| format!("question {op} was not asked"))?;
        ask.answer(&mut play.session, words);
        Ok(())
    }

    fn take(&mut self, event: ServerEvent) -> String {
        let words = event_words(&event);
        if let ServerEvent::Request(request) = event {
            let ask = AnyAsk::of(request);
            self.latest_ask = ask.id().to_raw();
            self.asks.insert(self.latest_ask, ask);
        }
        words
    }

    fn failure_words(_: &ServerSession, error: &ProtocolError) -> String {
        panic!("a server never fails: {error}")
    }

    fn must_have_closed(play: &Play<Self>) -> bool {
        play.is_closed
    }
}

/// Carries out `let tls ...` and its kin; whether it was one.
fn set_tls(config: &mut Config, key: &str, value: &str) -> Result<bool, String> {
    let policy = &mut config.server.tls;
    let required = |word: &str| {
        Ok(match word {
            "nothing" => TlsRequired::Nothing,
            "control" => TlsRequired::Control,
            "data" => TlsRequired::Data,
            "both" => TlsRequired::Both,
            _ => return Err(format!("nothing to require: {word}")),
        })
    };
    match (key, value) {
        ("tls", "never") => policy.offer = TlsOffer::Never,
        ("tls", "forbidden") => policy.offer = TlsOffer::Forbidden,
        ("tls", "unavailable") => policy.offer = TlsOffer::Unavailable,
        ("tls", "offered") => policy.offer = TlsOffer::Offered,
        ("tls", "implicit") => config.is_implicit = true,
        ("tls-required", _) => policy.required = required(value)?,
        ("tls-required-for-anonymous", _) => policy.required_for_anonymous = required(value)?,
        ("clear-control", "refused") => policy.clear_control = ClearControl::Refused,
        ("clear-control", "allowed") => policy.clear_control = ClearControl::Allowed,
        ("truncated-uploads", "refused") => policy.truncated_uploads = TruncatedUploads::Refused,
        ("truncated-uploads", "reported") => policy.truncated_uploads = TruncatedUploads::Reported,
        ("certificate-login", "beside") => policy.certificate_login = CertificateLogin::Beside,
        ("certificate-login", "alone") => policy.certificate_login = CertificateLogin::Alone,
        _ => return Ok(false),
    }
    Ok(true)
}

/// `all`, or names with commas between them.
fn checksums(names: &str) -> Result<Checksums, String> {
    if names == "all" {
        return Ok(Checksums::new(HashAlgorithms::ALL));
    }
    let mut algorithms = HashAlgorithms::NONE;
    for name in names.split(',') {
        let algorithm = HashAlgorithm::named(name.as_bytes());
        algorithms = algorithms.with(algorithm.ok_or_else(|| format!("no algorithm: {name}"))?);
    }
    Ok(Checksums::new(algorithms))
}

/// `VERB PERMISSIONS SYNTAX`.
fn site_command(words: &str) -> Result<SiteCommand, String> {
    let wrong = || format!("no command of SITE: {words}");
    let (verb, rest) = words.split_once(' ').ok_or_else(wrong)?;
    let (needs, syntax) = rest.split_once(' ').ok_or_else(wrong)?;
    let verb = verb.try_into().map_err(|_| wrong())?;
    Ok(SiteCommand::new(
        verb,
        permissions(needs),
        syntax.to_owned(),
    ))
}
