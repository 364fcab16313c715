//! Ports for servers that must be told a number before they start.
//!
//! Asking the kernel for a free port and giving it back leaves a moment in which another process
//! can take it, and a passive range needs several in a row. Blocks are therefore taken from below
//! the range that the kernel hands out by itself, and a block is held by a name in the abstract
//! socket namespace: it spans users and processes, belongs to the same network namespace as the
//! ports, and vanishes with its holder.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::ops::RangeInclusive;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Ports in a row, held until dropped: one for active data connections (RFC 959 §5.2 puts it one
/// below the control port), one for control connections, the others for passive mode.
#[derive(Debug)]
pub(crate) struct PortBlock {
    first: u16,
    _hold: UnixListener,
}

impl PortBlock {
    /// Holds a block whose ports are all free.
    ///
    /// # Errors
    /// `AddrInUse` when every block is held or in use.
    pub(crate) fn reserve() -> io::Result<Self> {
        let blocks = (ephemeral_start() - LOWEST) / SIZE;
        // Neighbouring tests start at different blocks, so that a port just used rests a while.
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let start = std::process::id() % u32::from(blocks);
        for _ in 0..blocks {
            let turn = u32::from(NEXT.fetch_add(1, Ordering::Relaxed)) * 7;
            let block = u16::try_from((start + turn) % u32::from(blocks)).unwrap_or(0);
            let first = LOWEST + block * SIZE;
            let name = SocketAddr::from_abstract_name(format!("ftp-tests-ports-{first}"))?;
            let Ok(hold) = UnixListener::bind_addr(&name) else {
                continue;
            };
            if (first..first + SIZE).all(is_free) {
                return Ok(Self { first, _hold: hold });
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "no free block of ports",
        ))
    }

    pub(crate) fn control(&self) -> u16 {
        self.first + 1
    }

    pub(crate) fn passive(&self) -> RangeInclusive<u16> {
        self.first + 2..=self.first + SIZE - 1
    }
}

fn is_free(port: u16) -> bool {
    let bound = |ip: IpAddr| match TcpListener::bind((ip, port)) {
        Ok(_) => true,
        // A machine without IPv6 says nothing about the port.
        Err(error) => error.kind() == io::ErrorKind::AddrNotAvailable,
    };
    bound(Ipv4Addr::LOCALHOST.into()) && bound(Ipv6Addr::LOCALHOST.into())
}

/// The first port that the kernel gives to a socket that asks for none.
fn ephemeral_start() -> u16 {
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|range| range.split_whitespace().next()?.parse().ok())
        .filter(|&start| start >= LOWEST + 4 * SIZE)
        .unwrap_or(32768)
}

const LOWEST: u16 = 10240;
const SIZE: u16 = 20;

#[cfg(test)]
mod tests {
    use super::PortBlock;

    #[test]
    fn two_blocks_share_no_port() {
        let one = PortBlock::reserve().unwrap();
        let two = PortBlock::reserve().unwrap();
        assert!(!one.passive().contains(two.passive().start()));
        assert_ne!(one.control(), two.control());
    }
}
