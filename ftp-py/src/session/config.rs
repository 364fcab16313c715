//! Settings of sessions and facts for them, in words.

use std::time::Duration;

use ftp_proto::client::{AuthFallback, DataPolicy, PassiveHost, Pipelining, Tls, Way};
use ftp_proto::codec::command::{FileStructure, FormatControl, RepresentationType, TransferMode};
use ftp_proto::data::TransferParameters;
use ftp_proto::server::{
    Abilities, CertificateLogin, ClearControl, DataPort, Denied, Permissions, TlsOffer,
    TlsRequired, Transfers, TruncatedUploads,
};
use ftp_proto::{
    DataEnding, DataFailure, Dialogue, Handshake, Limits, LocalFailure, Protection, Timeouts,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::moment;

/// A function from words to the values that they stand for.
macro_rules! words {
    ($($name:ident -> $type:ty { $($word:literal => $value:expr,)* })*) => {
        $(
            pub(crate) fn $name(word: &str) -> PyResult<$type> {
                match word {
                    $($word => Ok($value),)*
                    _ => Err(unknown(word, &[$($word),*])),
                }
            }
        )*
    };
}

words! {
    data_policy -> DataPolicy {
        "passive" => DataPolicy::Passive,
        "active" => DataPolicy::Active,
        "auto" => DataPolicy::Auto,
        "epsv" => DataPolicy::Only(Way::Epsv),
        "pasv" => DataPolicy::Only(Way::Pasv),
        "eprt" => DataPolicy::Only(Way::Eprt),
        "port" => DataPolicy::Only(Way::Port),
    }
    passive_host -> PassiveHost {
        "peer" => PassiveHost::Peer,
        "peer-if-private" => PassiveHost::PeerIfPrivate,
        "trust" => PassiveHost::Trust,
    }
    pipelining -> Pipelining {
        "off" => Pipelining::Off,
        "within" => Pipelining::Within,
    }
    tls -> Tls {
        "off" => Tls::Off,
        "if-offered" => Tls::IfOffered,
        "required" => Tls::Required,
        "implicit" => Tls::Implicit,
    }
    auth_fallback -> AuthFallback {
        "none" => AuthFallback::None,
        "ssl" => AuthFallback::Ssl,
    }
    protection -> Protection {
        "clear" => Protection::Clear,
        "private" => Protection::Private,
    }
    tls_offer -> TlsOffer {
        "never" => TlsOffer::Never,
        "forbidden" => TlsOffer::Forbidden,
        "unavailable" => TlsOffer::Unavailable,
        "offered" => TlsOffer::Offered,
    }
    tls_required -> TlsRequired {
        "nothing" => TlsRequired::Nothing,
        "control" => TlsRequired::Control,
        "data" => TlsRequired::Data,
        "both" => TlsRequired::Both,
    }
    clear_control -> ClearControl {
        "refused" => ClearControl::Refused,
        "allowed" => ClearControl::Allowed,
    }
    truncated_uploads -> TruncatedUploads {
        "refused" => TruncatedUploads::Refused,
        "reported" => TruncatedUploads::Reported,
    }
    certificate_login -> CertificateLogin {
        "beside" => CertificateLogin::Beside,
        "alone" => CertificateLogin::Alone,
    }
    abilities -> Abilities {
        "all" => Abilities::ALL,
        "none" => Abilities::NONE,
    }
    transfers -> Transfers {
        "all" => Transfers::default(),
        "plain" => Transfers::PLAIN,
    }
    type_of -> RepresentationType {
        "image" => RepresentationType::Image,
        "ascii" => RepresentationType::Ascii(FormatControl::NonPrint),
        "ebcdic" => RepresentationType::Ebcdic(FormatControl::NonPrint),
    }
    structure_of -> FileStructure {
        "file" => FileStructure::File,
        "record" => FileStructure::Record,
    }
    mode -> TransferMode {
        "stream" => TransferMode::Stream,
        "block" => TransferMode::Block,
        "compressed" => TransferMode::Compressed,
        "deflate" => TransferMode::Deflate,
    }
    data_failure -> DataFailure {
        "refused" => DataFailure::Refused,
        "unreachable" => DataFailure::Unreachable,
        "timed-out" => DataFailure::TimedOut,
        "no-address" => DataFailure::NoAddress,
        "other" => DataFailure::Other,
    }
    data_ending -> DataEnding {
        "complete" => DataEnding::Complete,
        "reset" => DataEnding::Reset,
        "truncated" => DataEnding::Truncated,
        "handshake-failed" => DataEnding::HandshakeFailed,
        "unproven" => DataEnding::Unproven,
        "no-space" => DataEnding::Local(LocalFailure::NoSpace),
        "local" => DataEnding::Local(LocalFailure::Other),
    }
    denied -> Denied {
        "bad-credentials" => Denied::BadCredentials,
        "not-found" => Denied::NotFound,
        "not-permitted" => Denied::NotPermitted,
        "exists" => Denied::Exists,
        "not-directory" => Denied::NotDirectory,
        "is-directory" => Denied::IsDirectory,
        "not-empty" => Denied::NotEmpty,
        "bad-name" => Denied::BadName,
        "bad-offset" => Denied::BadOffset,
        "no-space" => Denied::NoSpace,
        "quota-exceeded" => Denied::QuotaExceeded,
        "busy" => Denied::Busy,
        "unsupported" => Denied::Unsupported,
        "failed" => Denied::Failed,
    }
    permission -> Permissions {
        "none" => Permissions::NONE,
        "list" => Permissions::LIST,
        "read" => Permissions::READ,
        "write" => Permissions::WRITE,
        "delete" => Permissions::DELETE,
        "rename" => Permissions::RENAME,
        "make" => Permissions::MAKE,
        "ro" => Permissions::READ_ONLY,
        "rw" => Permissions::READ_WRITE,
    }
}

/// TYPE, STRU and MODE.
pub(crate) fn parameters(
    representation: &str,
    structure: &str,
    mode_word: &str,
) -> PyResult<TransferParameters> {
    Ok(TransferParameters {
        representation: type_of(representation)?,
        structure: structure_of(structure)?,
        mode: mode(mode_word)?,
    })
}

pub(crate) const fn handshake(resumed: bool) -> Handshake {
    if resumed {
        Handshake::Resumed
    } else {
        Handshake::Full
    }
}

pub(crate) const fn dialogue(shown: bool) -> Dialogue {
    if shown {
        Dialogue::Shown
    } else {
        Dialogue::Silent
    }
}

/// Words with commas between them.
pub(crate) fn permissions(words: &str) -> PyResult<Permissions> {
    let mut all = Permissions::NONE;
    for word in words.split(',') {
        all = all.and(permission(word.trim())?);
    }
    Ok(all)
}

/// `standard`, `any` or a number.
pub(crate) fn data_port(given: &Bound<'_, PyAny>) -> PyResult<DataPort> {
    if let Ok(port) = given.extract::<u16>() {
        return Ok(DataPort::Port(port));
    }
    match given.cast::<PyString>()?.to_str()? {
        "standard" => Ok(DataPort::Standard),
        "any" => Ok(DataPort::Any),
        word => Err(unknown(word, &["standard", "any"])),
    }
}

/// Sets the bounds that a dictionary names.
pub(crate) fn set_limits(limits: &mut Limits, given: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    for (key, value) in given.into_iter().flatten() {
        let key: String = key.extract()?;
        let bound = match key.as_str() {
            "line" => &mut limits.line,
            "reply_lines" => &mut limits.reply_lines,
            "reply_bytes" => &mut limits.reply_bytes,
            "preliminary_replies" => &mut limits.preliminary_replies,
            "queued_operations" => &mut limits.queued_operations,
            "login_tries" => {
                limits.login_tries = value.extract()?;
                continue;
            }
            _ => return Err(PyValueError::new_err(format!("there is no limit {key}"))),
        };
        *bound = value.extract()?;
    }
    Ok(())
}

/// Sets the deadlines that a dictionary names, in seconds; `None` switches one off.
pub(crate) fn set_timeouts(
    timeouts: &mut Timeouts,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<()> {
    for (key, value) in given.into_iter().flatten() {
        let key: String = key.extract()?;
        *timeout(timeouts, &key)? = match value.extract::<Option<f64>>()? {
            Some(seconds) => moment::duration(seconds)?,
            None => Timeouts::NEVER,
        };
    }
    Ok(())
}

fn timeout<'a>(timeouts: &'a mut Timeouts, key: &str) -> PyResult<&'a mut Duration> {
    Ok(match key {
        "greeting" => &mut timeouts.greeting,
        "reply" => &mut timeouts.reply,
        "final_reply" => &mut timeouts.final_reply,
        "data_open" => &mut timeouts.data_open,
        "stall" => &mut timeouts.stall,
        "relay" => &mut timeouts.relay,
        "abort" => &mut timeouts.abort,
        "keep_alive" => &mut timeouts.keep_alive,
        "login" => &mut timeouts.login,
        "idle" => &mut timeouts.idle,
        "answer" => &mut timeouts.answer,
        "refused_login" => &mut timeouts.refused_login,
        "send" => &mut timeouts.send,
        "handshake" => &mut timeouts.handshake,
        _ => return Err(PyValueError::new_err(format!("there is no timeout {key}"))),
    })
}

fn unknown(word: &str, known: &[&str]) -> PyErr {
    PyValueError::new_err(format!("{word:?} is none of {}", known.join(", ")))
}
