//! Plays `tests/data-vectors`: what a file is on the data connection.

use std::fs;
use std::num::NonZeroU64;
use std::path::Path;

use ftp_proto::Direction;
use ftp_proto::codec::command::{FileStructure, FormatControl, RepresentationType, TransferMode};
use ftp_proto::data::{
    CodePage, Codec, CodecOptions, Fault, Marker, TransferParameters, Unsupported,
};

#[test]
fn what_is_sent_is_as_the_rfc_says() {
    let sent = each(|vector| {
        if !vector.is_received_only {
            let wire = vector.run(Direction::Send, &vector.file);
            assert_eq!(wire.bytes, vector.wire, "{}", vector.title);
            assert_eq!(wire.fault, None, "{}", vector.title);
        }
        !vector.is_received_only
    });
    assert!(sent > 35, "{sent}");
}

#[test]
fn what_is_received_is_as_the_rfc_says() {
    let received = each(|vector| {
        let found = vector.run(Direction::Receive, &vector.wire);
        assert_eq!(found.fault, vector.fault, "{}", vector.title);
        if found.fault.is_none() || vector.has_file {
            assert_eq!(found.bytes, vector.file, "{}", vector.title);
        }
        assert_eq!(found.left, vector.left, "{}", vector.title);
        assert_eq!(found.suspect, vector.suspect, "{}", vector.title);
        let markers = found.markers.iter();
        let markers = markers.map(|m| (String::from_utf8_lossy(&m.text).into_owned(), m.position));
        assert_eq!(
            markers.collect::<Vec<_>>(),
            vector.markers,
            "{}",
            vector.title
        );
        true
    });
    assert!(received > 55, "{received}");
}

/// Tries every vector; with how many there was something to do.
fn each(mut play: impl FnMut(&Vector) -> bool) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data-vectors");
    let mut played = 0;
    for file in fs::read_dir(folder).expect("the folder of the vectors") {
        let path = file.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = fs::read_to_string(&path).expect("a text");
            for vector in vectors(&text) {
                let can = vector.parameters.check() != Err(Unsupported::Deflate);
                played += usize::from(can && play(&vector));
            }
        }
    }
    played
}

#[derive(Default)]
struct Vector {
    title: String,
    parameters: TransferParameters,
    options: CodecOptions,
    file: Vec<u8>,
    has_file: bool,
    wire: Vec<u8>,
    is_received_only: bool,
    markers: Vec<(String, u64)>,
    suspect: u64,
    left: usize,
    fault: Option<Fault>,
}

/// What became of some bytes.
#[derive(Debug, PartialEq)]
struct Found {
    bytes: Vec<u8>,
    markers: Vec<Marker>,
    suspect: u64,
    left: usize,
    fault: Option<Fault>,
}

impl Vector {
    /// Runs the bytes through, whole and cut: both must come to the same.
    fn run(&self, direction: Direction, bytes: &[u8]) -> Found {
        let codec = || Codec::new(direction, self.parameters, self.options).expect("it can be had");
        let whole = run(codec(), bytes, usize::MAX, 1 << 16);
        for (from, to) in [(1, 2), (2, 3), (usize::MAX, 2), (1, 1 << 16)] {
            let mut cut = run(codec(), bytes, from, to);
            if self.parameters.mode == TransferMode::Deflate && cut.fault.is_some() {
                // What stands right before a fault may be held back.
                assert!(whole.bytes.starts_with(&cut.bytes), "{}", self.title);
                cut.bytes.clone_from(&whole.bytes);
            }
            assert_eq!(cut, whole, "{}", self.title);
        }
        whole
    }
}

