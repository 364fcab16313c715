//! A storage that is written in Python. Its methods run on threads of their own, so that none of
//! them stops a session.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ftp_io::storage::{Entries, Op, Sink, Source, Storage};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{self, Metadata};
use ftp_proto::server::{Abilities, Change, Denied, Keep, Placement};
use pyo3::exceptions::{
    PyFileExistsError, PyFileNotFoundError, PyIsADirectoryError, PyNotADirectoryError,
    PyNotImplementedError, PyOSError, PyPermissionError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator};
use tokio::task::JoinHandle;

use crate::listing::Entry;
use crate::text::to_str;
use crate::{moment, outputs};

pub(crate) struct PythonStorage(Arc<Py<PyAny>>);

impl PythonStorage {
    pub(crate) fn new(storage: Py<PyAny>) -> Self {
        Self(Arc::new(storage))
    }

    /// Asks the storage on another thread.
    fn ask<T: Send + 'static>(
        &self,
        ask: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<T> + Send + 'static,
    ) -> Op<T> {
        let storage = Arc::clone(&self.0);
        let answer = tokio::task::spawn_blocking(move || {
            attached(|py| ask(storage.bind(py)).map_err(|error| denied(py, &error)))
        });
        Op::Pending(Box::pin(async move {
            answer.await.unwrap_or(Err(Denied::Failed))
        }))
    }

    fn open(&self, path: &VirtualPath, mode: &'static str, offset: u64) -> Op<Arc<Py<PyAny>>> {
        let path = path.clone();
        self.ask(move |storage| {
            let path = to_str(storage.py(), path.as_bytes())?;
            let file = storage.call_method1("open", (path, mode, offset))?;
            Ok(Arc::new(file.unbind()))
        })
    }
}

impl Storage for PythonStorage {
    fn metadata(&self, path: &VirtualPath) -> Op<Metadata> {
        let path = path.clone();
        self.ask(move |storage| {
            let path = to_str(storage.py(), path.as_bytes())?;
            let entry = storage.call_method1("entry", (path,))?;
            Ok(entry.cast::<Entry>()?.get().0.metadata())
        })
    }

    fn open_read(&self, path: &VirtualPath, offset: u64) -> Op<Box<dyn Source + Send>> {
        self.open(path, "rb", offset).map(|file| {
            let source: Box<dyn Source + Send> = Box::new(FileSource {
                file,
                reading: None,
                ready: Vec::new(),
                at: 0,
            });
            source
        })
    }

    fn open_write(&self, path: &VirtualPath, place: Placement) -> Op<Box<dyn Sink + Send>> {
        let (mode, offset) = match place {
            Placement::Whole => ("wb", 0),
            Placement::At(offset) => ("r+b", offset),
            Placement::Append => ("ab", 0),
            Placement::Unique => return Op::Ready(Err(Denied::Unsupported)),
        };
        self.open(path, mode, offset).map(|file| {
            let sink: Box<dyn Sink + Send> = Box::new(FileSink {
                file: Some(file),
                writing: None,
            });
            sink
        })
    }

    fn open_list(&self, path: &VirtualPath) -> Op<Box<dyn Entries + Send>> {
        let path = path.clone();
        self.ask(move |storage| {
            let path = to_str(storage.py(), path.as_bytes())?;
            let entries = storage.call_method1("entries", (path,))?.try_iter()?;
            let entries: Box<dyn Entries + Send> = Box::new(FileEntries {
                entries: Arc::new(entries.unbind()),
                reading: None,
                ready: Vec::new().into_iter(),
                has_ended: false,
            });
            Ok(entries)
        })
    }

    fn change(&self, change: Change) -> Op<()> {
        self.ask(move |storage| {
            let py = storage.py();
            let path = |path: &VirtualPath| to_str(py, path.as_bytes());
            match &change {
                Change::Delete(at) => storage.call_method1("delete", (path(at)?,)),
                Change::RemoveDirectory(at) => {
                    storage.call_method1("remove_directory", (path(at)?,))
                }
                Change::MakeDirectory(at) => storage.call_method1("make_directory", (path(at)?,)),
                Change::Rename { from, to } => {
                    storage.call_method1("rename", (path(from)?, path(to)?))
                }
                Change::SetModified(at, time) => {
                    storage.call_method1("set_modified", (path(at)?, moment::utc(py, *time)?))
                }
                _ => {
                    return Err(PyNotImplementedError::new_err(
                        "a change of a later version",
                    ));
                }
            }
            .map(drop)
        })
    }

