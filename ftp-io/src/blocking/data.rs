//! The data connection of a blocking client, from the listener or the connect to the last byte.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Waker};

use ftp_proto::client::ClientSession;
use ftp_proto::data::{Codec, Marker};
use ftp_proto::{Accepted, Closing, DataEnd, DataEnding, DataId, DataMode, Direction, OpId};
use rustix::event::PollFlags;

use crate::client::Route;
use crate::mover::{BUDGET, Cover, End, Ends, On, Private, Receiving, Sending, Shaken, Step};
use crate::net;

/// One data connection.
#[derive(Debug)]
pub(super) struct Data {
    id: DataId,
    mode: DataMode,
    moved: u64,
    shaken: Option<Result<Shaken, io::Error>>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Bound, and not wanted yet.
    Reserved(TcpListener),
    Accepting(TcpListener),
    Connecting(TcpStream),
    Open(TcpStream),
    Moving {
        stream: TcpStream,
        op: OpId,
        mover: Mover,
        /// The application's end is not ready, and will ring.
        is_held_up: bool,
    },
    /// The bytes have ended, and the session will say how to part.
    Done(TcpStream),
    /// Over, or for a moment while the state changes.
    Ended,
}

#[derive(Debug)]
enum Mover {
    Sending(Sending),
    Receiving(Receiving),
    Private(Box<Private>),
}

impl Data {
    /// Begins to connect.
    pub(super) fn connect(
        id: DataId,
        mode: DataMode,
        from: Option<IpAddr>,
        to: SocketAddr,
    ) -> io::Result<Self> {
        let connecting = net::connect(from.map(|ip| SocketAddr::new(ip, 0)), to)?;
        Ok(Self {
            id,
            mode,
            moved: 0,
            shaken: None,
            state: State::Connecting(connecting.stream),
        })
    }

    /// Binds a listener; with the address that it is bound to.
    pub(super) fn listen(
        id: DataId,
        mode: DataMode,
        at: SocketAddr,
        ports: Option<net::PortRange>,
    ) -> io::Result<(Self, SocketAddr)> {
        let listener = net::listen_for_data(at, ports)?;
        let bound = listener.local_addr()?;
        let data = Self {
            id,
            mode,
            moved: 0,
            shaken: None,
            state: State::Reserved(listener),
        };
        Ok((data, bound))
    }

    pub(super) const fn id(&self) -> DataId {
        self.id
    }

