//! The local end of a download: written beside its place and renamed, so that under its own name
//! there is a whole file or none.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};

use ftp_io::storage::{Op, Sink};
use ftp_proto::server::Keep;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use crate::fault::Fault;

/// Who chose the name of a local file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// The user, whose symbolic links are followed.
    User,
    /// The server: never is anything written through a symbolic link of that name.
    Server,
}

/// Where in a file a download begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    Anew,
    /// Where an earlier one ended.
    Resumed,
}

/// What becomes of a download that was cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Partial {
    /// It waits beside its place to be resumed.
    Keep,
    Discard,
}

/// An open download.
#[derive(Debug)]
pub(crate) struct Download {
    file: File,
    path: PathBuf,
    place: Place,
    /// Bytes that were there, and are kept.
    offset: u64,
    /// Whether what the file held before has made way.
    begun: bool,
}

#[derive(Debug)]
enum Place {
    /// The file itself: one that is resumed, or a device or a pipe.
    Itself,
    /// Beside it, under this name.
    Beside(PathBuf),
}

impl Download {
    /// Opens what the download of a file to `path` is written to. What is there is not touched
    /// before the first byte comes.
    pub(crate) fn open(path: &Path, named_by: NamedBy, begin: Begin) -> Result<Self, Fault> {
        let path = match named_by {
            NamedBy::User => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
            NamedBy::Server => path.to_owned(),
        };
        Self::open_at(path.clone(), begin).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                Fault::new(format!("another download to {} is running", path.display()))
            }
            _ => Fault::file(&path, "write", &error),
        })
    }

    fn open_at(path: PathBuf, begin: Begin) -> io::Result<Self> {
        let there = fs::symlink_metadata(&path).ok();
        if let Some(there) = &there
            && there.is_dir()
        {
            return Err(Errno::ISDIR.into());
        }
        let is_special = there
            .as_ref()
            .is_some_and(|there| !there.is_file() && !there.is_symlink());
        let beside = beside(&path);
        let has_part = fs::symlink_metadata(&beside).is_ok();
        let is_resumed_itself = begin == Begin::Resumed && there.is_some() && !has_part;
        let (file, place) = if is_special || is_resumed_itself {
            let file = OpenOptions::new()
                .write(true)
                .custom_flags(NOFOLLOW)
                .open(&path)?;
            (file, Place::Itself)
        } else {
            (open_beside(&beside)?, Place::Beside(beside))
        };
        let mut download = Self {
            file,
            path,
            place,
            offset: 0,
            begun: is_special,
        };
        if begin == Begin::Resumed && !is_special {
            download.offset = download.file.seek(SeekFrom::End(0))?;
            download.begun = true;
        }
        Ok(download)
    }

    /// Bytes that are there already, and where the rest belongs.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Ends a download that is whole: the file takes its name, and the mode of the one that it
    /// replaces.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        let finished = self.begin().and_then(|()| match &self.place {
            Place::Itself => Ok(()),
            Place::Beside(part) => {
                if let Ok(before) = fs::symlink_metadata(&self.path)
                    && before.is_file()
                {
                    let mode = Permissions::from_mode(before.mode() & 0o777);
                    self.file.set_permissions(mode)?;
                }
                fs::rename(part, &self.path)
            }
        });
        finished.map_err(|error| Fault::file(&self.path, "write", &error))
    }

    /// Ends a download that was cut short. Whether there is something from which it can be
    /// resumed.
    pub(crate) fn cut(mut self, partial: Partial) -> bool {
        let Place::Beside(part) = &self.place else {
            return self.file.stream_position().is_ok_and(|at| at > 0);
        };
        let length = self.file.metadata().map_or(0, |metadata| metadata.len());
        if length > 0 && (partial == Partial::Keep || !self.begun) {
            return true;
        }
        // An empty file would say that there is one at the server.
        let _ = fs::remove_file(part);
        false
    }

    /// What an earlier download left makes way.
    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.file.set_len(0)?;
            self.begun = true;
        }
        Ok(())
    }
}

impl Sink for Download {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.begin().and_then(|()| self.file.write(bytes)))
    }

    fn finish(self: Box<Self>, _: Keep) -> Op<()> {
        Op::Ready(Ok(()))
    }

    /// Only once the first bytes have come by `poll_write`.
    fn file(&self) -> Option<BorrowedFd<'_>> {
        self.begun.then(|| self.file.as_fd())
    }
}

/// Opens the file beside, which nobody else writes meanwhile.
fn open_beside(beside: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags(NOFOLLOW)
            .open(beside)?;
        let opened = file.metadata()?;
        if !opened.is_file() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            // A file system without locks.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOLCK | Errno::NOSYS) => {}
            Err(error) => return Err(error.into()),
        }
        // Who had it before may have renamed it: it is no longer ours to write then.
        let is_same = fs::symlink_metadata(beside)
            .is_ok_and(|there| (there.dev(), there.ino()) == (opened.dev(), opened.ino()));
        if is_same {
            return Ok(file);
        }
    }
}

/// `NAME.part`, with as much of the name as a file system takes.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let mut beside = name[..name.len().min(LONGEST_NAME - PART.len())].to_vec();
    beside.extend_from_slice(PART);
    path.with_file_name(OsString::from_vec(beside))
}

const PART: &[u8] = b".part";
const LONGEST_NAME: usize = 255;

// The flag's number is the same for `open` of the standard library.
const NOFOLLOW: i32 = OFlags::NOFOLLOW.bits() as i32;
