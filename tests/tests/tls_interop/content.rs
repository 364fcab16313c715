//! Files of any size that take no memory: each is told from the others, and each of its places from
//! the others near it.

use std::io::{self, Read, Write};
use std::sync::LazyLock;

/// Gives a file.
pub(crate) struct Giving {
    at: usize,
    left: u64,
}

impl Giving {
    pub(crate) fn new(file: usize, size: u64) -> Self {
        Self {
            at: start(file),
            left: size,
        }
    }
}

impl Read for Giving {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let block = &BLOCK[self.at..];
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let given = block.len().min(room.len()).min(left);
        room[..given].copy_from_slice(&block[..given]);
        self.at = (self.at + given) % BLOCK.len();
        self.left -= given as u64;
        Ok(given)
    }
}

/// Takes a file, and compares it with what it should be.
pub(crate) struct Comparing {
    at: usize,
    taken: u64,
    first_wrong: Option<u64>,
}

impl Comparing {
    pub(crate) fn new(file: usize) -> Self {
        Self {
            at: start(file),
            taken: 0,
            first_wrong: None,
        }
    }

    /// What is wrong with it, if anything.
    pub(crate) fn fault(&self, size: u64) -> Option<String> {
        match self.first_wrong {
            Some(at) => Some(format!("wrong from about byte {at} on")),
            None if self.taken != size => Some(format!("{} bytes of {size}", self.taken)),
            None => None,
        }
    }
}

impl Write for Comparing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let block = &BLOCK[self.at..];
        let taken = block.len().min(bytes.len());
        if block[..taken] != bytes[..taken] {
            self.first_wrong.get_or_insert(self.taken);
        }
        self.at = (self.at + taken) % BLOCK.len();
        self.taken += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file as a whole.
pub(crate) fn whole(file: usize, size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Reading from memory does not fail.
    let _ = Giving::new(file, size).read_to_end(&mut bytes);
    bytes
}

fn start(file: usize) -> usize {
    (file * 7919) % BLOCK.len()
}

/// Bytes that look random, every value among them, of a length that is no power of two.
static BLOCK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(LENGTH);
    while bytes.len() < LENGTH {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.push(state.to_be_bytes()[0]);
    }
    bytes
});

/// A prime.
const LENGTH: usize = 999_983;
