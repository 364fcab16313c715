//! One data connection, from the reserved address to the last byte.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::task::{Context, Poll};

use ftp_proto::data::{Codec, Marker};
use ftp_proto::{Accepted, Closing, DataEnd, DataEnding, DataId, Direction, OpId, Session};

use super::lease::Lease;
use super::socket::{For, Stream};
use crate::mover::{BUDGET, Cover, End, Ends, On, Private, Receiving, Sending, Shaken, Step};
use crate::net;

/// The data connection of a session: there is one at most.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) id: DataId,
    moved: u64,
    shaken: Option<Result<Shaken, io::Error>>,
    /// Closing it by any way but the end of a whole file resets it.
    is_guarded: bool,
    /// The application's end is not ready.
    is_held_up: bool,
    state: State,
}

#[derive(Debug)]
enum State {
    /// An address is reserved, and nobody is wanted yet.
    Reserved(Lease),
    /// The client is wanted.
    Accepting(Lease),
    Connecting(Stream),
    Open(Stream),
    Moving {
        stream: Stream,
        op: OpId,
        mover: Mover,
    },
    /// The bytes have ended, and the session will say how to part.
    Ended(Stream),
    Failed,
}

#[derive(Debug)]
enum Mover {
    Sending(Sending),
    Receiving(Receiving),
    Private(Box<Private>),
}

/// What a turn has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing; the task will be woken.
    Idle,
    /// The session was told of something.
    Told,
    /// Its budget is used up, and the others are to have their turn.
    Spent,
}

impl Data {
    pub(crate) fn listening(id: DataId, listener: impl Into<Lease>) -> Self {
        Self {
            id,
            moved: 0,
            shaken: None,
            is_guarded: false,
            is_held_up: false,
            state: State::Reserved(listener.into()),
        }
    }

    pub(crate) fn connecting(id: DataId, stream: TcpStream) -> Self {
        Self {
            id,
            moved: 0,
            shaken: None,
            is_guarded: false,
            is_held_up: false,
            state: State::Connecting(Stream::Fresh(stream)),
        }
    }

