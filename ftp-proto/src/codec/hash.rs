//! Checksums of files: algorithms, and what HASH and its elder kin answer.

use alloc::vec::Vec;

use bytes::Bytes;

use super::command::ByteRange;
use crate::error::DecodeError;

/// How a checksum is computed.
///
/// ```
/// use ftp_proto::codec::hash::HashAlgorithm;
///
/// assert_eq!(HashAlgorithm::Sha256.name(), "SHA-256");
/// assert_eq!(HashAlgorithm::named(b"sha-512"), Some(HashAlgorithm::Sha512));
/// assert_eq!(HashAlgorithm::Md5.length(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// CRC-32 as in Ethernet and zip: finds accidents, no forgery.
    Crc32,
    /// MD5 (RFC 1321): finds accidents; forgeries can be made.
    Md5,
    /// SHA-1 (RFC 3174): the same.
    Sha1,
    /// SHA-256 (RFC 6234).
    Sha256,
    /// SHA-512 (RFC 6234).
    Sha512,
}

impl HashAlgorithm {
    /// Every one, the strongest first.
    pub const ALL: [Self; 5] = [
        Self::Sha256,
        Self::Sha512,
        Self::Sha1,
        Self::Md5,
        Self::Crc32,
    ];

    /// Its name in FEAT, OPTS HASH and replies.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The one of this name, in any case.
    pub fn named(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Bytes of a checksum.
    pub const fn length(self) -> usize {
        match self {
            Self::Crc32 => 4,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A set of algorithms.
///
/// ```
/// use ftp_proto::codec::hash::{HashAlgorithm, HashAlgorithms};
///
/// let weak = HashAlgorithms::NONE.with(HashAlgorithm::Md5).with(HashAlgorithm::Crc32);
/// assert!(weak.has(HashAlgorithm::Md5) && !weak.has(HashAlgorithm::Sha256));
/// assert_eq!(weak.iter().count(), 2);
/// assert!(HashAlgorithms::NONE.is_empty() && HashAlgorithms::ALL.has(HashAlgorithm::Sha1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HashAlgorithms(u8);

impl HashAlgorithms {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b1_1111);

    /// The same set with one more.
    #[must_use]
    pub const fn with(self, algorithm: HashAlgorithm) -> Self {
        Self(self.0 | 1 << algorithm as u8)
    }

    /// Whether it has this one.
    pub const fn has(self, algorithm: HashAlgorithm) -> bool {
        self.0 & 1 << algorithm as u8 != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that it has, the strongest first.
    pub fn iter(self) -> impl Iterator<Item = HashAlgorithm> {
        HashAlgorithm::ALL
            .into_iter()
            .filter(move |algorithm| self.has(*algorithm))
    }
}

/// A checksum that a server told.
///
/// ```
/// use ftp_proto::codec::command::ByteRange;
/// use ftp_proto::codec::hash::{Checksum, HashAlgorithm};
///
/// let text = b"CRC32 0-3 cbf43926 a file";
/// let checksum = Checksum::read_213(text)?;
/// assert_eq!(checksum.algorithm, Some(HashAlgorithm::Crc32));
/// assert_eq!(checksum.range, ByteRange::new(0, 3));
/// assert_eq!(checksum.value[..], [0xcb, 0xf4, 0x39, 0x26]);
/// assert_eq!(Checksum::read_value(b"CBF43926")?, checksum.value);
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// How it was computed, where the server said so by a name that is known.
    pub algorithm: Option<HashAlgorithm>,
    /// Of which bytes, where the server said so.
    pub range: Option<ByteRange>,
    /// The checksum.
    pub value: Bytes,
}

impl Checksum {
    /// Reads the text of a 213 reply to HASH: algorithm, range, checksum, path
    /// (draft-bryan-ftpext-hash §3).
    ///
    /// # Errors
    /// Anything else.
    pub fn read_213(text: &[u8]) -> Result<Self, DecodeError> {
        let mut words = text.split(|&b| b == b' ');
        let mut next = || words.next().unwrap_or_default();
        let (algorithm, range, value) = (next(), next(), next());
        let mut ends = range.split(|&b| b == b'-').map(|digits| {
            core::str::from_utf8(digits)
                .ok()
                .and_then(|digits| digits.parse().ok())
        });
        let range = match (ends.next().flatten(), ends.next().flatten(), ends.next()) {
            (Some(first), Some(last), None) => ByteRange::new(first, last),
            _ => None,
        };
        match (range, hexadecimal(value)) {
            (Some(range), Some(value)) => Ok(Self {
                algorithm: HashAlgorithm::named(algorithm),
                range: Some(range),
                value,
            }),
            _ => Err(DecodeError::new(
                "an algorithm, a range and a checksum",
                text,
                0,
            )),
        }
    }

    /// Finds the checksum in the text of a reply to XCRC, XMD5, XSHA and their kin, or to MD5: the
    /// last word that is one. Some servers put the path before it.
    ///
    /// # Errors
    /// There is none.
    pub fn read_value(text: &[u8]) -> Result<Bytes, DecodeError> {
        text.rsplit(|&b| b == b' ')
            .filter(|word| word.len() >= SHORTEST)
            .find_map(hexadecimal)
            .ok_or_else(|| DecodeError::new("a checksum", text, 0))
    }
}

/// Appends bytes in lower-case hexadecimal.
///
/// ```
/// let mut out = Vec::new();
/// ftp_proto::codec::hash::write_hexadecimal(&mut out, &[0, 0xff]);
/// assert_eq!(out, b"00ff");
/// ```
pub fn write_hexadecimal(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digit = |half: u8| DIGITS[usize::from(half & 15)];
    out.extend(
        bytes
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(*byte)]),
    );
}

/// Hexadecimal digits of the shortest checksum.
const SHORTEST: usize = 8;

fn hexadecimal(word: &[u8]) -> Option<Bytes> {
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let pairs = word.chunks_exact(2);
    if word.is_empty() || !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()
        .map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_a_checksum_or_an_error(text: Vec<u8>) {
            let _ = Checksum::read_213(&text);
            let _ = Checksum::read_value(&text);
        }

        #[test]
        fn a_value_to_text_and_back(value in prop::collection::vec(any::<u8>(), 4..65)) {
            let mut text = Vec::from(&b"\"/a b\" "[..]);
            write_hexadecimal(&mut text, &value);
            prop_assert_eq!(Checksum::read_value(&text), Ok(Bytes::from(value)));
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_no_error() {
        let checksum = Checksum::read_213(b"ADLER32 0-0 0001 f").expect("a checksum");
        assert_eq!(checksum.algorithm, None);
    }

    #[test]
    fn what_is_no_checksum_is_refused() {
        for text in [
            "",
            "MD5 0-1",
            "MD5 1-0 00 f",
            "MD5 0-1-2 00 f",
            "MD5 a-b 00 f",
            "MD5 0-1 0 f",
        ] {
            assert!(Checksum::read_213(text.as_bytes()).is_err(), "{text}");
        }
    }
}