fn run(mut codec: Codec, mut source: &[u8], from: usize, to: usize) -> Found {
    let mut found = Found {
        bytes: Vec::new(),
        markers: Vec::new(),
        suspect: 0,
        left: 0,
        fault: None,
    };
    loop {
        let piece = &source[..from.min(source.len())];
        let mut target = vec![0; to];
        match codec.run(piece, &mut target, piece.len() == source.len()) {
            Err(fault) => found.fault = Some(fault),
            Ok(progress) => {
                found.bytes.extend(&target[..progress.written]);
                found.markers.extend(codec.take_marker());
                source = &source[progress.read..];
                if !progress.finished {
                    assert!(progress.read + progress.written > 0, "it comes further");
                    continue;
                }
                found.left = source.len();
            }
        }
        found.suspect = codec.suspect();
        return found;
    }
}

fn vectors(text: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "==" {
            vectors.push(Vector {
                title: rest.to_owned(),
                ..Vector::default()
            });
            continue;
        }
        let vector = vectors.last_mut().expect("a title first");
        let number = || rest.parse::<u64>().expect("a number");
        match word {
            "type" => vector.parameters.representation = representation(rest),
            "stru" => {
                vector.parameters.structure = match rest {
                    "R" => FileStructure::Record,
                    _ => panic!("no structure: {rest}"),
                }
            }
            "mode" => {
                vector.parameters.mode = match rest {
                    "B" => TransferMode::Block,
                    "C" => TransferMode::Compressed,
                    "Z" => TransferMode::Deflate,
                    _ => panic!("no mode: {rest}"),
                }
            }
            "page" => {
                vector.options.code_page = match rest {
                    "037" => CodePage::Cp037,
                    "500" => CodePage::Cp500,
                    _ => panic!("no code page: {rest}"),
                }
            }
            "offset" => vector.options.offset = number(),
            "markers" => vector.options.markers = NonZeroU64::new(number()),
            "file" => {
                vector.has_file = true;
                vector.file.extend(file_bytes(rest));
            }
            "wire" => vector.wire.extend(wire_bytes(rest)),
            "receive" => vector.is_received_only = true,
            "marker" => {
                let (text, position) = rest.split_once(' ').expect("a text and a position");
                let position = position.parse().expect("a number");
                vector.markers.push((text.to_owned(), position));
            }
            "suspect" => vector.suspect = number(),
            "left" => vector.left = usize::try_from(number()).expect("a length"),
            "fault" => {
                vector.fault = Some(match rest {
                    "truncated" => Fault::Truncated,
                    "malformed" => Fault::Malformed,
                    _ => panic!("no fault: {rest}"),
                });
            }
            _ => panic!("not understood: {line}"),
        }
    }
    vectors
}

fn representation(word: &str) -> RepresentationType {
    match word {
        "A" => RepresentationType::Ascii(FormatControl::NonPrint),
        "E" => RepresentationType::Ebcdic(FormatControl::NonPrint),
        "I" => RepresentationType::Image,
        _ => panic!("no type: {word}"),
    }
}

fn file_bytes(text: &str) -> Vec<u8> {
    let (text, times) = match text.rsplit_once('*') {
        Some((text, times)) => (text, times.parse().expect("a number")),
        None => (text, 1),
    };
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next().expect("an escape") {
                b'n' => b'\n',
                b'r' => b'\r',
                b's' => b' ',
                b'0' => 0,
                b'\\' => b'\\',
                b'x' => {
                    let digits = [rest.next(), rest.next()].map(|digit| digit.expect("a digit"));
                    let digits = std::str::from_utf8(&digits).expect("digits");
                    u8::from_str_radix(digits, 16).expect("a byte")
                }
                other => panic!("no escape: {other}"),
            },
            byte => byte,
        });
    }
    bytes.repeat(times)
}

fn wire_bytes(text: &str) -> Vec<u8> {
    let hex = text.split(';').next().unwrap_or_default();
    let mut bytes = Vec::new();
    for word in hex.split_whitespace() {
        let (byte, times) = word.split_once('*').unwrap_or((word, "1"));
        let byte = u8::from_str_radix(byte, 16).expect("a byte in hexadecimal");
        bytes.extend(vec![byte; times.parse().expect("a number")]);
    }
    bytes
}
