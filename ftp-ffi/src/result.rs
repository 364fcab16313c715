//! The one result of all functions.

use std::borrow::Cow;
use std::error::Error;
use std::ffi::{CStr, c_char};

use ftp_proto::client::OperationError;
use ftp_proto::codec::address::EprtError;
use ftp_proto::codec::reply::Reply;
use ftp_proto::data::{Fault, Unsupported};
use ftp_proto::listing::ListingError;
use ftp_proto::{DecodeError, ProtocolError, UsageError};

/// How a call, an operation or a session ended. The numbers are fixed: none changes its meaning, and
/// new ones may come.
///
/// cbindgen:rename-all=ScreamingSnakeCase
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ftp_result {
    /// It went well.
    FtpOk = 0,
    /// A pointer is NULL that must not be.
    ///
    /// 1 to 16: misuse: nothing has changed, and nothing was sent.
    FtpErrorNull = 1,
    /// A number is none of the enumeration that it is meant to be of.
    FtpErrorEnum = 2,
    /// The library has a fault: what was called did not come to its end. Every later call on the same
    /// handle gives `FTP_ERROR_POISONED`; freeing it is all that is left.
    FtpErrorPanic = 3,
    /// An earlier call on this handle gave `FTP_ERROR_PANIC`.
    FtpErrorPoisoned = 4,
    /// Another call on this handle is under way, in another thread or above this one.
    FtpErrorInUse = 5,
    /// A number is out of its range, or an address is none.
    FtpErrorRange = 6,
    /// A text holds CR, LF or NUL, or another byte that it must not hold.
    FtpErrorForbiddenByte = 7,
    /// A text is empty, or shorter than it may be.
    FtpErrorEmpty = 8,
    /// A text is longer than it may be.
    FtpErrorTooLong = 9,
    /// As many operations wait as the limit allows.
    FtpErrorQueueFull = 10,
    /// The command changes the session and has a function of its own.
    FtpErrorNotRaw = 11,
    /// The session has ended.
    FtpErrorEnded = 12,
    /// No such question was asked, or it was answered.
    FtpErrorNotAsked = 13,
    /// The question asks for an answer of another kind.
    FtpErrorWrongAnswer = 14,
    /// The buffer has too little room; how much is needed was told.
    FtpErrorBufferTooSmall = 15,
    /// There is no such thing here: transfer parameters that no codec has, or what this build left
    /// out.
    FtpErrorUnsupported = 16,
    /// The bytes cannot be read as what they should be.
    ///
    /// 20 to 25: bytes that are not what they should be.
    FtpErrorDecode = 20,
    /// The network protocol of an address is not known (RFC 2428 §2: 522).
    FtpErrorFamily = 21,
    /// A listing has more entries than its reader allows.
    FtpErrorTooManyEntries = 22,
    /// A listing has more bytes than its reader allows.
    FtpErrorTooManyBytes = 23,
    /// The data connection ended before the file did.
    FtpErrorTruncated = 24,
    /// The data is not as the transfer mode asks.
    FtpErrorMalformed = 25,
    /// The server sent what is no reply.
    ///
    /// 40 to 50: the server broke the protocol, went silent or went away: a client session is over, every later
    /// poll gives the same, and the driver drops every socket.
    FtpErrorNoReply = 40,
    /// A reply came that no command had asked for.
    FtpErrorUnsolicited = 41,
    /// A command got more preliminary replies than the limit allows.
    FtpErrorTooManyPreliminary = 42,
    /// The server said 421: it closes the control connection.
    FtpErrorClosing = 43,
    /// The server's greeting was a refusal.
    FtpErrorConnectionRefused = 44,
    /// The server refused TLS, which is required.
    FtpErrorTlsRefused = 45,
    /// The control connection could not be brought under TLS, or out of it.
    FtpErrorTlsFailed = 46,
    /// Behind the reply to AUTH came bytes in clear, which may be anybody's.
    FtpErrorClearBytes = 47,
    /// The control connection ended while something was expected.
    FtpErrorClosed = 48,
    /// The server was silent too long.
    FtpErrorTimedOut = 49,
    /// The server does not take what is sent to it.
    FtpErrorSendTimedOut = 50,
    /// The server said no before anything was transferred.
    ///
    /// 60 to 79: an operation gave nothing; the session goes on.
    FtpErrorRefused = 60,
    /// The server said that the transfer failed, whatever had been transferred.
    FtpErrorFailed = 61,
    /// A reply of a kind that the command does not have.
    FtpErrorUnexpected = 62,
    /// A reply of the right kind whose text cannot be read.
    FtpErrorUnreadable = 63,
    /// The server asks for a password, and none was given.
    FtpErrorPasswordNeeded = 64,
    /// The server asks for an account, and none was given.
    FtpErrorAccountNeeded = 65,
    /// No data connection could be opened, by any of the ways allowed.
    FtpErrorNoDataConnection = 66,
    /// The data connection broke.
    FtpErrorDataLost = 67,
    /// The file on this side could not be read or written.
    FtpErrorLocal = 68,
    /// No byte moved for too long.
    FtpErrorStalled = 69,
    /// Fewer bytes came than the file has.
    FtpErrorShort = 70,
    /// The control connection is in clear, and TLS is required.
    FtpErrorNotProtected = 71,
    /// The application ended it.
    FtpErrorAborted = 72,
    /// A failure that this version of the library has no number for; its text tells.
    FtpErrorOther = 79,
    /**
     * The address is none of FTP's.
     *
     * 80 to 88: what only the ready client and server meet.
     */
    FtpErrorUrl = 80,
    /** The host's name cannot be turned into an address. */
    FtpErrorResolve = 81,
    /** No control connection can be made. */
    FtpErrorConnect = 82,
    /** The operating system refused something; the text tells what. */
    FtpErrorSystem = 83,
    /** TLS cannot be set up: a certificate, a key or a name is not usable. */
    FtpErrorTls = 84,
    /** What is to be completed is larger than what it should be a part of: it is another file. */
    FtpErrorLargerThanSource = 85,
    /** After a resumed upload the server has another size than it should. */
    FtpErrorSizeDiffers = 86,
    /** The client is not connected, or the server has not been started. */
    FtpErrorNotConnected = 87,
    /** The server has been started already. */
    FtpErrorStarted = 88,
}

