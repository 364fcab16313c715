//! Calendar time.

use ftp_proto::{DateTime, Modified, Precision, Zone};

use crate::enumeration::enumeration;
use crate::handle::guard;
use crate::result::{Failure, ftp_result};
use crate::text::{given, write};

/// A date and a time of day in the Gregorian calendar; whose clock it is is said elsewhere.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ftp_date_time {
    /// 1 to 9999; 0 where there is no date.
    pub year: i32,
    /// 0 to 999,999,999.
    pub nanos: u32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// 0.
    pub reserved: [u8; 3],
}

impl ftp_date_time {
    /// No date.
    pub(crate) const NONE: Self = Self {
        year: 0,
        nanos: 0,
        month: 0,
        day: 0,
        hour: 0,
        minute: 0,
        second: 0,
        reserved: [0; 3],
    };
}

/// When a file was modified, with what is known about the telling.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ftp_modified {
    /// The date and time as they were told.
    pub at: ftp_date_time,
    /// How exactly they were told: an `ftp_precision`.
    pub precision: i32,
    /// Whose clock it is: an `ftp_zone`.
    pub zone: i32,
    /// With `FTP_ZONE_EAST` how many minutes east of universal time.
    pub minutes_east: i16,
    /// 0.
    pub reserved: [u8; 6],
}

/// How exactly a time was told.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_precision {
    /// To the day.
    Day = 0,
    /// To the minute.
    Minute = 1,
    /// To the second.
    Second = 2,
    /// To a fraction of a second.
    Fraction = 3,
}
enumeration!(
    ftp_precision = Precision {
        Day,
        Minute,
        Second,
        Fraction
    }
);

/// Whose clock a time was read from.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_zone {
    /// The server's local time, wherever that is.
    Unknown = 0,
    /// Universal time.
    Utc = 1,
    /// So many minutes east of universal time.
    East = 2,
}
enumeration!(ftp_zone { Unknown, Utc, East });

/// The zone that two numbers of the header tell. A day has 1440 minutes.
pub(crate) fn zone(zone: i32, minutes_east: i16) -> Result<Zone, Failure> {
    Ok(match ftp_zone::from_raw(zone)? {
        ftp_zone::Unknown => Zone::Unknown,
        ftp_zone::Utc => Zone::Utc,
        ftp_zone::East if minutes_east.unsigned_abs() < 1440 => Zone::East(minutes_east),
        ftp_zone::East => return Err(ftp_result::FtpErrorRange.into()),
    })
}

impl From<DateTime> for ftp_date_time {
    fn from(time: DateTime) -> Self {
        Self {
            year: time.year(),
            nanos: time.nanos(),
            month: time.month(),
            day: time.day(),
            hour: time.hour(),
            minute: time.minute(),
            second: time.second(),
            reserved: [0; 3],
        }
    }
}

impl ftp_date_time {
    fn read(&self) -> Result<DateTime, Failure> {
        DateTime::from_date(self.year, self.month, self.day)
            .and_then(|date| date.at(self.hour, self.minute, self.second))
            .and_then(|date| date.with_nanos(self.nanos))
            .ok_or_else(|| Failure::new(ftp_result::FtpErrorRange, "there is no such time"))
    }
}

impl From<Modified> for ftp_modified {
    fn from(modified: Modified) -> Self {
        let (zone, minutes_east) = match modified.zone {
            Zone::Unknown => (ftp_zone::Unknown, 0),
            Zone::Utc => (ftp_zone::Utc, 0),
            Zone::East(minutes) => (ftp_zone::East, minutes),
        };
        Self {
            at: modified.at.into(),
            precision: ftp_precision::from(modified.precision) as i32,
            zone: zone as i32,
            minutes_east,
            reserved: [0; 6],
        }
    }
}

impl ftp_modified {
    pub(crate) fn read(&self) -> Result<Modified, Failure> {
        Ok(Modified {
            at: self.at.read()?,
            precision: ftp_precision::from_raw(self.precision)?.into(),
            zone: zone(self.zone, self.minutes_east)?,
        })
    }
}

/// The UTC date and time of a number of seconds since 1970. `FTP_ERROR_RANGE` past the years 1 to
/// 9999.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_date_time_from_unix(
    seconds: i64,
    time: *mut ftp_date_time,
) -> ftp_result {
    // SAFETY: the pointer is as the header asks.
    guard(|| unsafe {
        let made = DateTime::from_unix(seconds).ok_or(ftp_result::FtpErrorRange)?;
        write(time, made.into())
    })
}

/// Seconds since 1970, the date and time taken as UTC; the fraction is dropped. `FTP_ERROR_RANGE`
/// for a time that no calendar and no clock has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_date_time_to_unix(
    time: *const ftp_date_time,
    seconds: *mut i64,
) -> ftp_result {
    // SAFETY: the pointers are as the header asks.
    guard(|| unsafe {
        let time = given(time)?.read()?;
        write(seconds, time.to_unix())
    })
}
