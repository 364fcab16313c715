//! What sessions say, as the classes that are defined in Python.

use ftp_proto::client::{ClientEvent, ListingKind, Outcome, Transferred};
use ftp_proto::listing::ListingStyle;
use ftp_proto::server::{
    Change, CloseReason, Keep, Placement, Request, ServerEvent, TransferKind, TransferOutcome,
};
use ftp_proto::{Action, Closing, DataMode, Direction, Handshake, LocalFailure, Protection, Wait};
use pyo3::IntoPyObjectExt;
use pyo3::call::PyCallArgs;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyModule};

use crate::address::Address;
use crate::codec::Codec;
use crate::listing::Entry;
use crate::reply::{self, Reply};
use crate::text::to_str;
use crate::{error, moment};

static OUTPUTS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// An instance of a class of `ftp_py._outputs`.
pub(crate) fn made<'py>(
    py: Python<'py>,
    class: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let outputs = OUTPUTS.get_or_try_init(py, || {
        py.import("ftp_py._outputs").map(|module| module.unbind())
    })?;
    outputs.bind(py).getattr(class)?.call1(arguments)
}

pub(crate) fn wait<'py>(py: Python<'py>, wait: Wait) -> PyResult<Bound<'py, PyAny>> {
    let deadline = wait.deadline.map(moment::seconds);
    made(py, "NeedData", (wait.read, wait.write, deadline))
}

pub(crate) fn action<'py>(py: Python<'py>, action: Action) -> PyResult<Bound<'py, PyAny>> {
    match action {
        Action::ConnectData {
            id,
            mode,
            local,
            to,
        } => made(
            py,
            "ConnectData",
            (
                id.to_raw(),
                mode_word(mode),
                local.map(Address),
                Address(to),
            ),
        ),
        Action::ListenData {
            id,
            mode,
            local,
            from,
        } => {
            let from = from.map(|ip| ip.to_string());
            let local = Address(local);
            made(
                py,
                "ListenData",
                (id.to_raw(), mode_word(mode), local, from),
            )
        }
        Action::AcceptData { id } => made(py, "AcceptData", (id.to_raw(),)),
        Action::MoveData {
            id,
            op,
            direction,
            protection,
            codec,
        } => {
            let direction = match direction {
                Direction::Send => "send",
                Direction::Receive => "receive",
            };
            let private = protection == Protection::Private;
            let codec = Codec::of(codec).into_bound_py_any(py)?;
            let arguments = (id.to_raw(), op.to_raw(), direction, private, codec);
            made(py, "MoveData", arguments)
        }
        Action::CloseData { id, how } => {
            made(py, "CloseData", (id.to_raw(), how == Closing::Reset))
        }
        Action::StartTls => made(py, "StartTls", ()),
        Action::StopTls => made(py, "StopTls", ()),
        Action::Close => made(py, "Close", ()),
        other => Err(error::local(
            py,
            &format!("this version does not know {other:?}"),
        )),
    }
}

pub(crate) fn client_event<'py>(
    py: Python<'py>,
    event: ClientEvent,
) -> PyResult<Bound<'py, PyAny>> {
    match event {
        ClientEvent::Greeting(reply) => made(py, "Greeting", (Reply(reply),)),
        ClientEvent::Secured(handshake) => made(py, "Secured", (is_resumed(handshake),)),
        ClientEvent::NotSecured(reply) => made(py, "NotSecured", (Reply(reply),)),
        ClientEvent::Started { op, reply } => made(py, "Started", (op.to_raw(), Reply(reply))),
        ClientEvent::Marker { op, text, position } => {
            made(py, "Marker", (op.to_raw(), to_str(py, &text)?, position))
        }
        ClientEvent::Done { op, result } => match result {
            Ok(result) => made(py, "Done", (op.to_raw(), outcome(py, result)?, py.None())),
            Err(error) => {
                let error = error::operation(py, &error).into_value(py);
                made(py, "Done", (op.to_raw(), py.None(), error))
            }
        },
        ClientEvent::Sent(line) => made(py, "Sent", (to_str(py, &line)?,)),
        ClientEvent::Received(reply) => made(py, "Received", (Reply(reply),)),
        other => Err(error::local(
            py,
            &format!("this version does not know {other:?}"),
        )),
    }
}

