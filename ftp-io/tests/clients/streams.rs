//! Files and listings as streams: as large as they like, dropped when one likes.

use std::fmt::Write as _;
use std::io::{Read, Write};

use ftp_io::client::{ClientOptions, Error};
use ftp_proto::client::OperationError;

use crate::both;
use crate::kind::Kind;
use crate::scripted::{Scripted, accept, path};

/// More than the buffers of two sockets hold.
const LARGE: usize = 16 << 20;

fn a_file_is_read_to_its_end(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        data.write_all(&vec![7; LARGE]).expect("a reader");
        drop(data);
        control.say("226 Done.");
        control.answer("QUIT", "221 Bye.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut reader = client.read("f").expect("a file");
    let mut file = Vec::new();
    reader.read_to_end(&mut file).expect("the whole file");
    assert!(file.len() == LARGE && file.iter().all(|byte| *byte == 7));
    let transfer = reader.transfer().expect("an end");
    assert_eq!(transfer.bytes, LARGE as u64);
    assert_eq!(reader.read(&mut [0]).expect("an end again"), 0);
    drop(reader);
    client.quit().expect("the session goes on");
    server.ended();
}

fn a_file_that_is_refused_is_not_opened(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let listener = control.passive();
        control.answer("RETR f", "550 No such file.");
        drop(accept(&listener));
        control.answer("NOOP", "200 Here.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let Err(error) = client.read("f") else {
        panic!("there is no such file");
    };
    let refused = matches!(error, Error::Operation(OperationError::Refused(_)));
    assert!(refused, "{error}");
    client.noop().expect("the session goes on");
    server.ended();
}

fn a_file_that_is_cut_short_has_no_end(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        data.write_all(b"half").expect("a reader");
        crate::scripted::finish(data);
        control.say("451 The disk is broken.");
        control.answer("NOOP", "200 Here.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut reader = client.read("f").expect("a file");
    let mut file = Vec::new();
    let error = reader.read_to_end(&mut file).expect_err("not whole");
    assert_eq!(file, b"half");
    let error = error.downcast::<Error>().expect("an error of the client");
    let Error::Operation(OperationError::Failed { bytes: 4, reply }) = error else {
        panic!("{error}");
    };
    assert_eq!(reply.code().to_u16(), 451);
    assert!(reader.read(&mut [0]).is_err(), "an error is no end");
    drop(reader);
    client.noop().expect("the session goes on");
    server.ended();
}

fn a_reader_that_is_dropped_stops_the_transfer(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("RETR f");
        // Writing ends when the client closes the connection, before its next call.
        let mut sent = 0;
        while let Ok(taken) = data.write(&[7; 1 << 16]) {
            sent += taken;
        }
        assert!(sent > 0);
        control.expect("ABOR");
        control.say("426 Stopped.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.answer("SIZE f", "213 12345");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut reader = client.read("f").expect("a file");
    reader.read_exact(&mut [0; 100]).expect("bytes");
    drop(reader);
    assert_eq!(client.size("f").expect("its own reply"), 12345);
    server.ended();
}

fn a_file_is_written_to_its_end(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut stored = Vec::new();
        data.read_to_end(&mut stored).expect("an orderly end");
        assert!(stored.len() == LARGE && stored.iter().all(|byte| *byte == 7));
        control.say("226 Stored.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut writer = client.write("f").expect("a file");
    writer
        .write_all(&vec![7; LARGE])
        .expect("a server that reads");
    let transfer = writer.finish().expect("the file is stored");
    assert_eq!(transfer.bytes, LARGE as u64);
    drop(client);
    server.ended();
}

fn what_is_flushed_has_been_sent(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut part = [0; 4];
        data.read_exact(&mut part).expect("the first part");
        assert_eq!(&part, b"half");
        control.say("452 Enough.");
        control.until_gone();
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut writer = client.write("f").expect("a file");
    writer.write_all(b"half").expect("room");
    writer.flush().expect("a server that reads");
    let error = writer.finish().expect_err("the server took no more");
    let failed = matches!(error, Error::Operation(OperationError::Failed { .. }));
    assert!(failed, "{error}");
    drop(client);
    server.ended();
}

fn a_writer_that_is_dropped_makes_no_whole_file(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut part = Vec::new();
        data.read_to_end(&mut part).expect_err("no orderly end");
        control.expect("ABOR");
        control.say("426 Stopped.");
        control.say("226 Aborted.");
        control.answer("NOOP", "200 Here.");
        control.answer("SIZE f", "213 12345");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut writer = client.write("f").expect("a file");
    writer.write_all(b"half").expect("room");
    drop(writer);
    assert_eq!(client.size("f").expect("its own reply"), 12345);
    server.ended();
}

fn a_client_that_is_dropped_with_its_writer_makes_no_whole_file(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let mut data = control.data_for("STOR f");
        let mut part = Vec::new();
        data.read_to_end(&mut part).expect_err("no orderly end");
        control.until_gone();
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut writer = client.write("f").expect("a file");
    writer.write_all(b"half").expect("room");
    drop(writer);
    drop(client);
    server.ended();
}

/// What a directory may well hold.
const ENTRIES: usize = 100_000;

fn a_large_directory_comes_entry_by_entry(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let listener = control.next_passive();
        control.answer("MLSD", "150 Here it comes.");
        let mut data = accept(&listener);
        for thousand in 0..ENTRIES / 1000 {
            let mut lines = String::new();
            for one in 0..1000 {
                let n = thousand * 1000 + one;
                write!(lines, "type=file;size={n}; file {n}\r\n").expect("a string");
            }
            data.write_all(lines.as_bytes()).expect("a reader");
        }
        drop(data);
        control.say("226 Done.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut entries = client.entries(None).expect("a listing");
    let mut count = 0;
    for entry in &mut entries {
        let entry = entry.expect("an entry");
        assert_eq!(entry.size(), Some(count as u64));
        count += 1;
    }
    assert_eq!(count, ENTRIES);
    drop(entries);
    drop(client);
    server.ended();
}

fn a_listing_that_fails_gives_its_entries_first(kind: Kind) {
    let server = Scripted::new(|control| {
        control.log_in();
        let listener = control.next_passive();
        control.answer("MLSD", "150 Here it comes.");
        let mut data = accept(&listener);
        data.write_all(b"type=file; a\r\n").expect("a reader");
        drop(data);
        control.say("451 The disk is broken.");
        control.answer("DELE a", "250 Gone.");
    });
    let mut client = server.client(kind, ClientOptions::default());
    let mut entries = client.entries(None).expect("a listing");
    assert_eq!(entries.next().expect("one").expect("whole").name(), b"a");
    let error = entries.next().expect("an error").expect_err("not whole");
    let failed = matches!(error, Error::Operation(OperationError::Failed { .. }));
    assert!(failed, "{error}");
    assert!(entries.next().is_none());
    drop(entries);
    client.delete(path("a")).expect("the session goes on");
    server.ended();
}

both! {
    a_file_is_read_to_its_end
    a_file_that_is_refused_is_not_opened
    a_file_that_is_cut_short_has_no_end
    a_reader_that_is_dropped_stops_the_transfer
    a_file_is_written_to_its_end
    what_is_flushed_has_been_sent
    a_writer_that_is_dropped_makes_no_whole_file
    a_client_that_is_dropped_with_its_writer_makes_no_whole_file
    a_large_directory_comes_entry_by_entry
    a_listing_that_fails_gives_its_entries_first
}
