//! `docs/protocol.md` and the code know the same commands, options and replies.

mod named;

use std::collections::BTreeSet;
use std::fs;

use ftp_proto::codec::command::Command;
use named::{fault, root};

/// The rows of the table in a section of the document, cell by cell.
fn rows(section: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("docs/protocol.md")).expect("the document");
    let heading = format!("{section}\n");
    let section = text.split("\n## ").find(|part| part.starts_with(&heading));
    let rows = section.expect("there is such a section").lines();
    rows.filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").map(str::to_owned).collect())
        .filter(|row: &Vec<String>| row[0].starts_with('`'))
        .collect()
}

/// What stands in the first cells, without its backquotes.
fn names(section: &str) -> BTreeSet<String> {
    let rows = rows(section);
    let names: BTreeSet<String> = rows.iter().map(|row| row[0].replace('`', "")).collect();
    assert_eq!(names.len(), rows.len(), "{section}: no row twice");
    names
}

/// What stands between two marks, each time that it does, in a source of the server.
fn found(file: &str, before: &str, after: char) -> BTreeSet<String> {
    let path = root().join("ftp-proto/src/server").join(file);
    let text = fs::read_to_string(path).expect("the source");
    // What tests hold is no part of the server.
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.split(after).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_table_has_every_command_of_the_code_and_no_other() {
    let known: BTreeSet<String> = Command::VERBS.iter().map(|verb| verb.to_string()).collect();
    let mut told = names("Commands");
    for row in rows("Commands") {
        // What no part of the codec is, the server knows enough of to refuse it.
        let verb = row[0].replace('`', "");
        if row[2] == "–" && row[3].starts_with("502") {
            assert!(told.remove(&verb) && !known.contains(&verb), "{verb}");
        }
    }
    assert_eq!(told, known);
}

#[test]
fn the_table_has_every_option_of_the_server_and_no_other() {
    let known = found("options.rs", "feature: \"", '"');
    let known: BTreeSet<String> = known.iter().map(|name| format!("OPTS {name}")).collect();
    assert!(!known.is_empty());
    assert_eq!(names("Options"), known);
}

#[test]
fn the_table_has_every_command_of_site_and_no_other() {
    let known = found("site.rs", "syntax: \"", '"');
    let known: BTreeSet<String> = known
        .iter()
        .filter_map(|syntax| syntax.split(' ').next())
        .map(|name| format!("SITE {name}"))
        .collect();
    assert!(!known.is_empty());
    assert_eq!(names("SITE"), known);
}

#[test]
fn the_table_has_every_reply_of_the_server_and_no_other() {
    let folder = root().join("ftp-proto/src/server");
    let mut known = BTreeSet::new();
    for file in fs::read_dir(folder).expect("the sources") {
        let file = file.expect("a source").file_name();
        let file = file.to_str().expect("a plain name");
        known.extend(found(file, "reply::<", '>'));
        known.extend(found(file, "code::<", '>'));
    }
    known.retain(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    let mut told = BTreeSet::new();
    for row in rows("Replies") {
        if row[3] != "–" {
            told.insert(row[0].replace('`', ""));
        }
    }
    assert_eq!(told, known);
    names("Replies");
}

#[test]
fn every_test_that_is_named_exists() {
    let mut faults = Vec::new();
    for section in ["Commands", "Options", "SITE"] {
        for row in rows(section) {
            let cell = row.last().expect("cells");
            let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
            if tests.is_empty() {
                faults.push(format!("{} has no test", row[0]));
            }
            faults.extend(tests.into_iter().filter_map(fault));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
