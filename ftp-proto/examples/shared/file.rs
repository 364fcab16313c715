//! The file's side of a transfer: what it holds, as it is on the data connection.

use std::io::{self, Read, Write};
use std::ops::Range;

use ftp_proto::data::Codec;
use ftp_proto::{DataEnding, LocalFailure};

use super::shared::Object;

/// A file, or a listing, seen through a transfer's codec.
pub struct LocalFile {
    object: Box<dyn Object>,
    codec: Codec,
    /// What was read of the file and not yet by the codec.
    raw: Vec<u8>,
    /// What is to be sent: `unsent` of it is left.
    buffer: Vec<u8>,
    unsent: Range<usize>,
    is_finished: bool,
    /// Bytes that have crossed the data connection.
    pub bytes: u64,
}

/// How much is read at once.
const CHUNK: usize = 65_536;

impl LocalFile {
    /// A file from where it stands.
    pub fn new(object: Box<dyn Object>, codec: Codec) -> Self {
        Self {
            object,
            codec,
            raw: Vec::new(),
            buffer: Vec::new(),
            unsent: 0..0,
            is_finished: false,
            bytes: 0,
        }
    }

    /// The next bytes to send, the same ones until some are `sent`; none at the end.
    ///
    /// # Errors
    ///
    /// How the transfer ends: the file failed.
    pub fn unsent(&mut self) -> Result<&[u8], DataEnding> {
        self.buffer.resize(CHUNK, 0);
        while self.unsent.is_empty() && !self.is_finished {
            let filled = if self.codec.is_passthrough() {
                let read = self.object.read(&mut self.buffer).map_err(failure)?;
                self.is_finished = read == 0;
                read
            } else {
                if self.raw.is_empty() {
                    self.raw.resize(CHUNK, 0);
                    let read = self.object.read(&mut self.raw).map_err(failure)?;
                    self.raw.truncate(read);
                }
                let last = self.raw.is_empty();
                let progress = self.codec.run(&self.raw, &mut self.buffer, last)?;
                self.raw.drain(..progress.read);
                self.is_finished = progress.finished;
                progress.written
            };
            self.unsent = 0..filled;
        }
        Ok(&self.buffer[self.unsent.clone()])
    }

    /// So many of the bytes to send were taken.
    pub fn sent(&mut self, bytes: usize) {
        self.unsent.start += bytes;
        self.bytes += bytes as u64;
    }

    /// Where bytes of the data connection are to be put.
    pub fn room(&mut self) -> &mut [u8] {
        self.buffer.resize(CHUNK, 0);
        &mut self.buffer
    }

    /// So many bytes came over the data connection; none at all is their end.
    ///
    /// # Errors
    ///
    /// How the transfer ends: the file failed, or all is written.
    pub fn received(&mut self, bytes: usize) -> Result<(), DataEnding> {
        self.bytes += bytes as u64;
        let last = bytes == 0;
        let mut source = &self.buffer[..bytes];
        if self.codec.is_passthrough() && !last {
            return self.object.write_all(source).map_err(failure);
        }
        self.raw.resize(CHUNK, 0);
        loop {
            let progress = self.codec.run(source, &mut self.raw, last)?;
            let written = &self.raw[..progress.written];
            self.object.write_all(written).map_err(failure)?;
            source = &source[progress.read..];
            if progress.finished {
                self.object.flush().map_err(failure)?;
                return Err(DataEnding::Complete);
            }
            if source.is_empty() && !last {
                return Ok(());
            }
        }
    }
}

fn failure(error: io::Error) -> DataEnding {
    DataEnding::Local(match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LocalFailure::NoSpace,
        _ => LocalFailure::Other,
    })
}
