//! Uploads into a local directory: written beside and renamed, or in place.

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};

use bytes::Bytes;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Denied, Keep};
use rustix::fs::{Access, AtFlags, FileType, FlockOperation, Mode, OFlags, RawMode};
use rustix::io::{Errno, Result};

use super::denied;
use super::root::{LOCATE, Parent, Root, WARY};
use crate::storage::{Op, Sink};

/// What becomes of an upload that was cut short.
///
/// ```
/// use ftp_io::storage::{LocalDirectory, Partial};
///
/// let files = LocalDirectory::open("src")?.with_partial(Partial::Discard);
/// # drop(files);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partial {
    /// It takes its final name, so that SIZE and REST find it and the client can go on; but a file
    /// of that name that was there before is never replaced by a part of a new one. Nothing is
    /// kept of an upload that brought no byte.
    #[default]
    Keep,
    /// Nothing is left of it, other than of one that was written in place.
    Discard,
}

/// What is on the disk when an upload is told to be complete.
///
/// ```
/// use ftp_io::storage::{Durability, LocalDirectory};
///
/// let files = LocalDirectory::open("src")?.with_durability(Durability::Disk);
/// # drop(files);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// What the operating system has written so far. A file that was told to be complete may be
    /// lost, or be empty, if the machine loses power within the next seconds.
    #[default]
    Cache,
    /// The file, and then its name: it survives a loss of power. Each upload waits for the disk,
    /// in a thread of the runtime's pool for blocking work if there is a tokio runtime.
    Disk,
}

/// How uploads end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Policy {
    pub(super) partial: Partial,
    pub(super) durability: Durability,
    /// Permission bits that nothing new has, besides those of the process's umask.
    pub(super) mask: u16,
}

impl Policy {
    /// Read and write for all whom the umask lets.
    const fn new_file(self) -> Mode {
        Mode::from_raw_mode(0o666 & !(self.mask as RawMode))
    }

    /// The same for a directory.
    pub(super) const fn new_directory(self) -> Mode {
        Mode::from_raw_mode(0o777 & !(self.mask as RawMode))
    }
}

/// One open upload.
#[derive(Debug)]
pub(super) struct Upload {
    file: File,
    policy: Policy,
    ending: Ending,
}

/// What is left to do at the end.
#[derive(Debug)]
enum Ending {
    /// Nothing: the bytes are where they belong.
    InPlace,
    /// The upload is over.
    Nothing,
    /// A new file under the name that was made for it.
    Fresh { parent: OwnedFd, name: Vec<u8> },
    /// A temporary file, to be renamed.
    Beside {
        parent: OwnedFd,
        temporary: String,
        name: Vec<u8>,
    },
}

impl Upload {
    /// STOR of a whole file: a temporary file in the same directory, renamed at its end.
    pub(super) fn whole(root: &Root, path: &VirtualPath, policy: Policy) -> Result<Self> {
        let (parent, name) = place_for_writing(root, path)?;
        let before = before(root, path, &parent, name)?;
        let parent = parent.into_owned()?;
        let (file, temporary) = make_temporary(parent.as_fd(), policy.new_file())?;
        let upload = Self {
            file: File::from(file),
            policy,
            ending: Ending::Beside {
                parent,
                temporary,
                name: name.to_vec(),
            },
        };
        if let Some(mode) = before {
            rustix::fs::fchmod(&upload.file, mode)?;
        }
        Ok(upload)
    }

    /// STOR from an offset: over what is there, which is not cut off behind.
    pub(super) fn at(
        root: &Root,
        path: &VirtualPath,
        offset: u64,
        policy: Policy,
    ) -> std::result::Result<Self, Denied> {
        let flags = match offset {
            0 => OFlags::WRONLY | OFlags::CREATE,
            _ => OFlags::WRONLY,
        };
        let (upload, size) = Self::in_place(root, path, flags, policy).map_err(denied::of_errno)?;
        if offset > size {
            return Err(Denied::BadOffset);
        }
        upload.seek(offset).map_err(denied::of_errno)?;
        Ok(upload)
    }

    /// APPE: behind what is there.
    pub(super) fn append(root: &Root, path: &VirtualPath, policy: Policy) -> Result<Self> {
        // Not O_APPEND, which splice refuses. Two sessions that append to one file at once
        // overwrite each other's bytes.
        let (upload, size) = Self::in_place(root, path, OFlags::WRONLY | OFlags::CREATE, policy)?;
        upload.seek(size)?;
        Ok(upload)
    }

