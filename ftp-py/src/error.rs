//! The package's exceptions, which are defined in Python.

use ftp_proto::client::OperationError;
use ftp_proto::codec::reply::{self, ReplyClass};
use ftp_proto::{DataEnding, ProtocolError, UsageError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

use crate::reply::Reply;

static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// An exception of this name, with a message and perhaps a reply.
pub(crate) fn named(py: Python<'_>, name: &str, text: &str, reply: Option<reply::Reply>) -> PyErr {
    let made = || -> PyResult<PyErr> {
        let errors = ERRORS.get_or_try_init(py, || {
            py.import("ftp_py._errors").map(|module| module.unbind())
        })?;
        let class = errors.bind(py).getattr(name)?;
        let error = class.call1((text, reply.map(Reply)))?;
        Ok(PyErr::from_value(error))
    };
    made().unwrap_or_else(|error| error)
}

/// The peer broke the protocol.
pub(crate) fn remote(py: Python<'_>, text: &str, reply: Option<reply::Reply>) -> PyErr {
    named(py, "RemoteProtocolError", text, reply)
}

/// This side did.
pub(crate) fn local(py: Python<'_>, text: &str) -> PyErr {
    named(py, "LocalProtocolError", text, None)
}

/// A bad argument is a `ValueError`; a call out of place is this side's breach of the protocol.
pub(crate) fn usage(py: Python<'_>, error: &UsageError) -> PyErr {
    match error {
        UsageError::Ended | UsageError::QueueFull { .. } => local(py, &error.to_string()),
        _ => PyValueError::new_err(error.to_string()),
    }
}

/// The end of a session.
pub(crate) fn protocol(py: Python<'_>, error: &ProtocolError) -> PyErr {
    let text = error.to_string();
    match error {
        ProtocolError::TimedOut(_) | ProtocolError::SendTimedOut => {
            named(py, "TimeoutError", &text, None)
        }
        // What no `RemoteProtocolError` is: the server speaks as it should, and says no.
        ProtocolError::Refused(reply)
        | ProtocolError::TlsRefused(reply)
        | ProtocolError::Closing(reply) => refusal(py, &text, reply),
        ProtocolError::Unsolicited(reply) => remote(py, &text, Some((**reply).clone())),
        _ => remote(py, &text, None),
    }
}

/// The end of an operation.
pub(crate) fn operation(py: Python<'_>, error: &OperationError) -> PyErr {
    let text = error.to_string();
    match error {
        OperationError::Refused(reply)
        | OperationError::Failed { reply, .. }
        | OperationError::PasswordNeeded(reply)
        | OperationError::AccountNeeded(reply) => refusal(py, &text, reply),
        OperationError::Unexpected { reply, .. } | OperationError::Unreadable { reply, .. } => {
            remote(py, &text, Some((**reply).clone()))
        }
        OperationError::NoDataConnection(attempts) => {
            let reply = attempts.iter().rev().find_map(|it| match &it.failure {
                ftp_proto::client::AttemptFailure::Refused(reply)
                | ftp_proto::client::AttemptFailure::Server(reply) => Some((**reply).clone()),
                _ => None,
            });
            named(py, "DataConnectionError", &text, reply)
        }
        OperationError::DataLost {
            ending: DataEnding::Truncated,
            ..
        }
        | OperationError::Short { .. } => named(py, "TruncatedError", &text, None),
        OperationError::Stalled { .. } => named(py, "TimeoutError", &text, None),
        OperationError::Aborted => named(py, "AbortedError", &text, None),
        OperationError::NotProtected | OperationError::NotOffered { .. } => local(py, &text),
        _ => named(py, "DataError", &text, None),
    }
}

fn refusal(py: Python<'_>, text: &str, reply: &reply::Reply) -> PyErr {
    let name = match reply.class() {
        ReplyClass::TransientNegative => "TemporaryReplyError",
        ReplyClass::PermanentNegative => "PermanentReplyError",
        _ => "ReplyError",
    };
    named(py, name, text, Some(reply.clone()))
}
