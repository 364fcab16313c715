//! What a server session asks of its application, and the facts that answer it.
//!
//! A dozen kinds of question serve every command. An answer is a fact or a [`Denied`]; reply codes
//! are the session's business.

use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use bytes::Bytes;

use crate::codec::command::{Argument, ByteRange, Verb};
use crate::codec::hash::HashAlgorithm;
use crate::codec::path::VirtualPath;
use crate::contract::{Direction, OpId};
use crate::listing::{Entry, ListingStyle};
use crate::secret::Secret;
use crate::time::DateTime;

/// The right to answer one question once, with a `T`.
///
/// A question that was taken back (`ServerEvent::Cancel`) may be answered all the same; the answer
/// is ignored. One that is never answered meets the deadline `Timeouts::answer`.
#[must_use = "a question that is not answered meets its deadline and is refused"]
pub struct Ask<T> {
    id: OpId,
    answer: PhantomData<fn(T)>,
}

impl<T> Ask<T> {
    pub(crate) const fn new(id: OpId) -> Self {
        Self {
            id,
            answer: PhantomData,
        }
    }

    /// The question's name: `MoveData` speaks by it of the file that the answer opened.
    pub const fn id(&self) -> OpId {
        self.id
    }
}

impl<T> fmt::Debug for Ask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ask({})", self.id.to_raw())
    }
}

/// A question of the session to its application.
#[derive(Debug)]
#[non_exhaustive]
pub enum Request {
    /// Are these credentials good, and for what?
    Authenticate(Ask<Grant>, Credentials),
    /// Does this certificate, which the client has shown and the driver verified, stand for the
    /// user without a password? Asked only with `CertificateLogin::Alone`. `Err` leads to the
    /// password, and counts as no refusal.
    Identify(Ask<Grant>, Argument, Bytes),
    /// What is at this path? (CWD, SIZE, MDTM, MLST, RNFR, STAT)
    Metadata(Ask<Entry>, VirtualPath),
    /// Open a file for reading from an offset in bytes. (RETR)
    OpenRead(Ask<Opened>, VirtualPath, u64),
    /// Open a file for writing. (STOR, APPE, STOU) For `Placement::Unique` the path is a name to
    /// start from.
    OpenWrite(Ask<Opened>, VirtualPath, Placement),
    /// Open the listing of a directory, or of the one entry of a file, to be written in a style.
    /// (LIST, NLST, MLSD)
    OpenList(Ask<Opened>, VirtualPath, ListingStyle),
    /// The data of the open upload has ended: keep it thus, and let go of it. The completion reply
    /// waits for the answer, unless the session ends now; then bytes may still be moving.
    Finish(Ask<()>, Keep),
    /// Change the storage.
    Change(Ask<()>, Change),
    /// Open these bytes of a file, for reading (RANG, RETR) or for writing over them (RANG, STOR).
    /// What lies outside is neither sent nor changed. A range may reach past the end of a file that
    /// is read. Asked only with `Abilities::ranges`.
    OpenPart(Ask<Opened>, VirtualPath, Direction, ByteRange),
    /// The checksum of these bytes of a file, as far as it has them. (HASH, XCRC, XMD5, XSHA, MD5)
    /// It may take its time, `Timeouts::checksum`. Asked only for what `ServerConfig::checksums`
    /// offers.
    Checksum(Ask<Summed>, VirtualPath, HashAlgorithm, ByteRange),
    /// How many bytes can still be stored in this directory. (AVBL) Asked only with
    /// `Abilities::space`.
    Space(Ask<Available>, VirtualPath),
    /// Carry out a command of the application's own, with what followed its name. (SITE) The gate
    /// has let it pass. Asked only for what `ServerConfig::site` names.
    Site(Ask<Text>, Verb, Option<Argument>),
}

/// A fact that answers a question: [`Grant`], [`Entry`], [`Opened`], [`Summed`], [`Available`],
/// [`Text`] or `()`.
pub trait Answer: Factual {}

/// Any answer, for the session that knows by the question's id what it asked.
#[doc(hidden)]
#[derive(Debug)]
pub enum Fact {
    Grant(Grant),
    Entry(Entry),
    Opened(Opened),
    Summed(Summed),
    Available(Available),
    Text(Text),
    Done(()),
}

mod sealed {
    use super::Fact;

    #[doc(hidden)]
    pub trait Factual: Sized {
        fn into_fact(self) -> Fact;

        /// `None` for a fact of another kind.
        fn of_fact(fact: Fact) -> Option<Self>;
    }
}

use sealed::Factual;

/// Which type is which kind of fact.
macro_rules! facts {
    ($($type:ty => $kind:ident,)+) => {
        $(
            impl Answer for $type {}

            impl Factual for $type {
                fn into_fact(self) -> Fact {
                    Fact::$kind(self)
                }

                fn of_fact(fact: Fact) -> Option<Self> {
                    match fact {
                        Fact::$kind(fact) => Some(fact),
                        _ => None,
                    }
                }
            }
        )+
    };
}

facts! {
    Grant => Grant,
    Entry => Entry,
    Opened => Opened,
    Summed => Summed,
    Available => Available,
    Text => Text,
    () => Done,
}

/// Who wants to log in.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user's name, as it came.
    pub user: Argument,
    /// The password, as it came; may be empty.
    pub password: Secret<Bytes>,
    /// The certificate that the client has shown in the TLS handshake, in DER; verified by the
    /// driver.
    pub certificate: Option<Bytes>,
    /// The host that HOST named: one of `ServerConfig::hosts`, in any case.
    pub host: Option<Argument>,
}

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Allowed kinds of work.
    pub permissions: Permissions,
    /// The first working directory.
    pub home: VirtualPath,
}

