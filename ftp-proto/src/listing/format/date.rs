//! Dates and times of day as listings tell them.

use super::words::{Words, is_number, number, small};
use crate::time::{DateTime, Modified, Precision, Zone};

mod month;

pub(super) use self::month::month;

/// What dates depend on that the listing does not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    /// The time now on the clock of `zone`.
    now: DateTime,
    zone: Zone,
}

impl Context {
    /// `now` in UTC, and whose clock the lines tell.
    pub(crate) fn new(now: DateTime, zone: Zone) -> Self {
        let local = match zone {
            Zone::East(minutes) => DateTime::from_unix(now.to_unix() + i64::from(minutes) * 60),
            Zone::Utc | Zone::Unknown => None,
        };
        Self {
            now: local.unwrap_or(now),
            zone,
        }
    }

    /// A time on the server's clock.
    pub(super) fn modified(&self, at: DateTime, precision: Precision) -> Modified {
        Modified {
            at,
            precision,
            zone: self.zone,
        }
    }

    /// A day of no year: the last such day that is at most a day ahead, since the server's clock
    /// may be in any zone.
    pub(super) fn last(&self, month: u8, day: u8, time: Time) -> Option<DateTime> {
        let tomorrow = self.now.to_unix() + 86_400;
        // Eight years hold a 29 February, over a century's end too.
        (self.now.year() - 8..=self.now.year() + 1)
            .rev()
            .filter_map(|year| time.of(DateTime::from_date(year, month, day)?))
            .find(|at| at.to_unix() <= tomorrow)
    }

    /// A year of two digits: the one of that ending within 80 years back and 19 ahead.
    pub(super) fn century(&self, year: u8) -> i32 {
        let last = self.now.year() + 19;
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
    pub(super) fn of(self, day: DateTime) -> Option<DateTime> {
        day.at(self.hour, self.minute, self.second)?
            .with_nanos(self.nanos)
    }

    /// How exactly it was told.
    pub(super) fn precision(self) -> Precision {
        self.precision
    }

    /// The time that is a word, or a word and the half of the day behind it: `2:05 PM`.
    pub(super) fn of_words(words: &mut Words<'_>) -> Option<Self> {
        let time = Self::read(words.next())?;
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
        let time = (hour < 24 && minute < 60 && second <= 60).then_some(Self {
            hour,
            minute,
            second,
            nanos,
            precision,
        })?;
        match half {
            None => Some(time),
            Some(b'a' | b'A') => time.in_half(false),
            Some(b'p' | b'P') => time.in_half(true),
            Some(_) => None,
        }
    }

    /// A time of a twelve-hour clock, before or after noon.
    fn in_half(self, pm: bool) -> Option<Self> {
        let hour = self.hour % 12 + if pm { 12 } else { 0 };
        (1..=12)
            .contains(&self.hour)
            .then_some(Self { hour, ..self })
    }
}

/// A year of four digits.
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

/// A day as three numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct NumericDay {
    pub(super) day: DateTime,
    pub(super) order: Order,
    /// No other order makes a day of these numbers.
    pub(super) certain: bool,
}

/// `11-22-26`, `11/22/2026`, `22.11.2026`, `2026-11-22`, `11-22-126`: three numbers apart by one
/// of `-/.`. A year of four digits shows itself; else the preferred order goes first.
pub(super) fn numeric_day(word: &[u8], preferred: Order, context: &Context) -> Option<NumericDay> {
    let separator = *word.iter().find(|b| !b.is_ascii_digit())?;
    if !b"-/.".contains(&separator) {
        return None;
    }
    let mut parts = word.split(|&b| b == separator);
    let parts = [
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next().unwrap_or_default(),
    ];
    let [first, second, third, b""] = parts else {
        return None;
    };
    let read = |order: Order| {
        let (year, month, day) = match order {
            Order::MonthDayYear => (third, first, second),
            Order::DayMonthYear => (third, second, first),
            Order::YearMonthDay => (first, second, third),
        };
        DateTime::from_date(any_year(year, context)?, small(month)?, small(day)?)
    };
    let orders = [
        preferred,
        Order::MonthDayYear,
        Order::DayMonthYear,
        Order::YearMonthDay,
    ];
    let (order, day) = orders
        .into_iter()
        .find_map(|order| Some((order, read(order)?)))?;
    let others = orders.into_iter().filter(|&other| other != order);
    let certain = others.filter_map(read).all(|other| other == day);
    Some(NumericDay {
        day,
        order,
        certain,
    })
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

/// `22`, `22.`, `22,`, `22日`, `22일`.
fn day_sign(word: &[u8]) -> Option<u8> {
    let digits = word.iter().take_while(|b| b.is_ascii_digit()).count();
    let (day, mark) = word.split_at(digits);
    let known = matches!(mark, b"" | b"." | b",") || month::is_day_sign(mark);
    small(day).filter(|_| known)
}

/// What follows a day: the time of day, the year, or both.
fn time_or_year(month: u8, day: u8, ahead: &mut Words<'_>, context: &Context) -> Option<Modified> {
    let word = ahead.next();
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
    let year = match month::year_sign(word) {
        Some((year, b"")) => year,
        Some(_) => return None,
        None => year(word)?,
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
