//! A server that goes silent at a step meets the deadline of that step.

use ftp_io::client::{ClientOptions, Error};
use ftp_io::storage::Writer;
use ftp_proto::client::{AttemptFailure, DataPolicy, OperationError};
use ftp_proto::{ProtocolError, Step};

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, accept, impatient, login, path};

fn timed_out(error: &Error) -> Option<&Step> {
    match error {
        Error::Protocol(ProtocolError::TimedOut(step)) => Some(step),
        _ => None,
    }
}

fn before_its_greeting(kind: Kind) {
    let server = Scripted::new(|control| control.until_gone());
    let error = server
        .connect(kind, impatient(|t, short| t.greeting = short))
        .expect_err("no greeting came");
    assert_eq!(timed_out(&error), Some(&Step::Greeting), "{error}");
    server.ended();
}

fn in_the_middle_of_its_greeting(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220-Welcome");
        control.until_gone();
    });
    let error = server
        .connect(kind, impatient(|t, short| t.greeting = short))
        .expect_err("no greeting came");
    assert_eq!(timed_out(&error), Some(&Step::Greeting), "{error}");
    server.ended();
}

fn before_a_reply(kind: Kind) {
    let server = Scripted::new(|control| {
        control.say("220 Ready.");
        control.answer("USER ada", "331 Password.");
        control.expect("PASS secret");
        control.until_gone();
    });
    let mut client = server
        .connect(kind, impatient(|t, short| t.reply = short))
        .expect("a greeting");
    let error = client.login(login()).expect_err("no reply came");
    let step = Step::Reply("PASS".into());
    assert_eq!(timed_out(&error), Some(&step), "{error}");
    drop(client);
    server.ended();
}

fn before_the_reply_that_starts_a_transfer(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let listener = control.passive();
        control.expect("RETR f");
        let data = accept(&listener);
        control.until_gone();
        drop(data);
    });
    let mut client = server.client(kind, impatient(|t, short| t.reply = short));
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("no reply came");
    let step = Step::Reply("RETR".into());
    assert_eq!(timed_out(&error), Some(&step), "{error}");
    drop(client);
    server.ended();
}

fn and_never_connects_in_active_mode(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        control.answer("TYPE I", "200 I.");
        assert!(control.take().is_some_and(|line| line.starts_with("EPRT")));
        control.say("200 There.");
        control.answer("RETR f", "150 Connecting.");
        control.expect("ABOR");
        control.say("425 No connection.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.until_gone();
    });
    let mut client = server.client(
        kind,
        ClientOptions {
            data: DataPolicy::Active,
            ..impatient(|t, short| t.data_open = short)
        },
    );
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("nobody connected");
    let Error::Operation(OperationError::NoDataConnection(tried)) = &error else {
        panic!("{error}");
    };
    assert_eq!(tried[0].failure, AttemptFailure::TimedOut);
    drop(client);
    server.ended();
}

fn while_its_data_connection_is_open(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let data = control.data_for("RETR f");
        control.expect("ABOR");
        control.say("426 Aborted.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.answer("DELE f", "250 Gone.");
        drop(data);
    });
    let mut client = server.client(kind, impatient(|t, short| t.stall = short));
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("no byte came");
    let stalled = matches!(
        error,
        Error::Operation(OperationError::Stalled { bytes: 0 })
    );
    assert!(stalled, "{error}");
    client.delete(path("f")).expect("the session goes on");
    server.ended();
}

fn after_the_end_of_the_data(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        drop(control.data_for("RETR f"));
        control.until_gone();
    });
    let mut client = server.client(kind, impatient(|t, short| t.final_reply = short));
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("no final reply came");
    let step = Step::FinalReply("RETR".into());
    assert_eq!(timed_out(&error), Some(&step), "{error}");
    drop(client);
    server.ended();
}

fn and_reads_nothing_of_an_upload(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let data = control.data_for("STOR f");
        control.expect("ABOR");
        control.say("426 Aborted.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.until_gone();
        drop(data);
    });
    let mut client = server.client(kind, impatient(|t, short| t.stall = short));
    let store = ftp_proto::client::Store::new(ftp_proto::client::StoreAs::Whole(path("f")));
    let error = client
        .store(store, &mut ftp_io::storage::Reader(std::io::repeat(7)))
        .expect_err("nobody took the bytes");
    let stalled = matches!(error, Error::Operation(OperationError::Stalled { .. }));
    assert!(stalled, "{error}");
    drop(client);
    server.ended();
}

both! {
    before_its_greeting
    in_the_middle_of_its_greeting
    before_a_reply
    before_the_reply_that_starts_a_transfer
    and_never_connects_in_active_mode
    while_its_data_connection_is_open
    after_the_end_of_the_data
    and_reads_nothing_of_an_upload
}
