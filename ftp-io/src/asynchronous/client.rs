//! What a program asks of a client on tokio.

use std::path::PathBuf;

use bytes::Bytes;
use ftp_proto::client::{ClientSession, Listing, Login, Retrieve, Store, StoreAs};
use ftp_proto::codec::command::{Argument, Command};
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::reply::Reply;
use ftp_proto::listing::Entry;
use ftp_proto::{ControlAddresses, DateTime, Direction, OpId, UsageError};
use tokio::net::TcpStream;

use super::connect;
use super::driver::Driver;
use super::stream::{Entries, Reader, Writer};
use crate::client::{
    Asking, Canceller, ClientOptions, Copied, Download, Error, FromSource, FtpUrl, IntoArgument,
    Nothing, Progress, ToSink, Transfer, Upload, answer, file,
};
use crate::storage::{Sink, Source};

/// A connection to a server, logged in or not. The future of every method ends with its operation,
/// and never past the deadlines of the options.
///
/// A future that is dropped before its end aborts its operation, and the client can be used on.
///
/// ```
/// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
/// # serve::run(async |server| {
/// use ftp_io::Client;
/// use ftp_io::client::{ClientOptions, FtpUrl};
///
/// # let address = server.address;
/// let url: FtpUrl = format!("ftp://ada:secret@{address}/").parse()?;
/// let mut client = Client::connect_url(&url, ClientOptions::default()).await?;
/// let mut file = Vec::new();
/// tokio::io::copy(&mut client.read("motd").await?, &mut file).await?;
/// assert_eq!(file, b"Hello.\n");
/// client.quit().await?;
/// # Ok(())
/// # });
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
    /// # serve::run(async |server| {
    /// use ftp_io::Client;
    /// use ftp_io::client::ClientOptions;
    ///
    /// # let port = server.address.port();
    /// let client = Client::connect("127.0.0.1", port, ClientOptions::default()).await?;
    /// assert_eq!(client.addresses().peer.port(), port);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Resolve`], [`Error::Connect`] for the last address tried, or what the server did
    /// instead of greeting.
    pub async fn connect(host: &str, port: u16, options: ClientOptions) -> Result<Self, Error> {
        let control = connect::connect(host, port, &options).await?;
        let driver = Driver::new(control, Some(host), options).await?;
        Ok(Self { driver })
    }

    /// Takes over a control connection that somebody else made, and waits for the greeting.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::Client;
    /// use ftp_io::client::ClientOptions;
    ///
    /// # let address = server.address;
    /// let control = tokio::net::TcpStream::connect(address).await?;
    /// let client = Client::over(control, ClientOptions::default()).await?;
    /// client.quit().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// What the server did instead of greeting.
    pub async fn over(control: TcpStream, options: ClientOptions) -> Result<Self, Error> {
        let driver = Driver::new(control, None, options).await?;
        Ok(Self { driver })
    }

    /// Connects to where an address says, and logs in as it says; anonymously if it names nobody
    /// (RFC 1635).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::Client;
    /// use ftp_io::client::{ClientOptions, FtpUrl};
    ///
    /// # let address = server.address;
    /// let url: FtpUrl = format!("ftp://ada:secret@{address}/motd").parse()?;
    /// let mut client = Client::connect_url(&url, ClientOptions::default()).await?;
    /// let path = url.path.ok_or("the address names no file")?;
    /// assert_eq!(client.size(path).await?, 7);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) and of [`login`](Self::login).
    pub async fn connect_url(url: &FtpUrl, options: ClientOptions) -> Result<Self, Error> {
        let login = url.login()?;
        let mut client = Self::connect(&url.host, url.port, url.options(options)?).await?;
        client.login(login).await?;
        Ok(client)
    }

    /// Logs in.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::Client;
    /// use ftp_io::client::ClientOptions;
    /// use ftp_proto::client::Login;
    ///
    /// # let port = server.address.port();
    /// let mut client = Client::connect("127.0.0.1", port, ClientOptions::default()).await?;
    /// let login = Login::new("ada".try_into()?, "secret".try_into()?);
    /// assert_eq!(client.login(login).await?.code().to_u16(), 230);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn login(&mut self, login: Login) -> Result<Reply, Error> {
        self.driver.core.begin(|session| session.login(login))?;
        answer::reply(self.driver.run(&mut Nothing).await?)
    }

    /// Opens a file for reading, in TYPE I, from its beginning.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use tokio::io::AsyncReadExt;
    ///
    /// # let mut client = server.client().await?;
    /// let mut reader = client.read("motd").await?;
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text).await?;
    /// assert_eq!(text, "Hello.\n");
    /// assert_eq!(reader.transfer().map(|transfer| transfer.bytes), Some(7));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not give the file.
    pub async fn read(&mut self, path: impl IntoArgument) -> Result<Reader<'_>, Error> {
        let retrieve = Retrieve::new(path.into_argument()?);
        self.read_with(retrieve).await
    }

    /// Opens a file, or the part of it behind an offset, for reading.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_proto::client::Retrieve;
    /// use tokio::io::AsyncReadExt;
    ///
    /// # let mut client = server.client().await?;
    /// let mut retrieve = Retrieve::new("motd".try_into()?);
    /// retrieve.offset = 4;
    /// let mut rest = Vec::new();
    /// client.read_with(retrieve).await?.read_to_end(&mut rest).await?;
    /// assert_eq!(rest, b"o.\n");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn read_with(&mut self, retrieve: Retrieve) -> Result<Reader<'_>, Error> {
        let begun = self.begin_stream(|session| session.retrieve(retrieve), Direction::Receive);
        begun.await?;
        Ok(Reader::new(&mut self.driver))
    }

    /// Opens a file for writing, in TYPE I, in place of what is there.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use tokio::io::AsyncWriteExt;
    ///
    /// # let mut client = server.client().await?;
    /// let mut writer = client.write("notes").await?;
    /// writer.write_all(b"Buy milk.").await?;
    /// assert_eq!(writer.finish().await?.bytes, 9);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not take the file.
    pub async fn write(&mut self, path: impl IntoArgument) -> Result<Writer<'_>, Error> {
        let store = Store::new(StoreAs::Whole(path.into_argument()?));
        self.write_with(store).await
    }

    /// Opens a file for writing: a whole one, one from an offset on, behind what is there, or under
    /// a name that the server makes.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_proto::client::{Store, StoreAs};
    /// use tokio::io::AsyncWriteExt;
    ///
    /// # let mut client = server.client().await?;
    /// let store = Store::new(StoreAs::Append("motd".try_into()?));
    /// let mut writer = client.write_with(store).await?;
    /// writer.write_all(b"Bye.\n").await?;
    /// writer.finish().await?;
    /// assert_eq!(client.size("motd").await?, 12);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn write_with(&mut self, store: Store) -> Result<Writer<'_>, Error> {
        let begun = self.begin_stream(|session| session.store(store), Direction::Send);
        begun.await?;
        Ok(Writer::new(&mut self.driver))
    }

    /// Retrieves a whole file in TYPE I. With a local file as the sink, its bytes do not pass
    /// through this process where the operating system can spare it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::storage::Writer;
    ///
    /// # let mut client = server.client().await?;
    /// let mut file = Writer(Vec::new());
    /// client.retrieve("motd", &mut file).await?;
    /// assert_eq!(file.0, b"Hello.\n");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if `sink` did.
    pub async fn retrieve(
        &mut self,
        path: impl IntoArgument,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Transfer, Error> {
        let retrieve = Retrieve::new(path.into_argument()?);
        self.retrieve_with(retrieve, sink).await
    }

    /// Retrieves a file, or the part of it behind an offset.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::storage::Writer;
    /// use ftp_proto::client::Retrieve;
    ///
    /// # let mut client = server.client().await?;
    /// let mut retrieve = Retrieve::new("motd".try_into()?);
    /// retrieve.offset = 4;
    /// let mut rest = Writer(Vec::new());
    /// client.retrieve_with(retrieve, &mut rest).await?;
    /// assert_eq!(rest.0, b"o.\n");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub async fn retrieve_with(
        &mut self,
        retrieve: Retrieve,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Transfer, Error> {
        self.driver
            .core
            .begin(|session| session.retrieve(retrieve))?;
        answer::transfer(self.driver.run(&mut ToSink(sink)).await?)
    }

    /// Stores a file.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::storage::Reader;
    /// use ftp_proto::client::{Store, StoreAs};
    ///
    /// # let mut client = server.client().await?;
    /// let store = Store::new(StoreAs::Whole("notes".try_into()?));
    /// let transfer = client.store(store, &mut Reader(&b"Buy milk."[..])).await?;
    /// assert_eq!(transfer.bytes, 9);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if `source` did.
    pub async fn store(
        &mut self,
        store: Store,
        source: &mut (dyn Source + Send),
    ) -> Result<Transfer, Error> {
        self.driver.core.begin(|session| session.store(store))?;
        answer::transfer(self.driver.run(&mut FromSource(source)).await?)
    }

    /// Retrieves a file into one of this machine, and compares its size where the server tells it
    /// (SIZE). Its bytes do not pass through this process where the operating system can spare it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// let here = server.directory.path().join("copy");
    /// let copied = client.download("motd", &here).await?;
    /// assert_eq!(copied.size, 7);
    /// assert_eq!(std::fs::read(here)?, b"Hello.\n");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if the file here did. It then
    /// holds what has come, or what it held before if nothing has.
    pub async fn download(
        &mut self,
        from: impl IntoArgument,
        to: impl Into<PathBuf>,
    ) -> Result<Copied, Error> {
        let download = Download::new(from, to)?;
        self.download_with(download, |_| {}).await
    }

    /// Retrieves a file, or what is missing of it here, and tells how far that is.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::client::Download;
    ///
    /// # let mut client = server.client().await?;
    /// let here = server.directory.path().join("copy");
    /// std::fs::write(&here, "Hell")?;
    /// let mut done = 0;
    /// let download = Download::new("motd", &here)?.resume();
    /// let copied = client.download_with(download, |progress| done = progress.done).await?;
    /// assert_eq!(copied.transfer.map(|transfer| transfer.bytes), Some(3));
    /// assert_eq!(done, 7);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`download`](Self::download), and [`Error::LargerThanSource`].
    pub async fn download_with(
        &mut self,
        download: Download,
        mut report: impl FnMut(Progress) + Send,
    ) -> Result<Copied, Error> {
        let path = download.remote();
        self.driver.core.begin(|session| session.size(path))?;
        let size = file::told(self.driver.run(&mut Nothing).await)?;
        let Some(mut retrieving) = download.prepare(size)? else {
            return Ok(Copied::already(size.unwrap_or(0)));
        };
        let retrieve = retrieving.retrieve.clone();
        self.driver
            .core
            .begin_next(|session| session.retrieve(retrieve))?;
        let result = self.driver.run(&mut retrieving.site(&mut report)).await;
        retrieving.settle(result)
    }

    /// Stores a file of this machine. Its bytes do not pass through this process where the
    /// operating system can spare it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// let here = server.directory.path().join("motd");
    /// client.upload(here, "copy").await?;
    /// assert_eq!(client.size("copy").await?, 7);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if the file here did.
    pub async fn upload(
        &mut self,
        from: impl Into<PathBuf>,
        to: impl IntoArgument,
    ) -> Result<Copied, Error> {
        let upload = Upload::new(from, to)?;
        self.upload_with(upload, |_| {}).await
    }

    /// Stores a file, or what the server lacks of it, and tells how far that is. After an upload
    /// that was resumed, the size at the server is compared.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::client::Upload;
    ///
    /// # let mut client = server.client().await?;
    /// std::fs::write(server.directory.path().join("copy"), "Hell")?;
    /// let here = server.directory.path().join("motd");
    /// let upload = Upload::new(here, "copy")?.resume();
    /// let copied = client.upload_with(upload, |_| {}).await?;
    /// assert_eq!(copied.transfer.map(|transfer| transfer.bytes), Some(3));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`upload`](Self::upload), [`Error::LargerThanSource`] and [`Error::SizeDiffers`].
    pub async fn upload_with(
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
                Some(file::there(self.driver.run(&mut Nothing).await)?)
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
        let result = self.driver.run(&mut storing.site(&mut report)).await;
        let copied = storing.settle(result)?;
        if !is_resumed {
            return Ok(copied);
        }
        self.driver.core.begin_next(|session| session.size(path))?;
        let found = file::told(self.driver.run(&mut Nothing).await)?;
        file::compare(copied, found)
    }

    /// Lists a directory, or the working directory: MLSD where the server has it, else LIST.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// let entries = client.list(None).await?;
    /// assert_eq!(entries[0].name(), b"motd");
    /// assert_eq!(entries[0].size(), Some(7));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Listing`] past its bounds.
    pub async fn list(&mut self, path: Option<Argument>) -> Result<Vec<Entry>, Error> {
        let mut entries = self.entries(path).await?;
        let mut all = Vec::new();
        while let Some(entry) = entries.next().await {
            all.push(entry?);
        }
        Ok(all)
    }

    /// Lists a directory, or the working directory, of any size: the entries come one by one.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// let mut entries = client.entries(None).await?;
    /// while let Some(entry) = entries.next().await {
    ///     assert_eq!(entry?.name(), b"motd");
    /// }
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not list it.
    pub async fn entries(&mut self, path: Option<Argument>) -> Result<Entries<'_>, Error> {
        self.entries_with(Listing::new(path)).await
    }

    /// Lists a directory in the form asked for.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_proto::client::{Listing, ListingKind};
    ///
    /// # let mut client = server.client().await?;
    /// let mut listing = Listing::new(None);
    /// listing.kind = ListingKind::Native;
    /// let mut entries = client.entries_with(listing).await?;
    /// while let Some(entry) = entries.next().await {
    ///     assert_eq!(entry?.size(), Some(7));
    /// }
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Operation`]: the server does not list it.
    pub async fn entries_with(&mut self, listing: Listing) -> Result<Entries<'_>, Error> {
        let begun = self.begin_stream(|session| session.list(listing), Direction::Receive);
        begun.await?;
        Ok(Entries::new(&mut self.driver))
    }

    /// Retrieves a listing as the server sends it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::storage::Writer;
    /// use ftp_proto::client::{Listing, ListingKind};
    ///
    /// # let mut client = server.client().await?;
    /// let mut listing = Listing::new(None);
    /// listing.kind = ListingKind::Names;
    /// let mut names = Writer(Vec::new());
    /// client.list_to(listing, &mut names).await?;
    /// assert_eq!(names.0, b"motd\r\n");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub async fn list_to(
        &mut self,
        listing: Listing,
        sink: &mut (dyn Sink + Send),
    ) -> Result<Transfer, Error> {
        self.driver.core.begin(|session| session.list(listing))?;
        answer::transfer(self.driver.run(&mut ToSink(sink)).await?)
    }

    /// How many bytes a file has (SIZE, RFC 3659 §4).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert_eq!(client.size("motd").await?, 7);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the
    /// server does not tell.
    pub async fn size(&mut self, path: impl IntoArgument) -> Result<u64, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.size(path), answer::size).await
    }

    /// When a file was modified, in UTC (MDTM, RFC 3659 §3).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert!(client.modified("motd").await?.year() >= 2024);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the
    /// server does not tell.
    pub async fn modified(&mut self, path: impl IntoArgument) -> Result<DateTime, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.modified(path), answer::modified)
            .await
    }

    /// What the server knows of one file or directory, or of the working directory (MLST, RFC 3659
    /// §7).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// let entry = client.facts(Some("motd".try_into()?)).await?;
    /// assert_eq!(entry.size(), Some(7));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the
    /// server has no MLST.
    pub async fn facts(&mut self, path: Option<Argument>) -> Result<Entry, Error> {
        self.ask(|session| session.facts(path), answer::entry).await
    }

    /// The working directory (PWD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert_eq!(client.working_directory().await?, "/");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused), or a reply that cannot be read.
    pub async fn working_directory(&mut self) -> Result<Bytes, Error> {
        self.ask(ClientSession::working_directory, answer::path)
            .await
    }

    /// What the server can do (FEAT, RFC 2389 §3).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert!(client.features().await?.has("MLST"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) by a server that does not know FEAT.
    pub async fn features(&mut self) -> Result<Features, Error> {
        self.ask(ClientSession::features, answer::features).await
    }

    /// Gets to know the server behind the login: what it can do, as [`features`](Self::features)
    /// tells it, and what is to be switched on for that, such as names in UTF-8. No refusal is an
    /// error.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert!(client.acquaint().await?.has("UTF8"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`]: the session has ended.
    pub async fn acquaint(&mut self) -> Result<Features, Error> {
        self.ask(ClientSession::acquaint, answer::features).await
    }

    /// Changes the working directory (CWD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.make_directory("a").await?;
    /// client.change_directory("a").await?;
    /// assert_eq!(client.working_directory().await?, "/a");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn change_directory(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.change_directory(path), answer::reply)
            .await
    }

    /// Changes to the directory above the working directory (CDUP).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.make_directory("a").await?;
    /// client.change_directory("a").await?;
    /// client.change_to_parent().await?;
    /// assert_eq!(client.working_directory().await?, "/");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn change_to_parent(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::change_to_parent, answer::reply)
            .await
    }

    /// Makes a directory (MKD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.make_directory("a dir").await?;
    /// assert!(server.directory.path().join("a dir").is_dir());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn make_directory(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.make_directory(path), answer::reply)
            .await
    }

    /// Removes an empty directory (RMD).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.make_directory("a").await?;
    /// client.remove_directory("a").await?;
    /// assert!(!server.directory.path().join("a").exists());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn remove_directory(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.remove_directory(path), answer::reply)
            .await
    }

    /// Deletes a file (DELE).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.delete("motd").await?;
    /// assert!(!server.directory.path().join("motd").exists());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn delete(&mut self, path: impl IntoArgument) -> Result<Reply, Error> {
        let path = path.into_argument()?;
        self.ask(|session| session.delete(path), answer::reply)
            .await
    }

    /// Renames a file or a directory (RNFR, RNTO).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.rename("motd", "motd.old").await?;
    /// assert!(server.directory.path().join("motd.old").exists());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn rename(
        &mut self,
        from: impl IntoArgument,
        to: impl IntoArgument,
    ) -> Result<Reply, Error> {
        let (from, to) = (from.into_argument()?, to.into_argument()?);
        self.ask(|session| session.rename(from, to), answer::reply)
            .await
    }

    /// Which operating system the server says it is (SYST).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert!(client.system().await?.text().starts_with(b"UNIX"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub async fn system(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::system, answer::reply).await
    }

    /// Does nothing, and so finds out whether the server is there (NOOP).
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert!(client.noop().await?.is_completion());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Protocol`]: it is not.
    pub async fn noop(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::noop, answer::reply).await
    }

    /// Sends any command that needs no data connection.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_proto::codec::command::Command;
    ///
    /// # let mut client = server.client().await?;
    /// let reply = client.command(Command::Stat(None)).await?;
    /// assert_eq!(reply.code().to_u16(), 211);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`UsageError::NotRaw`] for one in which the session takes part.
    pub async fn command(&mut self, command: Command) -> Result<Reply, Error> {
        self.ask(|session| session.command(command), answer::reply)
            .await
    }

    /// Brings the control connection out of TLS (CCC, RFC 4217 §6), so that a firewall can follow it;
    /// data connections stay under TLS. What is said from here on can be read and forged by anybody
    /// on the way; few servers allow it.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve_tls.rs")); }
    /// # let server = serve::Served::new();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// # runtime.block_on(async {
    /// # let mut client = server.client()?.connect().await?;
    /// client.clear_control().await?;
    /// assert_eq!(client.size("motd").await?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    #[cfg(feature = "tls")]
    pub async fn clear_control(&mut self) -> Result<Reply, Error> {
        self.ask(ClientSession::clear_control, answer::reply).await
    }

    /// Says QUIT, and waits for the reply.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// client.quit().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// The server was silent too long.
    pub async fn quit(mut self) -> Result<(), Error> {
        self.ask(ClientSession::quit, answer::nothing).await
    }

    /// What ends, from another task or thread, the operation that runs then.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::client::Error;
    /// use ftp_proto::client::OperationError;
    /// use tokio::io::AsyncWriteExt;
    ///
    /// # let mut client = server.client().await?;
    /// let canceller = client.canceller();
    /// let mut writer = client.write("endless").await?;
    /// writer.write_all(b"and so on").await?;
    /// std::thread::spawn(move || canceller.cancel()).join().expect("no panic");
    /// let end = writer.finish().await;
    /// assert!(matches!(end, Err(Error::Operation(OperationError::Aborted))));
    /// client.noop().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub fn canceller(&self) -> Canceller {
        self.driver.core.canceller()
    }

    /// The two ends of the control connection.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// # let mut client = server.client().await?;
    /// assert_eq!(client.addresses().peer, server.address);
    /// # Ok(())
    /// # });
    /// ```
    pub const fn addresses(&self) -> &ControlAddresses {
        self.driver.core.session.addresses()
    }

    pub(super) async fn ask<T>(
        &mut self,
        ask: impl FnOnce(&mut ClientSession) -> Result<OpId, UsageError>,
        read: fn(ftp_proto::client::Outcome) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.driver.core.begin(|session| ask(session))?;
        read(self.driver.run(&mut Nothing).await?)
    }

    /// Begins a transfer, up to the server's consent.
    async fn begin_stream(
        &mut self,
        ask: impl FnOnce(&mut Asking<'_>) -> Result<OpId, UsageError>,
        direction: Direction,
    ) -> Result<(), Error> {
        self.driver.core.begin(ask)?;
        self.driver.start(direction).await
    }
}