    /// The client is wanted now.
    pub(crate) fn accept(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Failed) {
            State::Reserved(lease) => State::Accepting(lease),
            other => other,
        };
    }

    /// Begins to move bytes.
    pub(crate) fn move_bytes(
        &mut self,
        op: OpId,
        direction: Direction,
        codec: Codec,
        cover: Cover,
    ) {
        self.state = match std::mem::replace(&mut self.state, State::Failed) {
            State::Open(stream) => State::Moving {
                stream,
                op,
                mover: match (cover, direction) {
                    (Cover::Clear, Direction::Send) => Mover::Sending(Sending::new(codec)),
                    (Cover::Clear, Direction::Receive) => Mover::Receiving(Receiving::new(codec)),
                    (Cover::Tls(tls, after), direction) => {
                        Mover::Private(Box::new(Private::new(tls, direction, codec, after)))
                    }
                },
            },
            other => other,
        };
    }

    /// Until all is sent, a process that ends, by whatever signal, must not end the stream as if
    /// the file were whole: for uploads, whose end is all that tells the server how long they are.
    #[cfg(feature = "client")]
    pub(crate) fn guard_end(&mut self) {
        if let State::Moving { stream, mover, .. } = &self.state
            && mover.is_unfinished()
            && let Some(socket) = stream.as_fd()
        {
            net::reset(socket);
            self.is_guarded = true;
        }
    }

    /// Gets as far as it can now.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        session: &mut impl Session,
        ends: &mut impl Ends,
    ) -> Turn {
        match &mut self.state {
            State::Accepting(_) => self.poll_accept(cx, session),
            State::Connecting(_) => self.poll_connect(cx, session),
            State::Moving { .. } => self.poll_move(cx, session, ends),
            State::Reserved(_) | State::Open(_) | State::Ended(_) | State::Failed => Turn::Idle,
        }
    }

    /// Closes the connection. One that still moves bytes ends with that.
    pub(crate) fn close(self, how: Closing) {
        let (State::Connecting(stream)
        | State::Open(stream)
        | State::Ended(stream)
        | State::Moving { stream, .. }) = &self.state
        else {
            return;
        };
        if let (Closing::Reset, Some(socket)) = (how, stream.as_fd()) {
            net::reset(socket);
        }
    }

    /// Bytes that have crossed so far.
    #[cfg(feature = "client")]
    pub(crate) const fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether the application is not ready to give or take bytes.
    #[cfg(feature = "client")]
    pub(crate) const fn is_held_up(&self) -> bool {
        self.is_held_up
    }

    /// What its handshake has brought, once.
    pub(crate) fn take_shaken(&mut self) -> Option<Result<Shaken, io::Error>> {
        self.shaken.take()
    }

    /// Both ends of the connection, this one first.
    pub(crate) fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>) {
        let (State::Open(stream) | State::Moving { stream, .. } | State::Ended(stream)) =
            &self.state
        else {
            return (None, None);
        };
        (stream.local_address(), stream.peer_address())
    }

    /// Takes a connection that has come, though the runtime may not have said so yet; whether
    /// there was one that is kept.
    #[cfg(feature = "client")]
    pub(crate) fn accept_at_once(&mut self, session: &mut impl Session) -> bool {
        let State::Accepting(lease) = &mut self.state else {
            return false;
        };
        while let Ok((stream, from)) = lease.listener.accept_at_once() {
            if session.handle_data_accepted(self.id, from) == Accepted::Keep {
                self.accepted(stream);
                return true;
            }
        }
        false
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>, session: &mut impl Session) -> Turn {
        let State::Accepting(lease) = &mut self.state else {
            return Turn::Idle;
        };
        for _ in 0..STRANGERS {
            match lease.poll_accept(cx) {
                Poll::Pending => return Turn::Idle,
                Poll::Ready(Ok((stream, from))) => {
                    match session.handle_data_accepted(self.id, from) {
                        Accepted::Keep => {
                            self.accepted(stream);
                            return Turn::Told;
                        }
                        Accepted::Drop => drop(stream),
                    }
                }
                Poll::Ready(Err(error)) => return self.fail(&error, session),
            }
        }
        Turn::Spent
    }

    fn accepted(&mut self, stream: Stream) {
        let lease = std::mem::replace(&mut self.state, State::Open(stream));
        if let State::Accepting(lease) = lease {
            lease.end();
        }
    }

    fn poll_connect(&mut self, cx: &mut Context<'_>, session: &mut impl Session) -> Turn {
        let State::Connecting(stream) = &mut self.state else {
            return Turn::Idle;
        };
        let connected =
            stream.poll_io(cx, For::Writing, |_, stream| match net::connected(stream) {
                Ok(true) => Ok(()),
                Ok(false) => Err(io::ErrorKind::WouldBlock.into()),
                Err(error) => Err(error),
            });
        match connected {
            Poll::Pending => Turn::Idle,
            Poll::Ready(Ok(())) => {
                if let State::Connecting(stream) = std::mem::replace(&mut self.state, State::Failed)
                {
                    self.state = State::Open(stream);
                }
                session.handle_data_connected(self.id);
                Turn::Told
            }
            Poll::Ready(Err(error)) => self.fail(&error, session),
        }
    }

    fn fail(&mut self, error: &io::Error, session: &mut impl Session) -> Turn {
        self.state = State::Failed;
        session.handle_data_failed(self.id, net::failure(error));
        Turn::Told
    }

    fn poll_move(
        &mut self,
        cx: &mut Context<'_>,
        session: &mut impl Session,
        ends: &mut impl Ends,
    ) -> Turn {
        let State::Moving { stream, op, mover } = &mut self.state else {
            return Turn::Idle;
        };
        let before = self.moved;
        let step = match (&mut *mover, ends.end(*op)) {
            (Mover::Sending(sending), Some(End::Source(source))) => {
                stream.poll_io(cx, For::Writing, |cx, socket| {
                    would_block(sending.step(cx, socket, source, BUDGET))
                })
            }
            (Mover::Receiving(receiving), Some(End::Sink(sink))) => {
                stream.poll_io(cx, For::Reading, |cx, socket| {
                    would_block(receiving.step(cx, socket, sink, BUDGET))
                })
            }
            // What is blocked has had the task woken already.
            (Mover::Private(private), Some(end)) => {
                Poll::Ready(Ok(private.step(cx, stream, end, BUDGET)))
            }
            _ => Poll::Ready(Ok(Step::Ended(DataEnd::local(0)))),
        };
        if let Mover::Private(private) = mover
            && let Some(shaken) = private.take_shaken()
        {
            if let Ok(shaken) = &shaken {
                session.handle_data_secured(self.id, shaken.handshake);
            }
            self.shaken = Some(shaken);
        }
        if let Some(marker) = mover.take_marker() {
            session.handle_data_marker(self.id, marker);
        }
        // A step that was blocked in its middle has moved something too.
        let moved = mover.bytes();
        self.moved = moved;
        session.handle_data_progress(self.id, moved);
        self.is_held_up = matches!(step, Poll::Ready(Ok(Step::Blocked(On::Storage))));
        if let Mover::Private(private) = mover
            && private.take_crossed()
        {
            session.handle_data_crossed(self.id);
        }
        let end = match step {
            Poll::Pending | Poll::Ready(Ok(Step::Blocked(_))) if moved > before => {
                return Turn::Told;
            }
            Poll::Pending | Poll::Ready(Ok(Step::Blocked(_))) => return Turn::Idle,
            Poll::Ready(Ok(Step::Progress)) => return Turn::Spent,
            Poll::Ready(Ok(Step::Ended(end))) => end,
            Poll::Ready(Err(_)) => mover.cut(),
        };
        let (direction, error) = match mover {
            Mover::Sending(sending) => (Direction::Send, sending.error()),
            Mover::Receiving(receiving) => (Direction::Receive, receiving.error()),
            Mover::Private(private) => (private.direction(), private.error()),
        };
        let is_local = matches!(end.ending, DataEnding::Local(_));
        ends.ended(direction, error.filter(|_| is_local));
        if let State::Moving { stream, .. } = std::mem::replace(&mut self.state, State::Failed) {
            if self.is_guarded
                && end.ending == DataEnding::Complete
                && let Some(socket) = stream.as_fd()
            {
                net::keep_end(socket);
            }
            self.state = State::Ended(stream);
        }
        session.handle_data_ended(self.id, end);
        Turn::Told
    }
}

