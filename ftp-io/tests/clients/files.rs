//! Files of this machine: whole, resumed, and what is left of them when that fails.

use std::io::{Read, Write};

use ftp_io::client::{Canceller, ClientOptions, Download, Error, Upload};
use ftp_proto::client::OperationError;
use tempfile::TempDir;

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Control, Scripted, accept};

/// A directory with a file of this content, if any.
fn holding(content: Option<&str>) -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("file");
    if let Some(content) = content {
        std::fs::write(&path, content).expect("a file");
    }
    (directory, path)
}

/// Answers SIZE and opens a data connection for a command, with what stands directly before it.
fn serve(
    control: &mut Control,
    size: &str,
    rest: Option<&str>,
    command: &str,
) -> std::net::TcpStream {
    control.answer("TYPE I", "200 I.");
    control.answer("SIZE f", size);
    let listener = control.next_passive();
    if let Some(rest) = rest {
        control.answer(rest, "350 From there.");
    }
    control.answer(command, "150 Go on.");
    accept(&listener)
}

fn a_download_replaces_what_is_here(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = serve(control, "213 9", None, "RETR f");
        data.write_all(b"all of it").expect("a reader");
        drop(data);
        control.say("226 Done.");
    });
    let (_directory, path) = holding(Some("something longer"));
    let mut client = server.client(kind, ClientOptions::default());
    let mut told = Vec::new();
    let download = Download::new("f", &path).expect("a name");
    let copied = client
        .download(download, |progress| told.push(progress))
        .expect("a whole file");
    assert_eq!(copied.size, 9);
    assert_eq!(std::fs::read(path).expect("a file"), b"all of it");
    let last = told.last().expect("some progress");
    assert_eq!((last.done, last.total), (9, Some(9)));
    drop(client);
    server.ended();
}

fn a_download_goes_on_behind_what_is_here(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = serve(control, "213 9", Some("REST 4"), "RETR f");
        data.write_all(b"of it").expect("a reader");
        drop(data);
        control.say("226 Done.");
        control.answer("SIZE f", "213 9");
    });
    let (_directory, path) = holding(Some("all "));
    let mut client = server.client(kind, ClientOptions::default());
    let mut told = Vec::new();
    let download = || Download::new("f", &path).expect("a name").resume();
    let copied = client
        .download(download(), |progress| told.push(progress.done))
        .expect("a whole file");
    assert_eq!(copied.transfer.map(|transfer| transfer.bytes), Some(5));
    assert_eq!(std::fs::read(&path).expect("a file"), b"all of it");
    assert_eq!(told.last(), Some(&9));
    let copied = client.download(download(), |_| {}).expect("all is here");
    assert_eq!((copied.size, copied.transfer), (9, None));
    drop(client);
    server.ended();
}

fn a_download_that_cannot_be_the_same_file_is_refused_here(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        control.answer("TYPE I", "200 I.");
        control.answer("SIZE f", "213 9");
        control.answer("NOOP", "200 Here.");
    });
    let (_directory, path) = holding(Some("something longer"));
    let mut client = server.client(kind, ClientOptions::default());
    let download = Download::new("f", &path).expect("a name").resume();
    let error = client.download(download, |_| {}).expect_err("it is longer");
    assert!(
        matches!(error, Error::LargerThanSource { here: 16, size: 9 }),
        "{error}"
    );
    assert_eq!(std::fs::read(path).expect("a file"), b"something longer");
    client.noop().expect("the session goes on");
    server.ended();
}

fn a_download_that_is_refused_leaves_what_is_here(kind: Kind) {
    for content in [Some("here"), None] {
        let server = Scripted::new(|control| {
            control.log_in();
            control.answer("TYPE I", "200 I.");
            control.answer("SIZE f", "550 No such file.");
            let listener = control.next_passive();
            control.answer("RETR f", "550 No such file.");
            drop(accept(&listener));
            control.answer("NOOP", "200 Here.");
        });
        let (_directory, path) = holding(content);
        let mut client = server.client(kind, ClientOptions::default());
        let download = Download::new("f", &path).expect("a name");
        let error = client.download(download, |_| {}).expect_err("no file");
        let refused = matches!(error, Error::Operation(OperationError::Refused(_)));
        assert!(refused, "{error}");
        assert_eq!(std::fs::read_to_string(path).ok().as_deref(), content);
        client.noop().expect("the session goes on");
        server.ended();
    }
}

