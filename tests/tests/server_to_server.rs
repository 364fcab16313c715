//! A file from one server to another (RFC 959 §5.2), by the blocking client, between every two kinds
//! of server that take active and passive mode.

use std::process::ExitCode;

use ftp_io::blocking::Client;
use ftp_io::client::ClientOptions;
use ftp_proto::client::{Login, StoreAs};
use ftp_tests::peers::{Peer, Server};
use ftp_tests::{Family, Trouble, trial};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let servers = [Peer::FtpCli, Peer::ProFtpd, Peer::PureFtpd, Peer::Vsftpd];
    let mut rows = Vec::new();
    for family in Family::ALL {
        for sender in servers {
            for receiver in servers {
                let name = format!("{sender}::to::{receiver}::{family}");
                rows.push(trial(name, move || relays(sender, receiver, family)));
            }
        }
    }
    libtest_mimic::run(&Arguments::from_args(), rows).exit_code()
}

fn relays(sender: Peer, receiver: Peer, family: Family) -> Result<(), Trouble> {
    let (sender, receiver) = (sender.start(family)?, receiver.start(family)?);
    let content: Vec<u8> = (0..300_000u32).map(|at| (at / 3) as u8).collect();
    sender.place("original", &content)?;
    let (mut from, mut to) = (client(&sender)?, client(&receiver)?);
    let target = StoreAs::Whole(path("copy")?);
    let relayed = from.relay(path("original")?, &mut to, target);
    relayed
        .map_err(Trouble::failed)
        .and_then(|_| match receiver.content("copy")? == content {
            true => Ok(()),
            false => Err(Trouble::failed("the copy is another file")),
        })
        // Both sessions know where they are.
        .and_then(|()| Ok((from.noop().map_err(Trouble::failed)?, to.noop())))
        .and_then(|(_, noop)| noop.map_err(Trouble::failed))
        .map_err(|trouble| trouble.with(sender.log()).with(receiver.log()))?;
    Ok(())
}

fn client(server: &Server) -> Result<Client, Trouble> {
    let host = server.address.ip().to_string();
    let port = server.address.port();
    let connected = Client::connect(&host, port, ClientOptions::default());
    let mut client = connected.map_err(Trouble::failed)?;
    let user = server.user.as_str().try_into().map_err(Trouble::failed)?;
    let password = server.password.as_str().try_into();
    let login = Login::new(user, password.map_err(Trouble::failed)?);
    client.login(login).map_err(Trouble::failed)?;
    Ok(client)
}

fn path(name: &str) -> Result<ftp_proto::codec::command::Argument, Trouble> {
    format!("files/{name}")
        .as_str()
        .try_into()
        .map_err(Trouble::failed)
}
