//! The asynchronous server as a program that the checklist of drivers can be run against:
//!
//! `tokio_server_driver server DIRECTORY ADDRESS:PORT [--user NAME:PASSWORD] [--impatient]`

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use ftp_io::server::{DataPort, Permissions, Server, User, Users};
use ftp_io::storage::LocalDirectory;
use ftp_proto::Timeouts;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some("server") {
        return Err("this driver has no client".into());
    }
    let directory = arguments.next().ok_or("expected a directory")?;
    let address = arguments.next().ok_or("expected an address")?;
    let mut users = Users::new();
    let mut timeouts = Timeouts::server();
    while let Some(option) = arguments.next() {
        match option.as_str() {
            "--user" => {
                let user = arguments.next().ok_or("expected NAME:PASSWORD")?;
                let (name, password) = user.split_once(':').ok_or("expected NAME:PASSWORD")?;
                users = users.with(User::new(name, password, Permissions::READ_WRITE));
            }
            "--impatient" => {
                for deadline in [
                    &mut timeouts.login,
                    &mut timeouts.idle,
                    &mut timeouts.data_open,
                    &mut timeouts.stall,
                    &mut timeouts.answer,
                    &mut timeouts.send,
                ] {
                    *deadline = Duration::from_secs(1);
                }
            }
            other => return Err(format!("unexpected: {other}").into()),
        }
    }
    let server = Server::builder(Arc::new(LocalDirectory::open(directory)?))
        .users(users)
        .data_port(DataPort::Any)
        .timeouts(timeouts)
        .listen_on(address.parse()?)
        .bind()
        .await?;
    for address in server.local_addresses() {
        println!("listening on {address}");
    }
    server.run().await;
    Ok(())
}
