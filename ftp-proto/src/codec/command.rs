//! Commands of the control connection (RFC 959 §5.3, 1123 §4.1.3.1, 1639, 2228, 2389, 2428, 2640,
//! 3659, 4217, 6384, 7151, and drafts that are in use).
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
mod file;
mod parameter;
mod setting;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::net::{SocketAddr, SocketAddrV4};

use bytes::Bytes;

pub use argument::{Argument, Password, Verb};
pub use file::{ByteRange, Combination, FactChanges, PartOfFile};
pub(crate) use file::{quoted, words};

use self::parameter::{Form, Input, Output, Parameter, verb_and_argument};
use crate::codec::address::LongAddress;
use crate::contract::Family;
use crate::secret::Secret;
use crate::time::DateTime;

/// Makes the enum of commands, and how they are read and written, of one table.
///
/// A row is a variant with its value, the verb with its aliases, and what the argument has to be.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $name:ident
        $(($value:ident: $type:ty))?
        $({ $($(#[$part_doc:meta])* $part:ident: $part_type:ty,)+ })?
        = $verb:literal $(| $alias:literal)*, $expected:literal;
    )+) => {
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
        ///
        /// assert!(Command::VERBS.contains(&"RETR") && Command::VERBS.contains(&"XPWD"));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Command {
            $(
                $(#[$doc])*
                $name $(($type))? $({ $($(#[$part_doc])* $part: $part_type,)+ })?,
            )+
            /// Any other verb, kept with what followed it. `decode` gives none of the above here.
            Other {
                /// The verb.
                verb: Verb,
                /// What followed it.
                argument: Option<Argument>,
            },
        }

        impl Command {
            /// Every verb that `decode` reads as a command of its own, aliases too, in upper case.
            pub const VERBS: &[&str] = &[$($verb, $($alias,)*)+];

            /// The verb, in upper case.
            ///
            /// ```
            /// use ftp_proto::codec::command::Command;
            ///
            /// assert_eq!(Command::decode(&"xcwd pub".into())?.verb(), b"CWD");
            /// # Ok::<(), ftp_proto::codec::command::CommandError>(())
            /// ```
            pub fn verb(&self) -> &[u8] {
                match self {
                    $(Self::$name { .. } => $verb.as_bytes(),)+
                    Self::Other { verb, .. } => verb.as_bytes(),
                }
            }

            /// The command of this verb, which is in upper case; `None` for any other verb.
            fn known(verb: &[u8], argument: &Bytes) -> Result<Option<Self>, CommandError> {
                $(
                    if verb == $verb.as_bytes() $(|| verb == $alias.as_bytes())* {
                        #[allow(unused_mut, reason = "a verb alone reads nothing")]
                        let mut input = Input::new($verb, $expected, argument);
                        $(let $value = <$type as Parameter>::read(&mut input)?;)?
                        $(let ($($part,)+) = <($($part_type,)+) as Parameter>::read(&mut input)?;)?
                        input.end()?;
                        return Ok(Some(Self::$name $(($value))? $({ $($part,)+ })?));
                    }
                )+
                Ok(None)
            }

            /// Writes what stands behind the verb.
            fn write_argument(&self, out: &mut Output<'_>) {
                match self {
                    $(
                        Self::$name $(($value))? $({ $($part,)+ })? => {
                            $(Parameter::write($value, out);)?
                            $(($($part.clone(),)+).write(out);)?
                        }
                    )+
                    Self::Other { argument, .. } => argument.write(out),
                }
            }
        }
    };
}

commands! {
    /// USER: who logs in (RFC 959 §4.1.1).
    User(name: Argument) = "USER", "a user name";
    /// PASS: with what password (RFC 959 §4.1.1).
    Pass(password: Password) = "PASS", "text without CR and LF";
    /// ACCT: on whose account (RFC 959 §4.1.1).
    Acct(account: Secret<Argument>) = "ACCT", "an account";
    /// CWD, XCWD: changes the working directory (RFC 959 §4.1.1).
    Cwd(path: Argument) = "CWD" | "XCWD", "a path";
    /// CDUP, XCUP: to the directory above (RFC 959 §4.1.1).
    Cdup = "CDUP" | "XCUP", "no argument";
    /// SMNT: mounts another file system (RFC 959 §4.1.1).
    Smnt(path: Argument) = "SMNT", "a path";
    /// REIN: back to before the login (RFC 959 §4.1.1).
    Rein = "REIN", "no argument";
    /// QUIT: ends the session (RFC 959 §4.1.1).
    Quit = "QUIT", "no argument";
    /// PORT: the server connects to this address (RFC 959 §4.1.2).
    Port(to: SocketAddrV4) = "PORT", "h1,h2,h3,h4,p1,p2";
    /// PASV: the server listens (RFC 959 §4.1.2).
    Pasv = "PASV", "no argument";
    /// TYPE: the representation type (RFC 959 §4.1.2).
    Type(representation: RepresentationType) = "TYPE", "a letter";
    /// STRU: the file structure (RFC 959 §4.1.2).
    Stru(structure: FileStructure) = "STRU", "a letter";
    /// MODE: the transfer mode (RFC 959 §4.1.2).
    Mode(mode: TransferMode) = "MODE", "a letter";
    /// RETR: sends a file to the client (RFC 959 §4.1.3).
    Retr(path: Argument) = "RETR", "a path";
    /// STOR: takes a file from the client (RFC 959 §4.1.3).
    Stor(path: Argument) = "STOR", "a path";
    /// STOU: the same, under a name that the server makes (RFC 959 §4.1.3, RFC 1123 §4.1.2.9).
    /// Some clients propose a name.
    Stou(path: Option<Argument>) = "STOU", "text without CR and LF";
    /// APPE: the same, behind what the file holds (RFC 959 §4.1.3).
    Appe(path: Argument) = "APPE", "a path";
    /// ALLO: announces a size (RFC 959 §4.1.3).
    Allo {
        /// Bytes in the file.
        size: u64,
        /// Bytes in its longest record or page.
        record: Option<u64>,
    } = "ALLO", "n or n R m";
    /// REST: where the next transfer begins, in bytes (RFC 3659 §5).
    Rest(offset: u64) = "REST", "a number of bytes";
    /// RANG: which bytes the next transfer or checksum is about; `None` for all, which is written
    /// `RANG 1 0` (draft-bryan-ftp-range §3).
    Rang(range: Option<ByteRange>) = "RANG", "the first and the last byte, or 1 0";
    /// RNFR: what to rename (RFC 959 §4.1.3).
    Rnfr(path: Argument) = "RNFR", "a path";
    /// RNTO: to what (RFC 959 §4.1.3).
    Rnto(path: Argument) = "RNTO", "a path";
    /// ABOR: ends the transfer (RFC 959 §4.1.3).
    Abor = "ABOR", "no argument";
    /// DELE: deletes a file (RFC 959 §4.1.3).
    Dele(path: Argument) = "DELE", "a path";
    /// RMD, XRMD: removes a directory (RFC 959 §4.1.3).
    Rmd(path: Argument) = "RMD" | "XRMD", "a path";
    /// MKD, XMKD: makes a directory (RFC 959 §4.1.3).
    Mkd(path: Argument) = "MKD" | "XMKD", "a path";
    /// PWD, XPWD: tells the working directory (RFC 959 §4.1.3).
    Pwd = "PWD" | "XPWD", "no argument";
    /// LIST: a listing for people (RFC 959 §4.1.3).
    List(path: Option<Argument>) = "LIST", "text without CR and LF";
    /// NLST: names alone (RFC 959 §4.1.3).
    Nlst(path: Option<Argument>) = "NLST", "text without CR and LF";
    /// SITE: what only this server does (RFC 959 §4.1.3).
    Site(what: Argument) = "SITE", "a command";
    /// SYST: the operating system (RFC 959 §4.1.3).
    Syst = "SYST", "no argument";
    /// STAT: the state of the session or of a transfer, or a listing (RFC 959 §4.1.3).
    Stat(path: Option<Argument>) = "STAT", "text without CR and LF";
    /// HELP: text for people (RFC 959 §4.1.3).
    Help(topic: Option<Argument>) = "HELP", "text without CR and LF";
    /// NOOP: a reply (RFC 959 §4.1.3).
    Noop = "NOOP", "no argument";
    /// FEAT: what the server can do beyond RFC 959 (RFC 2389 §3).
    Feat = "FEAT", "no argument";
    /// OPTS: sets an option of a feature (RFC 2389 §4).
    Opts {
        /// The feature: what stands before the first space.
        feature: Argument,
        /// What stands behind it.
        parameters: Option<Argument>,
    } = "OPTS", "the name of a feature";
    /// LPRT: the server connects to this address (RFC 1639 §4).
    Lprt(to: LongAddress) = "LPRT", "4,4,h1,...,2,p1,p2 or 6,16,h1,...,2,p1,p2";
    /// LPSV: the server listens (RFC 1639 §5).
    Lpsv = "LPSV", "no argument";
    /// EPRT: the server connects to this address (RFC 2428 §2).
    Eprt(to: SocketAddr) = "EPRT", "|1|host|port| or |2|host|port|";
    /// EPSV: the server listens (RFC 2428 §3).
    Epsv(what: ExtendedPassive) = "EPSV", "1, 2, ALL or nothing";
    /// LANG: the language of replies; the default one if none is named (RFC 2640 §4).
    Lang(tag: Option<Argument>) = "LANG", "a language";
    /// MDTM: when a file was modified (RFC 3659 §3).
    Mdtm(path: Argument) = "MDTM", "a path";
    /// MFMT: sets that time, in UTC (draft-somers-ftp-mfxx §3).
    Mfmt {
        /// The time.
        time: DateTime,
        /// The file.
        path: Argument,
    } = "MFMT", "YYYYMMDDHHMMSS and a path";
    /// MFCT: sets the time when a file was created, in UTC (draft-somers-ftp-mfxx §4).
    Mfct {
        /// The time.
        time: DateTime,
        /// The file.
        path: Argument,
    } = "MFCT", "YYYYMMDDHHMMSS and a path";
    /// MFF: sets facts of a file (draft-somers-ftp-mfxx §5).
    Mff {
        /// The facts.
        facts: FactChanges,
        /// The file.
        path: Argument,
    } = "MFF", "fact=value; and a path";
    /// SIZE: how many bytes a transfer would move (RFC 3659 §4).
    Size(path: Argument) = "SIZE", "a path";
    /// MLST: the facts of one thing (RFC 3659 §7).
    Mlst(path: Option<Argument>) = "MLST", "text without CR and LF";
    /// MLSD: the facts of all things in a directory (RFC 3659 §7).
    Mlsd(path: Option<Argument>) = "MLSD", "text without CR and LF";
    /// AUTH: protects the control connection by this mechanism (RFC 2228 §3, RFC 4217 §4).
    Auth(mechanism: Argument) = "AUTH", "a mechanism";
    /// PBSZ: the largest piece of protected data, in bytes; 0 under TLS (RFC 2228 §3, RFC 4217 §8).
    Pbsz(size: u32) = "PBSZ", "a number of bytes";
    /// PROT: how data connections are protected (RFC 2228 §3, RFC 4217 §9).
    Prot(level: ProtectionLevel) = "PROT", "a letter";
    /// CCC: the control connection goes on in clear (RFC 2228 §3, RFC 4217 §6).
    Ccc = "CCC", "no argument";
    /// HOST: which of the hosts at this address is meant (RFC 7151 §3).
    Host(name: Argument) = "HOST", "a host name or [address]";
    /// ALGS: what a gateway between the two translates (RFC 6384 §11).
    Algs(what: Argument) = "ALGS", "a command for a gateway";
    /// AVBL: how many bytes a directory still has room for
    /// (draft-peterson-streamlined-ftp-command-extensions §4).
    Avbl(path: Option<Argument>) = "AVBL", "text without CR and LF";
    /// CLNT: the client's name, for people.
    Clnt(name: Argument) = "CLNT", "a name";
    /// COMB: puts the parts of a file together.
    Comb(files: Combination) = "COMB", "a file and its parts";
    /// CSID: the client's name and version, for the server's
    /// (draft-peterson-streamlined-ftp-command-extensions §2).
    Csid(facts: Argument) = "CSID", "Name=name; Version=version;";
    /// PRET: which transfer follows, before PASV: some servers have the file elsewhere.
    Pret(command: Argument) = "PRET", "a transfer command";
    /// THMB: a small picture of one (draft-peterson-streamlined-ftp-command-extensions §5).
    Thmb(what: Argument) = "THMB", "a format, a size and a path";
    /// HASH: a checksum of a file, by the algorithm that OPTS HASH chose (draft-bryan-ftpext-hash).
    Hash(path: Argument) = "HASH", "a path";
    /// XCRC: its CRC-32.
    Xcrc(part: PartOfFile) = "XCRC", "a path, or a path in quotes with two numbers";
    /// XMD5: its MD5.
    Xmd5(part: PartOfFile) = "XMD5", "a path, or a path in quotes with two numbers";
    /// XSHA: its SHA-1.
    Xsha(part: PartOfFile) = "XSHA", "a path, or a path in quotes with two numbers";
    /// XSHA1: its SHA-1.
    Xsha1(part: PartOfFile) = "XSHA1", "a path, or a path in quotes with two numbers";
    /// XSHA256: its SHA-256.
    Xsha256(part: PartOfFile) = "XSHA256", "a path, or a path in quotes with two numbers";
    /// XSHA512: its SHA-512.
    Xsha512(part: PartOfFile) = "XSHA512", "a path, or a path in quotes with two numbers";
    /// MD5: its MD5 (draft-twine-ftpmd5 §3.1).
    Md5(path: Argument) = "MD5", "a path";
}

impl Command {
    /// Reads a line without its end. Keywords in any case; X- aliases become the plain command.
    ///
    /// One space ends the verb, and all behind it is the argument: spaces that a name begins or
    /// ends with stay.
    ///
    /// # Errors
    /// A [`CommandError`], each kind of which is one reply code.
    pub fn decode(line: &Bytes) -> Result<Self, CommandError> {
        if line.contains(&0) {
            return Err(CommandError::Nul);
        }
        let (verb, argument) = verb_and_argument(line).ok_or(CommandError::NoVerb)?;
        if line.iter().any(|b| matches!(b, b'\r' | b'\n')) {
            return Err(CommandError::BadArgument {
                verb: "a command",
                expected: "text without CR and LF",
            });
        }
        // What stood behind the space; a space alone is as good as none.
        let argument = argument
            .filter(|argument| !argument.is_empty())
            .map_or_else(Bytes::new, |argument| line.slice_ref(argument));
        let mut upper = [0; Verb::LONGEST];
        for (to, from) in upper.iter_mut().zip(verb) {
            *to = from.to_ascii_uppercase();
        }
        if let Some(command) = Self::known(upper.get(..verb.len()).unwrap_or_default(), &argument)?
        {
            return Ok(command);
        }
        let verb = Verb::new(line.slice_ref(verb)).map_err(|_| CommandError::NoVerb)?;
        let argument = Argument::new(argument).ok();
        Ok(Self::Other { verb, argument })
    }

    /// Appends the line with its CRLF, byte 255 doubled.
    ///
    /// ```
    /// use ftp_proto::codec::command::{ByteRange, Command};
    ///
    /// let mut line = Vec::new();
    /// Command::Rang(ByteRange::new(0, 99)).encode(&mut line);
    /// assert_eq!(line, b"RANG 0 99\r\n");
    /// ```
    pub fn encode(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(self.verb());
        self.write_argument(&mut Output::new(line, Form::Wire));
        line.extend_from_slice(b"\r\n");
    }

    /// The line without CRLF for a log: secrets as `****`.
    ///
    /// ```
    /// use ftp_proto::codec::command::Command;
    ///
    /// let command = Command::decode(&"pass hunter2".into())?;
    /// assert_eq!(command.redacted(), "PASS ****");
    /// # Ok::<(), ftp_proto::codec::command::CommandError>(())
    /// ```
    pub fn redacted(&self) -> Bytes {
        let mut line = Vec::from(self.verb());
        self.write_argument(&mut Output::new(&mut line, Form::Log));
        line.into()
    }
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
    /// 522: EPRT or EPSV with a family other than 1 and 2; 521: LPRT with one other than 4 and 6.
    #[error("{verb}: network protocol not supported")]
    UnknownFamily {
        /// The verb, in upper case.
        verb: &'static str,
    },
}
