//! The date of `ls -l`: several words, in the order of many locales.

use super::Context;
use super::day::{french_day, iso_day, year};
use super::month::{self, month};
use super::time::Time;
use crate::listing::format::words::{Words, small};
use crate::time::{DateTime, Modified, Precision, Zone};

/// The date of a line of `ls -l`, in any of the orders that its locales have. The words behind it
/// stand at the name.
///
/// `Nov 22 14:05`, `Nov 22  2026`, `22 Nov 14:05`, `22. Nov 2026`, `Nov 22 14:05:09 2026`,
/// `Nov 22, 2026 14:05`, `2026-11-22 14:05`, `2026-11-22 14:05:09.5 +0100`, `22-11-2026 14:05`, `11-22 14:05`, `11月 22 14:05`, `11월 22일 14:05`,
/// `2026年11月22日`.
pub(in crate::listing::format) fn unix_date(
    words: &mut Words<'_>,
    context: &Context,
) -> Option<Modified> {
    let mut ahead = *words;
    let first = ahead.next();
    // Owners and counts are looked at too, and mostly refused here.
    let plausible = match first {
        [b'0'..=b'9', rest @ ..] => rest.len() < 2 || !rest.iter().all(u8::is_ascii_digit),
        _ => ahead.peek().first().is_some_and(u8::is_ascii_digit),
    };
    if !plausible {
        return None;
    }
    let found = match first {
        [b'0'..=b'9', ..] => {
            if first.len() == 10 && first.is_ascii() {
                full_iso(first, &mut ahead, context)
            } else if let &[_, _, b'-', _, _] = first {
                let (month, day) = (small(&first[..2])?, small(&first[3..])?);
                let time = Time::read(ahead.next())?;
                let at = context.last(month, day, time)?;
                Some(context.modified(at, time.precision()))
            } else if let Some((year, rest)) = month::year_sign(first) {
                year_first(year, rest, &mut ahead, context)
            } else if let Some((month, rest)) = month::month_sign(first) {
                let day = if rest.is_empty() { ahead.next() } else { rest };
                time_or_year(month, day_sign(day)?, &mut ahead, context)
            } else {
                let day = day_sign(first)?;
                time_or_year(month(ahead.next())?, day, &mut ahead, context)
            }
        }
        _ => {
            let (month, day) = (month(first)?, ahead.next());
            if day.ends_with(b",") {
                year_and_time(month, day_sign(day)?, &mut ahead, context)
            } else {
                time_or_year(month, day_sign(day)?, &mut ahead, context)
            }
        }
    }?;
    *words = ahead;
    Some(found)
}

/// The date that nearly every line has, `Nov 22 14:05` or `Nov 22  2026`; no other.
#[inline]
pub(in crate::listing::format) fn usual_date(
    words: &mut Words<'_>,
    context: &Context,
) -> Option<Modified> {
    let month = month::usual_month(words.next())?;
    let day = small(words.next())?;
    let word = words.next();
    if let Some(time) = Time::read_minutes(word) {
        let at = context.last(month, day, time)?;
        return Some(context.modified(at, Precision::Minute));
    }
    let at = DateTime::from_date(year(word)?, month, day)?;
    Some(context.modified(at, Precision::Day))
}

/// `22`, `22.`, `22,`, `22日`, `22일`.
fn day_sign(word: &[u8]) -> Option<u8> {
    if let Some(day) = small(word) {
        return Some(day);
    }
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    let (day, mark) = word.split_at(digits);
    let known = matches!(mark, b"" | b"." | b",") || month::is_day_sign(mark);
    small(day).filter(|_| known)
}

/// What follows a day: the time of day, the year, or both.
fn time_or_year(month: u8, day: u8, ahead: &mut Words<'_>, context: &Context) -> Option<Modified> {
    let word = ahead.next();
    if let Some(year) = year(word) {
        let at = DateTime::from_date(year, month, day)?;
        return Some(context.modified(at, Precision::Day));
    }
    if let Some(time) = Time::read(word) {
        // `ls -lT` of the BSDs tells the year behind a time with seconds.
        if time.precision() == Precision::Second
            && let Some(year) = year(ahead.peek())
        {
            ahead.next();
            let at = time.of(DateTime::from_date(year, month, day)?)?;
            return Some(context.modified(at, time.precision()));
        }
        let at = context.last(month, day, time)?;
        return Some(context.modified(at, time.precision()));
    }
    let (year, b"") = month::year_sign(word)? else {
        return None;
    };
    let at = DateTime::from_date(year, month, day)?;
    Some(context.modified(at, Precision::Day))
}

/// The year and the time that VShell writes behind `Nov 22,`.
fn year_and_time(month: u8, day: u8, ahead: &mut Words<'_>, context: &Context) -> Option<Modified> {
    let day = DateTime::from_date(year(ahead.next())?, month, day)?;
    let time = Time::read(ahead.next())?;
    Some(context.modified(time.of(day)?, time.precision()))
}

/// `2026年 11月 22日`, with or without the spaces, and a time behind it if there is one.
fn year_first(
    year: i32,
    rest: &[u8],
    ahead: &mut Words<'_>,
    context: &Context,
) -> Option<Modified> {
    let word = if rest.is_empty() { ahead.next() } else { rest };
    let (month, rest) = month::month_sign(word)?;
    let day = day_sign(if rest.is_empty() { ahead.next() } else { rest })?;
    let day = DateTime::from_date(year, month, day)?;
    Some(match Time::read(ahead.peek()) {
        Some(time) => {
            ahead.next();
            context.modified(time.of(day)?, time.precision())
        }
        None => context.modified(day, Precision::Day),
    })
}

/// A day as in ISO 8601, the time behind it, and the zone where `--full-time` tells it.
fn full_iso(first: &[u8], ahead: &mut Words<'_>, context: &Context) -> Option<Modified> {
    let day = iso_day(first).or_else(|| french_day(first))?;
    let Some(time) = Time::read(ahead.peek()) else {
        // `--time-style=iso` keeps the column as wide as with a time: a blank more.
        ahead.skip_doubled_blank();
        return Some(context.modified(day, Precision::Day));
    };
    ahead.next();
    let mut modified = context.modified(time.of(day)?, time.precision());
    if time.precision() >= Precision::Second
        && let &[sign @ (b'+' | b'-'), _, _, _, _] = ahead.peek()
        && let Some((hours, minutes)) = zone_offset(ahead.peek())
    {
        ahead.next();
        let east = hours * 60 + minutes;
        modified.zone = match if sign == b'-' { -east } else { east } {
            0 => Zone::Utc,
            east => Zone::East(east),
        };
    }
    Some(modified)
}

/// The hours and minutes of `+0130`.
fn zone_offset(word: &[u8]) -> Option<(i16, i16)> {
    let (hours, minutes) = (small(word.get(1..3)?)?, small(word.get(3..5)?)?);
    (hours <= 15 && minutes < 60).then_some((hours.into(), minutes.into()))
}
