//! The words of a line, from left to right, with their places.

/// A place in a line, between two words. A copy looks ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    /// The start of a line.
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0 }
    }

    /// A place within a line.
    pub(super) fn starting_at(line: &'a [u8], at: usize) -> Self {
        Self { line, at }
    }

    /// The next word, spaces and tabs around it left out; empty at the end of the line.
    pub(super) fn next(&mut self) -> &'a [u8] {
        let start = self.start_of_next();
        let end = count(self.line, start, |b| !is_blank(b));
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
    pub(super) fn start_of_next(&self) -> usize {
        count(self.line, self.at, is_blank)
    }

    /// All behind the one blank that must come next, blanks at its start and end too.
    pub(super) fn rest(&self) -> Option<&'a [u8]> {
        match self.line.get(self.at..)? {
            [b' ' | b'\t', rest @ ..] if !rest.is_empty() => Some(rest),
            _ => None,
        }
    }

    /// All behind the blanks that must come next, blanks at its end too.
    pub(super) fn rest_trimmed(&self) -> Option<&'a [u8]> {
        let start = self.start_of_next();
        let rest = self.line.get(start..).unwrap_or_default();
        (start > self.at && !rest.is_empty()).then_some(rest)
    }
}

/// Where the run of bytes from `at` on that are `like` ends.
fn count(line: &[u8], at: usize, like: impl Fn(u8) -> bool) -> usize {
    let run = line.iter().skip(at).position(|&b| !like(b));
    run.map_or(line.len().max(at), |run| at + run)
}

fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

/// A number of digits alone.
pub(super) fn number(word: &[u8]) -> Option<u64> {
    if word.is_empty() {
        return None;
    }
    word.iter().try_fold(0u64, |number, &b| {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A number of one or two digits.
pub(super) fn small(word: &[u8]) -> Option<u8> {
    match word {
        [_] | [_, _] => number(word).and_then(|n| u8::try_from(n).ok()),
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
