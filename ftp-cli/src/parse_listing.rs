//! `ftp-cli parse-listing`: what is read from a listing, from standard input.

use std::io::{self, Read};
use std::time::SystemTime;

use clap::Args;
use ftp_proto::DateTime;
use ftp_proto::codec::facts;
use ftp_proto::listing::{Entry, ListingOptions, ListingReader};

use crate::fault::Fault;
use crate::ls::{write_json, write_lines};

#[derive(Debug, Args)]
pub(crate) struct ParseListing {
    /// The time now in UTC, for dates without a year: 2026-11-22T14:05:09 or 20261122140509; the clock's by default
    #[arg(long, value_name = "T", value_parser = time)]
    now: Option<DateTime>,

    /// The server's reply to SYST: its formats are tried first
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    system: String,

    /// Print a JSON array, one object for each entry
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(job: &ParseListing) -> Result<(), Fault> {
    let now = job.now.or_else(now).ok_or_else(|| {
        Fault::new("the clock of this machine is out of the years 1 to 9999; say --now")
    })?;
    let mut options = ListingOptions::new(now);
    options.system = job.system.clone().into_bytes().into();
    let entries = read(io::stdin().lock(), ListingReader::new(options))?;
    let written = match job.json {
        true => write_json(&entries),
        false => write_lines(&entries),
    };
    match written {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::new(format!("cannot write the entries: {error}"))),
        Ok(()) => Ok(()),
    }
}

fn read(mut input: impl Read, mut reader: ListingReader) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let count = match input.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Fault::new(format!("cannot read the listing: {error}"))),
        };
        match count {
            0 => reader.finish(),
            count => reader.push(&buffer[..count]),
        }
        while let Some(entry) = reader.next_entry() {
            entries.push(entry.map_err(|error| Fault::new(error.to_string()))?);
        }
        if count == 0 {
            return Ok(entries);
        }
    }
}

fn now() -> Option<DateTime> {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()?;
    DateTime::from_unix(i64::try_from(since.as_secs()).ok()?)
}

/// A time with or without what parts its numbers; a day alone is its midnight.
fn time(text: &str) -> Result<DateTime, String> {
    let mut digits: String = text
        .chars()
        .filter(|letter| !matches!(letter, '-' | 'T' | ':' | ' ' | 'Z'))
        .collect();
    while matches!(digits.len(), 8 | 10 | 12) {
        digits.push_str("00");
    }
    facts::read_time(digits.as_bytes()).map_err(|_| "expected a time as 2026-11-22T14:05:09".into())
}
