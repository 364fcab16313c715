//! A client's side of a control connection.

use bytes::Bytes;
use ftp_proto::client::{
    self, ClientConfig, Listing, ListingKind, Login, Quirks, Relay, RelayEnd, RelayPart, Retrieve,
    Store, StoreAs,
};
use ftp_proto::codec::command::{Argument, Command, Password, Verb};
use ftp_proto::data::{Marker, TransferParameters};
use ftp_proto::{
    Accepted, ControlAddresses, DataEnd, DataId, OpId, Secret, Session, TlsInfo, UsageError,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::state::{Said, State};
use super::{config, session_methods};
use crate::address::Address;
use crate::text::Name;
use crate::{error, moment, outputs};

/// The client's side of a control connection, without I/O.
///
/// Verbs (``login``, ``retrieve``, ``list``, ...) queue an operation and give its number at once;
/// ``Done`` is its end. ``next_event`` tells what to do, one thing after the other, until it says
/// ``NeedData``.
///
/// >>> import ftp_py
/// >>> session = ftp_py.ClientSession(
/// ...     local=("192.0.2.7", 40000), peer=("192.0.2.1", 21), now=0.0)
/// >>> op = session.command("SITE HELP")
/// >>> session.next_event()
/// NeedData(read=8194, write=False, deadline=60.0)
/// >>> session.receive_data(b"220 Ready.\r\n", now=0.5)
/// >>> session.next_event()
/// Greeting(reply=Reply(220, 'Ready.'))
/// >>> session.next_event()
/// NeedSend(urgent=False)
/// >>> session.data_to_send()
/// b'SITE HELP\r\n'
/// >>> session.receive_data(b"214 Help yourself.\r\n")
/// >>> match session.next_event():
/// ...     case ftp_py.Done(done, reply, None) if done == op:
/// ...         print(reply)
/// 214 Help yourself.
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct ClientSession {
    state: State<client::ClientSession>,
}

type Asked = Result<OpId, UsageError>;

impl ClientSession {
    fn ask(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&mut client::ClientSession) -> Asked,
    ) -> PyResult<u32> {
        match self.state.with(|state| ask(&mut state.session)) {
            Ok(op) => Ok(op.to_raw()),
            Err(error) => Err(error::usage(py, &error)),
        }
    }
}

