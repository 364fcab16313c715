//! Commands of the control connection (RFC 959 §5.3, 1123 §4.1.3.1, 2228, 2389, 2428, 3659, 4217).
//!
//! Parameters are values, and what is none of them is an error that names its reply:
//!
//! ```
//! use ftp_proto::Family;
//! use ftp_proto::codec::command::{
//!     Command, CommandError, ExtendedPassive, FileStructure, FormatControl, ProtectionLevel,
//!     RepresentationType, TransferMode,
//! };
//!
//! let read = |line: &'static str| Command::decode(&line.into());
//! let fortran = RepresentationType::Ascii(FormatControl::CarriageControl);
//! assert_eq!(read("TYPE A C")?, Command::Type(fortran));
//! assert_eq!(read("STRU R")?, Command::Stru(FileStructure::Record));
//! assert_eq!(read("MODE B")?, Command::Mode(TransferMode::Block));
//! assert_eq!(read("PROT P")?, Command::Prot(ProtectionLevel::Private));
//! assert_eq!(read("EPSV 2")?, Command::Epsv(ExtendedPassive::Family(Family::V6)));
//! assert_eq!(read("MODE Q"), Err(CommandError::UnknownParameter { verb: "MODE" }));
//! assert_eq!(read(" \t"), Err(CommandError::NoVerb));
//! # Ok::<(), CommandError>(())
//! ```

mod argument;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use core::net::{SocketAddr, SocketAddrV4};

pub use argument::{Argument, Password, Verb};

use crate::contract::Family;
use crate::secret::Secret;
use crate::time::DateTime;

/// One command.
///
/// ```
/// use ftp_proto::codec::command::{Argument, Command};
///
/// let command = Command::decode(&"retr a file".into())?;
/// assert_eq!(command, Command::Retr(Argument::try_from("a file")?));
///
/// let mut line = Vec::new();
/// command.encode(&mut line);
/// assert_eq!(line, b"RETR a file\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// USER: who logs in (RFC 959 §4.1.1).
    User(Argument),
    /// PASS: with what password (RFC 959 §4.1.1).
    Pass(Password),
    /// ACCT: on whose account (RFC 959 §4.1.1).
    Acct(Secret<Argument>),
    /// CWD, XCWD: changes the working directory (RFC 959 §4.1.1).
    Cwd(Argument),
    /// CDUP, XCUP: to the directory above (RFC 959 §4.1.1).
    Cdup,
    /// SMNT: mounts another file system (RFC 959 §4.1.1).
    Smnt(Argument),
    /// REIN: back to before the login (RFC 959 §4.1.1).
    Rein,
    /// QUIT: ends the session (RFC 959 §4.1.1).
    Quit,
    /// PORT: the server connects to this address (RFC 959 §4.1.2).
    Port(SocketAddrV4),
    /// PASV: the server listens (RFC 959 §4.1.2).
    Pasv,
    /// TYPE: the representation type (RFC 959 §4.1.2).
    Type(RepresentationType),
    /// STRU: the file structure (RFC 959 §4.1.2).
    Stru(FileStructure),
    /// MODE: the transfer mode (RFC 959 §4.1.2).
    Mode(TransferMode),
    /// RETR: sends a file to the client (RFC 959 §4.1.3).
    Retr(Argument),
    /// STOR: takes a file from the client (RFC 959 §4.1.3).
    Stor(Argument),
    /// STOU: the same, under a name that the server makes (RFC 959 §4.1.3, RFC 1123 §4.1.2.9).
    /// Some clients propose a name.
    Stou(Option<Argument>),
    /// APPE: the same, behind what the file holds (RFC 959 §4.1.3).
    Appe(Argument),
    /// ALLO: announces a size (RFC 959 §4.1.3).
    Allo {
        /// Bytes in the file.
        size: u64,
        /// Bytes in its longest record or page.
        record: Option<u64>,
    },
    /// REST: where the next transfer begins, in bytes (RFC 3659 §5).
    Rest(u64),
    /// RNFR: what to rename (RFC 959 §4.1.3).
    Rnfr(Argument),
    /// RNTO: to what (RFC 959 §4.1.3).
    Rnto(Argument),
    /// ABOR: ends the transfer (RFC 959 §4.1.3).
    Abor,
    /// DELE: deletes a file (RFC 959 §4.1.3).
    Dele(Argument),
    /// RMD, XRMD: removes a directory (RFC 959 §4.1.3).
    Rmd(Argument),
    /// MKD, XMKD: makes a directory (RFC 959 §4.1.3).
    Mkd(Argument),
    /// PWD, XPWD: tells the working directory (RFC 959 §4.1.3).
    Pwd,
    /// LIST: a listing for people (RFC 959 §4.1.3).
    List(Option<Argument>),
    /// NLST: names alone (RFC 959 §4.1.3).
    Nlst(Option<Argument>),
    /// SITE: what only this server does (RFC 959 §4.1.3).
    Site(Argument),
    /// SYST: the operating system (RFC 959 §4.1.3).
    Syst,
    /// STAT: the state of the session or of a transfer, or a listing (RFC 959 §4.1.3).
    Stat(Option<Argument>),
    /// HELP: text for people (RFC 959 §4.1.3).
    Help(Option<Argument>),
    /// NOOP: a reply (RFC 959 §4.1.3).
    Noop,
    /// FEAT: what the server can do beyond RFC 959 (RFC 2389 §3).
    Feat,
    /// OPTS: sets an option of a feature (RFC 2389 §4).
    Opts {
        /// The feature: what stands before the first space.
        feature: Argument,
        /// What stands behind it.
        parameters: Option<Argument>,
    },
    /// EPRT: the server connects to this address (RFC 2428 §2).
    Eprt(SocketAddr),
    /// EPSV: the server listens (RFC 2428 §3).
    Epsv(ExtendedPassive),
    /// MDTM: when a file was modified (RFC 3659 §3).
    Mdtm(Argument),
    /// MFMT: sets that time, in UTC (draft-somers-ftp-mfxx §3).
    Mfmt {
        /// The time.
        time: DateTime,
        /// The file.
        path: Argument,
    },
    /// SIZE: how many bytes a transfer would move (RFC 3659 §4).
    Size(Argument),
    /// MLST: the facts of one thing (RFC 3659 §7).
    Mlst(Option<Argument>),
    /// MLSD: the facts of all things in a directory (RFC 3659 §7).
    Mlsd(Option<Argument>),
    /// AUTH: protects the control connection by this mechanism (RFC 2228 §3, RFC 4217 §4).
    Auth(Argument),
    /// PBSZ: the largest piece of protected data, in bytes; 0 under TLS (RFC 2228 §3, RFC 4217 §8).
    Pbsz(u32),
    /// PROT: how data connections are protected (RFC 2228 §3, RFC 4217 §9).
    Prot(ProtectionLevel),
    /// CCC: the control connection goes on in clear (RFC 2228 §3, RFC 4217 §6).
    Ccc,
    /// Any other verb, kept with what followed it. `decode` gives none of the above here.
    Other {
        /// The verb.
        verb: Verb,
        /// What followed it.
        argument: Option<Argument>,
    },
}

