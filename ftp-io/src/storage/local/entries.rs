//! What is known about a file, and directories read entry by entry.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use ftp_proto::listing::{Entry, Kind, Metadata};
use ftp_proto::{DateTime, Modified};
use rustix::fs::{AtFlags, Dir, FileType, Stat};
use rustix::io::Errno;

use super::upload::is_temporary;
use crate::storage::Entries;

/// A directory being read: some 32 KiB of names at a time, whatever it holds.
#[derive(Debug)]
pub(super) struct DirectoryEntries {
    directory: Dir,
    owners: Arc<Owners>,
}

impl DirectoryEntries {
    pub(super) fn new(directory: OwnedFd, owners: Arc<Owners>) -> rustix::io::Result<Self> {
        let directory = Dir::new(directory)?;
        Ok(Self { directory, owners })
    }
}

impl Entries for DirectoryEntries {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Entry>>> {
        loop {
            let name = match self.directory.read() {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                Some(Ok(entry)) => Bytes::copy_from_slice(entry.file_name().to_bytes()),
            };
            if matches!(&name[..], b"." | b"..") || is_temporary(&name) {
                continue;
            }
            let directory = match self.directory.fd() {
                Ok(directory) => directory,
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            };
            let metadata = match of_name(directory, &name, &self.owners) {
                Ok(metadata) => metadata,
                // Deleted since the directory was read.
                Err(Errno::NOENT) => continue,
                // A name that may be read and not asked about is still a name.
                Err(_) => Metadata::default(),
            };
            return Poll::Ready(Some(Ok(Entry::new(name, &metadata))));
        }
    }
}

/// The listing of what is no directory: itself.
#[derive(Debug)]
pub(super) struct OneEntry(pub(super) Option<Entry>);

impl Entries for OneEntry {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Entry>>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

/// What is known about a name in a directory; of a symbolic link, about the link itself.
pub(super) fn of_name(
    directory: BorrowedFd<'_>,
    name: &[u8],
    owners: &Owners,
) -> rustix::io::Result<Metadata> {
    let stat = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let mut metadata = of_stat(&stat, owners);
    if metadata.kind == Kind::Link {
        metadata.target = rustix::fs::readlinkat(directory, name, Vec::new())
            .ok()
            .map(|target| Bytes::from(target.into_bytes()));
    }
    Ok(metadata)
}

/// What the operating system tells of a file, in a listing's words.
#[allow(clippy::unnecessary_cast)] // the fields' types differ between systems
pub(super) fn of_stat(stat: &Stat, owners: &Owners) -> Metadata {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    };
    Metadata {
        kind,
        size: u64::try_from(stat.st_size).ok(),
        modified: DateTime::from_unix(stat.st_mtime as i64).map(Modified::utc),
        mode: u16::try_from(stat.st_mode & 0o7777).ok(),
        perm: None,
        owner: Some(owners.user(stat.st_uid)),
        group: Some(owners.group(stat.st_gid)),
        links: Some(stat.st_nlink as u64),
        target: None,
        unique: Some(format!("{:x}.{:x}", stat.st_dev, stat.st_ino).into()),
    }
}

/// Names of users and groups, read once from the system's two files; a number that they do not
/// name stays a number.
#[derive(Debug, Default)]
pub(super) struct Owners {
    users: OnceLock<HashMap<u32, Bytes>>,
    groups: OnceLock<HashMap<u32, Bytes>>,
}

impl Owners {
    pub(super) fn user(&self, id: u32) -> Bytes {
        named(&self.users, "/etc/passwd", id)
    }

    pub(super) fn group(&self, id: u32) -> Bytes {
        named(&self.groups, "/etc/group", id)
    }
}

fn named(names: &OnceLock<HashMap<u32, Bytes>>, file: &str, id: u32) -> Bytes {
    let names = names.get_or_init(|| read_names(file));
    names
        .get(&id)
        .cloned()
        .unwrap_or_else(|| id.to_string().into())
}

/// `name:secret:number:...` in each line, of both files; the first name of a number holds.
fn read_names(file: &str) -> HashMap<u32, Bytes> {
    let mut text = Vec::new();
    let read = File::open(file).and_then(|file| file.take(NAMES_SIZE).read_to_end(&mut text));
    let mut names = HashMap::new();
    if read.is_err() {
        return names;
    }
    for line in text.split(|&byte| byte == b'\n') {
        let mut fields = line.split(|&byte| byte == b':');
        let (name, number) = (fields.next(), fields.nth(1));
        let number = number
            .and_then(|number| std::str::from_utf8(number).ok())
            .and_then(|number| number.parse().ok());
        if let (Some(name), Some(number)) = (name, number)
            && !name.is_empty()
        {
            names
                .entry(number)
                .or_insert_with(|| Bytes::copy_from_slice(name));
        }
    }
    names
}

/// The most that is read of a file of names.
const NAMES_SIZE: u64 = 4 << 20;
