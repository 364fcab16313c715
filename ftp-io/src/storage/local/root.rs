//! Confinement: every path is resolved beneath one directory, component by component.
//!
//! Linux does it in one call (openat2 with `RESOLVE_BENEATH`), which follows symbolic links that
//! stay beneath the root. Where there is no such call, each component is opened on its own and no
//! symbolic link is followed at all. Paths are never compared as text.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use ftp_proto::codec::path::VirtualPath;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::{Errno, Result};

use super::upload::is_temporary;

/// The directory beneath which everything stays.
#[derive(Debug)]
pub(super) struct Root {
    directory: OwnedFd,
    way: Way,
}

/// How a path is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// openat2.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Beneath,
    /// A component at a time.
    Walk,
}

impl Root {
    /// Opens the directory at `path`, and finds out which way there is.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let flags = LOCATE | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        let way = best_way(directory.as_fd())?;
        Ok(Self { directory, way })
    }

    /// The directory at `path` as a root of its own.
    pub(super) fn beneath(&self, path: &VirtualPath) -> Result<Self> {
        Ok(Self {
            directory: self.get(path, LOCATE | OFlags::DIRECTORY)?,
            way: self.way,
        })
    }

    #[cfg(test)]
    pub(super) fn open_walking(path: &Path) -> Result<Self> {
        Ok(Self {
            way: Way::Walk,
            ..Self::open(path)?
        })
    }

    #[cfg(test)]
    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// Opens what is at `path`, which is not made.
    pub(super) fn get(&self, path: &VirtualPath, flags: OFlags) -> Result<OwnedFd> {
        self.make(path, flags, Mode::empty())
    }

    /// Opens what is at `path`; with `OFlags::CREATE`, makes a file of that mode.
    pub(super) fn make(&self, path: &VirtualPath, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        let relative = relative(path);
        if is_temporary(
            relative
                .rsplit(|&byte| byte == b'/')
                .next()
                .unwrap_or(relative),
        ) {
            return Err(Errno::NOENT);
        }
        self.resolve(relative, flags, mode)
    }

    /// The directory that holds the last component of `path`, and that component; the root itself
    /// is in no directory that may be changed.
    pub(super) fn place<'p>(&self, path: &'p VirtualPath) -> Result<(Parent<'_>, &'p [u8])> {
        let relative = relative(path);
        if relative == b"." {
            return Err(Errno::ACCESS);
        }
        let Some(slash) = relative.iter().rposition(|&byte| byte == b'/') else {
            return Ok((Parent::Root(self.directory.as_fd()), relative));
        };
        let (above, name) = (&relative[..slash], &relative[slash + 1..]);
        let parent = self.resolve(above, LOCATE | OFlags::DIRECTORY, Mode::empty())?;
        Ok((Parent::Opened(parent), name))
    }

    fn resolve(&self, relative: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        // openat2 refuses a mode that would not be used.
        let mode = match flags.contains(OFlags::CREATE) {
            true => mode,
            false => Mode::empty(),
        };
        match self.way {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Way::Beneath => beneath(self.directory.as_fd(), relative, flags, mode),
            Way::Walk => walk(self.directory.as_fd(), relative, flags, mode),
        }
    }
}

/// A directory in which a name is to be changed.
#[derive(Debug)]
pub(super) enum Parent<'r> {
    Root(BorrowedFd<'r>),
    Opened(OwnedFd),
}

impl Parent<'_> {
    /// The directory for as long as one likes.
    pub(super) fn into_owned(self) -> Result<OwnedFd> {
        match self {
            Self::Root(directory) => rustix::io::fcntl_dupfd_cloexec(directory, 0),
            Self::Opened(directory) => Ok(directory),
        }
    }
}

impl AsFd for Parent<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Root(directory) => *directory,
            Self::Opened(directory) => directory.as_fd(),
        }
    }
}

/// A path as the operating system wants it, from the root on.
fn relative(path: &VirtualPath) -> &[u8] {
    match path.as_bytes().strip_prefix(b"/") {
        None | Some(b"") => b".",
        Some(relative) => relative,
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn best_way(directory: BorrowedFd<'_>) -> Result<Way> {
    let flags = LOCATE | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match beneath(directory, b".", flags, Mode::empty()) {
        Ok(_) => Ok(Way::Beneath),
        // A kernel before 5.6, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => Ok(Way::Walk),
        Err(error) => Err(error),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn best_way(_: BorrowedFd<'_>) -> Result<Way> {
    Ok(Way::Walk)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn beneath(root: BorrowedFd<'_>, relative: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    use rustix::fs::{ResolveFlags, openat2};

    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    for _ in 0..RENAME_RACES {
        match openat2(root, relative, flags, mode, resolve) {
            // Something was renamed meanwhile, and the kernel is not sure that `..` in a link
            // stayed beneath; or a signal came.
            Err(Errno::AGAIN | Errno::INTR) => {}
            other => return other,
        }
    }
    walk(root, relative, flags, mode)
}

/// Opens one component after the other, following no symbolic link.
fn walk(root: BorrowedFd<'_>, relative: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    let mut above: Option<OwnedFd> = None;
    let mut rest = relative;
    loop {
        let (name, further) = match rest.iter().position(|&byte| byte == b'/') {
            Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
            None => (rest, None),
        };
        // No path holds these; it is cheap to be sure.
        if name == b".." || name.is_empty() {
            return Err(Errno::ACCESS);
        }
        let directory = above.as_ref().map_or(root, |fd| fd.as_fd());
        let (step, step_mode) = match further {
            Some(_) => (LOCATE | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()),
            None => (flags, mode),
        };
        let opened = rustix::fs::openat(directory, name, step | OFlags::NOFOLLOW, step_mode);
        let opened = opened.map_err(|error| match error {
            Errno::NOTDIR if is_link(directory, name) => Errno::LOOP,
            error => error,
        })?;
        match further {
            Some(further) => rest = further,
            None => return Ok(opened),
        }
        above = Some(opened);
    }
}

fn is_link(directory: BorrowedFd<'_>, name: &[u8]) -> bool {
    rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

/// How often a resolution is tried anew before links are given up.
#[cfg(any(target_os = "linux", target_os = "android"))]
const RENAME_RACES: usize = 16;

/// Opens what may be something other than a file: a pipe must not block the server, a terminal
/// not become its own.
pub(super) const WARY: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

/// Opens a file just to name it.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) const LOCATE: OFlags = OFlags::PATH;
/// Opens a file just to name it.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) const LOCATE: OFlags = OFlags::RDONLY;
