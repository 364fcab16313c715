//! A listing whose path some servers would read as a pattern or as flags is made from inside the
//! directory: PWD, CWD path, LIST, CWD back.

use alloc::boxed::Box;

use super::super::event::{OperationError, Outcome};
use super::super::link::Purpose;
use super::super::operation::{Context, Decision, refusal};
use super::{Transfer, Verb};
use crate::codec::command::{Argument, Command};
use crate::codec::path::read_257;
use crate::codec::reply::{Reply, ReplyClass};

#[derive(Debug)]
pub(super) enum Detour {
    /// There is none, or it is over, or it is not possible.
    None,
    /// PWD is next.
    Wanted,
    /// CWD was sent; the way back.
    Entering(Argument),
    /// The way back.
    Inside(Argument),
    /// The way back was taken; what came of the listing.
    Returning(Box<Result<Outcome, OperationError>>),
}

impl Transfer {
    pub(super) fn plan_detour(&mut self) {
        let native = matches!(self.job.verb, Verb::List | Verb::Nlst);
        if native && self.job.path.as_ref().is_some_and(looks_special) {
            self.detour = Detour::Wanted;
        }
    }

    /// Takes the reply to PWD.
    pub(super) fn on_whereabouts(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        let here = read_257(reply.last_line())
            .ok()
            .filter(|_| reply.class() == ReplyClass::Completion)
            .and_then(|path| Argument::new(path).ok());
        self.detour = match (here, &self.job.path) {
            (Some(back), Some(path)) if self.trouble.is_none() => {
                cx.link.send(Purpose::Enter, &Command::Cwd(path.clone()));
                Detour::Entering(back)
            }
            _ => Detour::None,
        };
        match self.detour {
            Detour::Entering(_) => None,
            _ => self.begin_unless_troubled(cx),
        }
    }

    /// Takes the reply to CWD. Where it is refused, the path may be a file's.
    pub(super) fn on_enter(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        if let Detour::Entering(back) = core::mem::replace(&mut self.detour, Detour::None)
            && reply.class() == ReplyClass::Completion
        {
            self.detour = Detour::Inside(back);
            self.job.path = None;
        }
        self.begin_unless_troubled(cx)
    }

    /// Takes the reply to the CWD that leads back.
    pub(super) fn on_return(&mut self, reply: Reply) -> Decision {
        match core::mem::replace(&mut self.detour, Detour::None) {
            Detour::Returning(result) if reply.class() == ReplyClass::Completion => Some(*result),
            // The working directory is not what the application believes it to be.
            _ => Some(Err(refusal("250", reply))),
        }
    }

    /// Gives the end of the transfer out, after the way back if there was a detour.
    pub(super) fn leave(
        &mut self,
        cx: &mut Context<'_>,
        result: Result<Outcome, OperationError>,
    ) -> Decision {
        match core::mem::replace(&mut self.detour, Detour::None) {
            Detour::Inside(back) => {
                cx.link.send(Purpose::Return, &Command::Cwd(back));
                self.detour = Detour::Returning(Box::new(result));
                None
            }
            _ => Some(result),
        }
    }

    fn begin_unless_troubled(&mut self, cx: &mut Context<'_>) -> Decision {
        if self.trouble.is_some() {
            self.settle(cx)
        } else {
            self.begin(cx)
        }
    }
}

/// Whether a server that hands LIST's argument to `ls` or to a shell might not list this very path.
fn looks_special(path: &Argument) -> bool {
    let bytes = path.as_bytes();
    bytes.starts_with(b"-") || bytes.iter().any(|b| b" *?[]{}~\\$`'\"".contains(b))
}
