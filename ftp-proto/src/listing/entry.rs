//! One entry of a directory, as a value.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::listing::{Place, Told};
use crate::time::Modified;

/// One entry of a directory. What a listing does not tell is `None`, never a guess.
///
/// An entry that was read is its line and where in the line its parts stand: names and such are
/// slices of it. Entries that came with one push share the memory of that push, which lives until
/// the last of them is gone; [`Entry::into_owned`] gives one of them memory of its own.
///
/// ```
/// use ftp_proto::listing::{Entry, Kind, Metadata};
///
/// let metadata = Metadata { kind: Kind::File, size: Some(5), ..Metadata::default() };
/// let entry = Entry::new("a file", &metadata);
/// assert_eq!(entry.name(), b"a file");
/// assert_eq!(entry.size(), Some(5));
/// assert_eq!(entry.owner(), None);
/// ```
///
/// All that an entry may tell, as it is read from a line:
///
/// ```
/// use ftp_proto::codec::facts::read_entry;
/// use ftp_proto::listing::Kind;
///
/// let line = "type=OS.unix=slink:/a;unique=7U1;perm=r;UNIX.mode=0777;UNIX.owner=ada;\
///             UNIX.group=staff;modify=20261122140500; link";
/// let entry = read_entry(&line.into())?;
/// assert_eq!(entry.raw(), line.as_bytes());
/// assert_eq!(entry.kind(), Kind::Link);
/// assert_eq!(entry.target(), Some(&b"/a"[..]));
/// assert_eq!(entry.unique(), Some(&b"7U1"[..]));
/// assert_eq!(entry.perm(), Some(&b"r"[..]));
/// assert_eq!(entry.mode(), Some(0o777));
/// assert_eq!(entry.group(), Some(&b"staff"[..]));
/// assert_eq!(entry.modified().map(|modified| modified.at.year()), Some(2026));
/// assert_eq!(entry.links(), None);
/// assert_eq!(entry.metadata().owner.as_deref(), Some(&b"ada"[..]));
/// // Alone in memory, for a list that outlives the listing:
/// assert_eq!(entry.clone().into_owned(), entry);
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
#[derive(Clone, Default)]
pub struct Entry(Box<Content>);

/// What an entry holds, apart from it so that entries are moved and sorted at no cost.
#[derive(Clone, Default)]
struct Content {
    /// The raw line, and behind it what does not stand in it.
    text: Bytes,
    /// Bytes of the raw line.
    raw: usize,
    told: Told,
}

impl Entry {
    /// An entry that was not read from a listing, but is to be written to one. Of a text of 4 GiB
    /// or more nothing is kept.
    pub fn new(name: impl AsRef<[u8]>, metadata: &Metadata) -> Self {
        let name = name.as_ref();
        let mut text = Vec::with_capacity(name.len() + 64);
        let mut keep = |part: &[u8]| {
            let start = text.len();
            text.extend_from_slice(part);
            Place::between(start, text.len())
        };
        let name = keep(name);
        let mut keep = |part: &Option<Bytes>| part.as_deref().map_or(Place::NOWHERE, &mut keep);
        let told = Told {
            name,
            kind: metadata.kind,
            size: metadata.size,
            modified: metadata.modified,
            mode: metadata.mode,
            links: metadata.links,
            perm: keep(&metadata.perm),
            owner: keep(&metadata.owner),
            group: keep(&metadata.group),
            target: keep(&metadata.target),
            unique: keep(&metadata.unique),
        };
        Self(Box::new(Content {
            text: Bytes::from(text),
            raw: 0,
            told,
        }))
    }

    /// An entry of a line that tells nothing as yet.
    #[inline]
    pub(crate) fn of_line(line: Bytes) -> Self {
        let raw = line.len();
        Self(Box::new(Content {
            text: line,
            raw,
            told: Told::default(),
        }))
    }

    /// Reads the line.
    #[inline]
    pub(crate) fn read<T>(&mut self, read: impl FnOnce(&[u8], &mut Told) -> T) -> T {
        read(&self.0.text, &mut self.0.told)
    }

    /// The line alone.
    pub(crate) fn into_line(self) -> Bytes {
        self.0.text
    }

    /// The same with a name that does not stand in the line.
    pub(crate) fn named(mut self, name: &[u8]) -> Self {
        let start = self.0.text.len();
        let text = [&self.0.text[..], name].concat();
        self.0.told.name = Place::between(start, text.len());
        self.0.text = Bytes::from(text);
        self
    }

