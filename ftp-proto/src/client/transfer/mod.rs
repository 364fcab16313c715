//! A transfer: RETR, STOR, APPE, STOU, LIST, NLST, MLSD, with its data connection.
//!
//! The state is a product: the last command sent ([`Step`]) and the data connection ([`Data`]).
//! Two rules carry it. *Two halves meet*: the later of "data connection open" and the 1yz reply
//! sets the bytes moving. *Settle*: trouble is only noted and the data connection closed; what
//! comes of it is decided when no command is in flight and the data connection is gone.

mod detour;
mod job;
mod settle;
mod steps;

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use self::detour::Detour;
pub(super) use self::job::{Job, Verb};
use super::event::{Attempt, AttemptFailure, ClientEvent, OperationError};
use super::link::{Mark, Purpose};
use super::operation::{Context, Decision};
use super::way::Way;
use crate::codec::command::Command;
use crate::codec::reply::Reply;
use crate::contract::{Accepted, Action, Closing, DataEnd, DataEnding, DataFailure, DataId, OpId};
use crate::data::Marker;
use crate::protection::Handshake;

/// A transfer on its way.
#[derive(Debug)]
pub(super) struct Transfer {
    op: OpId,
    job: Job,
    /// Ways of opening the data connection that did not work.
    tried: Vec<Attempt>,
    detour: Detour,
    step: Step,
    way: Way,
    data: Data,
    id: DataId,
    tls: DataTls,
    /// The server refused a data connection whose handshake was not resumed, and it was tried
    /// again.
    was_unresumed: bool,
    /// Bytes moved, as last reported.
    moved: u64,
    /// All of them, and only the server's end of the data connection is missing.
    has_crossed: bool,
    /// The final reply to the transfer's command.
    reply: Option<Reply>,
    /// The name that STOU gave.
    name: Option<Bytes>,
    trouble: Option<Trouble>,
}

/// The last command sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Start,
    /// TYPE, STRU or MODE.
    Parameters,
    Address,
    Rest,
    Verb,
    /// The 1yz reply came.
    Started,
}

/// The data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Data {
    None,
    /// An address to listen on was asked for.
    Listening,
    /// The server is to connect.
    Accepting,
    Connecting,
    Open,
    Moving,
    Closed(Option<DataEnd>),
}

/// How the data connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DataTls {
    Off,
    /// The handshake is not done.
    Awaited,
    Done(Handshake),
}

#[derive(Clone, Debug)]
enum Trouble {
    /// The server refused the data connection because its handshake was not resumed.
    Unresumed,
    /// This way of opening a data connection does not work.
    Way(AttemptFailure),
    /// A command before the transfer's own was refused.
    Refused(OperationError),
    /// The server's final reply is negative.
    Negative(Reply),
    Data(DataEnding),
    Stalled,
    Aborted,
}

/// What the data connection is waited for, for deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataWait {
    Nothing,
    Opening,
    Securing,
    Moving,
    /// Everything is there, and the server has not closed its end.
    Closing,
}

impl Transfer {
    pub(super) fn new(op: OpId, job: Job) -> Self {
        Self {
            op,
            job,
            tried: Vec::new(),
            detour: Detour::None,
            step: Step::Start,
            way: Way::Epsv,
            data: Data::None,
            id: DataId::FIRST,
            tls: DataTls::Off,
            was_unresumed: false,
            moved: 0,
            has_crossed: false,
            reply: None,
            name: None,
            trouble: None,
        }
    }

    pub(super) fn start(&mut self, cx: &mut Context<'_>) -> Decision {
        if self.job.fall_back && matches!(self.job.verb, Verb::Mlsd(_)) {
            let offered = cx.learned.features.as_ref().map(|f| f.has("MLST"));
            if cx.learned.knows_mlsd.or(offered) == Some(false) {
                self.job.fall_back_to_list();
            }
        }
        if self.job.offset > 0 && cx.learned.knows_rest == Some(false) {
            return Some(Err(OperationError::NotOffered { command: "REST" }));
        }
        self.plan_detour();
        self.begin(cx)
    }

    /// Takes the final reply to one of this transfer's commands.
    pub(super) fn on_reply(
        &mut self,
        cx: &mut Context<'_>,
        purpose: Purpose,
        reply: Reply,
    ) -> Decision {
        match purpose {
            Purpose::Type | Purpose::Structure | Purpose::Mode => {
                self.on_parameter(cx, purpose, reply)
            }
            Purpose::Address => self.on_address(cx, reply),
            Purpose::Rest => self.on_rest(cx, reply),
            Purpose::Transfer => self.on_final(cx, reply),
            Purpose::Whereabouts => self.on_whereabouts(cx, reply),
            Purpose::Enter => self.on_enter(cx, reply),
            Purpose::Return => self.on_return(reply),
            // ABOR and its fence say nothing about the transfer; that they came may settle it.
            _ => self.settle(cx),
        }
    }

