//! Tests that documents name.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What is wrong with a test's name, if anything.
pub(crate) fn fault(test: &str) -> Option<String> {
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
