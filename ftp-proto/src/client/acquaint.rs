//! Getting to know a server behind the login: FEAT, what it offers there that is to be switched on,
//! and what is known of its kind.

use bytes::Bytes;

use super::event::Outcome;
use super::link::Purpose;
use super::operation::{Context, Decision};
use super::quirks::Sign;
use super::verbs::takes_part;
use crate::codec::command::Command;
use crate::codec::feature::Features;
use crate::codec::reply::Reply;

/// What was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acquaint {
    Features,
    Utf8,
    System,
    Prelude,
}

impl Acquaint {
    pub(super) const fn new() -> Self {
        Self::Features
    }

    pub(super) fn start(self, cx: &mut Context<'_>) -> Decision {
        cx.link.send(Purpose::Only, &Command::Feat);
        None
    }

    /// No refusal matters: what is not offered is not used.
    pub(super) fn on_reply(&mut self, cx: &mut Context<'_>, reply: &Reply) -> Decision {
        match *self {
            Self::Features => {
                // A server that wants a login first is asked again behind it.
                if reply.code().to_u16() != 530 {
                    cx.learned.features = Some(Features::from_reply(reply));
                }
                let has_utf8 = |features: &Features| features.has("UTF8");
                match read("OPTS UTF8 ON") {
                    Some(option) if cx.learned.features.as_ref().is_some_and(has_utf8) => {
                        *self = Self::Utf8;
                        cx.link.send(Purpose::Only, &option);
                        None
                    }
                    _ => self.ask_for_system(cx),
                }
            }
            // Whoever lists UTF8 takes it (RFC 2640 §3.2), whatever it thinks of the option: some
            // switch it on by that, some know none such.
            Self::Utf8 => self.ask_for_system(cx),
            Self::System => {
                if reply.is_completion() {
                    let sign = Sign::System(reply.text());
                    cx.learned.quirks.learn(cx.config.known_servers, sign);
                }
                self.send_prelude(cx)
            }
            Self::Prelude => Self::done(cx),
        }
    }

    /// Only where somebody is known by it.
    fn ask_for_system(&mut self, cx: &mut Context<'_>) -> Decision {
        let mut known = cx.config.known_servers.iter();
        if known.any(|server| matches!(server.sign, Sign::System(_))) {
            *self = Self::System;
            cx.link.send(Purpose::Only, &Command::Syst);
            return None;
        }
        self.send_prelude(cx)
    }

    fn send_prelude(&mut self, cx: &mut Context<'_>) -> Decision {
        match cx.quirks().prelude.and_then(read) {
            Some(command) => {
                *self = Self::Prelude;
                cx.link.send(Purpose::Only, &command);
                None
            }
            _ => Self::done(cx),
        }
    }

    fn done(cx: &Context<'_>) -> Decision {
        let features = cx.learned.features.clone();
        Some(Ok(Outcome::Features(features.unwrap_or_default())))
    }
}

/// A command that leaves the session's own state alone.
fn read(line: &'static str) -> Option<Command> {
    let command = Command::decode(&Bytes::from_static(line.as_bytes())).ok()?;
    (!takes_part(&command)).then_some(command)
}