session_methods!(ClientSession {
    #[new]
    #[pyo3(signature = (
        *, local, peer, now, data = "passive", passive_host = "peer", pipelining = "off",
        tls = "off", auth_fallback = "none", protection = "private", known_servers = "all",
        quirks = "none", dialogue = false, limits = None, timeouts = None
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python, most of them optional")]
    fn new(
        local: Address,
        peer: Address,
        now: f64,
        data: &str,
        passive_host: &str,
        pipelining: &str,
        tls: &str,
        auth_fallback: &str,
        protection: &str,
        known_servers: &str,
        quirks: &str,
        dialogue: bool,
        limits: Option<&Bound<'_, PyDict>>,
        timeouts: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut settings = ClientConfig::default();
        settings.data = config::data_policy(data)?;
        settings.passive_host = config::passive_host(passive_host)?;
        settings.pipelining = config::pipelining(pipelining)?;
        settings.tls = config::tls(tls)?;
        settings.auth_fallback = config::auth_fallback(auth_fallback)?;
        settings.protection = config::protection(protection)?;
        settings.known_servers = match known_servers {
            "all" => settings.known_servers,
            "none" => &[],
            _ => return Err(PyValueError::new_err("known_servers is 'all' or 'none'")),
        };
        settings.quirks = match quirks {
            "none" => Quirks::NONE,
            "loose-endings" => Quirks::NONE.with_loose_endings(),
            _ => return Err(PyValueError::new_err("quirks is 'none' or 'loose-endings'")),
        };
        settings.dialogue = config::dialogue(dialogue);
        config::set_limits(&mut settings.limits, limits)?;
        config::set_timeouts(&mut settings.timeouts, timeouts)?;
        let now = moment::instant(now)?;
        let addresses = ControlAddresses::new(local.0, peer.0);
        let session = client::ClientSession::new(settings, addresses, now);
        Ok(Self { state: State::new(session, now) })
    }

    /// The next thing to do, or ``NeedData`` when there is nothing but to wait. ``now`` is the time
    /// in seconds of a monotonic clock; without it, none has passed.
    ///
    /// A server that broke the protocol, went silent or went away is an exception, for good: drop
    /// every socket.
    #[pyo3(signature = (now = None))]
    fn next_event<'py>(
        &self,
        py: Python<'py>,
        now: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let now = now.map(moment::instant).transpose()?;
        match self.state.with(|state| state.next(now)) {
            Said::Send(urgent) => outputs::made(py, "NeedSend", (urgent,)),
            Said::Action(action) => outputs::action(py, action),
            Said::Event(event) => outputs::client_event(py, event),
            Said::Wait(wait) => outputs::wait(py, wait),
            Said::Failed(error) => Err(error::protocol(py, &error)),
            Said::Unknown => Err(error::local(py, "this version does not know that output")),
        }
    }

    /// USER, and PASS and ACCT as the server asks. Gives a ``Reply``.
    #[pyo3(signature = (user, password = None, account = None))]
    fn login(
        &self,
        py: Python<'_>,
        user: Name,
        password: Option<Name>,
        account: Option<Name>,
    ) -> PyResult<u32> {
        let login = login(py, user, password, account)?;
        self.ask(py, |session| session.login(login))
    }

    /// RETR. Gives ``Transferred``.
    #[pyo3(signature = (
        path, *, offset = 0, expected = None, representation = "image", structure = "file",
        mode = "stream"
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python, most of them optional")]
    fn retrieve(
        &self,
        py: Python<'_>,
        path: Name,
        offset: u64,
        expected: Option<u64>,
        representation: &str,
        structure: &str,
        mode: &str,
    ) -> PyResult<u32> {
        let mut retrieve = Retrieve::new(argument(py, path)?);
        retrieve.offset = offset;
        retrieve.expected = expected;
        retrieve.parameters = config::parameters(representation, structure, mode)?;
        self.ask(py, |session| session.retrieve(retrieve))
    }

    /// STOR, or APPE with ``append``, STOU with ``unique``, REST and STOR with ``at``. Gives
    /// ``Transferred``.
    #[pyo3(signature = (
        path = None, *, at = None, append = false, unique = false, representation = "image",
        structure = "file", mode = "stream"
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python, most of them optional")]
    fn store(
        &self,
        py: Python<'_>,
        path: Option<Name>,
        at: Option<u64>,
        append: bool,
        unique: bool,
        representation: &str,
        structure: &str,
        mode: &str,
    ) -> PyResult<u32> {
        let parameters = config::parameters(representation, structure, mode)?;
        let store = store(py, path, at, append, unique, parameters)?;
        self.ask(py, |session| session.store(store))
    }

    /// MLSD, or LIST where the server has none; LIST with ``kind="native"``, NLST with
    /// ``kind="names"``. Gives ``Transferred``, whose ``listing`` says which it was.
    #[pyo3(signature = (path = None, *, kind = "machine", fall_back = true, mode = "stream"))]
    fn list(
        &self,
        py: Python<'_>,
        path: Option<Name>,
        kind: &str,
        fall_back: bool,
        mode: &str,
    ) -> PyResult<u32> {
        let mut listing = listing(py, path, kind, fall_back)?;
        listing.mode = config::mode(mode)?;
        self.ask(py, |session| session.list(listing))
    }

    /// CWD. Gives a ``Reply``.
    fn change_directory(&self, py: Python<'_>, path: Name) -> PyResult<u32> {
        let path = argument(py, path)?;
        self.ask(py, |session| session.change_directory(path))
    }

    /// CDUP. Gives a ``Reply``.
    fn change_to_parent(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::change_to_parent)
    }

    /// PWD. Gives a ``str``.
    fn working_directory(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::working_directory)
    }

    /// MKD. Gives a ``Reply``.
    fn make_directory(&self, py: Python<'_>, path: Name) -> PyResult<u32> {
        let path = argument(py, path)?;
        self.ask(py, |session| session.make_directory(path))
    }

    /// RMD. Gives a ``Reply``.
    fn remove_directory(&self, py: Python<'_>, path: Name) -> PyResult<u32> {
        let path = argument(py, path)?;
        self.ask(py, |session| session.remove_directory(path))
    }

    /// DELE. Gives a ``Reply``.
    fn delete(&self, py: Python<'_>, path: Name) -> PyResult<u32> {
        let path = argument(py, path)?;
        self.ask(py, |session| session.delete(path))
    }

    /// RNFR and RNTO. Gives a ``Reply``.
    fn rename(&self, py: Python<'_>, path: Name, to: Name) -> PyResult<u32> {
        let (from, to) = (argument(py, path)?, argument(py, to)?);
        self.ask(py, |session| session.rename(from, to))
    }

    /// SIZE. Gives an ``int``.
    fn size(&self, py: Python<'_>, path: Name) -> PyResult<u32> {
        let path = argument(py, path)?;
        self.ask(py, |session| session.size(path))
    }

    /// MDTM. Gives a ``datetime``.
    fn modified(&self, py: Python<'_>, path: Name) -> PyResult<u32> {
        let path = argument(py, path)?;
        self.ask(py, |session| session.modified(path))
    }

    /// MLST. Gives an ``Entry``.
    #[pyo3(signature = (path = None))]
    fn facts(&self, py: Python<'_>, path: Option<Name>) -> PyResult<u32> {
        let path = path.map(|path| argument(py, path)).transpose()?;
        self.ask(py, |session| session.facts(path))
    }

    /// FEAT, OPTS UTF8 ON, SYST, and what is known to help at the server that these tell of. Gives
    /// what ``features`` gives.
    fn acquaint(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::acquaint)
    }

    /// PASV or EPSV, for another server to connect to. Gives an address.
    fn offer_data(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::offer_data)
    }

    /// One half of a transfer from server to server: this one ``sends`` or ``receives``, and
    /// connects ``to`` an address that the other one has offered, or listens. Gives a ``Reply``.
    #[pyo3(signature = (part, path, *, to = None, at = None))]
    fn relay(
        &self,
        py: Python<'_>,
        part: &str,
        path: Name,
        to: Option<Address>,
        at: Option<u64>,
    ) -> PyResult<u32> {
        let path = argument(py, path)?;
        let part = match (part, at) {
            ("sends", None) => RelayPart::Sends(path),
            ("receives", None) => RelayPart::Receives(StoreAs::Whole(path)),
            ("receives", Some(offset)) => RelayPart::Receives(StoreAs::At(path, offset)),
            _ => return Err(PyValueError::new_err("a part is 'sends' or 'receives'")),
        };
        let end = to.map_or(RelayEnd::Listens, |to| RelayEnd::ConnectsTo(to.0));
        self.ask(py, |session| session.relay(Relay::new(part, end)))
    }

    /// FEAT. Gives a tuple of ``str``.
    fn features(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::features)
    }

    /// SYST. Gives a ``Reply``.
    fn system(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::system)
    }

    /// STAT. Gives a ``Reply``.
    #[pyo3(signature = (path = None))]
    fn status(&self, py: Python<'_>, path: Option<Name>) -> PyResult<u32> {
        let path = path.map(|path| argument(py, path)).transpose()?;
        self.ask(py, |session| session.status(path))
    }

    /// HELP. Gives a ``Reply``.
    #[pyo3(signature = (topic = None))]
    fn help(&self, py: Python<'_>, topic: Option<Name>) -> PyResult<u32> {
        let topic = topic.map(|topic| argument(py, topic)).transpose()?;
        self.ask(py, |session| session.help(topic))
    }

    /// NOOP. Gives a ``Reply``.
    fn noop(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::noop)
    }

    /// Any command that needs no data connection and in which the session has no part. Gives a
    /// ``Reply``.
    fn command(&self, py: Python<'_>, line: Name) -> PyResult<u32> {
        let command = command(py, line)?;
        self.ask(py, |session| session.command(command))
    }

    /// CCC: the control connection goes on in clear. Gives a ``Reply``.
    fn clear_control(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::clear_control)
    }

    /// QUIT, behind everything that was asked for before. Gives a ``Reply``, or ``None`` when the
    /// server closes the connection in place of one.
    fn quit(&self, py: Python<'_>) -> PyResult<u32> {
        self.ask(py, client::ClientSession::quit)
    }

    /// Ends an operation early.
    fn abort(&self, op: u32) {
        self.state.with(|state| state.session.abort(OpId::from_raw(op)));
    }

    /// Whether the server has greeted and TLS is set up where it is asked for.
    #[getter]
    fn is_ready(&self) -> bool {
        self.state.with(|state| state.session.is_ready())
    }

    /// Whether no operation runs or waits.
    #[getter]
    fn is_idle(&self) -> bool {
        self.state.with(|state| state.session.is_idle())
    }
});

