//! One half of a transfer between two servers (RFC 959 §5.2, figure 3).
//!
//! Of the two, one listens ([`Offer`]) and the other connects; one sends (RETR) and the other
//! receives (STOR). Under TLS one of them must begin the handshake as a client would: the one that
//! listens, asked by CPSV, or by SSCN ON where it does not know that.

use alloc::boxed::Box;
use core::net::SocketAddr;

use bytes::Bytes;

use super::event::{ClientEvent, OperationError, Outcome};
use super::link::Purpose;
use super::operation::{Context, Decision, refusal};
use super::parameters::Wanted;
use super::verbs::StoreAs;
use crate::codec::address::{read_227, read_229};
use crate::codec::command::{Argument, Command, ExtendedPassive};
use crate::codec::reply::{Reply, ReplyClass};
use crate::contract::{Family, OpId};
use crate::data::TransferParameters;
use crate::protection::Protection;

/// What a server is to do for another server, as
/// [`ClientSession::relay`](super::ClientSession::relay) is asked.
///
/// ```
/// use ftp_proto::client::{Relay, RelayEnd, RelayPart, StoreAs};
/// use ftp_proto::codec::command::{Argument, TransferMode};
///
/// let part = RelayPart::Receives(StoreAs::Whole(Argument::try_from("copy")?));
/// let mut relay = Relay::new(part, RelayEnd::ConnectsTo("192.0.2.1:50000".parse()?));
/// relay.parameters.mode = TransferMode::Block;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Relay {
    /// What it does with which file.
    pub part: RelayPart,
    /// Which end of the data connection it is.
    pub end: RelayEnd,
    /// TYPE, STRU and MODE, the same on both sides; [`TransferParameters::IMAGE`] unless asked
    /// otherwise.
    pub parameters: TransferParameters,
}

/// Which part of the transfer a server has.
///
/// ```
/// use ftp_proto::client::RelayPart;
/// use ftp_proto::codec::command::Argument;
///
/// let part = RelayPart::Sends(Argument::try_from("original")?);
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug)]
pub enum RelayPart {
    /// It sends this file. (RETR)
    Sends(Argument),
    /// It receives, and stores so. (STOR, APPE, STOU)
    Receives(StoreAs),
}

/// Which end of the data connection a server is.
///
/// ```
/// use ftp_proto::client::RelayEnd;
///
/// let end = RelayEnd::ConnectsTo("192.0.2.1:50000".parse()?);
/// assert_ne!(end, RelayEnd::Listens);
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayEnd {
    /// It listens, as it has offered last.
    Listens,
    /// It connects to this address, which the other server has offered.
    ConnectsTo(SocketAddr),
}

impl Relay {
    /// A whole file in TYPE I, STRU F, MODE S.
    pub const fn new(part: RelayPart, end: RelayEnd) -> Self {
        Self {
            part,
            end,
            parameters: TransferParameters::IMAGE,
        }
    }
}

/// Asks a server for an address where another server can connect: what was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Start,
    /// CPSV: PASV, and the server begins the handshake.
    ClientPassive,
    /// SSCN ON: the server begins handshakes until SSCN OFF.
    SecureAsClient,
    /// PASV or EPSV.
    Passive,
}

impl Offer {
    pub(super) fn start(&mut self, cx: &mut Context<'_>) -> Decision {
        match (cx.learned.protection, cx.addresses.family()) {
            (Protection::Clear, _) => self.ask_passive(cx),
            // CPSV tells an IPv4 address, as PASV does.
            (Protection::Private, Family::V4) => self.ask(cx, Self::ClientPassive, "CPSV"),
            (Protection::Private, Family::V6) => self.ask(cx, Self::SecureAsClient, "SSCN ON"),
        }
    }

    pub(super) fn on_reply(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        let is_unknown = matches!(reply.code().to_u16(), 500 | 502 | 504);
        match self {
            Self::ClientPassive if is_unknown => self.ask(cx, Self::SecureAsClient, "SSCN ON"),
            _ if !reply.is_completion() => Some(Err(refusal("227 or 229", reply))),
            Self::SecureAsClient => {
                cx.learned.begins_handshakes = true;
                self.ask_passive(cx)
            }
            _ => Some(told_address(cx, reply)),
        }
    }

    fn ask(&mut self, cx: &mut Context<'_>, next: Self, line: &'static str) -> Decision {
        *self = next;
        match command(line) {
            Some(command) => {
                cx.link.send(Purpose::Address, &command);
                None
            }
            None => Some(Err(OperationError::NotOffered { command: line })),
        }
    }

    fn ask_passive(&mut self, cx: &mut Context<'_>) -> Decision {
        *self = Self::Passive;
        let command = match cx.addresses.family() {
            Family::V4 => Command::Pasv,
            Family::V6 => Command::Epsv(ExtendedPassive::Any),
        };
        cx.link.send(Purpose::Address, &command);
        None
    }
}

