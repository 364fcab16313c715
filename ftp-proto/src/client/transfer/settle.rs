//! What comes of a transfer: decided when no command is in flight and the data connection is gone.

use alloc::boxed::Box;

use super::super::event::{Attempt, AttemptFailure, OperationError, Outcome, Transferred};
use super::super::link::Purpose;
use super::super::operation::{Context, Decision};
use super::super::way::Way;
use super::{Data, Step, Transfer, Trouble, Verb};
use crate::codec::reply::Reply;
use crate::contract::{Closing, DataEnd, DataEnding, Direction};

impl Transfer {
    /// Notes trouble and closes the data connection.
    pub(super) fn fail(&mut self, cx: &mut Context<'_>, trouble: Trouble) -> Decision {
        self.note(trouble);
        self.close(cx);
        self.settle(cx)
    }

    /// The same, and asks the server to stop if it has the transfer's command: it would wait for a
    /// data connection that does not come, or go on with one that nobody wants.
    pub(super) fn stop(&mut self, cx: &mut Context<'_>, trouble: Trouble) -> Decision {
        self.note(trouble);
        self.close(cx);
        self.interrupt(cx);
        self.settle(cx)
    }

    /// The first trouble counts; what follows is its consequence.
    pub(super) fn note(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
    }

    pub(super) fn close(&mut self, cx: &mut Context<'_>) {
        // An orderly end of an upload would say that the file is complete.
        let how = match self.job.verb.direction() {
            Direction::Send => Closing::Reset,
            Direction::Receive => Closing::Orderly,
        };
        match self.data {
            Data::None | Data::Closed(_) => return,
            Data::Moving => self.data = Data::Closed(Some(DataEnd::reset(self.moved))),
            Data::Listening | Data::Accepting | Data::Connecting | Data::Open => {
                self.data = Data::Closed(None);
            }
        }
        cx.link.marks.data = super::Mark::NOW;
        cx.link.close_data(self.id, how);
    }

    /// Asks the server to stop, if it has the transfer's command and was not asked before.
    pub(super) fn interrupt(&mut self, cx: &mut Context<'_>) {
        let asked = cx.link.is_in_flight(Purpose::Abort) || cx.link.is_in_flight(Purpose::Fence);
        if cx.link.is_in_flight(Purpose::Transfer) && !asked {
            cx.link.send_abort();
        }
    }

    /// Decides what comes of it, if nothing is in flight any more: the next way of opening a data
    /// connection, LIST in place of MLSD, or the end.
    pub(super) fn settle(&mut self, cx: &mut Context<'_>) -> Decision {
        if !cx.link.is_quiet() || !matches!(self.data, Data::None | Data::Closed(_)) {
            return None;
        }
        let bytes = self.bytes();
        let error = match (self.trouble.take(), self.reply.take()) {
            (None, Some(reply)) => {
                let result = self.complete(cx, reply);
                return self.leave(cx, result);
            }
            (None, None) => return None,
            (Some(Trouble::Unresumed), _) => {
                // The handshake that was refused has brought what the next one resumes.
                self.was_unresumed = true;
                return self.begin(cx);
            }
            (Some(Trouble::Way(failure)), _) => return self.try_next_way(cx, failure),
            (Some(Trouble::Negative(reply)), _) => {
                if self.step == Step::Verb && self.is_unknown_listing(cx, &reply) {
                    cx.learned.knows_mlsd = Some(false);
                    self.job.fall_back_to_list();
                    self.plan_detour();
                    return self.begin(cx);
                }
                match self.step {
                    Step::Started => OperationError::Failed {
                        bytes,
                        reply: Box::new(reply),
                    },
                    _ => OperationError::Refused(Box::new(reply)),
                }
            }
            (Some(Trouble::Refused(error)), _) => error,
            (Some(Trouble::Data(ending @ DataEnding::Local(_))), _) => {
                OperationError::Local { bytes, ending }
            }
            (Some(Trouble::Data(ending)), _) => OperationError::DataLost { bytes, ending },
            (Some(Trouble::Stalled), _) => OperationError::Stalled { bytes },
            (Some(Trouble::Aborted), _) => OperationError::Aborted,
        };
        self.leave(cx, Err(error))
    }

    /// Whether trying this way would tell nothing new.
    pub(super) fn is_hopeless(&self, way: Way) -> bool {
        self.tried.iter().any(|attempt| {
            // What keeps a server from connecting to one port keeps it from every other.
            let refused = matches!(attempt.failure, AttemptFailure::Refused(_));
            attempt.way == way || (attempt.way == Way::Eprt && way == Way::Port && !refused)
        })
    }

    fn try_next_way(&mut self, cx: &mut Context<'_>, failure: AttemptFailure) -> Decision {
        let refused = matches!(failure, AttemptFailure::Refused(_));
        if refused {
            cx.learned.ways.skip(self.way);
        }
        self.tried.push(Attempt {
            way: self.way,
            failure,
        });
        self.begin(cx)
    }

    fn complete(&mut self, cx: &mut Context<'_>, reply: Reply) -> Result<Outcome, OperationError> {
        let opened = matches!(self.data, Data::Closed(Some(_)));
        if opened {
            cx.learned.ways.prove(self.way);
        }
        if matches!(self.job.verb, Verb::Mlsd(_)) {
            cx.learned.knows_mlsd = Some(true);
        }
        let bytes = self.bytes();
        let received = bytes.saturating_add(self.job.offset);
        match self.job.expected {
            Some(expected) if received < expected => {
                return Err(OperationError::Short { expected, received });
            }
            _ => {}
        }
        Ok(Outcome::Transfer(Transferred {
            bytes,
            reply,
            way: opened.then_some(self.way),
            listing: self.job.verb.listing(),
            name: self.name.take(),
        }))
    }

    fn bytes(&self) -> u64 {
        match self.data {
            Data::Closed(Some(end)) => end.bytes,
            _ => self.moved,
        }
    }

    /// Whether MLSD was refused as a command. 501 may speak of its path (RFC 3659 §7.2.1) once the
    /// command is known to work.
    fn is_unknown_listing(&self, cx: &Context<'_>, reply: &Reply) -> bool {
        let is_unknown = match reply.code().to_u16() {
            500 | 502 | 504 => true,
            501 => cx.learned.knows_mlsd != Some(true),
            _ => false,
        };
        is_unknown && self.job.fall_back && matches!(self.job.verb, Verb::Mlsd(_))
    }
}
