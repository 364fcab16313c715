//! What a program asks of a blocking client.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};

use bytes::Bytes;
use ftp_proto::client::{ClientSession, Listing, Login, Outcome, Retrieve, Store, Transferred};
use ftp_proto::codec::command::{Argument, Command, Password};
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::reply::Reply;
use ftp_proto::listing::{Entry, Shape};
use ftp_proto::{DateTime, OpId, UsageError};

use super::driver::{Driver, Endpoint};
use crate::client::{ClientOptions, Error, FtpUrl, ListingSink};
use crate::storage::{Sink, Source};

/// A transfer that is whole.
pub type Transfer = Transferred;

/// A connection to a server, logged in or not. Every call waits until its operation has ended, and
/// never past the deadlines of its options.
///
/// ```no_run
/// use ftp_io::blocking::Client;
/// use ftp_io::client::{ClientOptions, FtpUrl};
/// use ftp_io::storage::Writer;
///
/// let url: FtpUrl = "ftp://192.0.2.1/pub/README".parse()?;
/// let mut client = Client::connect_url(&url, ClientOptions::default())?;
/// let path = url.path.ok_or("the address names no file")?;
/// client.retrieve(path, &mut Writer(std::io::stdout()))?;
/// client.quit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Client {
    driver: Driver,
}