/// What a result means, in a few words of English that end in NUL and are never freed. Any number
/// may be given.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_result_string(result: i32) -> *const c_char {
    let all = ftp_result::ALL.iter();
    let known = all.copied().find(|known| *known as i32 == result);
    known
        .map_or(
            c"a result that this version does not know",
            ftp_result::words,
        )
        .as_ptr()
}

/// Why a call fails: its result, and a sentence for a person.
#[derive(Debug)]
pub struct Failure {
    pub(crate) code: ftp_result,
    pub(crate) text: Cow<'static, str>,
    /// The peer's reply that it is about.
    pub(crate) reply: Option<Reply>,
}

impl Failure {
    /// A failure in words of its own.
    pub(crate) fn new(code: ftp_result, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            text: text.into(),
            reply: None,
        }
    }

    /// A failure that an error tells, with what led to it.
    pub(crate) fn of(code: ftp_result, error: &dyn Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(deeper) = source {
            let words = deeper.to_string();
            // Some errors say what their source says.
            if !text.contains(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            source = deeper.source();
        }
        Self::new(code, text)
    }

    /// The same, about this reply.
    pub(crate) fn about(self, reply: Option<&Reply>) -> Self {
        Self {
            reply: reply.cloned(),
            ..self
        }
    }
}

impl From<ftp_result> for Failure {
    fn from(code: ftp_result) -> Self {
        Self::new(code, code.words().to_str().unwrap_or_default())
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        let code = match &error {
            UsageError::ForbiddenByte { .. } => ftp_result::FtpErrorForbiddenByte,
            UsageError::Empty { .. } => ftp_result::FtpErrorEmpty,
            UsageError::TooLong { .. } => ftp_result::FtpErrorTooLong,
            UsageError::QueueFull { .. } => ftp_result::FtpErrorQueueFull,
            UsageError::NotRaw => ftp_result::FtpErrorNotRaw,
            UsageError::Ended => ftp_result::FtpErrorEnded,
            _ => ftp_result::FtpErrorOther,
        };
        Self::of(code, &error)
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::of(ftp_result::FtpErrorDecode, &error)
    }
}

