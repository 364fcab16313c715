//! What peers and those on the way may try.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use ftp_io::client::{ClientOptions, Error};
use ftp_io::server::{CloseReason, Event, TransferOutcome};
use ftp_io::storage::Writer;
use ftp_io::tls::DataProof;
use ftp_proto::client::{OperationError, Tls};
use ftp_proto::{DataEnding, ProtocolError, Timeouts};
use rustls::{ServerConnection, StreamOwned};

use crate::both;
use crate::harness::{Identity, Running, path};
use crate::kind::{Client, Kind};
use crate::raw::{Control, config, private, server_config, tcp};

#[test]
fn a_command_in_one_packet_with_auth_is_never_run() {
    let server = Running::new(DataProof::Prefer);
    let mut control = Control::connect(server.at[0]);
    control.say(b"AUTH TLS\r\nUSER ada\r\nPASS secret\r\nDELE f\r\n");
    let mut replies = Vec::new();
    loop {
        match control.reply() {
            line if line.is_empty() => break,
            line => replies.push(line),
        }
    }
    assert!(
        replies.iter().all(|line| line.starts_with("234")),
        "{replies:?}"
    );
    let reason = server.await_event(ended);
    assert_eq!(reason, Some(CloseReason::ClearBytes));
}

fn replies_in_one_packet_with_234_are_never_read(kind: Kind) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let server = std::thread::spawn(move || {
        let (mut control, _) = listener.accept().expect("a client");
        control.write_all(b"220 Hello.\r\n").expect("taken");
        let mut line = String::new();
        let mut reader = BufReader::new(control.try_clone().expect("a socket"));
        reader.read_line(&mut line).expect("a command");
        assert_eq!(line, "AUTH TLS\r\n");
        let forged = b"234 Go on.\r\n230 Logged in.\r\n";
        control.write_all(forged).expect("taken");
        let mut rest = Vec::new();
        // A client that has gone may have reset the connection.
        let _ = reader.read_to_end(&mut rest);
        assert!(!rest.windows(4).any(|said| said == b"USER"));
    });
    let identity = Identity::of("127.0.0.1");
    let options = ClientOptions {
        tls: Tls::Required,
        tls_config: Some(identity.trusted().build().expect("a configuration")),
        ..ClientOptions::default()
    };
    let refused = Client::connect(kind, "127.0.0.1", port, options);
    assert!(
        matches!(refused, Err(Error::Protocol(ProtocolError::ClearBytes))),
        "{:?}",
        refused.err()
    );
    server.join().expect("the script went as it should");
}

/// Also the ticket that a refused handshake has earned proves nothing.
#[test]
fn a_data_connection_of_somebody_else_is_refused_again_and_again() {
    let server = Running::new(DataProof::Require).with_file("f", b"secret");
    let own = config(&server.identity);
    let stranger = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    for _ in 0..4 {
        let data = control.data();
        control.say(b"RETR f\r\n");
        assert!(control.reply().starts_with("150"));
        let mut data = private(data, &stranger);
        let mut received = Vec::new();
        // It may be closed in any way.
        let _ = data.read_to_end(&mut received);
        assert_eq!(received, b"");
        let reply = control.reply();
        assert!(reply.starts_with("522"), "{reply}");
    }
    let data = control.data();
    control.say(b"RETR f\r\n");
    assert!(control.reply().starts_with("150"));
    let mut received = Vec::new();
    private(data, &own)
        .read_to_end(&mut received)
        .expect("an end in order");
    assert_eq!(received, b"secret");
    assert!(control.reply().starts_with("226"));
}

#[test]
fn a_data_connection_that_is_not_proven_is_served_and_told_where_proof_is_preferred() {
    let server = Running::new(DataProof::Prefer).with_file("f", b"Hello.");
    let mut control = Control::connect(server.at[0]).log_in(&config(&server.identity));
    let data = control.data();
    control.say(b"RETR f\r\n");
    assert!(control.reply().starts_with("150"));
    let mut received = Vec::new();
    let mut data = private(data, &config(&server.identity));
    data.read_to_end(&mut received).expect("an end in order");
    assert_eq!(received, b"Hello.");
    assert!(control.reply().starts_with("226"));
    let is_proven = server.await_event(|event| match event {
        Event::DataSecured { is_proven, .. } => Some(*is_proven),
        _ => None,
    });
    assert!(!is_proven);
}

#[test]
fn an_upload_that_is_cut_without_close_notify_has_failed() {
    let server = Running::new(DataProof::Prefer);
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    let data = control.data();
    control.say(b"STOR f\r\n");
    assert!(control.reply().starts_with("150"));
    let mut data = private(data, &own);
    data.write_all(b"half of it").expect("taken");
    data.flush().expect("taken");
    data.sock.shutdown(Shutdown::Write).expect("a socket");
    let reply = control.reply();
    assert!(reply.starts_with("426"), "{reply}");
    assert_eq!(server.await_event(outcome), TransferOutcome::Truncated);
    assert!(control.ask("PWD").starts_with("257"));
}