    pub(super) fn accept(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Reserved(listener) => State::Accepting(listener),
            other => other,
        };
    }

    pub(super) fn start(&mut self, op: OpId, direction: Direction, codec: Codec, cover: Cover) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Open(stream) => {
                if direction == Direction::Send {
                    // Until all is sent: a process that ends earlier, by whatever signal, must not
                    // end the stream as if the file were whole.
                    net::reset(&stream);
                }
                State::Moving {
                    stream,
                    op,
                    mover: match (cover, direction) {
                        (Cover::Clear, Direction::Receive) => {
                            Mover::Receiving(Receiving::new(codec))
                        }
                        (Cover::Clear, Direction::Send) => Mover::Sending(Sending::new(codec)),
                        (Cover::Tls(tls, after), direction) => {
                            Mover::Private(Box::new(Private::new(tls, direction, codec, after)))
                        }
                    },
                    is_held_up: false,
                }
            }
            other => other,
        };
    }

    /// Parts from the peer.
    pub(super) fn close(self, how: Closing) {
        if let (
            Closing::Reset,
            State::Connecting(stream)
            | State::Open(stream)
            | State::Moving { stream, .. }
            | State::Done(stream),
        ) = (how, &self.state)
        {
            net::reset(stream);
        }
    }

    /// What to wait for, if anything.
    pub(super) fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        match &self.state {
            State::Accepting(listener) => Some((listener.as_fd(), PollFlags::IN)),
            State::Connecting(stream) => Some((stream.as_fd(), PollFlags::OUT)),
            State::Moving {
                stream,
                mover,
                is_held_up: false,
                ..
            } => Some(match mover {
                Mover::Sending(_) => (stream.as_fd(), PollFlags::OUT),
                Mover::Receiving(_) => (stream.as_fd(), PollFlags::IN),
                Mover::Private(private) => {
                    let waits = private.waits();
                    let mut flags = PollFlags::empty();
                    flags.set(PollFlags::IN, waits.reading);
                    // One that is not blocked is to go on at once.
                    flags.set(PollFlags::OUT, waits.writing || !waits.reading);
                    (stream.as_fd(), flags)
                }
            }),
            _ => None,
        }
    }

    /// Bytes that have crossed so far.
    pub(super) const fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether the application is not ready to give or take bytes.
    pub(super) const fn is_held_up(&self) -> bool {
        matches!(
            self.state,
            State::Moving {
                is_held_up: true,
                ..
            }
        )
    }

    /// What its handshake has brought, once.
    pub(super) fn take_shaken(&mut self) -> Option<Result<Shaken, io::Error>> {
        self.shaken.take()
    }

    /// Does what can be done now; the connection's ends, when it has just been opened.
    pub(super) fn step(
        &mut self,
        ring: &Waker,
        session: &mut ClientSession,
        ends: &mut impl Ends,
    ) -> Option<Route> {
        match &self.state {
            State::Accepting(_) => self.try_accept(session),
            State::Connecting(_) => self.try_connect(session),
            State::Moving { .. } => {
                self.shift(ring, session, ends);
                None
            }
            _ => None,
        }
    }

    fn try_accept(&mut self, session: &mut ClientSession) -> Option<Route> {
        let State::Accepting(listener) = &self.state else {
            return None;
        };
        match net::accept(listener) {
            Ok((stream, from)) => match session.handle_data_accepted(self.id, from) {
                Accepted::Keep => self.opened(stream),
                Accepted::Drop => None,
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => {
                session.handle_data_failed(self.id, net::failure(&error));
                None
            }
        }
    }

    fn try_connect(&mut self, session: &mut ClientSession) -> Option<Route> {
        let State::Connecting(stream) = &self.state else {
            return None;
        };
        match net::connected(stream) {
            Ok(false) => None,
            Ok(true) => {
                let state = std::mem::replace(&mut self.state, State::Ended);
                let State::Connecting(stream) = state else {
                    return None;
                };
                session.handle_data_connected(self.id);
                self.opened(stream)
            }
            Err(error) => {
                self.state = State::Ended;
                session.handle_data_failed(self.id, net::failure(&error));
                None
            }
        }
    }

    fn opened(&mut self, stream: TcpStream) -> Option<Route> {
        let (local, peer) = (stream.local_addr(), stream.peer_addr());
        self.state = State::Open(stream);
        Some(Route {
            mode: self.mode,
            local: local.ok()?,
            peer: peer.ok()?,
        })
    }

    fn shift(&mut self, ring: &Waker, session: &mut ClientSession, ends: &mut impl Ends) {
        let State::Moving {
            stream,
            op,
            mover,
            is_held_up,
        } = &mut self.state
        else {
            return;
        };
        let mut cx = Context::from_waker(ring);
        let step = match (&mut *mover, ends.end(*op)) {
            (Mover::Receiving(receiving), Some(End::Sink(sink))) => {
                receiving.step(&mut cx, &*stream, sink, BUDGET)
            }
            (Mover::Sending(sending), Some(End::Source(source))) => {
                sending.step(&mut cx, &*stream, source, BUDGET)
            }
            (Mover::Private(private), Some(end)) => {
                private.step(&mut cx, &mut stream.as_fd(), end, BUDGET)
            }
            // The operation was given nothing to read from or to write to.
            _ => Step::Ended(DataEnd::local(0)),
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
        self.moved = mover.bytes();
        session.handle_data_progress(self.id, self.moved);
        if let Mover::Private(private) = mover
            && private.take_crossed()
        {
            session.handle_data_crossed(self.id);
        }
        *is_held_up = step == Step::Blocked(On::Storage);
        let Step::Ended(end) = step else {
            return;
        };
        let (direction, error) = match mover {
            Mover::Sending(sending) => (Direction::Send, sending.error()),
            Mover::Receiving(receiving) => (Direction::Receive, receiving.error()),
            Mover::Private(private) => (private.direction(), private.error()),
        };
        let is_local = matches!(end.ending, DataEnding::Local(_));
        ends.ended(direction, error.filter(|_| is_local));
        if let State::Moving { stream, .. } = std::mem::replace(&mut self.state, State::Ended) {
            if direction == Direction::Send && end.ending == DataEnding::Complete {
                net::keep_end(&stream);
            }
            self.state = State::Done(stream);
        }
        session.handle_data_ended(self.id, end);
    }
}

impl Mover {
    const fn bytes(&self) -> u64 {
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
}
