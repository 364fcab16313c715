//! The commands of a transfer, in their order: TYPE, EPSV (or another way), REST, RETR.

use alloc::boxed::Box;
use core::net::{IpAddr, SocketAddr};

use super::super::config::{PassiveHost, Pipelining};
use super::super::event::{AttemptFailure, OperationError};
use super::super::link::{Mark, Purpose};
use super::super::operation::{Context, Decision, refusal};
use super::super::way::Way;
use super::detour::Detour;
use super::{Data, DataTls, Step, Transfer, Trouble, stored_name};
use crate::codec::address::{read_227, read_229};
use crate::codec::command::{Command, ExtendedPassive, RepresentationType};
use crate::codec::reply::{Reply, ReplyClass};
use crate::contract::{Action, DataEnding, DataMode, Direction};
use crate::data::{Codec, CodecOptions, TransferParameters};
use crate::error::DecodeError;
use crate::protection::{Handshake, Protection};

impl Transfer {
    /// Begins with the next way of opening a data connection that was not tried yet.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>) -> Decision {
        self.step = Step::Start;
        self.data = Data::None;
        self.tls = DataTls::Off;
        self.has_crossed = false;
        self.reply = None;
        if matches!(self.detour, Detour::Wanted) {
            cx.link.send(Purpose::Whereabouts, &Command::Pwd);
            return None;
        }
        let tried = |way| self.is_hopeless(way);
        let family = cx.addresses.family();
        let Some(way) = cx.learned.ways.next(cx.config.data, family, tried) else {
            let tried = core::mem::take(&mut self.tried);
            return self.leave(cx, Err(OperationError::NoDataConnection(tried)));
        };
        self.way = way;
        self.set_parameters(cx);
        None
    }

    /// Says the next of TYPE, STRU and MODE that is not as this transfer needs it.
    fn set_parameters(&mut self, cx: &mut Context<'_>) {
        match self.job.wanted.next(cx.learned) {
            Some((purpose, command)) => {
                self.step = Step::Parameters;
                cx.link.send(purpose, &command);
            }
            None => self.ask_for_address(cx),
        }
    }

    pub(super) fn on_parameter(
        &mut self,
        cx: &mut Context<'_>,
        purpose: Purpose,
        reply: Reply,
    ) -> Decision {
        let accepted = reply.class() == ReplyClass::Completion;
        self.job.wanted.on_reply(cx.learned, purpose, accepted);
        if self.trouble.is_some() {
            return self.settle(cx);
        }
        if !accepted {
            // A listing in another type can be read all the same.
            if purpose != Purpose::Type || !self.job.verb.is_listing() {
                return self.fail(cx, Trouble::Refused(refusal("200", reply)));
            }
            self.job.wanted.representation = None;
        }
        self.set_parameters(cx);
        None
    }

    fn ask_for_address(&mut self, cx: &mut Context<'_>) {
        self.step = Step::Address;
        self.id = cx.link.new_data();
        self.moved = 0;
        match self.way {
            Way::Epsv => cx
                .link
                .send(Purpose::Address, &Command::Epsv(ExtendedPassive::Any)),
            Way::Pasv => cx.link.send(Purpose::Address, &Command::Pasv),
            Way::Eprt | Way::Port => {
                self.data = Data::Listening;
                cx.link.out.action(Action::ListenData {
                    id: self.id,
                    mode: DataMode::Active,
                    local: cx.addresses.local_at(0),
                    from: Some(cx.addresses.peer.ip()),
                });
                return;
            }
        }
        if self.runs_ahead(cx) {
            self.send_rest(cx);
        }
    }

    /// Whether the rest of the commands need not wait for the reply to this one.
    pub(super) fn runs_ahead(&self, cx: &Context<'_>) -> bool {
        cx.config.pipelining == Pipelining::Within && cx.learned.ways.is_proven(self.way)
    }

    pub(super) fn on_address(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        if self.trouble.is_some() {
            return self.settle(cx);
        }
        if reply.code().to_u16() == 530 {
            // No other way is open to one who is not logged in.
            return self.fail(cx, Trouble::Refused(refusal("229", reply)));
        }
        if reply.class() != ReplyClass::Completion {
            let failure = AttemptFailure::Refused(Box::new(reply));
            return self.fail(cx, Trouble::Way(failure));
        }
        match self.way.mode() {
            DataMode::Active => {
                if self.step == Step::Address {
                    self.send_rest(cx);
                }
                None
            }
            DataMode::Passive => match self.passive_address(cx, &reply) {
                Ok(to) => {
                    self.data = Data::Connecting;
                    cx.link.marks.data = Mark::NOW;
                    cx.link.out.action(Action::ConnectData {
                        id: self.id,
                        mode: DataMode::Passive,
                        local: None,
                        to,
                    });
                    None
                }
                Err(error) => self.stop(cx, Trouble::Way(AttemptFailure::Unreadable(error))),
            },
        }
    }

    /// Where to connect to. The code says what the text holds, whichever command was sent.
    fn passive_address(&self, cx: &Context<'_>, reply: &Reply) -> Result<SocketAddr, DecodeError> {
        let peer = cx.addresses.peer;
        let at_peer = |port| cx.addresses.peer_at(port);
        if reply.code().to_u16() == 229 {
            return read_229(reply.last_line()).map(at_peer);
        }
        let told = read_227(reply.last_line()).or_else(|_| read_227(reply.text()))?;
        let host_counts = match cx.config.passive_host {
            PassiveHost::Peer => false,
            PassiveHost::PeerIfPrivate => is_public(peer.ip()) <= is_public(IpAddr::V4(*told.ip())),
            PassiveHost::Trust => true,
        } && !told.ip().is_unspecified();
        Ok(if host_counts {
            SocketAddr::V4(told)
        } else {
            at_peer(told.port())
        })
    }

    pub(super) fn send_rest(&mut self, cx: &mut Context<'_>) {
        if self.job.offset == 0 && !cx.learned.has_marker {
            return self.send_verb(cx);
        }
        self.step = Step::Rest;
        cx.learned.has_marker = true;
        cx.link.send(Purpose::Rest, &Command::Rest(self.job.offset));
        if self.runs_ahead(cx) {
            self.send_verb(cx);
        }
    }

    pub(super) fn on_rest(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        if reply.class() != ReplyClass::Intermediate {
            cx.learned.has_marker = false;
        }
        match reply.code().to_u16() {
            300..=399 => cx.learned.knows_rest = Some(true),
            500 | 502 | 504 => cx.learned.knows_rest = Some(false),
            _ => {}
        }
        if self.trouble.is_some() {
            return self.settle(cx);
        }
        if reply.class() != ReplyClass::Intermediate {
            // What comes now, if the command was sent already, begins at the wrong place.
            return self.stop(cx, Trouble::Refused(refusal("350", reply)));
        }
        if self.step == Step::Rest {
            self.send_verb(cx);
        }
        None
    }

    fn send_verb(&mut self, cx: &mut Context<'_>) {
        self.step = Step::Verb;
        cx.learned.has_marker = false;
        let command = self.job.verb.command();
        cx.link.send(Purpose::Transfer, &command);
        cx.link.marks.data = Mark::NOW;
    }

    pub(super) fn opened(&mut self, cx: &mut Context<'_>) {
        self.data = Data::Open;
        for attempt in &self.tried {
            cx.learned.ways.skip(attempt.way);
        }
        cx.link.marks.data = Mark::NOW;
        self.meet(cx);
    }

    /// Two halves meet: the server has begun, and the data connection is open.
    pub(super) fn meet(&mut self, cx: &mut Context<'_>) {
        if self.step != Step::Started || self.data != Data::Open || self.trouble.is_some() {
            return;
        }
        let direction = self.job.verb.direction();
        let codec = self.codec(cx, direction);
        let protection = cx.learned.protection;
        self.tls = match protection {
            Protection::Clear => DataTls::Off,
            Protection::Private => DataTls::Awaited,
        };
        self.data = Data::Moving;
        cx.link.marks.data = Mark::NOW;
        cx.link.out.action(Action::MoveData {
            id: self.id,
            op: self.op,
            direction,
            protection,
            codec,
        });
    }

    fn codec(&self, cx: &Context<'_>, direction: Direction) -> Codec {
        // The lines of a listing are read as they come.
        let is_listing = self.job.verb.is_listing();
        let wanted = self.job.wanted;
        let representation = wanted.representation.filter(|_| !is_listing);
        let parameters = TransferParameters {
            representation: representation.unwrap_or(RepresentationType::Image),
            structure: wanted.structure,
            mode: wanted.mode,
        };
        let options = CodecOptions {
            code_page: cx.config.code_page,
            level: cx.config.level,
            offset: self.job.offset,
            markers: cx.config.markers,
            ..CodecOptions::default()
        };
        // What cannot be had was refused when it was asked for.
        Codec::new(direction, parameters, options).unwrap_or(Codec::Passthrough)
    }

    /// Whether the server wants data connections to resume the control connection's TLS session,
    /// and this one did not: vsftpd says 522, ProFTPD and FileZilla Server 425. A ticket may have
    /// been used up, and the full handshake has brought new ones.
    fn is_unresumed(&self, reply: &Reply) -> bool {
        let moved = match self.data {
            Data::Closed(Some(end)) => end.bytes,
            _ => self.moved,
        };
        // A source is read again from where it began; a sink cannot take back what it got.
        let is_repeatable = self.job.verb.direction() == Direction::Send || moved == 0;
        matches!(reply.code().to_u16(), 425 | 522)
            && self.tls == DataTls::Done(Handshake::Full)
            && !self.was_unresumed
            && is_repeatable
    }

    /// Takes the final reply to the transfer's own command.
    pub(super) fn on_final(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        let begun = self.step == Step::Started;
        match reply.class() {
            ReplyClass::Completion => {
                let moves = matches!(self.data, Data::Moving | Data::Closed(_));
                if self.job.verb.direction() == Direction::Send && !begun && !moves {
                    // A file that was not sent yet cannot be there.
                    let error = refusal("150 before a completion reply", reply);
                    return self.fail(cx, Trouble::Refused(error));
                }
                self.name = self.name.take().or_else(|| stored_name(&reply));
                self.reply = Some(reply);
                if !begun {
                    self.step = Step::Started;
                }
                if !begun || self.has_crossed {
                    cx.link.marks.data = Mark::NOW;
                }
                self.meet(cx);
                self.settle(cx)
            }
            ReplyClass::TransientNegative | ReplyClass::PermanentNegative => {
                let unopened = !matches!(self.data, Data::Moving | Data::Closed(Some(_)));
                // The server's word explains a connection that broke.
                if matches!(self.trouble, Some(Trouble::Data(ending)) if is_lost(ending)) {
                    self.trouble = None;
                }
                // So does a refusal: the server closes its listener with it, which may show first.
                let refused = reply.class() == ReplyClass::PermanentNegative;
                if refused && unopened && matches!(self.trouble, Some(Trouble::Way(_))) {
                    self.trouble = None;
                }
                if reply.code().to_u16() == 425 && unopened {
                    let failure = AttemptFailure::Server(Box::new(reply));
                    return self.fail(cx, Trouble::Way(failure));
                }
                if self.is_unresumed(&reply) {
                    return self.fail(cx, Trouble::Unresumed);
                }
                self.fail(cx, Trouble::Negative(reply))
            }
            ReplyClass::Intermediate | ReplyClass::Preliminary => {
                self.fail(cx, Trouble::Refused(refusal("226", reply)))
            }
        }
    }
}

fn is_lost(ending: DataEnding) -> bool {
    matches!(ending, DataEnding::Reset | DataEnding::Truncated)
}

/// Whether an address can be reached from everywhere, as far as it shows (RFC 1918, RFC 6598).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (b & 0xc0) == 64;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || shared)
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unspecified()),
    }
}
