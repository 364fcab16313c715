//! FTP in a bare loop: a client and a server in one program, over links that are byte queues.
//!
//! `driver`, `transfer`, `link` and `play` need `core` and `alloc` only; `tests/no-std` builds them
//! into a program that links no `std`. With a command line, the same driver is joined to sockets by
//! `bridge`, so that it can be tested like the others.

extern crate alloc;

#[allow(unreachable_pub, reason = "a module of its own")]
mod bridge;
#[allow(unreachable_pub, reason = "another program uses it too")]
mod driver;
#[allow(unreachable_pub, reason = "another program uses it too")]
mod link;
#[allow(unreachable_pub, reason = "another program uses it too")]
mod play;
#[path = "../shared/mod.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "several programs share it"
)]
mod shared;
#[allow(unreachable_pub, reason = "another program uses it too")]
mod transfer;

use std::process::ExitCode;

use ftp_proto::client::DataPolicy::{Active, Passive};
use ftp_proto::codec::command::{FormatControl, RepresentationType};

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        return shared::run(bridge::drive, bridge::drive);
    }
    let file: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(n) >> 5) as u8)
        .collect();
    let ascii = RepresentationType::Ascii(FormatControl::NonPrint);
    for (mode, policy) in [("passive", Passive), ("active", Active)] {
        for (name, representation) in [("I", RepresentationType::Image), ("A", ascii)] {
            match play::play(policy, representation, &file) {
                Ok(played) if played.sent == played.received => println!(
                    "{mode}, TYPE {name}: {} bytes there and back, Adler-32 {:08x}",
                    played.bytes, played.received,
                ),
                Ok(_) => {
                    eprintln!("{mode}, TYPE {name}: what came back is not what was sent");
                    return ExitCode::FAILURE;
                }
                Err(error) => {
                    eprintln!("{mode}, TYPE {name}: {error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    if !play::gives_up_on_silence() {
        eprintln!("a client waits for a silent server for ever");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
