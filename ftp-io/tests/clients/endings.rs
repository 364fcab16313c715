//! How transfers end: which reply and which end of the data come, in which order, and what is
//! said meanwhile.

use std::io::{Read, Write as _};
use std::net::Shutdown;
use std::time::Duration;

use ftp_io::client::{Canceller, ClientOptions, Error};
use ftp_io::storage::{Reader, Writer};
use ftp_proto::client::{OperationError, Retrieve, Store, StoreAs};

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, accept, impatient, path};

fn whole(client: &mut crate::kind::Client) {
    let mut file = Writer(Vec::new());
    let transfer = client.retrieve(path("f"), &mut file).expect("a whole file");
    assert_eq!((transfer.bytes, &file.0[..]), (9, &b"all of it"[..]));
}

fn a_failure_told_after_the_data_is_a_failure(kind: Kind) {
    for code in [426, 451, 452, 552] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                let mut data = control.data_for("RETR f");
                data.write_all(b"all of it").expect("a client that reads");
                drop(data);
                control.say(&format!("{code} Something was lost."));
                let listener = control.next_passive();
                control.answer("STOR f", "150 Go on.");
                let mut stored = Vec::new();
                accept(&listener).read_to_end(&mut stored).expect("an end");
                assert_eq!(stored, b"all of it");
                control.say(&format!("{code} Something was lost."));
                control.answer("NOOP", "200 Here.");
            },
            |client| {
                let mut failures = vec![client.retrieve(path("f"), &mut Writer(Vec::new()))];
                let store = Store::new(StoreAs::Whole(path("f")));
                failures.push(client.store(store, &mut Reader(&b"all of it"[..])));
                for failure in failures {
                    match failure {
                        Err(Error::Operation(OperationError::Failed { bytes: 9, reply })) => {
                            assert_eq!(reply.code().to_u16(), code);
                        }
                        other => panic!("{other:?}"),
                    }
                }
                client.noop().expect("the session goes on");
            },
        );
    }
}

fn fewer_bytes_than_the_file_has_are_a_failure(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let listener = control.passive();
            control.give(&listener, "RETR f", b"all of it");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            let retrieve = Retrieve {
                expected: Some(10),
                ..Retrieve::new(path("f"))
            };
            match client.retrieve_with(retrieve, &mut Writer(Vec::new())) {
                Err(Error::Operation(OperationError::Short { expected, received })) => {
                    assert_eq!((expected, received), (10, 9));
                }
                other => panic!("{other:?}"),
            }
            client.noop().expect("the session goes on");
        },
    );
}

fn a_data_connection_that_is_reset_costs_only_the_transfer(kind: Kind) {
    for reply in ["226 Done.", "426 Cut."] {
        Scripted::session(
            kind,
            ClientOptions::default(),
            move |control| {
                let data = control.data_for("RETR f");
                ftp_io::net::reset(&data);
                drop(data);
                control.say(reply);
                control.answer("NOOP", "200 Here.");
            },
            |client| {
                match client.retrieve(path("f"), &mut Writer(Vec::new())) {
                    Err(Error::Operation(OperationError::DataLost { .. })) => {
                        assert!(reply.starts_with("226"));
                    }
                    Err(Error::Operation(OperationError::Failed { reply: told, .. })) => {
                        assert!(reply.starts_with(&told.code().to_u16().to_string()));
                        assert_eq!(told.code().to_u16(), 426);
                    }
                    other => panic!("{other:?}"),
                }
                client.noop().expect("the session goes on");
            },
        );
    }
}

fn a_download_is_closed_before_its_final_reply(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let mut data = control.data_for("RETR f");
            data.write_all(b"all of it").expect("a client that reads");
            data.shutdown(Shutdown::Write).expect("a socket");
            assert_eq!(data.read(&mut [0]).expect("the client's end"), 0);
            control.say("226 Done.");
        },
        whole,
    );
}

fn a_completion_of_another_number_ends_a_transfer(kind: Kind) {
    Scripted::session(
        kind,
        ClientOptions::default(),
        |control| {
            let mut data = control.data_for("RETR f");
            data.write_all(b"all of it").expect("a client that reads");
            drop(data);
            control.say("250 Done.");
            let listener = control.next_passive();
            control.answer("RETR f", "125 Already open.");
            let mut data = accept(&listener);
            data.write_all(b"all of it").expect("a client that reads");
            drop(data);
            control.say("200 Done.");
        },
        |client| {
            whole(client);
            whole(client);
        },
    );
}

