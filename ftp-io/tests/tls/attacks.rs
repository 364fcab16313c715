//! What clients, and those on the way to one, may try on a server.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use ftp_io::server::{CloseReason, Event, Permissions, TlsRequired, TransferOutcome, User, Users};
use ftp_io::tls::{DataProof, MaxVersion};
use ftp_proto::Timeouts;
use rustls::ClientConfig;
use socket2::{Domain, Socket, Type};

use crate::harness::{PATIENCE, Running};
use crate::raw::{Control, Private, config, config_of, private, tcp};

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

/// Also the ticket that a refused handshake has earned proves nothing.
fn a_stranger_at_the_data_connection(version: MaxVersion) {
    let server = Running::new(DataProof::Require).with_file("f", b"secret");
    let own = config_of(&server.identity, version);
    let stranger = config_of(&server.identity, version);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    for _ in 0..4 {
        refused(&mut control, &stranger);
    }
    served(&mut control, &own);
}

#[test]
fn a_data_connection_of_somebody_else_is_refused_again_and_again() {
    a_stranger_at_the_data_connection(MaxVersion::Tls13);
}

#[test]
fn the_same_over_tls_1_2() {
    a_stranger_at_the_data_connection(MaxVersion::Tls12);
}

/// Who may log in as well has tickets of this server, and yet not of this session.
fn another_session_at_the_data_connection(version: MaxVersion) {
    let server = Running::new(DataProof::Require).with_file("f", b"secret");
    let own = config_of(&server.identity, version);
    let others = config_of(&server.identity, version);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    let mut other = Control::connect(server.at[0]).log_in(&others);
    served(&mut other, &others);
    for _ in 0..2 {
        refused(&mut control, &others);
    }
    served(&mut control, &own);
}

#[test]
fn a_data_connection_of_another_session_is_refused() {
    another_session_at_the_data_connection(MaxVersion::Tls13);
}

#[test]
fn a_data_connection_of_another_session_is_refused_over_tls_1_2() {
    another_session_at_the_data_connection(MaxVersion::Tls12);
}

/// Asks for a file and shakes hands for it with sessions that do not prove anything.
fn refused(control: &mut Control<Private>, stranger: &Arc<ClientConfig>) {
    let data = control.data();
    control.say(b"RETR f\r\n");
    assert!(control.reply().starts_with("150"));
    let mut received = Vec::new();
    // It may be closed in any way.
    let _ = private(data, stranger).read_to_end(&mut received);
    assert_eq!(received, b"");
    let reply = control.reply();
    assert!(reply.starts_with("522"), "{reply}");
}

/// The same with sessions that do.
fn served(control: &mut Control<Private>, own: &Arc<ClientConfig>) {
    let data = control.data();
    control.say(b"RETR f\r\n");
    assert!(control.reply().starts_with("150"));
    let mut received = Vec::new();
    private(data, own)
        .read_to_end(&mut received)
        .expect("an end in order");
    assert_eq!(received, b"secret");
    assert!(control.reply().starts_with("226"));
}

/// All of 127/8 is this machine.
#[test]
fn a_data_connection_from_another_address_is_dropped_before_any_handshake() {
    let server = Running::new(DataProof::Require).with_file("f", b"secret");
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    let reply = control.ask("EPSV");
    let port = reply.split('|').nth(3).and_then(|port| port.parse().ok());
    let at = SocketAddr::from(([127, 0, 0, 1], port.expect("a port")));
    let stranger = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let elsewhere = SocketAddr::from(([127, 0, 0, 2], 0));
    stranger.bind(&elsewhere.into()).expect("loopback");
    stranger.connect(&at.into()).expect("a listener");
    stranger.set_read_timeout(Some(PATIENCE)).expect("a socket");
    control.say(b"RETR f\r\n");
    // Dropped, in whatever way; nothing is said to it.
    let mut received = Vec::new();
    let _ = TcpStream::from(stranger).read_to_end(&mut received);
    assert_eq!(received, b"");
    let data = tcp(at);
    assert!(control.reply().starts_with("150"));
    private(data, &own)
        .read_to_end(&mut received)
        .expect("an end in order");
    assert_eq!(received, b"secret");
    assert!(control.reply().starts_with("226"));
}

