//! What a program asks of a blocking client.

use std::net::TcpStream;
use std::path::PathBuf;

use bytes::Bytes;
use ftp_proto::client::{ClientSession, Listing, Login, Retrieve, Store, StoreAs};
use ftp_proto::codec::command::{Argument, Command};
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::reply::Reply;
use ftp_proto::listing::Entry;
use ftp_proto::{ControlAddresses, DateTime, Direction, OpId, UsageError};

use super::connect;
use super::driver::Driver;
use super::stream::{Entries, Reader, Writer};
use crate::client::{
    Asking, Canceller, ClientOptions, Copied, Download, Error, FromSource, FtpUrl, IntoArgument,
    Nothing, Progress, ToSink, Transfer, Upload, answer, file,
};
use crate::storage::{Sink, Source};

/// A connection to a server, logged in or not. Every call waits until its operation has ended, and
/// never past the deadlines of its options.
///
/// ```
/// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
/// # let server = serve::Served::new();
/// use ftp_io::blocking::Client;
/// use ftp_io::client::{ClientOptions, FtpUrl};
///
/// # let address = server.address;
/// let url: FtpUrl = format!("ftp://ada:secret@{address}/").parse()?;
/// let mut client = Client::connect_url(&url, ClientOptions::default())?;
/// let mut file = Vec::new();
/// std::io::copy(&mut client.read("motd")?, &mut file)?;
/// assert_eq!(file, b"Hello.\n");
/// client.quit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Client {
    pub(super) driver: Driver,
}

impl Client {
    /// Connects to a host by name or address, over whichever of its addresses answers first (RFC
    /// 8305), and waits for the greeting.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::blocking::Client;
    /// use ftp_io::client::ClientOptions;
    ///
    /// # let port = server.address.port();
    /// let client = Client::connect("127.0.0.1", port, ClientOptions::default())?;
    /// assert_eq!(client.addresses().peer.port(), port);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Resolve`], [`Error::Connect`] for the last address tried, or what the server did
    /// instead of greeting.
    pub fn connect(host: &str, port: u16, options: ClientOptions) -> Result<Self, Error> {
        let control = connect::connect(host, port, &options)?;
        let driver = Driver::new(control, Some(host), options)?;
        Ok(Self { driver })
    }

    /// Takes over a control connection that somebody else made, and waits for the greeting.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::blocking::Client;
    /// use ftp_io::client::ClientOptions;
    ///
    /// # let address = server.address;
    /// let control = std::net::TcpStream::connect(address)?;
    /// let client = Client::over(control, ClientOptions::default())?;
    /// client.quit()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What the server did instead of greeting.
    pub fn over(control: TcpStream, options: ClientOptions) -> Result<Self, Error> {
        let driver = Driver::new(control, None, options)?;
        Ok(Self { driver })
    }

    /// Connects to where an address says, and logs in as it says; anonymously if it names nobody
    /// (RFC 1635).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::blocking::Client;
    /// use ftp_io::client::{ClientOptions, FtpUrl};
    ///
    /// # let address = server.address;
    /// let url: FtpUrl = format!("ftp://ada:secret@{address}/motd").parse()?;
    /// let mut client = Client::connect_url(&url, ClientOptions::default())?;
    /// let path = url.path.ok_or("the address names no file")?;
    /// assert_eq!(client.size(path)?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) and of [`login`](Self::login).
    pub fn connect_url(url: &FtpUrl, options: ClientOptions) -> Result<Self, Error> {
        let login = url.login()?;
        let mut client = Self::connect(&url.host, url.port, url.options(options)?)?;
        client.login(login)?;
        Ok(client)
    }

