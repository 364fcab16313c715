//! The vectors of `tests/listings`, read by `parse_listing.c`.

use std::fs;
use std::process::{Command, Stdio};

use ftp_proto::Zone;
use ftp_proto::listing::{ListingOptions, Shape};
use ftp_tests::library::{self, Linking};
use ftp_tests::{Trouble, trial};
use libtest_mimic::Trial;

use crate::vectors::{VectorFile, files};

pub(crate) fn trials() -> Vec<Trial> {
    let read = |file: VectorFile| {
        let name = format!("parse_listing::{}", file.format);
        trial(name, move || read_file(&file))
    };
    files().into_iter().map(read).collect()
}

/// Each listing whole, and byte by byte.
fn read_file(file: &VectorFile) -> Result<(), Trouble> {
    let compiler = library::any_compiler()?;
    let program = library::example("parse_listing", compiler, Linking::Shared)?;
    let folder = tempfile::tempdir()?;
    let listing = folder.path().join("listing");
    for vector in &file.vectors {
        fs::write(&listing, &vector.input)?;
        let expected: Vec<String> = vector.expected.iter().map(|line| ascii(line)).collect();
        for piece in ["4096", "1"] {
            let mut command = Command::new(&program);
            command.args(arguments(&vector.options));
            command.arg(format!("piece={piece}"));
            command.stdin(Stdio::from(fs::File::open(&listing)?));
            let output = command.output()?;
            let found = String::from_utf8_lossy(&output.stdout).into_owned();
            let found: Vec<&str> = found.lines().collect();
            if !output.status.success() || found != expected {
                return Err(Trouble::failed(format_args!(
                    "{}, {piece} bytes at a time:\nfound    {found:#?}\nexpected {expected:#?}",
                    vector.at
                )));
            }
        }
    }
    Ok(())
}

/// What the program escapes: bytes that are not ASCII.
fn ascii(line: &str) -> String {
    let escape = |byte: u8| match byte.is_ascii() {
        true => char::from(byte).to_string(),
        false => format!("\\x{byte:02x}"),
    };
    line.bytes().map(escape).collect()
}

/// The settings of a listing as the program takes them.
fn arguments(options: &ListingOptions) -> Vec<String> {
    let now = options.now;
    let mut arguments = vec![format!(
        "now={}-{}-{}T{}:{}",
        now.year(),
        now.month(),
        now.day(),
        now.hour(),
        now.minute()
    )];
    if let Zone::East(minutes) = options.zone {
        arguments.push(format!("zone={minutes}"));
    }
    match options.shape {
        Shape::Machine => arguments.push("shape=machine".to_owned()),
        Shape::Names => arguments.push("shape=names".to_owned()),
        _ => {}
    }
    let system = String::from_utf8_lossy(&options.system).into_owned();
    arguments.push(format!("system={system}"));
    arguments
}
