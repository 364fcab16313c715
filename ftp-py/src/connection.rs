//! The blocking client, over `ftp_io::blocking`. Python's own lock is released while it waits.

use std::fmt::Display;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use ftp_io::blocking::{Client, Entries, Reader, Writer};
use ftp_io::client::{
    Canceller, ClientOptions, Download, Error, Interrupt, Notice, Observer, Upload,
};
use ftp_io::tls::ClientTls;
use ftp_proto::client::{Retrieve, Transferred};
use ftp_proto::codec::reply;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDateTime, PyDict, PyString, PyTuple};
use self_cell::{MutBorrow, self_cell};

use crate::address::Address;
use crate::listing::{self, Entry};
use crate::reply::{Reply, features};
use crate::session::{argument, command, config, listing as listing_of, login, parameters, store};
use crate::text::{Name, to_str};
use crate::{error, moment, outputs};

/// A connection to a server; ``ftp_py.Client`` is what programs use.
#[pyclass(frozen, module = "ftp_py._core")]
pub(crate) struct Connection {
    link: Mutex<Link>,
    canceller: Canceller,
    raised: Raised,
    /// Who made it: in a child of that process the sockets are the parent's.
    process: u32,
}

/// What a connection is doing between two calls.
enum Link {
    Idle(Box<Client>),
    /// A transfer whose bytes wait for the program.
    Open(Open),
    Closed,
}

enum Stream<'a> {
    Reader(Reader<'a>),
    Writer(Option<Writer<'a>>),
    Entries(Box<Entries<'a>>),
}

self_cell!(
    struct Open {
        owner: MutBorrow<Box<Client>>,
        #[not_covariant]
        dependent: Stream,
    }
);

/// What Python code that was called while the client waited has raised.
#[derive(Clone, Default)]
struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    fn set(&self, error: PyErr) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Runs the handlers of signals that have come.
    fn interrupt(&self) -> Interrupt {
        let raised = self.clone();
        Interrupt::new(move || {
            let checked = Python::try_attach(|py| py.check_signals());
            match checked {
                Some(Err(error)) => {
                    raised.set(error);
                    true
                }
                Some(Ok(())) => false,
                // The interpreter ends.
                None => true,
            }
        })
    }
}

/// Why a call did not do its work.
enum Refused {
    Busy,
    Closed,
    Streaming,
    NotStreaming,
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// An error of a stream is one of the client.
impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Failed(match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => Error::Local(error),
        })
    }
}

impl Connection {
    /// Does something with a client that does nothing else.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Client) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        self.with(py, |link| match link {
            Link::Idle(client) => Ok(act(client)?),
            Link::Open(_) => Err(Refused::Streaming),
            Link::Closed => Err(Refused::Closed),
        })
    }

    /// Does something with the transfer that is open.
    fn stream<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Stream<'_>) -> Result<T, Refused> + Send,
    ) -> PyResult<T> {
        self.with(py, |link| match link {
            Link::Open(open) => open.with_dependent_mut(|_, stream| act(stream)),
            Link::Idle(_) => Err(Refused::NotStreaming),
            Link::Closed => Err(Refused::Closed),
        })
    }

    /// Opens a transfer.
    fn open(
        &self,
        py: Python<'_>,
        begin: impl for<'a> FnOnce(&'a mut Client) -> Result<Stream<'a>, Error> + Send,
    ) -> PyResult<()> {
        self.with(py, |link| match std::mem::replace(link, Link::Closed) {
            Link::Idle(client) => {
                let opened = Open::try_new_or_recover(MutBorrow::new(client), |client| {
                    begin(client.borrow_mut())
                });
                match opened {
                    Ok(open) => {
                        *link = Link::Open(open);
                        Ok(())
                    }
                    Err((client, error)) => {
                        *link = Link::Idle(client.into_inner());
                        Err(error.into())
                    }
                }
            }
            open @ Link::Open(_) => {
                *link = open;
                Err(Refused::Streaming)
            }
            Link::Closed => Err(Refused::Closed),
        })
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Link) -> Result<T, Refused> + Send,
    ) -> PyResult<T> {
        self.check_process(py)?;
        let done = py.detach(|| match self.link.try_lock() {
            Ok(mut link) => act(&mut link),
            Err(TryLockError::Poisoned(link)) => act(&mut link.into_inner()),
            Err(TryLockError::WouldBlock) => Err(Refused::Busy),
        });
        // What was raised while it waited tells more than that the wait was given up.
        if let (Some(raised), true) = (self.raised.take(), done.is_err()) {
            return Err(raised);
        }
        done.map_err(|refused| match refused {
            Refused::Busy => error::local(py, "another thread uses this client now"),
            Refused::Closed => error::local(py, "this client is closed"),
            Refused::Streaming => error::local(
                py,
                "a transfer of this client is open: close its file first",
            ),
            Refused::NotStreaming => error::local(py, "no transfer of this client is open"),
            Refused::Failed(failed) => client_error(py, failed),
        })
    }

    fn check_process(&self, py: Python<'_>) -> PyResult<()> {
        match self.process == std::process::id() {
            true => Ok(()),
            false => Err(error::local(
                py,
                "this client belongs to the process that was forked: open another one",
            )),
        }
    }
}

