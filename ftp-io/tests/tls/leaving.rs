//! Clients that are gone before the server has said its last word on a data connection.

use std::io::Write;

use ftp_io::tls::DataProof;

use crate::harness::Running;
use crate::raw::{Control, config, private};

/// Under `require` a ticket comes with an upload. curl shakes hands before the preliminary reply,
/// and reads once when it has sent all: what is not there by then is lost, and may cost the file.
#[test]
fn a_client_that_shakes_hands_first_has_its_ticket_before_the_preliminary_reply() {
    let server = Running::new(DataProof::Require);
    let own = config(&server.identity);
    let mut control = Control::connect(server.at[0]).log_in(&own);
    for _ in 0..30 {
        let mut data = private(control.data(), &own);
        data.conn.write_tls(&mut data.sock).expect("a hello");
        control.say(b"STOR f\r\n");
        while data.conn.is_handshaking() {
            data.conn.complete_io(&mut data.sock).expect("a handshake");
        }
        assert!(control.reply().starts_with("150"));
        data.sock.set_nonblocking(true).expect("a socket");
        let waiting = data.sock.peek(&mut [0; 1]);
        assert_eq!(waiting.expect("a ticket that has come"), 1);
        data.sock.set_nonblocking(false).expect("a socket");
        data.conn.read_tls(&mut data.sock).expect("the ticket");
        data.conn.process_new_packets().expect("the ticket");
        data.write_all(b"Hello.").expect("taken");
        data.conn.send_close_notify();
        data.flush().expect("taken");
        drop(data);
        let reply = control.reply();
        assert!(reply.starts_with("226"), "{reply}");
    }
}

/// curl knows by SIZE that nothing will come, and closes when the preliminary reply is there.
#[test]
fn a_client_that_leaves_when_it_has_all_is_told_that_it_has() {
    for proof in [DataProof::Prefer, DataProof::Require] {
        let server = Running::new(proof).with_file("f", b"");
        let own = config(&server.identity);
        let mut control = Control::connect(server.at[0]).log_in(&own);
        for _ in 0..30 {
            let mut data = private(control.data(), &own);
            data.conn.write_tls(&mut data.sock).expect("a hello");
            control.say(b"RETR f\r\n");
            while data.conn.is_handshaking() {
                data.conn.complete_io(&mut data.sock).expect("a handshake");
            }
            assert!(control.reply().starts_with("150"));
            data.conn.send_close_notify();
            data.conn.write_tls(&mut data.sock).expect("taken");
            // What has come, which are tickets. The end may have come too, or not.
            data.sock.set_nonblocking(true).expect("a socket");
            let _ = data.conn.read_tls(&mut data.sock);
            let _ = data.conn.process_new_packets();
            drop(data);
            let reply = control.reply();
            assert!(reply.starts_with("226"), "{reply}");
        }
    }
}
