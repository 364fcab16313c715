//! A server on a thread of its own.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ftp_io::server::{
    Account, DataPort, Dialogue, Event, Permissions, Server as Listening, ServerHandle,
    TlsRequired, User, Users,
};
use ftp_io::storage::{LocalDirectory, Storage};
use ftp_io::tls::ServerTls;
use ftp_proto::Timeouts;
use ftp_proto::codec::path::VirtualPath;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::address::Address;
use crate::outputs;
use crate::session::config;
use crate::storage::PythonStorage;
use crate::text::{Name, to_str};

/// A server that runs; ``ftp_py.Server`` is what programs use.
#[pyclass(frozen, module = "ftp_py._core")]
pub(crate) struct RunningServer {
    handle: ServerHandle,
    addresses: Vec<SocketAddr>,
    certificate: Option<(String, String)>,
    events: Arc<Events>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Who made it: a child of that process has no such thread.
    process: u32,
}

/// What happened and was not told yet: the latest of it, if nobody asks.
#[derive(Default)]
struct Events {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    is_over: bool,
}

impl Events {
    fn push(&self, event: Event) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.events.len() == MOST_EVENTS {
            waiting.events.pop_front();
        }
        waiting.events.push_back(event);
        drop(waiting);
        self.news.notify_one();
    }

    fn end(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.is_over = true;
        drop(waiting);
        self.news.notify_all();
    }

    /// The next event within a time; whether there will be more otherwise.
    fn next(&self, within: Duration) -> Result<Option<Event>, ()> {
        let deadline = Instant::now() + within;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(event) = waiting.events.pop_front() {
                return Ok(Some(event));
            }
            if waiting.is_over {
                return Err(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let waited = self.news.wait_timeout(waiting, left);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A user as Python tells one: name, password, permissions, home.
type Told = (Name, Name, String, Option<Name>);

#[pymethods]
impl RunningServer {
    #[new]
    #[pyo3(signature = (
        root, storage, users, anonymous, *, host, port, tls, certificate, require_tls,
        passive_ports, banner, timeouts, limits, dialogue
    ))]
    #[allow(
        clippy::too_many_arguments,
        reason = "keywords, given by the class in Python"
    )]
    fn new(
        py: Python<'_>,
        root: Option<PathBuf>,
        storage: Option<Py<PyAny>>,
        users: Vec<Told>,
        anonymous: Option<&str>,
        host: &str,
        port: u16,
        tls: &str,
        certificate: Option<(PathBuf, PathBuf)>,
        require_tls: &str,
        passive_ports: Option<(u16, u16)>,
        banner: Option<Name>,
        timeouts: Option<&Bound<'_, PyDict>>,
        limits: Option<&Bound<'_, PyDict>>,
        dialogue: bool,
    ) -> PyResult<Self> {
        let value = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
        let storage: Arc<dyn Storage> = match (root, storage) {
            (Some(root), None) => Arc::new(LocalDirectory::open(root)?),
            (None, Some(storage)) => Arc::new(PythonStorage::new(storage)),
            _ => {
                return Err(PyValueError::new_err(
                    "a server serves a directory or a storage",
                ));
            }
        };
        let mut table = Users::new();
        for (name, password, permissions, home) in users {
            let user = User::new(name.0, password.0, account(&permissions, home)?);
            table = table.with(user);
        }
        if let Some(permissions) = anonymous {
            table = table.with_anonymous(config::permissions(permissions)?);
        }
        let ip = host
            .parse()
            .map_err(|_| PyValueError::new_err("host is an IP address to listen at"))?;
        let address = SocketAddr::new(ip, port);
        let events = Arc::new(Events::default());
        let told = Arc::clone(&events);
        let mut settings = Timeouts::server();
        config::set_timeouts(&mut settings, timeouts)?;
        let mut bounds = ftp_proto::Limits::default();
        config::set_limits(&mut bounds, limits)?;
        let mut builder = Listening::builder(storage)
            .users(table)
            .data_port(DataPort::Any)
            .timeouts(settings)
            .limits(bounds)
            .require_tls(config::tls_required(require_tls)?)
            .on_event(move |event| told.push(event));
        if dialogue {
            builder = builder.dialogue(Dialogue::Shown);
        }
        if let Some(banner) = banner {
            builder = builder.banner(banner.0);
        }
        if let Some((first, last)) = passive_ports {
            let ports = ftp_io::net::PortRange::new(first, last).map_err(|e| value(&e))?;
            builder = builder.passive_ports(ports);
        }
        let mut shown = None;
        if tls != "off" {
            let made = match certificate {
                Some((certificate, key)) => {
                    ServerTls::from_files(certificate, key).map_err(|e| value(&e))?
                }
                None => {
                    let names = ["localhost".to_owned(), host.to_owned()];
                    let made = rcgen::generate_simple_self_signed(names);
                    let made = made.map_err(|e| PyRuntimeError::new_err(e.to_string()))?;
                    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
                    let tls = ServerTls::from_pem(pem.as_bytes(), key.as_bytes());
                    shown = Some(pem);
                    tls.map_err(|e| value(&e))?
                }
            };
            let fingerprint = made.fingerprint().to_string();
            shown = Some(shown.unwrap_or_default());
            builder = builder.tls(Arc::new(made));
            shown = shown.map(|pem| format!("{fingerprint}\n{pem}"));
        } else if certificate.is_some()
            || config::tls_required(require_tls)? != TlsRequired::Nothing
        {
            return Err(PyValueError::new_err("a certificate needs tls"));
        }
        builder = match tls {
            "off" | "explicit" => builder.listen_on(address),
            "implicit" => builder.listen_implicit(address),
            _ => {
                return Err(PyValueError::new_err(
                    "tls is 'off', 'explicit' or 'implicit'",
                ));
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("ftp_py-storage")
            .build()?;
        let listening = py
            .detach(|| runtime.block_on(builder.bind()))
            .map_err(|failed| {
                let kind = failed.source.kind();
                PyErr::from(std::io::Error::new(kind, failed.to_string()))
            })?;
        let (handle, addresses) = (listening.handle(), listening.local_addresses().to_vec());
        let ended = Arc::clone(&events);
        let thread = std::thread::Builder::new().name("ftp_py-server".into());
        let thread = thread
            .spawn(move || {
                runtime.block_on(listening.run());
                ended.end();
                // What a storage in Python does still may wait for the thread that waits for this.
                runtime.shutdown_timeout(LONGEST_STOP);
            })
            .map_err(PyOSError::new_err)?;
        let certificate = shown.and_then(|shown| {
            let (fingerprint, pem) = shown.split_once('\n')?;
            Some((fingerprint.to_owned(), pem.to_owned()))
        });
        Ok(Self {
            handle,
            addresses,
            certificate,
            events,
            thread: Mutex::new(Some(thread)),
            process: std::process::id(),
        })
    }

    /// Where it listens.
    #[getter]
    fn addresses(&self) -> Vec<Address> {
        self.addresses.iter().copied().map(Address).collect()
    }

    /// The fingerprint of its certificate, and the certificate itself in PEM if it made one.
    #[getter]
    fn certificate(&self) -> Option<(String, String)> {
        self.certificate.clone()
    }

    /// The next event; ``None`` if none came within so many seconds, ``StopIteration`` behind the
    /// last.
    #[pyo3(signature = (timeout = None))]
    fn next_event<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let within = timeout.map(crate::moment::duration).transpose()?;
        let begun = Instant::now();
        loop {
            let left = within.map(|within| within.saturating_sub(begun.elapsed()));
            let step = left.map_or(STEP, |left| left.min(STEP));
            match py.detach(|| self.events.next(step)) {
                Ok(Some(event)) => {
                    if let Some(made) = server_event(py, &event)? {
                        return Ok(Some(made));
                    }
                }
                Ok(None) if left.is_some_and(|left| left <= step) => return Ok(None),
                Ok(None) => {}
                Err(()) => return Err(pyo3::exceptions::PyStopIteration::new_err(())),
            }
            py.check_signals()?;
        }
    }

    /// Ends the server: at once, or when the sessions that there are have ended.
    #[pyo3(signature = (now = true))]
    fn stop(&self, py: Python<'_>, now: bool) {
        if self.process != std::process::id() {
            return;
        }
        match now {
            true => self.handle.stop_now(),
            false => self.handle.stop(),
        }
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            py.detach(|| {
                // Its panic has been told where it came.
                let _ = thread.join();
            });
        }
    }
}

