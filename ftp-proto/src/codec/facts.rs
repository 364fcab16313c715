//! MLSx facts and times (RFC 3659 §2.3, §7).

use alloc::vec::Vec;
use bytes::Bytes;

use crate::error::DecodeError;
use crate::listing::Entry;
use crate::time::DateTime;

/// Reads a time-val: `YYYYMMDDHHMMSS[.F+]`, UTC; also the year-2000 bug `19100MMDDHHMMSS`.
pub fn read_time(text: &[u8]) -> Result<DateTime, DecodeError> {
    todo!()
}
/// Appends `YYYYMMDDHHMMSS`, and a fraction only where there is one (milliseconds at least, trailing zeros dropped).
pub fn write_time(out: &mut Vec<u8>, time: DateTime) {
    todo!()
}
/// Reads `fact=value;fact=value; name`.
pub fn read_entry(line: &Bytes) -> Result<Entry, DecodeError> {
    todo!()
}
/// Appends `fact=value;... name` without a line end.
pub fn write_entry(out: &mut Vec<u8>, entry: &Entry) {
    todo!()
}
