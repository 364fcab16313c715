//! The words of a line, from left to right, with their places.

use crate::codec::short::{at_most, bits};

pub(super) use crate::codec::short::decimal as number;

/// A place in a line, between two words. A copy looks ahead.
///
/// Words are short, and loops of a few rounds are what a processor guesses worst; so the blanks
/// among the first bytes, where the columns are, are found once for all, eight bytes at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    line: &'a [u8],
    at: usize,
    /// A bit for each of the first 64 bytes: whether it is a blank, or behind the end.
    blanks: u64,
}

impl<'a> Words<'a> {
    /// The start of a line.
    #[inline]
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self::starting_at(line, 0)
    }

    /// A place within a line.
    #[inline]
    pub(super) fn starting_at(line: &'a [u8], at: usize) -> Self {
        let blanks = blanks(line);
        Self { line, at, blanks }
    }

    /// The next word, blanks around it left out; empty at the end of the line.
    #[inline]
    pub(super) fn next(&mut self) -> &'a [u8] {
        let start = self.start_of_next();
        let end = self.end_of(start);
        self.at = end;
        self.line.get(start..end).unwrap_or_default()
    }

    /// Goes on `count` bytes behind where the next word starts.
    pub(super) fn skip_into_next(&mut self, count: usize) {
        self.at = self
            .start_of_next()
            .saturating_add(count)
            .min(self.line.len());
    }

    /// Goes on `count` bytes.
    pub(super) fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.line.len());
    }

    /// Goes past one of two blanks that come next; stays where there is only one.
    pub(super) fn skip_doubled_blank(&mut self) {
        if self
            .line
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(b"  "))
        {
            self.at += 1;
        }
    }

    /// The next word, not gone past.
    pub(super) fn peek(mut self) -> &'a [u8] {
        self.next()
    }

    /// Where in the line this is: behind the last word.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Where the next word starts, or the end of the line.
    #[inline]
    pub(super) fn start_of_next(&self) -> usize {
        if self.at < 64 {
            let start = self.at + (!self.blanks >> self.at).trailing_zeros() as usize;
            if start < 64 {
                return start;
            }
        }
        let rest = self.line.get(self.at..).unwrap_or_default();
        let blanks = rest.iter().position(|&b| !is_blank(b));
        self.at + blanks.unwrap_or(rest.len())
    }

    /// Where the word that starts there ends.
    #[inline]
    fn end_of(&self, start: usize) -> usize {
        if start < 64 {
            let end = start + (self.blanks >> start).trailing_zeros() as usize;
            if end < 64 {
                return end.min(self.line.len());
            }
        }
        let word = self.line.get(start..).unwrap_or_default();
        start + word.iter().position(|&b| is_blank(b)).unwrap_or(word.len())
    }

    /// All behind the one blank that must come next, blanks at its start and end too.
    #[inline]
    pub(super) fn rest(&self) -> Option<&'a [u8]> {
        match self.line.get(self.at..)? {
            [b' ' | b'\t', rest @ ..] if !rest.is_empty() => Some(rest),
            _ => None,
        }
    }

    /// All behind the blanks that must come next, blanks at its end too.
    pub(super) fn rest_trimmed(&self) -> Option<&'a [u8]> {
        let rest = self.line.get(self.at..)?;
        let blanks = rest.iter().position(|b| !b" \t".contains(b))?;
        (blanks > 0).then_some(&rest[blanks..])
    }
}

/// A bit for each of the first 64 bytes: whether it is a blank, or behind the end.
#[inline]
fn blanks(line: &[u8]) -> u64 {
    let length = line.len().min(64);
    let found = bits(&line[..length], at_most::<b' '>);
    found | u64::MAX.unbounded_shl(length as u32)
}

/// Spaces, tabs, and with them all control bytes, of which no column has any.
#[inline]
fn is_blank(b: u8) -> bool {
    b <= b' '
}

/// A number of one or two digits.
#[inline]
pub(super) fn small(word: &[u8]) -> Option<u8> {
    match *word {
        [ones @ b'0'..=b'9'] => Some(ones - b'0'),
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

/// Whether a word is digits alone, of any length.
pub(super) fn is_number(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

/// A number that may have its thousands apart by commas, dots or apostrophes: `1,234,567`.
pub(super) fn grouped(word: &[u8]) -> Option<u64> {
    if let Some(number) = number(word) {
        return Some(number);
    }
    let separator = *word.iter().find(|b| !b.is_ascii_digit())?;
    if !b",.'".contains(&separator) {
        return None;
    }
    let mut groups = word.split(|&b| b == separator);
    let first = groups.next()?;
    if first.is_empty() || first.len() > 3 {
        return None;
    }
    groups.try_fold(number(first)?, |total, group| {
        if group.len() != 3 {
            return None;
        }
        total.checked_mul(1000)?.checked_add(number(group)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_what_stands_between_blanks(
            line in proptest::collection::vec(prop_oneof![Just(b' '), Just(b'\t'), any::<u8>()], 0..150),
            from in 0usize..160,
        ) {
            let mut words = Words::starting_at(&line, from);
            let found: Vec<&[u8]> = core::iter::from_fn(|| Some(words.next()).filter(|word| !word.is_empty())).collect();
            let rest = line.get(from..).unwrap_or_default();
            let expected: Vec<&[u8]> = rest.split(|&b| is_blank(b)).filter(|word| !word.is_empty()).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn thousands_may_stand_apart() {
        assert_eq!(grouped(b"1,234,567"), Some(1_234_567));
        assert_eq!(grouped(b"1.234"), Some(1_234));
        assert_eq!(grouped(b"12'345"), Some(12_345));
        for word in [
            &b"1,23"[..],
            b",123",
            b"1234,567",
            b"1,234.567",
            b"1,",
            b"",
            b"-1",
        ] {
            assert_eq!(grouped(word), None, "{}", word.escape_ascii());
        }
    }
}