    /// STOU: a new file, under `path`'s name if there is none, else with a number behind it; in
    /// a directory, if `path` is one.
    pub(super) fn unique(root: &Root, path: &VirtualPath, policy: Policy) -> Result<Self> {
        let directory = root.get(path, LOCATE | OFlags::DIRECTORY);
        let (parent, base) = match directory {
            Ok(directory) => (Parent::Opened(directory), &b"upload"[..]),
            Err(_) => place_for_writing(root, path)?,
        };
        let parent = parent.into_owned()?;
        let mut name = base.to_vec();
        for number in 1..=UNIQUE_TRIES {
            match make_new(parent.as_fd(), &name, policy.new_file()) {
                Ok(file) => {
                    return Ok(Self {
                        file: File::from(file),
                        policy,
                        ending: Ending::Fresh { parent, name },
                    });
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
            // A directory full of such names is not walked through: numbers at random after some.
            let suffix = match number {
                1..=16 => number,
                _ => random(),
            };
            name = [base, format!(".{suffix}").as_bytes()].concat();
        }
        Err(Errno::EXIST)
    }

    fn in_place(
        root: &Root,
        path: &VirtualPath,
        flags: OFlags,
        policy: Policy,
    ) -> Result<(Self, u64)> {
        refuse_temporary(path)?;
        let file = root.make(path, flags | WARY, policy.new_file())?;
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(Errno::ACCESS);
        }
        let upload = Self {
            file: File::from(file),
            policy,
            ending: Ending::InPlace,
        };
        Ok((upload, u64::try_from(stat.st_size).unwrap_or(0)))
    }

    fn seek(&self, to: u64) -> Result<()> {
        rustix::fs::seek(&self.file, rustix::fs::SeekFrom::Start(to)).map(|_| ())
    }

    /// Does what is left to do, once.
    fn end(&mut self, keep: Keep) -> Result<()> {
        let whole = match (keep, self.policy.partial) {
            _ if matches!(self.ending, Ending::Nothing) => return Ok(()),
            _ if matches!(self.ending, Ending::InPlace) => true,
            (Keep::Whole, _) => true,
            (Keep::Partial, Partial::Keep) if rustix::fs::fstat(&self.file)?.st_size > 0 => false,
            (Keep::Partial, _) => return self.discard(),
        };
        let ending = std::mem::replace(&mut self.ending, Ending::Nothing);
        // Nobody is told that a part is complete.
        let is_durable = keep == Keep::Whole && self.policy.durability == Durability::Disk;
        if is_durable && let Err(error) = rustix::fs::fsync(&self.file) {
            // A name that is made later would stand for what is not there.
            self.ending = ending;
            let _ = self.discard();
            return Err(error);
        }
        match ending {
            Ending::InPlace | Ending::Nothing => Ok(()),
            Ending::Fresh { parent, .. } if is_durable => settle(&parent),
            Ending::Fresh { .. } => Ok(()),
            Ending::Beside {
                parent,
                temporary,
                name,
            } => {
                let renamed = match whole {
                    true => rustix::fs::renameat(&parent, &temporary, &parent, &name[..]),
                    false => rename_new(parent.as_fd(), temporary.as_bytes(), &name),
                };
                if renamed.is_err() {
                    remove(parent.as_fd(), temporary.as_bytes());
                }
                match renamed {
                    // The file that was there is worth more than the part of a new one.
                    Err(Errno::EXIST) if !whole => Ok(()),
                    Err(error) => Err(error),
                    Ok(()) if is_durable => settle(&parent),
                    Ok(()) => Ok(()),
                }
            }
        }
    }

    fn discard(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.ending, Ending::Nothing) {
            Ending::InPlace | Ending::Nothing => {}
            Ending::Fresh { parent, name } => remove(parent.as_fd(), &name),
            Ending::Beside {
                parent, temporary, ..
            } => remove(parent.as_fd(), temporary.as_bytes()),
        }
        Ok(())
    }
}

impl Sink for Upload {
    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.file.write(bytes))
    }

    fn finish(mut self: Box<Self>, keep: Keep) -> Op<()> {
        let durability = self.policy.durability;
        let mut end = move || {
            let ended = self.end(keep).map_err(denied::of_errno);
            // Nothing more for `drop` to do, also after an error.
            self.ending = Ending::Nothing;
            ended
        };
        match durability {
            Durability::Cache => Op::Ready(end()),
            Durability::Disk => wait_elsewhere(end),
        }
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }

    fn name(&self) -> Option<Bytes> {
        match &self.ending {
            Ending::Fresh { name, .. } => Some(Bytes::copy_from_slice(name)),
            _ => None,
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; a temporary file that stays is found at the next
        // start.
        let _ = self.end(Keep::Partial);
    }
}

/// Waits until the names in a directory are on the disk.
fn settle(directory: &OwnedFd) -> Result<()> {
    // What only names a directory cannot be waited for.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(directory, ".", flags, Mode::empty())?;
    match rustix::fs::fsync(directory) {
        // Not every file system does that for directories.
        Err(Errno::INVAL) => Ok(()),
        settled => settled,
    }
}

