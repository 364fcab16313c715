//! Every behaviour in `docs/behaviours.md` names tests that exist, and that run with both clients
//! where they speak of a client.

use std::fs;
use std::path::{Path, PathBuf};

/// A row of a table: what holds, and the tests named beside it.
struct Row {
    section: String,
    behaviour: String,
    tests: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("docs/behaviours.md")).expect("the document");
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.to_owned();
        }
        let Some(cells) = line.strip_prefix("| ").and_then(|l| l.strip_suffix(" |")) else {
            continue;
        };
        let cells: Vec<&str> = cells.split(" | ").collect();
        let [behaviour, _, tests] = cells[..] else {
            panic!("three cells: {line}");
        };
        if behaviour == "behaviour" || section == "How to read it" {
            continue;
        }
        // What stands between backquotes, which a title of a scenario does not hold.
        let tests = tests.split('`').skip(1).step_by(2).map(str::to_owned);
        rows.push(Row {
            section: section.clone(),
            behaviour: behaviour.to_owned(),
            tests: tests.collect(),
        });
    }
    rows
}

/// What is wrong with a test's name, if anything.
fn fault(test: &str) -> Option<String> {
    if let Some((file, title)) = test.split_once(": ") {
        let path = root().join(format!("tests/transcripts/{file}.txt"));
        let Ok(text) = fs::read_to_string(&path) else {
            return Some(format!("no transcripts {file}"));
        };
        let heading = format!("== {title}");
        return (!text.lines().any(|line| line == heading))
            .then(|| format!("no scenario {title:?} in {file}"));
    }
    let parts: Vec<&str> = test.split("::").collect();
    let [place, file, name] = parts[..] else {
        return Some(format!("{test} is no name of a test"));
    };
    let path = root().join(format!("ftp-io/tests/{place}/{file}.rs"));
    let Ok(text) = fs::read_to_string(&path) else {
        return Some(format!("no file for {test}"));
    };
    let alone = text.contains(&format!("#[test]\nfn {name}()"));
    // By one macro.
    let with_both_clients = text.contains(&format!("fn {name}("))
        && text
            .split("both! {")
            .skip(1)
            .filter_map(|list| list.split('}').next())
            .any(|list| list.split_whitespace().any(|word| word == name));
    let is_there = match place {
        "clients" => with_both_clients,
        "tls" => alone || with_both_clients,
        // By a runner that counts skips, where not every machine can run it.
        _ => alone || text.contains(&format!("Trial::ignorable_test(\"{name}\"")),
    };
    (!is_there).then(|| format!("no test {test}"))
}

#[test]
fn every_test_that_a_behaviour_names_exists() {
    let faults: Vec<String> = rows()
        .iter()
        .flat_map(|row| &row.tests)
        .filter_map(|test| fault(test))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_behaviour_has_a_test_in_a_driver() {
    let rows = rows();
    for (section, place) in [
        ("Replies, as a client reads them", "clients::"),
        ("The data connection, as a client", "clients::"),
        ("The control connection of a server", "server::"),
        ("TLS", "tls::"),
    ] {
        let of_section: Vec<&Row> = rows.iter().filter(|row| row.section == section).collect();
        assert!(of_section.len() >= 10, "{section}");
        for row in of_section {
            let has_one = row.tests.iter().any(|test| test.starts_with(place));
            assert!(has_one, "{}", row.behaviour);
        }
    }
}

#[test]
fn a_test_that_does_not_exist_is_found_out() {
    for wrong in [
        "clients::replies::no_such_test",
        // There, and not with both clients.
        "clients::abort::a_client_is_dropped_outside_its_runtime",
        "server::commands::no_such_test",
        "server::nowhere::names_are_bytes",
        "tls::attacks::no_such_test",
        // There, and run by nobody but those that call it.
        "tls::attacks::refused",
        "client/passive: no such scenario",
        "client/nowhere: a download",
        "names_are_bytes",
    ] {
        assert!(fault(wrong).is_some(), "{wrong}");
    }
}
