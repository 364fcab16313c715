//! Listeners of passive mode, lent to one session at a time.
//!
//! To bind a port for each transfer costs several calls, and in a range of ports a walk through
//! the connections that a port still remembers. A listener that has served stays open for a while
//! and is lent again.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::dtp::{Lease, Lender};
use crate::net::{self, PortRange};

/// The listeners of a server.
#[derive(Debug)]
pub(super) struct Leases {
    ports: Option<PortRange>,
    /// How many are kept for each address.
    kept: usize,
    pools: Mutex<HashMap<IpAddr, Pool>>,
}

/// The listeners at one address.
#[derive(Debug, Default)]
struct Pool {
    /// Nobody uses these now.
    idle: Vec<Idle>,
    /// The ports of these and of those that are lent.
    open: BTreeSet<u16>,
}

#[derive(Debug)]
struct Idle {
    listener: TcpListener,
    at: SocketAddr,
    since: Instant,
}

impl Leases {
    pub(super) fn new(ports: Option<PortRange>, kept: usize) -> Self {
        Self {
            ports,
            kept,
            pools: Mutex::default(),
        }
    }

    /// A listener at the address of `local`, at a port that nobody foresees (RFC 2577 §8).
    pub(super) fn lend(self: &Arc<Self>, local: SocketAddr) -> io::Result<(SocketAddr, Lease)> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = pools.entry(local.ip()).or_default();
        // A few to choose from, or else the next port would be known.
        let enough = self
            .ports
            .map_or(CHOICE, |ports| CHOICE.min(ports.count() as usize));
        while pool.idle.len() >= enough {
            if let Some((listener, at)) = pool.take_idle() {
                return Ok(self.lease(listener, at));
            }
        }
        let opened = net::listen_for_data_but_at(local, self.ports, &pool.open)
            .and_then(|listener| Ok((listener.local_addr()?, listener)));
        match opened {
            Ok((at, listener)) => {
                pool.open.insert(at.port());
                Ok(self.lease(listener, at))
            }
            Err(error) => {
                while !pool.idle.is_empty() {
                    if let Some((listener, at)) = pool.take_idle() {
                        return Ok(self.lease(listener, at));
                    }
                }
                Err(error)
            }
        }
    }

    /// Closes those that nobody has used for a while.
    pub(super) fn sweep(&self, now: Instant) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|_, pool| {
            let Pool { idle, open } = pool;
            idle.retain(|listener| {
                let stays = now.saturating_duration_since(listener.since) < IDLE;
                if !stays {
                    open.remove(&listener.at.port());
                }
                stays
            });
            !open.is_empty()
        });
    }

    fn lease(self: &Arc<Self>, listener: TcpListener, at: SocketAddr) -> (SocketAddr, Lease) {
        let lender = Arc::clone(self) as Arc<dyn Lender>;
        (at, Lease::of(lender, at, listener))
    }
}

impl Lender for Leases {
    fn give_back(&self, at: SocketAddr, listener: Option<TcpListener>) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pool) = pools.get_mut(&at.ip()) else {
            return;
        };
        match listener {
            Some(listener) if pool.idle.len() < self.kept => pool.idle.push(Idle {
                listener,
                at,
                since: Instant::now(),
            }),
            // Closed before its port counts as free.
            listener => {
                drop(listener);
                pool.open.remove(&at.port());
            }
        }
    }
}

impl Pool {
    /// Any of the idle ones, and nobody who has connected before it was lent. `None` if the one
    /// that was picked cannot be used, and is closed.
    fn take_idle(&mut self) -> Option<(TcpListener, SocketAddr)> {
        let at = net::random_below(self.idle.len());
        let Idle { listener, at, .. } = self.idle.swap_remove(at);
        for _ in 0..=net::DATA_BACKLOG {
            match net::accept(&listener) {
                Ok(stranger) => drop(stranger),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Some((listener, at));
                }
                Err(_) => break,
            }
        }
        self.open.remove(&at.port());
        None
    }
}

/// From so many idle listeners on, one of them is lent.
const CHOICE: usize = 32;

/// How long nobody uses a listener before it is closed.
const IDLE: Duration = Duration::from_secs(60);

/// How often that is looked for.
pub(super) const SWEEP: Duration = Duration::from_secs(30);