#[pymethods]
impl Connection {
    #[new]
    #[pyo3(signature = (
        host, port, *, timeouts, limits, connect_timeout, data, passive_host, pipelining, tls,
        auth_fallback, protection, server_name, ca_file, ca_pem, pin, verify, certificate,
        max_version, source_address, active_ports, active_address, log
    ))]
    #[allow(
        clippy::too_many_arguments,
        reason = "keywords, given by the class in Python"
    )]
    fn new(
        py: Python<'_>,
        host: &str,
        port: u16,
        timeouts: Option<&Bound<'_, PyDict>>,
        limits: Option<&Bound<'_, PyDict>>,
        connect_timeout: f64,
        data: &str,
        passive_host: &str,
        pipelining: &str,
        tls: &str,
        auth_fallback: &str,
        protection: &str,
        server_name: Option<String>,
        ca_file: Option<PathBuf>,
        ca_pem: Option<Vec<u8>>,
        pin: Option<String>,
        verify: bool,
        certificate: Option<(PathBuf, PathBuf)>,
        max_version: Option<&str>,
        source_address: Option<&str>,
        active_ports: Option<(u16, u16)>,
        active_address: Option<&str>,
        log: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let raised = Raised::default();
        let mut options = ClientOptions {
            connect_timeout: moment::duration(connect_timeout)?.min(Duration::from_secs(1 << 30)),
            data: config::data_policy(data)?,
            passive_host: config::passive_host(passive_host)?,
            pipelining: config::pipelining(pipelining)?,
            tls: config::tls(tls)?,
            auth_fallback: config::auth_fallback(auth_fallback)?,
            protection: config::protection(protection)?,
            server_name,
            local_address: source_address.map(ip).transpose()?,
            active_address: active_address.map(ip).transpose()?,
            interrupt: Some(raised.interrupt()),
            observer: log.map(|log| observer(log, raised.clone())),
            ..ClientOptions::default()
        };
        config::set_timeouts(&mut options.timeouts, timeouts)?;
        config::set_limits(&mut options.limits, limits)?;
        if let Some((first, last)) = active_ports {
            let ports = ftp_io::net::PortRange::new(first, last).map_err(value)?;
            options.active_ports = Some(ports);
        }
        if options.tls != ftp_proto::client::Tls::Off {
            let tls = || {
                let mut builder = ClientTls::builder();
                if let Some(file) = &ca_file {
                    builder = builder.root_file(file)?;
                }
                if let Some(pem) = &ca_pem {
                    builder = builder.root_pem(pem)?;
                }
                if let Some((certificate, key)) = &certificate {
                    builder = builder.certificate_files(certificate, key)?;
                }
                if !verify {
                    builder = builder.danger_accept_any_certificate();
                }
                Ok::<_, ftp_io::tls::TlsError>(builder)
            };
            let mut builder = tls().map_err(value)?;
            if let Some(pin) = &pin {
                builder = builder.pin(pin.parse().map_err(value)?);
            }
            builder = match max_version {
                None => builder,
                Some("1.2") => builder.max_version(ftp_io::tls::MaxVersion::Tls12),
                Some("1.3") => builder.max_version(ftp_io::tls::MaxVersion::Tls13),
                Some(_) => return Err(PyValueError::new_err("max_version is '1.2' or '1.3'")),
            };
            options.tls_config = Some(builder.build().map_err(value)?);
        }
        let connected = py.detach(|| Client::connect(host, port, options));
        let client = connected
            .map_err(|failed| raised.take().unwrap_or_else(|| client_error(py, failed)))?;
        Ok(Self {
            canceller: client.canceller(),
            link: Mutex::new(Link::Idle(Box::new(client))),
            raised,
            process: std::process::id(),
        })
    }

    fn login(
        &self,
        py: Python<'_>,
        user: Name,
        password: Option<Name>,
        account: Option<Name>,
    ) -> PyResult<Reply> {
        let login = login(py, user, password, account)?;
        self.call(py, |client| client.login(login)).map(Reply)
    }

    /// What both ends are: this one's address and the server's.
    fn addresses(&self, py: Python<'_>) -> PyResult<(Address, Address)> {
        let ends = self.call(py, |client| Ok(*client.addresses()))?;
        Ok((Address(ends.local), Address(ends.peer)))
    }

    #[pyo3(signature = (path, offset, ascii))]
    fn open_read(&self, py: Python<'_>, path: Name, offset: u64, ascii: bool) -> PyResult<()> {
        let mut retrieve = Retrieve::new(argument(py, path)?);
        retrieve.offset = offset;
        retrieve.parameters = parameters(ascii);
        self.open(py, move |client| {
            client.read_with(retrieve).map(Stream::Reader)
        })
    }

    #[pyo3(signature = (path, at, append, unique, ascii))]
    fn open_write(
        &self,
        py: Python<'_>,
        path: Option<Name>,
        at: Option<u64>,
        append: bool,
        unique: bool,
        ascii: bool,
    ) -> PyResult<()> {
        let store = store(py, path, at, append, unique, parameters(ascii))?;
        self.open(py, move |client| {
            client
                .write_with(store)
                .map(|writer| Stream::Writer(Some(writer)))
        })
    }

    #[pyo3(signature = (path, kind, fall_back))]
    fn open_list(
        &self,
        py: Python<'_>,
        path: Option<Name>,
        kind: &str,
        fall_back: bool,
    ) -> PyResult<()> {
        let listing = listing_of(py, path, kind, fall_back)?;
        self.open(py, move |client| {
            let entries = client.entries_with(listing)?;
            Ok(Stream::Entries(Box::new(entries)))
        })
    }

    /// Some bytes of the file that is read, at most ``size``; none at its end.
    fn read<'py>(&self, py: Python<'py>, size: usize) -> PyResult<Bound<'py, PyBytes>> {
        let mut buffer = vec![0; size.clamp(1, LARGEST_READ)];
        let read = self.stream(py, |stream| match stream {
            Stream::Reader(reader) => Ok(reader.read(&mut buffer)?),
            _ => Err(Refused::NotStreaming),
        })?;
        Ok(PyBytes::new(py, buffer.get(..read).unwrap_or_default()))
    }

    /// Writes all of ``data`` to the file that is written.
    fn write(&self, py: Python<'_>, data: &Bound<'_, PyBytes>) -> PyResult<()> {
        let bytes = data.as_bytes();
        self.stream(py, |stream| match stream {
            Stream::Writer(Some(writer)) => Ok(writer.write_all(bytes)?),
            _ => Err(Refused::NotStreaming),
        })
    }

    /// Some entries of the listing that is read; none at its end.
    fn entries(&self, py: Python<'_>, most: usize) -> PyResult<Vec<Entry>> {
        self.stream(py, |stream| match stream {
            Stream::Entries(entries) => {
                let mut some = Vec::new();
                for entry in entries.by_ref().take(most) {
                    some.push(Entry(entry?));
                }
                Ok(some)
            }
            _ => Err(Refused::NotStreaming),
        })
    }

    /// How the transfer has ended, once it has.
    fn transfer<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let transfer = self.stream(py, |stream| {
            Ok(match stream {
                Stream::Reader(reader) => reader.transfer().cloned(),
                Stream::Entries(entries) => entries.transfer().cloned(),
                Stream::Writer(_) => None,
            })
        })?;
        transfer.map(|it| outputs::transferred(py, it)).transpose()
    }

    /// Ends the file that is written, and waits until the server has called it whole.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let transfer = self.stream(py, |stream| match stream {
            Stream::Writer(writer) => {
                let writer = writer.take().ok_or(Refused::NotStreaming)?;
                Ok(writer.finish()?)
            }
            _ => Err(Refused::NotStreaming),
        })?;
        outputs::transferred(py, transfer)
    }

    /// Ends the transfer that is open, early if it has not ended.
    fn close_stream(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |link| {
            if let Link::Open(open) = std::mem::replace(link, Link::Closed) {
                *link = Link::Idle(open.into_owner().into_inner());
            }
            Ok(())
        })
    }

    #[pyo3(signature = (path, local, resume, progress))]
    fn download<'py>(
        &self,
        py: Python<'py>,
        path: Name,
        local: PathBuf,
        resume: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let mut download = Download::new(path.0, local).map_err(|e| client_error(py, e))?;
        if resume {
            download = download.resume();
        }
        let report = self.reporter(progress);
        let copied = self.call(py, |client| client.download_with(download, report))?;
        self.copied(py, copied.size, copied.transfer)
    }

    #[pyo3(signature = (local, path, resume, progress))]
    fn upload<'py>(
        &self,
        py: Python<'py>,
        local: PathBuf,
        path: Name,
        resume: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let mut upload = Upload::new(local, path.0).map_err(|e| client_error(py, e))?;
        if resume {
            upload = upload.resume();
        }
        let report = self.reporter(progress);
        let copied = self.call(py, |client| client.upload_with(upload, report))?;
        self.copied(py, copied.size, copied.transfer)
    }

    fn size(&self, py: Python<'_>, path: Name) -> PyResult<u64> {
        let path = argument(py, path)?;
        self.call(py, |client| client.size(path))
    }

    fn modified<'py>(&self, py: Python<'py>, path: Name) -> PyResult<Bound<'py, PyDateTime>> {
        let path = argument(py, path)?;
        let at = self.call(py, |client| client.modified(path))?;
        moment::utc(py, at)
    }

    fn facts(&self, py: Python<'_>, path: Option<Name>) -> PyResult<Entry> {
        let path = path.map(|path| argument(py, path)).transpose()?;
        let entry = self.call(py, |client| client.facts(path))?;
        Ok(Entry(entry.into_owned()))
    }

    fn working_directory<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let path = self.call(py, Client::working_directory)?;
        to_str(py, &path)
    }

    fn features<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let told = self.call(py, Client::features)?;
        features(py, &told)
    }

    fn change_directory(&self, py: Python<'_>, path: Name) -> PyResult<Reply> {
        let path = argument(py, path)?;
        self.reply(py, |client| client.change_directory(path))
    }

    fn change_to_parent(&self, py: Python<'_>) -> PyResult<Reply> {
        self.reply(py, Client::change_to_parent)
    }

    fn make_directory(&self, py: Python<'_>, path: Name) -> PyResult<Reply> {
        let path = argument(py, path)?;
        self.reply(py, |client| client.make_directory(path))
    }

    fn remove_directory(&self, py: Python<'_>, path: Name) -> PyResult<Reply> {
        let path = argument(py, path)?;
        self.reply(py, |client| client.remove_directory(path))
    }

    fn delete(&self, py: Python<'_>, path: Name) -> PyResult<Reply> {
        let path = argument(py, path)?;
        self.reply(py, |client| client.delete(path))
    }

    fn rename(&self, py: Python<'_>, path: Name, to: Name) -> PyResult<Reply> {
        let (from, to) = (argument(py, path)?, argument(py, to)?);
        self.reply(py, |client| client.rename(from, to))
    }

    fn system(&self, py: Python<'_>) -> PyResult<Reply> {
        self.reply(py, Client::system)
    }

    fn noop(&self, py: Python<'_>) -> PyResult<Reply> {
        self.reply(py, Client::noop)
    }

    fn command(&self, py: Python<'_>, line: Name) -> PyResult<Reply> {
        let command = command(py, line)?;
        self.reply(py, |client| client.command(command))
    }

    fn clear_control(&self, py: Python<'_>) -> PyResult<Reply> {
        self.reply(py, Client::clear_control)
    }

    /// Says QUIT and waits for the reply; the connection is closed whatever comes.
    fn quit(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |link| match std::mem::replace(link, Link::Closed) {
            Link::Idle(client) => Ok(client.quit()?),
            Link::Open(open) => Ok(open.into_owner().into_inner().quit()?),
            Link::Closed => Ok(()),
        })
    }

    /// Closes the connection as it is.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.process != std::process::id() {
            return Ok(());
        }
        self.with(py, |link| {
            *link = Link::Closed;
            Ok(())
        })
    }

    /// Ends, from any thread, what the client is doing.
    fn abort(&self) {
        self.canceller.cancel();
    }
}

