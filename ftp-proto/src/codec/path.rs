//! Paths: quoted in 257 replies, and absolute and normalised at a server.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use super::text::Escaped;
use crate::error::DecodeError;

/// Reads the directory out of the text of a 257 reply: `"/a""b" is current`, whatever stands before
/// the first quote. Without quotes, the first word.
///
/// ```
/// use ftp_proto::codec::path::read_257;
///
/// assert_eq!(read_257(br#""/a""b" is the working directory."#)?, "/a\"b");
/// assert!(read_257(br#""/a"#).is_err());
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
///
/// # Errors
/// A path that is empty, holds control bytes, or has no closing quote.
pub fn read_257(text: &[u8]) -> Result<Bytes, DecodeError> {
    let (start, path) = match text.iter().position(|&b| b == b'"') {
        Some(quote) => (quote + 1, unquote(text, quote + 1)?),
        None => {
            let word = text.trim_ascii_start();
            let start = text.len() - word.len();
            let word = word.split(|&b| b == b' ').next().unwrap_or_default();
            (start, word.to_vec())
        }
    };
    if path.is_empty() {
        return Err(DecodeError::new("a path", text, start));
    }
    // Sent back in a CWD, CR and LF would begin a command of the server's choice.
    if path.iter().any(u8::is_ascii_control) {
        return Err(DecodeError::new(
            "a path without control bytes",
            text,
            start,
        ));
    }
    Ok(path.into())
}

