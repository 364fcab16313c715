//! What an application may ask of a client session. Each verb queues and gives an id at once.

use std::ffi::c_char;

use bytes::Bytes;
use ftp_proto::client::{ClientSession, Listing, ListingKind, Login, Retrieve, Store, StoreAs};
use ftp_proto::codec::command::{Argument, Command, Password, Verb};
use ftp_proto::{OpId, Secret, UsageError};

use super::event::ftp_listing_kind;
use super::ftp_client;
use crate::codec::ftp_representation;
use crate::enumeration::enumeration;
use crate::handle::with;
use crate::result::{Failure, ftp_result};
use crate::text::{optional_text, text, write_if_wanted};

/// Where a stored file goes.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_store_as {
    /// To this path, in place of what is there. (STOR)
    Whole = 0,
    /// To this path, over what is there from the offset on. (REST, STOR)
    At = 1,
    /// To this path, behind what is there. (APPE)
    Append = 2,
    /// To a name that the server makes; some take a path as a wish. (STOU)
    Unique = 3,
}
enumeration!(ftp_store_as {
    Whole,
    At,
    Append,
    Unique
});

/// Whether LIST is tried where the server has no MLSD.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_list_fallback {
    /// It is not.
    None = 0,
    /// It is.
    List = 1,
}
enumeration!(ftp_list_fallback { None, List });

/// Queues an operation, and tells its id where that is wanted.
///
/// # Safety
/// As [`with`]; `op` is NULL or points to room for a number.
unsafe fn queue(
    client: *mut ftp_client,
    op: *mut u32,
    verb: impl FnOnce(&mut ClientSession) -> Result<OpId, Failure>,
) -> ftp_result {
    // SAFETY: as this function asks.
    unsafe {
        with(client, |client| {
            let id = verb(&mut client.session)?;
            write_if_wanted(op, id.to_raw());
            Ok(())
        })
    }
}

/// Queues an operation upon a path.
///
/// # Safety
/// As [`queue`]; `path` is as the header asks.
unsafe fn queue_path(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
    verb: fn(&mut ClientSession, Argument) -> Result<OpId, UsageError>,
) -> ftp_result {
    // SAFETY: as this function asks.
    unsafe {
        queue(client, op, |session| {
            let path = argument(text(path, path_len)?)?;
            Ok(verb(session, path)?)
        })
    }
}

/// The same where the path can be left out.
///
/// # Safety
/// As [`queue_path`].
unsafe fn queue_optional(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
    verb: fn(&mut ClientSession, Option<Argument>) -> Result<OpId, UsageError>,
) -> ftp_result {
    // SAFETY: as this function asks.
    unsafe {
        queue(client, op, |session| {
            let path = optional_text(path, path_len)?.map(argument).transpose()?;
            Ok(verb(session, path)?)
        })
    }
}

fn argument(text: &[u8]) -> Result<Argument, UsageError> {
    Argument::try_from(text)
}

/// USER, and PASS and ACCT as the server asks: a part that it does not ask for is not sent.
/// `password` and `account` may be NULL for none; an empty password is one. Gives
/// `FTP_OUTCOME_REPLY`.
///
/// What holds for every verb: it queues, and `op` is set to the operation's id; `op` may be NULL. The
/// end comes as `FTP_CLIENT_EVENT_KIND_DONE`. `FTP_ERROR_ENDED` when the session is over,
/// `FTP_ERROR_QUEUE_FULL` past `FTP_LIMIT_QUEUED_OPERATIONS`, `FTP_ERROR_TOO_LONG` for a text that no
/// line can hold, `FTP_ERROR_FORBIDDEN_BYTE` for one with CR, LF or NUL, `FTP_ERROR_EMPTY` for an
/// empty one: nothing was sent then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_login(
    client: *mut ftp_client,
    user: *const c_char,
    user_len: usize,
    password: *const c_char,
    password_len: usize,
    account: *const c_char,
    account_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        queue(client, op, |session| {
            let user = argument(text(user, user_len)?)?;
            let password = optional_text(password, password_len)?
                .map(|password| Password::new(Bytes::copy_from_slice(password)));
            let account = optional_text(account, account_len)?.map(argument);
            Ok(session.login(Login {
                user,
                password: password.transpose()?,
                account: account.transpose()?.map(Secret::new),
            })?)
        })
    }
}

/// RETR: from `offset` on in bytes (REST; not in TYPE A), in an `ftp_representation`. `expected` is how
/// many bytes the whole file has, fewer are an error (not in TYPE A), or `FTP_UNKNOWN`. Gives
/// `FTP_OUTCOME_TRANSFER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_retrieve(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    offset: u64,
    representation: i32,
    expected: u64,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        queue(client, op, |session| {
            let mut retrieve = Retrieve::new(argument(text(path, path_len)?)?);
            retrieve.offset = offset;
            retrieve.parameters.representation =
                ftp_representation::from_raw(representation)?.into();
            retrieve.expected = (expected != u64::MAX).then_some(expected);
            Ok(session.retrieve(retrieve)?)
        })
    }
}

/// STOR, APPE or STOU, as an `ftp_store_as` says, in an `ftp_representation`. `path` may be NULL with
/// `FTP_STORE_AS_UNIQUE`; `offset` counts with `FTP_STORE_AS_AT`. Gives `FTP_OUTCOME_TRANSFER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_store(
    client: *mut ftp_client,
    store_as: i32,
    path: *const c_char,
    path_len: usize,
    offset: u64,
    representation: i32,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        queue(client, op, |session| {
            let given = || -> Result<Argument, Failure> { Ok(argument(text(path, path_len)?)?) };
            let target = match ftp_store_as::from_raw(store_as)? {
                ftp_store_as::Whole => StoreAs::Whole(given()?),
                ftp_store_as::At => StoreAs::At(given()?, offset),
                ftp_store_as::Append => StoreAs::Append(given()?),
                ftp_store_as::Unique => {
                    let wish = optional_text(path, path_len)?.map(argument);
                    StoreAs::Unique(wish.transpose()?)
                }
            };
            let mut store = Store::new(target);
            store.parameters.representation = ftp_representation::from_raw(representation)?.into();
            Ok(session.store(store)?)
        })
    }
}

