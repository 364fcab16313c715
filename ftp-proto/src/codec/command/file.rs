//! What commands say about files besides a path: ranges, parts, facts to be set.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use nom::Parser;
use nom::bytes::complete::tag;
use nom::character::complete::{space1, u64 as decimal};
use nom::combinator::all_consuming;
use nom::sequence::separated_pair;

use super::parameter::{Input, Output, Parameter, split_word};
use super::{Argument, CommandError};
use crate::error::UsageError;

/// Bytes of a file, from one to another, both included, counted from 0 (draft-bryan-ftp-range §3).
///
/// ```
/// use ftp_proto::codec::command::ByteRange;
///
/// let range = ByteRange::new(10, 19).expect("the last is not before the first");
/// assert_eq!((range.first(), range.last(), range.length()), (10, 19, 10));
/// assert_eq!(ByteRange::new(1, 0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByteRange {
    first: u64,
    last: u64,
}

impl ByteRange {
    /// Every byte of a file.
    pub const ALL: Self = Self {
        first: 0,
        last: u64::MAX,
    };

    /// From one byte to another; `None` if the last comes before the first.
    pub const fn new(first: u64, last: u64) -> Option<Self> {
        if first <= last {
            Some(Self { first, last })
        } else {
            None
        }
    }

    /// From this byte to the end of the file, wherever that is.
    pub const fn from(first: u64) -> Self {
        Self {
            first,
            last: u64::MAX,
        }
    }

    /// The first byte.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The last byte.
    pub const fn last(self) -> u64 {
        self.last
    }

    /// How many bytes it has.
    pub const fn length(self) -> u64 {
        (self.last - self.first).saturating_add(1)
    }
}

/// RANG: `1 0` for the whole file.
impl Parameter for Option<ByteRange> {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let mut numbers = separated_pair(decimal, space1, decimal);
        match input.parse(|argument| numbers.parse(argument))? {
            (1, 0) => Ok(None),
            (first, last) => ByteRange::new(first, last)
                .map(Some)
                .ok_or_else(|| input.bad()),
        }
    }

    fn write(&self, out: &mut Output<'_>) {
        let (first, last) = self.map_or((1, 0), |range| (range.first, range.last));
        out.number(first);
        out.number(last);
    }
}

/// A file, or a part of it, whose checksum is asked for: XCRC, XMD5, XSHA and its kin.
///
/// On the wire the path may be quoted, and two numbers may follow: where the part begins, and where
/// it ends, the byte at which it ends not included.
///
/// ```
/// use ftp_proto::codec::command::{ByteRange, Command, PartOfFile};
///
/// let command = Command::decode(&"XCRC \"a file\" 0 100".into())?;
/// let part = PartOfFile { path: "a file".try_into()?, range: ByteRange::new(0, 99) };
/// assert_eq!(command, Command::Xcrc(part));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartOfFile {
    /// The file.
    pub path: Argument,
    /// Its bytes; all if `None`.
    pub range: Option<ByteRange>,
}

impl Parameter for PartOfFile {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let argument = input.take();
        let (path, behind) = match read_quoted(argument) {
            Some(found) => found,
            None => split_numbers(argument),
        };
        let range = match behind.trim_ascii() {
            b"" => None,
            numbers => Some(read_part(numbers).ok_or_else(|| input.bad())?),
        };
        let path = Argument::new(path).map_err(|_| input.bad())?;
        Ok(Self { path, range })
    }

    fn write(&self, out: &mut Output<'_>) {
        let path = self.path.as_bytes();
        let is_plain = self.range.is_none()
            && !path.contains(&b'"')
            && split_numbers(&self.path.to_bytes()).1.is_empty();
        match is_plain {
            true => out.text(path),
            false => out.text(&quoted(path)),
        }
        if let Some(range) = self.range {
            out.number(range.first);
            out.number(range.last.saturating_add(1));
        }
    }
}

/// COMB: a file, and the parts to put behind what it holds, in their order.
///
/// ```
/// use ftp_proto::codec::command::{Argument, Combination, Command};
///
/// let parts = vec![Argument::try_from("a.1")?, Argument::try_from("a 2")?];
/// let files = Combination::new("a".try_into()?, parts)?;
/// let mut line = Vec::new();
/// Command::Comb(files.clone()).encode(&mut line);
/// assert_eq!(line, b"COMB \"a\" \"a.1\" \"a 2\"\r\n");
/// assert_eq!(Command::decode(&"COMB a a.1 \"a 2\"".into())?, Command::Comb(files.clone()));
/// assert_eq!((files.target().as_bytes(), files.parts().len()), (&b"a"[..], 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    target: Argument,
    parts: Vec<Argument>,
}

impl Combination {
    /// Checks that there are parts.
    ///
    /// # Errors
    /// [`UsageError::Empty`] without one.
    pub fn new(target: Argument, parts: Vec<Argument>) -> Result<Self, UsageError> {
        match parts.is_empty() {
            true => Err(UsageError::Empty { expected: "a part" }),
            false => Ok(Self { target, parts }),
        }
    }

    /// The file that is to hold everything.
    pub const fn target(&self) -> &Argument {
        &self.target
    }

    /// The files whose contents go there.
    pub fn parts(&self) -> &[Argument] {
        &self.parts
    }
}

impl Parameter for Combination {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let mut words = words(input.take()).ok_or_else(|| input.bad())?.into_iter();
        let target = words.next().ok_or_else(|| input.bad())?;
        Self::new(target, words.collect()).map_err(|_| input.bad())
    }

    fn write(&self, out: &mut Output<'_>) {
        out.text(&quoted(self.target.as_bytes()));
        for part in &self.parts {
            out.text(&quoted(part.as_bytes()));
        }
    }
}

