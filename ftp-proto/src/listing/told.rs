//! What a line tells, its texts as places in it.

use crate::listing::Kind;
use crate::time::Modified;

/// What a line tells, its texts as places in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) name: Place,
    pub(crate) kind: Kind,
    pub(crate) size: Option<u64>,
    pub(crate) modified: Option<Modified>,
    pub(crate) mode: Option<u16>,
    pub(crate) links: Option<u64>,
    pub(crate) perm: Place,
    pub(crate) owner: Place,
    pub(crate) group: Place,
    pub(crate) target: Place,
    pub(crate) unique: Place,
}

/// A place in bytes, or nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    start: u32,
    end: u32,
}

impl Place {
    /// A range that no bytes have.
    pub(crate) const NOWHERE: Self = Self { start: 1, end: 0 };

    /// From one index to before another; nowhere where they are past 4 GiB.
    #[inline]
    pub(crate) fn between(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::NOWHERE,
        }
    }

    /// Where a part of a line stands in it; nowhere if it is of other bytes.
    #[inline]
    pub(crate) fn of(part: &[u8], line: &[u8]) -> Self {
        let start = part.as_ptr().addr().wrapping_sub(line.as_ptr().addr());
        match start.checked_add(part.len()) {
            Some(end) if end <= line.len() => Self::between(start, end),
            _ => Self::NOWHERE,
        }
    }

    /// The bytes there.
    #[inline]
    pub(crate) fn in_text(self, text: &[u8]) -> Option<&[u8]> {
        text.get(self.start as usize..self.end as usize)
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::NOWHERE
    }
}