impl From<EprtError> for Failure {
    fn from(error: EprtError) -> Self {
        let code = match &error {
            EprtError::Family(_) => ftp_result::FtpErrorFamily,
            _ => ftp_result::FtpErrorDecode,
        };
        Self::of(code, &error)
    }
}

impl From<Unsupported> for Failure {
    fn from(error: Unsupported) -> Self {
        Self::of(ftp_result::FtpErrorUnsupported, &error)
    }
}

impl From<Fault> for Failure {
    fn from(error: Fault) -> Self {
        let code = match error {
            Fault::Truncated => ftp_result::FtpErrorTruncated,
            _ => ftp_result::FtpErrorMalformed,
        };
        Self::of(code, &error)
    }
}

impl From<ListingError> for Failure {
    fn from(error: ListingError) -> Self {
        let code = match error {
            ListingError::TooManyEntries { .. } => ftp_result::FtpErrorTooManyEntries,
            ListingError::TooManyBytes { .. } => ftp_result::FtpErrorTooManyBytes,
            _ => ftp_result::FtpErrorOther,
        };
        Self::of(code, &error)
    }
}

impl From<&ProtocolError> for Failure {
    fn from(error: &ProtocolError) -> Self {
        let (code, reply) = match error {
            ProtocolError::Decode(_) => (ftp_result::FtpErrorNoReply, None),
            ProtocolError::Unsolicited(reply) => (ftp_result::FtpErrorUnsolicited, Some(&**reply)),
            ProtocolError::TooManyPreliminary { .. } => {
                (ftp_result::FtpErrorTooManyPreliminary, None)
            }
            ProtocolError::Closing(reply) => (ftp_result::FtpErrorClosing, Some(&**reply)),
            ProtocolError::Refused(reply) => {
                (ftp_result::FtpErrorConnectionRefused, Some(&**reply))
            }
            ProtocolError::TlsRefused(reply) => (ftp_result::FtpErrorTlsRefused, Some(&**reply)),
            ProtocolError::TlsFailed => (ftp_result::FtpErrorTlsFailed, None),
            ProtocolError::ClearBytes => (ftp_result::FtpErrorClearBytes, None),
            ProtocolError::Closed(_) => (ftp_result::FtpErrorClosed, None),
            ProtocolError::TimedOut(_) => (ftp_result::FtpErrorTimedOut, None),
            ProtocolError::SendTimedOut => (ftp_result::FtpErrorSendTimedOut, None),
            _ => (ftp_result::FtpErrorOther, None),
        };
        Self::of(code, error).about(reply)
    }
}

impl From<&OperationError> for Failure {
    fn from(error: &OperationError) -> Self {
        let (code, reply) = match error {
            OperationError::Refused(reply) => (ftp_result::FtpErrorRefused, Some(&**reply)),
            OperationError::Failed { reply, .. } => (ftp_result::FtpErrorFailed, Some(&**reply)),
            OperationError::Unexpected { reply, .. } => {
                (ftp_result::FtpErrorUnexpected, Some(&**reply))
            }
            OperationError::Unreadable { reply, .. } => {
                (ftp_result::FtpErrorUnreadable, Some(&**reply))
            }
            OperationError::PasswordNeeded(reply) => {
                (ftp_result::FtpErrorPasswordNeeded, Some(&**reply))
            }
            OperationError::AccountNeeded(reply) => {
                (ftp_result::FtpErrorAccountNeeded, Some(&**reply))
            }
            OperationError::NoDataConnection(_) => (ftp_result::FtpErrorNoDataConnection, None),
            OperationError::DataLost { .. } => (ftp_result::FtpErrorDataLost, None),
            OperationError::Local { .. } => (ftp_result::FtpErrorLocal, None),
            OperationError::Stalled { .. } => (ftp_result::FtpErrorStalled, None),
            OperationError::Short { .. } => (ftp_result::FtpErrorShort, None),
            OperationError::NotProtected => (ftp_result::FtpErrorNotProtected, None),
            OperationError::Aborted => (ftp_result::FtpErrorAborted, None),
            _ => (ftp_result::FtpErrorOther, None),
        };
        Self::of(code, error).about(reply)
    }
}

