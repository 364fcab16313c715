//! What crosses the network while a client visits a server, as the hosts' own interfaces see it: who
//! opens connections to whom, what is said in clear, and where a packet is seen last.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::os::fd::OwnedFd;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_recv_buffer_size_force;
use rustix::net::{AddressFamily, Protocol, RecvFlags, SocketFlags, SocketType, recv, socket_with};

use super::namespace::Namespace;
use crate::Trouble;

/// Something that an interface has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// The first packet of a connection. Its number stays the same behind NAT.
    Opening {
        number: u32,
        from: SocketAddr,
        to: SocketAddr,
    },
    /// The answer to the first packet with this number.
    Answer { number: u32, accepts: bool },
    /// A line on a control connection.
    Line { by_client: bool, text: String },
    /// Something unreadable on a control connection.
    Hidden,
    /// Bytes on a data connection.
    Data { to: SocketAddr },
}

/// Does something while every one of these hosts listens to its own interfaces; what each has seen,
/// in order.
///
/// # Errors
/// Those of `work`, and `Failed` of the operating system.
pub(super) fn capture<T, const N: usize>(
    hosts: [&Namespace; N],
    work: impl FnOnce() -> Result<T, Trouble>,
) -> Result<(T, [Vec<Sight>; N]), Trouble> {
    let over = AtomicBool::new(false);
    let ready = Barrier::new(N + 1);
    std::thread::scope(|scope| {
        let (over, ready) = (&over, &ready);
        let listeners = hosts.map(|host| {
            scope.spawn(move || {
                host.within(|| {
                    let socket = packet_socket();
                    // Who could not make one must not keep the others waiting.
                    ready.wait();
                    listen(&socket?, over)
                })
            })
        });
        ready.wait();
        let done = work();
        over.store(true, Ordering::Release);
        let mut sights = [const { Vec::new() }; N];
        for (sights, listener) in sights.iter_mut().zip(listeners) {
            *sights = listener
                .join()
                .unwrap_or_else(|_| Err(Trouble::failed("a listener panicked")))?;
        }
        Ok((done?, sights))
    })
}

/// A socket that hears what every interface sends and receives, from the header of IP on.
fn packet_socket() -> Result<OwnedFd, Trouble> {
    let every = NonZeroU32::new(u32::from(EVERY_PROTOCOL.to_be())).map(Protocol::from_raw);
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::PACKET, SocketType::DGRAM, flags, every)?;
    set_socket_recv_buffer_size_force(&socket, 16 * 1024 * 1024)?;
    Ok(socket)
}

