//! The client on tokio as a program that the checklist of drivers and real servers can be met with:
//!
//! `tokio_driver client HOST PORT USER PASSWORD passive|active|auto VERB REMOTE LOCAL [--impatient]
//! [--verbose]`, where VERB is `get`, `resume-get`, `put`, `resume-put` or `list`.

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;
use std::time::Duration;

use ftp_io::Client;
use ftp_io::client::{ClientOptions, Download, Notice, Observer, Upload};
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
    let (flags, arguments): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let [role, host, port, user, password, mode, verb, remote, local] = arguments.as_slice() else {
        return Err("expected: client HOST PORT USER PASSWORD MODE VERB REMOTE LOCAL".into());
    };
    if role != "client" {
        return Err("this driver has no server".into());
    }
    let mut options = ClientOptions {
        data: match mode.as_str() {
            "active" => DataPolicy::Active,
            "auto" => DataPolicy::Auto,
            _ => DataPolicy::Passive,
        },
        ..ClientOptions::default()
    };
    if has("--verbose") {
        options.observer = Some(Observer::new(|notice| match notice {
            Notice::Sent(line) => eprintln!("> {}", line.escape_ascii()),
            Notice::Received(reply) => eprintln!("< {}", reply.code()),
            _ => {}
        }));
    }
    if has("--impatient") {
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
    match verb.as_str() {
        "get" => {
            let mut file = File::create(local)?;
            client.retrieve(remote, &mut file).await?;
        }
        "resume-get" => {
            let download = Download::new(remote, local)?.resume();
            client.download_with(download, |_| {}).await?;
        }
        "put" => {
            let store = Store::new(StoreAs::Whole(Argument::try_from(remote.as_str())?));
            client.store(store, &mut File::open(local)?).await?;
        }
        "resume-put" => {
            let upload = Upload::new(local, remote)?.resume();
            client.upload_with(upload, |_| {}).await?;
        }
        "list" => {
            client.change_directory(remote).await?;
            let mut entries = client.entries(None).await?;
            while let Some(entry) = entries.next().await {
                let entry = entry?;
                let size = entry.size().unwrap_or(0);
                println!("{size} {}", String::from_utf8_lossy(entry.name()));
            }
        }
        _ => return Err("expected: get, resume-get, put, resume-put or list".into()),
    }
    Ok(client.quit().await?)
}
