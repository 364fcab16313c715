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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn now_is_told_as_people_and_as_servers_write_it() {
        let expected = DateTime::from_date(2026, 11, 22).and_then(|day| day.at(14, 5, 0));
        for text in [
            "2026-11-22T14:05:00",
            "2026-11-22 14:05",
            "20261122140500",
            "20261122140500Z",
        ] {
            assert_eq!(time(text).ok(), expected, "{text}");
        }
        assert_eq!(time("2026-11-22").ok(), DateTime::from_date(2026, 11, 22));
        for text in ["", "yesterday", "2026-02-30", "2026-11-22T25:00", "2026"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn entries_come_of_any_reader() {
        let now = DateTime::from_date(2026, 11, 22).expect("a real date");
        let reader = ListingReader::new(ListingOptions::new(now));
        let listing = b"total 3\r\n-rw-r--r-- 1 u g 5 Nov 21 10:05 a\r\nbad";
        let entries = read(&listing[..], reader).expect("a listing within the bounds");
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].name(), b"a");
        assert_eq!(entries[1].raw(), b"bad");
    }
}
