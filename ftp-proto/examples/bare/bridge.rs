//! The network stack of the bare driver where there are sockets: it carries bytes between them and
//! the driver's queues. It makes the bare driver a program like the others.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use ftp_proto::{Closing, Instant, LocalFailure, OpId, Session};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;

use crate::driver::{Application, Driver, Turn};
use crate::link::{Link, Net, Port, Queue};
use crate::shared::sockets::{self, failure};
use crate::shared::{self, Clock, Driven, Object, local_failure};

/// Drives a session with the bare driver over a control connection.
pub fn drive<A: shared::Application>(
    control: TcpStream,
    session: &mut A::Session,
    app: &mut A,
) -> Driven {
    sockets::prepare_control(&control)?;
    let control = control.into();
    let (listener, data, open) = (None, None, None);
    let mut sockets = Sockets {
        control,
        listener,
        data,
    };
    let mut files = Files { app, open };
    let local = session.addresses().local;
    let mut driver = Driver::new(session, &mut files);
    let mut net = Net::new(local, CAPACITY);
    let clock = Clock::start();
    loop {
        let now = clock.now();
        let turn = driver.turn(&mut net, now);
        // Also after the last turn: what is said last is still in the queue.
        let has_moved = sockets.tend(&mut net);
        match turn? {
            Turn::Closed => return Ok(()),
            Turn::Idle(deadline) if !has_moved => sockets.wait(&net, deadline, now)?,
            _ => {}
        }
    }
}

/// The sockets of one session. All are nonblocking.
struct Sockets {
    control: Socket,
    listener: Option<Socket>,
    data: Option<Socket>,
}

impl Sockets {
    /// Carries out what the program wants, and carries bytes. Whether anything came of it.
    fn tend(&mut self, net: &mut Net) -> bool {
        if let Some(how) = net.parted.take() {
            self.listener = None;
            if let Some(socket) = self.data.take() {
                sockets::part(&socket, how);
            }
        }
        let before = net.port;
        net.port = self.step(net).unwrap_or_else(|error| match error.kind() {
            ErrorKind::WouldBlock => before,
            _ => Port::Failed(failure(&error)),
        });
        let has_carried = match (&self.data, net.port) {
            (Some(socket), Port::Open) => carry(socket, &mut net.data),
            _ => false,
        };
        carry(&self.control, &mut net.control) | has_carried | (net.port != before)
    }

    /// Gets on with what the program wants of its port.
    fn step(&mut self, net: &Net) -> io::Result<Port> {
        Ok(match (net.port, &self.data, &self.listener) {
            (Port::Bind(local), ..) => {
                let (listener, bound) = sockets::listen(local)?;
                self.listener = Some(listener);
                Port::Listening(bound)
            }
            (Port::Listening(bound), _, Some(listener)) => {
                // Whoever came before was a stranger.
                self.data = None;
                let (socket, from) = sockets::accept(listener)?;
                self.data = Some(socket);
                Port::Came { bound, from }
            }
            (Port::Connect { local, to }, ..) => {
                self.data = Some(sockets::connect(local, to)?);
                Port::Connecting
            }
            (Port::Connecting, Some(socket), _) => {
                sockets::connected(socket)?;
                Port::Open
            }
            (Port::Open, ..) => {
                self.listener = None;
                Port::Open
            }
            (port, ..) => port,
        })
    }

    /// Waits until the program can go on or its deadline has come.
    fn wait(&self, net: &Net, deadline: Option<Instant>, now: Instant) -> io::Result<()> {
        let data = match (net.port, &self.listener, &self.data) {
            (Port::Listening(_), Some(listener), _) => Some((listener, PollFlags::IN)),
            (Port::Connecting, _, Some(socket)) => Some((socket, PollFlags::OUT)),
            (Port::Open, _, Some(socket)) => Some((socket, wants(&net.data))),
            _ => None,
        };
        let all = [Some((&self.control, wants(&net.control))), data];
        // A connection that broke is ready for ever, also for nothing.
        let all = all
            .into_iter()
            .flatten()
            .filter(|(_, flags)| !flags.is_empty());
        let mut waited: Vec<_> = all
            .map(|(socket, flags)| PollFd::new(socket, flags))
            .collect();
        let patience = deadline.map(|at| Timespec::try_from(at.saturating_since(now)));
        poll(&mut waited, patience.and_then(Result::ok).as_ref())?;
        Ok(())
    }
}

