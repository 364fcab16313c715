//! Every public item has an example that runs.
//!
//! An item counts as shown by an example that stands at it; at its type or trait, or at a module
//! that it is in, if that example names it; a type also by an example at one of its methods. What
//! has no behaviour of its own needs none: variants, fields, constants, aliases, and the methods of
//! traits that are somebody else's. Nor does what the documentation hides, since nobody can use it:
//! the inner side of a sealed trait.

mod source;

use std::fs;
use std::path::Path;

use source::Crate;

#[test]
fn public_items_of_ftp_io_have_examples() {
    let io = of_workspace("ftp-io");
    assert!(io.shown() > 100, "{} items are shown", io.shown());
    assert_eq!(io.missing(), Vec::<String>::new());
}

#[test]
fn public_items_of_ftp_proto_have_examples() {
    let proto = of_workspace("ftp-proto");
    assert!(proto.shown() > 250, "{} items are shown", proto.shown());
    assert_eq!(proto.missing(), Vec::<String>::new());
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
fn what_is_hidden_needs_no_example() {
    let found = of_text(
        "#[doc(hidden)]\npub enum Inner {}\n\
         mod sealed { #[doc(hidden)]\npub trait Sealed { fn into_inner(self); } }\n",
    );
    assert_eq!(found.missing(), Vec::<String>::new());
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
