//! Replies.

use std::hash::{DefaultHasher, Hash, Hasher};

use bytes::Bytes;
use ftp_proto::Limits;
use ftp_proto::codec::feature::Features;
use ftp_proto::codec::line::{Line, LineBuffer};
use ftp_proto::codec::reply::{self, ReplyCode};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::error;
use crate::text::{Name, to_str};

/// A server's reply: its code, and its text without codes, lines separated by ``\n``.
///
/// >>> import ftp_py
/// >>> reply = ftp_py.Reply(257, '"/pub" is the current directory')
/// >>> reply.code, reply.kind
/// (257, 'completion')
/// >>> match reply:
/// ...     case ftp_py.Reply(257, text):
/// ...         print(text)
/// "/pub" is the current directory
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct Reply(pub(crate) reply::Reply);

#[pymethods]
impl Reply {
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str) {
        ("code", "text")
    }

    #[new]
    #[pyo3(signature = (code, text = None))]
    fn new(code: u16, text: Option<Name>) -> PyResult<Self> {
        let code = ReplyCode::new(code)
            .ok_or_else(|| PyValueError::new_err("a reply code is from 100 to 599"))?;
        Ok(Self(reply::Reply::new(
            code,
            text.map_or_else(Vec::new, |text| text.0),
        )))
    }

    /// The code, 100 to 599.
    #[getter]
    fn code(&self) -> u16 {
        self.0.code().to_u16()
    }

    /// The text, its lines separated by ``\n``.
    #[getter]
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        to_str(py, self.0.text())
    }

    /// The text line by line.
    #[getter]
    fn lines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let lines: PyResult<Vec<_>> = self.0.lines().map(|line| to_str(py, line)).collect();
        PyTuple::new(py, lines?)
    }

    /// What the code's first digit says: ``preliminary``, ``completion``, ``intermediate``,
    /// ``transient`` or ``permanent``.
    #[getter]
    fn kind(&self) -> &'static str {
        match self.0.class() {
            reply::ReplyClass::Preliminary => "preliminary",
            reply::ReplyClass::Completion => "completion",
            reply::ReplyClass::Intermediate => "intermediate",
            reply::ReplyClass::TransientNegative => "transient",
            reply::ReplyClass::PermanentNegative => "permanent",
        }
    }

    /// As a server sends it, with codes and line ends.
    fn encode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut out = Vec::new();
        self.0.encode(&mut out);
        PyBytes::new(py, &out)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<Self>()
            .is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.code().hash(&mut hasher);
        self.0.text().hash(&mut hasher);
        hasher.finish()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let text = self.text(py)?.repr()?;
        Ok(format!("Reply({}, {text})", self.0.code()))
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> (u16, Bound<'py, PyBytes>) {
        (self.code(), PyBytes::new(py, self.0.text()))
    }
}

/// Puts lines together to replies, within the bounds that a session has.
///
/// >>> import ftp_py
/// >>> reader = ftp_py.ReplyReader()
/// >>> reader.push_line(b"220-Welcome")
/// >>> reader.push_line(b"100 users online")
/// >>> reader.push_line(b"220 ready")
/// Reply(220, 'Welcome\n100 users online\nready')
#[pyclass(frozen, module = "ftp_py")]
pub(crate) struct ReplyReader(std::sync::Mutex<reply::ReplyReader>);

#[pymethods]
impl ReplyReader {
    #[new]
    fn new() -> Self {
        Self(reply::ReplyReader::new(&Limits::default()).into())
    }

    /// Takes one line without its end; the reply, if this was its last.
    fn push_line(&self, py: Python<'_>, line: Name) -> PyResult<Option<Reply>> {
        let pushed = {
            let mut reader = self.0.lock().unwrap_or_else(|broken| broken.into_inner());
            reader.push_line(&Bytes::from(line.0))
        };
        match pushed {
            Ok(reply) => Ok(reply.map(Reply)),
            Err(error) => Err(error::remote(py, &error.to_string(), None)),
        }
    }
}

/// Reads one whole reply from bytes, as a client does; lines may end in LF alone.
///
/// >>> import ftp_py
/// >>> ftp_py.parse_reply(b"211-Features:\r\n SIZE\r\n211 End\r\n")
/// Reply(211, 'Features:\n SIZE\nEnd')
///
/// What is no reply, or not all of one, is a ``RemoteProtocolError``.
#[pyfunction]
pub(crate) fn parse_reply(py: Python<'_>, data: Name) -> PyResult<Reply> {
    let limits = Limits::default();
    let mut reader = reply::ReplyReader::new(&limits);
    let mut lines = LineBuffer::new(limits.line);
    let mut rest = &data.0[..];
    loop {
        let taken = lines.push(rest);
        rest = rest.get(taken..).unwrap_or_default();
        let line = match lines.next_line() {
            Some(Line::Whole(line)) => line,
            Some(Line::TooLong) => {
                return Err(error::remote(py, "a line is too long", None));
            }
            None if taken > 0 => continue,
            None => return Err(error::remote(py, "the reply is not whole", None)),
        };
        match reader.push_line(&line) {
            Ok(Some(reply)) if rest.is_empty() && lines.is_empty() => return Ok(Reply(reply)),
            Ok(Some(_)) => return Err(error::remote(py, "more follows the reply", None)),
            Ok(None) => {}
            Err(error) => return Err(error::remote(py, &error.to_string(), None)),
        }
    }
}

/// The features that a reply to FEAT lists (RFC 2389), each as it was listed.
///
/// >>> import ftp_py
/// >>> reply = ftp_py.Reply(211, "Features:\n SIZE\n REST STREAM\nEnd")
/// >>> ftp_py.parse_features(reply)
/// ('SIZE', 'REST STREAM')
#[pyfunction]
pub(crate) fn parse_features<'py>(
    py: Python<'py>,
    reply: &Bound<'py, Reply>,
) -> PyResult<Bound<'py, PyTuple>> {
    features(py, &Features::from_reply(&reply.get().0))
}

pub(crate) fn features<'py>(py: Python<'py>, features: &Features) -> PyResult<Bound<'py, PyTuple>> {
    let each: PyResult<Vec<_>> = features.iter().map(|line| to_str(py, line)).collect();
    PyTuple::new(py, each?)
}
