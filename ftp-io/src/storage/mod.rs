//! What a server serves: [`Storage`], and a local directory that is one.
//!
//! A storage answers at once ([`Op::Ready`]) or later ([`Op::Pending`]), so that a local directory
//! costs no box and no task, and an object store fits as well. What it opens is read and written
//! by polling, in the way of `std::future`, and works with any runtime or none.
//!
//! Files in memory, in one directory:
//!
//! ```
//! use std::collections::HashMap;
//! use std::io::{self, Cursor};
//! use std::sync::{Arc, Mutex};
//! use std::task::{Context, Poll, Waker};
//!
//! use ftp_io::storage::{Entries, Listing, Op, Reader, Sink, Source, Storage, Writer};
//! use ftp_proto::DateTime;
//! use ftp_proto::codec::path::VirtualPath;
//! use ftp_proto::listing::{Entry, Kind, ListingStyle, Metadata};
//! use ftp_proto::server::{Abilities, Change, Denied, Keep, Placement};
//!
//! #[derive(Clone, Default)]
//! struct Memory(Arc<Mutex<HashMap<VirtualPath, Vec<u8>>>>);
//!
//! impl Memory {
//!     fn file(&self, path: &VirtualPath) -> Result<Vec<u8>, Denied> {
//!         let files = self.0.lock().map_err(|_| Denied::Failed)?;
//!         files.get(path).cloned().ok_or(Denied::NotFound)
//!     }
//! }
//!
//! fn of_kind(kind: Kind, size: Option<u64>) -> Metadata {
//!     Metadata { kind, size, ..Metadata::default() }
//! }
//!
//! impl Storage for Memory {
//!     fn metadata(&self, path: &VirtualPath) -> Op<Metadata> {
//!         match path.is_root() {
//!             true => Op::Ready(Ok(of_kind(Kind::Directory, None))),
//!             false => Op::from(self.file(path))
//!                 .map(|file| of_kind(Kind::File, Some(file.len() as u64))),
//!         }
//!     }
//!
//!     fn open_read(&self, path: &VirtualPath, offset: u64) -> Op<Box<dyn Source + Send>> {
//!         Op::from(self.file(path)).and_then(move |file| {
//!             let mut file = Cursor::new(file);
//!             file.set_position(offset);
//!             let source: Box<dyn Source + Send> = Box::new(Reader(file));
//!             Op::Ready(Ok(source))
//!         })
//!     }
//!
//!     fn open_write(&self, path: &VirtualPath, place: Placement) -> Op<Box<dyn Sink + Send>> {
//!         let memory = self.clone();
//!         Op::Ready(match place {
//!             Placement::Whole => Ok(Box::new(Upload { memory, path: path.clone(), bytes: vec![] })),
//!             _ => Err(Denied::Unsupported),
//!         })
//!     }
//!
//!     fn open_list(&self, _: &VirtualPath) -> Op<Box<dyn Entries + Send>> {
//!         let Ok(files) = self.0.lock() else { return Op::Ready(Err(Denied::Failed)) };
//!         let entry = |(path, file): (&VirtualPath, &Vec<u8>)| {
//!             let metadata = of_kind(Kind::File, Some(file.len() as u64));
//!             Entry::new(path.name().unwrap_or_default(), &metadata)
//!         };
//!         Op::Ready(Ok(Box::new(Names(files.iter().map(entry).collect()))))
//!     }
//!
//!     fn change(&self, change: Change) -> Op<()> {
//!         let Ok(mut files) = self.0.lock() else { return Op::Ready(Err(Denied::Failed)) };
//!         Op::Ready(match change {
//!             Change::Delete(path) => files.remove(&path).map(|_| ()).ok_or(Denied::NotFound),
//!             _ => Err(Denied::Unsupported),
//!         })
//!     }
//!
//!     fn abilities(&self) -> Abilities {
//!         Abilities::NONE
//!     }
//! }
//!
//! /// A file that is there when all of it has come.
//! struct Upload {
//!     memory: Memory,
//!     path: VirtualPath,
//!     bytes: Vec<u8>,
//! }
//!
//! impl Sink for Upload {
//!     fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
//!         self.bytes.extend_from_slice(bytes);
//!         Poll::Ready(Ok(bytes.len()))
//!     }
//!
//!     fn finish(self: Box<Self>, keep: Keep) -> Op<()> {
//!         let Ok(mut files) = self.memory.0.lock() else { return Op::Ready(Err(Denied::Failed)) };
//!         if keep == Keep::Whole {
//!             files.insert(self.path, self.bytes);
//!         }
//!         Op::Ready(Ok(()))
//!     }
//! }
//!
//! struct Names(Vec<Entry>);
//!
//! impl Entries for Names {
//!     fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Entry>>> {
//!         Poll::Ready(self.0.pop().map(Ok))
//!     }
//! }
//!
//! // What a server does with it:
//! let memory = Arc::new(Memory::default());
//! let mut cx = Context::from_waker(Waker::noop());
//! let path = VirtualPath::root().join(b"notes")?;
//!
//! let Op::Ready(Ok(mut sink)) = memory.open_write(&path, Placement::Whole) else { panic!() };
//! assert!(sink.file().is_none() && sink.name().is_none());
//! assert!(matches!(sink.poll_write(&mut cx, b"Buy milk."), Poll::Ready(Ok(9))));
//! assert!(matches!(memory.metadata(&path), Op::Ready(Err(Denied::NotFound))));
//! assert!(matches!(sink.finish(Keep::Whole), Op::Ready(Ok(()))));
//!
//! let Op::Ready(Ok(mut source)) = memory.open_read(&path, 4) else { panic!() };
//! assert!(source.file().is_none() && source.size().is_none());
//! let mut buffer = [0; 100];
//! assert!(matches!(source.poll_read(&mut cx, &mut buffer), Poll::Ready(Ok(5))));
//! assert_eq!(&buffer[..5], b"milk.");
//!
//! let Op::Ready(Ok(entries)) = memory.open_list(&VirtualPath::root()) else { panic!() };
//! let now = DateTime::from_unix(0).ok_or("a date")?;
//! let mut listing = Listing::new(entries, ListingStyle::Names { all: true }, now);
//! assert!(matches!(listing.poll_read(&mut cx, &mut buffer), Poll::Ready(Ok(7))));
//! assert_eq!(&buffer[..7], b"notes\r\n");
//!
//! // A user's home is a storage too; this one has no directories to be at home in.
//! let home = Arc::clone(&memory).beneath(&path).map_denied(|_| Denied::NotPermitted);
//! assert!(matches!(home, Op::Ready(Err(Denied::NotPermitted))));
//! assert!(matches!(memory.change(Change::Delete(path)), Op::Ready(Ok(()))));
//! assert_eq!(memory.abilities(), Abilities::NONE);
//!
//! // Readers and writers of the standard library do as sources and sinks.
//! let mut sink = Writer(Vec::new());
//! assert!(matches!(sink.poll_write(&mut cx, b"Hello."), Poll::Ready(Ok(6))));
//! assert_eq!(sink.0, b"Hello.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beneath;
mod listing;
mod local;
#[cfg(feature = "server")]
mod part;
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
#[cfg(feature = "server")]
pub(crate) use local::denied::of as denied_of;
pub use local::{Durability, LocalDirectory, Partial};
#[cfg(feature = "server")]
pub(crate) use part::Part;
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

    /// How many bytes can still be stored in the directory at `path`. Asked only with
    /// `Abilities::space`.
    ///
    /// ```
    /// use ftp_io::storage::{LocalDirectory, Op, Storage};
    /// use ftp_proto::codec::path::VirtualPath;
    ///
    /// let files = LocalDirectory::open("src")?;
    /// assert!(files.abilities().space);
    /// assert!(matches!(files.space(&VirtualPath::root()), Op::Ready(Ok(_))));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn space(&self, path: &VirtualPath) -> Op<u64> {
        let _ = path;
        Op::Ready(Err(Denied::Unsupported))
    }

    /// The same storage for a user whose new files and directories have none of these permission
    /// bits. Asked only with `Abilities::mask_modes`.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ftp_io::storage::{LocalDirectory, Op, Storage};
    ///
    /// let files = Arc::new(LocalDirectory::open("src")?);
    /// let Op::Ready(Ok(private)) = files.masked(0o077) else { panic!("it has modes") };
    /// assert!(private.abilities().mask_modes);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn masked(self: Arc<Self>, mask: u16) -> Op<Arc<dyn Storage>>
    where
        Self: 'static,
    {
        let _ = mask;
        Op::Ready(Err(Denied::Unsupported))
    }

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
