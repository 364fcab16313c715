//! Bounds and deadlines, by their names.

use std::time::Duration;

use ftp_proto::{Dialogue, Limits, Timeouts};

use crate::enumeration::enumeration;
use crate::result::{Failure, ftp_result};

/// How much a peer may make a session hold.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_limit {
    /// Bytes in one line, its end not counted. Default 8,192.
    Line = 0,
    /// Lines in one reply. Default 4,096.
    ReplyLines = 1,
    /// Bytes in one reply. Default 262,144.
    ReplyBytes = 2,
    /// Preliminary replies (1yz) to one command. Default 64.
    PreliminaryReplies = 3,
    /// Refused logins before a server closes the session. Default 3.
    LoginTries = 4,
    /// Operations waiting in a client session. Default 65,536.
    QueuedOperations = 5,
}
enumeration!(ftp_limit {
    Line,
    ReplyLines,
    ReplyBytes,
    PreliminaryReplies,
    LoginTries,
    QueuedOperations,
});

/// How long a session waits for what.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_timeout {
    /// Client: from the start to the end of the server's greeting, and again after each 120.
    /// Default 60 s.
    Greeting = 0,
    /// Client: from a command to its reply, and between two preliminary replies. Default 60 s.
    Reply = 1,
    /// Client: from the end of the data to the final reply. Default 120 s.
    FinalReply = 2,
    /// Both: until a data connection is open. Default 20 s at a client and 30 s at a server.
    DataOpen = 3,
    /// Both: without a byte moved during a transfer. Default 60 s at a client and 300 s at a server.
    Stall = 4,
    /// Client: from ABOR to the first reply behind it. Default 5 s.
    Abort = 5,
    /// Client: from the last command or reply during a transfer to a NOOP. Default never.
    KeepAlive = 6,
    /// Server: from the start to a successful login. Default 60 s.
    Login = 7,
    /// Server: without a command, outside a transfer. Default 300 s.
    Idle = 8,
    /// Server: for the application's answer to a question. Default 60 s.
    Answer = 9,
    /// Server: added before the reply to each refused login, once for each refusal so far. Default
    /// 1 s.
    RefusedLogin = 10,
    /// Both: for writes that the peer does not take. Default 60 s.
    Send = 11,
    /// Both: for a TLS handshake, and for TLS to end. Default 20 s.
    Handshake = 12,
}
enumeration!(ftp_timeout {
    Greeting,
    Reply,
    FinalReply,
    DataOpen,
    Stall,
    Abort,
    KeepAlive,
    Login,
    Idle,
    Answer,
    RefusedLogin,
    Send,
    Handshake,
});

/// Whether a session's events tell each command and each reply, for a log.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_dialogue {
    /// They do not.
    Silent = 0,
    /// They do, secrets as `****`.
    Shown = 1,
}
enumeration!(ftp_dialogue = Dialogue { Silent, Shown });

/// Sets a bound.
pub(crate) fn set_limit(limits: &mut Limits, limit: i32, value: u64) -> Result<(), Failure> {
    let size = usize::try_from(value).map_err(|_| ftp_result::FtpErrorRange)?;
    match ftp_limit::from_raw(limit)? {
        ftp_limit::Line => limits.line = size,
        ftp_limit::ReplyLines => limits.reply_lines = size,
        ftp_limit::ReplyBytes => limits.reply_bytes = size,
        ftp_limit::PreliminaryReplies => limits.preliminary_replies = size,
        ftp_limit::LoginTries => {
            limits.login_tries = u32::try_from(value).map_err(|_| ftp_result::FtpErrorRange)?;
        }
        ftp_limit::QueuedOperations => limits.queued_operations = size,
    }
    Ok(())
}

/// Sets a deadline in microseconds, `FTP_NEVER` for none.
pub(crate) fn set_timeout(
    timeouts: &mut Timeouts,
    timeout: i32,
    micros: u64,
) -> Result<(), Failure> {
    let duration = match micros {
        u64::MAX => Timeouts::NEVER,
        micros => Duration::from_micros(micros),
    };
    *match ftp_timeout::from_raw(timeout)? {
        ftp_timeout::Greeting => &mut timeouts.greeting,
        ftp_timeout::Reply => &mut timeouts.reply,
        ftp_timeout::FinalReply => &mut timeouts.final_reply,
        ftp_timeout::DataOpen => &mut timeouts.data_open,
        ftp_timeout::Stall => &mut timeouts.stall,
        ftp_timeout::Abort => &mut timeouts.abort,
        ftp_timeout::KeepAlive => &mut timeouts.keep_alive,
        ftp_timeout::Login => &mut timeouts.login,
        ftp_timeout::Idle => &mut timeouts.idle,
        ftp_timeout::Answer => &mut timeouts.answer,
        ftp_timeout::RefusedLogin => &mut timeouts.refused_login,
        ftp_timeout::Send => &mut timeouts.send,
        ftp_timeout::Handshake => &mut timeouts.handshake,
    } = duration;
    Ok(())
}
