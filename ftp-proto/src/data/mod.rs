//! What file bytes go through between the file and the data connection.
//!
//! [`Codec::new`] makes of TYPE, STRU and MODE what a transfer needs. A file of this side is a
//! string of bytes; in a text (TYPE A and E) its lines end in LF.
//!
//! | | STRU F | STRU R, of text only |
//! |---|---|---|
//! | MODE S | TYPE A: CRLF, TYPE E: NL | each line is a record, which ends in FF 01; the file in FF 02 |
//! | MODE B | the same, in blocks | each line is a record, whose last block says so |
//! | MODE C | the same, runs made short | each line is a record, whose last string says so |
//! | MODE Z | MODE S, compressed | MODE S, compressed |
//!
//! Format control (N, T, C) changes nothing: what prints a file may heed it, what keeps a file has
//! no use for it (RFC 1123 §4.1.2.2).
//!
//! A text in records and blocks, there and back, with a restart marker on the way:
//!
//! ```
//! use ftp_proto::Direction;
//! use ftp_proto::codec::command::{FileStructure, FormatControl, RepresentationType, TransferMode};
//! use ftp_proto::data::{
//!     Codec, CodecOptions, CodePage, Fault, Marker, Progress, TransferParameters,
//! };
//!
//! let parameters = TransferParameters {
//!     representation: RepresentationType::Ebcdic(FormatControl::NonPrint),
//!     structure: FileStructure::Record,
//!     mode: TransferMode::Block,
//! };
//! let mut options = CodecOptions::default();
//! options.code_page = CodePage::Cp037;
//! options.markers = std::num::NonZeroU64::new(4);
//!
//! let mut sending = Codec::new(Direction::Send, parameters, options)?;
//! let mut wire = [0; 64];
//! let sent: Progress = sending.run(b"one\ntwo\n", &mut wire, true)?;
//! assert!(sent.finished);
//!
//! let mut receiving = Codec::new(Direction::Receive, parameters, options)?;
//! assert!(matches!(receiving, Codec::Composed(_)));
//! let (mut file, mut markers) = (Vec::new(), Vec::new());
//! let mut rest = &wire[..sent.written];
//! while !receiving.has_ended() {
//!     let mut target = [0; 64];
//!     let progress = receiving.run(rest, &mut target, false)?;
//!     rest = &rest[progress.read..];
//!     file.extend_from_slice(&target[..progress.written]);
//!     markers.extend(receiving.take_marker());
//! }
//! assert_eq!(file, b"one\ntwo\n");
//! assert_eq!(markers[0], Marker { text: "4".into(), position: 4 });
//! assert_eq!(receiving.suspect(), 0);
//!
//! // The same, cut short.
//! let mut receiving = Codec::new(Direction::Receive, parameters, options)?;
//! let mut target = [0; 64];
//! let mut rest = &wire[..sent.written - 3];
//! let fault = loop {
//!     match receiving.run(rest, &mut target, true) {
//!         Ok(progress) => rest = &rest[progress.read..],
//!         Err(fault) => break fault,
//!     }
//! };
//! assert_eq!(fault, Fault::Truncated);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ascii;
mod block;
mod composed;
mod compressed;
#[cfg(feature = "deflate")]
mod deflate;
mod ebcdic;
mod marker;
mod mode;
mod parameters;
mod record;
mod room;
#[cfg(test)]
mod tests;
mod text;

use alloc::boxed::Box;

pub use ascii::Ascii;
pub use composed::Composed;
#[cfg(feature = "deflate")]
pub use deflate::Deflate;
pub use ebcdic::CodePage;
pub use marker::Marker;
pub use parameters::{CodecOptions, Level, LineEnds, TransferParameters, Unsupported};

use crate::codec::command::{FileStructure, RepresentationType, TransferMode};
use crate::contract::{DataEnding, Direction, LocalFailure};

/// What the bytes of one transfer pass through. Owned by the driver, which may move it to another
/// thread; file bytes never enter a session.
///
/// ```
/// use ftp_proto::data::{Codec, CodecOptions, TransferParameters};
/// use ftp_proto::Direction;
///
/// // TYPE A, STRU F, MODE S.
/// let parameters = TransferParameters::DEFAULT;
/// let mut codec = Codec::new(Direction::Send, parameters, CodecOptions::default())?;
/// let (mut source, mut sent) = (&b"one\ntwo\n"[..], Vec::new());
/// loop {
///     let mut target = [0; 4];
///     let progress = codec.run(source, &mut target, true)?;
///     source = &source[progress.read..];
///     sent.extend_from_slice(&target[..progress.written]);
///     if progress.finished {
///         break;
///     }
/// }
/// assert_eq!(sent, b"one\r\ntwo\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Codec {
    /// Nothing: TYPE I, MODE S. sendfile, splice and the like may be used.
    Passthrough,
    /// TYPE A: local lines end in LF, lines on the data connection in CRLF.
    Ascii(Ascii),
    /// TYPE E, STRU R, MODE B or MODE C.
    Composed(Box<Composed>),
    /// MODE Z.
    #[cfg(feature = "deflate")]
    Deflate(Box<Deflate>),
}

