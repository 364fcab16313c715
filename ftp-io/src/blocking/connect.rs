//! Making a control connection, over whichever of a host's addresses answers first.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Instant as Clock;

use rustix::event::{PollFd, PollFlags, poll};

use super::driver::timespec;
use crate::client::{ClientOptions, Error, Interrupt, Race};
use crate::net;

/// Connects to a host by name or address. The options' time does not count what finding the
/// addresses of a name takes.
pub(super) fn connect(host: &str, port: u16, options: &ClientOptions) -> Result<TcpStream, Error> {
    let addresses = resolve(host, port).map_err(|source| Error::Resolve {
        host: host.to_owned(),
        source,
    })?;
    let from = options.local_address;
    let mut race = Race::new(host, addresses, from, options.connect_timeout)?;
    let begun = Clock::now();
    let mut attempts: Vec<(SocketAddr, TcpStream)> = Vec::new();
    loop {
        while let Some(address) = race.begin(begun.elapsed(), attempts.len()) {
            match net::connect(from.map(|ip| SocketAddr::new(ip, 0)), address) {
                Ok(connecting) => attempts.push((address, connecting.stream)),
                Err(error) => race.fail(address, error),
            }
        }
        let running = attempts.iter().map(|(address, _)| *address);
        if let Some(error) = race.lost(begun.elapsed(), running) {
            return Err(error);
        }
        let mut timeout = race.due().saturating_sub(begun.elapsed());
        if let Some(interrupt) = &options.interrupt {
            if interrupt.gives_up() {
                return Err(Error::Interrupted);
            }
            timeout = timeout.min(Interrupt::LONGEST_WAIT);
        }
        let timeout = timespec(timeout);
        let mut fds: Vec<PollFd<'_>> = attempts
            .iter()
            .map(|(_, stream)| PollFd::new(stream, PollFlags::OUT))
            .collect();
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Error::Control(error.into())),
        }
        let mut at = 0;
        while let Some((address, stream)) = attempts.get(at) {
            match net::connected(stream) {
                Ok(false) => at += 1,
                Ok(true) => return Ok(attempts.swap_remove(at).1),
                Err(error) => {
                    race.fail(*address, error);
                    attempts.remove(at);
                }
            }
        }
    }
}

fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match host.parse::<IpAddr>() {
        Ok(ip) => Ok(vec![SocketAddr::new(ip, port)]),
        Err(_) => Ok((host, port).to_socket_addrs()?.collect()),
    }
}
