//! Listings that no server of good will sends: random and mutated lines without end, and lines made to be slow.
//!
//! Every reader takes such lines for ten seconds with `FTP_FULL=1` in the environment, for a
//! moment otherwise. That time grows linearly is shown in instructions, which callgrind counts, for
//! all inputs together, and with `FTP_FULL=1` for each. Where valgrind is missing this is skipped,
//! or fails with `FTP_FULL=1`.

mod vectors;

use std::env;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ftp_proto::listing::{Entry, ListingOptions};
use libtest_mimic::{Arguments, Failed, Trial};
use vectors::{VectorFile, files, read};

fn main() {
    // Under callgrind this program is what is measured.
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [mark, workload, size] = &arguments[..]
        && mark == "measure"
    {
        return measure(workload, size.parse().expect("a number of bytes"));
    }
    let full = env::var_os("FTP_FULL").is_some_and(|full| full == "1");
    let time = if full {
        Duration::from_secs(10)
    } else {
        Duration::from_millis(100)
    };
    // Bytes at which instructions are counted first.
    let size = if full { 4_000 } else { 500 };
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();

    let mut trials = Vec::new();
    for file in files() {
        let name = format!("mutated_lines_of_{}_are_entries_or_unread", file.format);
        trials.push(Trial::test(name, move || mutate(&file, time)));
    }
    let trial = Trial::test("instructions_grow_linearly", move || {
        grows_linearly(ALL, size)
    });
    trials.push(trial.with_ignored_flag(!has_valgrind && !full));
    if full {
        for workload in workloads() {
            let name = format!("instructions_grow_linearly::{workload}");
            trials.push(Trial::test(name, move || grows_linearly(&workload, size)));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Feeds a reader that has settled on a format, and one that has not, with lines that differ a
/// little or wholly from what they should be.
fn mutate(file: &VectorFile, time: Duration) -> Result<(), Failed> {
    let started = Instant::now();
    let mut seed = 0;
    while started.elapsed() < time {
        for _ in 0..20 {
            let mut random = Random::new(seed);
            let _named = Seed(seed);
            one_listing(file, &mut random);
            seed += 1;
        }
    }
    println!("{}: {seed} listings", file.format);
    Ok(())
}

fn one_listing(file: &VectorFile, random: &mut Random) {
    let vector = random.pick(&file.vectors);
    let mut options = vector.options.clone();
    options.max_line = 100 + random.below(200);
    let mut input = if random.below(2) == 0 {
        vector.input.clone()
    } else {
        Vec::new()
    };
    for _ in 0..1 + random.below(8) {
        let from = random.pick(&file.vectors);
        let lines: Vec<&[u8]> = from.input.split_inclusive(|&b| b == b'\n').collect();
        let mut line = random.pick(&lines).to_vec();
        for _ in 0..random.below(6) {
            random.mutate(&mut line);
        }
        input.extend(line);
    }
    let (_, whole) = read(&options, [&input[..]]);
    let lines = input.split(|&b| b == b'\n').count();
    assert!(
        whole.len() <= lines,
        "{} entries of {lines} lines",
        whole.len()
    );
    for entry in &whole {
        check(entry, &input, &options);
    }
    let at = random.below(input.len() + 1);
    let (_, cut) = read(&options, [&input[..at], &input[at..]]);
    assert_eq!(cut, whole, "cut at {at}: {}", input.escape_ascii());
}

/// What holds for any entry whatever came.
fn check(entry: &Entry, input: &[u8], options: &ListingOptions) {
    let is_in = |part: &[u8], whole: &[u8]| {
        part.is_empty() || whole.windows(part.len()).any(|bytes| bytes == part)
    };
    assert!(!entry.raw().is_empty());
    assert!(entry.raw().len() <= 2 * options.max_line + 1);
    // Two lines of one entry are joined by LF where CRLF may have been.
    for line in entry.raw().split(|&b| b == b'\n') {
        assert!(is_in(line, input), "{}", line.escape_ascii());
    }
    let fields = [
        entry.owner(),
        entry.group(),
        entry.perm(),
        entry.unique(),
        entry.target(),
    ];
    for field in fields.into_iter().flatten() {
        assert!(is_in(field, entry.raw()), "{}", field.escape_ascii());
    }
    assert!(entry.mode().is_none_or(|mode| mode <= 0o7777));
}

/// Four times the bytes take at most five times the instructions.
fn grows_linearly(workload: &str, size: usize) -> Result<(), Failed> {
    static START: OnceLock<Result<u64, String>> = OnceLock::new();
    let start = START.get_or_init(|| instructions(ALL, 0)).clone()?;
    let once = instructions(workload, size)?.saturating_sub(start);
    let four = instructions(workload, 4 * size)?.saturating_sub(start);
    let ratio = four as f64 / once as f64;
    println!(
        "{workload}: {once} instructions for {size} bytes, {ratio:.2} times as many for {}",
        4 * size
    );
    if ratio > 5.0 {
        return Err(format!("{ratio:.2} times the instructions for four times the bytes").into());
    }
    Ok(())
}

/// Counts the instructions of this program when it reads one listing.
fn instructions(workload: &str, size: usize) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().map_err(|error| error.to_string())?)
        .args(["measure", workload, &size.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let count = text
        .lines()
        .find_map(|line| line.split("Collected : ").nth(1));
    match count.and_then(|count| count.trim().parse().ok()) {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("callgrind failed: {text}")),
    }
}

/// Reads listings of that many bytes, at once and byte by byte.
fn measure(workload: &str, size: usize) {
    let files = files();
    let mut options = files[0].vectors[0].options.clone();
    options.max_line = usize::MAX;
    let names = if workload == ALL {
        workloads_of(&files)
    } else {
        vec![workload.to_owned()]
    };
    for name in names {
        let input = workload_of(&name, &files, size);
        std::hint::black_box(read(&options, [&input[..]]));
        std::hint::black_box(read(&options, input.chunks(1)));
    }
}

/// The names of what is measured: every file of vectors, over and over, and lines of one kind of
/// byte or word that a careless reader goes through again and again.
fn workloads() -> Vec<String> {
    workloads_of(&files())
}

fn workloads_of(files: &[VectorFile]) -> Vec<String> {
    let formats = files.iter().map(|file| file.format.clone());
    formats
        .chain(SLOW.iter().map(|(name, _, _)| (*name).to_owned()))
        .collect()
}

/// A listing of that many bytes.
fn workload_of(name: &str, files: &[VectorFile], size: usize) -> Vec<u8> {
    let (start, repeated) = match SLOW.iter().find(|(slow, _, _)| *slow == name) {
        Some((_, start, repeated)) => (start.as_bytes(), repeated.as_bytes()),
        None => {
            let file = files
                .iter()
                .find(|file| file.format == name)
                .expect("a format");
            (&[][..], &file.vectors[0].input[..])
        }
    };
    start
        .iter()
        .chain(repeated.iter().cycle())
        .copied()
        .take(size)
        .collect()
}

/// All of them, one after the other.
const ALL: &str = "all";

/// One line each, of a start and what is repeated behind it.
const SLOW: &[(&str, &str, &str)] = &[
    ("blanks", "", " "),
    ("numbers", "-rw-r--r-- 1 u g ", "1 "),
    ("almost_dates", "-rw-r--r-- 1 u g 5 ", "Nov 22 5 "),
    ("digits", "", "1"),
    ("arrows", "lrwxrwxrwx 1 u g 5 Nov 22 10:05 ", " -> "),
    ("long_months", "-rw-r--r-- 1 u g 5 ", "é"),
    ("facts", "", "type=x;"),
    ("equals", "type", "="),
    ("semicolons", "", ";"),
    ("versions", "", "A.B;1"),
    ("brackets", "A.B;1 22-NOV-2026 14:05:09 ", "[("),
    ("commas", "+", "r,"),
    ("dashes", "", "-"),
    ("groups", "11-22-26 02:05PM ", "1,"),
    ("links", "11-22-26 02:05PM <SYMLINK> ", " ["),
    ("words", "Volume Unit Referred\r\n", "A "),
    ("empty_lines", "", "\n"),
    ("carriage_returns", "", "\r"),
    ("short_lines", "", "x\n"),
    ("halves", "", "A.B;1\n"),
];

/// Tells the seed of a listing that a reader panics at.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("seed {}", self.0);
        }
    }
}

