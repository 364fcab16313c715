//! Listings that are made of random entries, read by us and by lftp, Apache Commons Net and Perl's
//! File::Listing.
//!
//! Where one of them and we differ, a note in [`notes`] says who is right and why; a difference without a
//! note fails, and so does a note of a difference that is none. A peer that is not installed is a
//! skip, or a failure with `FTP_FULL=1`.

mod lftp;
mod notes;
mod peers;
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use ftp_proto::listing::{ListingOptions, ListingReader, Shape};
use ftp_proto::{DateTime, Precision};
use libtest_mimic::{Arguments, Failed, Trial};

use notes::{NOTES, Note, Right};
use peers::{Peer, Told};
use samples::Sample;

fn main() {
    let full = env::var_os("FTP_FULL").is_some_and(|full| full == "1");
    let mut trials = Vec::new();
    for peer in Peer::ALL {
        let missing = peer.missing();
        for &format in peer.formats() {
            let missing = missing.clone();
            let skipped = missing.is_some() && !full;
            let trial = Trial::test(
                format!("{peer}_and_we_read_{format}"),
                move || match missing {
                    Some(what) => Err(format!("{what} is not installed").into()),
                    None => compare(peer, format),
                },
            );
            trials.push(trial.with_ignored_flag(skipped));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn compare(peer: Peer, format: &'static str) -> Result<(), Failed> {
    let now = now();
    let samples = samples::samples(format, now);
    let listing = samples::listing(format, &samples);
    let ours = read_by_us(format, &listing, now);
    let theirs = by_mark(peer.read(format, &listing)?);
    let mut used = BTreeSet::new();
    let mut troubles = BTreeMap::new();
    for sample in &samples {
        let (our, their) = (ours.get(&sample.mark), theirs.get(&sample.mark));
        for field in differences(our, their) {
            let note = NOTES.iter().position(|note| {
                note.peer == peer
                    && note.format == format
                    && (note.twists.is_empty() || note.twists.contains(&sample.twist))
                    && note.field == field
            });
            let Some(note) = note else {
                troubles.entry((sample.twist, field)).or_insert_with(|| {
                    let line = samples::line(format, sample);
                    format!("{line}\n    we:   {our:?}\n    they: {their:?}")
                });
                continue;
            };
            used.insert(note);
            if NOTES[note].right == Right::We && !agrees(format, sample, our, field) {
                return Err(
                    format!("we are not right about {field} of {sample:?}: {our:?}").into(),
                );
            }
        }
    }
    for (at, note) in NOTES.iter().enumerate() {
        if note.peer == peer && note.format == format && !used.contains(&at) {
            troubles.insert(
                (note.twists[0], note.field),
                "a note of no difference".into(),
            );
        }
    }
    if troubles.is_empty() {
        println!("{peer}, {format}: {} entries", samples.len());
        for note in used {
            let Note {
                right,
                field,
                twists,
                why,
                ..
            } = &NOTES[note];
            println!("    {right:?} about {field} {twists:?}: {why}");
        }
        return Ok(());
    }
    let mut text = String::new();
    for ((twist, field), trouble) in troubles {
        text += &format!("\n{twist}, {field}: {trouble}");
    }
    Err(text.into())
}

fn by_mark(told: Vec<Told>) -> BTreeMap<String, Told> {
    let marked = told
        .into_iter()
        .filter_map(|told| Some((samples::mark(&told.name)?, told)));
    marked.collect()
}

/// The fields in which two readings differ.
fn differences(our: Option<&Told>, their: Option<&Told>) -> Vec<&'static str> {
    match (our, their) {
        (None, None) => vec![],
        (Some(our), Some(their)) => {
            let differs = [
                ("name", our.name != their.name),
                ("kind", our.kind != their.kind),
                ("size", our.size != their.size),
                ("time", our.time != their.time),
                ("target", our.target != their.target),
            ];
            let differs = differs.into_iter().filter(|(_, differs)| *differs);
            differs.map(|(field, _)| field).collect()
        }
        _ => vec!["entry"],
    }
}

/// Whether what was read is what the entry was made with.
fn agrees(format: &str, sample: &Sample, told: Option<&Told>, field: &str) -> bool {
    let Some(told) = told else {
        return false;
    };
    match field {
        "name" => told.name == sample.name_in(format),
        "kind" => told.kind == sample.kind,
        "size" => told.size.is_none() || told.size == Some(sample.size),
        "time" => told.time.is_none() || told.time == Some(sample.minutes()),
        "target" => told.target == sample.target,
        _ => true,
    }
}

fn read_by_us(format: &str, listing: &str, now: DateTime) -> BTreeMap<String, Told> {
    let mut options = ListingOptions::new(now);
    if format == "mlsx" {
        options.shape = Shape::Machine;
    }
    let mut reader = ListingReader::new(options);
    reader.push(listing.as_bytes());
    reader.finish();
    let mut told = Vec::new();
    while let Some(entry) = reader.next_entry() {
        let entry = entry.expect("no bound is met");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        told.push(Told {
            name: text(entry.name()),
            kind: peers::letter(entry.kind()),
            size: entry.size(),
            time: entry.modified().map(|modified| {
                let at = modified.at;
                let (hour, minute) = match modified.precision {
                    Precision::Day => (0, 0),
                    _ => (at.hour(), at.minute()),
                };
                format!(
                    "{:04}{:02}{:02}{hour:02}{minute:02}",
                    at.year(),
                    at.month(),
                    at.day()
                )
            }),
            target: entry.target().map(text).unwrap_or_default(),
        });
    }
    assert_eq!(reader.format(), Some(format));
    by_mark(told)
}

/// The clock's time: the peers take no other.
fn now() -> DateTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.expect("after 1970").as_secs();
    DateTime::from_unix(seconds as i64).expect("before the year 10000")
}
