//! What file bytes go through between the file and the data connection.

mod ascii;

pub use ascii::Ascii;

/// What the bytes of one transfer pass through. Owned by the driver, which may move it to another
/// thread; file bytes never enter a session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Codec {
    /// Nothing: TYPE I, MODE S. sendfile, splice and the like may be used.
    Passthrough,
    /// TYPE A: local lines end in LF, lines on the data connection in CRLF.
    Ascii(Ascii),
}

/// How far one call of a codec came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read from the source.
    pub read: usize,
    /// Bytes written to the destination.
    pub written: usize,
}
