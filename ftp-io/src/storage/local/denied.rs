//! The one table from errors of the operating system to what a session is told.

use std::io;

use ftp_proto::server::Denied;
use rustix::io::Errno;

/// What an error means to a session.
pub(crate) fn of(error: &io::Error) -> Denied {
    Errno::from_io_error(error).map_or(Denied::Failed, of_errno)
}

pub(super) fn of_errno(errno: Errno) -> Denied {
    match errno {
        Errno::NOENT => Denied::NotFound,
        Errno::EXIST => Denied::Exists,
        Errno::NOTDIR => Denied::NotDirectory,
        Errno::ISDIR => Denied::IsDirectory,
        Errno::NOTEMPTY => Denied::NotEmpty,
        // A symbolic link that leaves the root (EXDEV), or one too many or one that may not be
        // followed at all (ELOOP), is told as a file that may not be used. EPERM is an immutable
        // file, ENXIO a pipe or a socket in the tree.
        Errno::ACCESS
        | Errno::PERM
        | Errno::ROFS
        | Errno::XDEV
        | Errno::LOOP
        | Errno::NXIO
        | Errno::NODEV => Denied::NotPermitted,
        // EINVAL: a name that the file system cannot have, or a directory renamed into itself.
        Errno::NAMETOOLONG | Errno::ILSEQ | Errno::INVAL => Denied::BadName,
        Errno::NOSPC | Errno::FBIG => Denied::NoSpace,
        Errno::DQUOT => Denied::QuotaExceeded,
        Errno::BUSY | Errno::TXTBSY | Errno::AGAIN | Errno::MFILE | Errno::NFILE | Errno::NOMEM => {
            Denied::Busy
        }
        Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK => Denied::Unsupported,
        _ => Denied::Failed,
    }
}
