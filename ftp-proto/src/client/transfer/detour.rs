//! A listing whose path some servers would read as a pattern or as flags is made from inside the
//! directory: PWD, CWD path, LIST, CWD back.

use alloc::boxed::Box;

use super::super::event::{OperationError, Outcome};
use super::super::link::Purpose;
use super::super::operation::{Context, Decision, refusal};
use super::{Transfer, Trouble, Verb};
use crate::codec::command::{Argument, Command};
use crate::codec::path::read_257;
use crate::codec::reply::Reply;

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
        self.detour = Detour::None;
        let here = read_257(reply.last_line())
            .ok()
            .filter(|_| reply.is_completion())
            .and_then(|path| Argument::new(path).ok());
        match (here, &self.job.path) {
            _ if self.trouble.is_some() => self.settle(cx),
            (Some(back), Some(path)) => {
                cx.link.send(Purpose::Enter, &Command::Cwd(path.clone()));
                self.detour = Detour::Entering(back);
                None
            }
            _ => self.list_from_outside(cx, reply),
        }
    }

    /// Takes the reply to CWD.
    pub(super) fn on_enter(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        let back = match core::mem::replace(&mut self.detour, Detour::None) {
            Detour::Entering(back) if reply.is_completion() => back,
            _ if self.trouble.is_some() => return self.settle(cx),
            _ => return self.list_from_outside(cx, reply),
        };
        self.detour = Detour::Inside(back);
        self.job.path = None;
        match self.trouble {
            Some(_) => self.settle(cx),
            None => self.begin(cx),
        }
    }

    /// Without the detour: the path may be a file's. One that would be read as flags is not sent,
    /// for the listing would be of something else.
    fn list_from_outside(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        let path = self.job.path.as_ref().map(Argument::as_bytes);
        if path.is_some_and(|path| path.starts_with(b"-")) {
            let error = refusal("a way into the directory", reply);
            return self.fail(cx, Trouble::Refused(error));
        }
        self.begin(cx)
    }

    /// Takes the reply to the CWD that leads back.
    pub(super) fn on_return(&mut self, reply: Reply) -> Decision {
        match core::mem::replace(&mut self.detour, Detour::None) {
            Detour::Returning(result) if reply.is_completion() => Some(*result),
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
}

/// Whether a server that hands LIST's argument to `ls` or to a shell might not list this very path.
fn looks_special(path: &Argument) -> bool {
    let bytes = path.as_bytes();
    bytes.starts_with(b"-") || bytes.iter().any(|b| b" *?[]{}~\\$`'\"".contains(b))
}
