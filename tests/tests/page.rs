//! The page on active and passive mode shows what was observed.

use std::fs;

use ftp_tests::page;

#[test]
fn drawings_and_tables_are_made_from_the_committed_observations() {
    let files = page::made().expect("observations for all of the page");
    for (path, content) in files {
        let committed = fs::read_to_string(&path).expect("a file that is committed");
        assert!(
            committed == content,
            "{} is not what `cargo run -p ftp-tests --bin active-and-passive` makes",
            path.display()
        );
    }
}
