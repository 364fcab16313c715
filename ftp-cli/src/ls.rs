//! `ftp-cli ls`: lists a directory.

use std::io::{self, BufWriter, Write};

use ftp_io::blocking::Client;
use ftp_io::client::Error;
use ftp_proto::client::OperationError;
use ftp_proto::codec::command::Argument;
use ftp_proto::listing::{Entry, Kind};
use ftp_proto::{DateTime, Modified, Precision, Zone};
use serde_json::{Map, Value, json};

use crate::args::Ls;
use crate::connection::{EscapeAsciiText, Visits, named};
use crate::fault::Fault;

pub(crate) fn run(job: &Ls, verbose: bool) -> Result<(), Fault> {
    let mut visits = Visits::new(&job.client, verbose)?;
    let mut entries = visits
        .at(&job.url, |client| {
            Ok(entries(client, job.url.path.clone())?)
        })
        .map_err(|fault| fault.about(named(&job.url)))?;
    drop(visits);
    entries.retain(|entry| !matches!(entry.kind(), Kind::CurrentDirectory | Kind::ParentDirectory));
    // In place: there may be a hundred thousand.
    entries.sort_unstable_by(|a, b| (a.name(), a.raw()).cmp(&(b.name(), b.raw())));
    let written = if job.json {
        write_json(&entries)
    } else {
        write_lines(&entries)
    };
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::new(format!("cannot write the listing: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// What a directory holds, or the one entry of a file. The directory is entered first: vsftpd
/// answers the listing of one that is not there with 226 and no entries.
fn entries(client: &mut Client, path: Option<Argument>) -> Result<Vec<Entry>, Error> {
    let Some(path) = path else {
        return client.list(None);
    };
    match client.change_directory(path.clone()) {
        Ok(_) => client.list(None),
        Err(refused @ Error::Operation(OperationError::Refused(_))) => {
            match client.list(Some(path))? {
                entries if entries.is_empty() => Err(refused),
                entries => Ok(entries),
            }
        }
        Err(error) => Err(error),
    }
}

/// A line for each entry: kind, size, time, name and target; `?` and the raw line where nothing could be read.
pub(crate) fn write_lines(entries: &[Entry]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for entry in entries {
        if entry.name().is_empty() {
            // A line that could not be read.
            writeln!(out, "? {}", entry.raw().escape_ascii_text())?;
            continue;
        }
        let size = entry.size().map_or(String::from("-"), |s| s.to_string());
        let modified = entry.modified().map_or(String::from("-"), plain_time);
        write!(out, "{} {size:>12} {modified:<16} ", letter(entry.kind()))?;
        write!(out, "{}", entry.name().escape_ascii_text())?;
        if let Some(target) = entry.target() {
            write!(out, " -> {}", target.escape_ascii_text())?;
        }
        writeln!(out)?;
    }
    out.flush()
}

/// A JSON array with an object for each entry.
pub(crate) fn write_json(entries: &[Entry]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    // Made one by one: together the values take several times the memory of their entries. The
    // only line ends in them are those between fields, since strings have theirs escaped.
    let mut before = "[\n  ";
    for entry in entries {
        let object = serde_json::to_string_pretty(&json_entry(entry))?;
        write!(out, "{before}{}", object.replace('\n', "\n  "))?;
        before = ",\n  ";
    }
    out.write_all(if entries.is_empty() { b"[]" } else { b"\n]" })?;
    writeln!(out)?;
    out.flush()
}

/// An entry as JSON: what the listing does not tell is left out. A name that is not UTF-8 comes
/// with its bytes besides.
pub(crate) fn json_entry(entry: &Entry) -> Value {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    let mut object = Map::new();
    object.insert("name".into(), text(entry.name()));
    if std::str::from_utf8(entry.name()).is_err() {
        object.insert("name_bytes".into(), json!(entry.name().to_vec()));
    }
    object.insert("kind".into(), kind_word(entry.kind()).into());
    if let Some(size) = entry.size() {
        object.insert("size".into(), size.into());
    }
    if let Some(modified) = entry.modified() {
        object.insert("modified".into(), iso_time(modified).into());
    }
    if let Some(mode) = entry.mode() {
        object.insert("mode".into(), format!("{mode:04o}").into());
    }
    for (key, value) in [
        ("owner", entry.owner()),
        ("group", entry.group()),
        ("target", entry.target()),
        ("unique", entry.unique()),
    ] {
        if let Some(value) = value {
            object.insert(key.into(), text(value));
        }
    }
    if entry.name().is_empty() {
        object.insert("raw".into(), text(entry.raw()));
    }
    Value::Object(object)
}

const fn letter(kind: Kind) -> char {
    match kind {
        Kind::File => '-',
        Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => 'd',
        Kind::Link => 'l',
        Kind::Other => 'o',
        _ => '?',
    }
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Directory | Kind::CurrentDirectory | Kind::ParentDirectory => "directory",
        Kind::Link => "link",
        Kind::Other => "other",
        _ => "unknown",
    }
}

fn plain_time(modified: Modified) -> String {
    let at = modified.at;
    let day = day(at);
    match modified.precision {
        Precision::Day => day,
        _ => format!("{day} {:02}:{:02}", at.hour(), at.minute()),
    }
}

/// ISO 8601, as exact as it was told; with its zone where that is known.
fn iso_time(modified: Modified) -> String {
    let at = modified.at;
    let mut text = day(at);
    match modified.precision {
        Precision::Day => return text,
        Precision::Minute => text += &format!("T{:02}:{:02}", at.hour(), at.minute()),
        Precision::Second | Precision::Fraction => {
            text += &format!("T{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
        }
    }
    if modified.precision == Precision::Fraction {
        text += &format!(".{:03}", at.nanos() / 1_000_000);
    }
    match modified.zone {
        Zone::Utc => text.push('Z'),
        Zone::East(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            text += &format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        Zone::Unknown => {}
    }
    text
}

fn day(at: DateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}
