//! The demo, as a newcomer runs it.

use ftp_tests::clients::ftp_cli;

#[test]
fn the_demo_ends_with_ok() {
    let folder = tempfile::tempdir().unwrap();
    let demo = ftp_cli::run(["demo"], folder.path()).unwrap();
    assert!(demo.status.success(), "{demo}");
    assert_eq!(demo.stdout_text().lines().last(), Some("ok"), "{demo}");
}
