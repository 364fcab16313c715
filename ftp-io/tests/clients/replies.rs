//! Replies as servers word them: what each is read as, and what is left for the next command.

use ftp_io::client::{ClientOptions, Download, Error};
use ftp_proto::client::{Login, OperationError};
use ftp_proto::codec::command::Password;
use ftp_proto::{ProtocolError, Secret, UsageError};

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, login, path, refused};

fn a_greeting_of_several_lines_is_one_reply(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220-Welcome\r\n100 users online\r\n220 ready");
        control.answer("USER ada", "331 Password.");
        control.answer("PASS secret", "230 In.");
    });
    drop(server.client(kind, ClientOptions::default()));
    server.ended();
}

fn a_delayed_greeting_is_waited_for(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("120 In a minute.");
        control.log_in();
    });
    drop(server.client(kind, ClientOptions::default()));
    server.ended();
}

fn a_greeting_that_refuses_ends_the_session(kind: Kind) {
    for code in [421, 530] {
        let server = Scripted::new(move |control| {
            control.say(&format!("{code} Not now."));
            control.until_gone();
        });
        match server.connect(kind, ClientOptions::default()) {
            Err(Error::Protocol(ProtocolError::Refused(reply))) => {
                assert_eq!(reply.code().to_u16(), code);
            }
            other => panic!("{other:?}"),
        }
        server.ended();
    }
}

fn each_way_of_being_let_in_is_a_login(kind: Kind) {
    let ways: [&[(&str, &str)]; 6] = [
        &[("USER ada", "230 In.")],
        &[("USER ada", "232 In, by your certificate.")],
        &[("USER ada", "331 Who?"), ("PASS secret", "202 Needless.")],
        &[("USER ada", "331 Who?"), ("PASS secret", "230 In.")],
        &[
            ("USER ada", "331 Who?"),
            ("PASS secret", "332 Which account?"),
            ("ACCT sales", "230 In."),
        ],
        &[
            ("USER ada", "332 Which account?"),
            ("ACCT sales", "202 Needless."),
        ],
    ];
    for way in ways {
        let server = Scripted::new(move |control| {
            control.say("220 Ready.");
            for (command, reply) in way {
                control.answer(command, reply);
            }
            control.answer("NOOP", "200 Here.");
        });
        let mut client = server
            .connect(kind, ClientOptions::default())
            .expect("a greeting");
        let login = Login {
            account: Some(Secret::new(path("sales"))),
            ..login()
        };
        client.login(login).expect("a login");
        client.noop().expect("the session goes on");
        server.ended();
    }
}

fn an_account_that_was_not_given_is_asked_for(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        control.answer("USER ada", "331 Who?");
        control.answer("PASS secret", "332 Which account?");
        control.answer("NOOP", "200 Here.");
    });
    let mut client = server
        .connect(kind, ClientOptions::default())
        .expect("a greeting");
    match client.login(login()) {
        Err(Error::Operation(OperationError::AccountNeeded(reply))) => {
            assert_eq!(reply.code().to_u16(), 332);
        }
        other => panic!("{other:?}"),
    }
    client.noop().expect("the session goes on");
    server.ended();
}

fn a_refused_login_may_be_followed_by_another(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        control.answer("USER ada", "331 Who?");
        control.answer("PASS wrong", "530 No.");
        control.answer("USER ada", "331 Who?");
        control.answer("PASS secret", "230 In.");
    });
    let mut client = server
        .connect(kind, ClientOptions::default())
        .expect("a greeting");
    let wrong = Password::try_from("wrong").expect("a password");
    assert_eq!(refused(client.login(Login::new(path("ada"), wrong))), 530);
    client.login(login()).expect("a login");
    server.ended();
}

fn a_code_alone_is_a_complete_reply(kind: Kind) {
    let replies: [&[u8]; 5] = [
        b"200\r\n",
        b"200 \r\n",
        b"200 ok\n",
        b"200-\r\n200 ok\r\n",
        b"200-\r\n200\r\n",
    ];
    Scripted::session(
        kind,
        ClientOptions::default(),
        move |control| {
            for reply in replies {
                control.expect("NOOP");
                control.say_bytes(reply);
            }
            control.answer("DELE f", "250 Gone.");
        },
        |client| {
            for reply in replies {
                let found = client.noop().expect("a reply");
                assert_eq!(found.code().to_u16(), 200, "{reply:?}");
            }
            let found = client.delete(path("f")).expect("its own reply");
            assert_eq!(found.code().to_u16(), 250);
        },
    );
}

fn a_line_of_another_code_ends_no_reply(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("DELE f", "553-No.\r\n150 But yes.\r\n553 No.");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            assert_eq!(refused(client.delete(path("f"))), 553);
            client.noop().expect("its own reply");
        },
    );
}