/// A browser can be made to send a request to any port, under TLS as well (CVE-2021-3618).
#[test]
fn what_speaks_another_protocol_is_cut_off_in_clear_and_under_tls() {
    let hello = b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03";
    let others = [
        &b"POST / HTTP/1.1\r\nHost: x\r\n\r\nUSER ada\r\n"[..],
        b"SSH-2.0-x\r\n",
    ];
    let gone = |stream: &mut dyn Read| {
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    };
    for said in others.iter().copied().chain([&hello[..]]) {
        // In clear where that is spoken: the greeting, and nothing behind it.
        let server = Running::new(DataProof::Prefer);
        let mut stream = tcp(server.at[0]);
        stream.write_all(said).expect("taken");
        let heard = gone(&mut stream);
        assert!(
            heard.starts_with("220") && heard.lines().count() == 1,
            "{heard}"
        );
        assert_eq!(server.await_event(ended), Some(CloseReason::NotFtp));
    }
    for said in others {
        // In clear where TLS is: no handshake.
        let server = Running::new(DataProof::Prefer);
        let mut stream = tcp(server.at[1]);
        stream.write_all(said).expect("taken");
        gone(&mut stream);
        assert_eq!(server.await_event(ended), Some(CloseReason::TlsFailed));

        // Under TLS.
        let server = Running::new(DataProof::Prefer);
        let mut stream = private(tcp(server.at[1]), &config(&server.identity));
        stream.write_all(said).expect("taken");
        let heard = gone(&mut stream);
        assert!(
            heard.starts_with("220") && heard.lines().count() == 1,
            "{heard}"
        );
        assert_eq!(server.await_event(ended), Some(CloseReason::NotFtp));
    }
}

#[test]
fn what_must_be_under_tls_is_refused_before() {
    let server = Running::with(DataProof::Prefer, |builder| {
        let users = Users::new()
            .with(User::new("ada", "secret", Permissions::READ_WRITE))
            .with_anonymous(Permissions::READ_ONLY);
        builder.users(users).require_tls(TlsRequired::Both)
    });
    let mut control = Control::connect(server.at[0]);
    assert!(control.ask("USER ada").starts_with("530"));
    assert!(control.ask("PASS secret").starts_with("503"));
    // Of whom nothing is asked here.
    assert!(control.ask("USER anonymous").starts_with("331"));
    assert!(control.ask("PASS me").starts_with("230"));
    let data = control.data();
    assert!(control.ask("RETR nothing").starts_with("550"));
    drop(data);
    let mut control = Control::connect(server.at[0]).log_in(&config(&server.identity));
    assert!(control.ask("PROT C").starts_with("534"));
    assert!(control.ask("REIN").starts_with("220"));
    assert!(control.ask("USER ada").starts_with("331"));
    assert!(control.ask("PASS secret").starts_with("230"));
    let data = control.data();
    assert!(control.ask("STOR f").starts_with("521"));
    drop(data);
}

#[test]
fn a_handshake_for_another_protocol_is_refused() {
    let server = Running::new(DataProof::Prefer);
    let mut config = (*config(&server.identity)).clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let mut stream = private(tcp(server.at[1]), &Arc::new(config));
    let refused = stream.read(&mut [0; 8]);
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(server.await_event(ended), Some(CloseReason::TlsFailed));
}

/// RFC 4217 §11 has TLS end there: but a client that does not expect it would say the next
/// password in clear.
#[test]
fn rein_resets_pbsz_and_prot_and_leaves_the_control_connection_under_tls() {
    let server = Running::new(DataProof::Require).with_file("f", b"secret");
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    assert!(control.ask("REIN").starts_with("220"));
    assert!(control.ask("PROT P").starts_with("503"));
    assert!(control.ask("PWD").starts_with("530"));
    assert!(control.ask("AUTH TLS").starts_with("503"));
    for (command, code) in [
        ("USER ada", "331"),
        ("PASS secret", "230"),
        ("PBSZ 0", "200"),
        ("PROT P", "200"),
    ] {
        let reply = control.ask(command);
        assert!(reply.starts_with(code), "{reply}");
    }
    served(&mut control, &own);
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
    for _ in 0..5 {
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
        let stored = std::fs::metadata(server.file("f")).expect("there").len();
        assert_eq!(stored, sent.len() as u64);
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