impl Connection {
    fn reply(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Client) -> Result<reply::Reply, Error> + Send,
    ) -> PyResult<Reply> {
        self.call(py, act).map(Reply)
    }

    fn copied<'py>(
        &self,
        py: Python<'py>,
        size: u64,
        transfer: Option<Transferred>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let transfer = transfer
            .map(|it| outputs::transferred(py, it))
            .transpose()?;
        (size, transfer).into_pyobject(py)
    }

    /// Tells a function in Python how far a transfer is; what it raises ends the transfer.
    fn reporter(
        &self,
        progress: Option<Py<PyAny>>,
    ) -> impl FnMut(ftp_io::client::Progress) + Send + use<> {
        let (raised, canceller) = (self.raised.clone(), self.canceller.clone());
        let mut is_over = false;
        move |at| {
            let Some(progress) = progress.as_ref().filter(|_| !is_over) else {
                return;
            };
            let told = Python::try_attach(|py| progress.call1(py, (at.done, at.total)).map(drop));
            if let Some(Err(error)) = told {
                raised.set(error);
                canceller.cancel();
                is_over = true;
            }
        }
    }
}

/// In a child of the process that made it, nothing is said to the server: the connection is the
/// parent's still.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            let link = self.link.get_mut().unwrap_or_else(PoisonError::into_inner);
            std::mem::forget(std::mem::replace(link, Link::Closed));
        }
    }
}

