//! HASH, XCRC, XMD5, XSHA and their kin, and MD5: checksums of files.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::replies::push_inline;
use super::request::{Denied, Request, Summed};
use super::session::ServerSession;
use super::start::Start;
use crate::codec::command::{Argument, ByteRange, PartOfFile};
use crate::codec::hash::{HashAlgorithm, write_hexadecimal};
use crate::codec::path::VirtualPath;

impl ServerSession {
    /// HASH, of what RANG said (draft-bryan-ftpext-hash §3).
    pub(super) fn hash(&mut self, path: &Argument) {
        let range = match self.settings.take_start() {
            Start::Within(range) => range,
            Start::At(_) => ByteRange::ALL,
        };
        let algorithm = self.hash_algorithm();
        self.sum(path, algorithm, range, move |session, path, summed| {
            let last = range.first().saturating_add(summed.bytes.saturating_sub(1));
            let mut text = format!("{} {}-{last} ", algorithm.name(), range.first()).into_bytes();
            write_hexadecimal(&mut text, &summed.value);
            text.push(b' ');
            push_inline(&mut text, path.as_bytes());
            session.reply::<213>(text);
        });
    }

    /// XCRC and the others that name their algorithm.
    pub(super) fn checksum_of(&mut self, part: &PartOfFile, algorithm: HashAlgorithm) {
        let range = part.range.unwrap_or(ByteRange::ALL);
        self.sum(&part.path, algorithm, range, |session, _, summed| {
            let mut text = Vec::new();
            write_hexadecimal(&mut text, &summed.value);
            session.reply::<250>(text);
        });
    }

    /// MD5 has a code of its own (draft-twine-ftpmd5 §3.1).
    pub(super) fn md5(&mut self, path: &Argument) {
        self.sum(
            path,
            HashAlgorithm::Md5,
            ByteRange::ALL,
            |session, path, summed| {
                let mut text = Vec::new();
                push_inline(&mut text, path.as_bytes());
                text.push(b' ');
                write_hexadecimal(&mut text, &summed.value);
                session.reply::<251>(text);
            },
        );
    }

    /// OPTS HASH: tells the algorithm, or another one is used from now on (§3.2).
    pub(super) fn set_hash_algorithm(&mut self, name: Option<&[u8]>) {
        if let Some(name) = name {
            let algorithms = self.config.checksums.algorithms();
            match HashAlgorithm::named(name).filter(|algorithm| algorithms.has(*algorithm)) {
                Some(algorithm) => self.settings.options().hash = Some(algorithm),
                None => return self.reply::<501>("There is no such algorithm here."),
            }
        }
        self.reply::<200>(self.hash_algorithm().name());
    }

    /// What FEAT says: every algorithm, the one in use with a `*` (§3.1).
    pub(super) fn hash_feature(&self) -> String {
        let mut text = String::from("HASH ");
        for algorithm in self.config.checksums.algorithms().iter() {
            text.push_str(algorithm.name());
            text.push_str(match algorithm == self.hash_algorithm() {
                true => "*;",
                false => ";",
            });
        }
        text
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        let chosen = self.settings.chosen().and_then(|options| options.hash);
        chosen
            .or_else(|| self.config.checksums.usual())
            .unwrap_or(HashAlgorithm::Sha256)
    }

    fn sum(
        &mut self,
        path: &Argument,
        algorithm: HashAlgorithm,
        range: ByteRange,
        tell: impl FnOnce(&mut Self, &VirtualPath, &Summed) + Send + Sync + 'static,
    ) {
        let Some(path) = self.resolve(path.as_bytes()) else {
            return;
        };
        let asked = path.clone();
        self.ask_long(
            |ask| Request::Checksum(ask, asked, algorithm, range),
            move |session, answer| match answer {
                Ok(summed) => tell(session, &path, &summed),
                // §3.5
                Err(Denied::IsDirectory) => session.reply::<553>("That is a directory."),
                Err(denied) => session.reply_denied(denied),
            },
        );
    }
}
