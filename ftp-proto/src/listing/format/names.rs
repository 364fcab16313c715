//! Names alone, as NLST sends them: a line is a name, byte for byte.

use super::{Context, Memory, Reading};
use crate::listing::{Place, Told};

/// Reads any line but an empty one.
pub(super) fn read(line: &[u8], _: &mut Memory, _: &Context, told: &mut Told) -> Reading {
    if line.is_empty() {
        return Reading::Nothing;
    }
    told.name = Place::of(line, line);
    Reading::Entry
}
