//! Names alone, as NLST sends them: a line is a name, byte for byte.

use bytes::Bytes;

use super::{Context, Memory, Reading};
use crate::listing::{Entry, Metadata};

/// Reads any line but an empty one.
pub(super) fn read(line: &Bytes, _: &mut Memory, _: &Context) -> Reading {
    if line.is_empty() {
        return Reading::Nothing;
    }
    Reading::Entry(Entry {
        name: line.clone(),
        metadata: Metadata::default(),
        raw: Bytes::new(),
    })
}