    /// Takes a preliminary reply to the transfer's own command.
    pub(super) fn on_started(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        if self.step == Step::Verb {
            self.step = Step::Started;
            if self.trouble.is_some() {
                // The command ran ahead of the one that failed.
                self.interrupt(cx);
                return None;
            }
            cx.link.out.event(ClientEvent::Started {
                op: self.op,
                reply: reply.clone(),
            });
            self.name = self.name.take().or_else(|| stored_name(&reply));
            cx.link.marks.data = Mark::NOW;
        } else if reply.code().to_u16() == 110
            && let Some(marker) = read_110(reply.last_line())
        {
            self.tell_marker(cx, marker);
        }
        self.meet(cx);
        None
    }

    pub(super) fn on_listening(
        &mut self,
        cx: &mut Context<'_>,
        id: DataId,
        announced: SocketAddr,
    ) -> Decision {
        if self.data != Data::Listening || self.id != id {
            return None;
        }
        let command = match (self.way, announced) {
            (Way::Port, SocketAddr::V4(v4)) => Command::Port(v4),
            (Way::Port, SocketAddr::V6(_)) => {
                let failure = AttemptFailure::Connection(DataFailure::NoAddress);
                return self.stop(cx, Trouble::Way(failure));
            }
            _ => Command::Eprt(announced),
        };
        // The server may connect before it replies.
        cx.link.out.action(Action::AcceptData { id });
        cx.link.send(Purpose::Address, &command);
        self.data = Data::Accepting;
        cx.link.marks.data = Mark::NOW;
        if self.runs_ahead(cx) {
            self.send_rest(cx);
        }
        None
    }

    pub(super) fn on_accepted(
        &mut self,
        cx: &mut Context<'_>,
        id: DataId,
        from: IpAddr,
    ) -> Accepted {
        let wanted = self.data == Data::Accepting && self.id == id;
        if !wanted || from.to_canonical() != cx.addresses.peer.ip() {
            return Accepted::Drop;
        }
        self.opened(cx);
        Accepted::Keep
    }

    pub(super) fn on_connected(&mut self, cx: &mut Context<'_>, id: DataId) -> Decision {
        if self.data == Data::Connecting && self.id == id {
            self.opened(cx);
            if self.step == Step::Address {
                self.send_rest(cx);
            }
        }
        None
    }

    pub(super) fn on_data_failed(
        &mut self,
        cx: &mut Context<'_>,
        id: DataId,
        why: DataFailure,
    ) -> Decision {
        let opening = matches!(
            self.data,
            Data::Listening | Data::Accepting | Data::Connecting
        );
        if !opening || self.id != id {
            return None;
        }
        self.on_unopened(cx, AttemptFailure::Connection(why))
    }

    pub(super) fn on_progress(&mut self, cx: &mut Context<'_>, id: DataId, total: u64) {
        if self.data == Data::Moving && self.id == id && total > self.moved {
            self.moved = total;
            cx.link.marks.data = Mark::NOW;
        }
    }

    pub(super) fn on_held_up(&mut self, cx: &mut Context<'_>, id: DataId) {
        if self.data == Data::Moving && self.id == id && self.tls != DataTls::Awaited {
            cx.link.marks.data = Mark::NOW;
        }
    }

    pub(super) fn on_secured(&mut self, cx: &mut Context<'_>, id: DataId, handshake: Handshake) {
        if self.data == Data::Moving && self.id == id && self.tls == DataTls::Awaited {
            self.tls = DataTls::Done(handshake);
            cx.link.marks.data = Mark::NOW;
        }
    }

    pub(super) fn on_crossed(&mut self, cx: &mut Context<'_>, id: DataId) {
        if self.data == Data::Moving && self.id == id {
            self.has_crossed = true;
            cx.link.marks.data = Mark::NOW;
        }
    }

    pub(super) fn on_marker(&mut self, cx: &mut Context<'_>, id: DataId, marker: Marker) {
        if self.data == Data::Moving && self.id == id {
            self.tell_marker(cx, marker);
        }
    }

    fn tell_marker(&self, cx: &mut Context<'_>, Marker { text, position }: Marker) {
        cx.link.out.event(ClientEvent::Marker {
            op: self.op,
            text,
            position,
        });
    }