    fn abilities(&self) -> Abilities {
        let mut abilities = Abilities::ALL;
        abilities.unique = false;
        abilities
    }
}

/// Runs with the interpreter, unless it ends.
fn attached<T>(act: impl FnOnce(Python<'_>) -> Result<T, Denied>) -> Result<T, Denied> {
    Python::try_attach(act).unwrap_or(Err(Denied::Failed))
}

/// What an exception of a storage says to the client; one that it has no word for is logged.
fn denied(py: Python<'_>, error: &PyErr) -> Denied {
    let is = |class: Bound<'_, pyo3::types::PyType>| error.is_instance(py, class.as_any());
    if is(py.get_type::<PyFileNotFoundError>()) {
        Denied::NotFound
    } else if is(py.get_type::<PyPermissionError>()) {
        Denied::NotPermitted
    } else if is(py.get_type::<PyFileExistsError>()) {
        Denied::Exists
    } else if is(py.get_type::<PyNotADirectoryError>()) {
        Denied::NotDirectory
    } else if is(py.get_type::<PyIsADirectoryError>()) {
        Denied::IsDirectory
    } else if is(py.get_type::<PyNotImplementedError>()) {
        Denied::Unsupported
    } else if is(py.get_type::<PyOSError>()) {
        let number = error.value(py).getattr("errno").and_then(|it| it.extract());
        let name = number.and_then(|number: i32| {
            let names = py.import("errno")?.getattr("errorcode")?;
            names.get_item(number)?.extract::<String>()
        });
        match name.as_deref() {
            Ok("ENOSPC") => Denied::NoSpace,
            Ok("EDQUOT") => Denied::QuotaExceeded,
            Ok("ENOTEMPTY") => Denied::NotEmpty,
            Ok("EBUSY" | "ETXTBSY") => Denied::Busy,
            _ => failed(py, error),
        }
    } else if is(py.get_type::<PyValueError>()) {
        Denied::BadName
    } else {
        failed(py, error)
    }
}

fn failed(py: Python<'_>, error: &PyErr) -> Denied {
    // A log that cannot be written stops no server.
    let _ = outputs::made(py, "storage_failed", (error.value(py),));
    Denied::Failed
}

/// A reading file of Python's, in pieces.
struct FileSource {
    file: Arc<Py<PyAny>>,
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
    ready: Vec<u8>,
    at: usize,
}

impl Source for FileSource {
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.at == self.ready.len() {
            let file = &self.file;
            let reading = self.reading.get_or_insert_with(|| {
                let file = Arc::clone(file);
                calling(move |py| {
                    let data = file.bind(py).call_method1("read", (PIECE,))?;
                    Ok(data.cast::<PyBytes>()?.as_bytes().to_vec())
                })
            });
            let read = ready!(finished(reading, cx));
            self.reading = None;
            self.ready = read?;
            self.at = 0;
        }
        let left = self.ready.get(self.at..).unwrap_or_default();
        let taken = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), left.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.at += taken;
        Poll::Ready(Ok(taken))
    }
}

impl Drop for FileSource {
    fn drop(&mut self) {
        close(&self.file);
    }
}

/// A writing file of Python's; one piece is on its way.
struct FileSink {
    /// `None` when it was let go of.
    file: Option<Arc<Py<PyAny>>>,
    writing: Option<JoinHandle<io::Result<()>>>,
}