fn a_download_that_is_cut_short_keeps_what_has_come(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = serve(control, "213 9", None, "RETR f");
        data.write_all(b"all").expect("a reader");
        drop(data);
        control.say("226 Done.");
        control.answer("NOOP", "200 Here.");
    });
    let (_directory, path) = holding(Some("something longer"));
    let mut client = server.client(kind, ClientOptions::default());
    let download = Download::new("f", &path).expect("a name");
    let error = client.download(download, |_| {}).expect_err("not whole");
    let Error::Operation(OperationError::Short {
        expected: 9,
        received: 3,
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!(std::fs::read(path).expect("a file"), b"all");
    client.noop().expect("the session goes on");
    server.ended();
}

fn a_download_that_is_cancelled_before_its_file_begins_none(kind: Kind) {
    let (tell, told) = std::sync::mpsc::channel::<Canceller>();
    let server = Scripted::new(move |control| {
        control.log_in();
        control.answer("TYPE I", "200 I.");
        control.expect("SIZE f");
        told.recv().expect("a client").cancel();
        control.say("213 9");
        control.answer("NOOP", "200 Here.");
    });
    let (_directory, path) = holding(None);
    let mut client = server.client(kind, ClientOptions::default());
    tell.send(client.canceller()).expect("a server");
    let download = Download::new("f", &path).expect("a name");
    let error = client.download(download, |_| {}).expect_err("cancelled");
    let aborted = matches!(error, Error::Operation(OperationError::Aborted));
    assert!(aborted, "{error}");
    assert!(!path.exists());
    client.noop().expect("the session goes on");
    server.ended();
}

fn an_upload_goes_on_behind_what_the_server_has(kind: Kind) {
    for (resume, rest, command) in [
        (
            Upload::resume as fn(Upload) -> Upload,
            Some("REST 4"),
            "STOR f",
        ),
        (Upload::resume_by_append, None, "APPE f"),
    ] {
        let server = Scripted::new(move |control| {
            control.log_in();
            let mut data = serve(control, "213 4", rest, command);
            let mut stored = Vec::new();
            data.read_to_end(&mut stored).expect("an orderly end");
            assert_eq!(stored, b"of it");
            control.say("226 Stored.");
            control.answer("SIZE f", "213 9");
        });
        let (_directory, path) = holding(Some("all of it"));
        let mut client = server.client(kind, ClientOptions::default());
        let mut told = Vec::new();
        let upload = resume(Upload::new(&path, "f").expect("a name"));
        let copied = client
            .upload(upload, |progress| told.push(progress))
            .expect("a whole file");
        assert_eq!(copied.size, 9);
        let last = told.last().expect("some progress");
        assert_eq!((last.done, last.total), (9, Some(9)));
        drop(client);
        server.ended();
    }
}

fn an_upload_begins_anew_where_the_server_has_nothing(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = serve(control, "550 No such file.", None, "STOR f");
        let mut stored = Vec::new();
        data.read_to_end(&mut stored).expect("an orderly end");
        control.say("226 Stored.");
        control.answer("SIZE f", "213 7");
    });
    let (_directory, path) = holding(Some("all of it"));
    let mut client = server.client(kind, ClientOptions::default());
    let upload = Upload::new(&path, "f").expect("a name").resume();
    let error = client.upload(upload, |_| {}).expect_err("another size");
    assert!(
        matches!(
            error,
            Error::SizeDiffers {
                expected: 9,
                found: 7
            }
        ),
        "{error}"
    );
    drop(client);
    server.ended();
}

fn an_upload_of_what_is_no_file_sends_nothing(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        control.answer("NOOP", "200 Here.");
    });
    let (directory, path) = holding(None);
    let mut client = server.client(kind, ClientOptions::default());
    for path in [path.as_path(), directory.path()] {
        let upload = Upload::new(path, "f").expect("a name");
        let error = client.upload(upload, |_| {}).expect_err("no file");
        assert!(matches!(error, Error::Local(_)), "{error}");
    }
    client.noop().expect("the session goes on");
    server.ended();
}

both! {
    a_download_replaces_what_is_here
    a_download_goes_on_behind_what_is_here
    a_download_that_cannot_be_the_same_file_is_refused_here
    a_download_that_is_refused_leaves_what_is_here
    a_download_that_is_cut_short_keeps_what_has_come
    a_download_that_is_cancelled_before_its_file_begins_none
    an_upload_goes_on_behind_what_the_server_has
    an_upload_begins_anew_where_the_server_has_nothing
    an_upload_of_what_is_no_file_sends_nothing
}
