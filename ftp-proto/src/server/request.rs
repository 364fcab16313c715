//! What a server session asks of its application, and the facts that answer it.
//!
//! Seven kinds of question serve every command. An answer is a fact or a [`Denied`]; reply codes
//! are the session's business.

use core::fmt;
use core::marker::PhantomData;

use bytes::Bytes;

use crate::codec::command::Argument;
use crate::codec::path::VirtualPath;
use crate::contract::OpId;
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
}

/// A fact that answers a question: [`Grant`], [`Entry`], [`Opened`] or `()`.
pub trait Answer: sealed::IntoFact {}

impl Answer for Grant {}
impl Answer for Entry {}
impl Answer for Opened {}
impl Answer for () {}

/// Any answer, for the session that knows by the question's id what it asked.
#[doc(hidden)]
#[derive(Debug)]
pub enum Fact {
    Grant(Grant),
    Entry(Entry),
    Opened(Opened),
    Done,
}

mod sealed {
    use super::{Entry, Fact, Grant, Opened};

    #[doc(hidden)]
    pub trait IntoFact {
        fn into_fact(self) -> Fact;
    }

    impl IntoFact for Grant {
        fn into_fact(self) -> Fact {
            Fact::Grant(self)
        }
    }

    impl IntoFact for Entry {
        fn into_fact(self) -> Fact {
            Fact::Entry(self)
        }
    }

    impl IntoFact for Opened {
        fn into_fact(self) -> Fact {
            Fact::Opened(self)
        }
    }

    impl IntoFact for () {
        fn into_fact(self) -> Fact {
            Fact::Done
        }
    }
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
    /// Something failed that is not the client's business.
    Failed,
}