/// How far one call of a codec came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "what was not read must be offered again"]
pub struct Progress {
    /// Bytes read from the source.
    pub read: usize,
    /// Bytes written to the target.
    pub written: usize,
    /// The file has ended and everything is written: the transfer needs no further call. Either the
    /// call was told that its source is the end, or the file ended by a mark of its own, as in
    /// MODE B: what was not read then is no part of it. Without it, call again with what was not
    /// read, or with more.
    pub finished: bool,
}

/// Why what came is not a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The data connection ended before the file did.
    #[error("the data connection ended before the end of the file")]
    Truncated,
    /// What came is not as the transfer mode asks.
    #[error("the data is not as the transfer mode asks")]
    Malformed,
}

/// How such a transfer ends, for `handle_data_ended`.
impl From<Fault> for DataEnding {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Truncated => Self::Reset,
            Fault::Malformed => Self::Local(LocalFailure::Other),
        }
    }
}

impl Codec {
    /// Bytes that a target must have, so that every call comes further.
    pub const SMALLEST_TARGET: usize = 2;

    /// A codec for bytes that go this way. All memory that it will ever need is allocated here:
    /// nothing for TYPE A and I in MODE S, some 10 KiB for MODE B, 1 KiB for MODE C, and for MODE Z
    /// 300 KiB to send and 45 KiB to receive.
    ///
    /// # Errors
    ///
    /// What [`TransferParameters::check`] says.
    pub fn new(
        direction: Direction,
        parameters: TransferParameters,
        options: CodecOptions,
    ) -> Result<Self, Unsupported> {
        parameters.check()?;
        #[cfg(feature = "deflate")]
        if parameters.mode == TransferMode::Deflate {
            let mode = TransferMode::Stream;
            let inner = Self::new(
                direction,
                TransferParameters { mode, ..parameters },
                options,
            )?;
            let deflate = Deflate::new(direction, inner, options.level);
            return Ok(Self::Deflate(Box::new(deflate)));
        }
        let is_plain =
            parameters.mode == TransferMode::Stream && parameters.structure == FileStructure::File;
        Ok(match parameters.representation {
            RepresentationType::Image | RepresentationType::Local(_) if is_plain => {
                Self::Passthrough
            }
            RepresentationType::Ascii(_) if is_plain && options.line_ends == LineEnds::Crlf => {
                Self::Passthrough
            }
            RepresentationType::Ascii(_) if is_plain => Self::Ascii(Ascii::new(direction)),
            _ => Self::Composed(Box::new(Composed::new(direction, parameters, options))),
        })
    }

    /// Whether the bytes are the same on both sides.
    pub const fn is_passthrough(&self) -> bool {
        matches!(self, Self::Passthrough)
    }

    /// Takes some of `source`, gives some to `target`, allocates nothing. `last` says that `source`
    /// is the end.
    ///
    /// What comes out does not depend on how the bytes are cut (in MODE Z, what comes out at the
    /// other end). With a target of [`SMALLEST_TARGET`](Self::SMALLEST_TARGET) or more, a call with a
    /// source that is not empty reads or writes something, or is `finished`. With `last`, call until
    /// `finished`, also when nothing of the source is left: a byte may have been held back.
    ///
    /// # Errors
    ///
    /// What came is not a whole file. What was whole of it was given out before (in MODE Z perhaps not
    /// all), and every later call says the same.
    pub fn run(&mut self, source: &[u8], target: &mut [u8], last: bool) -> Result<Progress, Fault> {
        match self {
            Self::Passthrough => {
                let n = copy(source, target);
                Ok(Progress {
                    read: n,
                    written: n,
                    finished: last && n == source.len(),
                })
            }
            Self::Ascii(ascii) => Ok(ascii.run(source, target, last)),
            Self::Composed(composed) => composed.run(source, target, last),
            #[cfg(feature = "deflate")]
            Self::Deflate(deflate) => deflate.run(source, target, last),
        }
    }

    /// The restart marker that the last call of `run` ended at, when receiving in MODE B or C. One
    /// that is not taken before the next call is dropped.
    pub fn take_marker(&mut self) -> Option<Marker> {
        match self {
            Self::Composed(composed) => composed.take_marker(),
            _ => None,
        }
    }

    /// Whether the file has ended by a mark of its own, so that nothing more is to be waited for.
    pub fn has_ended(&self) -> bool {
        match self {
            Self::Composed(composed) => composed.has_ended(),
            _ => false,
        }
    }

    /// How many of the bytes received the sender said it suspects of errors (RFC 959 §3.4.2).
    pub fn suspect(&self) -> u64 {
        match self {
            Self::Composed(composed) => composed.suspect(),
            _ => 0,
        }
    }
}

/// Copies as much as fits.
fn copy(source: &[u8], target: &mut [u8]) -> usize {
    let n = source.len().min(target.len());
    let (from, _) = source.split_at(n);
    let (to, _) = target.split_at_mut(n);
    to.copy_from_slice(from);
    n
}
