//! What a server serves: [`Storage`], and a local directory that is one.
//!
//! A storage answers at once ([`Op::Ready`]) or later ([`Op::Pending`]), so that a local directory
//! costs no box and no task, and an object store fits as well. What it opens is read and written
//! by polling, in the way of `std::future`, and works with any runtime or none.

mod beneath;
mod listing;
mod local;
mod plain;

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Entry, Metadata};
use ftp_proto::server::{Abilities, Change, Denied, Keep, Placement};

pub use listing::Listing;
pub use local::{Durability, LocalDirectory, Partial};
pub use plain::{Reader, Writer};

/// A tree of files and directories that sessions read and change.
///
/// Every path is absolute and normalised; what lies outside the tree is the storage's to refuse.
/// Whether the user may do a thing at all is settled before the storage is asked.
pub trait Storage: Send + Sync {
    /// What is known about what is at `path`; symbolic links are followed.
    fn metadata(&self, path: &VirtualPath) -> Op<Metadata>;

    /// Opens a file for reading from `offset` on, in bytes. One beyond the end is
    /// [`Denied::BadOffset`].
    fn open_read(&self, path: &VirtualPath, offset: u64) -> Op<Box<dyn Source + Send>>;

    /// Opens a file for writing at `place`.
    fn open_write(&self, path: &VirtualPath, place: Placement) -> Op<Box<dyn Sink + Send>>;

    /// Opens the listing of a directory, or of the one entry of a file.
    fn open_list(&self, path: &VirtualPath) -> Op<Box<dyn Entries + Send>>;

    /// Changes the tree.
    fn change(&self, change: Change) -> Op<()>;

    /// What this storage can do beyond reading and writing whole files; what a session advertises
    /// and takes follows it.
    fn abilities(&self) -> Abilities;

    /// The directory at `directory` as a storage of its own, which cannot be left: the home of a
    /// user. By default paths are put behind that of the directory; a storage that follows links
    /// should do better.
    fn beneath(self: Arc<Self>, directory: &VirtualPath) -> Op<Arc<dyn Storage>>
    where
        Self: 'static,
    {
        beneath::beneath(self, directory)
    }
}

/// An answer that is there, or that will come.
pub enum Op<T> {
    /// The answer.
    Ready(Result<T, Denied>),
    /// The answer of this future.
    Pending(BoxFuture<Result<T, Denied>>),
}

impl<T> Op<T> {
    /// The same answer, with `f` applied to what was granted.
    pub fn map<U, F>(self, f: F) -> Op<U>
    where
        T: 'static,
        F: FnOnce(T) -> U + Send + 'static,
    {
        match self {
            Self::Ready(answer) => Op::Ready(answer.map(f)),
            Self::Pending(answer) => Op::Pending(Box::pin(async move { answer.await.map(f) })),
        }
    }

    /// The same answer, with `f` applied to what is said instead of a grant.
    pub fn map_denied<F>(self, f: F) -> Self
    where
        T: 'static,
        F: FnOnce(Denied) -> Denied + Send + 'static,
    {
        match self {
            Self::Ready(answer) => Self::Ready(answer.map_err(f)),
            Self::Pending(answer) => {
                Self::Pending(Box::pin(async move { answer.await.map_err(f) }))
            }
        }
    }

    /// The answer to what `f` asks next, if this one was granted.
    pub fn and_then<U, F>(self, f: F) -> Op<U>
    where
        T: Send + 'static,
        U: Send + 'static,
        F: FnOnce(T) -> Op<U> + Send + 'static,
    {
        match self {
            Self::Ready(Ok(granted)) => f(granted),
            Self::Ready(Err(denied)) => Op::Ready(Err(denied)),
            Self::Pending(answer) => Op::Pending(Box::pin(async move {
                match f(answer.await?) {
                    Op::Ready(answer) => answer,
                    Op::Pending(answer) => answer.await,
                }
            })),
        }
    }
}

impl<T> From<Result<T, Denied>> for Op<T> {
    fn from(answer: Result<T, Denied>) -> Self {
        Self::Ready(answer)
    }
}

impl<T> fmt::Debug for Op<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(Ok(_)) => f.write_str("Ready(Ok)"),
            Self::Ready(Err(denied)) => write!(f, "Ready({denied:?})"),
            Self::Pending(_) => f.write_str("Pending"),
        }
    }
}

/// A future in a box.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where the bytes of a download come from.
pub trait Source {
    /// Reads into `buffer`, which is not empty; 0 is the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// The file behind it, whose position is where reading goes on: its bytes may then be sent
    /// without passing through this process, and `poll_read` be used in turn with that.
    fn file(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Bytes from the first to the end, where it is known.
    fn size(&self) -> Option<u64> {
        None
    }
}

/// Where the bytes of an upload go. One that is dropped before `finish` keeps what it has as
/// [`Keep::Partial`] says.
pub trait Sink {
    /// Writes some of `bytes`, which are not empty; how many were taken, never 0.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Ends the upload: all of it has come, or a part. When the answer is there, the file is where
    /// it belongs.
    fn finish(self: Box<Self>, keep: Keep) -> Op<()>;

    /// The file behind it, whose position is where writing goes on; as [`Source::file`].
    fn file(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// The name that [`Placement::Unique`] made.
    fn name(&self) -> Option<Bytes> {
        None
    }
}

/// The entries of a directory, in no order, without `.` and `..`.
pub trait Entries {
    /// The next entry, `None` after the last. An error ends the listing.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Entry>>>;
}
