//! Commands as lines.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{
    Command, ExtendedPassive, FileStructure, FormatControl, ProtectionLevel, RepresentationType,
    TransferMode,
};
use crate::codec::text::{write_decimal, write_doubled};
use crate::codec::{address, facts};

impl Command {
    /// Appends the line with its CRLF, byte 255 doubled.
    pub fn encode(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(self.verb());
        match self {
            Self::Pass(password) => text(line, password.expose()),
            Self::Acct(account) => text(line, account.expose().as_bytes()),
            _ => self.write_argument(line, text),
        }
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
        match self {
            Self::Pass(_) | Self::Acct(_) => line.extend_from_slice(b" ****"),
            _ => self.write_argument(&mut line, |line, bytes| {
                line.push(b' ');
                line.extend_from_slice(bytes);
            }),
        }
        line.into()
    }

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
            Self::User(_) => b"USER",
            Self::Pass(_) => b"PASS",
            Self::Acct(_) => b"ACCT",
            Self::Cwd(_) => b"CWD",
            Self::Cdup => b"CDUP",
            Self::Smnt(_) => b"SMNT",
            Self::Rein => b"REIN",
            Self::Quit => b"QUIT",
            Self::Port(_) => b"PORT",
            Self::Pasv => b"PASV",
            Self::Type(_) => b"TYPE",
            Self::Stru(_) => b"STRU",
            Self::Mode(_) => b"MODE",
            Self::Retr(_) => b"RETR",
            Self::Stor(_) => b"STOR",
            Self::Stou(_) => b"STOU",
            Self::Appe(_) => b"APPE",
            Self::Allo { .. } => b"ALLO",
            Self::Rest(_) => b"REST",
            Self::Rnfr(_) => b"RNFR",
            Self::Rnto(_) => b"RNTO",
            Self::Abor => b"ABOR",
            Self::Dele(_) => b"DELE",
            Self::Rmd(_) => b"RMD",
            Self::Mkd(_) => b"MKD",
            Self::Pwd => b"PWD",
            Self::List(_) => b"LIST",
            Self::Nlst(_) => b"NLST",
            Self::Site(_) => b"SITE",
            Self::Syst => b"SYST",
            Self::Stat(_) => b"STAT",
            Self::Help(_) => b"HELP",
            Self::Noop => b"NOOP",
            Self::Feat => b"FEAT",
            Self::Opts { .. } => b"OPTS",
            Self::Eprt(_) => b"EPRT",
            Self::Epsv(_) => b"EPSV",
            Self::Mdtm(_) => b"MDTM",
            Self::Mfmt { .. } => b"MFMT",
            Self::Size(_) => b"SIZE",
            Self::Mlst(_) => b"MLST",
            Self::Mlsd(_) => b"MLSD",
            Self::Auth(_) => b"AUTH",
            Self::Pbsz(_) => b"PBSZ",
            Self::Prot(_) => b"PROT",
            Self::Ccc => b"CCC",
            Self::Other { verb, .. } => verb.as_bytes(),
        }
    }

    /// Appends everything behind the verb that is no secret; `text` writes a space and text.
    fn write_argument(&self, line: &mut Vec<u8>, text: impl Fn(&mut Vec<u8>, &[u8])) {
        match self {
            Self::Pass(_)
            | Self::Acct(_)
            | Self::Cdup
            | Self::Rein
            | Self::Quit
            | Self::Pasv
            | Self::Abor
            | Self::Pwd
            | Self::Syst
            | Self::Noop
            | Self::Feat
            | Self::Ccc => {}
            Self::User(argument)
            | Self::Cwd(argument)
            | Self::Smnt(argument)
            | Self::Retr(argument)
            | Self::Stor(argument)
            | Self::Appe(argument)
            | Self::Rnfr(argument)
            | Self::Rnto(argument)
            | Self::Dele(argument)
            | Self::Rmd(argument)
            | Self::Mkd(argument)
            | Self::Site(argument)
            | Self::Auth(argument)
            | Self::Mdtm(argument)
            | Self::Size(argument) => text(line, argument.as_bytes()),
            Self::Stou(argument)
            | Self::List(argument)
            | Self::Nlst(argument)
            | Self::Stat(argument)
            | Self::Help(argument)
            | Self::Mlst(argument)
            | Self::Mlsd(argument)
            | Self::Other { argument, .. } => {
                if let Some(argument) = argument {
                    text(line, argument.as_bytes());
                }
            }
            Self::Opts {
                feature,
                parameters,
            } => {
                text(line, feature.as_bytes());
                if let Some(parameters) = parameters {
                    text(line, parameters.as_bytes());
                }
            }
            Self::Type(representation) => write_type(line, *representation),
            Self::Stru(FileStructure::File) => line.extend_from_slice(b" F"),
            Self::Stru(FileStructure::Record) => line.extend_from_slice(b" R"),
            Self::Stru(FileStructure::Page) => line.extend_from_slice(b" P"),
            Self::Mode(TransferMode::Stream) => line.extend_from_slice(b" S"),
            Self::Mode(TransferMode::Block) => line.extend_from_slice(b" B"),
            Self::Mode(TransferMode::Compressed) => line.extend_from_slice(b" C"),
            Self::Mode(TransferMode::Deflate) => line.extend_from_slice(b" Z"),
            Self::Prot(ProtectionLevel::Clear) => line.extend_from_slice(b" C"),
            Self::Prot(ProtectionLevel::Safe) => line.extend_from_slice(b" S"),
            Self::Prot(ProtectionLevel::Confidential) => line.extend_from_slice(b" E"),
            Self::Prot(ProtectionLevel::Private) => line.extend_from_slice(b" P"),
            Self::Pbsz(size) => {
                line.push(b' ');
                write_decimal(line, (*size).into());
            }
            Self::Allo { size, record } => {
                line.push(b' ');
                write_decimal(line, *size);
                if let Some(record) = record {
                    line.extend_from_slice(b" R ");
                    write_decimal(line, *record);
                }
            }
            Self::Rest(offset) => {
                line.push(b' ');
                write_decimal(line, *offset);
            }
            Self::Port(to) => {
                line.push(b' ');
                address::write_port(line, *to);
            }
            Self::Eprt(to) => {
                line.push(b' ');
                address::write_eprt(line, *to);
            }
            Self::Epsv(ExtendedPassive::Any) => {}
            Self::Epsv(ExtendedPassive::All) => line.extend_from_slice(b" ALL"),
            Self::Epsv(ExtendedPassive::Family(family)) => {
                line.push(b' ');
                write_decimal(line, address::family_number(*family).into());
            }
            Self::Mfmt { time, path } => {
                line.push(b' ');
                facts::write_time(line, *time);
                text(line, path.as_bytes());
            }
        }
    }
}

fn text(line: &mut Vec<u8>, bytes: &[u8]) {
    line.push(b' ');
    write_doubled(line, bytes);
}

fn write_type(line: &mut Vec<u8>, representation: RepresentationType) {
    let (letter, format) = match representation {
        RepresentationType::Ascii(format) => (b" A", format),
        RepresentationType::Ebcdic(format) => (b" E", format),
        RepresentationType::Image => (b" I", FormatControl::NonPrint),
        RepresentationType::Local(bits) => {
            line.extend_from_slice(b" L ");
            return write_decimal(line, bits.into());
        }
    };
    line.extend_from_slice(letter);
    // N is the default, and some servers know no second parameter.
    line.extend_from_slice(match format {
        FormatControl::NonPrint => b"",
        FormatControl::Telnet => b" T",
        FormatControl::CarriageControl => b" C",
    });
}
