//! How listings are asked for: MLSD, LIST instead of it, and paths that LIST would not take for
//! paths.

use ftp_io::client::ClientOptions;
use ftp_proto::client::{Listing, ListingKind};

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, accept, path, refused};

const LINE: &[u8] = b"-rw-r--r--   1 ada staff    5 Jan  1  2020 f\r\n";

fn a_refused_mlsd_leads_to_list_and_is_remembered(kind: Kind) {
    for code in [500, 501, 502] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                let listener = control.next_passive();
                control.answer("MLSD d", &format!("{code} No."));
                drop(listener);
                control.answer("TYPE A", "200 A.");
                for _ in 0..2 {
                    let listener = control.next_passive();
                    control.give(&listener, "LIST d", LINE);
                }
            },
            |client| {
                for _ in 0..2 {
                    let entries = client.list(Some(path("d"))).expect("a listing");
                    let names: Vec<_> = entries
                        .iter()
                        .map(ftp_proto::listing::Entry::name)
                        .collect();
                    assert_eq!(names, [b"f"]);
                }
            },
        );
    }
}

fn an_empty_directory_is_no_missing_one(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let listener = control.next_passive();
            control.give(&listener, "MLSD d", b"");
            let listener = control.next_passive();
            control.expect("MLSD d");
            drop(accept(&listener));
            control.say("226 Nothing there.");
            for refusal in ["450 No files found.", "550 No files found."] {
                let _listener = control.next_passive();
                control.answer("MLSD d", refusal);
            }
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            for _ in 0..2 {
                let entries = client.list(Some(path("d"))).expect("a listing");
                assert_eq!(entries.len(), 0);
            }
            // What it means is not to be told from its text.
            for code in [450, 550] {
                assert_eq!(refused(client.list(Some(path("d")))), code);
            }
            client.noop().expect("the session goes on");
        },
    );
}

fn what_list_would_not_take_for_a_path_is_listed_from_inside(kind: Kind) {
    for name in ["a b", "-la", "a[1]", "*", "a?"] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                control.answer("PWD", r#"257 "/home" is current."#);
                control.answer(&format!("CWD {name}"), "250 There.");
                control.answer("TYPE A", "200 A.");
                let listener = control.next_passive();
                let command = String::from("LIST");
                control.give(&listener, &command, LINE);
                control.answer("CWD /home", "250 Back.");
                control.answer("NOOP", "200 Here.");
            },
            |client| {
                let listing = Listing {
                    kind: ListingKind::Native,
                    ..Listing::new(Some(path(name)))
                };
                let entries = client.entries_with(listing).expect("a listing");
                let names: Vec<_> = entries
                    .map(|entry| entry.expect("an entry").name().to_vec())
                    .collect();
                assert_eq!(names, [&b"f"[..]], "{name}");
                client.noop().expect("the session goes on");
            },
        );
    }
}

both! {
    a_refused_mlsd_leads_to_list_and_is_remembered
    an_empty_directory_is_no_missing_one
    what_list_would_not_take_for_a_path_is_listed_from_inside
}
