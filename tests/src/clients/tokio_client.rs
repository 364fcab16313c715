//! The client on tokio: the driver `tokio_driver` of `ftp-io`.

use std::process::Command;

use super::{Errand, Operation};
use crate::Trouble;
use crate::drivers::EXAMPLES;

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    let example = EXAMPLES.iter().find(|example| example.name == NAME);
    let driver = example
        .ok_or_else(|| Trouble::failed("no such driver"))?
        .driver()?;
    let server = errand.server;
    let remote = match errand.operation {
        Operation::List => "files".to_owned(),
        _ => format!("files/{}", errand.remote),
    };
    let (program, before) = driver
        .program
        .split_first()
        .ok_or_else(|| Trouble::failed("a driver without a program"))?;
    let mut command = Command::new(program);
    command
        .args(before)
        .arg("client")
        .arg(server.address.ip().to_string())
        .arg(server.address.port().to_string())
        .args([&server.user, &server.password])
        .args([errand.mode.to_string(), errand.operation.to_string()])
        .arg(remote)
        .arg(errand.local)
        .arg("--verbose");
    Ok(command)
}

const NAME: &str = "tokio_driver";