/// MFF: facts to be set, by their names in MLST (draft-somers-ftp-mfxx §5).
///
/// ```
/// use ftp_proto::codec::command::FactChanges;
///
/// let facts = FactChanges::new([("Modify", "20260102030405"), ("UNIX.mode", "0644")])?;
/// assert_eq!(facts.to_string(), "Modify=20260102030405;UNIX.mode=0644;");
/// assert_eq!(facts.iter().next(), Some((&b"Modify"[..], &b"20260102030405"[..])));
/// assert!(FactChanges::new([("Modify", "1;2")]).is_err());
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FactChanges(Bytes);

impl FactChanges {
    /// Checks names and values.
    ///
    /// # Errors
    /// [`UsageError::Empty`] without a fact or for one without a name,
    /// [`UsageError::ForbiddenByte`] for `;`, `=` in a name, a space and control bytes.
    pub fn new<N, V>(facts: impl IntoIterator<Item = (N, V)>) -> Result<Self, UsageError>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let mut text = Vec::new();
        for (name, value) in facts {
            let (name, value) = (name.as_ref(), value.as_ref());
            if name.is_empty() {
                return Err(UsageError::Empty { expected: "a fact" });
            }
            check(name, is_of_name)?;
            check(value, is_of_value)?;
            text.extend_from_slice(name);
            text.push(b'=');
            text.extend_from_slice(value);
            text.push(b';');
        }
        match text.is_empty() {
            true => Err(UsageError::Empty { expected: "a fact" }),
            false => Ok(Self(text.into())),
        }
    }

    /// Names and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.split(|&b| b == b';').filter_map(split_fact)
    }
}

impl fmt::Display for FactChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for FactChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl Parameter for (FactChanges, Argument) {
    fn read(input: &mut Input<'_>) -> Result<Self, CommandError> {
        let (facts, path) = split_word(input.take());
        // The last `;` is wanted (§5.1), and sometimes forgotten.
        let facts = facts.strip_suffix(b";").unwrap_or(&facts);
        let mut pairs = Vec::new();
        for fact in facts.split(|&b| b == b';') {
            pairs.push(split_fact(fact).ok_or_else(|| input.bad())?);
        }
        let facts = FactChanges::new(pairs).map_err(|_| input.bad())?;
        let path = Argument::new(path).map_err(|_| input.bad())?;
        Ok((facts, path))
    }

    fn write(&self, out: &mut Output<'_>) {
        out.text(&self.0.0);
        self.1.write(out);
    }
}

/// Reads words between spaces, quoted ones with `"` doubled in them; `None` for a quote that does
/// not end, or has no space behind it.
pub(crate) fn words(text: &Bytes) -> Option<Vec<Argument>> {
    let mut words = Vec::new();
    let mut rest = text.slice_ref(text.trim_ascii());
    while !rest.is_empty() {
        let (word, behind) = match rest.starts_with(b"\"") {
            true => read_quoted(&rest)?,
            false => split_word(&rest),
        };
        words.push(Argument::new(word).ok()?);
        rest = behind.slice_ref(behind.trim_ascii());
    }
    Some(words)
}

/// A text in quotes at the beginning, and what stands behind the space after it.
fn read_quoted(text: &Bytes) -> Option<(Bytes, Bytes)> {
    let inside = text.strip_prefix(b"\"")?;
    let mut word = Vec::new();
    let mut bytes = inside.iter().enumerate().peekable();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' if bytes.next_if(|(_, next)| **next == b'"').is_some() => word.push(b'"'),
            b'"' => {
                let behind = inside.get(at + 1..)?;
                let behind = match behind.strip_prefix(b" ") {
                    Some(behind) => behind,
                    None if behind.is_empty() => behind,
                    None => return None,
                };
                return Some((word.into(), text.slice_ref(behind)));
            }
            _ => word.push(byte),
        }
    }
    None
}

/// In quotes, those in it doubled.
pub(crate) fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'"');
    out
}

/// A path without quotes, and the two numbers behind it where it ends with such.
fn split_numbers(text: &Bytes) -> (Bytes, Bytes) {
    let space = |text: &[u8]| text.iter().rposition(|&b| b == b' ');
    let first = space(text).and_then(|second| space(text.get(..second)?));
    match first {
        Some(first) if first > 0 && read_part(text.slice(first + 1..).as_ref()).is_some() => {
            (text.slice(..first), text.slice(first + 1..))
        }
        _ => (text.clone(), Bytes::new()),
    }
}

/// Where a part begins, and where it ends.
fn read_part(numbers: &[u8]) -> Option<ByteRange> {
    let parsed: nom::IResult<&[u8], (u64, u64)> =
        all_consuming(separated_pair(decimal, tag(" "), decimal)).parse(numbers);
    let (_, (from, to)) = parsed.ok()?;
    ByteRange::new(from, to.checked_sub(1)?)
}

fn split_fact(fact: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = fact.iter().position(|&b| b == b'=')?;
    Some((fact.get(..at)?, fact.get(at + 1..)?))
}

fn check(text: &[u8], is_allowed: fn(u8) -> bool) -> Result<(), UsageError> {
    match text.iter().position(|&b| !is_allowed(b)) {
        Some(at) => Err(UsageError::ForbiddenByte {
            byte: text.get(at).copied().unwrap_or_default(),
            at,
        }),
        None => Ok(()),
    }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

const fn is_of_value(byte: u8) -> bool {
    byte > b' ' && byte != b';' && byte != 0x7f
}
