//! The server over IPv6, which not every machine has: a test with a runner that counts skips.

#[expect(dead_code, reason = "shared with the other tests of the server")]
mod client;
#[expect(dead_code, reason = "shared with the other tests of the server")]
mod harness;

use std::net::{Ipv6Addr, TcpListener};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use client::{Client, accept, read_all};
use harness::Running;

fn main() -> ExitCode {
    let trials = vec![Trial::ignorable_test("every_mode_works_over_ipv6", || {
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            every_mode_works_over_ipv6();
            return Ok(Completion::Completed);
        }
        let full = std::env::var_os("FTP_FULL").is_some_and(|value| value == "1");
        match full {
            true => Err(Failed::from("FTP_FULL=1 allows no skip: there is no IPv6")),
            false => Ok(Completion::ignored_with(
                "this machine has no IPv6, which FTP_FULL=1 asks for",
            )),
        }
    })];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn every_mode_works_over_ipv6() {
    let server = Running::at(&[(Ipv6Addr::LOCALHOST, 0).into()], |builder| builder)
        .with_file("f", b"content");
    let mut client = Client::logged_in(server.address());
    client.say("PASV", 425);
    assert_eq!(client.fetch("RETR f"), b"content");
    let listener = client.eprt();
    client.send("RETR f\r\n");
    let data = accept(&listener);
    client.expect(150);
    assert_eq!(read_all(data), b"content");
    client.expect(226);
}
