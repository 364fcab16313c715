//! Reads the same listings with ftp-proto and with suppaftp, in turns, in one run, in each format
//! that both read, and prints how many times faster ftp-proto is.
//!
//!     cargo run --release --manifest-path tests/benches/Cargo.toml
//!
//! Both make of each line an entry that owns or shares what it holds; ftp-proto finds the
//! format, the lines and what else a line tells besides. Fails below ten times.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ftp_proto::DateTime;
use ftp_proto::listing::{Kind, ListingOptions, ListingReader, Shape};
use suppaftp::list::{File, ListParser, ParseResult};

fn main() -> ExitCode {
    let formats: [(&str, Shape, String, Parse); 3] = [
        ("unix", Shape::Lines, unix(), ListParser::parse_posix),
        ("dos", Shape::Lines, dos(), ListParser::parse_dos),
        ("mlsx", Shape::Machine, mlsx(), ListParser::parse_mlsd),
    ];
    println!(
        "format   suppaftp   ftp-proto   times faster   ({LINES} lines, best of {ROUNDS} rounds)"
    );
    let mut ahead = true;
    for (name, shape, listing, parse) in formats {
        compare(&listing, shape, parse);
        let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            theirs = theirs.min(timed(|| read_by_suppaftp(&listing, parse)));
            ours = ours.min(timed(|| read_by_us(listing.as_bytes(), shape)));
        }
        let per_line = |time: Duration| time.as_nanos() as f64 / LINES as f64;
        let ratio = per_line(theirs) / per_line(ours);
        println!(
            "{name:<8} {:>5.0} ns   {:>6.0} ns   {ratio:>12.1}",
            per_line(theirs),
            per_line(ours)
        );
        ahead &= ratio >= 10.0;
    }
    if ahead {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

type Parse = fn(&str) -> ParseResult<File>;

fn read_by_suppaftp(listing: &str, parse: Parse) -> usize {
    let mut bytes = 0;
    for line in listing.lines() {
        let file = parse(line).expect("an entry");
        black_box(&file);
        bytes += file.size();
    }
    bytes
}

fn read_by_us(listing: &[u8], shape: Shape) -> usize {
    let mut reader = ListingReader::new(options(shape));
    let mut bytes = 0;
    for part in listing.chunks(PART) {
        reader.push(part);
        while let Some(entry) = reader.next_entry() {
            let entry = entry.expect("within the bounds");
            black_box(&entry);
            if entry.kind() == Kind::File {
                bytes += entry.size().expect("a size") as usize;
            }
        }
    }
    bytes
}

/// Both must read the same names and sizes, or the comparison means nothing.
fn compare(listing: &str, shape: Shape, parse: Parse) {
    let mut reader = ListingReader::new(options(shape));
    reader.push(listing.as_bytes());
    for line in listing.lines() {
        let ours = reader
            .next_entry()
            .expect("an entry")
            .expect("within the bounds");
        let theirs = parse(line).expect("an entry");
        assert_eq!(ours.name(), theirs.name().as_bytes());
        assert_eq!(ours.kind() == Kind::Directory, theirs.is_directory());
        if theirs.is_file() {
            assert_eq!(ours.size(), Some(theirs.size() as u64));
        }
    }
    assert!(reader.next_entry().is_none());
}

fn options(shape: Shape) -> ListingOptions {
    // suppaftp asks the clock of the machine at each line; this is only ever compared for names and sizes.
    let now = DateTime::from_date(2026, 11, 22).expect("a real date");
    let mut options = ListingOptions::new(now);
    options.shape = shape;
    options
}

fn timed(read: impl Fn() -> usize) -> Duration {
    let started = Instant::now();
    black_box(read());
    started.elapsed()
}

fn unix() -> String {
    let line = |at: usize| {
        let (size, day) = (at * 7919, at % 28 + 1);
        match at % 8 {
            0 => format!(
                "drwxr-xr-x   2 alice    staff        4096 Nov {day:>2} 10:05 directory {at}\r\n"
            ),
            1 => format!(
                "lrwxrwxrwx   1 alice    staff           7 Mar {day:>2}  2024 link-{at} -> ../target-{at}\r\n"
            ),
            2 | 3 => format!(
                "-rw-r--r--   1 1000     1000     {size:>8} Jun {day:>2}  2023 old-file-{at}.tar.gz\r\n"
            ),
            _ => format!(
                "-rw-r--r--   1 alice    staff    {size:>8} Oct {day:>2} 23:59 file-{at}.txt\r\n"
            ),
        }
    };
    (0..LINES).map(line).collect()
}

fn dos() -> String {
    let line = |at: usize| {
        let (size, day) = (at * 7919, at % 28 + 1);
        match at % 8 {
            0 => format!("11-{day:02}-26  02:05PM       <DIR>          directory {at}\r\n"),
            _ => format!("10-{day:02}-25  09:15AM {size:>20} file-{at}.txt\r\n"),
        }
    };
    (0..LINES).map(line).collect()
}

fn mlsx() -> String {
    let line = |at: usize| {
        let (size, day) = (at * 7919, at % 28 + 1);
        match at % 8 {
            0 => format!(
                "type=dir;modify=202611{day:02}100500;perm=flcdmpe;unique=801U{at:x};UNIX.mode=0755;UNIX.uid=1000;UNIX.gid=1000; directory {at}\r\n"
            ),
            _ => format!(
                "type=file;size={size};modify=202510{day:02}235959;perm=adfrw;unique=801U{at:x};UNIX.mode=0644;UNIX.uid=1000;UNIX.gid=1000; file-{at}.txt\r\n"
            ),
        }
    };
    (0..LINES).map(line).collect()
}

/// Entries in a listing.
const LINES: usize = 2_000;
/// Bytes that come at once, as from a socket.
const PART: usize = 16_384;
const ROUNDS: usize = 300;