/// Does what waits for the disk; not in the task that asks, if there is another place. It is done
/// whether or not somebody waits for the answer.
fn wait_elsewhere(
    work: impl FnOnce() -> std::result::Result<(), Denied> + Send + 'static,
) -> Op<()> {
    #[cfg(feature = "server")]
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let done = runtime.spawn_blocking(work);
        return Op::Pending(Box::pin(async move {
            done.await.unwrap_or(Err(Denied::Failed))
        }));
    }
    Op::Ready(work())
}

/// Whether a name is one of a temporary file of an upload; nobody but this module sees those.
pub(super) fn is_temporary(name: &[u8]) -> bool {
    name.strip_prefix(TEMPORARY_PREFIX.as_bytes())
        .and_then(|rest| rest.strip_suffix(TEMPORARY_SUFFIX.as_bytes()))
        .is_some_and(|number| number.len() == 16 && number.iter().all(u8::is_ascii_hexdigit))
}

/// Removes a temporary file if no upload of any process holds it; says whether it did.
pub(super) fn remove_leftover(directory: BorrowedFd<'_>, name: &[u8]) -> bool {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | WARY;
    let Ok(file) = rustix::fs::openat(directory, name, flags, Mode::empty()) else {
        return false;
    };
    // Nobody but an upload makes a file of such a name, and it makes nothing else.
    let is_file = rustix::fs::fstat(&file)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    if !is_file {
        return false;
    }
    // The lock dies with the process that held it, and never before the upload's end.
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok()
        && rustix::fs::unlinkat(directory, name, AtFlags::empty()).is_ok()
}

/// The place of a file to be made; a name that only this module may use is refused.
pub(super) fn place_for_writing<'r, 'p>(
    root: &'r Root,
    path: &'p VirtualPath,
) -> Result<(Parent<'r>, &'p [u8])> {
    refuse_temporary(path)?;
    root.place(path)
}

fn refuse_temporary(path: &VirtualPath) -> Result<()> {
    let name = path.as_bytes().rsplit(|&byte| byte == b'/').next();
    match name.is_some_and(is_temporary) {
        true => Err(Errno::INVAL),
        false => Ok(()),
    }
}

/// The mode of the file that a whole upload will replace, if there is one and it may be written.
fn before(
    root: &Root,
    path: &VirtualPath,
    parent: &Parent<'_>,
    name: &[u8],
) -> Result<Option<Mode>> {
    let stat = match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            // A rename would replace what could not be opened for writing.
            rustix::fs::accessat(parent, name, Access::WRITE_OK, AtFlags::empty())?;
            Ok(Some(Mode::from_raw_mode(stat.st_mode & 0o777)))
        }
        FileType::Directory => Err(Errno::ISDIR),
        // The link is replaced, not what it points to, but never one to a directory.
        FileType::Symlink => match root.get(path, LOCATE | OFlags::DIRECTORY) {
            Ok(_) => Err(Errno::ISDIR),
            Err(_) => Ok(None),
        },
        _ => Err(Errno::ACCESS),
    }
}

fn make_temporary(parent: BorrowedFd<'_>, mode: Mode) -> Result<(OwnedFd, String)> {
    for _ in 0..UNIQUE_TRIES {
        let name = format!("{TEMPORARY_PREFIX}{:016x}{TEMPORARY_SUFFIX}", random());
        match make_new(parent, name.as_bytes(), mode) {
            Ok(file) => {
                match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                    // Somebody who removes leftovers was between the two calls.
                    Err(Errno::WOULDBLOCK) => continue,
                    // A file system without locks: then its leftovers stay.
                    Ok(()) | Err(_) => return Ok((file, name)),
                }
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Errno::EXIST)
}

fn make_new(parent: BorrowedFd<'_>, name: &[u8], mode: Mode) -> Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, mode)
}

/// Renames within a directory unless there is something of the new name.
fn rename_new(parent: BorrowedFd<'_>, from: &[u8], to: &[u8]) -> Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    match rustix::fs::renameat_with(parent, from, parent, to, rustix::fs::RenameFlags::NOREPLACE) {
        // Not every file system knows the flag.
        Err(Errno::INVAL | Errno::NOSYS) => {}
        other => return other,
    }
    rustix::fs::linkat(parent, from, parent, to, AtFlags::empty())?;
    remove(parent, from);
    Ok(())
}

fn remove(parent: BorrowedFd<'_>, name: &[u8]) {
    // What cannot be removed now is found at the next start.
    let _ = rustix::fs::unlinkat(parent, name, AtFlags::empty());
}

/// A number that nobody foresees: the standard library seeds its hash tables so.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

const TEMPORARY_PREFIX: &str = ".ftp-io-";
const TEMPORARY_SUFFIX: &str = ".part";

/// How many names are tried before giving up.
const UNIQUE_TRIES: u64 = 64;