/// TYPE (RFC 959 §3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RepresentationType {
    /// A: lines of NVT-ASCII that end in CRLF. What a session begins with.
    Ascii(FormatControl),
    /// E: EBCDIC.
    Ebcdic(FormatControl),
    /// I: the bytes as they are.
    Image,
    /// L: logical bytes of so many bits.
    Local(u8),
}

/// The second parameter of TYPE A and E (RFC 959 §3.1.1.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FormatControl {
    /// N: the file is not for a printer.
    #[default]
    NonPrint,
    /// T: it holds Telnet's vertical format controls.
    Telnet,
    /// C: it holds Fortran's (ASA).
    CarriageControl,
}

/// STRU (RFC 959 §3.1.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FileStructure {
    /// F: a string of bytes.
    #[default]
    File,
    /// R: records.
    Record,
    /// P: pages with numbers.
    Page,
}

/// MODE (RFC 959 §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TransferMode {
    /// S: the bytes, and their end is the connection's.
    #[default]
    Stream,
    /// B: blocks with headers.
    Block,
    /// C: runs of one byte made short.
    Compressed,
    /// Z: deflate (draft-preston-ftpext-deflate).
    Deflate,
}

/// PROT (RFC 2228 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProtectionLevel {
    /// C: not at all.
    Clear,
    /// S: so that a change shows. TLS has no such level (RFC 4217 §9).
    Safe,
    /// E: so that it cannot be read. TLS has no such level.
    Confidential,
    /// P: both.
    Private,
}

/// What follows EPSV (RFC 2428 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExtendedPassive {
    /// Nothing: the server picks the family, that of the control connection.
    Any,
    /// 1 or 2: the client wants this one.
    Family(Family),
    /// ALL: no other command will open data connections from now on.
    All,
}

/// Why a line is no command; the server's reply follows from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// 500: an empty line, or one that does not begin with a verb of letters.
    #[error("expected a command")]
    NoVerb,
    /// 501: a NUL anywhere.
    #[error("a command must not hold NUL")]
    Nul,
    /// 501: an argument that is missing, malformed, or not wanted.
    #[error("{verb} needs {expected}")]
    BadArgument {
        /// The verb, in upper case.
        verb: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// 504: well formed, but a parameter value that no RFC this crate knows defines (TYPE Q, MODE Q).
    #[error("{verb} does not know this parameter")]
    UnknownParameter {
        /// The verb, in upper case.
        verb: &'static str,
    },
    /// 522: EPRT or EPSV with a family other than 1 and 2.
    #[error("{verb}: network protocol not supported")]
    UnknownFamily {
        /// The verb, in upper case.
        verb: &'static str,
    },
}
