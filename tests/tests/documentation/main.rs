//! Every public item has an example that runs.
//!
//! An item counts as shown by an example that stands at it; at its type or trait, or at a module
//! that it is in, if that example names it; a type also by an example at one of its methods. What
//! has no behaviour of its own needs none: variants, fields, constants, aliases, and the methods of
//! traits that are somebody else's.

mod source;

use std::fs;
use std::path::Path;

use source::Crate;

#[test]
fn public_items_of_ftp_io_have_examples() {
    let io = of_workspace("ftp-io");
    assert!(io.shown() > 100, "{} items are shown", io.shown());
    assert_eq!(new(io.missing()), Vec::<String>::new());
}

#[test]
fn new_public_items_of_ftp_proto_have_examples() {
    assert_eq!(
        new(of_workspace("ftp-proto").missing()),
        Vec::<String>::new()
    );
}

#[test]
fn an_item_that_has_got_an_example_is_listed_no_more() {
    let (io, proto) = (of_workspace("ftp-io"), of_workspace("ftp-proto"));
    let missing = [io.missing(), proto.missing()].concat();
    let listed = YET_WITHOUT.lines();
    let shown: Vec<&str> = listed
        .filter(|listed| !missing.iter().any(|item| item == listed))
        .collect();
    assert_eq!(shown, Vec::<&str>::new());
}

#[test]
fn an_item_without_an_example_is_missing() {
    let found = of_text(
        "/// Adds.\npub fn add() {}\n\
         /// ```no_run\n/// wait();\n/// ```\npub fn wait() {}\n\
         /// ```\n/// show();\n/// ```\npub fn show() {}\n\
         fn inner() {}\npub(crate) fn near() {}\n\
         #[cfg(test)]\nmod tests { pub fn check() {} }\n",
    );
    assert_eq!(found.missing(), ["add", "wait"]);
}

#[test]
fn a_method_is_shown_where_its_type_calls_it() {
    let found = of_text(
        "/// ```\n/// let a = A::new().set(1);\n/// ```\npub struct A;\n\
         impl A {\n pub fn new() -> Self { A }\n pub fn set(self, to: u8) -> Self { self }\n\
         pub fn sets(self) {}\n }\n\
         impl Clone for A { fn clone(&self) -> Self { A } }\n",
    );
    assert_eq!(found.missing(), ["A::sets"]);
}

#[test]
fn a_module_shows_what_its_example_names() {
    let found = of_text(
        "//! ```\n//! first::second();\n//! ```\n\
         mod first { pub fn second() {}\n pub fn third() {}\n pub trait Fourth { fn fifth(); } }\n",
    );
    assert_eq!(
        found.missing(),
        ["first::third", "first::Fourth", "first::Fourth::fifth"]
    );
}

/// Those that are not known to have no example yet.
fn new(mut missing: Vec<String>) -> Vec<String> {
    missing.retain(|item| !YET_WITHOUT.lines().any(|known| known == item));
    missing
}

/// Items that have no example yet, one a line. The list may only grow shorter.
const YET_WITHOUT: &str = include_str!("yet-without.txt");

fn of_workspace(name: &str) -> Crate {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    Crate::read(&workspace.join(name).join("src/lib.rs"))
}

fn of_text(text: &str) -> Crate {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("lib.rs");
    fs::write(&root, text).expect("a file");
    Crate::read(&root)
}
