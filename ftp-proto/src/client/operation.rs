//! Operations of one or two commands: what is sent, and what the reply is read as.

use alloc::boxed::Box;

use bytes::Bytes;

use super::acquaint::Acquaint;
use super::config::ClientConfig;
use super::event::{OperationError, Outcome};
use super::link::{Link, Purpose};
use super::login::Login;
use super::quirks::Quirks;
use super::relay::{Offer, Relaying};
use super::transfer::Transfer;
use super::way::KnownWays;
use crate::codec::command::{Argument, Command, FileStructure, RepresentationType, TransferMode};
use crate::codec::facts;
use crate::codec::feature::Features;
use crate::codec::path::read_257;
use crate::codec::reply::{Reply, ReplyClass};
use crate::contract::{ControlAddresses, OpId};
use crate::error::DecodeError;
use crate::protection::Protection;

/// What an operation works with besides itself.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) link: &'a mut Link,
    pub(super) learned: &'a mut Learned,
    pub(super) config: &'a ClientConfig,
    pub(super) addresses: &'a ControlAddresses,
}

/// What the session has learned about the server, for as long as it lasts.
#[derive(Debug)]
pub(super) struct Learned {
    /// The representation type in force; unknown until one was set.
    pub(super) representation: Option<RepresentationType>,
    /// The same of the structure and the mode, which every server begins with as RFC 959 §5.1 says.
    pub(super) structure: Option<FileStructure>,
    pub(super) mode: Option<TransferMode>,
    pub(super) ways: KnownWays,
    pub(super) features: Option<Features>,
    /// REST was sent, and no transfer command since: it holds for the next one.
    pub(super) has_marker: bool,
    /// Whether the server knows MLSD, once it has listed by it or refused it.
    pub(super) knows_mlsd: Option<bool>,
    /// Whether the server knows REST, once it has taken or refused it.
    pub(super) knows_rest: Option<bool>,
    /// What its kind is known for.
    pub(super) quirks: Quirks,
    /// SSCN ON holds: the server begins the handshakes of data connections.
    pub(super) begins_handshakes: bool,
    /// What PROT was accepted.
    pub(super) protection: Protection,
}

impl Context<'_> {
    /// What is different at this server.
    pub(super) fn quirks(&self) -> Quirks {
        self.config.quirks.and(self.learned.quirks)
    }
}

impl Default for Learned {
    fn default() -> Self {
        Self {
            representation: None,
            structure: Some(FileStructure::File),
            mode: Some(TransferMode::Stream),
            ways: KnownWays::default(),
            features: None,
            has_marker: false,
            knows_mlsd: None,
            knows_rest: None,
            quirks: Quirks::NONE,
            begins_handshakes: false,
            protection: Protection::default(),
        }
    }
}

impl Learned {
    /// What was set may be so no longer; what never was is as it was.
    pub(super) fn doubt_parameters(&mut self) {
        self.representation = None;
        self.structure = self.structure.filter(|now| *now == FileStructure::File);
        self.mode = self.mode.filter(|now| *now == TransferMode::Stream);
    }
}

/// The end of an operation, once it has come.
pub(super) type Decision = Option<Result<Outcome, OperationError>>;

/// An operation that the application asked for.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: OpId,
    pub(super) work: Work,
}

#[derive(Debug)]
pub(super) enum Work {
    Login(Login),
    Single(Single),
    Rename { from: Argument, to: Argument },
    Transfer(Box<Transfer>),
    Acquaint(Acquaint),
    Offer(Offer),
    Relay(Box<Relaying>),
    ClearControl,
    Quit,
}

/// An operation of one command, in TYPE I if its reply depends on the type.
#[derive(Debug)]
pub(super) struct Single {
    pub(super) command: Command,
    pub(super) reads: Reads,
}

/// What the reply to a single command is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    /// Any 2yz.
    Completion,
    /// Any 2yz or 3yz: the caller's own command.
    Anything,
    /// 257: a quoted path.
    Path,
    /// 213: a number of bytes. The command is sent in TYPE I (RFC 3659 §4).
    Size,
    /// 213: a time.
    Modified,
    /// 250: a line of facts (RFC 3659 §7.2).
    Entry,
    /// 211: a list (RFC 2389 §3).
    Features,
}

impl Work {
    pub(super) fn start(&mut self, cx: &mut Context<'_>) -> Decision {
        match self {
            Self::Login(login) => login.start(cx),
            Self::Single(single) => single.start(cx),
            Self::Rename { from, .. } => {
                cx.link
                    .send(Purpose::RenameFrom, &Command::Rnfr(from.clone()));
                None
            }
            Self::Transfer(transfer) => transfer.start(cx),
            Self::Acquaint(acquaint) => acquaint.start(cx),
            Self::Offer(offer) => offer.start(cx),
            Self::Relay(relay) => relay.start(cx),
            Self::ClearControl => {
                cx.link.send(Purpose::ClearControl, &Command::Ccc);
                None
            }
            Self::Quit => {
                cx.link.send(Purpose::Quit, &Command::Quit);
                None
            }
        }
    }