    /// Logs in.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::blocking::Client;
    /// use ftp_io::client::ClientOptions;
    /// use ftp_proto::client::Login;
    ///
    /// # let port = server.address.port();
    /// let mut client = Client::connect("127.0.0.1", port, ClientOptions::default())?;
    /// let login = Login::new("ada".try_into()?, "secret".try_into()?);
    /// assert_eq!(client.login(login)?.code().to_u16(), 230);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn login(&mut self, login: Login) -> Result<Reply, Error> {
        self.driver.core.begin(|session| session.login(login))?;
        answer::reply(self.driver.run(&mut Nothing)?)
    }

    /// Opens a file for reading, in TYPE I, from its beginning.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use std::io::Read;
    ///
    /// # let mut client = server.blocking()?;
    /// let mut reader = client.read("motd")?;
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "Hello.\n");
    /// assert_eq!(reader.transfer().map(|transfer| transfer.bytes), Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not give the file.
    pub fn read(&mut self, path: impl IntoArgument) -> Result<Reader<'_>, Error> {
        let retrieve = Retrieve::new(path.into_argument()?);
        self.read_with(retrieve)
    }

    /// Opens a file, or the part of it behind an offset, for reading.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::client::Retrieve;
    /// use std::io::Read;
    ///
    /// # let mut client = server.blocking()?;
    /// let mut retrieve = Retrieve::new("motd".try_into()?);
    /// retrieve.offset = 4;
    /// let mut rest = Vec::new();
    /// client.read_with(retrieve)?.read_to_end(&mut rest)?;
    /// assert_eq!(rest, b"o.\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_with(&mut self, retrieve: Retrieve) -> Result<Reader<'_>, Error> {
        self.begin_stream(|session| session.retrieve(retrieve), Direction::Receive)?;
        Ok(Reader::new(&mut self.driver))
    }

    /// Opens a file for writing, in TYPE I, in place of what is there.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use std::io::Write;
    ///
    /// # let mut client = server.blocking()?;
    /// let mut writer = client.write("notes")?;
    /// writer.write_all(b"Buy milk.")?;
    /// assert_eq!(writer.finish()?.bytes, 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not take the file.
    pub fn write(&mut self, path: impl IntoArgument) -> Result<Writer<'_>, Error> {
        let store = Store::new(StoreAs::Whole(path.into_argument()?));
        self.write_with(store)
    }

    /// Opens a file for writing: a whole one, one from an offset on, behind what is there, or under
    /// a name that the server makes.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::client::{Store, StoreAs};
    /// use std::io::Write;
    ///
    /// # let mut client = server.blocking()?;
    /// let store = Store::new(StoreAs::Append("motd".try_into()?));
    /// let mut writer = client.write_with(store)?;
    /// writer.write_all(b"Bye.\n")?;
    /// writer.finish()?;
    /// assert_eq!(client.size("motd")?, 12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_with(&mut self, store: Store) -> Result<Writer<'_>, Error> {
        self.begin_stream(|session| session.store(store), Direction::Send)?;
        Ok(Writer::new(&mut self.driver))
    }

    /// Retrieves a whole file in TYPE I. With a local file as the sink, its bytes do not pass
    /// through this process where the operating system can spare it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::storage::Writer;
    ///
    /// # let mut client = server.blocking()?;
    /// let mut file = Writer(Vec::new());
    /// client.retrieve("motd", &mut file)?;
    /// assert_eq!(file.0, b"Hello.\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if `sink` did.
    pub fn retrieve(
        &mut self,
        path: impl IntoArgument,
        sink: &mut dyn Sink,
    ) -> Result<Transfer, Error> {
        let retrieve = Retrieve::new(path.into_argument()?);
        self.retrieve_with(retrieve, sink)
    }

    /// Retrieves a file, or the part of it behind an offset.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::storage::Writer;
    /// use ftp_proto::client::Retrieve;
    ///
    /// # let mut client = server.blocking()?;
    /// let mut retrieve = Retrieve::new("motd".try_into()?);
    /// retrieve.offset = 4;
    /// let mut rest = Writer(Vec::new());
    /// client.retrieve_with(retrieve, &mut rest)?;
    /// assert_eq!(rest.0, b"o.\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub fn retrieve_with(
        &mut self,
        retrieve: Retrieve,
        sink: &mut dyn Sink,
    ) -> Result<Transfer, Error> {
        self.driver
            .core
            .begin(|session| session.retrieve(retrieve))?;
        answer::transfer(self.driver.run(&mut ToSink(sink))?)
    }

    /// Stores a file.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::storage::Reader;
    /// use ftp_proto::client::{Store, StoreAs};
    ///
    /// # let mut client = server.blocking()?;
    /// let store = Store::new(StoreAs::Whole("notes".try_into()?));
    /// let transfer = client.store(store, &mut Reader(&b"Buy milk."[..]))?;
    /// assert_eq!(transfer.bytes, 9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if `source` did.
    pub fn store(&mut self, store: Store, source: &mut dyn Source) -> Result<Transfer, Error> {
        self.driver.core.begin(|session| session.store(store))?;
        answer::transfer(self.driver.run(&mut FromSource(source))?)
    }

    /// Retrieves a file into one of this machine, and compares its size where the server tells it
    /// (SIZE). Its bytes do not pass through this process where the operating system can spare it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// let here = server.directory.path().join("copy");
    /// let copied = client.download("motd", &here)?;
    /// assert_eq!(copied.size, 7);
    /// assert_eq!(std::fs::read(here)?, b"Hello.\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if the file here did. It then
    /// holds what has come, or what it held before if nothing has.
    pub fn download(
        &mut self,
        from: impl IntoArgument,
        to: impl Into<PathBuf>,
    ) -> Result<Copied, Error> {
        let download = Download::new(from, to)?;
        self.download_with(download, |_| {})
    }

    /// Retrieves a file, or what is missing of it here, and tells how far that is.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::client::Download;
    ///
    /// # let mut client = server.blocking()?;
    /// let here = server.directory.path().join("copy");
    /// std::fs::write(&here, "Hell")?;
    /// let mut done = 0;
    /// let download = Download::new("motd", &here)?.resume();
    /// let copied = client.download_with(download, |progress| done = progress.done)?;
    /// assert_eq!(copied.transfer.map(|transfer| transfer.bytes), Some(3));
    /// assert_eq!(done, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download), and [`Error::LargerThanSource`].
    pub fn download_with(
        &mut self,
        download: Download,
        mut report: impl FnMut(Progress) + Send,
    ) -> Result<Copied, Error> {
        let path = download.remote();
        self.driver.core.begin(|session| session.size(path))?;
        let size = file::told(self.driver.run(&mut Nothing))?;
        let Some(mut retrieving) = download.prepare(size)? else {
            return Ok(Copied::already(size.unwrap_or(0)));
        };
        let retrieve = retrieving.retrieve.clone();
        self.driver
            .core
            .begin_next(|session| session.retrieve(retrieve))?;
        let result = self.driver.run(&mut retrieving.site(&mut report));
        retrieving.settle(result)
    }

    /// Stores a file of this machine. Its bytes do not pass through this process where the
    /// operating system can spare it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// let here = server.directory.path().join("motd");
    /// client.upload(here, "copy")?;
    /// assert_eq!(client.size("copy")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if the file here did.
    pub fn upload(
        &mut self,
        from: impl Into<PathBuf>,
        to: impl IntoArgument,
    ) -> Result<Copied, Error> {
        let upload = Upload::new(from, to)?;
        self.upload_with(upload, |_| {})
    }

    /// Stores a file, or what the server lacks of it, and tells how far that is. After an upload
    /// that was resumed, the size at the server is compared.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::client::Upload;
    ///
    /// # let mut client = server.blocking()?;
    /// std::fs::write(server.directory.path().join("copy"), "Hell")?;
    /// let here = server.directory.path().join("motd");
    /// let upload = Upload::new(here, "copy")?.resume();
    /// let copied = client.upload_with(upload, |_| {})?;
    /// assert_eq!(copied.transfer.map(|transfer| transfer.bytes), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`upload`](Self::upload), [`Error::LargerThanSource`] and [`Error::SizeDiffers`].
    pub fn upload_with(
        &mut self,
        upload: Upload,
        mut report: impl FnMut(Progress) + Send,
    ) -> Result<Copied, Error> {
        let (path, is_resumed) = (upload.remote(), upload.is_resumed());
        let there = match is_resumed {
            false => None,
            true => {
                self.driver
                    .core
                    .begin(|session| session.size(path.clone()))?;
                Some(file::there(self.driver.run(&mut Nothing))?)
            }
        };
        let Some(mut storing) = upload.prepare(there.unwrap_or(0))? else {
            return Ok(Copied::already(there.unwrap_or(0)));
        };
        let store = storing.store.clone();
        match is_resumed {
            false => self.driver.core.begin(|session| session.store(store))?,
            true => self
                .driver
                .core
                .begin_next(|session| session.store(store))?,
        }
        let result = self.driver.run(&mut storing.site(&mut report));
        let copied = storing.settle(result)?;
        if !is_resumed {
            return Ok(copied);
        }
        self.driver.core.begin_next(|session| session.size(path))?;
        let found = file::told(self.driver.run(&mut Nothing))?;
        file::compare(copied, found)
    }

    /// Lists a directory, or the working directory: MLSD where the server has it, else LIST.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// let entries = client.list(None)?;
    /// assert_eq!(entries[0].name(), b"motd");
    /// assert_eq!(entries[0].size(), Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Listing`] past its bounds.
    pub fn list(&mut self, path: Option<Argument>) -> Result<Vec<Entry>, Error> {
        self.entries(path)?.collect()
    }

    /// Lists a directory, or the working directory, of any size: the entries come one by one.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// let entries = client.entries(None)?;
    /// for entry in entries {
    ///     assert_eq!(entry?.name(), b"motd");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not list it.
    pub fn entries(&mut self, path: Option<Argument>) -> Result<Entries<'_>, Error> {
        self.entries_with(Listing::new(path))
    }

    /// Lists a directory in the form asked for.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::client::{Listing, ListingKind};
    ///
    /// # let mut client = server.blocking()?;
    /// let mut listing = Listing::new(None);
    /// listing.kind = ListingKind::Native;
    /// let entries = client.entries_with(listing)?;
    /// for entry in entries {
    ///     assert_eq!(entry?.size(), Some(7));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not list it.
    pub fn entries_with(&mut self, listing: Listing) -> Result<Entries<'_>, Error> {
        self.begin_stream(|session| session.list(listing), Direction::Receive)?;
        Ok(Entries::new(&mut self.driver))
    }

    /// Retrieves a listing as the server sends it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::storage::Writer;
    /// use ftp_proto::client::{Listing, ListingKind};
    ///
    /// # let mut client = server.blocking()?;
    /// let mut listing = Listing::new(None);
    /// listing.kind = ListingKind::Names;
    /// let mut names = Writer(Vec::new());
    /// client.list_to(listing, &mut names)?;
    /// assert_eq!(names.0, b"motd\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub fn list_to(&mut self, listing: Listing, sink: &mut dyn Sink) -> Result<Transfer, Error> {
        self.driver.core.begin(|session| session.list(listing))?;
        answer::transfer(self.driver.run(&mut ToSink(sink))?)
    }

    /// How many bytes a file has (SIZE, RFC 3659 §4).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert_eq!(client.size("motd")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the
    /// server does not tell.
    pub fn size(&mut self, path: impl IntoArgument) -> Result<u64, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.size(path), answer::size)
    }

    /// When a file was modified, in UTC (MDTM, RFC 3659 §3).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert!(client.modified("motd")?.year() >= 2024);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the
    /// server does not tell.
    pub fn modified(&mut self, path: impl IntoArgument) -> Result<DateTime, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.modified(path), answer::modified)
    }

    /// What the server knows of one file or directory, or of the working directory (MLST, RFC 3659
    /// §7).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// let entry = client.facts(Some("motd".try_into()?))?;
    /// assert_eq!(entry.size(), Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the
    /// server has no MLST.
    pub fn facts(&mut self, path: Option<Argument>) -> Result<Entry, Error> {
        self.ask(|session| session.facts(path), answer::entry)
    }

    /// The working directory (PWD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert_eq!(client.working_directory()?, "/");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused), or a reply that cannot be read.
    pub fn working_directory(&mut self) -> Result<Bytes, Error> {
        self.ask(ClientSession::working_directory, answer::path)
    }

    /// What the server can do (FEAT, RFC 2389 §3).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert!(client.features()?.has("MLST"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) by a server that does not know FEAT.
    pub fn features(&mut self) -> Result<Features, Error> {
        self.ask(ClientSession::features, answer::features)
    }

    /// Gets to know the server behind the login: what it can do, as [`features`](Self::features)
    /// tells it, and what is to be switched on for that, such as names in UTF-8. No refusal is an
    /// error.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert!(client.acquaint()?.has("UTF8"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`]: the session has ended.
    pub fn acquaint(&mut self) -> Result<Features, Error> {
        self.ask(ClientSession::acquaint, answer::features)
    }

    /// Changes the working directory (CWD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.make_directory("a")?;
    /// client.change_directory("a")?;
    /// assert_eq!(client.working_directory()?, "/a");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn change_directory(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.change_directory(path), answer::reply)
    }

    /// Changes to the directory above the working directory (CDUP).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.make_directory("a")?;
    /// client.change_directory("a")?;
    /// client.change_to_parent()?;
    /// assert_eq!(client.working_directory()?, "/");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn change_to_parent(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::change_to_parent, answer::reply)
    }

    /// Makes a directory (MKD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.make_directory("a dir")?;
    /// assert!(server.directory.path().join("a dir").is_dir());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn make_directory(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.make_directory(path), answer::reply)
    }

    /// Removes an empty directory (RMD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.make_directory("a")?;
    /// client.remove_directory("a")?;
    /// assert!(!server.directory.path().join("a").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn remove_directory(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.remove_directory(path), answer::reply)
    }

    /// Deletes a file (DELE).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.delete("motd")?;
    /// assert!(!server.directory.path().join("motd").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn delete(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.delete(path), answer::reply)
    }

    /// Renames a file or a directory (RNFR, RNTO).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.rename("motd", "motd.old")?;
    /// assert!(server.directory.path().join("motd.old").exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn rename(
        &mut self,
        from: impl IntoArgument,
        to: impl IntoArgument,
    ) -> Result<Reply, Error> {
        let (from, to) = (from.into_argument()?, to.into_argument()?);
        self.ask(|session| session.rename(from, to), answer::reply)
    }

    /// Which operating system the server says it is (SYST).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert!(client.system()?.text().starts_with(b"UNIX"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn system(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::system, answer::reply)
    }

    /// Does nothing, and so finds out whether the server is there (NOOP).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert!(client.noop()?.is_completion());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`]: it is not.
    pub fn noop(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::noop, answer::reply)
    }

    /// Sends any command that needs no data connection.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_proto::codec::command::Command;
    ///
    /// # let mut client = server.blocking()?;
    /// let reply = client.command(Command::Stat(None))?;
    /// assert_eq!(reply.code().to_u16(), 211);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UsageError::NotRaw`] for one in which the session takes part.
    pub fn command(&mut self, command: Command) -> Result<Reply, Error> {
        self.ask(|session| session.command(command), answer::reply)
    }

    /// Brings the control connection out of TLS (CCC, RFC 4217 §6), so that a firewall can follow it;
    /// data connections stay under TLS. What is said from here on can be read and forged by anybody
    /// on the way; few servers allow it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve_tls.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.client()?.connect_blocking()?;
    /// client.clear_control()?;
    /// assert_eq!(client.size("motd")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    #[cfg(feature = "tls")]
    pub fn clear_control(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::clear_control, answer::reply)
    }

    /// Says QUIT, and waits for the reply.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// client.quit()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The server was silent too long.
    pub fn quit(mut self) -> Result<(), Error> {
        self.ask(ClientSession::quit, answer::nothing)
    }

    /// What ends, from another task or thread, the operation that runs then.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::client::Error;
    /// use ftp_proto::client::OperationError;
    /// use std::io::Write;
    ///
    /// # let mut client = server.blocking()?;
    /// let canceller = client.canceller();
    /// let mut writer = client.write("endless")?;
    /// writer.write_all(b"and so on")?;
    /// std::thread::spawn(move || canceller.cancel()).join().expect("no panic");
    /// let end = writer.finish();
    /// assert!(matches!(end, Err(Error::Operation(OperationError::Aborted))));
    /// client.noop()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn canceller(&self) -> Canceller {
        self.driver.core.canceller()
    }

    /// The two ends of the control connection.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # let server = serve::Served::new();
    /// # let mut client = server.blocking()?;
    /// assert_eq!(client.addresses().peer, server.address);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn addresses(&self) -> &ControlAddresses {
        self.driver.core.session.addresses()
    }

    pub(super) fn ask<T>(
        &mut self,
        ask: impl FnOnce(&mut ClientSession) -> Result<OpId, UsageError>,
        read: fn(ftp_proto::client::Outcome) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.driver.core.begin(|session| ask(session))?;
        read(self.driver.run(&mut Nothing)?)
    }

    /// Begins a transfer, up to the server's consent.
    fn begin_stream(
        &mut self,
        ask: impl FnOnce(&mut Asking<'_>) -> Result<OpId, UsageError>,
        direction: Direction,
    ) -> Result<(), Error> {
        self.driver.core.begin(ask)?;
        self.driver.start(direction)
    }
}