    pub(super) fn on_ended(&mut self, cx: &mut Context<'_>, id: DataId, end: DataEnd) -> Decision {
        if self.data != Data::Moving || self.id != id {
            return None;
        }
        let how = match end.ending {
            DataEnding::Complete => Closing::Orderly,
            _ => Closing::Reset,
        };
        cx.link.close_data(id, how);
        self.data = Data::Closed(Some(end));
        cx.link.marks.data = Mark::NOW;
        cx.link.marks.control = Mark::NOW;
        match end.ending {
            DataEnding::Complete => {}
            DataEnding::Local(_) => {
                // The server is to learn that nobody takes the rest, or that no more comes.
                self.note(Trouble::Data(end.ending));
                self.interrupt(cx);
            }
            DataEnding::Reset
            | DataEnding::Truncated
            | DataEnding::HandshakeFailed
            | DataEnding::Unproven => self.note(Trouble::Data(end.ending)),
        }
        self.settle(cx)
    }

    fn on_unopened(&mut self, cx: &mut Context<'_>, failure: AttemptFailure) -> Decision {
        if self.job.verb.is_listing() && self.reply.as_ref().is_some_and(Reply::is_completion) {
            // A directory with nothing in it, told without a data connection.
            self.close(cx);
            return self.settle(cx);
        }
        self.stop(cx, Trouble::Way(failure))
    }

    /// The application does not want it any more.
    pub(super) fn on_abort(&mut self, cx: &mut Context<'_>) -> Decision {
        self.trouble = Some(Trouble::Aborted);
        self.close(cx);
        self.interrupt(cx);
        self.settle(cx)
    }

    /// The data connection was not opened in time.
    pub(super) fn on_open_timeout(&mut self, cx: &mut Context<'_>) -> Decision {
        self.on_unopened(cx, AttemptFailure::TimedOut)
    }

    pub(super) fn on_handshake_timeout(&mut self, cx: &mut Context<'_>) -> Decision {
        self.stop(cx, Trouble::Data(DataEnding::HandshakeFailed))
    }

    pub(super) fn on_stall(&mut self, cx: &mut Context<'_>) -> Decision {
        if self.has_crossed && self.data == Data::Moving {
            // Nothing is missing but the server's leaving.
            let end = DataEnd {
                bytes: self.moved,
                ending: DataEnding::Complete,
            };
            return self.on_ended(cx, self.id, end);
        }
        self.stop(cx, Trouble::Stalled)
    }

    pub(super) fn data_wait(&self) -> DataWait {
        match self.data {
            Data::Listening | Data::Connecting => DataWait::Opening,
            // Until its command is sent, the server has no reason to connect.
            Data::Accepting if self.step >= Step::Verb || self.reply.is_some() => DataWait::Opening,
            Data::Accepting | Data::None | Data::Open | Data::Closed(_) => DataWait::Nothing,
            Data::Moving if self.tls == DataTls::Awaited => DataWait::Securing,
            Data::Moving if self.has_crossed && self.has_only_data_left() => DataWait::Closing,
            Data::Moving => DataWait::Moving,
        }
    }

    /// Whether all that is missing is the final reply, which may take longer than others.
    pub(super) fn awaits_final(&self) -> bool {
        self.step == Step::Started || self.trouble.is_some()
    }

    /// Whether all that is missing is data that the server has sent already.
    pub(super) fn has_only_data_left(&self) -> bool {
        self.trouble.is_none()
            && self.data == Data::Moving
            && self.reply.as_ref().is_some_and(Reply::is_completion)
    }

    /// The way of opening a data connection that is being tried.
    pub(super) const fn way(&self) -> Way {
        self.way
    }

    /// The verb of the command whose reply is waited for.
    pub(super) fn verb(&self) -> &'static str {
        self.job.verb.name()
    }
}

/// `MARK yyyy = mmmm`: this side's marker, whose text is an offset, and the server's (RFC 959 §4.2).
fn read_110(text: &[u8]) -> Option<Marker> {
    let mut words = text
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let (Some(b"MARK"), Some(ours), Some(b"="), Some(theirs), None) = (
        words.next(),
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) else {
        return None;
    };
    let position = core::str::from_utf8(ours).ok()?.parse().ok()?;
    Some(Marker {
        text: Bytes::copy_from_slice(theirs),
        position,
    })
}

/// The name in `150 FILE: name` (RFC 1123 §4.1.2.9).
fn stored_name(reply: &Reply) -> Option<Bytes> {
    let line = reply.last_line();
    let name = line.strip_prefix(b"FILE: ")?;
    (!name.is_empty()).then(|| Bytes::copy_from_slice(name))
}
