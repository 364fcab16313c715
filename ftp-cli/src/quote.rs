//! `ftp-cli quote`: sends commands as they are, and prints what the server says to them.

use std::io::{self, Write};

use bytes::Bytes;
use ftp_io::blocking::Client;
use ftp_io::client::Error;
use ftp_proto::UsageError;
use ftp_proto::client::OperationError;
use ftp_proto::codec::command::Command;
use ftp_proto::codec::reply::Reply;

use crate::args::Quote;
use crate::connection::{Visits, reply_lines};
use crate::fault::{Exit, Fault};

pub(crate) fn run(job: &Quote, verbose: bool) -> Result<(), Fault> {
    let commands = job
        .commands
        .iter()
        .map(|line| command(line))
        .collect::<Result<Vec<_>, _>>()?;
    let mut visits = Visits::new(&job.client, verbose)?;
    visits.at(&job.url, |client| {
        if let Some(path) = &job.url.path {
            client.change_directory(path.clone())?;
        }
        commands
            .into_iter()
            .try_for_each(|command| send(client, command))
    })
}

fn command(line: &str) -> Result<Command, Fault> {
    Command::decode(&Bytes::copy_from_slice(line.as_bytes()))
        .map_err(|error| Fault::usage(format!("{line:?} is no command: {error}")))
}

/// A refusal is printed as every reply is, and ends it.
fn send(client: &mut Client, command: Command) -> Result<(), Fault> {
    let verb = String::from_utf8_lossy(command.verb()).into_owned();
    match client.command(command) {
        Ok(reply) => print(&reply),
        Err(Error::Operation(OperationError::Refused(reply))) => {
            print(&reply)?;
            Err(Fault::said(Exit::Refused))
        }
        Err(Error::Usage(UsageError::NotRaw)) => Err(Fault::usage(format!(
            "{verb} takes part in a session and cannot be sent by itself"
        ))
        .advise("Use get, put, ls and the other commands of this tool for it.")),
        Err(error) => Err(error.into()),
    }
}

fn print(reply: &Reply) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    let written = reply_lines(reply)
        .iter()
        .try_for_each(|line| writeln!(out, "{line}"))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::new(format!("cannot print the reply: {error}")))
        }
        _ => Ok(()),
    }
}
