//! Days in one word: numbers or a month's name, with marks between them.

use super::Context;
use super::month::month;
use crate::listing::format::words::{number, small};
use crate::time::DateTime;

/// A year of four digits.
#[inline]
pub(in crate::listing::format) fn year(word: &[u8]) -> Option<i32> {
    match word {
        [b'1'..=b'9', _, _, _] => number(word).and_then(|year| i32::try_from(year).ok()),
        _ => None,
    }
}

/// `22-11-2026`.
pub(super) fn french_day(word: &[u8]) -> Option<DateTime> {
    let &[_, _, b'-', _, _, b'-', _, _, _, _] = word else {
        return None;
    };
    DateTime::from_date(year(&word[6..])?, small(&word[3..5])?, small(&word[..2])?)
}

/// `2026-11-22`, also with `/` or `.`.
pub(in crate::listing::format) fn iso_day(word: &[u8]) -> Option<DateTime> {
    let &[
        _,
        _,
        _,
        _,
        separator @ (b'-' | b'/' | b'.'),
        _,
        _,
        other,
        _,
        _,
    ] = word
    else {
        return None;
    };
    if other != separator {
        return None;
    }
    DateTime::from_date(year(&word[..4])?, small(&word[5..7])?, small(&word[8..])?)
}

/// In which order a day, a month and a year stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::listing::format) enum Order {
    MonthDayYear,
    DayMonthYear,
    YearMonthDay,
}

/// A day as three numbers apart by one of `-/.`: `11-22-26`, `11/22/2026`, `22.11.2026`, `2026-11-22`,
/// `11-22-126`.
#[derive(Clone, Copy, Debug)]
pub(in crate::listing::format) struct NumericDay<'a> {
    parts: [&'a [u8]; 3],
    pub(in crate::listing::format) day: DateTime,
    pub(in crate::listing::format) order: Order,
}

impl<'a> NumericDay<'a> {
    /// Reads the numbers in the preferred order, or else in any that makes a day.
    pub(in crate::listing::format) fn read(
        word: &'a [u8],
        preferred: Order,
        context: &Context,
    ) -> Option<Self> {
        // Two digits, two, and the rest are what nearly every date has.
        let (parts, separators) = match *word {
            [_, _, one, _, _, other, ref third @ ..] if !one.is_ascii_digit() => {
                ([&word[..2], &word[3..5], third], [one, other])
            }
            _ => Self::split(word)?,
        };
        if separators[0] != separators[1] || !matches!(separators[0], b'-' | b'/' | b'.') {
            return None;
        }
        let day_in = |order: &Order| Some((day_of(parts, *order, context)?, *order));
        let found = day_in(&preferred).or_else(|| Order::ALL.iter().find_map(day_in));
        let (day, order) = found?;
        Some(Self { parts, day, order })
    }

    /// Three numbers of any length, and what parts them.
    fn split(word: &'a [u8]) -> Option<([&'a [u8]; 3], [u8; 2])> {
        let digits = |from: &[u8]| from.iter().take_while(|b| b.is_ascii_digit()).count();
        let (first, rest) = word.split_at(digits(word));
        let (&one, rest) = rest.split_first()?;
        let (second, rest) = rest.split_at(digits(rest));
        let (&other, third) = rest.split_first()?;
        Some(([first, second, third], [one, other]))
    }

    /// Whether no other order makes another day of these numbers.
    pub(in crate::listing::format) fn is_certain(&self, context: &Context) -> bool {
        Order::ALL
            .iter()
            .filter_map(|&order| day_of(self.parts, order, context))
            .all(|day| day == self.day)
    }
}

impl Order {
    const ALL: [Self; 3] = [Self::MonthDayYear, Self::DayMonthYear, Self::YearMonthDay];
}

fn day_of(parts: [&[u8]; 3], order: Order, context: &Context) -> Option<DateTime> {
    let [first, second, third] = parts;
    let (year, month, day) = match order {
        Order::MonthDayYear => (third, first, second),
        Order::DayMonthYear => (third, second, first),
        Order::YearMonthDay => (first, second, third),
    };
    DateTime::from_date(any_year(year, context)?, small(month)?, small(day)?)
}

/// `22-NOV-2026`, `22-Nov-26`, `NOV-22-2026`.
pub(in crate::listing::format) fn named_day(word: &[u8], context: &Context) -> Option<DateTime> {
    let mut parts = word.split(|&b| b == b'-');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (day, name) = match small(first) {
        Some(day) => (day, second),
        None => (small(second)?, first),
    };
    let day = DateTime::from_date(any_year(year, context)?, month(name)?, day)?;
    parts.next().is_none().then_some(day)
}

/// A year of two digits, of four, or of three: those since 1900.
fn any_year(word: &[u8], context: &Context) -> Option<i32> {
    match word {
        [_, _] => small(word).map(|year| context.century(year)),
        [b'1', _, _] => Some(i32::try_from(number(word)?).ok()? + 1900),
        _ => year(word),
    }
}