impl Drop for Data {
    /// What is dropped with bytes still to be sent must not look whole to the peer: an orderly end
    /// would say that it is.
    fn drop(&mut self) {
        if let State::Moving { stream, mover, .. } = &self.state
            && mover.is_unfinished()
            && let Some(socket) = stream.as_fd()
        {
            net::reset(socket);
        }
    }
}

impl Mover {
    fn is_unfinished(&self) -> bool {
        match self {
            Self::Sending(_) => true,
            Self::Receiving(_) => false,
            Self::Private(private) => private.is_unfinished(),
        }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Sending(sending) => sending.bytes(),
            Self::Receiving(receiving) => receiving.bytes(),
            Self::Private(private) => private.bytes(),
        }
    }

    fn take_marker(&mut self) -> Option<Marker> {
        match self {
            Self::Sending(_) => None,
            Self::Receiving(receiving) => receiving.take_marker(),
            Self::Private(private) => private.take_marker(),
        }
    }

    fn cut(&self) -> DataEnd {
        match self {
            Self::Sending(sending) => sending.cut(),
            Self::Receiving(receiving) => receiving.cut(),
            Self::Private(private) => private.cut(),
        }
    }
}

/// A step as the runtime understands it.
fn would_block(step: Step) -> io::Result<Step> {
    match step {
        Step::Blocked(On::Socket) => Err(io::ErrorKind::WouldBlock.into()),
        step => Ok(step),
    }
}

/// Connections that are dropped before the others have their turn.
const STRANGERS: usize = 16;
