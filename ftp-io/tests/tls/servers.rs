//! What servers, and those on the way to one, may try on a client.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ftp_io::client::{ClientOptions, Error};
use ftp_io::storage::{Reader, Writer};
use ftp_proto::client::{AuthFallback, OperationError, Store, StoreAs, Tls};
use ftp_proto::codec::command::Command;
use ftp_proto::{DataEnding, ProtocolError, Timeouts};

use crate::both;
use crate::harness::{Handshakes, Identity, path};
use crate::kind::{Client, Kind};
use crate::peer::{self, Played, cut, private, whole};

fn replies_in_one_packet_with_234_are_never_read(kind: Kind) {
    let server = Played::in_clear(|mut control| {
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
    let refused = server.connect(kind, required(&Identity::of("127.0.0.1"), 20));
    assert!(
        matches!(refused, Err(Error::Protocol(ProtocolError::ClearBytes))),
        "{:?}",
        refused.err()
    );
    server.ended();
}

fn a_handshake_that_never_ends_is_given_up(kind: Kind) {
    let server = Played::in_clear(|mut control| {
        control.write_all(b"220 Hello.\r\n").expect("taken");
        let mut line = String::new();
        let mut reader = BufReader::new(control.try_clone().expect("a socket"));
        reader.read_line(&mut line).expect("a command");
        control.write_all(b"234 Go on.\r\n").expect("taken");
        // Its ClientHello, and then nothing more until it goes.
        let _ = reader.read_to_end(&mut Vec::new());
    });
    let refused = server.connect(kind, required(&Identity::of("127.0.0.1"), 1));
    assert!(
        matches!(refused, Err(Error::Protocol(ProtocolError::TimedOut(_)))),
        "{:?}",
        refused.err()
    );
    server.ended();
}

fn a_server_that_speaks_another_protocol_is_refused(kind: Kind) {
    for said in [&b"SSH-2.0-x\r\n"[..], b"HTTP/1.1 400 Bad Request\r\n\r\n"] {
        let server = Played::in_clear(move |mut control| {
            control.write_all(said).expect("taken");
            let _ = control.read_to_end(&mut Vec::new());
        });
        let options = ClientOptions {
            tls: Tls::Implicit,
            ..required(&Identity::of("127.0.0.1"), 20)
        };
        let refused = server.connect(kind, options);
        assert!(matches!(refused, Err(Error::Handshake(_))), "{refused:?}");
        server.ended();
    }
}

fn a_download_that_is_cut_without_close_notify_is_truncated(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let config = peer::config(&identity);
    let server = Played::new(Arc::clone(&config), move |peer| {
        peer.answer(|peer, line| {
            if line != "RETR f" {
                return false;
            }
            let mut data = private(peer.data(), &config);
            data.write_all(b"half of it").expect("taken");
            cut(data);
            peer.say("226 All of it, honestly.");
            true
        });
    });
    let mut client = server.client(kind, &identity, ClientOptions::default());
    lost(&mut client, DataEnding::Truncated, 10);
    client.noop().expect("the session lives");
    drop(client);
    server.ended();
}

fn a_certificate_for_another_name_on_a_data_connection_ends_the_transfer(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let other = Identity::of("other.example");
    // Trusted for its own name.
    let both = Identity {
        certificate: format!("{}{}", identity.certificate, other.certificate),
        key: String::new(),
    };
    let config = peer::config(&other);
    let server = Played::new(peer::config(&identity), move |peer| {
        peer.answer(|peer, line| {
            if line != "RETR f" {
                return false;
            }
            let mut data = private(peer.data(), &config);
            // Whatever is sent, nobody there will take it.
            let _ = data.write_all(b"forged");
            let _ = data.read_to_end(&mut Vec::new());
            peer.say("226 All of it.");
            true
        });
    });
    let mut client = server.client(kind, &both, ClientOptions::default());
    lost(&mut client, DataEnding::HandshakeFailed, 0);
    client.noop().expect("the session lives");
    drop(client);
    server.ended();
}

fn data_in_clear_where_tls_was_agreed_upon_is_not_taken(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let server = Played::new(peer::config(&identity), |peer| {
        peer.answer(|peer, line| {
            if line != "RETR f" {
                return false;
            }
            let mut data = peer.data();
            let _ = data.write_all(b"forged in clear");
            let _ = data.read_to_end(&mut Vec::new());
            peer.say("226 All of it.");
            true
        });
    });
    let mut client = server.client(kind, &identity, ClientOptions::default());
    lost(&mut client, DataEnding::HandshakeFailed, 0);
    client.noop().expect("the session lives");
    drop(client);
    server.ended();
}

fn a_data_handshake_that_never_ends_is_given_up_and_the_session_lives(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let server = Played::new(peer::config(&identity), |peer| {
        peer.answer(|peer, line| {
            match line {
                "RETR f" => {
                    let mut data = peer.data();
                    let _ = data.read_to_end(&mut Vec::new());
                }
                "ABOR" => {
                    peer.say("426 Aborted.");
                    peer.say("226 Aborted.");
                }
                _ => return false,
            }
            true
        });
    });
    // Long enough for the control connection's own.
    let mut client = server.client(kind, &identity, patient(10));
    lost(&mut client, DataEnding::HandshakeFailed, 0);
    client.noop().expect("the session lives");
    drop(client);
    server.ended();
}

/// Its final reply is there, and its end of the data connection stays open: close_notify is waited
/// for within a bound.
fn an_upload_whose_server_never_closes_its_side_ends(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let config = peer::config(&identity);
    let server = Played::new(Arc::clone(&config), move |peer| {
        let mut kept = None;
        peer.answer(|peer, line| {
            if line != "STOR f" {
                return false;
            }
            let mut data = private(peer.data(), &config);
            let mut received = Vec::new();
            data.read_to_end(&mut received).expect("with close_notify");
            assert_eq!(received, b"Hello.");
            kept = Some(data);
            peer.say("226 All of it.");
            true
        });
    });
    let mut timeouts = Timeouts::client();
    timeouts.close = Duration::from_secs(1);
    let options = ClientOptions {
        timeouts,
        ..ClientOptions::default()
    };
    let mut client = server.client(kind, &identity, options);
    let store = Store::new(StoreAs::Whole(path("f")));
    let stored = client.store(store, &mut Reader(&b"Hello."[..]));
    assert_eq!(stored.expect("stored").bytes, 6);
    client.noop().expect("the session lives");
    drop(client);
    server.ended();
}

/// The server has lost track of tickets, and gives new ones in the handshake that it refuses.
fn a_transfer_that_was_refused_unresumed_is_tried_once_more(kind: Kind) {
    for code in ["522", "425"] {
        let identity = Identity::of("127.0.0.1");
        let config = peer::config(&identity);
        // Its sessions are not those of the control connection.
        let of_data = peer::config(&identity);
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let server = Played::new(config, move |peer| {
            peer.answer(|peer, line| {
                if line != "RETR f" {
                    return false;
                }
                let data = private(peer.data(), &of_data);
                match counted.fetch_add(1, Ordering::Relaxed) {
                    0 => {
                        whole(data, b"");
                        peer.say(&format!("{code} Resume the session, please."));
                    }
                    _ => {
                        whole(data, b"Hello.");
                        peer.say("226 Done.");
                    }
                }
                true
            });
        });
        let handshakes = Handshakes::default();
        let options = ClientOptions {
            observer: Some(handshakes.observer()),
            ..ClientOptions::default()
        };
        let mut client = server.client(kind, &identity, options);
        let mut received = Vec::new();
        let sink = &mut Writer(&mut received);
        client.retrieve(path("f"), sink).expect("the second time");
        assert_eq!(received, b"Hello.");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        let kinds: Vec<_> = handshakes.of_data().iter().map(|it| it.handshake).collect();
        assert_eq!(
            kinds,
            [ftp_proto::Handshake::Full, ftp_proto::Handshake::Resumed]
        );
        client.quit().expect("an orderly end");
        server.ended();
    }
}

/// RFC 4217 §11 has TLS end there. What follows would be the next user's password.
fn a_server_that_ends_tls_behind_rein_hears_nothing_in_clear(kind: Kind) {
    let identity = Identity::of("127.0.0.1");
    let server = Played::new(peer::config(&identity), |peer| {
        peer.answer(|peer, line| {
            if line != "REIN" {
                return false;
            }
            let control = peer.control.get_mut();
            let taken = control.write_all(b"220 Ready for the next.\r\n");
            taken.expect("taken");
            control.conn.send_close_notify();
            control.flush().expect("taken");
            let mut rest = Vec::new();
            let _ = control.sock.read_to_end(&mut rest);
            for said in [&b"PBSZ"[..], b"AUTH", b"USER"] {
                assert!(!rest.windows(4).any(|bytes| bytes == said), "{rest:?}");
            }
            false
        });
    });
    let mut client = server.client(kind, &identity, ClientOptions::default());
    let _ = match &mut client {
        Client::Blocking(client) => client.command(Command::Rein),
        Client::Tokio(runtime, client) => runtime.block_on(client.command(Command::Rein)),
    };
    client.noop().expect_err("the session is over");
    drop(client);
    server.ended();
}

/// A server that answers each of these lines, which must come in this order, until the client goes.
fn dialogue(lines: &'static [(&str, &str)]) -> Played {
    Played::in_clear(move |mut control| {
        control.write_all(b"220 Hello.\r\n").expect("taken");
        let mut reader = BufReader::new(control.try_clone().expect("a socket"));
        for (expected, answer) in lines {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a command");
            assert_eq!(line.trim_end(), *expected);
            let answer = format!("{answer}\r\n");
            control.write_all(answer.as_bytes()).expect("taken");
        }
        let mut rest = Vec::new();
        let _ = reader.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    })
}

fn where_tls_is_required_nobody_is_named_behind_its_refusal(kind: Kind) {
    let server = dialogue(&[("AUTH TLS", "230 Logged in, no need for that.")]);
    let refused = server.connect(kind, required(&Identity::of("127.0.0.1"), 20));
    assert!(
        matches!(refused, Err(Error::Protocol(ProtocolError::TlsRefused(_)))),
        "{:?}",
        refused.err()
    );
    server.ended();
}

fn auth_ssl_is_tried_where_that_was_asked_for(kind: Kind) {
    let server = dialogue(&[("AUTH TLS", "504 No."), ("AUTH SSL", "504 No.")]);
    let options = ClientOptions {
        auth_fallback: AuthFallback::Ssl,
        ..required(&Identity::of("127.0.0.1"), 20)
    };
    let refused = server.connect(kind, options);
    assert!(
        matches!(refused, Err(Error::Protocol(ProtocolError::TlsRefused(_)))),
        "{:?}",
        refused.err()
    );
    server.ended();
}

fn tls_that_is_wanted_if_offered_may_be_refused(kind: Kind) {
    let server = dialogue(&[("AUTH TLS", "502 No."), ("NOOP", "200 Yes.")]);
    let options = ClientOptions {
        tls: Tls::IfOffered,
        ..required(&Identity::of("127.0.0.1"), 20)
    };
    let mut client = server.connect(kind, options).expect("a session in clear");
    client.noop().expect("an answer");
    drop(client);
    server.ended();
}

/// A download that must end so, after so many bytes.
fn lost(client: &mut Client, ending: DataEnding, bytes: u64) {
    let end = client.retrieve(path("f"), &mut Writer(Vec::new()));
    match end {
        Err(Error::Operation(OperationError::DataLost {
            ending: found,
            bytes: moved,
        })) => assert_eq!((found, moved), (ending, bytes)),
        end => panic!("{end:?}"),
    }
}

/// Such that TLS is asked for, and a handshake may take so many seconds.
fn required(trusted: &Identity, seconds: u64) -> ClientOptions {
    ClientOptions {
        tls: Tls::Required,
        tls_config: Some(trusted.trusted().build().expect("a configuration")),
        ..patient(seconds)
    }
}

fn patient(seconds: u64) -> ClientOptions {
    let mut timeouts = Timeouts::client();
    timeouts.handshake = Duration::from_secs(seconds);
    ClientOptions {
        timeouts,
        ..ClientOptions::default()
    }
}

both! {
    an_upload_whose_server_never_closes_its_side_ends
    where_tls_is_required_nobody_is_named_behind_its_refusal
    auth_ssl_is_tried_where_that_was_asked_for
    tls_that_is_wanted_if_offered_may_be_refused
    replies_in_one_packet_with_234_are_never_read
    a_handshake_that_never_ends_is_given_up
    a_server_that_speaks_another_protocol_is_refused
    a_download_that_is_cut_without_close_notify_is_truncated
    a_certificate_for_another_name_on_a_data_connection_ends_the_transfer
    data_in_clear_where_tls_was_agreed_upon_is_not_taken
    a_data_handshake_that_never_ends_is_given_up_and_the_session_lives
    a_transfer_that_was_refused_unresumed_is_tried_once_more
    a_server_that_ends_tls_behind_rein_hears_nothing_in_clear
}