pub(crate) fn argument(py: Python<'_>, name: Name) -> PyResult<Argument> {
    Argument::new(name.0).map_err(|error| error::usage(py, &error))
}

pub(crate) fn login(
    py: Python<'_>,
    user: Name,
    password: Option<Name>,
    account: Option<Name>,
) -> PyResult<Login> {
    let password = password.map(|password| Password::new(password.0));
    Ok(Login {
        user: argument(py, user)?,
        password: password
            .transpose()
            .map_err(|error| error::usage(py, &error))?,
        account: account
            .map(|account| argument(py, account).map(Secret::new))
            .transpose()?,
    })
}

pub(crate) fn store(
    py: Python<'_>,
    path: Option<Name>,
    at: Option<u64>,
    append: bool,
    unique: bool,
    parameters: TransferParameters,
) -> PyResult<Store> {
    let path = path.map(|path| argument(py, path)).transpose()?;
    let target = match (path, at, append, unique) {
        (path, None, false, true) => StoreAs::Unique(path),
        (Some(path), None, true, false) => StoreAs::Append(path),
        (Some(path), Some(offset), false, false) => StoreAs::At(path, offset),
        (Some(path), None, false, false) => StoreAs::Whole(path),
        (None, ..) => return Err(PyValueError::new_err("a path is needed, but with unique")),
        _ => {
            return Err(PyValueError::new_err(
                "at, append and unique exclude each other",
            ));
        }
    };
    let mut store = Store::new(target);
    store.parameters = parameters;
    Ok(store)
}

