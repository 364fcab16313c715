//! Which ports of a host answer: everything that a firewall lets through does, if only by saying
//! that nobody listens.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_recv_buffer_size_force;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, connect, ipproto, recv,
    send, socket_with,
};

use crate::Trouble;

/// Knocks at all 65,535 ports of `host` from the port `from` of the address `own`, within the
/// namespace of the calling thread, and tells which answered. It knocks until those in `expected`
/// have, and some times more for any others.
///
/// # Errors
/// `Failed` of the operating system, or when an expected one does not answer.
pub fn answers(
    own: IpAddr,
    host: IpAddr,
    from: u16,
    expected: &BTreeSet<u16>,
) -> Result<BTreeSet<u16>, Trouble> {
    let socket = raw_socket(own, host)?;
    let mut found = BTreeSet::new();
    let start = Instant::now();
    let mut rounds = 0;
    while rounds < ROUNDS || !expected.is_subset(&found) {
        if start.elapsed() > LONGEST {
            let silent: Vec<_> = expected.difference(&found).collect();
            return Err(Trouble::failed(format_args!("{silent:?} do not answer")));
        }
        for to in 1..=u16::MAX {
            if !found.contains(&to) {
                knock(&socket, own, host, from, to)?;
            }
            if to % BETWEEN_READS == 0 {
                hear(&socket, own, from, Duration::ZERO, &mut found)?;
            }
        }
        hear(&socket, own, from, FOR_LATE_ONES, &mut found)?;
        rounds += 1;
    }
    Ok(found)
}

/// A socket that sends and hears whole segments of TCP, of one peer.
fn raw_socket(own: IpAddr, host: IpAddr) -> Result<OwnedFd, Trouble> {
    let family = match host {
        IpAddr::V4(_) => AddressFamily::INET,
        IpAddr::V6(_) => AddressFamily::INET6,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(family, SocketType::RAW, flags, Some(ipproto::TCP))?;
    set_socket_recv_buffer_size_force(&socket, 16 * 1024 * 1024)?;
    bind(&socket, &SocketAddr::new(own, 0))?;
    connect(&socket, &SocketAddr::new(host, 0))?;
    Ok(socket)
}

/// Sends a segment with SYN (RFC 9293 §3.1).
fn knock(socket: &OwnedFd, own: IpAddr, host: IpAddr, from: u16, to: u16) -> Result<(), Trouble> {
    let mut segment = [0; HEADER];
    segment[0..2].copy_from_slice(&from.to_be_bytes());
    segment[2..4].copy_from_slice(&to.to_be_bytes());
    segment[4..8].copy_from_slice(&u32::from(to).to_be_bytes());
    segment[12] = 5 << 4;
    segment[13] = SYN;
    segment[14..16].copy_from_slice(&1024_u16.to_be_bytes());
    let sum = checksum(own, host, &segment);
    segment[16..18].copy_from_slice(&sum.to_be_bytes());
    loop {
        match send(socket, &segment, SendFlags::empty()) {
            Ok(_) => return Ok(()),
            Err(Errno::AGAIN | Errno::NOBUFS | Errno::INTR) => std::thread::yield_now(),
            // The answer to an earlier knock, by ICMP.
            Err(Errno::CONNREFUSED) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Takes in the answers that are there or come before it was silent for so long.
fn hear(
    socket: &OwnedFd,
    own: IpAddr,
    from: u16,
    silence: Duration,
    found: &mut BTreeSet<u16>,
) -> Result<(), Trouble> {
    let silence = Timespec::try_from(silence).map_err(Trouble::failed)?;
    let mut buffer = [0; 2048];
    loop {
        let mut fds = [PollFd::new(socket, PollFlags::IN)];
        match poll(&mut fds, Some(&silence)) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let length = match recv(socket, &mut buffer, RecvFlags::empty()) {
            Ok((length, _)) => length,
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNREFUSED) => continue,
            Err(error) => return Err(error.into()),
        };
        let packet = buffer.get(..length).unwrap_or_default();
        // A raw socket of IPv4 hears the header of IP too, one of IPv6 does not (RFC 3542 §3).
        let skipped = match (own, packet.first()) {
            (IpAddr::V4(_), Some(first)) => usize::from(first & 15) * 4,
            _ => 0,
        };
        let Some([a, b, c, d, rest @ ..]) = packet.get(skipped..) else {
            continue;
        };
        let flags = rest.get(9).copied().unwrap_or(0);
        if u16::from_be_bytes([*c, *d]) == from && flags & (SYN | RST) != 0 {
            found.insert(u16::from_be_bytes([*a, *b]));
        }
    }
}

/// The checksum of a segment with the pseudo-header of its addresses (RFC 9293 §3.1, RFC 8200 §8.1).
fn checksum(own: IpAddr, host: IpAddr, segment: &[u8]) -> u16 {
    let mut words = Vec::new();
    for address in [own, host] {
        match address {
            IpAddr::V4(ip) => words.extend(ip.octets()),
            IpAddr::V6(ip) => words.extend(ip.octets()),
        }
    }
    words.extend([0, 6, 0, u8::try_from(segment.len()).unwrap_or(0)]);
    words.extend(segment);
    let mut sum: u32 = words
        .chunks_exact(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

/// Bytes in a header of TCP without options.
const HEADER: usize = 20;
const SYN: u8 = 2;
const RST: u8 = 4;
const BETWEEN_READS: u16 = 64;
/// How often a port is knocked at that should not answer.
const ROUNDS: u32 = 2;
/// A packet crosses a veth at once.
const FOR_LATE_ONES: Duration = Duration::from_millis(300);
const LONGEST: Duration = Duration::from_secs(120);