/// Kinds of work that a user may do, as a set.
///
/// ```
/// use ftp_proto::server::Permissions;
///
/// let drop_box = Permissions::LIST.and(Permissions::WRITE);
/// assert!(drop_box.allow(Permissions::WRITE));
/// assert!(!drop_box.allow(Permissions::WRITE.and(Permissions::DELETE)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// Nothing at all.
    pub const NONE: Self = Self(0);
    /// See names and facts.
    pub const LIST: Self = Self(1);
    /// Read files.
    pub const READ: Self = Self(2);
    /// Create and change files, and their times.
    pub const WRITE: Self = Self(4);
    /// Delete files and directories.
    pub const DELETE: Self = Self(8);
    /// Rename.
    pub const RENAME: Self = Self(16);
    /// Make directories.
    pub const MAKE: Self = Self(32);
    /// List and read.
    pub const READ_ONLY: Self = Self(Self::LIST.0 | Self::READ.0);
    /// Everything.
    pub const READ_WRITE: Self = Self(63);

    /// Both sets together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every kind in `needed` is in this set.
    pub const fn allow(self, needed: Self) -> bool {
        self.0 & needed.0 == needed.0
    }
}

/// Facts about what a question opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Bytes that will follow, where it is known: for the 150 reply.
    pub size: Option<u64>,
    /// The name that STOU made; the others leave it out.
    pub name: Option<Bytes>,
}

/// A checksum, and of how many bytes it is.
///
/// ```
/// use ftp_proto::server::Summed;
///
/// let summed = Summed { value: vec![0xcb, 0xf4, 0x39, 0x26].into(), bytes: 9 };
/// assert_eq!(summed.value.len(), 4);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summed {
    /// The checksum, its first byte first.
    pub value: Bytes,
    /// Bytes that were there in the range that was asked for.
    pub bytes: u64,
}

/// Bytes that can still be stored somewhere.
///
/// ```
/// assert!(ftp_proto::server::Available(1 << 30).0 > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Available(pub u64);

/// What the application says to a SITE command of its own: lines separated by LF. A reply holds no
/// more than `Limits::reply_bytes` and `Limits::reply_lines`; what is past that is left out.
///
/// ```
/// let text = ftp_proto::server::Text::from("Indexed.\n3 files are new.");
/// assert_eq!(text.as_bytes().len(), 25);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Bytes);

impl Text {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<T: Into<Bytes>> From<T> for Text {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// Where uploaded bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// A whole new file, in place of what was there. (STOR)
    Whole,
    /// From this offset on, over what is there. (REST n, STOR)
    At(u64),
    /// Behind what is there; a new file if nothing is. (APPE)
    Append,
    /// A new file whose name no other has, in the directory of the path. (STOU)
    Unique,
}

/// How an upload ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keep {
    /// It is whole.
    Whole,
    /// It was cut short.
    Partial,
}

/// A change of the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Delete a file. (DELE)
    Delete(VirtualPath),
    /// Delete an empty directory. (RMD)
    RemoveDirectory(VirtualPath),
    /// Make a directory. (MKD)
    MakeDirectory(VirtualPath),
    /// Rename what is at `from` to `to`. (RNFR, RNTO)
    Rename {
        /// What is.
        from: VirtualPath,
        /// What shall be.
        to: VirtualPath,
    },
    /// Set the time of modification, in UTC. (MFMT)
    SetModified(VirtualPath, DateTime),
    /// Set facts, all of them or none. (MFF, MFCT, SITE CHMOD, SITE UTIME) None is asked for that
    /// the `Abilities` lack.
    SetFacts(VirtualPath, NewFacts),
    /// Make a symbolic link. (SITE SYMLINK)
    Link {
        /// The link.
        path: VirtualPath,
        /// Where it leads.
        target: VirtualPath,
    },
    /// Put the contents of the parts, in their order, behind what is in `target` or into a new file
    /// there, and delete the parts once all is there. (COMB) It may take its time,
    /// `Timeouts::checksum`; when it is cancelled, the parts stay.
    Combine {
        /// The file that is to hold everything.
        target: VirtualPath,
        /// The files whose contents go there.
        parts: Vec<VirtualPath>,
    },
    /// What this user makes from now on has none of these permission bits. (SITE UMASK)
    MaskModes(u16),
}

/// Facts to be set; what is `None` stays as it is.
///
/// ```
/// use ftp_proto::server::NewFacts;
///
/// let facts = NewFacts { mode: Some(0o640), ..NewFacts::default() };
/// assert_eq!(facts.modified, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewFacts {
    /// The time of modification, in UTC.
    pub modified: Option<DateTime>,
    /// The time of the last access, in UTC.
    pub accessed: Option<DateTime>,
    /// The time of creation, in UTC.
    pub created: Option<DateTime>,
    /// The permission bits, at most `0o777`.
    pub mode: Option<u16>,
}

/// Why the application does not do what was asked. The session turns it into a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Denied {
    /// The credentials are not good.
    BadCredentials,
    /// There is nothing at that path.
    NotFound,
    /// The storage does not permit it.
    NotPermitted,
    /// There is something at that path already.
    Exists,
    /// A directory was expected.
    NotDirectory,
    /// A file was expected.
    IsDirectory,
    /// The directory is not empty.
    NotEmpty,
    /// The storage cannot have a file of that name.
    BadName,
    /// The offset lies beyond the end of the file.
    BadOffset,
    /// There is no space left.
    NoSpace,
    /// A quota is used up.
    QuotaExceeded,
    /// Somebody else uses it now; later it may work.
    Busy,
    /// The storage cannot do such a thing at all.
    Unsupported,
    /// The file is larger than is allowed for this.
    TooLarge,
    /// Something failed that is not the client's business.
    Failed,
}