/// A server that nobody has stopped stops by itself; there is nobody to wait for that.
impl Drop for RunningServer {
    fn drop(&mut self) {
        if self.process == std::process::id() {
            self.handle.stop_now();
        }
    }
}

fn account(permissions: &str, home: Option<Name>) -> PyResult<Account> {
    let permissions: Permissions = config::permissions(permissions)?;
    let account = Account::new(permissions);
    let Some(home) = home else {
        return Ok(account);
    };
    let home = VirtualPath::root()
        .join(&home.0)
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(account.at_home(home))
}

/// An event as the class that tells it; `None` for one that this version has no class for.
fn server_event<'py>(py: Python<'py>, event: &Event) -> PyResult<Option<Bound<'py, PyAny>>> {
    let text = |bytes: &[u8]| to_str(py, bytes);
    let made = match event {
        Event::SessionStarted { session, control } => {
            let peer = Address(control.peer);
            outputs::made(py, "SessionStarted", (session.to_raw(), peer))
        }
        Event::SessionEnded { session, reason } => {
            let reason = reason.map_or("stopped", outputs::reason_word);
            outputs::made(py, "SessionEnded", (session.to_raw(), reason))
        }
        Event::LoggedIn { session, user } => {
            outputs::made(py, "UserLoggedIn", (session.to_raw(), text(user)?))
        }
        Event::LoginRefused { session, user } => {
            outputs::made(py, "UserRefused", (session.to_raw(), text(user)?))
        }
        Event::TransferStarted {
            session,
            kind,
            path,
            mode,
            ..
        } => outputs::made(
            py,
            "FileStarted",
            (
                session.to_raw(),
                outputs::transfer_word(*kind),
                text(path.as_bytes())?,
                outputs::mode_word(*mode),
            ),
        ),
        Event::TransferEnded {
            session,
            bytes,
            outcome,
        } => outputs::made(
            py,
            "FileEnded",
            (session.to_raw(), *bytes, outputs::outcome_word(*outcome)),
        ),
        Event::ControlSecured { session, .. } => {
            outputs::made(py, "SessionSecured", (session.to_raw(),))
        }
        Event::Command { session, line } => {
            outputs::made(py, "CommandCame", (session.to_raw(), text(line)?))
        }
        Event::Reply {
            session,
            text: reply,
        } => outputs::made(py, "ReplySent", (session.to_raw(), text(reply)?)),
        _ => return Ok(None),
    };
    made.map(Some)
}

const MOST_EVENTS: usize = 65_536;
/// How long signals may wait.
const STEP: Duration = Duration::from_millis(200);
const LONGEST_STOP: Duration = Duration::from_secs(5);
