//! Reads transcripts; `tests/transcripts/README.md` describes their format.

pub(crate) mod pieces;
pub(crate) mod play;
pub(crate) mod words;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One scenario of a transcript.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) title: String,
    pub(crate) lines: Vec<Line>,
}

/// One line, with where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) file: PathBuf,
    pub(crate) number: usize,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Let {
        key: String,
        value: String,
    },
    /// Bytes from the client, their line ends included.
    Client(Vec<u8>),
    /// A line of the server.
    Server(Vec<u8>),
    Says(String),
    Answers(String),
    Time(Duration),
    /// `block`, `eof`, `verb`, `S|` and the like, with what follows.
    Does(String, String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.file.file_name().unwrap_or_default();
        write!(f, "{}:{}", name.to_string_lossy(), self.number)
    }
}

/// The scenarios of every `.txt` file in a folder of `tests/transcripts`.
pub(crate) fn read_folder(name: &str) -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/transcripts")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| read_file(file)).collect()
}

/// `30s`, `100ms`, `never`.
pub(crate) fn duration(text: &str) -> Duration {
    if text == "never" {
        return Duration::MAX;
    }
    let number = |digits: &str| {
        digits
            .parse()
            .unwrap_or_else(|_| panic!("no duration: {text}"))
    };
    match text.strip_suffix("ms") {
        Some(digits) => Duration::from_millis(number(digits)),
        None => Duration::from_secs(number(text.strip_suffix('s').unwrap_or(text))),
    }
}

/// The bytes that a text with escapes stands for.
pub(crate) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&escape, behind) = rest.split_first().expect("something behind a backslash");
        rest = behind;
        bytes.push(match escape {
            b'r' => b'\r',
            b'n' => b'\n',
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let digits = std::str::from_utf8(&rest[..2]).expect("two hex digits");
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).expect("two hex digits")
            }
            other => panic!("no such escape: \\{}", other as char),
        });
    }
    bytes
}

fn read_file(file: &Path) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for (number, text) in numbered_lines(file) {
        if let Some(title) = text.strip_prefix("== ") {
            scenarios.push(Scenario {
                title: title.to_owned(),
                lines: Vec::new(),
            });
        } else if !is_blank(&text) {
            let scenario = scenarios.last_mut().expect("a title before any line");
            push_line(&mut scenario.lines, file, number, &text);
        }
    }
    scenarios
}

fn push_line(lines: &mut Vec<Line>, file: &Path, number: usize, text: &str) {
    if let Some(name) = text.strip_prefix("include ") {
        let included = file.with_file_name(name);
        for (number, text) in numbered_lines(&included) {
            if !is_blank(&text) {
                push_line(lines, &included, number, &text);
            }
        }
        return;
    }
    let (times, text) = repeated(text);
    for _ in 0..times {
        lines.push(Line {
            file: file.to_owned(),
            number,
            content: content(&text)
                .unwrap_or_else(|| panic!("{}:{number}: cannot be read: {text}", file.display())),
        });
    }
}

fn numbered_lines(file: &Path) -> Vec<(usize, String)> {
    let text =
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines = text.lines().enumerate();
    lines.map(|(at, line)| (at + 1, line.to_owned())).collect()
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty() || text.starts_with('#')
}

/// `C*3: x` is three times `C: x`.
fn repeated(text: &str) -> (usize, String) {
    let parts = text.split_once('*').and_then(|(who, rest)| {
        let (times, rest) = rest.split_once(':')?;
        (who == "C" || who == "S").then_some((times.parse().ok()?, format!("{who}:{rest}")))
    });
    parts.unwrap_or_else(|| (1, text.to_owned()))
}

fn content(text: &str) -> Option<Content> {
    let behind = |prefix: &str| {
        let rest = text.strip_prefix(prefix)?;
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    };
    if let Some(rest) = behind("C:") {
        let mut bytes = unescape(rest);
        bytes.extend_from_slice(b"\r\n");
        return Some(Content::Client(bytes));
    }
    if let Some(rest) = behind("C|") {
        return Some(Content::Client(unescape(rest)));
    }
    if let Some(rest) = behind("S:") {
        return Some(Content::Server(unescape(rest)));
    }
    for part in ["S|", "C!"] {
        if let Some(rest) = behind(part) {
            return Some(Content::Does(part.to_owned(), rest.to_owned()));
        }
    }
    if let Some(rest) = behind("->") {
        return Some(Content::Says(rest.to_owned()));
    }
    if let Some(rest) = behind("<-") {
        return Some(Content::Answers(rest.to_owned()));
    }
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    match verb {
        "let" => {
            let (key, value) = rest.split_once(' ')?;
            Some(Content::Let {
                key: key.to_owned(),
                value: value.to_owned(),
            })
        }
        "time" => Some(Content::Time(duration(rest.strip_prefix('+')?))),
        "block" | "unblock" | "eof" | "lost" | "mute" | "stop" | "wait" | "verb" | "abort" => {
            Some(Content::Does(verb.to_owned(), rest.to_owned()))
        }
        _ => None,
    }
}