impl Client {
    /// Connects to a host by name or address, trying each of its addresses in turn, and waits for
    /// the greeting.
    ///
    /// # Errors
    ///
    /// [`Error::Resolve`], [`Error::Connect`] for the last address tried, or what the server did
    /// instead of greeting.
    pub fn connect(host: &str, port: u16, options: ClientOptions) -> Result<Self, Error> {
        let resolve = |source| Error::Resolve {
            host: host.to_owned(),
            source,
        };
        let addresses: Vec<SocketAddr> = match host.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            Err(_) => (host, port).to_socket_addrs().map_err(resolve)?.collect(),
        };
        let mut last = None;
        for address in addresses {
            match TcpStream::connect_timeout(&address, options.connect_timeout) {
                Ok(control) => return Self::over(control, options),
                Err(source) => last = Some(Error::Connect { address, source }),
            }
        }
        Err(last.unwrap_or_else(|| resolve(io::ErrorKind::NotFound.into())))
    }

    /// Takes over a control connection that somebody else made, and waits for the greeting.
    ///
    /// # Errors
    ///
    /// What the server did instead of greeting.
    pub fn over(control: TcpStream, options: ClientOptions) -> Result<Self, Error> {
        let driver = Driver::new(control, options)?;
        Ok(Self { driver })
    }

    /// Connects to where an address says, and logs in as it says; anonymously if it names nobody
    /// (RFC 1635).
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) and of [`login`](Self::login).
    pub fn connect_url(url: &FtpUrl, options: ClientOptions) -> Result<Self, Error> {
        let mut client = Self::connect(&url.host, url.port, options)?;
        let password = url.password.as_ref().map(|p| p.expose().clone());
        let login = match &url.user {
            None => Login::new(
                Argument::try_from("anonymous")?,
                Password::try_from("anonymous@")?,
            ),
            Some(user) => Login {
                user: user.clone(),
                password: password.map(Password::new).transpose()?,
                account: None,
            },
        };
        client.login(login)?;
        Ok(client)
    }

    /// Logs in.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn login(&mut self, login: Login) -> Result<Reply, Error> {
        self.reply(|session| session.login(login))
    }

    /// Retrieves a whole file in TYPE I.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if `sink` did.
    pub fn retrieve(&mut self, path: Argument, sink: &mut dyn Sink) -> Result<Transfer, Error> {
        self.retrieve_with(Retrieve::new(path), sink)
    }

    /// Retrieves a file, or the part of it behind an offset.
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub fn retrieve_with(
        &mut self,
        retrieve: Retrieve,
        sink: &mut dyn Sink,
    ) -> Result<Transfer, Error> {
        let op = self.driver.session.retrieve(retrieve)?;
        transferred(self.driver.run(op, Endpoint::Sink(sink))?)
    }

    /// Stores a file.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Local`] if `source` did.
    pub fn store(&mut self, store: Store, source: &mut dyn Source) -> Result<Transfer, Error> {
        let op = self.driver.session.store(store)?;
        transferred(self.driver.run(op, Endpoint::Source(source))?)
    }

    /// Lists a directory, or the working directory: MLSD where the server has it, else LIST.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`] with what went wrong, [`Error::Listing`] past its bounds.
    pub fn list(&mut self, path: Option<Argument>) -> Result<Vec<Entry>, Error> {
        let mut sink = ListingSink::new(Shape::Lines);
        let result = self.list_to(Listing::new(path), &mut sink);
        sink.into_entries(result)
    }

    /// Retrieves a listing as the server sends it.
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub fn list_to(&mut self, listing: Listing, sink: &mut dyn Sink) -> Result<Transfer, Error> {
        let op = self.driver.session.list(listing)?;
        transferred(self.driver.run(op, Endpoint::Sink(sink))?)
    }

    /// How many bytes a file has.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the server does not tell.
    pub fn size(&mut self, path: Argument) -> Result<u64, Error> {
        match self.outcome(|session| session.size(path))? {
            Outcome::Size(size) => Ok(size),
            _ => Err(Error::Answer),
        }
    }

    /// When a file was modified, in UTC.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is no such file, or the server does not tell.
    pub fn modified(&mut self, path: Argument) -> Result<DateTime, Error> {
        match self.outcome(|session| session.modified(path))? {
            Outcome::Modified(at) => Ok(at),
            _ => Err(Error::Answer),
        }
    }

    /// What the server knows of a file, a directory, or the working directory, in one answer
    /// (MLST, RFC 3659 §7).
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused): there is none, or the server does not tell.
    pub fn facts(&mut self, path: Option<Argument>) -> Result<Entry, Error> {
        match self.outcome(|session| session.facts(path))? {
            Outcome::Entry(entry) => Ok(*entry),
            _ => Err(Error::Answer),
        }
    }

    /// The working directory.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused), or a reply that cannot be read.
    pub fn working_directory(&mut self) -> Result<Bytes, Error> {
        match self.outcome(ClientSession::working_directory)? {
            Outcome::Path(path) => Ok(path),
            _ => Err(Error::Answer),
        }
    }

    /// What the server can do.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) by a server that does not know FEAT.
    pub fn features(&mut self) -> Result<Features, Error> {
        match self.outcome(ClientSession::features)? {
            Outcome::Features(features) => Ok(features),
            _ => Err(Error::Answer),
        }
    }

    /// Changes the working directory.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn change_directory(&mut self, path: Argument) -> Result<Reply, Error> {
        self.reply(|session| session.change_directory(path))
    }

    /// Makes a directory.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn make_directory(&mut self, path: Argument) -> Result<Reply, Error> {
        self.reply(|session| session.make_directory(path))
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn remove_directory(&mut self, path: Argument) -> Result<Reply, Error> {
        self.reply(|session| session.remove_directory(path))
    }

    /// Deletes a file.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn delete(&mut self, path: Argument) -> Result<Reply, Error> {
        self.reply(|session| session.delete(path))
    }

    /// Renames a file or a directory.
    ///
    /// # Errors
    ///
    /// [`Refused`](ftp_proto::client::OperationError::Refused) with the server's reply.
    pub fn rename(&mut self, from: Argument, to: Argument) -> Result<Reply, Error> {
        self.reply(|session| session.rename(from, to))
    }

    /// Sends any command that needs no data connection.
    ///
    /// # Errors
    ///
    /// [`UsageError::NotRaw`] for one in which the session takes part.
    pub fn command(&mut self, command: Command) -> Result<Reply, Error> {
        self.reply(|session| session.command(command))
    }

    /// Says QUIT, and waits for the reply.
    ///
    /// # Errors
    ///
    /// The server was silent too long.
    pub fn quit(mut self) -> Result<(), Error> {
        self.outcome(ClientSession::quit)?;
        Ok(())
    }

    /// The two ends of the control connection.
    pub const fn addresses(&self) -> &ftp_proto::ControlAddresses {
        self.driver.session.addresses()
    }

    fn outcome(
        &mut self,
        ask: impl FnOnce(&mut ClientSession) -> Result<OpId, UsageError>,
    ) -> Result<Outcome, Error> {
        let op = ask(&mut self.driver.session)?;
        self.driver.run(op, Endpoint::None)
    }

    fn reply(
        &mut self,
        ask: impl FnOnce(&mut ClientSession) -> Result<OpId, UsageError>,
    ) -> Result<Reply, Error> {
        match self.outcome(ask)? {
            Outcome::Reply(reply) => Ok(reply),
            _ => Err(Error::Answer),
        }
    }
}

fn transferred(outcome: Outcome) -> Result<Transfer, Error> {
    match outcome {
        Outcome::Transfer(transfer) => Ok(transfer),
        _ => Err(Error::Answer),
    }
}
