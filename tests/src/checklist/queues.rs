//! What lies in the kernel between two sockets on loopback, so that a peer which does not read
//! still sees what the driver does.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Instant;

use rustix::event::{Timespec, poll};
use rustix::net::sockopt::set_socket_recv_buffer_size;

use super::connection::PATIENCE;
use crate::Trouble;

/// Makes what is accepted here take little: a small window, and segments so small that the
/// sender's buffer stays small too. Some 18 KiB then fill it, in place of megabytes.
pub(super) fn narrow(listener: &TcpListener) -> Result<(), Trouble> {
    set_socket_recv_buffer_size(listener, 1)?;
    let segment: libc::c_int = 216;
    // SAFETY: the descriptor is open, as `listener` is borrowed; the value is a c_int that
    // outlives the call, and its size is given.
    let set = unsafe {
        libc::setsockopt(
            listener.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_MAXSEG,
            std::ptr::from_ref(&segment).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    match set {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error().into()),
    }
}

/// Waits until the other end has written this much that was not read at this one.
pub(super) fn await_unread(stream: &TcpStream, at_least: usize) -> Result<(), Trouble> {
    await_queues(stream, "the driver did not write", |here, there| {
        here.unread + there.unsent >= at_least
    })
}

/// Waits until the other end has read everything that this one wrote.
pub(super) fn await_all_read(stream: &TcpStream) -> Result<(), Trouble> {
    await_queues(stream, "the driver did not read", |here, there| {
        here.unsent + there.unread == 0
    })
}

/// Waits until the other end has closed or aborted the connection, without reading anything.
pub(super) fn await_closed(stream: &TcpStream) -> Result<(), Trouble> {
    // A connection that was aborted has no peer any more.
    let (local, Ok(peer)) = (stream.local_addr()?, stream.peer_addr()) else {
        return Ok(());
    };
    await_table("the driver did not close", |table| {
        find(table, peer, local).is_none_or(|there| !there.is_established)
    })
}

/// Bytes in the kernel at one socket.
#[derive(Clone, Copy, Debug, Default)]
struct Queues {
    is_established: bool,
    unsent: usize,
    unread: usize,
}

fn await_queues(
    stream: &TcpStream,
    otherwise: &str,
    holds: impl Fn(Queues, Queues) -> bool,
) -> Result<(), Trouble> {
    let (local, peer) = (stream.local_addr()?, stream.peer_addr()?);
    await_table(otherwise, |table| {
        let both = find(table, local, peer).zip(find(table, peer, local));
        both.is_some_and(|(here, there)| holds(here, there))
    })
}

/// The kernel tells nobody when these numbers change, so they are looked at again and again.
fn await_table(otherwise: &str, holds: impl Fn(&str) -> bool) -> Result<(), Trouble> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if holds(&std::fs::read_to_string("/proc/net/tcp")?) {
            return Ok(());
        }
        let moment = Timespec {
            tv_sec: 0,
            tv_nsec: 2_000_000,
        };
        poll(&mut [], Some(&moment))?;
    }
    Err(Trouble::failed(format_args!(
        "{otherwise} within {PATIENCE:?}"
    )))
}

/// The line of /proc/net/tcp for a socket (proc(5)), IPv4 only.
fn find(table: &str, local: SocketAddr, peer: SocketAddr) -> Option<Queues> {
    let (local, peer) = (hexadecimal(local)?, hexadecimal(peer)?);
    let mut fields = table.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        (fields.next()? == local && fields.next()? == peer).then_some(fields)
    })?;
    let state = fields.next()?;
    let (unsent, unread) = fields.next()?.split_once(':')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    Some(Queues {
        is_established: state == "01",
        unsent: number(unsent)?,
        unread: number(unread)?,
    })
}

fn hexadecimal(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else {
        return None;
    };
    let ip = u32::from_ne_bytes(address.ip().octets());
    Some(format!("{ip:08X}:{:04X}", address.port()))
}