/// A server that is asked for a sign of life in the middle of a file.
fn kept_alive(kind: Kind, noop: &'static str, early: bool) {
    let options = impatient(|timeouts, short| timeouts.keep_alive = short);
    Scripted::session(
        kind,
        options,
        move |control| {
            let mut data = control.data_for("RETR f");
            data.write_all(b"all ").expect("a client that reads");
            control.expect("NOOP");
            if early {
                control.say(noop);
            }
            data.write_all(b"of it").expect("a client that reads");
            drop(data);
            control.say("226 Done.");
            if !early {
                control.say(noop);
            }
            // On a slow machine another one was sent before the data ended.
            loop {
                match control.take().expect("a command").as_str() {
                    "NOOP" => control.say(noop),
                    "DELE f" => return control.say("250 Gone."),
                    other => panic!("{other}"),
                }
            }
        },
        |client| {
            whole(client);
            let reply = client.delete(path("f")).expect("its own reply");
            assert_eq!(reply.code().to_u16(), 250);
        },
    );
}

fn a_noop_during_a_transfer_is_answered_at_once(kind: Kind) {
    kept_alive(kind, "200 Here.", true);
}

fn a_noop_during_a_transfer_is_answered_behind_it(kind: Kind) {
    kept_alive(kind, "200 Here.", false);
}

fn a_noop_during_a_transfer_may_be_refused(kind: Kind) {
    kept_alive(kind, "500 Not now.", true);
    kept_alive(kind, "500 Not now.", false);
}

/// What servers were seen to say behind ABOR, and where it is not known to come.
const ABOR_ANSWERS: [&[&str]; 8] = [
    // vsftpd, and ProFTPD's downloads.
    &["426 Cut.", "225 No transfer."],
    &["426 Cut.", "226 Aborted."],
    // ProFTPD's uploads.
    &["226 Aborted.", "426 Cut."],
    // Pure-FTPd.
    &["150 0.03 seconds"],
    &["426 Cut."],
    &["226 Done."],
    &["426 Cut.", "502 No such command."],
    &[],
];

fn whatever_abor_is_answered_with_the_next_reply_is_the_next_commands(kind: Kind) {
    for answers in ABOR_ANSWERS {
        let (tell, told) = std::sync::mpsc::channel::<Canceller>();
        // Only without an answer is the deadline waited for.
        let options = impatient(|timeouts, short| {
            timeouts.abort = if answers.is_empty() {
                short
            } else {
                Duration::from_secs(60)
            };
        });
        Scripted::session(
            kind,
            options,
            move |control| {
                let mut data = control.data_for("RETR f");
                data.write_all(b"the first of it").expect("a reader");
                told.recv().expect("a client").cancel();
                let _ = data.read_to_end(&mut Vec::new());
                control.expect("ABOR");
                for answer in answers {
                    control.say(answer);
                }
                control.answer("NOOP", "200 Here.");
                control.answer("SIZE f", "213 12345");
            },
            |client| {
                tell.send(client.canceller()).expect("a server");
                let result = client.retrieve(path("f"), &mut Writer(Vec::new()));
                let aborted = matches!(result, Err(Error::Operation(OperationError::Aborted)));
                assert!(aborted, "{answers:?}: {result:?}");
                let size = client.size("f").expect("its own reply");
                assert_eq!(size, 12345, "{answers:?}");
            },
        );
    }
}

fn abor_comes_behind_the_telnet_synch(kind: Kind) {
    let (tell, told) = std::sync::mpsc::channel::<Canceller>();
    Scripted::session(
        kind,
        ClientOptions::default(),
        move |control| {
            socket2::SockRef::from(control.socket())
                .set_out_of_band_inline(true)
                .expect("a socket");
            let mut data = control.data_for("RETR f");
            data.write_all(b"the first of it").expect("a reader");
            told.recv().expect("a client").cancel();
            // IAC IP, IAC DM.
            assert_eq!(control.take_bytes(), b"\xff\xf4\xff\xf2ABOR\r\n");
            control.say("426 Cut.\r\n226 Aborted.");
            control.answer("NOOP", "200 Here.");
        },
        |client| {
            tell.send(client.canceller()).expect("a server");
            let result = client.retrieve(path("f"), &mut Writer(Vec::new()));
            let aborted = matches!(result, Err(Error::Operation(OperationError::Aborted)));
            assert!(aborted, "{result:?}");
        },
    );
}

both! {
    a_failure_told_after_the_data_is_a_failure
    fewer_bytes_than_the_file_has_are_a_failure
    a_data_connection_that_is_reset_costs_only_the_transfer
    a_download_is_closed_before_its_final_reply
    a_completion_of_another_number_ends_a_transfer
    a_noop_during_a_transfer_is_answered_at_once
    a_noop_during_a_transfer_is_answered_behind_it
    a_noop_during_a_transfer_may_be_refused
    whatever_abor_is_answered_with_the_next_reply_is_the_next_commands
    abor_comes_behind_the_telnet_synch
}