impl Sink for FileSink {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(writing) = &mut self.writing {
            let written = ready!(finished(writing, cx));
            self.writing = None;
            written?;
        }
        let piece = bytes
            .get(..bytes.len().min(PIECE))
            .unwrap_or(bytes)
            .to_vec();
        let taken = piece.len();
        let Some(file) = self.file.clone() else {
            return Poll::Ready(Err(io::Error::other("the file was let go of")));
        };
        self.writing = Some(calling(move |py| {
            let piece = PyBytes::new(py, &piece);
            file.bind(py).call_method1("write", (piece,)).map(drop)
        }));
        Poll::Ready(Ok(taken))
    }

    fn finish(mut self: Box<Self>, keep: Keep) -> Op<()> {
        let writing = self.writing.take();
        let Some(file) = self.file.take() else {
            return Op::Ready(Err(Denied::Failed));
        };
        Op::Pending(Box::pin(async move {
            if let Some(writing) = writing {
                let written = writing.await.map_err(|_| Denied::Failed)?;
                written.map_err(|_| Denied::Failed)?;
            }
            let closing = tokio::task::spawn_blocking(move || {
                attached(|py| part(py, &file, keep).map_err(|error| denied(py, &error)))
            });
            closing.await.unwrap_or(Err(Denied::Failed))
        }))
    }
}

/// One that was not finished has not all of its file.
impl Drop for FileSink {
    fn drop(&mut self) {
        let (Some(file), writing) = (self.file.take(), self.writing.take()) else {
            return;
        };
        let part = move || {
            // It is let go of in any case.
            let _ = Python::try_attach(|py| part(py, &file, Keep::Partial));
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                if let Some(writing) = writing {
                    let _ = writing.await;
                }
                tokio::task::spawn_blocking(part).await
            })),
            Err(_) => part(),
        }
    }
}

/// Lets go of a file that was written: one that can be given up is, when not all of it has come.
fn part(py: Python<'_>, file: &Py<PyAny>, keep: Keep) -> PyResult<()> {
    let file = file.bind(py);
    let given_up = keep == Keep::Partial && file.hasattr("discard")?;
    let how = if given_up { "discard" } else { "close" };
    file.call_method0(how).map(drop)
}

struct FileEntries {
    entries: Arc<Py<PyIterator>>,
    reading: Option<JoinHandle<io::Result<Vec<listing::Entry>>>>,
    ready: std::vec::IntoIter<listing::Entry>,
    has_ended: bool,
}

impl Entries for FileEntries {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<listing::Entry>>> {
        loop {
            if let Some(entry) = self.ready.next() {
                return Poll::Ready(Some(Ok(entry)));
            }
            if self.has_ended {
                return Poll::Ready(None);
            }
            let entries = &self.entries;
            let reading = self.reading.get_or_insert_with(|| {
                let entries = Arc::clone(entries);
                calling(move |py| {
                    let mut some = Vec::new();
                    for entry in entries.bind(py).clone().take(SOME_ENTRIES) {
                        some.push(entry?.cast::<Entry>()?.get().0.clone());
                    }
                    Ok(some)
                })
            });
            let read = ready!(finished(reading, cx));
            self.reading = None;
            match read {
                Ok(some) => {
                    self.has_ended = some.len() < SOME_ENTRIES;
                    self.ready = some.into_iter();
                }
                Err(error) => {
                    self.has_ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

/// Calls into Python on another thread.
fn calling<T: Send + 'static>(
    call: impl FnOnce(Python<'_>) -> PyResult<T> + Send + 'static,
) -> JoinHandle<io::Result<T>> {
    tokio::task::spawn_blocking(move || {
        let called = Python::try_attach(|py| {
            call(py).map_err(|error| match denied(py, &error) {
                Denied::NoSpace => io::Error::from(io::ErrorKind::StorageFull),
                Denied::QuotaExceeded => io::Error::from(io::ErrorKind::QuotaExceeded),
                _ => io::Error::other("the storage failed"),
            })
        });
        called.unwrap_or_else(|| Err(io::Error::other("the interpreter ends")))
    })
}

fn finished<T>(
    running: &mut JoinHandle<io::Result<T>>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<T>> {
    Pin::new(running)
        .poll(cx)
        .map(|joined| joined.unwrap_or_else(|error| Err(io::Error::other(error))))
}

fn close(file: &Arc<Py<PyAny>>) {
    let file = Arc::clone(file);
    let close = move || {
        // It is let go of in any case.
        let _ = Python::try_attach(|py| file.call_method0(py, "close").map(drop));
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(close)),
        Err(_) => close(),
    }
}

const PIECE: usize = 256 * 1024;
const SOME_ENTRIES: usize = 256;
