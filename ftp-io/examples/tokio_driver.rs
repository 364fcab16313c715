//! The client on tokio as a program that the checklist of drivers can be run against:
//!
//! `tokio_driver client HOST PORT USER PASSWORD passive|active get|put REMOTE LOCAL [--impatient]`

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;
use std::time::Duration;

use ftp_io::Client;
use ftp_io::client::ClientOptions;
use ftp_proto::client::{DataPolicy, Login, Store, StoreAs};
use ftp_proto::codec::command::{Argument, Password};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let before = arguments.len();
    arguments.retain(|argument| argument != "--impatient");
    let is_impatient = arguments.len() < before;
    let [role, host, port, user, password, mode, verb, remote, local] = arguments.as_slice() else {
        return Err("expected: client HOST PORT USER PASSWORD MODE get|put REMOTE LOCAL".into());
    };
    if role != "client" {
        return Err("this driver has no server".into());
    }
    let mut options = ClientOptions {
        data: match mode.as_str() {
            "active" => DataPolicy::Active,
            _ => DataPolicy::Passive,
        },
        ..ClientOptions::default()
    };
    if is_impatient {
        let timeouts = &mut options.timeouts;
        for deadline in [
            &mut timeouts.greeting,
            &mut timeouts.reply,
            &mut timeouts.final_reply,
            &mut timeouts.data_open,
            &mut timeouts.stall,
            &mut timeouts.abort,
            &mut timeouts.send,
        ] {
            *deadline = Duration::from_secs(1);
        }
    }
    let mut client = Client::connect(host, port.parse()?, options).await?;
    let login = Login::new(
        Argument::try_from(user.as_str())?,
        Password::try_from(password.as_str())?,
    );
    client.login(login).await?;
    let remote = Argument::try_from(remote.as_str())?;
    match verb.as_str() {
        "get" => {
            let mut file = File::create(local)?;
            client.retrieve(remote, &mut file).await?
        }
        _ => {
            let mut file = File::open(local)?;
            client
                .store(Store::new(StoreAs::Whole(remote)), &mut file)
                .await?
        }
    };
    Ok(client.quit().await?)
}
