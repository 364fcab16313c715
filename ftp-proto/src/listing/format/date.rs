//! Dates and times of day as listings tell them.

use crate::time::{DateTime, Modified, Precision, Zone};

mod day;
mod month;
mod time;
mod unix;

pub(super) use self::day::{NumericDay, Order, iso_day, named_day, year};
pub(super) use self::time::Time;
pub(super) use self::unix::{unix_date, usual_date};

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
