//! Paths: quoted in 257 replies, and absolute and normalised at a server.

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::error::DecodeError;

/// Reads the directory out of the text of a 257 reply: `"/a""b" is current`. Without quotes, the
/// first word. A path with control bytes or an empty one is refused.
pub fn read_257(text: &[u8]) -> Result<Bytes, DecodeError> {
    todo!()
}
/// Appends a path in quotes, quotes in it doubled (RFC 959 appendix II).
pub fn write_quoted(out: &mut Vec<u8>, path: &[u8]) {
    todo!()
}

/// A path at a server: absolute, `/` between components, no `.`, `..`, empty component or NUL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualPath(Bytes);

impl VirtualPath {
    /// `/`.
    pub fn root() -> Self {
        todo!()
    }
    /// Follows `path` from here: absolute if it begins with `/`, else relative; `..` stops at the root.
    /// Refused with NUL.
    pub fn join(&self, path: &[u8]) -> Result<Self, DecodeError> {
        todo!()
    }
    /// The directory above; the root is above itself.
    pub fn parent(&self) -> Self {
        todo!()
    }
    /// The last component; `None` for the root.
    pub fn name(&self) -> Option<&[u8]> {
        todo!()
    }
    /// Components from the root on.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::empty()
    }
    /// The bytes, beginning with `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        todo!()
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