/// What an operation gave, as the value that its verb promises.
pub(crate) fn outcome<'py>(py: Python<'py>, outcome: Outcome) -> PyResult<Bound<'py, PyAny>> {
    match outcome {
        Outcome::Reply(reply) => Reply(reply).into_bound_py_any(py),
        Outcome::Path(path) => to_str(py, &path)?.into_bound_py_any(py),
        Outcome::Address(at) => Address(at).into_bound_py_any(py),
        Outcome::Size(size) => size.into_bound_py_any(py),
        Outcome::Modified(at) => moment::utc(py, at)?.into_bound_py_any(py),
        Outcome::Entry(entry) => Entry(entry.into_owned()).into_bound_py_any(py),
        Outcome::Features(features) => reply::features(py, &features)?.into_bound_py_any(py),
        Outcome::Transfer(transfer) => transferred(py, transfer),
        Outcome::Closed => Ok(py.None().into_bound(py)),
        other => Err(error::local(
            py,
            &format!("this version does not know {other:?}"),
        )),
    }
}

pub(crate) fn transferred<'py>(
    py: Python<'py>,
    transfer: Transferred,
) -> PyResult<Bound<'py, PyAny>> {
    let listing = transfer.listing.map(|kind| match kind {
        ListingKind::Machine => "machine",
        ListingKind::Native => "native",
        ListingKind::Names => "names",
    });
    let way = transfer.way.map(|way| way.verb());
    let name = transfer.name.map(|name| to_str(py, &name)).transpose()?;
    let reply = Reply(transfer.reply);
    made(
        py,
        "Transferred",
        (transfer.bytes, reply, way, listing, name),
    )
}

pub(crate) fn server_event<'py>(
    py: Python<'py>,
    event: &ServerEvent,
) -> PyResult<Bound<'py, PyAny>> {
    let bytes = |bytes: &[u8]| to_str(py, bytes);
    match event {
        ServerEvent::Request(asked) => request(py, asked),
        ServerEvent::Cancel(op) => made(py, "Cancel", (op.to_raw(),)),
        ServerEvent::LoggedIn { user } => made(py, "LoggedIn", (bytes(user.as_bytes())?,)),
        ServerEvent::LoginRefused { user } => made(py, "LoginRefused", (bytes(user.as_bytes())?,)),
        ServerEvent::TransferStarted {
            op,
            kind,
            path,
            mode,
        } => {
            let path = bytes(path.as_bytes())?;
            let kind = transfer_word(*kind);
            made(
                py,
                "TransferStarted",
                (op.to_raw(), kind, path, mode_word(*mode)),
            )
        }
        ServerEvent::UploadUnconfirmed { op } => made(py, "UploadUnconfirmed", (op.to_raw(),)),
        ServerEvent::TransferEnded { op, bytes, outcome } => made(
            py,
            "TransferEnded",
            (op.to_raw(), *bytes, outcome_word(*outcome)),
        ),
        ServerEvent::Command(line) => made(py, "Command", (bytes(line)?,)),
        ServerEvent::Reply(text) => made(py, "Replied", (bytes(text)?,)),
        ServerEvent::Closed(reason) => made(py, "Closed", (reason_word(*reason),)),
        other => Err(error::local(
            py,
            &format!("this version does not know {other:?}"),
        )),
    }
}

