//! Either client, so that a scenario is written once.

use std::io::{Read, Write};

use bytes::Bytes;
use ftp_io::client::{
    Canceller, ClientOptions, Copied, Download, Error, Progress, Transfer, Upload,
};
use ftp_io::storage::{Sink, Source};
use ftp_proto::DateTime;
use ftp_proto::client::{Listing, Login, Retrieve, Store};
use ftp_proto::codec::command::Argument;
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::reply::Reply;
use ftp_proto::listing::Entry;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

/// Which client.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Blocking,
    Tokio,
}

/// Makes two tests of each scenario.
#[macro_export]
macro_rules! both {
    ($($scenario:ident)*) => {
        mod blocking {
            $(#[test]
            fn $scenario() {
                super::$scenario($crate::kind::Kind::Blocking);
            })*
        }
        mod on_tokio {
            $(#[test]
            fn $scenario() {
                super::$scenario($crate::kind::Kind::Tokio);
            })*
        }
    };
}

/// A client of either kind, the one on tokio with a runtime that runs only during its calls.
#[derive(Debug)]
pub(crate) enum Client {
    Blocking(ftp_io::blocking::Client),
    Tokio(Runtime, ftp_io::Client),
}

/// Calls a method of either client.
macro_rules! call {
    ($client:expr, $method:ident($($argument:expr),*)) => {
        match $client {
            Client::Blocking(client) => client.$method($($argument),*),
            Client::Tokio(runtime, client) => runtime.block_on(client.$method($($argument),*)),
        }
    };
}

impl Client {
    pub(crate) fn connect(
        kind: Kind,
        host: &str,
        port: u16,
        options: ClientOptions,
    ) -> Result<Self, Error> {
        match kind {
            Kind::Blocking => {
                ftp_io::blocking::Client::connect(host, port, options).map(Self::Blocking)
            }
            Kind::Tokio => {
                let runtime = runtime();
                let client = runtime.block_on(ftp_io::Client::connect(host, port, options))?;
                Ok(Self::Tokio(runtime, client))
            }
        }
    }

    pub(crate) fn login(&mut self, login: Login) -> Result<Reply, Error> {
        call!(self, login(login))
    }

    pub(crate) fn retrieve(
        &mut self,
        path: Argument,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Transfer, Error> {
        call!(self, retrieve(path, sink))
    }

    pub(crate) fn retrieve_with(
        &mut self,
        retrieve: Retrieve,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Transfer, Error> {
        call!(self, retrieve_with(retrieve, sink))
    }

    pub(crate) fn store(
        &mut self,
        store: Store,
        source: &mut (dyn Source + Send),
    ) -> Result<Transfer, Error> {
        call!(self, store(store, source))
    }

    pub(crate) fn download(
        &mut self,
        download: Download,
        report: impl FnMut(Progress) + Send,
    ) -> Result<Copied, Error> {
        call!(self, download_with(download, report))
    }

    pub(crate) fn upload(
        &mut self,
        upload: Upload,
        report: impl FnMut(Progress) + Send,
    ) -> Result<Copied, Error> {
        call!(self, upload_with(upload, report))
    }

    pub(crate) fn size(&mut self, path: &str) -> Result<u64, Error> {
        call!(self, size(path))
    }

    pub(crate) fn delete(&mut self, path: Argument) -> Result<Reply, Error> {
        call!(self, delete(path))
    }

    pub(crate) fn list(&mut self, path: Option<Argument>) -> Result<Vec<Entry>, Error> {
        call!(self, list(path))
    }

    pub(crate) fn features(&mut self) -> Result<Features, Error> {
        call!(self, features())
    }

    pub(crate) fn modified(&mut self, path: &str) -> Result<DateTime, Error> {
        call!(self, modified(path))
    }

    pub(crate) fn working_directory(&mut self) -> Result<Bytes, Error> {
        call!(self, working_directory())
    }

    pub(crate) fn noop(&mut self) -> Result<Reply, Error> {
        call!(self, noop())
    }

    pub(crate) fn quit(self) -> Result<(), Error> {
        call!(self, quit())
    }

    pub(crate) fn canceller(&self) -> Canceller {
        match self {
            Self::Blocking(client) => client.canceller(),
            Self::Tokio(_, client) => client.canceller(),
        }
    }

    pub(crate) fn read(&mut self, path: &str) -> Result<Reader<'_>, Error> {
        Ok(match self {
            Self::Blocking(client) => Reader::Blocking(client.read(path)?),
            Self::Tokio(runtime, client) => {
                let reader = runtime.block_on(client.read(path))?;
                Reader::Tokio(runtime, reader)
            }
        })
    }

    pub(crate) fn write(&mut self, path: &str) -> Result<Writer<'_>, Error> {
        Ok(match self {
            Self::Blocking(client) => Writer::Blocking(client.write(path)?),
            Self::Tokio(runtime, client) => {
                let writer = runtime.block_on(client.write(path))?;
                Writer::Tokio(runtime, writer)
            }
        })
    }

    pub(crate) fn entries_with(&mut self, listing: Listing) -> Result<Entries<'_>, Error> {
        Ok(match self {
            Self::Blocking(client) => Entries::Blocking(client.entries_with(listing)?),
            Self::Tokio(runtime, client) => {
                let entries = runtime.block_on(client.entries_with(listing))?;
                Entries::Tokio(runtime, entries)
            }
        })
    }

    pub(crate) fn entries(&mut self, path: Option<Argument>) -> Result<Entries<'_>, Error> {
        Ok(match self {
            Self::Blocking(client) => Entries::Blocking(client.entries(path)?),
            Self::Tokio(runtime, client) => {
                let entries = runtime.block_on(client.entries(path))?;
                Entries::Tokio(runtime, entries)
            }
        })
    }
}

/// A file that either client reads.
pub(crate) enum Reader<'a> {
    Blocking(ftp_io::blocking::Reader<'a>),
    Tokio(&'a Runtime, ftp_io::asynchronous::Reader<'a>),
}

impl Reader<'_> {
    pub(crate) fn transfer(&self) -> Option<&Transfer> {
        match self {
            Self::Blocking(reader) => reader.transfer(),
            Self::Tokio(_, reader) => reader.transfer(),
        }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Blocking(reader) => reader.read(buffer),
            Self::Tokio(runtime, reader) => runtime.block_on(reader.read(buffer)),
        }
    }
}

/// A file that either client writes.
pub(crate) enum Writer<'a> {
    Blocking(ftp_io::blocking::Writer<'a>),
    Tokio(&'a Runtime, ftp_io::asynchronous::Writer<'a>),
}

impl Writer<'_> {
    pub(crate) fn finish(self) -> Result<Transfer, Error> {
        match self {
            Self::Blocking(writer) => writer.finish(),
            Self::Tokio(runtime, writer) => runtime.block_on(writer.finish()),
        }
    }
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Blocking(writer) => writer.write(bytes),
            Self::Tokio(runtime, writer) => runtime.block_on(writer.write(bytes)),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Blocking(writer) => writer.flush(),
            Self::Tokio(runtime, writer) => runtime.block_on(writer.flush()),
        }
    }
}

/// A listing that either client reads.
pub(crate) enum Entries<'a> {
    Blocking(ftp_io::blocking::Entries<'a>),
    Tokio(&'a Runtime, ftp_io::asynchronous::Entries<'a>),
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Blocking(entries) => entries.next(),
            Self::Tokio(runtime, entries) => runtime.block_on(entries.next()),
        }
    }
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
