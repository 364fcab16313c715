//! `ftp-cli stat`: what a server tells of one file or directory.

use std::io::{self, BufWriter, Write};

use bytes::Bytes;
use ftp_io::blocking::Client;
use ftp_io::client::{Error, FtpUrl};
use ftp_proto::Modified;
use ftp_proto::client::OperationError;
use ftp_proto::codec::command::Argument;
use ftp_proto::listing::{Entry, Kind, Metadata};
use serde_json::Value;

use crate::args::Stat;
use crate::connection::{EscapeAsciiText, Visits, each, named};
use crate::fault::Fault;
use crate::ls::json_entry;

pub(crate) fn run(job: &Stat, verbose: bool) -> Result<(), Fault> {
    let mut visits = Visits::new(&job.client, verbose)?;
    let mut objects = Vec::new();
    let outcome = each(&job.urls, |url| {
        let entry = visits
            .at(url, |client| ask(client, url))
            .map_err(|fault| fault.about(named(url)))?;
        if job.json {
            objects.push(json_entry(&entry));
            return Ok(());
        }
        printed(print_lines(&entry))
    });
    if job.json {
        printed(print_json(&objects))?;
    }
    outcome
}

/// MLST tells everything at once. Where there is none, SIZE and MDTM tell of a file, and a
/// directory is what can be entered.
fn ask(client: &mut Client, url: &FtpUrl) -> Result<Entry, Fault> {
    let refused = match client.facts(url.path.clone()) {
        Ok(entry) => return Ok(Entry::new(name(url), &entry.metadata())),
        Err(error @ Error::Operation(OperationError::Refused(_))) => error,
        Err(error) => return Err(error.into()),
    };
    let Some(path) = &url.path else {
        return Ok(directory(url));
    };
    let size = known(client.size(path.clone()))?;
    let modified = known(client.modified(path.clone()))?;
    if size.is_none() && modified.is_none() {
        return match enters(client, path)? {
            true => Ok(directory(url)),
            false => Err(refused.into()),
        };
    }
    let kind = match size {
        Some(_) => Kind::File,
        None => Kind::Unknown,
    };
    let metadata = Metadata {
        kind,
        size,
        modified: modified.map(Modified::utc),
        ..Metadata::default()
    };
    Ok(Entry::new(name(url), &metadata))
}

/// Whether there is a directory of that name. Where the session was is where it ends.
fn enters(client: &mut Client, path: &Argument) -> Result<bool, Fault> {
    let before = Argument::new(client.working_directory()?).map_err(Error::from)?;
    let entered = known(client.change_directory(path.clone()))?.is_some();
    if entered {
        client.change_directory(before)?;
    }
    Ok(entered)
}

/// A server that refuses to tell is not a failure.
fn known<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Operation(OperationError::Refused(_) | OperationError::Unreadable { .. })) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn directory(url: &FtpUrl) -> Entry {
    let metadata = Metadata {
        kind: Kind::Directory,
        ..Metadata::default()
    };
    Entry::new(name(url), &metadata)
}

/// As the address has it: servers differ in whether MLST tells a whole path.
fn name(url: &FtpUrl) -> Bytes {
    url.path
        .as_ref()
        .map_or(Bytes::from_static(b"/"), Argument::to_bytes)
}

fn print_lines(entry: &Entry) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(out, "{}", entry.name().escape_ascii_text())?;
    if let Value::Object(object) = json_entry(entry) {
        for (key, value) in object.iter().filter(|(key, _)| !key.starts_with("name")) {
            match value {
                Value::String(text) => {
                    writeln!(out, "  {key:<9} {}", text.as_bytes().escape_ascii_text())?;
                }
                other => writeln!(out, "  {key:<9} {other}")?,
            }
        }
    }
    out.flush()
}

fn print_json(objects: &[Value]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, objects)?;
    writeln!(out)?;
    out.flush()
}

fn printed(result: io::Result<()>) -> Result<(), Fault> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Fault::new(format!("cannot print: {error}")))
        }
        // Whoever reads has seen enough.
        _ => Ok(()),
    }
}
