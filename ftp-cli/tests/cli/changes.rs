//! `rm`, `mkdir`, `rmdir`, `mv`, `stat` and `quote`.

use std::fs;

use crate::site::Site;

#[test]
fn files_are_deleted_as_far_as_they_are_there() {
    let site = Site::new();
    fs::write(site.server_file("a"), "").unwrap();
    fs::write(site.server_file("b"), "").unwrap();
    site.run(["rm", &site.url("a"), &site.url("missing"), &site.url("b")])
        .ends(1)
        .says("missing: the server refused: 550");
    assert!(!site.server_file("a").exists());
    assert!(!site.server_file("b").exists());
    site.run(["rm", &site.url("")])
        .ends(2)
        .says("names no file");
}

#[test]
fn directories_are_made_and_removed() {
    let site = Site::new();
    site.run(["mkdir", &site.url("a"), &site.url("a/b/")]).ok();
    assert!(site.server_file("a/b").is_dir());
    site.run(["mkdir", &site.url("a")]).ends(5);
    site.run(["rmdir", &site.url("a")]).ends(5);
    site.run(["rmdir", &site.url("a/b/"), &site.url("a")]).ok();
    assert!(!site.server_file("a").exists());
}

#[test]
fn parents_are_made_and_what_is_there_is_no_failure() {
    let site = Site::new();
    let urls = [site.url("2026/11/22"), site.url("2026/12")];
    site.run(["mkdir", "-p", &urls[0], &urls[1]]).ok();
    assert!(site.server_file("2026/11/22").is_dir());
    assert!(
        site.server_file("2026/12").is_dir(),
        "relative to the login directory still"
    );
    site.run(["mkdir", "--parents", &urls[0], &urls[1]]).ok();
    fs::write(site.server_file("file"), "").unwrap();
    site.run(["mkdir", "-p", &site.url("file/under")]).ends(5);
    site.run(["mkdir", "-p", &site.url("file")])
        .ends(5)
        .says("550");
}

#[test]
fn a_file_is_renamed_by_path_by_address_and_into_a_folder() {
    let site = Site::new();
    fs::write(site.server_file("a"), "one").unwrap();
    fs::create_dir(site.server_file("done")).unwrap();
    site.run(["mv", &site.url("a"), "b"]).ok();
    site.run(["mv", &site.url("b"), &site.url("c%20d")]).ok();
    site.run(["mv", &site.url("c%20d"), "done/"]).ok();
    assert_eq!(fs::read(site.server_file("done/c d")).unwrap(), b"one");
    site.run(["mv", &site.url("done/c%20d"), "ftp://192.0.2.1/x"])
        .ends(2)
        .says("within one server");
    site.run(["mv", &site.url("missing"), "x"]).ends(5);
}

#[test]
fn stat_tells_what_the_server_knows() {
    let site = Site::new();
    fs::create_dir(site.server_file("dir")).unwrap();
    fs::write(site.server_file("dir/a"), "content").unwrap();
    let ran = site
        .run(["stat", &site.url("dir/a"), &site.url("dir")])
        .ok();
    let said = ran.stdout_text();
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    assert_eq!(lines[0], "dir/a");
    assert!(lines.contains(&"  kind      file"), "{said}");
    assert!(lines.contains(&"  size      7"), "{said}");
    assert!(
        lines.iter().any(|line| line.starts_with("  modified  20")),
        "{said}"
    );
    assert!(lines.contains(&"  kind      directory"), "{said}");
    let ran = site.run(["stat", "--json", &site.url("dir/a")]).ok();
    let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(json[0]["name"], "dir/a");
    assert_eq!(json[0]["size"], 7);
    site.run(["stat", &site.url("missing")]).ends(5).says("550");
}

#[test]
fn quote_prints_replies_and_ends_at_a_refusal() {
    let site = Site::new();
    fs::create_dir(site.server_file("dir")).unwrap();
    let ran = site
        .run(["quote", &site.url("dir"), "PWD", "feat", "NOOP"])
        .ok();
    let said = ran.stdout_text();
    assert!(said.starts_with("257 \"/dir\""), "{said}");
    assert!(said.contains("\n211-"), "{said}");
    assert!(said.contains("\n211 "), "{said}");
    assert!(said.lines().last().unwrap().starts_with("200 "), "{said}");
    let ran = site
        .run(["quote", &site.url(""), "DELE missing", "NOOP"])
        .ends(5);
    assert!(ran.stdout_text().starts_with("550 "), "{ran:?}");
    assert_eq!(ran.stdout_text().lines().count(), 1, "{ran:?}");
    site.run(["quote", &site.url(""), "PASV"])
        .ends(2)
        .says("takes part in a session");
}
