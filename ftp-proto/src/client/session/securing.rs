//! Bringing the control connection under TLS before anything else is said: AUTH, the handshake,
//! PBSZ and PROT (RFC 4217 §12). And out of it again: CCC.

use alloc::boxed::Box;

use super::{Behind, ClientSession, Phase};
use crate::client::config::{AuthFallback, Tls};
use crate::client::event::{ClientEvent, Outcome};
use crate::client::link::{Mark, Purpose};
use crate::client::operation::{Learned, Single, Work};
use crate::codec::command::{Argument, Command, ProtectionLevel};
use crate::codec::reply::Reply;
use crate::contract::Action;
use crate::error::ProtocolError;
use crate::protection::{Handshake, Protection};

impl ClientSession {
    /// Whether the driver is at the control connection: no byte that comes now is a reply.
    pub(super) const fn is_securing(&self) -> bool {
        matches!(self.phase, Phase::Securing(_) | Phase::Clearing(_))
    }

    /// The server has greeted. Nothing is said in clear that could wait, least of all USER; a 230
    /// in place of 220 changes nothing about that (CVE-2021-22946).
    pub(super) fn on_greeted(&mut self) {
        match self.config.tls {
            Tls::Off => self.phase = Phase::Open,
            Tls::IfOffered | Tls::Required => {
                self.phase = Phase::Negotiating;
                self.send_auth(Purpose::Auth, "TLS");
            }
            Tls::Implicit => self.protect(),
        }
    }

    /// Takes the reply to AUTH, PBSZ or PROT.
    pub(super) fn on_security_reply(&mut self, purpose: Purpose, reply: Reply) {
        match purpose {
            // 334 would ask for data of the mechanism, which TLS does not have.
            Purpose::Auth | Purpose::AuthSsl if reply.code().to_u16() == 234 => {
                self.link.out.action(Action::StartTls);
                self.phase = Phase::Securing(Behind::Protection);
            }
            Purpose::Auth if self.config.auth_fallback == AuthFallback::Ssl => {
                self.send_auth(Purpose::AuthSsl, "SSL");
            }
            Purpose::Auth | Purpose::AuthSsl if self.config.tls == Tls::IfOffered => {
                self.link.out.event(ClientEvent::NotSecured(reply));
                self.phase = Phase::Open;
            }
            Purpose::Auth | Purpose::AuthSsl => self.refused(reply),
            // Some servers know no PBSZ; PROT tells whether it was needed.
            Purpose::BufferSize => {
                let level = Command::Prot(ProtectionLevel::Private);
                self.link.send(Purpose::Protection, &level);
            }
            _ if reply.is_completion() => {
                self.protects_late = false;
                self.learned.protection = Protection::Private;
                self.phase = Phase::Open;
            }
            // Some servers take PROT from those only who have logged in.
            _ if self.protects_late => {
                self.protects_late = false;
                match self.config.tls {
                    Tls::Required | Tls::Implicit => self.refused(reply),
                    Tls::Off | Tls::IfOffered => self.phase = Phase::Open,
                }
            }
            _ => {
                self.protects_late = true;
                self.phase = Phase::Open;
            }
        }
    }

    /// The handshake is done. What was learned in clear may have been anybody's word.
    pub(super) fn on_secured(&mut self, handshake: Handshake) {
        let Phase::Securing(behind) = self.phase else {
            return;
        };
        if self.input.has_more() || self.link.out.has_action() {
            return;
        }
        self.learned = Learned::default();
        self.link.control = Protection::Private;
        self.link.marks.control = Mark::NOW;
        self.link.out.event(ClientEvent::Secured(handshake));
        match behind {
            Behind::Greeting => self.phase = Phase::Greeting,
            Behind::Protection => self.protect(),
        }
    }

    /// Waits for the driver, and for nothing that the server might say meanwhile.
    pub(super) fn advance_securing(&mut self) -> bool {
        if self.input.has_more() {
            self.fail(ProtocolError::ClearBytes);
        } else if self.eof {
            self.fail(ProtocolError::Closed(self.whereabouts()));
        } else if let Some((_, due)) = self.due().filter(|(at, _)| *at <= self.now) {
            self.on_due(due);
        } else {
            return false;
        }
        true
    }

    /// CCC was accepted.
    pub(super) fn on_clear_control(&mut self, reply: Reply) {
        match self.link.control {
            Protection::Clear => self.finish(Ok(Outcome::Reply(reply))),
            Protection::Private => {
                self.link.out.action(Action::StopTls);
                self.phase = Phase::Clearing(reply);
            }
        }
    }

    /// TLS has ended on the control connection. PROT stays as it is (RFC 4217 §12.3).
    pub(super) fn on_cleared(&mut self) {
        if self.input.has_more() || self.link.out.has_action() {
            return;
        }
        match core::mem::replace(&mut self.phase, Phase::Open) {
            Phase::Clearing(reply) => {
                self.link.control = Protection::Clear;
                self.link.marks.control = Mark::NOW;
                self.finish(Ok(Outcome::Reply(reply)));
            }
            phase => self.phase = phase,
        }
    }

    /// Says PROT once more where an operation has made that needed or possible.
    pub(super) fn protect_again(&mut self, work: &Work) {
        let is_rein = matches!(
            work,
            Work::Single(Single {
                command: Command::Rein,
                ..
            })
        );
        let is_late = self.protects_late && matches!(work, Work::Login(_));
        if self.link.control == Protection::Private && (is_rein || is_late) {
            self.protect();
        }
    }

    fn send_auth(&mut self, purpose: Purpose, mechanism: &'static str) {
        if let Ok(mechanism) = Argument::try_from(mechanism) {
            self.link.send(purpose, &Command::Auth(mechanism));
        }
    }

    /// PROT may be said only behind PBSZ (RFC 2228 §3), whose size is 0 under TLS.
    fn protect(&mut self) {
        match self.config.protection {
            Protection::Clear => self.phase = Phase::Open,
            Protection::Private => {
                self.phase = Phase::Negotiating;
                self.link.send(Purpose::BufferSize, &Command::Pbsz(0));
            }
        }
    }

    fn refused(&mut self, reply: Reply) {
        self.fail(ProtocolError::TlsRefused(Box::new(reply)));
    }
}
