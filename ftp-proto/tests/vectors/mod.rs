//! The vectors of `tests/listings`: read, and entries written as they have them.
#![allow(dead_code)] // no test uses all of it

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use ftp_proto::listing::{Entry, Kind, ListingOptions, ListingReader, Shape};
use ftp_proto::{DateTime, Modified, Precision, Zone};

/// A file of vectors.
pub(crate) struct VectorFile {
    /// The format it is about.
    pub(crate) format: String,
    /// Listings and what is read from them.
    pub(crate) vectors: Vec<Vector>,
    /// Lines that are of no such format.
    pub(crate) strangers: Vec<Stranger>,
}

/// One listing: what is pushed, and the entries that must come of it.
pub(crate) struct Vector {
    pub(crate) at: String,
    pub(crate) options: ListingOptions,
    pub(crate) input: Vec<u8>,
    pub(crate) lines: usize,
    pub(crate) expected: Vec<String>,
}

/// A line that must not be read as an entry of the file's format.
pub(crate) struct Stranger {
    pub(crate) at: String,
    pub(crate) options: ListingOptions,
    pub(crate) line: Vec<u8>,
}

/// Every file of vectors.
pub(crate) fn files() -> Vec<VectorFile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/listings");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of the vectors")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| vector_file(path)).collect()
}

/// Pushes a listing in parts and takes all its entries.
pub(crate) fn read<'a>(
    options: &ListingOptions,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (ListingReader, Vec<Entry>) {
    let mut reader = ListingReader::new(options.clone());
    let mut entries = Vec::new();
    let mut take = |reader: &mut ListingReader| {
        while let Some(entry) = reader.next_entry() {
            entries.push(entry.expect("no bound is met"));
        }
    };
    for part in parts {
        reader.push(part);
        take(&mut reader);
    }
    reader.finish();
    take(&mut reader);
    (reader, entries)
}

/// An entry in the form that the vectors have.
pub(crate) fn describe(entry: &Entry) -> String {
    if entry.name().is_empty() {
        return "unread".into();
    }
    let mut text = match entry.kind() {
        Kind::Unknown => "unknown",
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::CurrentDirectory => "current",
        Kind::ParentDirectory => "parent",
        Kind::Link => "link",
        _ => "other",
    }
    .to_owned();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, " {name}={value}");
        }
    };
    let word = |value: Option<&[u8]>| value.map(|value| escape(value, true));
    field("size", entry.size().map(|size| size.to_string()));
    field("modified", entry.modified().map(describe_time));
    field("mode", entry.mode().map(|mode| format!("{mode:04o}")));
    field("links", entry.links().map(|links| links.to_string()));
    field("owner", word(entry.owner()));
    field("group", word(entry.group()));
    field("perm", word(entry.perm()));
    field("unique", word(entry.unique()));
    field("target", word(entry.target()));
    field("name", Some(escape(entry.name(), false)));
    text
}

fn describe_time(modified: Modified) -> String {
    let at = modified.at;
    let mut text = format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day());
    if modified.precision >= Precision::Minute {
        let _ = write!(text, "T{:02}:{:02}", at.hour(), at.minute());
    }
    if modified.precision >= Precision::Second {
        let _ = write!(text, ":{:02}", at.second());
    }
    if modified.precision >= Precision::Fraction {
        let fraction = format!("{:09}", at.nanos());
        let digits = fraction.trim_end_matches('0');
        let _ = write!(text, ".{}", if digits.is_empty() { "0" } else { digits });
    }
    match modified.zone {
        Zone::Utc => text.push('Z'),
        Zone::East(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            let _ = write!(text, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        Zone::Unknown => {}
    }
    text
}

/// Text as the vectors have it: printable UTF-8 as it is, all else, `\` and a space at the end
/// (in a word: any space) as `\xHH`.
fn escape(value: &[u8], is_word: bool) -> String {
    let mut text = String::new();
    for chunk in value.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() || letter == '\\' || (is_word && letter == ' ') {
                let mut buffer = [0; 4];
                for b in letter.encode_utf8(&mut buffer).bytes() {
                    let _ = write!(text, "\\x{b:02x}");
                }
            } else {
                text.push(letter);
            }
        }
        for b in chunk.invalid() {
            let _ = write!(text, "\\x{b:02x}");
        }
    }
    let kept = text.trim_end_matches(' ').len();
    let spaces = text.len() - kept;
    text.truncate(kept);
    text + &"\\x20".repeat(spaces)
}

pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut parts = text.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let digits = part.get(1..3).filter(|_| part.starts_with('x'));
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or_else(|| panic!("no \\xHH: {text}")));
        bytes.extend_from_slice(&part.as_bytes()[3..]);
    }
    bytes
}

fn vector_file(path: &Path) -> VectorFile {
    let stem = path.file_stem().expect("a name");
    let mut file = VectorFile {
        format: stem.to_string_lossy().into_owned(),
        vectors: Vec::new(),
        strangers: Vec::new(),
    };
    let text = fs::read_to_string(path).expect("a vector file is UTF-8");
    let mut options = default_options();
    let mut fresh = true;
    for (number, line) in text.lines().enumerate() {
        let at = format!("{}.txt:{}", file.format, number + 1);
        let (mark, rest) = line.split_at(line.len().min(2));
        match mark.trim_end() {
            "" => {
                options = default_options();
                fresh = true;
            }
            "#" => {}
            "@" => set(&mut options, rest),
            "!" => file.strangers.push(Stranger {
                at,
                options: options.clone(),
                line: [&unescape(rest)[..], b"\r\n"].concat(),
            }),
            ">" if fresh => {
                fresh = false;
                file.vectors.push(Vector {
                    at,
                    options: options.clone(),
                    input: [&unescape(rest)[..], b"\r\n"].concat(),
                    lines: 1,
                    expected: Vec::new(),
                });
            }
            ">" => {
                let vector = file.vectors.last_mut().expect("one was begun");
                vector.input.extend(unescape(rest));
                vector.input.extend(b"\r\n");
                vector.lines += 1;
            }
            "=" if !fresh => {
                let vector = file.vectors.last_mut().expect("one was begun");
                vector.expected.push(rest.to_owned());
            }
            _ => panic!("{at}: a line of no kind: {line}"),
        }
    }
    file
}

pub(crate) fn default_options() -> ListingOptions {
    ListingOptions::new(moment("2026-11-22T12:00"))
}

pub(crate) fn set(options: &mut ListingOptions, setting: &str) {
    match setting.split_once('=') {
        Some(("now", now)) => options.now = moment(now),
        Some(("zone", minutes)) => options.zone = Zone::East(minutes.parse().expect("minutes")),
        Some(("shape", "machine")) => options.shape = Shape::Machine,
        Some(("shape", "names")) => options.shape = Shape::Names,
        Some(("system", text)) => options.system = unescape(text).into(),
        _ => panic!("no setting: {setting}"),
    }
}

/// `2026-11-22T12:00`.
fn moment(text: &str) -> DateTime {
    let numbers: Vec<u16> = text
        .split(['-', 'T', ':'])
        .map(|digits| digits.parse().expect("digits"))
        .collect();
    let [year, month, day, hour, minute] = numbers[..] else {
        panic!("no time: {text}");
    };
    DateTime::from_date(year.into(), month as u8, day as u8)
        .and_then(|date| date.at(hour as u8, minute as u8, 0))
        .expect("a real time")
}