impl ftp_result {
    /// Every result.
    const ALL: &[Self] = &[
        Self::FtpOk,
        Self::FtpErrorNull,
        Self::FtpErrorEnum,
        Self::FtpErrorPanic,
        Self::FtpErrorPoisoned,
        Self::FtpErrorInUse,
        Self::FtpErrorRange,
        Self::FtpErrorForbiddenByte,
        Self::FtpErrorEmpty,
        Self::FtpErrorTooLong,
        Self::FtpErrorQueueFull,
        Self::FtpErrorNotRaw,
        Self::FtpErrorEnded,
        Self::FtpErrorNotAsked,
        Self::FtpErrorWrongAnswer,
        Self::FtpErrorBufferTooSmall,
        Self::FtpErrorUnsupported,
        Self::FtpErrorDecode,
        Self::FtpErrorFamily,
        Self::FtpErrorTooManyEntries,
        Self::FtpErrorTooManyBytes,
        Self::FtpErrorTruncated,
        Self::FtpErrorMalformed,
        Self::FtpErrorNoReply,
        Self::FtpErrorUnsolicited,
        Self::FtpErrorTooManyPreliminary,
        Self::FtpErrorClosing,
        Self::FtpErrorConnectionRefused,
        Self::FtpErrorTlsRefused,
        Self::FtpErrorTlsFailed,
        Self::FtpErrorClearBytes,
        Self::FtpErrorClosed,
        Self::FtpErrorTimedOut,
        Self::FtpErrorSendTimedOut,
        Self::FtpErrorRefused,
        Self::FtpErrorFailed,
        Self::FtpErrorUnexpected,
        Self::FtpErrorUnreadable,
        Self::FtpErrorPasswordNeeded,
        Self::FtpErrorAccountNeeded,
        Self::FtpErrorNoDataConnection,
        Self::FtpErrorDataLost,
        Self::FtpErrorLocal,
        Self::FtpErrorStalled,
        Self::FtpErrorShort,
        Self::FtpErrorNotProtected,
        Self::FtpErrorAborted,
        Self::FtpErrorOther,
        Self::FtpErrorUrl,
        Self::FtpErrorResolve,
        Self::FtpErrorConnect,
        Self::FtpErrorSystem,
        Self::FtpErrorTls,
        Self::FtpErrorLargerThanSource,
        Self::FtpErrorSizeDiffers,
        Self::FtpErrorNotConnected,
        Self::FtpErrorStarted,
    ];