/// The server's own address, whatever it tells: it cannot send the other server anywhere else.
fn told_address(cx: &Context<'_>, reply: Reply) -> Result<Outcome, OperationError> {
    let port = match reply.code().to_u16() {
        229 => read_229(reply.last_line()),
        _ => read_227(reply.last_line()).map(|told| told.port()),
    };
    match port {
        Ok(port) => Ok(Outcome::Address(cx.addresses.peer_at(port))),
        Err(source) => Err(OperationError::Unreadable {
            source,
            reply: Box::new(reply),
        }),
    }
}

/// A relay on its way.
#[derive(Debug)]
pub(super) struct Relaying {
    op: OpId,
    verb: Command,
    offset: u64,
    wanted: Wanted,
    end: RelayEnd,
    has_started: bool,
    is_aborted: bool,
    /// What came of it, while SSCN OFF is in flight.
    result: Option<Box<Result<Outcome, OperationError>>>,
}

impl Relaying {
    pub(super) fn new(op: OpId, relay: Relay) -> Self {
        let (verb, offset) = match relay.part {
            RelayPart::Sends(path) => (Command::Retr(path), 0),
            RelayPart::Receives(StoreAs::Whole(path)) => (Command::Stor(path), 0),
            RelayPart::Receives(StoreAs::At(path, offset)) => (Command::Stor(path), offset),
            RelayPart::Receives(StoreAs::Append(path)) => (Command::Appe(path), 0),
            RelayPart::Receives(StoreAs::Unique(path)) => (Command::Stou(path), 0),
        };
        Self {
            op,
            verb,
            offset,
            wanted: relay.parameters.into(),
            end: relay.end,
            has_started: false,
            is_aborted: false,
            result: None,
        }
    }

    /// The next of TYPE, STRU and MODE, or what follows them.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) -> Decision {
        match (self.wanted.next(cx.learned), self.end) {
            (Some((purpose, command)), _) => cx.link.send(purpose, &command),
            (None, RelayEnd::Listens) => self.begin(cx),
            (None, RelayEnd::ConnectsTo(SocketAddr::V4(to))) => {
                cx.link.send(Purpose::Address, &Command::Port(to));
            }
            (None, RelayEnd::ConnectsTo(to)) => {
                cx.link.send(Purpose::Address, &Command::Eprt(to));
            }
        }
        None
    }

    fn begin(&self, cx: &mut Context<'_>) {
        if self.offset > 0 || cx.learned.has_marker {
            cx.learned.has_marker = true;
            cx.link.send(Purpose::Rest, &Command::Rest(self.offset));
        } else {
            cx.link.send(Purpose::Transfer, &self.verb);
        }
    }

    pub(super) fn on_started(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        if !core::mem::replace(&mut self.has_started, true) {
            cx.link
                .out
                .event(ClientEvent::Started { op: self.op, reply });
        }
        None
    }

    pub(super) fn on_reply(
        &mut self,
        cx: &mut Context<'_>,
        purpose: Purpose,
        reply: Reply,
    ) -> Decision {
        if let Some(result) = self.result.take() {
            cx.learned.begins_handshakes = false;
            return Some(*result);
        }
        if self.is_aborted {
            return match cx.link.is_quiet() {
                true => self.end(cx, Err(OperationError::Aborted)),
                false => None,
            };
        }
        let is_accepted = reply.is_completion();
        match purpose {
            Purpose::Type | Purpose::Structure | Purpose::Mode => {
                self.wanted.on_reply(cx.learned, purpose, is_accepted);
                if is_accepted {
                    return self.start(cx);
                }
            }
            Purpose::Address if is_accepted => {
                self.begin(cx);
                return None;
            }
            Purpose::Rest => {
                cx.learned.has_marker = false;
                if reply.class() == ReplyClass::Intermediate {
                    cx.link.send(Purpose::Transfer, &self.verb);
                    return None;
                }
            }
            Purpose::Transfer if is_accepted => return self.end(cx, Ok(Outcome::Reply(reply))),
            _ => {}
        }
        let error = match reply.is_negative() && self.has_started {
            true => OperationError::Failed {
                bytes: 0,
                reply: Box::new(reply),
            },
            false => refusal("226", reply),
        };
        self.end(cx, Err(error))
    }

    /// Stops what the server does, or does not begin with it.
    pub(super) fn on_abort(&mut self, cx: &mut Context<'_>) -> Decision {
        let asked = cx.link.is_in_flight(Purpose::Abort) || cx.link.is_in_flight(Purpose::Fence);
        if cx.link.is_in_flight(Purpose::Transfer) && !asked {
            cx.link.send_abort();
        }
        self.is_aborted = self.result.is_none();
        None
    }

    /// Whether the servers are at work, of which nothing is heard until they are done.
    pub(super) const fn is_under_way(&self) -> bool {
        self.has_started && !self.is_aborted
    }

    fn end(&mut self, cx: &mut Context<'_>, result: Result<Outcome, OperationError>) -> Decision {
        match command("SSCN OFF").filter(|_| cx.learned.begins_handshakes) {
            Some(command) => {
                cx.link.send(Purpose::Only, &command);
                self.result = Some(Box::new(result));
                None
            }
            None => Some(result),
        }
    }
}

fn command(line: &'static str) -> Option<Command> {
    Command::decode(&Bytes::from_static(line.as_bytes())).ok()
}
