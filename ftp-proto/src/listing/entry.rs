//! One line of a listing, as a value.

use bytes::Bytes;

use crate::time::Modified;

/// One entry of a directory. What a listing does not tell is `None`, never a guess.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The name, byte for byte.
    pub name: Bytes,
    /// What is known about it.
    pub metadata: Metadata,
    /// The line it was read from, without its end; empty for an entry that was not read.
    pub raw: Bytes,
}

/// What is known about a file or a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// What it is.
    pub kind: Kind,
    /// Bytes in it.
    pub size: Option<u64>,
    /// When it was last modified.
    pub modified: Option<Modified>,
    /// Unix permission bits, `0o7777` at most.
    pub mode: Option<u16>,
    /// The MLSx fact `perm`: what this user may do with it (RFC 3659 §7.5.5), as it came.
    pub perm: Option<Bytes>,
    /// The owner's name or number.
    pub owner: Option<Bytes>,
    /// The group's name or number.
    pub group: Option<Bytes>,
    /// How many names it has.
    pub links: Option<u64>,
    /// What a symbolic link points to.
    pub target: Option<Bytes>,
    /// A value that is the same for two names of one file (RFC 3659 §7.5.2).
    pub unique: Option<Bytes>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The listing does not say.
    #[default]
    Unknown,
    /// A file.
    File,
    /// A directory.
    Directory,
    /// The directory that was listed (MLSx `cdir`, or the name `.`).
    CurrentDirectory,
    /// The one above it (MLSx `pdir`, or the name `..`).
    ParentDirectory,
    /// A symbolic link.
    Link,
    /// A device, a socket, a pipe: something else.
    Other,
}

/// How a listing is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListingStyle {
    /// As `ls -l` does. (LIST)
    Unix {
        /// Names that begin with a dot too.
        all: bool,
    },
    /// Names alone. (NLST)
    Names {
        /// Names that begin with a dot too.
        all: bool,
    },
    /// Facts and a name. (MLSD, RFC 3659 §7)
    Machine,
}