/// How many idle listeners a server keeps for each of its addresses.
pub(super) const KEPT: usize = 64;

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{Ipv4Addr, TcpStream};
    use std::task::{Context, Poll, Waker};

    use super::*;

    const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    fn leases(kept: usize) -> Arc<Leases> {
        Arc::new(Leases::new(None, kept))
    }

    /// Connects to a lease and ends it.
    fn serve((at, mut lease): (SocketAddr, Lease)) -> u16 {
        let client = TcpStream::connect(at).expect("somebody listens");
        await_client(&lease);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(lease.poll_accept(&mut cx), Poll::Ready(Ok(_))));
        drop(client);
        lease.end();
        at.port()
    }

    fn await_client(lease: &Lease) {
        let crate::dtp::Listener::Fresh(listener) = &lease.listener else {
            panic!("nobody has registered it")
        };
        await_readable(listener);
    }

    /// A client that is connected may still be on its way into the listener's queue.
    fn await_readable(listener: &TcpListener) {
        use rustix::event::{PollFd, PollFlags, poll};
        let mut fds = [PollFd::new(listener, PollFlags::IN)];
        poll(&mut fds, None).expect("a socket");
    }

    fn open(leases: &Leases) -> usize {
        let pools = leases.pools.lock().expect("whole");
        pools.values().map(|pool| pool.open.len()).sum()
    }

    #[test]
    fn one_that_has_served_is_lent_again() {
        let leases = leases(KEPT);
        let ports: BTreeSet<u16> = (0..CHOICE)
            .map(|_| serve(leases.lend(HERE).expect("a port")))
            .collect();
        assert_eq!(ports.len(), CHOICE, "a choice before one is lent again");
        for _ in 0..10 {
            assert!(ports.contains(&serve(leases.lend(HERE).expect("a port"))));
        }
        assert_eq!(open(&leases), CHOICE);
    }

    #[test]
    fn one_that_nobody_has_come_to_is_closed() {
        let leases = leases(KEPT);
        let (at, lease) = leases.lend(HERE).expect("a port");
        let early = TcpStream::connect(at).expect("somebody listens");
        drop(lease);
        assert_eq!(open(&leases), 0);
        assert!(TcpStream::connect(at).is_err());
        assert!(matches!((&early).read(&mut [0]), Ok(0) | Err(_)));
    }

    #[test]
    fn no_two_leases_have_the_same_listener() {
        let leases = leases(KEPT);
        for _ in 0..CHOICE {
            serve(leases.lend(HERE).expect("a port"));
        }
        let lent: Vec<(SocketAddr, Lease)> = (0..2 * CHOICE)
            .map(|_| leases.lend(HERE).expect("a port"))
            .collect();
        let ports: BTreeSet<u16> = lent.iter().map(|(at, _)| at.port()).collect();
        assert_eq!(ports.len(), lent.len());
        assert_eq!(open(&leases), CHOICE - 1 + lent.len());
    }

    #[test]
    fn who_connects_before_a_listener_is_lent_is_dropped() {
        let leases = leases(KEPT);
        let ports: Vec<u16> = (0..CHOICE)
            .map(|_| serve(leases.lend(HERE).expect("a port")))
            .collect();
        let early: Vec<TcpStream> = ports
            .iter()
            .map(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).expect("open"))
            .collect();
        for idle in leases.pools.lock().expect("whole")[&HERE.ip()].idle.iter() {
            await_readable(&idle.listener);
        }
        let (at, mut lease) = leases.lend(HERE).expect("a port");
        let client = TcpStream::connect(at).expect("somebody listens");
        await_client(&lease);
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok((_, from))) = lease.poll_accept(&mut cx) else {
            panic!("a client has connected")
        };
        assert_eq!(from, client.local_addr().expect("connected"));
        drop(early);
    }

    #[test]
    fn idle_ones_are_bounded_and_closed_after_a_while() {
        let leases = leases(3);
        let lent: Vec<(SocketAddr, Lease)> =
            (0..5).map(|_| leases.lend(HERE).expect("a port")).collect();
        for lease in lent {
            serve(lease);
        }
        assert_eq!(open(&leases), 3);
        leases.sweep(Instant::now());
        assert_eq!(open(&leases), 3);
        leases.sweep(Instant::now() + IDLE);
        assert_eq!(open(&leases), 0);
    }
}
