//! Checksums of files.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::Bytes;
use ftp_proto::codec::command::ByteRange;
use ftp_proto::codec::hash::HashAlgorithm;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Denied, Summed};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::long::{Awaited, Long, PIECE};
use crate::storage::{Op, Part, Source, Storage};

/// The checksum of a file's bytes within a range, as far as it has them.
pub(super) fn sum(
    long: &Long,
    storage: &Arc<dyn Storage>,
    path: VirtualPath,
    algorithm: HashAlgorithm,
    range: ByteRange,
) -> Op<Summed> {
    let Some(sum) = Sum::by(algorithm) else {
        return Op::Ready(Err(Denied::Unsupported));
    };
    let storage = Arc::clone(storage);
    let largest = long.largest;
    long.run(move |awaited| async move {
        let source = match storage.open_read(&path, range.first()) {
            Op::Ready(source) => source?,
            Op::Pending(source) => awaited.go_on(source).await?,
        };
        let source = Part::new(source, range.length());
        if source.size().is_some_and(|size| size > largest) {
            return Err(Denied::TooLarge);
        }
        read(source, sum, largest, &awaited).await
    })
}

async fn read(
    mut source: Part<Box<dyn Source + Send>>,
    mut sum: Sum,
    largest: u64,
    awaited: &Awaited,
) -> Result<Summed, Denied> {
    let mut piece = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let read = poll_fn(|cx| source.poll_read(cx, &mut piece));
        let read = async { read.await.map_err(|_| Denied::Failed) };
        let read = awaited.go_on(read).await?;
        if read == 0 {
            let value = sum.finish();
            return Ok(Summed { value, bytes });
        }
        bytes += read as u64;
        if bytes > largest {
            return Err(Denied::TooLarge);
        }
        sum.update(&piece[..read]);
    }
}

/// A checksum that is being computed.
enum Sum {
    Crc32(crc32fast::Hasher),
    Md5(Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Sum {
    /// `None` for an algorithm of a later version.
    fn by(algorithm: HashAlgorithm) -> Option<Self> {
        Some(match algorithm {
            HashAlgorithm::Crc32 => Self::Crc32(crc32fast::Hasher::new()),
            HashAlgorithm::Md5 => Self::Md5(Md5::new()),
            HashAlgorithm::Sha1 => Self::Sha1(Sha1::new()),
            HashAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
            HashAlgorithm::Sha512 => Self::Sha512(Sha512::new()),
            _ => return None,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(sum) => sum.update(bytes),
            Self::Md5(sum) => Digest::update(sum, bytes),
            Self::Sha1(sum) => Digest::update(sum, bytes),
            Self::Sha256(sum) => Digest::update(sum, bytes),
            Self::Sha512(sum) => Digest::update(sum, bytes),
        }
    }

    fn finish(self) -> Bytes {
        match self {
            Self::Crc32(sum) => Bytes::copy_from_slice(&sum.finalize().to_be_bytes()),
            Self::Md5(sum) => Bytes::copy_from_slice(&sum.finalize()),
            Self::Sha1(sum) => Bytes::copy_from_slice(&sum.finalize()),
            Self::Sha256(sum) => Bytes::copy_from_slice(&sum.finalize()),
            Self::Sha512(sum) => Bytes::copy_from_slice(&sum.finalize()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ftp_proto::codec::hash::write_hexadecimal;

    fn of(algorithm: HashAlgorithm, text: &[u8]) -> String {
        let mut sum = Sum::by(algorithm).expect("it is known");
        sum.update(text);
        let mut digits = Vec::new();
        write_hexadecimal(&mut digits, &sum.finish());
        String::from_utf8(digits).expect("ASCII")
    }

    /// The check value of CRC-32, and those of the RFCs for "abc".
    #[test]
    fn known_checksums() {
        assert_eq!(of(HashAlgorithm::Crc32, b"123456789"), "cbf43926");
        assert_eq!(
            of(HashAlgorithm::Md5, b"abc"),
            "900150983cd24fb0d6963f7d28e17f72"
        );
        assert_eq!(
            of(HashAlgorithm::Sha1, b"abc"),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            of(HashAlgorithm::Sha256, b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(of(HashAlgorithm::Sha512, b"abc").starts_with("ddaf35a193617abacc417349ae204131"));
    }

    #[test]
    fn every_algorithm_has_its_length() {
        for algorithm in HashAlgorithm::ALL {
            let sum = Sum::by(algorithm).expect("it is known");
            assert_eq!(sum.finish().len(), algorithm.length(), "{algorithm:?}");
        }
    }
}