fn nothing_of_a_list_of_features_is_left_over(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            for features in [
                "211 No features",
                "211-Features:\r\n SIZE\r\n MLST type*;size*;\r\n211 End",
                "211-Features:\r\nSIZE\r\nMLST type*;size*;\r\n211 End",
                "211-Features:\r\n211-SIZE\r\n211-MLST type*;size*;\r\n211 End",
                "500-What\r\n is\r\nthat?\r\n500 Unknown",
            ] {
                control.answer("FEAT", features);
                control.answer("DELE f", "250 Gone.");
            }
        },
        |client| {
            let features = client.features().expect("none");
            assert_eq!(features.iter().count(), 0);
            client.delete(path("f")).expect("its own reply");
            for _ in 0..3 {
                let features = client.features().expect("two");
                assert!(features.has("SIZE") && features.has("MLST"), "{features:?}");
                assert_eq!(features.iter().count(), 2, "{features:?}");
                client.delete(path("f")).expect("its own reply");
            }
            assert_eq!(refused(client.features()), 500);
            client.delete(path("f")).expect("its own reply");
        },
    );
}

fn features_that_were_refused_are_asked_for_again_after_the_login(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        control.answer("FEAT", "530 Log in first.");
        control.answer("USER ada", "230 In.");
        control.answer("FEAT", "211-Features:\r\n SIZE\r\n211 End");
    });
    let mut client = server
        .connect(kind, ClientOptions::default())
        .expect("a greeting");
    assert_eq!(refused(client.features()), 530);
    client.login(login()).expect("a login");
    assert!(client.features().expect("some").has("SIZE"));
    server.ended();
}

fn a_reply_is_judged_by_its_first_digit(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            for reply in ["250 Gone.", "200 Gone.", "257 Gone.", "299 Gone."] {
                control.answer("DELE f", reply);
            }
            for reply in ["450 No.", "499 No.", "550 No.", "599 No."] {
                control.answer("DELE f", reply);
            }
            control.answer("DELE f", "399 And?");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            for code in [250, 200, 257, 299] {
                let reply = client.delete(path("f")).expect("a completion");
                assert_eq!(reply.code().to_u16(), code);
            }
            for code in [450, 499, 550, 599] {
                assert_eq!(refused(client.delete(path("f"))), code);
            }
            match client.delete(path("f")) {
                Err(Error::Operation(OperationError::Unexpected { reply, .. })) => {
                    assert_eq!(reply.code().to_u16(), 399);
                }
                other => panic!("{other:?}"),
            }
            client.noop().expect("the session goes on");
        },
    );
}

fn a_server_that_shuts_down_answers_nothing(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("DELE f", "421 Shutting down.");
            control.until_gone();
        },
        |client| {
            let closing = client.delete(path("f"));
            let Err(Error::Protocol(ProtocolError::Closing(reply))) = &closing else {
                panic!("{closing:?}");
            };
            assert_eq!(reply.code().to_u16(), 421);
            // Nothing connects anew, and nothing is sent any more.
            let ended = client.noop();
            let ended = matches!(
                ended,
                Err(Error::Protocol(ProtocolError::Closing(_)) | Error::Usage(UsageError::Ended))
            );
            assert!(ended);
        },
    );
}

fn a_server_that_shuts_down_unasked_is_found_out(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        control.answer("USER ada", "331 Who?");
        control.answer("PASS secret", "230 In.\r\n421 Too long.");
        control.until_gone();
    });
    let mut client = server
        .connect(kind, ClientOptions::default())
        .expect("a greeting");
    client.login(login()).expect("a login");
    let closing = client.noop();
    let Err(Error::Protocol(ProtocolError::Closing(reply))) = &closing else {
        panic!("{closing:?}");
    };
    assert_eq!(reply.code().to_u16(), 421);
    drop(client);
    server.ended();
}

fn replies_may_come_in_one_piece_or_in_many(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let listener = control.passive();
            control.expect("RETR f");
            drop(crate::scripted::accept(&listener));
            control.say("150 Here it comes.\r\n226 Done.");
            control.socket().set_nodelay(true).expect("a socket");
            control.expect("NOOP");
            for byte in b"200-A\r\n200 B\r\n" {
                control.say_bytes(&[*byte]);
            }
            control.answer("DELE f", "250 Gone.");
        },
        |client| {
            let mut file = ftp_io::storage::Writer(Vec::new());
            let transfer = client.retrieve(path("f"), &mut file).expect("a file");
            assert_eq!(transfer.bytes, 0);
            let reply = client.noop().expect("a reply");
            assert_eq!(reply.lines().count(), 2);
            let reply = client.delete(path("f")).expect("its own reply");
            assert_eq!(reply.code().to_u16(), 250);
        },
    );
}

fn codes_that_no_reply_has_end_the_session(kind: Kind) {
    for reply in ["000 x", "099 x", "600 x", "999 x", "25 x", "2500", "250\0x"] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                control.answer("DELE f", reply);
                control.until_gone();
            },
            |client| {
                let result = client.delete(path("f"));
                let unreadable = matches!(result, Err(Error::Protocol(ProtocolError::Decode(_))));
                assert!(unreadable, "{reply:?}: {result:?}");
            },
        );
    }
}

