//! What decides about a codec: RFC 959's transfer parameters, and what it leaves open.

use core::num::NonZeroU64;

use super::CodePage;
use crate::codec::command::{FileStructure, FormatControl, RepresentationType, TransferMode};

/// TYPE, STRU and MODE (RFC 959 §5.1.2).
///
/// ```
/// use ftp_proto::codec::command::FileStructure;
/// use ftp_proto::data::{TransferParameters, Unsupported};
///
/// assert_eq!(TransferParameters::IMAGE.check(), Ok(()));
/// let records_of_bytes = TransferParameters {
///     structure: FileStructure::Record,
///     ..TransferParameters::IMAGE
/// };
/// assert_eq!(records_of_bytes.check(), Err(Unsupported::RecordsOfBytes));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransferParameters {
    /// TYPE.
    pub representation: RepresentationType,
    /// STRU.
    pub structure: FileStructure,
    /// MODE.
    pub mode: TransferMode,
}

impl TransferParameters {
    /// TYPE I, STRU F, MODE S: the bytes as they are.
    pub const IMAGE: Self = Self {
        representation: RepresentationType::Image,
        ..Self::DEFAULT
    };

    /// TYPE A N, STRU F, MODE S: what a control connection begins with (RFC 959 §5.1).
    pub const DEFAULT: Self = Self {
        representation: RepresentationType::Ascii(FormatControl::NonPrint),
        structure: FileStructure::File,
        mode: TransferMode::Stream,
    };

    /// Whether a [`Codec`](super::Codec) can be made for these.
    ///
    /// # Errors
    ///
    /// Which of them cannot be had.
    pub const fn check(&self) -> Result<(), Unsupported> {
        let is_text = match self.representation {
            RepresentationType::Ascii(_) | RepresentationType::Ebcdic(_) => true,
            RepresentationType::Image | RepresentationType::Local(8) => false,
            RepresentationType::Local(_) => return Err(Unsupported::LocalBytes),
        };
        match (self.structure, self.mode) {
            (FileStructure::Page, _) => Err(Unsupported::Pages),
            (FileStructure::Record, _) if !is_text => Err(Unsupported::RecordsOfBytes),
            (_, TransferMode::Deflate) if !cfg!(feature = "deflate") => Err(Unsupported::Deflate),
            _ => Ok(()),
        }
    }
}

/// RFC 959's default, [`TransferParameters::DEFAULT`].
impl Default for TransferParameters {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What no codec can be made for.
///
/// ```
/// use ftp_proto::codec::command::RepresentationType;
/// use ftp_proto::data::{TransferParameters, Unsupported};
///
/// let words = TransferParameters {
///     representation: RepresentationType::Local(36),
///     ..TransferParameters::DEFAULT
/// };
/// assert_eq!(words.check(), Err(Unsupported::LocalBytes));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// Logical bytes of another size than 8 bits: nothing here has them (RFC 1123 §4.1.2.1).
    #[error("only logical bytes of 8 bits are supported")]
    LocalBytes,
    /// Pages, which RFC 1123 §4.1.2.3 discourages.
    #[error("files of pages are not supported")]
    Pages,
    /// A file of bytes has no records that could be told, a text has its lines (RFC 959 §3.1.2).
    #[error("records are for text, TYPE A or E")]
    RecordsOfBytes,
    /// This build has no `deflate`.
    #[error("MODE Z is not built in")]
    Deflate,
}

/// What the transfer parameters leave open.
///
/// ```
/// use ftp_proto::Direction;
/// use ftp_proto::data::{Codec, CodecOptions, LineEnds, TransferParameters};
///
/// // A listing has the line ends of TYPE A already.
/// let mut options = CodecOptions::default();
/// assert_eq!(options.line_ends, LineEnds::Lf);
/// options.line_ends = LineEnds::Crlf;
/// let codec = Codec::new(Direction::Send, TransferParameters::DEFAULT, options)?;
/// assert!(codec.is_passthrough());
/// # Ok::<(), ftp_proto::data::Unsupported>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CodecOptions {
    /// What TYPE E means.
    pub code_page: CodePage,
    /// Sending in MODE Z: how hard to compress.
    pub level: Level,
    /// Where in the local file the transfer begins, for the positions of restart markers.
    pub offset: u64,
    /// Sending in MODE B or C: a restart marker each time that so many bytes of the local file
    /// have been taken. Its text is the offset in decimal digits.
    pub markers: Option<NonZeroU64>,
    /// Sending text: how its lines end.
    pub line_ends: LineEnds,
}

/// How the lines of a local text end.
///
/// ```
/// use ftp_proto::data::LineEnds;
///
/// assert_eq!(LineEnds::default(), LineEnds::Lf);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnds {
    /// In LF, as files do.
    #[default]
    Lf,
    /// In CRLF, as listings do: what TYPE A sends needs no change. Every CR is taken for a part of a
    /// line end where it does.
    Crlf,
}

/// How hard MODE Z compresses, 0 (not at all) to 9.
///
/// ```
/// use ftp_proto::data::Level;
///
/// assert_eq!(Level::new(9).map(Level::to_u8), Some(9));
/// assert_eq!(Level::new(10), None);
/// assert_eq!(Level::default().to_u8(), 6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

impl Level {
    /// 0 to 9; `None` for more.
    pub const fn new(level: u8) -> Option<Self> {
        match level {
            0..=9 => Some(Self(level)),
            _ => None,
        }
    }

    /// The number.
    pub const fn to_u8(self) -> u8 {
        self.0
    }
}

/// 6, as in zlib.
impl Default for Level {
    fn default() -> Self {
        Self(6)
    }
}
