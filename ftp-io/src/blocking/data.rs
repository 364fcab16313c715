//! The data connection of a blocking client, from the listener or the connect to the last byte.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Waker};

use ftp_proto::client::ClientSession;
use ftp_proto::data::Codec;
use ftp_proto::{Accepted, Closing, DataEnd, DataEnding, DataId, DataMode, Direction};
use rustix::event::PollFlags;

use super::driver::Endpoint;
use crate::client::{Notice, Observer, Route};
use crate::mover::{BUDGET, On, Receiving, Sending, Step};
use crate::net;

/// One data connection.
#[derive(Debug)]
pub(super) struct Data {
    id: DataId,
    mode: DataMode,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Bound, and not wanted yet.
    Reserved(TcpListener),
    Accepting(TcpListener),
    Connecting(TcpStream),
    Open(TcpStream),
    Receiving(TcpStream, Receiving),
    Sending(TcpStream, Sending),
    /// Over, or for a moment while the state changes.
    Ended,
}

impl Data {
    /// Begins to connect.
    pub(super) fn connect(id: DataId, mode: DataMode, to: SocketAddr) -> io::Result<Self> {
        let connecting = net::connect(None, to)?;
        Ok(Self {
            id,
            mode,
            state: State::Connecting(connecting.stream),
        })
    }

    /// Binds a listener; with the address that it is bound to.
    pub(super) fn listen(
        id: DataId,
        mode: DataMode,
        local: SocketAddr,
        ports: Option<net::PortRange>,
    ) -> io::Result<(Self, SocketAddr)> {
        let listener = net::listen_for_data(local, ports)?;
        let bound = listener.local_addr()?;
        let state = State::Reserved(listener);
        Ok((Self { id, mode, state }, bound))
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

    pub(super) fn start(&mut self, direction: Direction, codec: Codec) {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Open(stream) => match direction {
                Direction::Receive => State::Receiving(stream, Receiving::new(codec)),
                Direction::Send => {
                    // Until all is sent: a process that ends earlier, by whatever signal, must not
                    // end the stream as if the file were whole.
                    net::reset(&stream);
                    State::Sending(stream, Sending::new(codec))
                }
            },
            other => other,
        };
    }

    /// Parts from the peer.
    pub(super) fn close(self, how: Closing) {
        if let (
            Closing::Reset,
            State::Open(stream) | State::Receiving(stream, _) | State::Sending(stream, _),
        ) = (how, &self.state)
        {
            net::reset(stream);
        }
    }

    /// What to wait for, if anything.
    pub(super) fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        match &self.state {
            State::Accepting(listener) => Some((listener.as_fd(), PollFlags::IN)),
            State::Connecting(stream) | State::Sending(stream, _) => {
                Some((stream.as_fd(), PollFlags::OUT))
            }
            State::Receiving(stream, _) => Some((stream.as_fd(), PollFlags::IN)),
            State::Reserved(_) | State::Open(_) | State::Ended => None,
        }
    }

    /// Bytes that have crossed so far, while any move.
    pub(super) const fn moved(&self) -> Option<u64> {
        match &self.state {
            State::Receiving(_, receiving) => Some(receiving.bytes()),
            State::Sending(_, sending) => Some(sending.bytes()),
            _ => None,
        }
    }

    /// Does what can be done now, and tells the session. What failed at a file is returned.
    pub(super) fn step(
        &mut self,
        session: &mut ClientSession,
        end: &mut Endpoint<'_>,
        observer: Option<&Observer>,
    ) -> Option<io::Error> {
        match &mut self.state {
            State::Accepting(_) => self.try_accept(session, observer),
            State::Connecting(_) => self.try_connect(session, observer),
            State::Receiving(..) | State::Sending(..) => return self.shift(session, end),
            State::Reserved(_) | State::Open(_) | State::Ended => {}
        }
        None
    }

    fn try_accept(&mut self, session: &mut ClientSession, observer: Option<&Observer>) {
        let State::Accepting(listener) = &self.state else {
            return;
        };
        match net::accept(listener) {
            Ok((stream, from)) => match session.handle_data_accepted(self.id, from) {
                Accepted::Keep => self.opened(stream, observer),
                Accepted::Drop => {}
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => session.handle_data_failed(self.id, net::failure(&error)),
        }
    }

    fn try_connect(&mut self, session: &mut ClientSession, observer: Option<&Observer>) {
        let State::Connecting(stream) = &self.state else {
            return;
        };
        match net::connected(stream) {
            Ok(false) => {}
            Ok(true) => {
                if let State::Connecting(stream) = std::mem::replace(&mut self.state, State::Ended)
                {
                    self.opened(stream, observer);
                }
                session.handle_data_connected(self.id);
            }
            Err(error) => session.handle_data_failed(self.id, net::failure(&error)),
        }
    }

    fn opened(&mut self, stream: TcpStream, observer: Option<&Observer>) {
        if let (Some(observer), Ok(local), Ok(peer)) =
            (observer, stream.local_addr(), stream.peer_addr())
        {
            let mode = self.mode;
            observer.tell(Notice::DataOpen(Route { mode, local, peer }));
        }
        self.state = State::Open(stream);
    }

    fn shift(&mut self, session: &mut ClientSession, end: &mut Endpoint<'_>) -> Option<io::Error> {
        let mut cx = Context::from_waker(Waker::noop());
        let (step, error) = match (&mut self.state, end) {
            (State::Receiving(stream, receiving), Endpoint::Sink(sink)) => (
                receiving.step(&mut cx, &*stream, &mut **sink, BUDGET),
                receiving.error(),
            ),
            (State::Sending(stream, sending), Endpoint::Source(source)) => (
                sending.step(&mut cx, &*stream, &mut **source, BUDGET),
                sending.error(),
            ),
            // The operation was given nothing to read from or to write to.
            _ => {
                session.handle_data_ended(self.id, DataEnd::local(0));
                self.state = State::Ended;
                return None;
            }
        };
        let Step::Ended(end) = step else {
            return match step {
                Step::Blocked(On::Storage) => self.give_up_on_storage(session),
                _ => None,
            };
        };
        let failed = match end.ending {
            DataEnding::Local(_) => error.map(|e| io::Error::new(e.kind(), e.to_string())),
            _ => None,
        };
        if let State::Sending(stream, _) = &self.state
            && end.ending == DataEnding::Complete
        {
            net::keep_end(stream);
        }
        session.handle_data_ended(self.id, end);
        failed
    }

    /// Nobody would wake a thread that waits for a source or a sink: here they must be ready.
    fn give_up_on_storage(&mut self, session: &mut ClientSession) -> Option<io::Error> {
        session.handle_data_ended(self.id, DataEnd::local(self.moved().unwrap_or(0)));
        Some(io::Error::new(
            io::ErrorKind::WouldBlock,
            "a source or sink of a blocking client must not be pending",
        ))
    }
}
