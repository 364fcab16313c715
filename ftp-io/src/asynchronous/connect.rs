//! Making a control connection, over whichever of a host's addresses answers first.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::task::{Context, Poll};

use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant as Moment, sleep_until, timeout};

use crate::client::{ClientOptions, Error, Race};
use crate::net;

/// Connects to a host by name or address, within the options' time.
pub(super) async fn connect(
    host: &str,
    port: u16,
    options: &ClientOptions,
) -> Result<TcpStream, Error> {
    let begun = Moment::now();
    let addresses = timeout(options.connect_timeout, resolve(host, port)).await;
    let addresses = addresses
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(|source| Error::Resolve {
            host: host.to_owned(),
            source,
        })?;
    let from = options.local_address;
    let race = Race::new(host, addresses, from, options.connect_timeout)?;
    run(race, from, begun).await
}

async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    match host.parse::<IpAddr>() {
        Ok(ip) => Ok(vec![SocketAddr::new(ip, port)]),
        Err(_) => Ok(lookup_host((host, port)).await?.collect()),
    }
}

async fn run(mut race: Race, from: Option<IpAddr>, begun: Moment) -> Result<TcpStream, Error> {
    let mut attempts: Vec<(SocketAddr, TcpStream)> = Vec::new();
    let mut sleep = pin!(sleep_until(begun));
    poll_fn(|cx| {
        loop {
            while let Some(address) = race.begin(begun.elapsed(), attempts.len()) {
                let connecting = net::connect(from.map(|ip| SocketAddr::new(ip, 0)), address);
                match connecting.and_then(|c| TcpStream::from_std(c.stream)) {
                    Ok(stream) => attempts.push((address, stream)),
                    Err(error) => race.fail(address, error),
                }
            }
            let mut at = 0;
            let mut has_failed = false;
            while let Some((address, stream)) = attempts.get(at) {
                match poll_connected(cx, stream) {
                    Poll::Pending => at += 1,
                    Poll::Ready(Ok(())) => return Poll::Ready(Ok(attempts.swap_remove(at).1)),
                    Poll::Ready(Err(error)) => {
                        race.fail(*address, error);
                        attempts.remove(at);
                        has_failed = true;
                    }
                }
            }
            if has_failed {
                continue;
            }
            let running = attempts.iter().map(|(address, _)| *address);
            if let Some(error) = race.lost(begun.elapsed(), running) {
                return Poll::Ready(Err(error));
            }
            sleep.as_mut().reset(begun + race.due());
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}

fn poll_connected(cx: &mut Context<'_>, stream: &TcpStream) -> Poll<io::Result<()>> {
    loop {
        match stream.poll_write_ready(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {}
        }
        let connected = stream.try_io(tokio::io::Interest::WRITABLE, || {
            match net::connected(stream) {
                Ok(true) => Ok(()),
                Ok(false) => Err(io::ErrorKind::WouldBlock.into()),
                Err(error) => Err(error),
            }
        });
        match connected {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return Poll::Ready(done),
        }
    }
}
