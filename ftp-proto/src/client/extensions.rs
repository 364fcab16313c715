//! Verbs for what servers have beyond RFC 959 and RFC 3659.

use alloc::format;
use alloc::vec::Vec;

use bytes::Bytes;

use super::operation::Reads;
use super::session::ClientSession;
use crate::codec::command::{Argument, Combination, Command, FactChanges, PartOfFile, quoted};
use crate::codec::facts::{self, Facts};
use crate::codec::hash::HashAlgorithm;
use crate::contract::OpId;
use crate::error::UsageError;
use crate::time::DateTime;

/// The errors are those of every verb.
impl ClientSession {
    /// HASH: a checksum of a file by the algorithm that the server uses, which
    /// [`choose_hash`](Self::choose_hash) chooses (draft-bryan-ftpext-hash). Gives
    /// [`Outcome::Checksum`](super::Outcome). The reply has until `Timeouts::final_reply`.
    pub fn hash(&mut self, path: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Hash(path), Reads::Checksum)
    }

    /// OPTS HASH: HASH uses this algorithm from now on. Gives [`Outcome::Reply`](super::Outcome).
    pub fn choose_hash(&mut self, algorithm: HashAlgorithm) -> Result<OpId, UsageError> {
        self.option("HASH", algorithm.name())
    }

    /// XCRC, XMD5, XSHA1, XSHA256 or XSHA512: a checksum of a file, or of a part of it. Gives
    /// [`Outcome::Checksum`](super::Outcome). The reply has until `Timeouts::final_reply`.
    pub fn checksum(
        &mut self,
        algorithm: HashAlgorithm,
        part: PartOfFile,
    ) -> Result<OpId, UsageError> {
        let reads = Reads::ChecksumBy(algorithm, part.range);
        let command = match algorithm {
            HashAlgorithm::Crc32 => Command::Xcrc(part),
            HashAlgorithm::Md5 => Command::Xmd5(part),
            HashAlgorithm::Sha1 => Command::Xsha1(part),
            HashAlgorithm::Sha256 => Command::Xsha256(part),
            HashAlgorithm::Sha512 => Command::Xsha512(part),
        };
        self.single(command, reads)
    }

    /// AVBL: how many bytes a directory, or the working directory, still has room for. Gives
    /// [`Outcome::Size`](super::Outcome).
    pub fn available_space(&mut self, path: Option<Argument>) -> Result<OpId, UsageError> {
        self.single(Command::Avbl(path), Reads::Space)
    }

    /// MFMT: sets the time of modification, in UTC (draft-somers-ftp-mfxx §3). Gives
    /// [`Outcome::Reply`](super::Outcome).
    pub fn set_modified(&mut self, path: Argument, time: DateTime) -> Result<OpId, UsageError> {
        self.single(Command::Mfmt { time, path }, Reads::Completion)
    }

    /// MFCT: sets the time of creation, in UTC (draft-somers-ftp-mfxx §4). Gives
    /// [`Outcome::Reply`](super::Outcome).
    pub fn set_created(&mut self, path: Argument, time: DateTime) -> Result<OpId, UsageError> {
        self.single(Command::Mfct { time, path }, Reads::Completion)
    }

    /// MFF: sets facts (draft-somers-ftp-mfxx §5). Gives [`Outcome::Reply`](super::Outcome).
    pub fn set_facts(&mut self, path: Argument, facts: FactChanges) -> Result<OpId, UsageError> {
        self.single(Command::Mff { facts, path }, Reads::Completion)
    }

    /// OPTS MLST: MLST and MLSD tell these facts from now on (RFC 3659 §7.9). Gives
    /// [`Outcome::Reply`](super::Outcome).
    pub fn choose_facts(&mut self, facts: Facts) -> Result<OpId, UsageError> {
        self.option("MLST", &format!("{facts}"))
    }

    /// SITE CHMOD: sets permission bits. Gives [`Outcome::Reply`](super::Outcome).
    pub fn change_mode(&mut self, path: Argument, mode: u16) -> Result<OpId, UsageError> {
        self.site_of(format!("CHMOD {mode:03o}"), &path)
    }

    /// SITE UTIME, in its long form: sets the times of the last access and of modification, in UTC.
    /// Gives [`Outcome::Reply`](super::Outcome).
    pub fn set_times(
        &mut self,
        path: Argument,
        accessed: DateTime,
        modified: DateTime,
    ) -> Result<OpId, UsageError> {
        let mut line = Vec::from(&b"UTIME "[..]);
        line.extend_from_slice(path.as_bytes());
        for time in [accessed, modified, modified] {
            line.push(b' ');
            facts::write_time(&mut line, time.with_nanos(0).unwrap_or(time));
        }
        line.extend_from_slice(b" UTC");
        self.site(Argument::new(line)?)
    }

    /// SITE SYMLINK: makes a symbolic link at `path` that leads to `target`. Gives
    /// [`Outcome::Reply`](super::Outcome).
    pub fn link(&mut self, target: Argument, path: Argument) -> Result<OpId, UsageError> {
        let mut line = b"SYMLINK".to_vec();
        for name in [target, path] {
            line.push(b' ');
            // Few servers know quotes here, and none reads a space without.
            match name.as_bytes().iter().any(|b| matches!(b, b' ' | b'"')) {
                true => line.extend_from_slice(&quoted(name.as_bytes())),
                false => line.extend_from_slice(name.as_bytes()),
            }
        }
        self.site(Argument::new(line)?)
    }

    /// COMB: puts the parts of a file together; the server deletes them then. Gives
    /// [`Outcome::Reply`](super::Outcome). The reply has until `Timeouts::final_reply`.
    pub fn combine(&mut self, files: Combination) -> Result<OpId, UsageError> {
        self.single(Command::Comb(files), Reads::SlowCompletion)
    }

    /// HOST, before the login: which of the server's hosts is meant (RFC 7151). Gives
    /// [`Outcome::Reply`](super::Outcome).
    pub fn choose_host(&mut self, name: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Host(name), Reads::Completion)
    }

    /// LANG: the language of replies, or the server's own (RFC 2640 §4). Gives
    /// [`Outcome::Reply`](super::Outcome).
    pub fn choose_language(&mut self, tag: Option<Argument>) -> Result<OpId, UsageError> {
        self.single(Command::Lang(tag), Reads::Completion)
    }

    /// SITE: a command of this server's own. Gives [`Outcome::Reply`](super::Outcome).
    pub fn site(&mut self, what: Argument) -> Result<OpId, UsageError> {
        self.single(Command::Site(what), Reads::Completion)
    }

    fn option(&mut self, feature: &'static str, value: &str) -> Result<OpId, UsageError> {
        let feature = Argument::new(Bytes::from_static(feature.as_bytes()))?;
        let parameters = Argument::try_from(value).ok();
        let command = Command::Opts {
            feature,
            parameters,
        };
        self.single(command, Reads::Completion)
    }

    /// A command of SITE about one path.
    fn site_of(&mut self, what: impl Into<Vec<u8>>, path: &Argument) -> Result<OpId, UsageError> {
        let mut line = what.into();
        line.push(b' ');
        line.extend_from_slice(path.as_bytes());
        self.site(Argument::new(line)?)
    }
}
