//! The files of the demo, and their checksums.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::fault::Fault;

/// A directory that a server serves, with one beside it where a client works. Both are gone with
/// this value.
#[derive(Debug)]
pub(super) struct Files {
    directory: TempDir,
}

/// Names and sizes: a large file, an empty one, and a name that is not ASCII.
pub(super) const FILES: [(&str, usize); 3] = [
    ("64 MiB of noise.bin", 64 << 20),
    ("empty", 0),
    ("한국어 이름.txt", 1_234),
];

impl Files {
    pub(super) fn make() -> Result<Self, Fault> {
        let make = || -> io::Result<TempDir> {
            let directory = tempfile::Builder::new().prefix("ftp-demo-").tempdir()?;
            fs::create_dir(directory.path().join("server"))?;
            fs::create_dir(directory.path().join("client"))?;
            for (name, size) in FILES {
                write_noise(&directory.path().join("server").join(name), size)?;
            }
            Ok(directory)
        };
        let directory =
            make().map_err(|e| Fault::new(format!("cannot make the demo's files: {e}")))?;
        Ok(Self { directory })
    }

    /// What the server serves.
    pub(super) fn root(&self) -> PathBuf {
        self.directory.path().join("server")
    }

    /// A file at the server.
    pub(super) fn at_server(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// A file at the client.
    pub(super) fn at_client(&self, name: &str) -> PathBuf {
        self.directory.path().join("client").join(name)
    }
}

/// Noise that no link compresses and every run has alike.
fn write_noise(path: &Path, size: usize) -> io::Result<()> {
    let mut file = io::BufWriter::new(fs::File::create(path)?);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut left = size;
    while left > 0 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = state.to_le_bytes();
        let taken = left.min(word.len());
        file.write_all(&word[..taken])?;
        left -= taken;
    }
    file.flush()
}

/// SHA-256 of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checksum([u8; 32]);

impl Checksum {
    pub(super) fn of(path: &Path) -> Result<Self, Fault> {
        let read = || -> io::Result<Self> {
            let mut file = fs::File::open(path)?;
            let mut hasher = Sha256::new();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match io::Read::read(&mut file, &mut buffer)? {
                    0 => return Ok(Self(hasher.finalize().into())),
                    read => hasher.update(&buffer[..read]),
                }
            }
        };
        read().map_err(|error| Fault::file(path, "read", &error))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in &self.0[..8] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("...")
    }
}