/// MLSD, LIST or NLST, as an `ftp_listing_kind` says, of a directory, or of the working directory with
/// NULL; with an `ftp_list_fallback`. Gives `FTP_OUTCOME_TRANSFER`, which says what form came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_list(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    kind: i32,
    fallback: i32,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        queue(client, op, |session| {
            let path = optional_text(path, path_len)?.map(argument).transpose()?;
            let mut listing = Listing::new(path);
            listing.kind = match ftp_listing_kind::from_raw(kind)? {
                ftp_listing_kind::None => return Err(ftp_result::FtpErrorEnum.into()),
                ftp_listing_kind::Machine => ListingKind::Machine,
                ftp_listing_kind::Native => ListingKind::Native,
                ftp_listing_kind::Names => ListingKind::Names,
            };
            let fallback = ftp_list_fallback::from_raw(fallback)?;
            listing.fall_back = fallback == ftp_list_fallback::List;
            Ok(session.list(listing)?)
        })
    }
}

/// RNFR and RNTO. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_rename(
    client: *mut ftp_client,
    from: *const c_char,
    from_len: usize,
    to: *const c_char,
    to_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        queue(client, op, |session| {
            let (from, to) = (text(from, from_len)?, text(to, to_len)?);
            Ok(session.rename(argument(from)?, argument(to)?)?)
        })
    }
}

/// Any command that needs no data connection and leaves the session's own state alone, as a line
/// without its end, as in `SITE CHMOD 644 file`. Gives `FTP_OUTCOME_REPLY` for a 2yz or 3yz reply.
/// `FTP_ERROR_NOT_RAW` for a command that has a verb of its own because the session takes part in it
/// (RETR, PASV, ABOR, QUIT, ...), and for those that would change the connections beneath it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_command(
    client: *mut ftp_client,
    line: *const c_char,
    line_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        queue(client, op, |session| {
            let command = command(text(line, line_len)?)?;
            Ok(session.command(command)?)
        })
    }
}

/// A line as the command that it is, or as a verb and what follows it.
fn command(line: &[u8]) -> Result<Command, UsageError> {
    let line = Bytes::copy_from_slice(line);
    if let Ok(command) = Command::decode(&line) {
        return Ok(command);
    }
    let space = line.iter().position(|&byte| byte == b' ');
    let (verb, argument) = match space {
        Some(at) => (line.slice(..at), line.slice(at + 1..)),
        None => (line, Bytes::new()),
    };
    Ok(Command::Other {
        verb: Verb::new(verb)?,
        argument: (!argument.is_empty())
            .then(|| Argument::new(argument))
            .transpose()?,
    })
}

/// CWD. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_change_directory(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_path(client, path, path_len, op, ClientSession::change_directory) }
}

/// CDUP. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_change_to_parent(
    client: *mut ftp_client,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.change_to_parent()?)) }
}

/// PWD. Gives `FTP_OUTCOME_PATH`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_working_directory(
    client: *mut ftp_client,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.working_directory()?)) }
}

/// MKD. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_make_directory(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_path(client, path, path_len, op, ClientSession::make_directory) }
}

/// RMD. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_remove_directory(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_path(client, path, path_len, op, ClientSession::remove_directory) }
}

/// DELE. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_delete(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_path(client, path, path_len, op, ClientSession::delete) }
}

/// SIZE, in TYPE I (RFC 3659 §4). Gives `FTP_OUTCOME_SIZE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_size(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_path(client, path, path_len, op, ClientSession::size) }
}

/// MDTM (RFC 3659 §3). Gives `FTP_OUTCOME_MODIFIED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_modified(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_path(client, path, path_len, op, ClientSession::modified) }
}

/// MLST (RFC 3659 §7), of the working directory with NULL. Gives `FTP_OUTCOME_ENTRY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_facts(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_optional(client, path, path_len, op, ClientSession::facts) }
}

/// FEAT (RFC 2389 §3). Gives `FTP_OUTCOME_FEATURES`, and the session heeds them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_features(client: *mut ftp_client, op: *mut u32) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.features()?)) }
}

/// SYST. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_system(client: *mut ftp_client, op: *mut u32) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.system()?)) }
}

/// STAT, of the session with NULL. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_status(
    client: *mut ftp_client,
    path: *const c_char,
    path_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_optional(client, path, path_len, op, ClientSession::status) }
}

/// HELP, on everything with NULL. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_help(
    client: *mut ftp_client,
    topic: *const c_char,
    topic_len: usize,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue_optional(client, topic, topic_len, op, ClientSession::help) }
}

/// NOOP. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_noop(client: *mut ftp_client, op: *mut u32) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.noop()?)) }
}

/// CCC: the control connection goes on in clear (RFC 4217 §6), so that a firewall can follow it; data
/// connections stay under TLS. Gives `FTP_OUTCOME_REPLY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_clear_control(
    client: *mut ftp_client,
    op: *mut u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.clear_control()?)) }
}

/// QUIT, behind everything queued before; what is queued behind it ends as aborted. The control
/// connection is closed after the reply. Gives `FTP_OUTCOME_REPLY` or `FTP_OUTCOME_CLOSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_quit(client: *mut ftp_client, op: *mut u32) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { queue(client, op, |session| Ok(session.quit()?)) }
}
