//! The server: listeners, and the sessions of whom they accept.

use std::fmt;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ftp_proto::ControlAddresses;
use ftp_proto::codec::reply::{ReplyCode, write_reply};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, Sleep, sleep};

use super::builder::{Builder, Shared};
use super::error::BindError;
use super::event::{Event, SessionId};
use super::leases::SWEEP;
use super::session::{self, Start};
use super::stop::{Level, ServerHandle};
use super::trace;
use crate::net;
use crate::storage::Storage;

/// A server that listens.
pub struct Server {
    listeners: Vec<(TcpListener, Start)>,
    local_addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

impl Server {
    /// A server of this storage, to be given its users and addresses.
    pub fn builder(storage: Arc<dyn Storage>) -> Builder {
        Builder::new(storage)
    }

    /// Serves until the handle says to stop, and all sessions are over. Dropping the future ends
    /// every session, as `stop_now` does.
    pub async fn run(self) {
        let Self {
            listeners, shared, ..
        } = self;
        let stop = Arc::clone(&shared.stop);
        let mut accepting = Accepting {
            listeners,
            shared,
            sessions: JoinSet::new(),
            next_id: 1,
            pause: None,
            sweep: Box::pin(sleep(SWEEP)),
        };
        let mut raised = pin!(stop.raised());
        std::future::poll_fn(|cx| {
            while raised.as_mut().poll(cx).is_ready() {
                raised.set(stop.raised());
            }
            accepting.poll(cx, stop.level())
        })
        .await;
    }

    /// Where this server listens, in the order asked for; ports as the operating system picked
    /// them.
    pub fn local_addresses(&self) -> &[SocketAddr] {
        &self.local_addresses
    }

    /// What ends this server from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle(Arc::clone(&self.shared.stop))
    }

    pub(super) fn listen(
        addresses: &[(SocketAddr, Start)],
        shared: Shared,
    ) -> Result<Self, BindError> {
        let listeners: Vec<_> = match addresses {
            [] => listen_everywhere()?
                .into_iter()
                .map(|listener| (listener, Start::InClear))
                .collect(),
            addresses => addresses
                .iter()
                .map(|&(address, start)| Ok((listen(address)?, start)))
                .collect::<Result<_, _>>()?,
        };
        let (local_addresses, listeners) = listeners
            .into_iter()
            .map(|((listener, at), start)| (at, (listener, start)))
            .unzip();
        Ok(Self {
            listeners,
            local_addresses,
            shared: Arc::new(shared),
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("local_addresses", &self.local_addresses)
            .finish_non_exhaustive()
    }
}

/// A running server.
struct Accepting {
    listeners: Vec<(TcpListener, Start)>,
    shared: Arc<Shared>,
    sessions: JoinSet<()>,
    next_id: u64,
    /// Until then nothing is accepted: the process has no descriptor or memory left, and asking
    /// again at once would only burn time.
    pause: Option<Pin<Box<Sleep>>>,
    /// When to look for listeners of passive mode that nobody uses any more.
    sweep: Pin<Box<Sleep>>,
}

impl Accepting {
    fn poll(&mut self, cx: &mut Context<'_>, level: Level) -> Poll<()> {
        while self.sweep.as_mut().poll(cx).is_ready() {
            self.shared.leases.sweep(Instant::now());
            self.sweep.as_mut().reset(Moment::now() + SWEEP);
        }
        match level {
            Level::Running => self.poll_accept(cx),
            Level::Orderly => self.listeners.clear(),
            Level::Now => {
                self.listeners.clear();
                self.sessions.abort_all();
            }
        }
        // After the sessions that have just begun: it wakes for those that it has seen.
        while let Poll::Ready(Some(_)) = self.sessions.poll_join_next(cx) {}
        match level {
            Level::Running => Poll::Pending,
            _ if self.sessions.is_empty() => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(cx).is_pending() {
                return;
            }
            self.pause = None;
        }
        for at in 0..self.listeners.len() {
            loop {
                let (listener, start) = &self.listeners[at];
                let start = *start;
                match listener.poll_accept(cx) {
                    Poll::Pending => break,
                    Poll::Ready(Ok((stream, peer))) => self.admit(stream, peer, start),
                    Poll::Ready(Err(error)) if is_of_the_client(&error) => {}
                    Poll::Ready(Err(_)) => {
                        let mut pause = Box::pin(sleep(PAUSE));
                        if pause.as_mut().poll(cx).is_pending() {
                            self.pause = Some(pause);
                        }
                        return;
                    }
                }
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr, start: Start) {
        let place = match self.shared.admission.admit(peer.ip()) {
            Ok(place) => place,
            Err(limit) => {
                // One that begins with TLS would not understand it.
                if start == Start::InClear {
                    send_away(stream);
                }
                trace::refused(peer, limit);
                let refused = || Event::SessionRefused { peer, limit };
                return self.shared.listener.tell(refused);
            }
        };
        // A client that has gone meanwhile.
        let Ok(local) = stream.local_addr() else {
            return;
        };
        if net::prepare_control(&stream).is_err() {
            return;
        }
        let id = SessionId(self.next_id);
        self.next_id += 1;
        let addresses = ControlAddresses::new(local, peer);
        let shared = Arc::clone(&self.shared);
        let session = session::run(stream, addresses, id, shared, place, start);
        self.sessions.spawn(session);
    }
}

/// Tells a client that it is one too many, without waiting for anything.
fn send_away(stream: TcpStream) {
    let Some(code) = ReplyCode::new(421) else {
        return;
    };
    let mut reply = Vec::new();
    write_reply(&mut reply, code, b"Too many sessions; try again later.");
    if let Ok(mut stream) = stream.into_std() {
        // The buffer of a new connection has room for it; a client that has gone needs none.
        let _ = stream.write(&reply);
        let _ = stream.shutdown(Shutdown::Write);
    }
}

/// Whether an error of `accept` says that a client has gone before it was accepted.
fn is_of_the_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// A listener, and where it listens.
fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    net::listen(address)
        .and_then(TcpListener::from_std)
        .and_then(|listener| {
            let at = listener.local_addr()?;
            Ok((listener, at))
        })
        .map_err(|error| BindError::new(address, error))
}

/// One port of all addresses. A machine without one of the families has the other.
fn listen_everywhere() -> Result<Vec<(TcpListener, SocketAddr)>, BindError> {
    let Ok(first) = listen((Ipv6Addr::UNSPECIFIED, 0).into()) else {
        return Ok(vec![listen((Ipv4Addr::UNSPECIFIED, 0).into())?]);
    };
    let second = listen((Ipv4Addr::UNSPECIFIED, first.1.port()).into());
    Ok(std::iter::once(first).chain(second).collect())
}

const PAUSE: Duration = Duration::from_millis(100);
