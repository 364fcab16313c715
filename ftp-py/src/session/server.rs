//! A server's side of a control connection.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::data::Marker;
use ftp_proto::listing;
use ftp_proto::server::{self, Ask, Denied, Grant, Opened, Request, ServerConfig, ServerEvent};
use ftp_proto::{Accepted, ControlAddresses, DataEnd, DataId, Session, TlsInfo};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::state::{Said, State};
use super::{config, session_methods};
use crate::address::Address;
use crate::listing::Entry;
use crate::text::Name;
use crate::{error, moment, outputs};

/// The server's side of a control connection, without I/O.
///
/// What needs the program is an event with an ``op``, a question that is answered once, by
/// ``grant``, ``answer`` or ``deny``. Answers are facts; the session words the replies.
///
/// >>> import ftp_py
/// >>> session = ftp_py.ServerSession(
/// ...     local=("192.0.2.1", 21), peer=("192.0.2.7", 40000), now=0.0)
/// >>> session.next_event(), session.data_to_send()
/// (NeedSend(urgent=False), b'220 FTP server ready.\r\n')
/// >>> session.receive_data(b"USER ada\r\nPASS secret\r\n")
/// >>> session.next_event(), session.data_to_send()
/// (NeedSend(urgent=False), b'331 Password, please.\r\n')
/// >>> match session.next_event():
/// ...     case ftp_py.Authenticate(op, "ada", "secret"):
/// ...         session.grant(op, "rw", home="/")
/// >>> session.next_event()
/// LoggedIn(user='ada')
/// >>> session.next_event(), session.data_to_send()
/// (NeedSend(urgent=False), b'230 Logged in.\r\n')
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct ServerSession {
    state: State<server::ServerSession>,
    asked: Mutex<Asked>,
}

/// Questions that wait for their answers.
#[derive(Default)]
struct Asked {
    waiting: HashMap<u32, Question>,
    latest: u32,
}

enum Question {
    Grant(Ask<Grant>),
    Entry(Ask<listing::Entry>),
    Opened(Ask<Opened>),
    Done(Ask<()>),
}

/// What Python answers with.
enum Given {
    Grant(Grant),
    Entry(listing::Entry),
    Opened(Opened),
    Done,
    Denied(Denied),
}

impl Question {
    fn of(request: Request) -> Option<(u32, Self)> {
        Some(match request {
            Request::Authenticate(ask, _) | Request::Identify(ask, ..) => {
                (ask.id().to_raw(), Self::Grant(ask))
            }
            Request::Metadata(ask, _) => (ask.id().to_raw(), Self::Entry(ask)),
            Request::OpenRead(ask, ..)
            | Request::OpenWrite(ask, ..)
            | Request::OpenList(ask, ..) => (ask.id().to_raw(), Self::Opened(ask)),
            Request::Finish(ask, _) | Request::Change(ask, _) => {
                (ask.id().to_raw(), Self::Done(ask))
            }
            _ => return None,
        })
    }

    /// Answers, or gives itself back with what would have been an answer.
    fn answer(
        self,
        session: &mut server::ServerSession,
        given: Given,
    ) -> Result<(), (Self, &'static str)> {
        match (self, given) {
            (Self::Grant(ask), Given::Grant(grant)) => session.answer(ask, Ok(grant)),
            (Self::Entry(ask), Given::Entry(entry)) => session.answer(ask, Ok(entry)),
            (Self::Opened(ask), Given::Opened(opened)) => session.answer(ask, Ok(opened)),
            (Self::Opened(ask), Given::Done) => session.answer(ask, Ok(Opened::default())),
            (Self::Done(ask), Given::Done) => session.answer(ask, Ok(())),
            (Self::Grant(ask), Given::Denied(why)) => session.answer(ask, Err(why)),
            (Self::Entry(ask), Given::Denied(why)) => session.answer(ask, Err(why)),
            (Self::Opened(ask), Given::Denied(why)) => session.answer(ask, Err(why)),
            (Self::Done(ask), Given::Denied(why)) => session.answer(ask, Err(why)),
            (question, _) => {
                let wanted = match &question {
                    Self::Grant(_) => "this question is answered by grant",
                    Self::Entry(_) => "this question is answered by an Entry",
                    Self::Opened(_) => "this question is answered by what was opened",
                    Self::Done(_) => "this question is answered by nothing more than answer(op)",
                };
                return Err((question, wanted));
            }
        }
        Ok(())
    }
}

