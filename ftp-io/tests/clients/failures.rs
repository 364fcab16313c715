//! What a server does wrong is told, and what it reports stops the transfer.

use std::io::Write;

use ftp_io::client::{ClientOptions, Error};
use ftp_io::storage::{Reader, Writer};
use ftp_proto::client::{OperationError, Store, StoreAs};
use ftp_proto::{ProtocolError, Step};

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Control, Scripted, accept, finish, path};

/// Retrieves a file from a script, which has logged the client in and opened the data connection.
fn retrieve_from(
    kind: Kind,
    script: impl FnOnce(&mut Control, std::net::TcpStream) + Send + 'static,
) -> Error {
    let server = Scripted::new(|control| {
        control.log_in();
        let data = control.data_for("RETR f");
        script(control, data);
    });
    let mut client = server.client(kind, ClientOptions::default());
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("the file is not whole");
    drop(client);
    server.ended();
    error
}

fn a_failure_reported_during_the_transfer_stops_it(kind: Kind) {
    let error = retrieve_from(kind, |control, mut data| {
        data.write_all(b"half").expect("a client that reads");
        control.say("451 The disk is broken.");
        control.until_gone();
        drop(data);
    });
    let Error::Operation(OperationError::Failed { reply, .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(reply.code().to_u16(), 451);
}

fn a_server_that_shuts_down_during_the_transfer_stops_it(kind: Kind) {
    let error = retrieve_from(kind, |control, data| {
        control.say("421 Shutting down.");
        control.until_gone();
        drop(data);
    });
    let closing = matches!(error, Error::Protocol(ProtocolError::Closing(_)));
    assert!(closing, "{error}");
}

fn a_control_connection_that_closes_during_the_transfer_stops_it(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let data = control.data_for("RETR f");
        // The data connection outlives the control connection, on a thread that nobody stops.
        std::thread::spawn(move || {
            let mut control_gone = data;
            let _ = std::io::Read::read(&mut control_gone, &mut [0]);
        });
    });
    let mut client = server.client(kind, ClientOptions::default());
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("the file is not whole");
    let Error::Protocol(ProtocolError::Closed(step)) = &error else {
        panic!("{error}");
    };
    assert_eq!(*step, Step::FinalReply("RETR".into()));
    drop(client);
    server.ended();
}

fn a_failure_after_all_the_data_is_a_failure(kind: Kind) {
    let error = retrieve_from(kind, |control, mut data| {
        data.write_all(b"all of it").expect("a client that reads");
        finish(data);
        control.say("426 Something was lost.");
        control.until_gone();
    });
    let failed = matches!(
        error,
        Error::Operation(OperationError::Failed { bytes: 9, .. })
    );
    assert!(failed, "{error}");
}

fn what_is_no_reply_ends_the_session(kind: Kind) {
    for greeting in [
        "HTTP/1.1 400 Bad Request",
        "99 bottles",
        "2 20",
        "",
        "220\0 x",
    ] {
        let server = Scripted::new(move |control| {
            control.say(greeting);
            control.until_gone();
        });
        let error = server
            .connect(kind, ClientOptions::default())
            .expect_err("no greeting came");
        let unreadable = matches!(error, Error::Protocol(ProtocolError::Decode(_)));
        assert!(unreadable, "{greeting:?}: {error}");
        server.ended();
    }
}

fn an_endless_line_ends_the_session(kind: Kind) {
    let server = Scripted::new(|control| {
        let kilobyte = "x".repeat(1024);
        control.say(&format!("220 {}", kilobyte.repeat(64)));
        control.until_gone();
    });
    let error = server
        .connect(kind, ClientOptions::default())
        .expect_err("no greeting came");
    let unreadable = matches!(error, Error::Protocol(ProtocolError::Decode(_)));
    assert!(unreadable, "{error}");
    server.ended();
}

fn a_refused_file_leaves_the_session_usable(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let listener = control.passive();
        control.answer("RETR f", "550 No such file.");
        let data = accept(&listener);
        assert_eq!(
            std::io::Read::read(&mut &data, &mut [0]).expect("an end"),
            0
        );
        control.answer("DELE g", "250 Gone.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let error = client
        .retrieve(path("f"), &mut Writer(Vec::new()))
        .expect_err("there is no such file");
    let refused = matches!(error, Error::Operation(OperationError::Refused(_)));
    assert!(refused, "{error}");
    client.delete(path("g")).expect("the session goes on");
    server.ended();
}

fn a_sink_that_fails_is_told_and_the_session_goes_on(kind: Kind) {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        let _ = data.write_all(&[0; 1 << 16]);
        control.expect("ABOR");
        control.say("426 You have closed it.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.answer("DELE g", "250 Gone.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let error = client
        .retrieve(path("f"), &mut Writer(Full))
        .expect_err("nothing can be written");
    let Error::Local(source) = &error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    client.delete(path("g")).expect("the session goes on");
    server.ended();
}

fn an_upload_whose_connection_the_server_resets_is_a_failure(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let data = control.data_for("STOR f");
        ftp_io::net::reset(&data);
        drop(data);
        control.say("452 No space.");
        control.until_gone();
    });
    let mut client = server.client(kind, ClientOptions::default());
    let error = client
        .store(
            Store::new(StoreAs::Whole(path("f"))),
            &mut Reader(std::io::repeat(7)),
        )
        .expect_err("the file is not whole");
    let Error::Operation(OperationError::Failed { reply, .. }) = &error else {
        panic!("{error}");
    };
    assert_eq!(reply.code().to_u16(), 452);
    drop(client);
    server.ended();
}

both! {
    a_failure_reported_during_the_transfer_stops_it
    a_server_that_shuts_down_during_the_transfer_stops_it
    a_control_connection_that_closes_during_the_transfer_stops_it
    a_failure_after_all_the_data_is_a_failure
    what_is_no_reply_ends_the_session
    an_endless_line_ends_the_session
    a_refused_file_leaves_the_session_usable
    a_sink_that_fails_is_told_and_the_session_goes_on
    an_upload_whose_connection_the_server_resets_is_a_failure
}
