//! Dates and times of day as listings tell them.

use super::words::{Words, is_number, number, small};
use crate::time::{DateTime, Modified, Precision, Zone};

mod month;

pub(super) use self::month::month;

/// What dates depend on that the listing does not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// The year now on the clock of `zone`.
    year: i32,
    /// A day from now on it.
    tomorrow: DateTime,
    zone: Zone,
}

impl Context {
    /// `now` in UTC, and whose clock the lines tell.
    pub(crate) fn new(now: DateTime, zone: Zone) -> Self {
        let east = match zone {
            Zone::East(minutes) => i64::from(minutes) * 60,
            Zone::Utc | Zone::Unknown => 0,
        };
        let local = now.to_unix() + east;
        // In the last days of the year 9999 there is no tomorrow.
        let tomorrow = DateTime::from_unix(local + 86_400).unwrap_or(now);
        Self {
            year: DateTime::from_unix(local).unwrap_or(now).year(),
            tomorrow,
            zone,
        }
    }

    /// A time on the server's clock.
    #[inline]
    pub(super) fn modified(&self, at: DateTime, precision: Precision) -> Modified {
        Modified {
            at,
            precision,
            zone: self.zone,
        }
    }

    /// A day of no year: the last such day that is at most a day ahead, since the server's clock
    /// may be in any zone.
    #[inline]
    pub(super) fn last(&self, month: u8, day: u8, time: Time) -> Option<DateTime> {
        let this = self.tomorrow.year();
        let of_year = |year| time.of(DateTime::from_date(year, month, day)?);
        if let Some(at) = of_year(this)
            && at <= self.tomorrow
        {
            return Some(at);
        }
        // Eight years hold a 29 February, over a century's end too.
        (this - 8..this).rev().find_map(of_year)
    }

    /// A year of two digits: the one of that ending within 80 years back and 19 ahead.
    #[inline]
    pub(super) fn century(&self, year: u8) -> i32 {
        let last = self.year + 19;
        last - (last - i32::from(year)).rem_euclid(100)
    }
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
    precision: Precision,
}

impl Time {
    /// This time on a day.
    #[inline]
    pub(super) fn of(self, day: DateTime) -> Option<DateTime> {
        day.at(self.hour, self.minute, self.second)?
            .with_nanos(self.nanos)
    }

    /// How exactly it was told.
    #[inline]
    pub(super) fn precision(self) -> Precision {
        self.precision
    }

    /// The time that is a word, or a word and the half of the day behind it: `2:05 PM`.
    pub(super) fn of_words(words: &mut Words<'_>) -> Option<Self> {
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
    pub(super) fn read(word: &[u8]) -> Option<Self> {
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
    pub(super) fn read_minutes(word: &[u8]) -> Option<Self> {
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
    pub(super) fn in_half(self, pm: bool) -> Option<Self> {
        let hour = self.hour % 12 + if pm { 12 } else { 0 };
        (1..=12)
            .contains(&self.hour)
            .then_some(Self { hour, ..self })
    }
}

/// A year of four digits.
#[inline]
pub(super) fn year(word: &[u8]) -> Option<i32> {
    match word {
        [b'1'..=b'9', _, _, _] => number(word).and_then(|year| i32::try_from(year).ok()),
        _ => None,
    }
}

/// `22-11-2026`.
fn french_day(word: &[u8]) -> Option<DateTime> {
    let &[_, _, b'-', _, _, b'-', _, _, _, _] = word else {
        return None;
    };
    DateTime::from_date(year(&word[6..])?, small(&word[3..5])?, small(&word[..2])?)
}

/// `2026-11-22`, also with `/` or `.`.
pub(super) fn iso_day(word: &[u8]) -> Option<DateTime> {
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
pub(super) enum Order {
    MonthDayYear,
    DayMonthYear,
    YearMonthDay,
}

/// A day as three numbers apart by one of `-/.`: `11-22-26`, `11/22/2026`, `22.11.2026`, `2026-11-22`,
/// `11-22-126`.
#[derive(Clone, Copy, Debug)]
pub(super) struct NumericDay<'a> {
    parts: [&'a [u8]; 3],
    pub(super) day: DateTime,
    pub(super) order: Order,
}

impl<'a> NumericDay<'a> {
    /// Reads the numbers in the preferred order, or else in any that makes a day.
    pub(super) fn read(word: &'a [u8], preferred: Order, context: &Context) -> Option<Self> {
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
    pub(super) fn is_certain(&self, context: &Context) -> bool {
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
pub(super) fn named_day(word: &[u8], context: &Context) -> Option<DateTime> {
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

/// The date of a line of `ls -l`, in any of the orders that its locales have. The words behind it
/// stand at the name.
///
/// `Nov 22 14:05`, `Nov 22  2026`, `22 Nov 14:05`, `22. Nov 2026`, `Nov 22 14:05:09 2026`,
/// `Nov 22, 2026 14:05`, `2026-11-22 14:05`, `2026-11-22 14:05:09.5 +0100`, `22-11-2026 14:05`, `11-22 14:05`, `11月 22 14:05`, `11월 22일 14:05`,
/// `2026年11月22日`.
pub(super) fn unix_date(words: &mut Words<'_>, context: &Context) -> Option<Modified> {
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
pub(super) fn usual_date(words: &mut Words<'_>, context: &Context) -> Option<Modified> {
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
