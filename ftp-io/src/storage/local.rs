//! A local directory as a storage.

pub(super) mod denied;
mod entries;
mod root;
#[cfg(test)]
mod tests;
mod upload;

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use ftp_proto::DateTime;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Entry, Kind, Metadata};
use ftp_proto::server::{Abilities, Change, Denied, NewFacts, Placement};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;

use self::entries::{DirectoryEntries, OneEntry, Owners};
use self::root::{LOCATE, Root, WARY};
use self::upload::{Policy, Upload, is_temporary, place_for_writing, remove_leftover};
use crate::storage::{Entries, Op, Sink, Source, Storage};

pub use self::upload::{Durability, Partial};

/// A directory of this machine, and nothing outside it.
///
/// Paths are resolved beneath it by component. On Linux, symbolic links that stay beneath the
/// directory are followed, and those that leave it, or are absolute, are refused; elsewhere, and
/// on a Linux without openat2, none is followed. Renaming, making and deleting act on the
/// directory that holds the name, and on a link itself.
///
/// A whole upload is written beside its place, under a hidden temporary name that no session sees,
/// and takes its own at the end: of two at once each is a whole file, and the last to finish wins.
/// It keeps the mode of the file that it replaces. Uploads from an offset, APPE and STOU write in
/// place. See [`Partial`] for one that is cut short.
///
/// Everything is done in the call itself, and so every [`Op`] is `Ready`: with the file in the
/// page cache, handing it to another thread costs more than the work. On a slow network file
/// system a call can take its time.
///
/// A clone is another handle to the same directory.
///
/// ```
/// use ftp_io::storage::{LocalDirectory, Op, Storage};
/// use ftp_proto::codec::path::VirtualPath;
///
/// let files = LocalDirectory::open("src")?;
/// let path = VirtualPath::root().join(b"lib.rs").expect("no NUL in it");
/// let Op::Ready(Ok(metadata)) = files.metadata(&path) else { panic!("there is such a file") };
/// assert!(metadata.size > Some(0));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// How it treats uploads can be chosen, and what killed processes left can be cleared away:
///
/// ```
/// use ftp_io::storage::{Durability, LocalDirectory, Partial};
///
/// let directory = tempfile::tempdir()?;
/// let files = LocalDirectory::open(directory.path())?
///     .with_partial(Partial::Discard)
///     .with_durability(Durability::Disk);
/// assert_eq!(files.remove_leftovers()?, 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LocalDirectory {
    root: Arc<Root>,
    owners: Arc<Owners>,
    policy: Policy,
}

