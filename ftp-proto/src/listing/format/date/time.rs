//! Times of day: 24 or 12 hours, with seconds or without.

use crate::listing::format::words::{Words, is_number, small};
use crate::time::{DateTime, Precision};

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::listing::format) struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
    precision: Precision,
}

impl Time {
    /// This time on a day.
    #[inline]
    pub(in crate::listing::format) fn of(self, day: DateTime) -> Option<DateTime> {
        day.at(self.hour, self.minute, self.second)?
            .with_nanos(self.nanos)
    }

    /// How exactly it was told.
    #[inline]
    pub(in crate::listing::format) fn precision(self) -> Precision {
        self.precision
    }

    /// The time that is a word, or a word and the half of the day behind it: `2:05 PM`.
    pub(in crate::listing::format) fn of_words(words: &mut Words<'_>) -> Option<Self> {
        let word = words.next();
        let time = Self::read(word)?;
        if !word.last().is_some_and(u8::is_ascii_digit) {
            return Some(time);
        }
        let pm = match words.peek() {
            b"AM" | b"am" | b"a.m." => false,
            b"PM" | b"pm" | b"p.m." => true,
            _ => return Some(time),
        };
        words.next();
        time.in_half(pm)
    }

    /// `14:05`, `14:05:09`, `14:05:09.123`, `2:05PM`, `02:05:09p`; also with `.` for `:`.
    pub(in crate::listing::format) fn read(word: &[u8]) -> Option<Self> {
        let (word, half) = match word {
            [word @ .., a, b'm' | b'M'] if !a.is_ascii_digit() => (word, Some(*a)),
            [word @ .., a] if !a.is_ascii_digit() => (word, Some(*a)),
            _ => (word, None),
        };
        let time = match Self::read_minutes(word) {
            Some(time) => time,
            None => Self::read_parts(word)?,
        };
        match half {
            None => Some(time),
            Some(b'a' | b'A') => time.in_half(false),
            Some(b'p' | b'P') => time.in_half(true),
            Some(_) => None,
        }
    }

    /// `14:05`, which nearly all are.
    #[inline]
    pub(in crate::listing::format) fn read_minutes(word: &[u8]) -> Option<Self> {
        let &[
            a @ b'0'..=b'2',
            b @ b'0'..=b'9',
            b':',
            c @ b'0'..=b'5',
            d @ b'0'..=b'9',
        ] = word
        else {
            return None;
        };
        let hour = (a - b'0') * 10 + (b - b'0');
        (hour < 24).then_some(Self {
            hour,
            minute: (c - b'0') * 10 + (d - b'0'),
            second: 0,
            nanos: 0,
            precision: Precision::Minute,
        })
    }

    fn read_parts(word: &[u8]) -> Option<Self> {
        let separator = *word.iter().find(|b| !b.is_ascii_digit())?;
        if separator != b':' && separator != b'.' {
            return None;
        }
        let mut parts = word.splitn(3, |&b| b == separator);
        let (hour, minute) = (small(parts.next()?)?, parts.next()?);
        let minute = if minute.len() == 2 {
            small(minute)?
        } else {
            return None;
        };
        let (mut second, mut nanos, mut precision) = (0, 0, Precision::Minute);
        if let Some(rest) = parts.next() {
            let (whole, fraction) = match rest.get(2) {
                None => (rest, None),
                Some(b'.' | b',') => (&rest[..2], Some(&rest[3..])),
                Some(_) => return None,
            };
            second = if whole.len() == 2 {
                small(whole)?
            } else {
                return None;
            };
            precision = Precision::Second;
            if let Some(fraction) = fraction {
                if !is_number(fraction) {
                    return None;
                }
                let digits = fraction.iter().copied().chain(core::iter::repeat(b'0'));
                nanos = digits
                    .take(9)
                    .fold(0, |nanos, b| nanos * 10 + u32::from(b - b'0'));
                precision = Precision::Fraction;
            }
        }
        (hour < 24 && minute < 60 && second <= 60).then_some(Self {
            hour,
            minute,
            second,
            nanos,
            precision,
        })
    }

    /// A time of a twelve-hour clock, before or after noon.
    #[inline]
    pub(in crate::listing::format) fn in_half(self, pm: bool) -> Option<Self> {
        let hour = self.hour % 12 + if pm { 12 } else { 0 };
        (1..=12)
            .contains(&self.hour)
            .then_some(Self { hour, ..self })
    }
}
