//! Calendar time, as listings and MDTM tell it.

use core::fmt;

/// A date and a time of day in the Gregorian calendar; whose clock it is is said elsewhere.
///
/// Ordered by time. Values are checked when made, so that every `DateTime` is a real date.
///
/// ```
/// use ftp_proto::DateTime;
///
/// let day = DateTime::from_date(2026, 11, 22).expect("a day");
/// let time = day.at(14, 5, 30).and_then(|time| time.with_nanos(250_000_000)).expect("a time");
/// assert_eq!((time.year(), time.month(), time.day()), (2026, 11, 22));
/// assert_eq!((time.hour(), time.minute(), time.second()), (14, 5, 30));
/// assert_eq!(time.nanos(), 250_000_000);
/// assert!(day < time);
/// assert_eq!(DateTime::from_date(2026, 2, 29), None);
/// assert_eq!(DateTime::from_unix(day.to_unix()), Some(day));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    /// Year, month, day, hour, minute and second, a byte for each but the year, which is highest.
    second: u64,
    nanos: u32,
}

impl DateTime {
    /// Midnight of 1 January 1970.
    pub const UNIX_EPOCH: Self = Self {
        second: 1970 << 40 | 1 << 32 | 1 << 24,
        nanos: 0,
    };

    /// A date at midnight; `None` where the calendar has no such day. Years 1 to 9999.
    #[inline]
    pub fn from_date(year: i32, month: u8, day: u8) -> Option<Self> {
        let valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        valid.then_some(Self {
            second: u64::from(year.unsigned_abs()) << 40
                | u64::from(month) << 32
                | u64::from(day) << 24,
            nanos: 0,
        })
    }

    /// The same day at another time; `None` for a time that no clock shows. Second 60 is allowed,
    /// as RFC 3659 §2.3 does.
    #[inline]
    pub fn at(self, hour: u8, minute: u8, second: u8) -> Option<Self> {
        (hour < 24 && minute < 60 && second <= 60).then_some(Self {
            second: self.second & !0xff_ffff
                | u64::from(hour) << 16
                | u64::from(minute) << 8
                | u64::from(second),
            nanos: 0,
        })
    }

    /// The same second with a fraction in nanoseconds; `None` for a whole second or more.
    #[inline]
    pub fn with_nanos(self, nanos: u32) -> Option<Self> {
        (nanos < 1_000_000_000).then_some(Self { nanos, ..self })
    }

    /// The UTC date and time of a number of seconds since 1970; `None` past the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let days = seconds.div_euclid(86_400);
        let rest = u32::try_from(seconds.rem_euclid(86_400)).ok()?;
        let (year, month, day) = civil_from_days(days)?;
        Self::from_date(year, month, day)?.at(
            u8::try_from(rest / 3_600).ok()?,
            u8::try_from(rest / 60 % 60).ok()?,
            u8::try_from(rest % 60).ok()?,
        )
    }

    /// Seconds since 1970, the date and time taken as UTC. The fraction is dropped.
    pub fn to_unix(self) -> i64 {
        days_from_civil(self.year(), self.month(), self.day()) * 86_400
            + i64::from(self.hour()) * 3_600
            + i64::from(self.minute()) * 60
            + i64::from(self.second())
    }

    /// 1 to 9999.
    pub const fn year(self) -> i32 {
        (self.second >> 40) as i32
    }

    /// 1 to 12.
    pub const fn month(self) -> u8 {
        (self.second >> 32) as u8
    }

    /// 1 to 31.
    pub const fn day(self) -> u8 {
        (self.second >> 24) as u8
    }

    /// 0 to 23.
    pub const fn hour(self) -> u8 {
        (self.second >> 16) as u8
    }

    /// 0 to 59.
    pub const fn minute(self) -> u8 {
        (self.second >> 8) as u8
    }

    /// 0 to 60.
    pub const fn second(self) -> u8 {
        self.second as u8
    }

    /// 0 to 999,999,999.
    pub const fn nanos(self) -> u32 {
        self.nanos
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.year(), self.month(), self.day());
        let (hour, minute, second) = (self.hour(), self.minute(), self.second());
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        )?;
        match self.nanos {
            0 => Ok(()),
            nanos => write!(f, ".{nanos:09}"),
        }
    }
}