impl LocalDirectory {
    /// The directory at `path`.
    ///
    /// # Errors
    ///
    /// There is no such directory, or it may not be used.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self {
            root: Arc::new(Root::open(path.as_ref())?),
            owners: Arc::default(),
            policy: Policy::default(),
        })
    }

    /// The same directory, with another rule for uploads that are cut short.
    #[must_use]
    pub fn with_partial(mut self, partial: Partial) -> Self {
        self.policy.partial = partial;
        self
    }

    /// The same directory, with another rule for what is on the disk when an upload is complete.
    #[must_use]
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.policy.durability = durability;
        self
    }

    /// Removes temporary files that a killed process left behind, anywhere beneath the directory;
    /// says how many. Uploads that run, in this process or another, are left alone. To be called
    /// at start; it reads every directory once, without following a symbolic link.
    ///
    /// # Errors
    ///
    /// The directory itself cannot be read. Directories beneath it that cannot are passed over.
    pub fn remove_leftovers(&self) -> io::Result<u64> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = self.root.get(&VirtualPath::root(), flags)?;
        let mut removed = 0;
        // One open directory for each level, and none of the names above.
        let mut open = vec![Dir::new(top)?];
        loop {
            let depth = open.len();
            let Some(directory) = open.last_mut() else {
                return Ok(removed);
            };
            let Some(Ok(entry)) = directory.read() else {
                open.pop();
                continue;
            };
            let name = entry.file_name().to_bytes();
            let Ok(here) = directory.fd() else { continue };
            match entry.file_type() {
                FileType::Directory | FileType::Unknown if !matches!(name, b"." | b"..") => {
                    let flags = flags | OFlags::NOFOLLOW;
                    let below = rustix::fs::openat(here, name, flags, Mode::empty());
                    match below.and_then(Dir::new) {
                        Ok(below) if depth < LEFTOVER_DEPTH => open.push(below),
                        Err(_) if is_temporary(name) => {
                            removed += u64::from(remove_leftover(here, name));
                        }
                        _ => {}
                    }
                }
                _ if is_temporary(name) => removed += u64::from(remove_leftover(here, name)),
                _ => {}
            }
        }
    }

    fn stat(&self, path: &VirtualPath) -> Result<Metadata, Errno> {
        let followed = self.root.get(path, LOCATE).and_then(|file| {
            let stat = rustix::fs::fstat(file)?;
            Ok(entries::of_stat(&stat, &self.owners))
        });
        match followed {
            // A link that leads nowhere, or out, is still a name that can be listed and deleted.
            Err(error @ (Errno::NOENT | Errno::XDEV | Errno::LOOP)) => match self.stat_name(path) {
                Ok(link) if link.kind == Kind::Link => Ok(link),
                _ => Err(error),
            },
            followed => followed,
        }
    }

    fn stat_name(&self, path: &VirtualPath) -> Result<Metadata, Errno> {
        let (parent, name) = self.root.place(path)?;
        if is_temporary(name) {
            return Err(Errno::NOENT);
        }
        entries::of_name(parent.as_fd(), name, &self.owners)
    }

    fn read_from(&self, path: &VirtualPath, offset: u64) -> Result<LocalSource, Denied> {
        let flags = OFlags::RDONLY | WARY;
        let file = self.root.get(path, flags).map_err(denied::of_errno)?;
        let stat = rustix::fs::fstat(&file).map_err(denied::of_errno)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {}
            FileType::Directory => return Err(Denied::IsDirectory),
            _ => return Err(Denied::NotPermitted),
        }
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        let left = size.checked_sub(offset).ok_or(Denied::BadOffset)?;
        if offset > 0 {
            rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(offset))
                .map_err(denied::of_errno)?;
        }
        Ok(LocalSource {
            file: File::from(file),
            left,
        })
    }

    fn list(&self, path: &VirtualPath) -> Result<Box<dyn Entries + Send>, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        match self.root.get(path, flags) {
            Ok(directory) => {
                let owners = Arc::clone(&self.owners);
                Ok(Box::new(DirectoryEntries::new(directory, owners)?))
            }
            Err(Errno::NOTDIR | Errno::XDEV | Errno::LOOP) => {
                let metadata = self.stat_name(path)?;
                let name = path.as_bytes().rsplit(|&byte| byte == b'/').next();
                let entry = Entry::new(name.unwrap_or_default(), &metadata);
                Ok(Box::new(OneEntry(Some(entry))))
            }
            Err(error) => Err(error),
        }
    }

    fn delete(&self, path: &VirtualPath, flags: AtFlags) -> Result<(), Errno> {
        let (parent, name) = self.root.place(path)?;
        if is_temporary(name) {
            return Err(Errno::NOENT);
        }
        rustix::fs::unlinkat(parent, name, flags)
    }

    fn rename(&self, from: &VirtualPath, to: &VirtualPath) -> Result<(), Errno> {
        let (from_parent, from_name) = self.root.place(from)?;
        if is_temporary(from_name) {
            return Err(Errno::NOENT);
        }
        let (to_parent, to_name) = place_for_writing(&self.root, to)?;
        rustix::fs::renameat(from_parent, from_name, to_parent, to_name)
    }

    fn make_directory(&self, path: &VirtualPath) -> Result<(), Errno> {
        if path.as_bytes() == b"/" {
            return Err(Errno::EXIST);
        }
        let (parent, name) = place_for_writing(&self.root, path)?;
        rustix::fs::mkdirat(parent, name, self.policy.new_directory())
    }

    /// Sets times, then the mode: whose file it is not, fails at the first.
    fn set_facts(&self, path: &VirtualPath, facts: NewFacts) -> Result<(), Errno> {
        if facts.created.is_some() {
            return Err(Errno::OPNOTSUPP);
        }
        let file: OwnedFd = match self.root.get(path, OFlags::RDONLY | WARY) {
            Err(Errno::ACCESS) => self.root.get(path, OFlags::WRONLY | WARY)?,
            opened => opened?,
        };
        if facts.modified.is_some() || facts.accessed.is_some() {
            let times = Timestamps {
                last_access: timespec(facts.accessed),
                last_modification: timespec(facts.modified),
            };
            rustix::fs::futimens(&file, &times)?;
        }
        match facts.mode {
            Some(mode) => rustix::fs::fchmod(&file, Mode::from_raw_mode(mode.into())),
            None => Ok(()),
        }
    }

    /// A link that leads to its target from where it stands, so that it stays beneath the root
    /// wherever that is.
    fn link(&self, path: &VirtualPath, target: &VirtualPath) -> Result<(), Errno> {
        let (parent, name) = place_for_writing(&self.root, path)?;
        rustix::fs::symlinkat(way(path, target), parent, name)
    }

    fn free_space(&self, path: &VirtualPath) -> Result<u64, Errno> {
        let directory = self.root.get(path, LOCATE | OFlags::DIRECTORY)?;
        let system = rustix::fs::fstatvfs(directory)?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }
}

