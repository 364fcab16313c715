//! What is ended early, from here or from elsewhere, leaves the session where it was.

use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::pin::pin;
use std::task::Poll;

use ftp_io::client::{Canceller, ClientOptions, Error, Notice, Observer};
use ftp_io::storage::{Reader, Writer};
use ftp_proto::client::{OperationError, Store, StoreAs};

use crate::both;
use crate::kind::{Client, Kind};
use crate::scripted::{Scripted, path};

fn aborted<T: std::fmt::Debug>(result: Result<T, Error>) {
    let aborted = matches!(result, Err(Error::Operation(OperationError::Aborted)));
    assert!(aborted, "{result:?}");
}

/// Plays a retrieval that ends with ABOR, and a command behind it. `begun` is told of the start.
fn server(begun: impl FnOnce() + Send + 'static) -> Scripted {
    Scripted::new(move |control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        data.write_all(b"the first of it").expect("a reader");
        begun();
        let mut rest = Vec::new();
        let _ = data.read_to_end(&mut rest);
        control.expect("ABOR");
        control.say("426 Stopped.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.answer("SIZE f", "213 12345");
    })
}

fn a_cancelled_download_ends_and_the_session_goes_on(kind: Kind) {
    let (tell, told) = std::sync::mpsc::channel::<Canceller>();
    let server = server(move || told.recv().expect("a client").cancel());
    let mut client = server.client(kind, ClientOptions::default());
    tell.send(client.canceller()).expect("a server");
    aborted(client.retrieve(path("f"), &mut Writer(Vec::new())));
    assert_eq!(client.size("f").expect("its own reply"), 12345);
    server.ended();
}

fn a_cancelled_upload_is_no_whole_file(kind: Kind) {
    let (tell, told) = std::sync::mpsc::channel::<Canceller>();
    let server = Scripted::new(move |control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        data.read_exact(&mut [0; 4096]).expect("bytes");
        told.recv().expect("a client").cancel();
        let mut rest = Vec::new();
        data.read_to_end(&mut rest).expect_err("no orderly end");
        control.expect("ABOR");
        control.say("426 Stopped.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.answer("SIZE f", "213 12345");
    });
    let mut client = server.client(kind, ClientOptions::default());
    tell.send(client.canceller()).expect("a server");
    let store = Store::new(StoreAs::Whole(path("f")));
    aborted(client.store(store, &mut Reader(std::io::repeat(7))));
    assert_eq!(client.size("f").expect("its own reply"), 12345);
    server.ended();
}

fn cancelling_a_client_that_does_nothing_does_nothing(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        data.write_all(b"all of it").expect("a reader");
        drop(data);
        control.say("226 Done.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    client.canceller().cancel();
    let mut file = Writer(Vec::new());
    client.retrieve(path("f"), &mut file).expect("a whole file");
    assert_eq!(file.0, b"all of it");
    drop(client);
    server.ended();
}

fn a_command_that_the_server_has_ends_as_it_ends(kind: Kind) {
    let (tell, told) = std::sync::mpsc::channel::<Canceller>();
    let server = Scripted::new(move |control| {
        control.log_in();
        control.expect("DELE f");
        told.recv().expect("a client").cancel();
        control.say("250 Gone.");
        control.answer("NOOP", "200 Here.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    tell.send(client.canceller()).expect("a server");
    client.delete(path("f")).expect("it is gone");
    client.noop().expect("the session goes on");
    server.ended();
}

both! {
    a_cancelled_download_ends_and_the_session_goes_on
    a_cancelled_upload_is_no_whole_file
    cancelling_a_client_that_does_nothing_does_nothing
    a_command_that_the_server_has_ends_as_it_ends
}

/// Polls a future until `enough` says so, and drops it.
async fn poll_until(future: impl Future, mut enough: impl FnMut() -> bool) {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(_) => panic!("it was to be dropped before its end"),
        Poll::Pending if enough() => Poll::Ready(()),
        Poll::Pending => Poll::Pending,
    })
    .await;
}

/// Options that tell how many bytes have come, and which commands were sent.
fn watched() -> (ClientOptions, std::sync::mpsc::Receiver<String>) {
    let (tell, told) = std::sync::mpsc::channel();
    let observer = Observer::new(move |notice| {
        let said = match notice {
            Notice::Sent(line) => String::from_utf8_lossy(line).into_owned(),
            Notice::Progress(bytes) => format!("{bytes} bytes"),
            _ => return,
        };
        let _ = tell.send(said);
    });
    let options = ClientOptions {
        observer: Some(observer),
        ..ClientOptions::default()
    };
    (options, told)
}

#[test]
fn a_dropped_future_stops_its_transfer_at_once() {
    let server = server(|| {});
    let (options, told) = watched();
    let Client::Tokio(runtime, mut client) = server.client(Kind::Tokio, options) else {
        unreachable!("as asked");
    };
    let mut file = Writer(Vec::new());
    runtime.block_on(async {
        let retrieve = client.retrieve("f", &mut file);
        poll_until(retrieve, || told.try_iter().any(|said| said == "15 bytes")).await;
        assert!(
            told.try_iter().any(|said| said == "ABOR"),
            "before any call"
        );
        assert_eq!(client.size("f").await.expect("its own reply"), 12345);
    });
    assert_eq!(file.0, b"the first of it");
    server.ended();
}

#[test]
fn a_dropped_future_of_a_command_leaves_its_reply_behind() {
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let server = Scripted::new(move |control| {
        control.log_in();
        control.expect("DELE f");
        // Nothing is answered before the client has given up.
        told.recv().expect("a client");
        control.say("250 Gone.");
        control.answer("MDTM g", "213 20260102030405");
    });
    let (options, sent) = watched();
    let Client::Tokio(runtime, mut client) = server.client(Kind::Tokio, options) else {
        unreachable!("as asked");
    };
    runtime.block_on(async {
        poll_until(client.delete("f"), || {
            sent.try_iter().any(|said| said == "DELE f")
        })
        .await;
        tell.send(()).expect("a server");
        let modified = client.modified("g").await.expect("its own reply");
        assert_eq!(modified.year(), 2026);
    });
    server.ended();
}

#[test]
fn a_client_is_dropped_outside_its_runtime() {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut part = Vec::new();
        data.read_to_end(&mut part).expect_err("no orderly end");
        control.until_gone();
    });
    let client = server.client(Kind::Tokio, ClientOptions::default());
    let Client::Tokio(runtime, mut client) = client else {
        unreachable!("as asked");
    };
    let mut writer = runtime.block_on(client.write("f")).expect("a file");
    runtime
        .block_on(tokio::io::AsyncWriteExt::write_all(&mut writer, b"half"))
        .expect("room");
    drop(runtime);
    drop(writer);
    drop(client);
    server.ended();
}