fn listen(socket: &OwnedFd, over: &AtomicBool) -> Result<Vec<Sight>, Trouble> {
    let mut reader = Reader::default();
    let mut buffer = vec![0; 65_536];
    let pause = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    loop {
        // What was sent before the end is in the socket by then.
        let is_over = over.load(Ordering::Acquire);
        let mut fds = [PollFd::new(socket, PollFlags::IN)];
        match poll(&mut fds, Some(&pause)) {
            Ok(0) if is_over => return Ok(reader.sights),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        match recv(socket, &mut buffer, RecvFlags::empty()) {
            Ok((length, _)) => {
                // What is no TCP, or is cut short, is of no interest.
                let _ = reader.packet(buffer.get(..length).unwrap_or_default());
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Makes sense of packets.
#[derive(Default)]
struct Reader {
    sights: Vec<Sight>,
    /// What of each direction of a control connection is known, and not yet a line.
    said: BTreeMap<(SocketAddr, SocketAddr), (u32, Vec<u8>)>,
}

impl Reader {
    fn packet(&mut self, packet: &[u8]) -> Option<()> {
        let (protocol, source, destination, rest) = ip(packet)?;
        match protocol {
            ICMP | ICMPV6 => self.refused(rest),
            TCP => self.segment(source, destination, rest),
            _ => None,
        }
    }

    /// A router says that a packet was refused, and encloses its beginning (RFC 792, RFC 4443).
    fn refused(&mut self, message: &[u8]) -> Option<()> {
        let (_, _, _, segment) = ip(message.get(8..)?)?;
        let number = word(segment, 4)?;
        self.see(Sight::Answer {
            number,
            accepts: false,
        });
        Some(())
    }

    fn segment(&mut self, source: IpAddr, destination: IpAddr, segment: &[u8]) -> Option<()> {
        let port = |at: usize| {
            Some(u16::from_be_bytes([
                *segment.get(at)?,
                *segment.get(at + 1)?,
            ]))
        };
        let from = SocketAddr::new(source, port(0)?);
        let to = SocketAddr::new(destination, port(2)?);
        let (number, acknowledged) = (word(segment, 4)?, word(segment, 8)?);
        let header = usize::from(*segment.get(12)? >> 4) * 4;
        let flags = *segment.get(13)?;
        let payload = segment.get(header..)?;
        match (flags & SYN != 0, flags & ACK != 0, flags & RST != 0) {
            (true, false, _) => self.see(Sight::Opening { number, from, to }),
            (true, true, _) => self.see(Sight::Answer {
                number: acknowledged.wrapping_sub(1),
                accepts: true,
            }),
            // One that ends a connection answers to no first packet, and is looked over.
            (false, true, true) => self.see(Sight::Answer {
                number: acknowledged.wrapping_sub(1),
                accepts: false,
            }),
            _ if payload.is_empty() => {}
            _ if from.port() == CONTROL || to.port() == CONTROL => {
                self.say(from, to, number, payload);
            }
            _ => self.see(Sight::Data { to }),
        }
        Some(())
    }

    /// Takes what is said on a control connection.
    fn say(&mut self, from: SocketAddr, to: SocketAddr, number: u32, payload: &[u8]) {
        let (next, bytes) = self.said.entry((from, to)).or_insert((number, Vec::new()));
        if *next != number {
            // Sent again.
            return;
        }
        *next = number.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
        bytes.extend(payload);
        let mut found = Vec::new();
        let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n');
        if !bytes.iter().all(is_text) {
            bytes.clear();
            found.push(Sight::Hidden);
        }
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            found.push(Sight::Line {
                by_client: to.port() == CONTROL,
                text: String::from_utf8_lossy(&line).trim_end().to_owned(),
            });
        }
        for sight in found {
            // The same line may be said again, an unreadable one need not be told twice.
            match sight {
                Sight::Hidden => self.see(sight),
                sight => self.sights.push(sight),
            }
        }
    }

    /// Once: a packet that is sent again, or forwarded, is seen more often.
    fn see(&mut self, sight: Sight) {
        let is_known = |known: &Sight| match (known, &sight) {
            (Sight::Opening { number: one, .. }, Sight::Opening { number: other, .. }) => {
                one == other
            }
            (known, sight) => known == sight,
        };
        if !self.sights.iter().any(is_known) {
            self.sights.push(sight);
        }
    }
}

/// The protocol, the addresses, and what follows the header of IP.
fn ip(packet: &[u8]) -> Option<(u8, IpAddr, IpAddr, &[u8])> {
    match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet.first()? & 15) * 4;
            let at = |start: usize| {
                let bytes: [u8; 4] = packet.get(start..start + 4)?.try_into().ok()?;
                Some(IpAddr::V4(Ipv4Addr::from(bytes)))
            };
            Some((*packet.get(9)?, at(12)?, at(16)?, packet.get(header..)?))
        }
        6 => {
            let at = |start: usize| {
                let bytes: [u8; 16] = packet.get(start..start + 16)?.try_into().ok()?;
                Some(IpAddr::V6(Ipv6Addr::from(bytes)))
            };
            Some((*packet.get(6)?, at(8)?, at(24)?, packet.get(40..)?))
        }
        _ => None,
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// `ETH_P_ALL` of packet(7).
const EVERY_PROTOCOL: u16 = 3;
const ICMP: u8 = 1;
const TCP: u8 = 6;
const ICMPV6: u8 = 58;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;
const CONTROL: u16 = 21;