    /// Takes the final reply to a command that this operation sent.
    pub(super) fn on_reply(
        &mut self,
        cx: &mut Context<'_>,
        purpose: Purpose,
        reply: Reply,
    ) -> Decision {
        match self {
            Self::Login(login) => login.on_reply(cx, reply),
            Self::Single(single) => single.on_reply(cx, purpose, reply),
            Self::Rename { to, .. } => match (purpose, reply.class()) {
                (Purpose::RenameFrom, ReplyClass::Intermediate) => {
                    cx.link.send(Purpose::RenameTo, &Command::Rnto(to.clone()));
                    None
                }
                (Purpose::RenameTo, ReplyClass::Completion) => Some(Ok(Outcome::Reply(reply))),
                _ => Some(Err(refusal("350, then 250", reply))),
            },
            Self::Transfer(transfer) => transfer.on_reply(cx, purpose, reply),
            Self::Acquaint(acquaint) => acquaint.on_reply(cx, &reply),
            Self::Offer(offer) => offer.on_reply(cx, reply),
            Self::Relay(relay) => relay.on_reply(cx, purpose, reply),
            Self::ClearControl if reply.is_completion() => Some(Ok(Outcome::Reply(reply))),
            Self::ClearControl => Some(Err(refusal("200", reply))),
            Self::Quit => Some(Ok(Outcome::Reply(reply))),
        }
    }
}

impl Single {
    fn start(&mut self, cx: &mut Context<'_>) -> Decision {
        let image = RepresentationType::Image;
        if self.reads == Reads::Size && cx.learned.representation != Some(image) {
            cx.link.send(Purpose::Type, &Command::Type(image));
        } else {
            cx.link.send(Purpose::Only, &self.command);
        }
        None
    }

    fn on_reply(&mut self, cx: &mut Context<'_>, purpose: Purpose, reply: Reply) -> Decision {
        if purpose == Purpose::Type {
            // Refused, it is no reason not to ask: the size may be told all the same.
            if reply.class() == ReplyClass::Completion {
                cx.learned.representation = Some(RepresentationType::Image);
            }
            cx.link.send(Purpose::Only, &self.command);
            return None;
        }
        self.learn(cx, &reply);
        Some(self.read(cx, reply))
    }

    /// What this command changes at the server as soon as it is accepted.
    fn learn(&self, cx: &mut Context<'_>, reply: &Reply) {
        match &self.command {
            Command::Type(wanted) => {
                cx.learned.representation =
                    (reply.class() == ReplyClass::Completion).then_some(*wanted);
            }
            Command::Rein if reply.is_completion() => *cx.learned = Learned::default(),
            _ => {}
        }
    }

    fn read(&self, cx: &mut Context<'_>, reply: Reply) -> Result<Outcome, OperationError> {
        match (self.reads, reply.class()) {
            (Reads::Anything, ReplyClass::Intermediate) => return Ok(Outcome::Reply(reply)),
            (_, ReplyClass::Completion) => {}
            _ => return Err(refusal("a completion reply (2yz)", reply)),
        }
        let value = match self.reads {
            Reads::Completion | Reads::Anything => return Ok(Outcome::Reply(reply)),
            Reads::Path => read_257(reply.last_line()).map(Outcome::Path),
            Reads::Size => read_size(reply.last_line()).map(Outcome::Size),
            Reads::Modified => {
                facts::read_time(reply.last_line().trim_ascii()).map(Outcome::Modified)
            }
            Reads::Entry => read_facts(&reply),
            Reads::Features => {
                let features = Features::from_reply(&reply);
                cx.learned.features = Some(features.clone());
                Ok(Outcome::Features(features))
            }
        };
        value.map_err(|source| OperationError::Unreadable {
            source,
            reply: Box::new(reply),
        })
    }
}

/// The error for a reply that is not the one hoped for: a refusal, or something that does not fit.
pub(super) fn refusal(expected: &'static str, reply: Reply) -> OperationError {
    match reply.class() {
        ReplyClass::TransientNegative | ReplyClass::PermanentNegative => {
            OperationError::Refused(Box::new(reply))
        }
        _ => OperationError::Unexpected {
            expected,
            reply: Box::new(reply),
        },
    }
}

fn read_size(text: &[u8]) -> Result<u64, DecodeError> {
    core::str::from_utf8(text)
        .ok()
        .map(str::trim)
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| DecodeError::new("a number of bytes", text, 0))
}

/// The facts stand on a line of their own that begins with a space; some servers leave the space
/// out.
fn read_facts(reply: &Reply) -> Result<Outcome, DecodeError> {
    let line = reply
        .lines()
        .find(|line| line.starts_with(b" "))
        .or_else(|| reply.lines().find(|line| line.contains(&b'=')))
        .ok_or_else(|| DecodeError::new("a line of facts", reply.text(), 0))?;
    let line = line.strip_prefix(b" ").unwrap_or(line);
    facts::read_entry(&Bytes::copy_from_slice(line)).map(|entry| Outcome::Entry(Box::new(entry)))
}