    /// What it means.
    const fn words(self) -> &'static CStr {
        match self {
            Self::FtpOk => c"it went well",
            Self::FtpErrorNull => c"a pointer is NULL that must not be",
            Self::FtpErrorEnum => c"a number is none of its enumeration",
            Self::FtpErrorPanic => c"the library has a fault",
            Self::FtpErrorPoisoned => c"an earlier call on this handle met a fault of the library",
            Self::FtpErrorInUse => c"another call on this handle is under way",
            Self::FtpErrorRange => c"a number is out of its range",
            Self::FtpErrorForbiddenByte => c"a text holds a byte that it must not hold",
            Self::FtpErrorEmpty => c"a text is empty that must not be",
            Self::FtpErrorTooLong => c"a text is too long",
            Self::FtpErrorQueueFull => c"as many operations wait as are allowed",
            Self::FtpErrorNotRaw => c"the command has a function of its own",
            Self::FtpErrorEnded => c"the session has ended",
            Self::FtpErrorNotAsked => c"no such question was asked, or it was answered",
            Self::FtpErrorWrongAnswer => c"the question asks for an answer of another kind",
            Self::FtpErrorBufferTooSmall => c"the buffer has too little room",
            Self::FtpErrorUnsupported => c"there is no such thing here",
            Self::FtpErrorDecode => c"the bytes cannot be read as what they should be",
            Self::FtpErrorFamily => c"the network protocol is not known",
            Self::FtpErrorTooManyEntries => c"a listing has too many entries",
            Self::FtpErrorTooManyBytes => c"a listing has too many bytes",
            Self::FtpErrorTruncated => c"the data connection ended before the file did",
            Self::FtpErrorMalformed => c"the data is not as the transfer mode asks",
            Self::FtpErrorNoReply => c"the server sent something that is no reply",
            Self::FtpErrorUnsolicited => c"the server sent a reply that belongs to no command",
            Self::FtpErrorTooManyPreliminary => {
                c"the server sent too many preliminary replies to one command"
            }
            Self::FtpErrorClosing => c"the server is closing the control connection",
            Self::FtpErrorConnectionRefused => c"the server refused the connection",
            Self::FtpErrorTlsRefused => c"the server refused TLS",
            Self::FtpErrorTlsFailed => c"the TLS handshake on the control connection failed",
            Self::FtpErrorClearBytes => c"bytes in clear came behind the reply to AUTH",
            Self::FtpErrorClosed => c"the server closed the control connection",
            Self::FtpErrorTimedOut => c"the server was silent too long",
            Self::FtpErrorSendTimedOut => {
                c"the server does not take what is sent on the control connection"
            }
            Self::FtpErrorRefused => c"the server refused",
            Self::FtpErrorFailed => c"the transfer failed at the server",
            Self::FtpErrorUnexpected => c"the server sent a reply that the command does not have",
            Self::FtpErrorUnreadable => c"the server's reply cannot be read",
            Self::FtpErrorPasswordNeeded => c"the server asks for a password",
            Self::FtpErrorAccountNeeded => c"the server asks for an account",
            Self::FtpErrorNoDataConnection => c"no data connection could be opened",
            Self::FtpErrorDataLost => c"the data connection broke",
            Self::FtpErrorLocal => c"the local file failed",
            Self::FtpErrorStalled => c"the transfer stalled",
            Self::FtpErrorShort => c"fewer bytes came than the file has",
            Self::FtpErrorNotProtected => {
                c"the control connection is in clear, and TLS is required"
            }
            Self::FtpErrorAborted => c"the operation was aborted",
            Self::FtpErrorOther => c"a failure of another kind",
            Self::FtpErrorUrl => c"the address is none of FTP's",
            Self::FtpErrorResolve => c"the host cannot be found",
            Self::FtpErrorConnect => c"no connection can be made",
            Self::FtpErrorSystem => c"the operating system refused something",
            Self::FtpErrorTls => c"TLS cannot be set up",
            Self::FtpErrorLargerThanSource => c"what is there already is larger than the file",
            Self::FtpErrorSizeDiffers => c"the server has another size than it should",
            Self::FtpErrorNotConnected => c"it is not connected, or not started",
            Self::FtpErrorStarted => c"it has been started already",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_stands_for_two_results() {
        for (at, one) in ftp_result::ALL.iter().enumerate() {
            assert_eq!(
                ftp_result::ALL.iter().position(|other| other == one),
                Some(at)
            );
        }
    }

    #[test]
    fn every_number_has_words() {
        for number in [i32::MIN, -1, 0, 1, 79, 10_000, i32::MAX] {
            // SAFETY: the words end in NUL and are never freed.
            let words = unsafe { CStr::from_ptr(ftp_result_string(number)) };
            assert!(!words.is_empty());
        }
    }
}