fn a_reply_has_bounds(kind: Kind) {
    let long = format!("250-{}\r\n", "x".repeat(8_000)).repeat(40);
    let replies = [
        // One line, lines, bytes.
        "2".repeat(10_000),
        format!("250 {}", "x".repeat(1 << 20)),
        format!("250-a{}", "\r\nb".repeat(10_000)),
        long,
    ];
    for reply in replies {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                control.answer("DELE f", &reply);
                control.until_gone();
            },
            |client| {
                let result = client.delete(path("f"));
                let unreadable = matches!(result, Err(Error::Protocol(ProtocolError::Decode(_))));
                assert!(unreadable, "{result:?}");
            },
        );
    }
}

fn preliminary_replies_have_a_bound(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say(&"120 Wait.\r\n".repeat(100));
        control.until_gone();
    });
    let result = server.connect(kind, ClientOptions::default());
    let too_many = ProtocolError::TooManyPreliminary { limit: 64 };
    let Err(Error::Protocol(error)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(error, too_many);
    server.ended();
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("DELE f", &"150 Wait.\r\n".repeat(100));
            control.until_gone();
        },
        |client| match client.delete(path("f")) {
            Err(Error::Protocol(error)) => assert_eq!(error, too_many),
            other => panic!("{other:?}"),
        },
    );
}

fn a_directory_is_read_from_its_reply(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("PWD", r#"257 "/a""b" is current"#);
            control.answer("PWD", r#"257 You are in "/here"."#);
            control.answer("PWD", "257 /here is current");
            control.answer("PWD", r#"257 "/here"#);
            control.answer("PWD", "257 \"/a\x07\" is current");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            for expected in ["/a\"b", "/here", "/here"] {
                assert_eq!(client.working_directory().expect("a path"), expected);
            }
            for _ in 0..2 {
                match client.working_directory() {
                    Err(Error::Operation(OperationError::Unreadable { reply, .. })) => {
                        assert_eq!(reply.code().to_u16(), 257);
                    }
                    other => panic!("{other:?}"),
                }
            }
            client.noop().expect("the session goes on");
        },
    );
}

fn sizes_and_times_are_read_as_servers_write_them(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("SIZE f", "213 1234");
            control.answer("SIZE f", "213-\r\n213 1234");
            control.answer("SIZE f", "213 many");
            control.answer("SIZE f", "550 Not that.");
            control.answer("MDTM f", "213 20000102030405.678");
            control.answer("MDTM f", "213 191000102030405");
            control.answer("MDTM f", "213 yesterday");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            for _ in 0..2 {
                assert_eq!(client.size("f").expect("a size"), 1234);
            }
            let result = client.size("f");
            let unreadable = matches!(
                result,
                Err(Error::Operation(OperationError::Unreadable { .. }))
            );
            assert!(unreadable, "{result:?}");
            assert_eq!(refused(client.size("f")), 550);
            for _ in 0..2 {
                assert_eq!(client.modified("f").expect("a time").year(), 2000);
            }
            let result = client.modified("f");
            let unreadable = matches!(
                result,
                Err(Error::Operation(OperationError::Unreadable { .. }))
            );
            assert!(unreadable, "{result:?}");
            client.noop().expect("the session goes on");
        },
    );
}

fn a_refused_size_fails_no_transfer(kind: Kind) {
    let directory = tempfile::tempdir().expect("a directory");
    let here = directory.path().join("f");
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            control.answer("TYPE I", "200 I.");
            control.answer("SIZE f", "550 Not in TYPE A.");
            let listener = control.next_passive();
            control.give(&listener, "RETR f", b"all of it");
        },
        |client| {
            let download = Download::new("f", &here).expect("a name");
            client.download(download, drop).expect("a whole file");
        },
    );
    assert_eq!(std::fs::read(here).expect("a file"), b"all of it");
}

fn an_argument_that_ends_its_line_is_never_sent(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| control.answer("NOOP", "200 Here."),
        |client| {
            for (name, byte) in [("a\rb", b'\r'), ("a\nDELE b", b'\n'), ("a\0b", 0)] {
                match client.size(name) {
                    Err(Error::Usage(error)) => {
                        assert_eq!(error, UsageError::ForbiddenByte { byte, at: 1 });
                    }
                    other => panic!("{other:?}"),
                }
            }
            client.noop().expect("the session goes on");
        },
    );
}

both! {
    a_greeting_of_several_lines_is_one_reply
    a_delayed_greeting_is_waited_for
    a_greeting_that_refuses_ends_the_session
    each_way_of_being_let_in_is_a_login
    an_account_that_was_not_given_is_asked_for
    a_refused_login_may_be_followed_by_another
    a_code_alone_is_a_complete_reply
    a_line_of_another_code_ends_no_reply
    nothing_of_a_list_of_features_is_left_over
    features_that_were_refused_are_asked_for_again_after_the_login
    a_reply_is_judged_by_its_first_digit
    a_server_that_shuts_down_answers_nothing
    a_server_that_shuts_down_unasked_is_found_out
    replies_may_come_in_one_piece_or_in_many
    codes_that_no_reply_has_end_the_session
    a_reply_has_bounds
    preliminary_replies_have_a_bound
    a_directory_is_read_from_its_reply
    sizes_and_times_are_read_as_servers_write_them
    a_refused_size_fails_no_transfer
    an_argument_that_ends_its_line_is_never_sent
}
