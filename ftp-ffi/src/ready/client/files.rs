//! What is at the server, and changing it: one command each.

use std::ffi::c_char;

use ftp_io::blocking::Client;
use ftp_io::client::Error;
use ftp_proto::codec::command::{Argument, Command, CommandError};
use ftp_proto::codec::reply::Reply;

use super::connection::{connected, ftp_ready_client};
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, must_be_given, text, write, write_if_wanted};

/// Deletes a file (DELE).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_delete(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe { change(client, path, path_len, |client, path| client.delete(path)) }
}

/// Renames a file or a directory (RNFR, RNTO).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_rename(
    client: *mut ftp_ready_client,
    from: *const c_char,
    from_len: usize,
    to: *const c_char,
    to_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and texts.
    unsafe {
        connected(client, |client, _| {
            let from = Argument::try_from(text(from, from_len)?)?;
            let to = Argument::try_from(text(to, to_len)?)?;
            client.rename(from, to)?;
            Ok(())
        })
    }
}

/// Makes a directory (MKD).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_make_directory(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        change(client, path, path_len, |client, path| {
            client.make_directory(path)
        })
    }
}

/// Removes an empty directory (RMD).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_remove_directory(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        change(client, path, path_len, |client, path| {
            client.remove_directory(path)
        })
    }
}

/// Changes the working directory (CWD).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_change_directory(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        change(client, path, path_len, |client, path| {
            client.change_directory(path)
        })
    }
}

/// Changes to the directory above the working directory (CDUP).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_change_to_parent(
    client: *mut ftp_ready_client,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        connected(client, |client, _| {
            client.change_to_parent()?;
            Ok(())
        })
    }
}

/// The working directory (PWD).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_working_directory(
    client: *mut ftp_ready_client,
    path: *mut ftp_slice,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            must_be_given(path)?;
            rest.kept.bytes = client.working_directory()?.to_vec();
            write(path, ftp_slice::of(&rest.kept.bytes))
        })
    }
}

/// How many bytes a file has (SIZE).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_size(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    size: *mut u64,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text and a place to write to.
    unsafe {
        connected(client, |client, _| {
            must_be_given(size)?;
            let path = Argument::try_from(text(path, path_len)?)?;
            write(size, client.size(path)?)
        })
    }
}

/// When a file was modified (MDTM): seconds since 1970 in UTC, and nanoseconds, which may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_modified(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    seconds: *mut i64,
    nanoseconds: *mut u32,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text and places to write to.
    unsafe {
        connected(client, |client, _| {
            must_be_given(seconds)?;
            let path = Argument::try_from(text(path, path_len)?)?;
            let modified = client.modified(path)?;
            write_if_wanted(nanoseconds, modified.nanos());
            write(seconds, modified.to_unix())
        })
    }
}

/// Whether the server says that it has a feature, such as `MLST` (FEAT).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_has_feature(
    client: *mut ftp_ready_client,
    name: *const c_char,
    name_len: usize,
    has: *mut bool,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text and a place to write to.
    unsafe {
        connected(client, |client, _| {
            must_be_given(has)?;
            let name = crate::ready::utf8(text(name, name_len)?)?;
            write(has, client.features()?.has(name))
        })
    }
}

/// Gets to know the server, after the login: what it can do (FEAT), UTF-8 where it offers that, and
/// what servers of its kind need.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_acquaint(client: *mut ftp_ready_client) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        connected(client, |client, _| {
            client.acquaint()?;
            Ok(())
        })
    }
}

/// Does nothing, and so finds out whether the server is there (NOOP).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_noop(client: *mut ftp_ready_client) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        connected(client, |client, _| {
            client.noop()?;
            Ok(())
        })
    }
}

/// Sends a command line of the program's own, without its end, that needs no data connection.
/// `ftp_ready_client_last_reply` gives what the server said.
///
/// FTP_ERROR_NOT_RAW: the command has a function of its own. FTP_ERROR_REFUSED: the reply is 4yz or
/// 5yz.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_command(
    client: *mut ftp_ready_client,
    line: *const c_char,
    line_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        connected(client, |client, _| {
            let line = text(line, line_len)?;
            // Checked as an argument is, so that no second command hides in it.
            let checked = Argument::try_from(line)?;
            let command = Command::decode(&checked.to_bytes()).map_err(of_command)?;
            client.command(command)?;
            Ok(())
        })
    }
}

fn of_command(error: CommandError) -> Failure {
    Failure::of(ftp_result::FtpErrorDecode, &error)
}

/// Carries out a command with a path.
///
/// # Safety
/// `client` is NULL or a handle, `path` NULL or a text of `path_len` bytes.
unsafe fn change(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    change: impl FnOnce(&mut Client, Argument) -> Result<Reply, Error>,
) -> ftp_result {
    // SAFETY: as this function asks.
    unsafe {
        connected(client, |client, _| {
            let path = Argument::try_from(text(path, path_len)?)?;
            change(client, path)?;
            Ok(())
        })
    }
}