/// xorshift64*, which is all the randomness this needs.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Changes, adds, drops, doubles or swaps something.
    fn mutate(&mut self, line: &mut Vec<u8>) {
        let at = self.below(line.len() + 1);
        let to = at + self.below(line.len() - at + 1);
        match self.below(9) {
            0 => line.insert(at, self.next() as u8),
            1 => line.truncate(at),
            2 => drop(line.drain(at..to)),
            3 => {
                let part = line[at..to].to_vec();
                line.splice(at..at, part);
            }
            4 if at < line.len() => line[at] = self.next() as u8,
            5 if at < line.len() => line[at] ^= 1 << self.below(8),
            6 => line.insert(
                at,
                *self.pick(b" \t\r\n;:=,./-0123456789<>[]()*+'\"\0\x80\xff"),
            ),
            7 => {
                let word = *self.pick(&[
                    &b"99999999999999999999"[..],
                    b"18446744073709551615",
                    b" -> ",
                    b"<DIR>",
                    b";1",
                    b"Feb 29",
                    b"24:00",
                    b"9999",
                    b"0000",
                    b"\xe6\x9c\x88",
                    b"+0000",
                    b"-9999",
                    b"AM",
                ]);
                line.splice(at..at, word.iter().copied());
            }
            _ => {
                let random: Vec<u8> = (0..self.below(300)).map(|_| self.next() as u8).collect();
                line.splice(at..at, random);
            }
        }
    }
}