/// Appends a path in quotes, quotes in it doubled (RFC 959 appendix II). CR, LF and NUL, which a
/// reply cannot hold, become `?`.
///
/// ```
/// use ftp_proto::codec::path::write_quoted;
///
/// let mut text = Vec::new();
/// write_quoted(&mut text, b"/a\"b");
/// assert_eq!(text, br#""/a""b""#);
/// ```
pub fn write_quoted(out: &mut Vec<u8>, path: &[u8]) {
    out.reserve(path.len() + 2);
    out.push(b'"');
    for &byte in path {
        match byte {
            b'"' => out.extend_from_slice(b"\"\""),
            b'\r' | b'\n' | 0 => out.push(b'?'),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// What stands from `start` to the closing quote, its quotes halved.
fn unquote(text: &[u8], start: usize) -> Result<Vec<u8>, DecodeError> {
    let mut path = Vec::new();
    let mut rest = text.get(start..).unwrap_or_default();
    while let Some(quote) = rest.iter().position(|&b| b == b'"') {
        let (run, behind) = rest.split_at(quote);
        path.extend_from_slice(run);
        match behind {
            [b'"', b'"', behind @ ..] => {
                path.push(b'"');
                rest = behind;
            }
            _ => return Ok(path),
        }
    }
    Err(DecodeError::new("a closing quote", text, text.len()))
}

/// A path at a server: absolute, `/` between components, no `.`, `..`, empty component or NUL.
///
/// Any other byte may be in it. Whether a component means something else to the storage (`\`, `C:`)
/// is for the storage to know.
///
/// ```
/// use ftp_proto::codec::path::VirtualPath;
///
/// let home = VirtualPath::root().join(b"home")?;
/// assert_eq!(home.join(b"./a//b/../c")?.as_bytes(), b"/home/a/c");
/// assert_eq!(home.join(b"../../../etc")?.as_bytes(), b"/etc");
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
///
/// Its parts:
///
/// ```
/// use ftp_proto::codec::path::VirtualPath;
///
/// let path = VirtualPath::root().join(b"pub/motd")?;
/// assert_eq!(path.name(), Some(&b"motd"[..]));
/// assert_eq!(path.parent().as_bytes(), b"/pub");
/// assert!(path.components().eq([&b"pub"[..], b"motd"]));
/// assert!(path.parent().parent().is_root());
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPath(Bytes);

impl VirtualPath {
    /// `/`.
    pub const fn root() -> Self {
        Self(Bytes::from_static(b"/"))
    }

    /// Follows `path` from here: absolute if it begins with `/`, else relative; `..` stops at the
    /// root. A path that leads nowhere but up or to where this is shares this one's bytes.
    ///
    /// # Errors
    /// Refused with NUL.
    pub fn join(&self, path: &[u8]) -> Result<Self, DecodeError> {
        if let Some(at) = path.iter().position(|&b| b == 0) {
            return Err(DecodeError::new("a path without NUL", path, at));
        }
        // The path so far is the first `kept` bytes of this one, then `added`, both without a
        // slash at the end.
        let mut kept = match path.first() {
            Some(b'/') => 0,
            _ => self.0.len() - usize::from(self.is_root()),
        };
        let mut added = Vec::new();
        for component in path.split(|&b| b == b'/') {
            match component {
                b"" | b"." => {}
                b".." => {
                    if let Some(slash) = last_slash(&added) {
                        added.truncate(slash);
                    } else {
                        kept = last_slash(self.0.get(..kept).unwrap_or_default()).unwrap_or(0);
                    }
                }
                name => {
                    if added.capacity() == 0 {
                        added.reserve(path.len() + 1);
                    }
                    added.push(b'/');
                    added.extend_from_slice(name);
                }
            }
        }
        if added.is_empty() {
            return Ok(self.beginning(kept));
        }
        if kept == 0 {
            return Ok(if self.0 == added {
                self.clone()
            } else {
                Self(added.into())
            });
        }
        let mut whole = Vec::with_capacity(kept + added.len());
        whole.extend_from_slice(self.0.get(..kept).unwrap_or_default());
        whole.extend_from_slice(&added);
        Ok(if self.0 == whole {
            self.clone()
        } else {
            Self(whole.into())
        })
    }

    /// The directory above; the root is above itself.
    pub fn parent(&self) -> Self {
        self.beginning(last_slash(&self.0).unwrap_or(0))
    }

    /// The last component; `None` for the root.
    pub fn name(&self) -> Option<&[u8]> {
        self.components().next_back()
    }

    /// Components from the root on.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0
            .split(|&b| b == b'/')
            .filter(|component| !component.is_empty())
    }

    /// The bytes, beginning with `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// The path of the first bytes of this one, which end before a slash or at the end.
    fn beginning(&self, length: usize) -> Self {
        if length == 0 {
            Self::root()
        } else {
            Self(self.0.slice(..length.min(self.0.len())))
        }
    }
}

fn last_slash(path: &[u8]) -> Option<usize> {
    path.iter().rposition(|&b| b == b'/')
}

impl Default for VirtualPath {
    fn default() -> Self {
        Self::root()
    }
}

impl AsRef<[u8]> for VirtualPath {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The path, with control characters and what is no UTF-8 escaped.
impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::format;
    use std::vec;

    fn path(text: &str) -> VirtualPath {
        VirtualPath::root().join(text.as_bytes()).expect("no NUL")
    }

    fn normal(path: &VirtualPath) -> bool {
        let bytes = path.as_bytes();
        bytes == b"/"
            || bytes.strip_prefix(b"/").is_some_and(|rest| {
                rest.split(|&b| b == b'/')
                    .all(|c| !matches!(c, b"" | b"." | b"..") && !c.contains(&0))
            })
    }

    proptest! {
        #[test]
        fn join_never_escapes(cwd in "[ab./]{0,20}", to in "[abc./\\\\]{0,20}", bytes: Vec<u8>) {
            let cwd = path(&cwd);
            let joined = cwd.join(to.as_bytes()).expect("no NUL");
            prop_assert!(normal(&cwd) && normal(&joined));
            // A second way to the same: a stack of components.
            let mut stack: Vec<&[u8]> = match to.starts_with('/') {
                true => vec![],
                false => cwd.components().collect(),
            };
            for component in to.split('/') {
                match component {
                    "" | "." => {}
                    ".." => drop(stack.pop()),
                    name => stack.push(name.as_bytes()),
                }
            }
            prop_assert_eq!(joined.components().collect::<Vec<_>>(), stack);
            match cwd.join(&bytes) {
                Ok(joined) => prop_assert!(normal(&joined)),
                Err(_) => prop_assert!(bytes.contains(&0)),
            }
        }

        #[test]
        fn a_path_joined_to_any_other_is_itself(one in "[ab./]{0,20}", other in "[ab./]{0,20}") {
            let one = path(&one);
            prop_assert_eq!(path(&other).join(one.as_bytes()), Ok(one.clone()));
            prop_assert_eq!(one.join(b""), Ok(one.clone()));
            let up = one.join(b"..").expect("no NUL");
            prop_assert_eq!(up, one.parent());
            match one.name() {
                Some(name) => prop_assert_eq!(one.parent().join(name), Ok(one)),
                None => prop_assert!(one.is_root()),
            }
        }

        #[test]
        fn a_quoted_path_and_back(
            path in prop::collection::vec(
                prop_oneof![3 => 32u8..127, 1 => 128u8.., 1 => Just(b'"')], 1..20),
            behind in "[ a-z]{0,10}",
        ) {
            let mut text = Vec::new();
            write_quoted(&mut text, &path);
            text.push(b' ');
            text.extend(behind.bytes());
            prop_assert_eq!(read_257(&text), Ok(path.into()));
        }

        #[test]
        fn any_257_is_read_or_refused(text in "[\" /a\r]{0,20}") {
            if let Ok(path) = read_257(text.as_bytes()) {
                prop_assert!(!path.is_empty() && !path.contains(&b'\r'));
            }
        }
    }

    #[test]
    fn a_257_has_its_path_in_quotes() {
        for (text, path) in [
            ("\"/a\"\"b\" is current", "/a\"b"),
            ("\"/\"", "/"),
            ("\"/a b \" created.", "/a b "),
            ("Current directory is \"/a\"", "/a"),
            ("\"/a\" is \"current\"", "/a"),
            ("\"\"\"\"", "\""),
            ("/a is current directory", "/a"),
            (" /a", "/a"),
        ] {
            assert_eq!(read_257(text.as_bytes()), Ok(Bytes::from(path)), "{text}");
        }
    }

    #[test]
    fn a_257_without_a_usable_path_is_refused() {
        for text in [
            "",
            " ",
            "\"\"",
            "\"/a",
            "\"/a\"\"",
            "\"/a\u{1b}[2J\"",
            "\"/a\r\nDELE b\"",
            "\"/a\u{7f}\"",
            "/a\tb",
        ] {
            assert!(read_257(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_quoted_path_cannot_end_a_line() {
        let mut out = Vec::new();
        write_quoted(&mut out, b"/a\r\n\0b");
        assert_eq!(out, b"\"/a???b\"");
    }

    #[test]
    fn nul_in_a_path_is_refused() {
        let e = path("/a").join(b"b\0").unwrap_err();
        assert_eq!(e.at, 1);
    }

    #[test]
    fn spaces_and_backslashes_are_parts_of_names() {
        assert_eq!(path(" a /..\\b/ .. ").as_bytes(), b"/ a /..\\b/ .. ");
        assert_eq!(path("...").as_bytes(), b"/...");
    }

    #[test]
    fn a_path_upwards_shares_the_bytes() {
        let deep = path("/a/b/c");
        for (way, end) in [
            ("..", "/a/b"),
            ("../..", "/a"),
            (".", "/a/b/c"),
            ("x/..", "/a/b/c"),
        ] {
            let there = deep.join(way.as_bytes()).expect("no NUL");
            assert_eq!(there.as_bytes(), end.as_bytes());
            assert_eq!(there.as_bytes().as_ptr(), deep.as_bytes().as_ptr(), "{way}");
        }
        let same = deep.join(b"/a/b/c").expect("no NUL");
        assert_eq!(same.as_bytes().as_ptr(), deep.as_bytes().as_ptr());
    }

    #[test]
    fn a_path_is_shown_without_control_characters() {
        assert_eq!(format!("{}", path("a\u{1b}[2J")), r"/a\u{1b}[2J");
    }
}
