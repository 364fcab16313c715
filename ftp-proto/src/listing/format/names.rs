//! Names alone, as NLST sends them: a line is a name, byte for byte.

use bytes::Bytes;

use super::{Context, Memory, Reading};
use crate::listing::Entry;

/// Reads any line but an empty one.
pub(super) fn read(line: &Bytes, _: &mut Memory, _: &Context, entry: &mut Entry) -> Reading {
    if line.is_empty() {
        return Reading::Nothing;
    }
    entry.name = line.clone();
    Reading::Entry
}