/// Gives the dialogue to a function in Python: who speaks, and what.
fn observer(log: Py<PyAny>, raised: Raised) -> Observer {
    Observer::new(move |notice| {
        let (who, text) = match notice {
            Notice::Sent(line) => ("C", String::from_utf8_lossy(line).into_owned()),
            Notice::Received(reply) => ("S", reply.to_string()),
            _ => return,
        };
        let told = Python::try_attach(|py| log.call1(py, (who, text)).map(drop));
        if let Some(Err(error)) = told {
            raised.set(error);
        }
    })
}

fn ip(text: &str) -> PyResult<std::net::IpAddr> {
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("{text:?} is no IP address")))
}

fn value(error: impl Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn client_error(py: Python<'_>, failed: Error) -> PyErr {
    let text = failed.to_string();
    match failed {
        Error::Usage(usage) => error::usage(py, &usage),
        Error::Protocol(protocol) => error::protocol(py, &protocol),
        Error::Operation(operation) => error::operation(py, &operation),
        Error::Listing(error) => listing::too_long(py, error),
        Error::Connect { source, .. } if source.kind() == io::ErrorKind::TimedOut => {
            error::named(py, "TimeoutError", &text, None)
        }
        Error::Connect { source, .. } => os_error(source, &text),
        Error::Control(source) => os_error(source, &text),
        Error::Local(source) => os_error(source, &text),
        Error::Resolve { .. } => PyOSError::new_err(text),
        Error::Tls(_) => PyValueError::new_err(text),
        Error::Handshake(_) | Error::Answer => error::remote(py, &text, None),
        Error::LargerThanSource { .. } | Error::SizeDiffers { .. } => {
            error::named(py, "DataError", &text, None)
        }
        _ => error::local(py, &text),
    }
}

/// The class that the kind of the error asks for, with its number where there is one.
fn os_error(source: io::Error, text: &str) -> PyErr {
    match source.raw_os_error() {
        Some(number) => PyOSError::new_err((number, text.to_owned())),
        None => io::Error::new(source.kind(), text.to_owned()).into(),
    }
}

const LARGEST_READ: usize = 1 << 20;
