//! Files of this machine that are retrieved or stored, whole or from where an earlier transfer
//! ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ftp_proto::client::{OperationError, Outcome, Retrieve, Store, StoreAs};
use ftp_proto::codec::command::Argument;

use super::core::Site;
use super::{Error, IntoArgument, Transfer, answer};
use crate::mover::End;

/// A file to be retrieved into one of this machine.
///
/// ```
/// use ftp_io::client::Download;
///
/// let download = Download::new("pub/image.iso", "/tmp/image.iso")?.resume();
/// # Ok::<(), ftp_io::client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Download {
    from: Argument,
    to: PathBuf,
    is_resumed: bool,
}

impl Download {
    /// A whole file, in place of what is here. What is here is not touched before the server gives
    /// the file.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a name that no command can hold.
    pub fn new(from: impl IntoArgument, to: impl Into<PathBuf>) -> Result<Self, Error> {
        Ok(Self {
            from: from.into_argument()?,
            to: to.into(),
            is_resumed: false,
        })
    }

    /// Only what is missing behind what is here (REST).
    #[must_use]
    pub const fn resume(mut self) -> Self {
        self.is_resumed = true;
        self
    }

    pub(crate) fn remote(&self) -> Argument {
        self.from.clone()
    }

    /// Opens the file here, once the size at the server is known or known to be unknown; `None`
    /// when it is here already.
    pub(crate) fn prepare(self, size: Option<u64>) -> Result<Option<Retrieving>, Error> {
        let was_there = self.to.symlink_metadata().is_ok();
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let mut file = options.open(&self.to).map_err(Error::Local)?;
        let mut retrieve = Retrieve::new(self.from);
        retrieve.expected = size;
        if self.is_resumed {
            let here = file.seek(SeekFrom::End(0)).map_err(Error::Local)?;
            retrieve.offset = here;
            match size {
                Some(size) if here > size => return Err(Error::LargerThanSource { here, size }),
                Some(size) if here == size && was_there => return Ok(None),
                _ => {}
            }
        }
        Ok(Some(Retrieving {
            file,
            path: self.to,
            was_there,
            retrieve,
        }))
    }
}

/// A file of this machine to be stored at a server.
///
/// ```
/// use ftp_io::client::Upload;
///
/// let upload = Upload::new("/tmp/image.iso", "pub/image.iso")?.resume();
/// # Ok::<(), ftp_io::client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Upload {
    from: PathBuf,
    to: Argument,
    resumption: Resumption,
}

/// How an upload goes on behind what the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resumption {
    None,
    Restart,
    Append,
}

impl Upload {
    /// A whole file, in place of what is at the server.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a name that no command can hold.
    pub fn new(from: impl Into<PathBuf>, to: impl IntoArgument) -> Result<Self, Error> {
        Ok(Self {
            from: from.into(),
            to: to.into_argument()?,
            resumption: Resumption::None,
        })
    }

    /// Only what is missing behind what the server has: SIZE, then REST and STOR.
    #[must_use]
    pub const fn resume(mut self) -> Self {
        self.resumption = Resumption::Restart;
        self
    }

    /// The same with APPE, for a server that takes no REST before STOR.
    #[must_use]
    pub const fn resume_by_append(mut self) -> Self {
        self.resumption = Resumption::Append;
        self
    }

    pub(crate) fn remote(&self) -> Argument {
        self.to.clone()
    }

    /// Whether it depends on what the server has.
    pub(crate) fn is_resumed(&self) -> bool {
        self.resumption != Resumption::None
    }

    /// Opens the file here, once it is known what the server has; `None` when it has all of it.
    pub(crate) fn prepare(self, there: u64) -> Result<Option<Storing>, Error> {
        let mut file = File::open(&self.from).map_err(Error::Local)?;
        let metadata = file.metadata().map_err(Error::Local)?;
        if metadata.is_dir() {
            return Err(Error::Local(io::ErrorKind::IsADirectory.into()));
        }
        let size = metadata.is_file().then_some(metadata.len());
        match size {
            Some(size) if there > size => {
                return Err(Error::LargerThanSource { here: there, size });
            }
            Some(size) if there == size && there > 0 => return Ok(None),
            _ => {}
        }
        if there > 0 {
            file.seek(SeekFrom::Start(there)).map_err(Error::Local)?;
        }
        let target = match self.resumption {
            _ if there == 0 => StoreAs::Whole(self.to),
            Resumption::Append => StoreAs::Append(self.to),
            _ => StoreAs::At(self.to, there),
        };
        Ok(Some(Storing {
            file,
            offset: there,
            size,
            store: Store::new(target),
        }))
    }
}

/// A file that is at both ends now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Bytes in the file.
    pub size: u64,
    /// The transfer; `None` when nothing was missing.
    pub transfer: Option<Transfer>,
}