/// When a file was modified, with what is known about the telling.
///
/// ```
/// use ftp_proto::{DateTime, Modified, Precision, Zone};
///
/// let noon = DateTime::from_date(2026, 11, 22).and_then(|day| day.at(12, 0, 0)).expect("a time");
/// let here = Modified { at: noon, precision: Precision::Minute, zone: Zone::East(60) };
/// assert_eq!(here.to_utc().map(DateTime::hour), Some(11));
/// assert_eq!(here.to_unix(), Some(noon.to_unix() - 3_600));
/// assert_eq!(Modified::utc(noon).precision, Precision::Second);
/// let somewhere = Modified { zone: Zone::Unknown, ..here };
/// assert_eq!(somewhere.to_utc(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Modified {
    /// The date and time as they were told.
    pub at: DateTime,
    /// How exactly they were told.
    pub precision: Precision,
    /// Whose clock it is.
    pub zone: Zone,
}

impl Modified {
    /// A moment in UTC, to the second.
    pub const fn utc(at: DateTime) -> Self {
        Self {
            at,
            precision: Precision::Second,
            zone: Zone::Utc,
        }
    }

    /// The moment in UTC; `None` when the zone is not known.
    pub fn to_utc(self) -> Option<DateTime> {
        match self.zone {
            Zone::Utc => Some(self.at),
            Zone::East(_) => DateTime::from_unix(self.to_unix()?)?.with_nanos(self.at.nanos()),
            Zone::Unknown => None,
        }
    }

    /// Seconds since 1970; `None` when the zone is not known.
    pub fn to_unix(self) -> Option<i64> {
        match self.zone {
            Zone::Utc => Some(self.at.to_unix()),
            Zone::East(minutes) => Some(self.at.to_unix() - i64::from(minutes) * 60),
            Zone::Unknown => None,
        }
    }
}

/// How exactly a time was told.
///
/// ```
/// use ftp_proto::Precision;
///
/// assert!(Precision::Day < Precision::Minute && Precision::Second < Precision::Fraction);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// To the day.
    Day,
    /// To the minute.
    Minute,
    /// To the second.
    Second,
    /// To a fraction of a second.
    Fraction,
}

/// Whose clock a time was read from.
///
/// ```
/// use ftp_proto::{DateTime, Modified, Precision, Zone};
///
/// let at = DateTime::UNIX_EPOCH;
/// let told = |zone| Modified { at, precision: Precision::Second, zone };
/// assert_eq!(told(Zone::Utc).to_unix(), Some(0));
/// assert_eq!(told(Zone::East(-60)).to_unix(), Some(3_600));
/// assert_eq!(told(Zone::Unknown).to_unix(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Universal time.
    Utc,
    /// So many minutes east of universal time.
    East(i16),
    /// The server's local time, wherever that is.
    Unknown,
}

#[inline]
fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[inline]
fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01; counted in years that begin in March, so that the leap day is the last.
fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let (month, day) = (i64::from(month), i64::from(day));
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> Option<(i32, u8, u8)> {
    let days = days.checked_add(719_468)?;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    Some((
        i32::try_from(year).ok()?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seconds_become_a_date_and_back(seconds in -62_135_596_800i64..=253_402_300_799) {
            let date = DateTime::from_unix(seconds).expect("within the years 1 to 9999");
            prop_assert_eq!(date.to_unix(), seconds);
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(DateTime::from_date(2023, 2, 29).is_none());
        assert!(DateTime::from_date(2000, 2, 29).is_some());
        assert!(DateTime::from_date(1900, 2, 29).is_none());
        assert!(DateTime::from_date(2024, 13, 1).is_none());
        assert!(DateTime::from_unix(i64::MAX).is_none());
    }
}