impl ServerSession {
    fn asked<T>(&self, act: impl FnOnce(&mut Asked) -> T) -> T {
        act(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn give(&self, py: Python<'_>, op: u32, given: Given) -> PyResult<()> {
        let found = self.asked(|asked| match asked.waiting.remove(&op) {
            Some(question) => Ok(Some(question)),
            // One that was answered, or taken back: whoever was late does no harm.
            None if op <= asked.latest => Ok(None),
            None => Err(()),
        });
        let Ok(question) = found else {
            return Err(error::local(py, "no such question was asked"));
        };
        let Some(question) = question else {
            return Ok(());
        };
        let answered = self
            .state
            .with(|state| question.answer(&mut state.session, given));
        match answered {
            Ok(()) => Ok(()),
            Err((question, wanted)) => {
                self.asked(|asked| asked.waiting.insert(op, question));
                Err(PyTypeError::new_err(wanted))
            }
        }
    }

    /// Keeps the right to answer that an event brings.
    fn note(&self, event: ServerEvent) {
        match event {
            ServerEvent::Request(request) => {
                if let Some((op, question)) = Question::of(request) {
                    self.asked(|asked| {
                        asked.latest = asked.latest.max(op);
                        asked.waiting.insert(op, question);
                    });
                }
            }
            ServerEvent::Cancel(op) => {
                self.asked(|asked| asked.waiting.remove(&op.to_raw()));
            }
            _ => {}
        }
    }
}

session_methods!(ServerSession {
    #[new]
    #[pyo3(signature = (
        *, local, peer, now, implicit_tls = false, banner = None, data_port = None,
        abilities = "all", transfers = "all", tls = "never", tls_required = "nothing",
        tls_required_for_anonymous = "nothing", clear_control = "refused",
        truncated_uploads = "refused", certificate_login = "beside", dialogue = false,
        limits = None, timeouts = None
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python, most of them optional")]
    fn new(
        local: Address,
        peer: Address,
        now: f64,
        implicit_tls: bool,
        banner: Option<Name>,
        data_port: Option<&Bound<'_, PyAny>>,
        abilities: &str,
        transfers: &str,
        tls: &str,
        tls_required: &str,
        tls_required_for_anonymous: &str,
        clear_control: &str,
        truncated_uploads: &str,
        certificate_login: &str,
        dialogue: bool,
        limits: Option<&Bound<'_, PyDict>>,
        timeouts: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut settings = ServerConfig::default();
        if let Some(banner) = banner {
            settings.banner = banner.0.into();
        }
        if let Some(port) = data_port {
            settings.data_port = config::data_port(port)?;
        }
        settings.abilities = config::abilities(abilities)?;
        settings.transfers = config::transfers(transfers)?;
        settings.tls.offer = config::tls_offer(tls)?;
        settings.tls.required = config::tls_required(tls_required)?;
        settings.tls.required_for_anonymous = config::tls_required(tls_required_for_anonymous)?;
        settings.tls.clear_control = config::clear_control(clear_control)?;
        settings.tls.truncated_uploads = config::truncated_uploads(truncated_uploads)?;
        settings.tls.certificate_login = config::certificate_login(certificate_login)?;
        settings.dialogue = config::dialogue(dialogue);
        config::set_limits(&mut settings.limits, limits)?;
        config::set_timeouts(&mut settings.timeouts, timeouts)?;
        let now = moment::instant(now)?;
        let addresses = ControlAddresses::new(local.0, peer.0);
        let settings = Arc::new(settings);
        let session = match implicit_tls {
            true => server::ServerSession::with_implicit_tls(settings, addresses, now),
            false => server::ServerSession::new(settings, addresses, now),
        };
        Ok(Self {
            state: State::new(session, now),
            asked: Mutex::default(),
        })
    }

    /// The next thing to do, or ``NeedData`` when there is nothing but to wait. ``now`` is the time
    /// in seconds of a monotonic clock; without it, none has passed.
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
            Said::Event(event) => {
                let made = outputs::server_event(py, &event);
                self.note(event);
                made
            }
            Said::Wait(wait) => outputs::wait(py, wait),
            Said::Failed(error) => Err(error::protocol(py, &error)),
            Said::Unknown => Err(error::local(py, "this version does not know that output")),
        }
    }

    /// Answers ``Authenticate`` and ``Identify``: the user may do what ``permissions`` say (``rw``,
    /// ``ro``, or some of ``list,read,write,delete,rename,make``), and begins in ``home``.
    #[pyo3(signature = (op, permissions = "rw", *, home = None))]
    fn grant(
        &self,
        py: Python<'_>,
        op: u32,
        permissions: &str,
        home: Option<Name>,
    ) -> PyResult<()> {
        let home = home.map_or_else(|| b"/".to_vec(), |home| home.0);
        let home = VirtualPath::root()
            .join(&home)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let permissions = config::permissions(permissions)?;
        self.give(py, op, Given::Grant(Grant { permissions, home }))
    }

    /// Answers any other question: ``Metadata`` with an ``Entry``; ``OpenRead``, ``OpenWrite`` and
    /// ``OpenList`` with what is known of what was opened, its ``size`` and for ``unique`` its
    /// ``name``; the others with nothing.
    #[pyo3(signature = (op, entry = None, *, size = None, name = None))]
    fn answer(
        &self,
        py: Python<'_>,
        op: u32,
        entry: Option<&Bound<'_, Entry>>,
        size: Option<u64>,
        name: Option<Name>,
    ) -> PyResult<()> {
        let name = name.map(|name| Bytes::from(name.0));
        let given = match (entry, size, name) {
            (Some(entry), None, None) => Given::Entry(entry.get().0.clone()),
            (None, None, None) => Given::Done,
            (None, size, name) => Given::Opened(Opened { size, name }),
            (Some(_), ..) => {
                return Err(PyTypeError::new_err("an entry says all by itself"));
            }
        };
        self.give(py, op, given)
    }

    /// Answers any question with no: ``bad-credentials``, ``not-found``, ``not-permitted``,
    /// ``exists``, ``not-directory``, ``is-directory``, ``not-empty``, ``bad-name``,
    /// ``bad-offset``, ``no-space``, ``quota-exceeded``, ``busy``, ``unsupported`` or ``failed``.
    #[pyo3(signature = (op, why = "failed"))]
    fn deny(&self, py: Python<'_>, op: u32, why: &str) -> PyResult<()> {
        let why = config::denied(why)?;
        self.give(py, op, Given::Denied(why))
    }

    /// Ends the session in order: a transfer ends first, then the client is told.
    fn stop(&self) {
        self.state.with(|state| state.session.stop());
    }

    /// Whether no command is being carried out.
    #[getter]
    fn is_idle(&self) -> bool {
        self.state.with(|state| state.session.is_idle())
    }
});