/// Under `prefer` nothing comes to a client that uploads, so that one which never reads and closes
/// at once loses nothing by it.
#[test]
fn an_upload_whose_client_never_reads_is_whole() {
    let server = Running::new(DataProof::Prefer);
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    let sent = vec![7; 5 << 20];
    for _ in 0..30 {
        let data = control.data();
        control.say(b"STOR f\r\n");
        assert!(control.reply().starts_with("150"));
        let mut data = private(data, &own);
        data.write_all(&sent).expect("taken");
        data.conn.send_close_notify();
        data.flush().expect("taken");
        drop(data);
        let reply = control.reply();
        assert!(reply.starts_with("226"), "{reply}");
        assert!(std::fs::read(server.file("f")).expect("there") == sent);
    }
}

#[test]
fn a_handshake_that_never_ends_meets_its_deadline() {
    let server = Running::with(DataProof::Prefer, |builder| {
        let mut timeouts = Timeouts::server();
        timeouts.handshake = Duration::from_millis(300);
        builder.timeouts(timeouts)
    });
    let server = server.with_file("f", b"Hello.");
    // At the port where TLS comes first, where nothing is said before it.
    let mut silent = tcp(server.at[1]);
    assert_eq!(silent.read(&mut [0; 8]).expect("an end"), 0);
    assert_eq!(
        server.await_event(ended),
        Some(CloseReason::HandshakeTimedOut)
    );
}

#[test]
fn a_data_handshake_that_never_ends_is_425_and_the_session_lives() {
    // Longer for the control connection's own, which has to be done in time here.
    let server = Running::with(DataProof::Prefer, |builder| {
        let mut timeouts = Timeouts::server();
        timeouts.handshake = Duration::from_secs(20);
        builder.timeouts(timeouts)
    });
    let server = server.with_file("f", b"Hello.");
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    let silent = control.data();
    control.say(b"RETR f\r\n");
    assert!(control.reply().starts_with("150"));
    let reply = control.reply();
    assert!(reply.starts_with("425"), "{reply}");
    assert_eq!(
        server.await_event(outcome),
        TransferOutcome::HandshakeFailed
    );
    drop(silent);
    assert!(control.ask("PWD").starts_with("257"));
}

#[test]
fn a_data_connection_that_speaks_no_tls_is_425_and_the_session_lives() {
    let server = Running::new(DataProof::Prefer).with_file("f", b"Hello.");
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    let mut data = control.data();
    control.say(b"RETR f\r\n");
    assert!(control.reply().starts_with("150"));
    data.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("taken");
    let reply = control.reply();
    assert!(reply.starts_with("425"), "{reply}");
    assert!(control.ask("PWD").starts_with("257"));
}

fn a_download_that_is_cut_without_close_notify_is_truncated(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let tls = server_config(&identity, |_| {});
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let server = std::thread::spawn(move || {
        let shake = |stream| {
            let connection = ServerConnection::new(Arc::clone(&tls)).expect("a connection");
            StreamOwned::new(connection, stream)
        };
        let (control, _) = listener.accept().expect("a client");
        let mut control = BufReader::new(shake(control));
        let say = |control: &mut BufReader<StreamOwned<_, _>>, text: &str| {
            control.get_mut().write_all(text.as_bytes()).expect("taken");
        };
        say(&mut control, "220 Hello.\r\n");
        let passive = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = passive.local_addr().expect("bound").port();
        loop {
            let mut line = String::new();
            if control.read_line(&mut line).unwrap_or(0) == 0 {
                break;
            }
            match line.get(..4) {
                Some("USER") => say(&mut control, "230 Logged in.\r\n"),
                Some("EPSV") => say(&mut control, &format!("229 Here (|||{port}|)\r\n")),
                Some("RETR") => {
                    let (data, _) = passive.accept().expect("a client");
                    say(&mut control, "150 Here it comes.\r\n");
                    let mut data = shake(data);
                    data.write_all(b"half of it").expect("taken");
                    data.flush().expect("taken");
                    data.sock.shutdown(Shutdown::Write).expect("a socket");
                    say(&mut control, "226 All of it, honestly.\r\n");
                }
                _ => say(&mut control, "200 Fine.\r\n"),
            }
        }
    });
    let options = ClientOptions {
        tls: Tls::Implicit,
        tls_config: Some(identity.trusted().build().expect("a configuration")),
        ..ClientOptions::default()
    };
    let mut client = Client::connect(kind, "127.0.0.1", port, options).expect("a session");
    let login = ftp_proto::client::Login::new(
        path("ada"),
        ftp_proto::codec::command::Password::try_from("secret").expect("a password"),
    );
    client.login(login).expect("logged in");
    let mut received = Vec::new();
    let end = client.retrieve(path("f"), &mut Writer(&mut received));
    assert!(
        matches!(
            end,
            Err(Error::Operation(OperationError::DataLost {
                ending: DataEnding::Truncated,
                bytes: 10,
            }))
        ),
        "{end:?}"
    );
    client.noop().expect("the session lives");
    drop(client);
    server.join().expect("the script went as it should");
}

fn ended(event: &Event) -> Option<Option<CloseReason>> {
    match event {
        Event::SessionEnded { reason, .. } => Some(*reason),
        _ => None,
    }
}

fn outcome(event: &Event) -> Option<TransferOutcome> {
    match event {
        Event::TransferEnded { outcome, .. } => Some(*outcome),
        _ => None,
    }
}

both! {
    replies_in_one_packet_with_234_are_never_read
    a_download_that_is_cut_without_close_notify_is_truncated
}