pub(crate) fn listing(
    py: Python<'_>,
    path: Option<Name>,
    kind: &str,
    fall_back: bool,
) -> PyResult<Listing> {
    let mut listing = Listing::new(path.map(|path| argument(py, path)).transpose()?);
    listing.kind = match kind {
        "machine" => ListingKind::Machine,
        "native" => ListingKind::Native,
        "names" => ListingKind::Names,
        _ => {
            return Err(PyValueError::new_err(
                "a kind of listing is 'machine', 'native' or 'names'",
            ));
        }
    };
    listing.fall_back = fall_back;
    Ok(listing)
}

pub(crate) fn parameters(ascii: bool) -> TransferParameters {
    TransferParameters {
        representation: match ascii {
            true => TransferParameters::DEFAULT.representation,
            false => TransferParameters::IMAGE.representation,
        },
        ..TransferParameters::IMAGE
    }
}

/// A command as its sender would write it: one that can be read as what it is, or any other.
pub(crate) fn command(py: Python<'_>, line: Name) -> PyResult<Command> {
    let line = Bytes::from(line.0);
    if let Some(at) = line.iter().position(|b| matches!(b, b'\r' | b'\n' | 0)) {
        let byte = line.get(at).copied().unwrap_or_default();
        return Err(error::usage(py, &UsageError::ForbiddenByte { byte, at }));
    }
    if let Ok(command) = Command::decode(&line) {
        return Ok(command);
    }
    let mut parts = line.splitn(2, |&b| b == b' ');
    let verb = parts.next().unwrap_or_default().to_vec();
    let rest = parts.next().unwrap_or_default().to_vec();
    let verb = Verb::new(verb).map_err(|error| error::usage(py, &error))?;
    let argument = match rest.is_empty() {
        true => None,
        false => Some(argument(py, Name(rest))?),
    };
    Ok(Command::Other { verb, argument })
}