impl Storage for LocalDirectory {
    fn metadata(&self, path: &VirtualPath) -> Op<Metadata> {
        self.stat(path).map_err(denied::of_errno).into()
    }

    fn open_read(&self, path: &VirtualPath, offset: u64) -> Op<Box<dyn Source + Send>> {
        let source = self.read_from(path, offset);
        Op::Ready(source.map(|source| Box::new(source) as Box<dyn Source + Send>))
    }

    fn open_write(&self, path: &VirtualPath, place: Placement) -> Op<Box<dyn Sink + Send>> {
        let (root, policy) = (&*self.root, self.policy);
        let upload = match place {
            Placement::Whole => Upload::whole(root, path, policy).map_err(denied::of_errno),
            Placement::At(offset) => Upload::at(root, path, offset, policy),
            Placement::Append => Upload::append(root, path, policy).map_err(denied::of_errno),
            Placement::Unique => Upload::unique(root, path, policy).map_err(denied::of_errno),
        };
        Op::Ready(upload.map(|upload| Box::new(upload) as Box<dyn Sink + Send>))
    }

    fn open_list(&self, path: &VirtualPath) -> Op<Box<dyn Entries + Send>> {
        self.list(path).map_err(denied::of_errno).into()
    }

    fn change(&self, change: Change) -> Op<()> {
        let changed = match change {
            Change::Delete(path) => self.delete(&path, AtFlags::empty()),
            Change::RemoveDirectory(path) => self.delete(&path, AtFlags::REMOVEDIR),
            Change::MakeDirectory(path) => self.make_directory(&path),
            Change::Rename { from, to } => self.rename(&from, &to),
            Change::SetModified(path, at) => {
                let facts = NewFacts {
                    modified: Some(at),
                    ..NewFacts::default()
                };
                self.set_facts(&path, facts)
            }
            Change::SetFacts(path, facts) => self.set_facts(&path, facts),
            Change::Link { path, target } => self.link(&path, &target),
            _ => Err(Errno::OPNOTSUPP),
        };
        changed.map_err(denied::of_errno).into()
    }

    fn abilities(&self) -> Abilities {
        let mut abilities = Abilities::ALL;
        // No system call sets it.
        abilities.set_created = false;
        abilities
    }

    fn space(&self, path: &VirtualPath) -> Op<u64> {
        self.free_space(path).map_err(denied::of_errno).into()
    }

    fn masked(self: Arc<Self>, mask: u16) -> Op<Arc<dyn Storage>> {
        let mut masked = Self::clone(&self);
        masked.policy.mask = mask;
        Op::Ready(Ok(Arc::new(masked)))
    }

    fn beneath(self: Arc<Self>, directory: &VirtualPath) -> Op<Arc<dyn Storage>> {
        let root = self.root.beneath(directory).map_err(denied::of_errno);
        Op::Ready(root.map(|root| {
            Arc::new(Self {
                root: Arc::new(root),
                owners: Arc::clone(&self.owners),
                policy: self.policy,
            }) as Arc<dyn Storage>
        }))
    }
}

fn timespec(time: Option<DateTime>) -> Timespec {
    match time {
        Some(time) => Timespec {
            tv_sec: time.to_unix(),
            tv_nsec: i64::from(time.nanos()),
        },
        None => Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_OMIT,
        },
    }
}

/// The way to `target` from the directory that `path` is in.
fn way(path: &VirtualPath, target: &VirtualPath) -> Vec<u8> {
    let directory = path.parent();
    let mut from = directory.components().peekable();
    let mut to = target.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let up = from.map(|_| &b".."[..]);
    let words: Vec<&[u8]> = up.chain(to).collect();
    match words.is_empty() {
        true => b".".to_vec(),
        false => words.join(&b'/'),
    }
}

/// A file being read.
#[derive(Debug)]
struct LocalSource {
    file: File,
    /// Bytes from the offset at opening to the end, as it was then.
    left: u64,
}

impl Source for LocalSource {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.file.read(buffer))
    }

    fn file(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }

    fn size(&self) -> Option<u64> {
        Some(self.left)
    }
}

/// How deep leftovers are looked for: one directory stays open for each level.
const LEFTOVER_DEPTH: usize = 256;
