//! Time: seconds of a monotonic clock for sessions, `datetime` for files.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ftp_proto::{DateTime, Instant, Modified, Precision, Zone};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDateAccess, PyDateTime, PyDelta, PyTimeAccess, PyTzInfo, PyTzInfoAccess};

/// A moment of a monotonic clock, in seconds since its epoch.
pub(crate) fn instant(seconds: f64) -> PyResult<Instant> {
    match duration(seconds)? {
        Duration::MAX => Err(PyValueError::new_err("a time must be finite")),
        time => Ok(Instant::from_micros(
            u64::try_from(time.as_nanos().saturating_add(500) / 1_000).unwrap_or(u64::MAX),
        )),
    }
}

/// The same as seconds.
pub(crate) fn seconds(instant: Instant) -> f64 {
    instant.as_micros() as f64 / 1e6
}

/// Seconds as a duration; infinity is one that never ends.
pub(crate) fn duration(seconds: f64) -> PyResult<Duration> {
    if seconds == f64::INFINITY {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err("a time must be a number of seconds, not negative"))
}

/// What a listing tells as a `datetime`: naive where nobody knows whose clock it is.
pub(crate) fn modified<'py>(
    py: Python<'py>,
    modified: Modified,
) -> PyResult<Bound<'py, PyDateTime>> {
    let zone = match modified.zone {
        Zone::Utc => Some(PyTzInfo::utc(py)?.to_owned()),
        Zone::East(minutes) => {
            let seconds = i32::from(minutes) * 60;
            Some(PyTzInfo::fixed_offset(
                py,
                PyDelta::new(py, 0, seconds, 0, true)?,
            )?)
        }
        Zone::Unknown => None,
    };
    plain(py, modified.at, zone.as_ref())
}

/// A time in UTC as a `datetime` that says so.
pub(crate) fn utc<'py>(py: Python<'py>, at: DateTime) -> PyResult<Bound<'py, PyDateTime>> {
    let zone = PyTzInfo::utc(py)?.to_owned();
    plain(py, at, Some(&zone))
}

fn plain<'py>(
    py: Python<'py>,
    at: DateTime,
    zone: Option<&Bound<'py, PyTzInfo>>,
) -> PyResult<Bound<'py, PyDateTime>> {
    PyDateTime::new(
        py,
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        // A leap second has no place in Python's calendar.
        at.second().min(59),
        at.nanos() / 1_000,
        zone,
    )
}

/// A `datetime` in UTC; one that does not say whose clock it is is taken to be.
pub(crate) fn read(at: &Bound<'_, PyDateTime>) -> PyResult<DateTime> {
    let py = at.py();
    let at = match at.get_tzinfo() {
        Some(_) => at
            .call_method1("astimezone", (PyTzInfo::utc(py)?,))?
            .cast_into::<PyDateTime>()?,
        None => at.clone(),
    };
    DateTime::from_date(at.get_year(), at.get_month(), at.get_day())
        .and_then(|date| date.at(at.get_hour(), at.get_minute(), at.get_second()))
        .and_then(|date| date.with_nanos(at.get_microsecond().min(999_999) * 1_000))
        .ok_or_else(|| PyValueError::new_err("a date of the years 1 to 9999"))
}

/// The wall clock in UTC.
pub(crate) fn now() -> DateTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(0));
    DateTime::from_unix(seconds).unwrap_or(DateTime::UNIX_EPOCH)
}

pub(crate) const fn precision_word(precision: Precision) -> &'static str {
    match precision {
        Precision::Day => "day",
        Precision::Minute => "minute",
        Precision::Second => "second",
        Precision::Fraction => "fraction",
    }
}