fn request<'py>(py: Python<'py>, request: &Request) -> PyResult<Bound<'py, PyAny>> {
    let text = |bytes: &[u8]| to_str(py, bytes);
    match request {
        Request::Authenticate(ask, credentials) => {
            let user = text(credentials.user.as_bytes())?;
            let password = text(credentials.password.expose())?;
            let certificate = credentials.certificate.as_deref();
            let certificate = certificate.map(|der| PyBytes::new(py, der));
            made(
                py,
                "Authenticate",
                (ask.id().to_raw(), user, password, certificate),
            )
        }
        Request::Identify(ask, user, certificate) => {
            let user = text(user.as_bytes())?;
            let certificate = PyBytes::new(py, certificate);
            made(py, "Identify", (ask.id().to_raw(), user, certificate))
        }
        Request::Metadata(ask, path) => {
            made(py, "Metadata", (ask.id().to_raw(), text(path.as_bytes())?))
        }
        Request::OpenRead(ask, path, offset) => made(
            py,
            "OpenRead",
            (ask.id().to_raw(), text(path.as_bytes())?, *offset),
        ),
        Request::OpenWrite(ask, path, place) => {
            let (place, offset) = placement_words(*place);
            let path = text(path.as_bytes())?;
            made(py, "OpenWrite", (ask.id().to_raw(), path, place, offset))
        }
        Request::OpenList(ask, path, style) => {
            let (style, all) = style_words(*style);
            let path = text(path.as_bytes())?;
            made(py, "OpenList", (ask.id().to_raw(), path, style, all))
        }
        Request::Finish(ask, keep) => made(py, "Finish", (ask.id().to_raw(), *keep == Keep::Whole)),
        Request::Change(ask, change) => {
            let op = ask.id().to_raw();
            match change {
                Change::Delete(path) => made(py, "Delete", (op, text(path.as_bytes())?)),
                Change::RemoveDirectory(path) => {
                    made(py, "RemoveDirectory", (op, text(path.as_bytes())?))
                }
                Change::MakeDirectory(path) => {
                    made(py, "MakeDirectory", (op, text(path.as_bytes())?))
                }
                Change::Rename { from, to } => made(
                    py,
                    "Rename",
                    (op, text(from.as_bytes())?, text(to.as_bytes())?),
                ),
                Change::SetModified(path, at) => {
                    let path = text(path.as_bytes())?;
                    made(py, "SetModified", (op, path, moment::utc(py, *at)?))
                }
                other => Err(error::local(
                    py,
                    &format!("this version does not know {other:?}"),
                )),
            }
        }
        other => Err(error::local(
            py,
            &format!("this version does not know {other:?}"),
        )),
    }
}

pub(crate) const fn is_resumed(handshake: Handshake) -> bool {
    matches!(handshake, Handshake::Resumed)
}

pub(crate) const fn mode_word(mode: DataMode) -> &'static str {
    match mode {
        DataMode::Active => "active",
        DataMode::Passive => "passive",
    }
}

pub(crate) const fn transfer_word(kind: TransferKind) -> &'static str {
    match kind {
        TransferKind::Retrieve => "retrieve",
        TransferKind::Store => "store",
        TransferKind::Append => "append",
        TransferKind::StoreUnique => "unique",
        _ => "list",
    }
}

pub(crate) const fn placement_words(place: Placement) -> (&'static str, u64) {
    match place {
        Placement::Whole => ("whole", 0),
        Placement::At(offset) => ("at", offset),
        Placement::Append => ("append", 0),
        Placement::Unique => ("unique", 0),
    }
}

const fn style_words(style: ListingStyle) -> (&'static str, bool) {
    match style {
        ListingStyle::Unix { all } => ("unix", all),
        ListingStyle::Names { all } => ("names", all),
        _ => ("machine", true),
    }
}

pub(crate) const fn outcome_word(outcome: TransferOutcome) -> &'static str {
    match outcome {
        TransferOutcome::Complete => "complete",
        TransferOutcome::NotOpened => "not-opened",
        TransferOutcome::Aborted => "aborted",
        TransferOutcome::Stalled => "stalled",
        TransferOutcome::Broken => "broken",
        TransferOutcome::Truncated => "truncated",
        TransferOutcome::HandshakeFailed => "handshake-failed",
        TransferOutcome::Unproven => "unproven",
        TransferOutcome::Local(LocalFailure::NoSpace) => "no-space",
        TransferOutcome::Denied(_) => "denied",
        TransferOutcome::NotAnswered => "not-answered",
        TransferOutcome::SessionEnded => "session-ended",
        _ => "local",
    }
}

pub(crate) const fn reason_word(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Quit => "quit",
        CloseReason::ClientClosed => "client-closed",
        CloseReason::LoginTimedOut => "login-timed-out",
        CloseReason::IdleTimedOut => "idle-timed-out",
        CloseReason::TooManyLogins => "too-many-logins",
        CloseReason::SendTimedOut => "send-timed-out",
        CloseReason::NotFtp => "not-ftp",
        CloseReason::TlsFailed => "tls-failed",
        CloseReason::HandshakeTimedOut => "handshake-timed-out",
        CloseReason::ClearBytes => "clear-bytes",
        CloseReason::Stopped => "stopped",
        _ => "lost",
    }
}
