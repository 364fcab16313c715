//! `ftp-cli demo`: a server and a client in one process, on loopback ports that it picks. It moves
//! real files in passive and in active mode, and draws who connected to whom.

mod drawing;
mod files;
mod server;
mod visit;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use ftp_proto::DataMode;

use crate::fault::Fault;
use files::Files;
use server::Served;
use visit::Cover;

pub(crate) fn run() -> Result<(), Fault> {
    println!(
        "FTP moves files over a second connection, the data connection. Who opens it is the\n\
         difference between passive and active mode. Watch the ports: every one drawn here is\n\
         what the kernel told at both ends. Each mode is shown in clear and under TLS.\n"
    );
    let files = Files::make()?;
    let addresses = loopback_addresses();
    let served = Served::start(files.root(), &addresses)?;
    let mut moved = 0;
    let mut took = Duration::ZERO;
    for address in served.addresses() {
        for (mode, cover) in [
            (DataMode::Passive, Cover::Clear),
            (DataMode::Active, Cover::Clear),
            (DataMode::Passive, Cover::Tls(served.fingerprint())),
            (DataMode::Active, Cover::Tls(served.fingerprint())),
        ] {
            let started = Instant::now();
            let visit = visit::make(*address, mode, cover, &files)?;
            took += started.elapsed();
            moved += visit.bytes;
            let at_server = served.take_routes();
            agree(&visit.routes, &at_server)?;
            println!("{}", drawing::draw(&visit));
            println!("{}\n", visit.summary());
        }
    }
    if !addresses.iter().any(IpAddr::is_ipv6) {
        println!("This machine has no IPv6 on its loopback interface; only IPv4 was shown.\n");
    }
    let rate = moved as f64 / took.as_secs_f64().max(f64::EPSILON) / 1e6;
    println!(
        "{} MB in {:.1} s, checksums and logins included: {rate:.0} MB/s",
        moved / 1_000_000,
        took.as_secs_f64()
    );
    println!("ok");
    Ok(())
}

/// The loopback addresses that this machine has.
fn loopback_addresses() -> Vec<IpAddr> {
    [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ]
    .into_iter()
    .filter(|ip| TcpListener::bind(SocketAddr::new(*ip, 0)).is_ok())
    .collect()
}

/// Both ends must tell the same of every data connection.
fn agree(client: &[visit::Ends], server: &[visit::Ends]) -> Result<(), Fault> {
    let mirrored: Vec<visit::Ends> = server.iter().map(|ends| ends.seen_from_peer()).collect();
    if client == mirrored {
        return Ok(());
    }
    Err(Fault::new(format!(
        "the two ends tell different things of the data connections: \
         the client {client:?}, the server {server:?}"
    )))
}
