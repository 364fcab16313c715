//! What a command costs: a client session says NOOP so many times, through the Rust functions or
//! through those that C calls. Run it under callgrind with two counts; the difference is the cost.
//!
//!     command_cost rust|c COUNT

use std::ptr;

use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession};
use ftp_proto::{ControlAddresses, Instant, Output};
use ftpproto::*;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.get(2).and_then(|count| count.parse().ok());
    let count: u32 = count.unwrap_or(1_000);
    let done = match arguments.get(1).map(String::as_str) {
        Some("c") => through_c(count),
        _ => through_rust(count),
    };
    assert_eq!(done, count);
}

fn through_rust(count: u32) -> u32 {
    let at = |port| std::net::SocketAddr::from(([192, 0, 2, 1], port));
    let addresses = ControlAddresses::new(at(40_000), at(21));
    let now = Instant::from_micros(0);
    let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
    assert_eq!(session.handle_input(GREETING), GREETING.len());
    let (mut asked, mut done) = (0, 0);
    loop {
        match session.poll_output(now).expect("a session") {
            Output::Send(bytes) => {
                let taken = bytes.len();
                session.sent(taken);
                assert_eq!(session.handle_input(REPLY), REPLY.len());
            }
            Output::Event(ClientEvent::Done { .. }) => done += 1,
            Output::Wait(_) if asked == count => return done,
            Output::Wait(_) => {
                session.noop().expect("room");
                asked += 1;
            }
            _ => {}
        }
    }
}

fn through_c(count: u32) -> u32 {
    let address = |port| ftp_address {
        ip: [192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        port,
        family: 4,
        ..ftp_address::default()
    };
    let (mut client, mut taken, mut op) = (ptr::null_mut(), 0, 0);
    let (mut asked, mut done) = (0, 0);
    // SAFETY: everything points to what it says, and the handle is freed once.
    unsafe {
        let (here, there) = (address(40_000), address(21));
        let result = ftp_client_new(ptr::null(), &here, &there, 0, &mut client);
        assert_eq!(result, ftp_result::FtpOk);
        ftp_client_handle_input(client, GREETING.as_ptr().cast(), GREETING.len(), &mut taken);
        let mut output = std::mem::zeroed::<ftp_output>();
        loop {
            let result = ftp_client_poll(client, 0, &mut output);
            assert_eq!(result, ftp_result::FtpOk);
            match output.kind {
                ftp_output_kind::Send => {
                    ftp_client_sent(client, output.body.send.len);
                    ftp_client_handle_input(client, REPLY.as_ptr().cast(), REPLY.len(), &mut taken);
                    assert_eq!(taken, REPLY.len());
                }
                ftp_output_kind::Event => {
                    let kind = output.body.client.kind;
                    done += u32::from(kind == ftp_client_event_kind::Done);
                }
                ftp_output_kind::Wait if asked == count => break,
                ftp_output_kind::Wait => {
                    assert_eq!(ftp_client_noop(client, &mut op), ftp_result::FtpOk);
                    asked += 1;
                }
                _ => {}
            }
        }
        ftp_client_free(client);
    }
    done
}

const GREETING: &[u8] = b"220 ready\r\n";
const REPLY: &[u8] = b"200 NOOP is done.\r\n";
