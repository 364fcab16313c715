//! The file's side of a transfer: what it holds, as it is on the data connection.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ftp_proto::data::Codec;
use ftp_proto::{DataEnd, DataEnding, LocalFailure};

/// A file, or a listing in memory. It may move to the thread that moves the bytes.
pub trait Object: Read + Write + Send {}

impl<T: Read + Write + Send> Object for T {}

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
    moved: Moved,
}

/// How many bytes have crossed the data connection, also for whoever has not got the file.
#[derive(Clone, Default)]
pub struct Moved(Arc<AtomicU64>);

impl Moved {
    pub fn bytes(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Relaxed);
    }
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
            moved: Moved::default(),
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
        self.moved.add(bytes);
    }

    /// Where bytes of the data connection are to be put.
    pub fn room(&mut self) -> &mut [u8] {
        self.buffer.resize(CHUNK, 0);
        &mut self.buffer
    }

    /// How far it is, now and later.
    pub fn moved(&self) -> Moved {
        self.moved.clone()
    }

    /// The end of its transfer.
    pub fn end(&self, ending: DataEnding) -> DataEnd {
        let bytes = self.moved.bytes();
        DataEnd { bytes, ending }
    }

    /// So many bytes came over the data connection; none at all is their end.
    ///
    /// # Errors
    ///
    /// How the transfer ends: the file failed, or all is written.
    pub fn received(&mut self, bytes: usize) -> Result<(), DataEnding> {
        self.moved.add(bytes);
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
    DataEnding::Local(local_failure(&error))
}

/// What an error of a file means to a session.
pub fn local_failure(error: &io::Error) -> LocalFailure {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LocalFailure::NoSpace,
        _ => LocalFailure::Other,
    }
}