impl Copied {
    pub(crate) const fn already(size: u64) -> Self {
        Self {
            size,
            transfer: None,
        }
    }
}

/// How far a file has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the file that are at both ends, those of an earlier transfer included.
    pub done: u64,
    /// Bytes in the file, where that is known.
    pub total: Option<u64>,
}

/// Who hears of progress.
pub(crate) type Report<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// A file that is being retrieved. However that ends, the file here is cut where its bytes end.
#[derive(Debug)]
pub(crate) struct Retrieving {
    file: File,
    path: PathBuf,
    was_there: bool,
    pub(crate) retrieve: Retrieve,
}

impl Retrieving {
    pub(crate) fn site<'a>(&'a mut self, report: Report<'a>) -> Copying<'a> {
        Copying {
            end: CopyingEnd::Sink(&mut self.file),
            offset: self.retrieve.offset,
            total: self.retrieve.expected,
            report,
        }
    }

    pub(crate) fn settle(mut self, result: Result<Outcome, Error>) -> Result<Copied, Error> {
        let transfer = result.and_then(answer::transfer)?;
        // An empty file has brought no byte that would have told it from none.
        self.was_there = true;
        self.cut(Began::Yes).map_err(Error::Local)?;
        Ok(Copied {
            size: self.retrieve.offset + transfer.bytes,
            transfer: Some(transfer),
        })
    }

    fn cut(&mut self, began: Began) -> io::Result<()> {
        let written = self.file.stream_position()?;
        if !self.file.metadata()?.is_file() {
            return Ok(());
        }
        if began == Began::Yes || written > self.retrieve.offset {
            self.file.set_len(written)?;
        } else if !self.was_there {
            remove(&self.path);
        }
        Ok(())
    }
}

impl Drop for Retrieving {
    fn drop(&mut self) {
        // After an end in order there is nothing left to cut; after any other, who waits for the
        // file has been told that it is not whole.
        let _ = self.cut(Began::Unknown);
    }
}

/// Whether the server has given the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Began {
    Yes,
    /// It has, if bytes have come.
    Unknown,
}

/// An empty file would say that there is one at the server.
fn remove(path: &Path) {
    // One that is gone already is as good.
    let _ = std::fs::remove_file(path);
}

/// A file that is being stored.
#[derive(Debug)]
pub(crate) struct Storing {
    file: File,
    offset: u64,
    size: Option<u64>,
    pub(crate) store: Store,
}

impl Storing {
    pub(crate) fn site<'a>(&'a mut self, report: Report<'a>) -> Copying<'a> {
        Copying {
            end: CopyingEnd::Source(&mut self.file),
            offset: self.offset,
            total: self.size,
            report,
        }
    }

    /// The end of the upload. What the server has then is still to be compared if it was resumed.
    pub(crate) fn settle(&self, result: Result<Outcome, Error>) -> Result<Copied, Error> {
        let transfer = result.and_then(answer::transfer)?;
        Ok(Copied {
            size: self.offset + transfer.bytes,
            transfer: Some(transfer),
        })
    }
}

/// A file of this machine as the end of a transfer, and who hears of it.
pub(crate) struct Copying<'a> {
    end: CopyingEnd<'a>,
    offset: u64,
    total: Option<u64>,
    report: Report<'a>,
}

enum CopyingEnd<'a> {
    Sink(&'a mut File),
    Source(&'a mut File),
}

impl Site for Copying<'_> {
    fn end(&mut self) -> Option<End<'_>> {
        Some(match &mut self.end {
            CopyingEnd::Sink(file) => End::Sink(&mut **file),
            CopyingEnd::Source(file) => End::Source(&mut **file),
        })
    }

    fn moved(&mut self, bytes: u64) {
        (self.report)(Progress {
            done: self.offset.saturating_add(bytes),
            total: self.total,
        });
    }
}

/// A size that the server may have told. Not every server does.
pub(crate) fn told(size: Result<Outcome, Error>) -> Result<Option<u64>, Error> {
    match size.and_then(answer::size) {
        Ok(size) => Ok(Some(size)),
        Err(Error::Operation(OperationError::Aborted)) => Err(OperationError::Aborted.into()),
        Err(Error::Operation(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How much of a file the server has, on which it depends where an upload goes on.
pub(crate) fn there(size: Result<Outcome, Error>) -> Result<u64, Error> {
    match size.and_then(answer::size) {
        Err(Error::Operation(OperationError::Refused(reply))) if reply.code().to_u16() == 550 => {
            Ok(0)
        }
        size => size,
    }
}

/// Compares what the server has now with what it should have, where it tells.
pub(crate) fn compare(copied: Copied, found: Option<u64>) -> Result<Copied, Error> {
    match found {
        Some(found) if found != copied.size => Err(Error::SizeDiffers {
            expected: copied.size,
            found,
        }),
        _ => Ok(copied),
    }
}