    /// The name, byte for byte; empty where a line could not be read.
    pub fn name(&self) -> &[u8] {
        self.part(self.0.told.name).unwrap_or_default()
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.0.told.kind
    }

    /// Bytes in it.
    pub fn size(&self) -> Option<u64> {
        self.0.told.size
    }

    /// When it was last modified.
    pub fn modified(&self) -> Option<Modified> {
        self.0.told.modified
    }

    /// Unix permission bits, `0o7777` at most.
    pub fn mode(&self) -> Option<u16> {
        self.0.told.mode
    }

    /// How many names it has.
    pub fn links(&self) -> Option<u64> {
        self.0.told.links
    }

    /// The MLSx fact `perm`: what this user may do with it (RFC 3659 §7.5.5), as it came.
    pub fn perm(&self) -> Option<&[u8]> {
        self.part(self.0.told.perm)
    }

    /// The owner's name or number.
    pub fn owner(&self) -> Option<&[u8]> {
        self.part(self.0.told.owner)
    }

    /// The group's name or number.
    pub fn group(&self) -> Option<&[u8]> {
        self.part(self.0.told.group)
    }

    /// What a symbolic link points to.
    pub fn target(&self) -> Option<&[u8]> {
        self.part(self.0.told.target)
    }

    /// A value that is the same for two names of one file (RFC 3659 §7.5.2).
    pub fn unique(&self) -> Option<&[u8]> {
        self.part(self.0.told.unique)
    }

    /// The line it was read from, without its end; of an entry of two lines both, LF between
    /// them. Empty for an entry that was not read.
    pub fn raw(&self) -> &[u8] {
        self.0.text.get(..self.0.raw).unwrap_or_default()
    }

    /// All but the name and the line; the texts share the entry's memory.
    pub fn metadata(&self) -> Metadata {
        let text = |part: Option<&[u8]>| part.map(|part| self.0.text.slice_ref(part));
        Metadata {
            kind: self.kind(),
            size: self.size(),
            modified: self.modified(),
            mode: self.mode(),
            perm: text(self.perm()),
            owner: text(self.owner()),
            group: text(self.group()),
            links: self.links(),
            target: text(self.target()),
            unique: text(self.unique()),
        }
    }

    /// The same entry in memory of its own, so that it keeps none of its neighbours' lines.
    pub fn into_owned(mut self) -> Self {
        self.0.text = Bytes::copy_from_slice(&self.0.text);
        self
    }

    #[inline]
    fn part(&self, place: Place) -> Option<&[u8]> {
        place.in_text(&self.0.text)
    }
}

/// Equal are entries that tell the same, and were read from equal lines.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
            && self.raw() == other.raw()
            && self.metadata() == other.metadata()
    }
}

impl Eq for Entry {}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |part| self.0.text.slice_ref(part);
        f.debug_struct("Entry")
            .field("name", &text(self.name()))
            .field("metadata", &self.metadata())
            .field("raw", &text(self.raw()))
            .finish()
    }
}

/// What is known about a file or a directory, to make an [`Entry`] of.
///
/// ```
/// use ftp_proto::listing::{Entry, Kind, Metadata};
///
/// let metadata = Metadata {
///     kind: Kind::Directory,
///     mode: Some(0o755),
///     ..Metadata::default()
/// };
/// assert_eq!(Entry::new("pub", &metadata).metadata(), metadata);
/// ```
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
///
/// ```
/// use ftp_proto::codec::facts::read_entry;
/// use ftp_proto::listing::Kind;
///
/// assert_eq!(read_entry(&"type=pdir; ..".into())?.kind(), Kind::ParentDirectory);
/// assert_eq!(read_entry(&"size=5; f".into())?.kind(), Kind::Unknown);
/// # Ok::<(), ftp_proto::DecodeError>(())
/// ```
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
///
/// ```
/// use ftp_proto::DateTime;
/// use ftp_proto::listing::{Entry, ListingStyle, Metadata, write};
///
/// let hidden = Entry::new(".profile", &Metadata::default());
/// let mut line = Vec::new();
/// let now = DateTime::UNIX_EPOCH;
/// assert!(!write(ListingStyle::Names { all: false }, &hidden, now, &mut line));
/// assert!(write(ListingStyle::Names { all: true }, &hidden, now, &mut line));
/// assert_eq!(line, b".profile\r\n");
/// ```
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
