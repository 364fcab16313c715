//! FTP in a bare loop: a client and a server in one program, over links that are byte queues.
//!
//! All but this file needs `core` and `alloc` only; `tests/no-std` builds the same modules into a
//! program that links no `std`.

extern crate alloc;

#[allow(unreachable_pub, reason = "another program uses it too")]
mod driver;
#[allow(unreachable_pub, reason = "another program uses it too")]
mod link;
#[allow(unreachable_pub, reason = "another program uses it too")]
mod play;

use std::process::ExitCode;

use ftp_proto::client::DataPolicy::{Active, Passive};
use ftp_proto::codec::command::{FormatControl, RepresentationType};

fn main() -> ExitCode {
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
