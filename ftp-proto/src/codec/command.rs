//! Commands of the control connection (RFC 959 §5.3, 1123 §4.1.3.1, 2389, 2428, 3659).

use alloc::vec::Vec;
use core::net::{SocketAddr, SocketAddrV4};

use bytes::Bytes;

use crate::contract::Family;
use crate::error::UsageError;
use crate::secret::Secret;

/// Text of a command: bytes without CR, LF and NUL, not empty. A path on the wire is such text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Argument(Bytes);

impl Argument {
    /// Checks the bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, UsageError> {
        todo!()
    }
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// The bytes, shared.
    pub fn to_bytes(&self) -> Bytes {
        self.0.clone()
    }
}

impl core::fmt::Debug for Argument {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Command {
    User(Argument),
    Pass(Secret<Bytes>),
    Acct(Secret<Argument>),
    Cwd(Argument),
    Cdup,
    Smnt(Argument),
    Rein,
    Quit,
    Port(SocketAddrV4),
    Pasv,
    Type(RepresentationType),
    Stru(FileStructure),
    Mode(TransferMode),
    Retr(Argument),
    Stor(Argument),
    Stou(Option<Argument>),
    Appe(Argument),
    Allo {
        size: u64,
        record: Option<u64>,
    },
    Rest(u64),
    Rnfr(Argument),
    Rnto(Argument),
    Abor,
    Dele(Argument),
    Rmd(Argument),
    Mkd(Argument),
    Pwd,
    List(Option<Argument>),
    Nlst(Option<Argument>),
    Site(Argument),
    Syst,
    Stat(Option<Argument>),
    Help(Option<Argument>),
    Noop,
    Feat,
    Opts {
        feature: Argument,
        parameters: Option<Argument>,
    },
    Eprt(SocketAddr),
    Epsv(ExtendedPassive),
    Mdtm(Argument),
    Size(Argument),
    Mlst(Option<Argument>),
    Mlsd(Option<Argument>),
    /// Any other verb, in upper case, kept with what followed it.
    Other {
        verb: Bytes,
        argument: Option<Argument>,
    },
}

/// TYPE (RFC 959 §3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum RepresentationType {
    Ascii(FormatControl),
    Ebcdic(FormatControl),
    Image,
    Local(u8),
}

/// The second parameter of TYPE A and E.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FormatControl {
    #[default]
    NonPrint,
    Telnet,
    CarriageControl,
}

/// STRU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum FileStructure {
    #[default]
    File,
    Record,
    Page,
}

/// MODE. `Deflate` is MODE Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum TransferMode {
    #[default]
    Stream,
    Block,
    Compressed,
    Deflate,
}

/// What follows EPSV (RFC 2428 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ExtendedPassive {
    Any,
    Family(Family),
    All,
}

/// Why a line is no command; the server's reply follows from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum CommandError {
    /// 500: an empty line, or one that does not begin with a verb of letters.
    #[error("expected a command")]
    NoVerb,
    /// 501
    #[error("a command must not hold NUL")]
    Nul,
    /// 501
    #[error("{verb} needs {expected}")]
    BadArgument {
        verb: &'static str,
        expected: &'static str,
    },
    /// 504: well formed, but a parameter value that no RFC this crate knows defines (TYPE Q, MODE Q).
    #[error("{verb} does not know this parameter")]
    UnknownParameter { verb: &'static str },
    /// 522: EPRT or EPSV with a family other than 1 and 2.
    #[error("network protocol not supported")]
    UnknownFamily { verb: &'static str },
}

impl Command {
    /// Reads a line without its end. Keywords in any case; X- aliases become the plain command.
    pub fn decode(line: &Bytes) -> Result<Self, CommandError> {
        todo!()
    }
    /// Appends the line with its CRLF, byte 255 doubled.
    pub fn encode(&self, line: &mut Vec<u8>) {
        todo!()
    }
    /// The verb, in upper case.
    pub fn verb(&self) -> &[u8] {
        todo!()
    }
    /// The line without CRLF for a log: secrets as `****`.
    pub fn redacted(&self) -> Bytes {
        todo!()
    }
}
