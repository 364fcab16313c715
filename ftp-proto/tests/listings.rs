//! Listings against the vectors of `tests/listings` (their form is told in its README), in every cut.

mod vectors;

use std::fmt::Write as _;

use ftp_proto::listing::Entry;
use vectors::{describe, files, read};

#[test]
fn every_vector_is_read_as_expected() {
    let mut failures = String::new();
    for vector in files().iter().flat_map(|file| &file.vectors) {
        let (_, entries) = read(&vector.options, [&vector.input[..]]);
        let found: Vec<_> = entries.iter().map(describe).collect();
        if found != vector.expected {
            let _ = writeln!(failures, "{}:", vector.at);
            let (found, expected) = (&found, &vector.expected);
            for line in found.iter().filter(|line| !expected.contains(line)) {
                let _ = writeln!(failures, "  found    = {line}");
            }
            for line in expected.iter().filter(|line| !found.contains(line)) {
                let _ = writeln!(failures, "  expected = {line}");
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn every_listing_is_found_to_have_its_format() {
    for file in files() {
        for vector in &file.vectors {
            let (reader, _) = read(&vector.options, [&vector.input[..]]);
            if vector.expected.iter().any(|entry| entry != "unread") {
                assert_eq!(reader.format(), Some(&*file.format), "{}", vector.at);
            }
        }
    }
}

#[test]
fn any_cut_gives_the_same_entries() {
    for vector in files().iter().flat_map(|file| &file.vectors) {
        let (_, whole) = read(&vector.options, [&vector.input[..]]);
        let (_, bytes) = read(&vector.options, vector.input.chunks(1));
        assert_eq!(bytes, whole, "{}, byte by byte", vector.at);
        for at in 0..vector.input.len() {
            let (start, end) = vector.input.split_at(at);
            let (_, two) = read(&vector.options, [start, end]);
            assert_eq!(two, whole, "{}, cut at {at}", vector.at);
        }
    }
}

#[test]
fn any_line_end_gives_the_same_entries() {
    for vector in files().iter().flat_map(|file| &file.vectors) {
        let (_, whole) = read(&vector.options, [&vector.input[..]]);
        let lines = vector.input.split_inclusive(|&b| b == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r\n").unwrap_or(line));
        let lf = lines.collect::<Vec<_>>().join(&b"\n"[..]);
        let (_, entries) = read(&vector.options, [&lf[..]]);
        assert_eq!(
            entries, whole,
            "{}, LF alone and none at the end",
            vector.at
        );
    }
}

#[test]
fn a_stranger_is_not_taken_for_an_entry() {
    for file in files() {
        for stranger in &file.strangers {
            let (reader, entries) = read(&stranger.options, [&stranger.line[..]]);
            let is_read = |entry: &Entry| !entry.name().is_empty();
            assert!(
                !entries.iter().any(is_read) || reader.format() != Some(&file.format),
                "{}: read as {}: {}",
                stranger.at,
                file.format,
                describe(&entries[0])
            );
            // Nor when the format is settled.
            let first = &file.vectors[0];
            let (_, before) = read(&first.options, [&first.input[..]]);
            let (_, both) = read(&first.options, [&first.input[..], &stranger.line[..]]);
            let behind = &both[before.len()..];
            assert!(
                !behind.iter().any(is_read),
                "{}: read behind others as {}",
                stranger.at,
                describe(&behind[0])
            );
        }
    }
}

#[test]
fn there_are_vectors_enough() {
    let files = files();
    let vectors = files.iter().flat_map(|file| &file.vectors);
    let lines: usize = vectors.map(|vector| vector.lines).sum();
    let strangers: usize = files.iter().map(|file| file.strangers.len()).sum();
    assert!(lines >= 400, "{lines} lines");
    assert!(strangers >= 100, "{strangers} strangers");
}