/// What a connection is watched for.
fn wants(link: &Link) -> PollFlags {
    let mut flags = PollFlags::empty();
    flags.set(
        PollFlags::IN,
        link.inbound.room() > 0 && !link.inbound.is_closed(),
    );
    flags.set(
        PollFlags::OUT,
        !link.outbound.is_flushed() && !link.outbound.is_broken,
    );
    flags
}

/// Carries bytes between a socket and the queues until one of them takes no more; whether any.
fn carry(socket: &Socket, link: &mut Link) -> bool {
    send(socket, &mut link.outbound) | receive(socket, &mut link.inbound)
}

fn send(socket: &Socket, queue: &mut Queue) -> bool {
    let mut has_sent = false;
    while !queue.is_flushed() && !queue.is_broken {
        let closed = queue.take_closed();
        let sent = match (queue.first(), closed) {
            (_, Some(Closing::Orderly)) => socket.shutdown(Shutdown::Write).map(|()| 0),
            (_, Some(Closing::Reset)) => {
                sockets::part(socket, Closing::Reset);
                Ok(0)
            }
            ((bytes, true), None) => sockets::send_urgent(socket, bytes),
            ((bytes, false), None) => socket.send(bytes),
        };
        match sent {
            Ok(sent) => queue.taken(sent),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => queue.is_broken = true,
        }
        has_sent = true;
    }
    has_sent
}

fn receive(mut socket: &Socket, queue: &mut Queue) -> bool {
    let mut has_come = false;
    let mut piece = vec![0; CAPACITY];
    while queue.room() > 0 && !queue.is_closed() {
        let room = queue.room().min(piece.len());
        match socket.read(&mut piece[..room]) {
            Ok(0) => queue.close(Closing::Orderly),
            Ok(read) => drop(queue.write(&piece[..read])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => queue.close(Closing::Reset),
        }
        has_come = true;
    }
    has_come
}

/// The application of a program with files.
struct Files<'a, A> {
    app: &'a mut A,
    open: Option<(OpId, BufReader<Box<dyn Object>>)>,
}

impl<A: shared::Application> Files<'_, A> {
    fn of(&mut self, op: OpId) -> Result<&mut BufReader<Box<dyn Object>>, LocalFailure> {
        if self.open.as_ref().is_none_or(|(of, _)| *of != op) {
            let object = self.app.object(op).ok_or(LocalFailure::Other)?;
            self.open = Some((op, BufReader::with_capacity(CAPACITY, object)));
        }
        let open = self.open.as_mut().map(|(_, file)| file);
        open.ok_or(LocalFailure::Other)
    }
}

impl<A: shared::Application> Application<A::Session> for Files<'_, A> {
    fn tell(&mut self, session: &mut A::Session, event: <A::Session as Session>::Event) {
        self.app.tell(session, event);
    }

    fn next(&mut self, op: OpId) -> Result<&[u8], LocalFailure> {
        self.of(op)?
            .fill_buf()
            .map_err(|error| local_failure(&error))
    }

    fn skip(&mut self, op: OpId, bytes: usize) {
        if let Ok(file) = self.of(op) {
            file.consume(bytes);
        }
    }

    fn append(&mut self, op: OpId, bytes: &[u8]) -> Result<(), LocalFailure> {
        let written = self.of(op)?.get_mut().write_all(bytes);
        written.map_err(|error| local_failure(&error))
    }
}

/// Bytes that a queue holds.
const CAPACITY: usize = 65_536;
