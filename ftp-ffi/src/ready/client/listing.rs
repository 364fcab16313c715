//! Directories, entry by entry.

use std::ffi::c_char;

use ftp_proto::client::Listing;
use ftp_proto::codec::command::Argument;
use ftp_proto::listing::Entry;

use super::connection::{connected, ftp_ready_client};
use crate::handle::{Handle, ask, free, last_error, make, opaque, with};
use crate::listing::ftp_entry;
use crate::ready::numbers::ftp_ready_listing_kind;
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, must_be_given, optional_text, write};

/// The entries of a directory, all of them, in the order in which the server told them. They have
/// nothing more to do with the client: files can be retrieved or deleted on the way through, and the
/// listing may outlive it.
pub struct ftp_ready_listing(Handle<Vec<Entry>>);
opaque!(ftp_ready_listing, Vec<Entry>);

/// Lists a directory, or the working directory where the path is left out. `kind` is an
/// `ftp_ready_listing_kind`; `listing` is left NULL unless the result is FTP_OK. A listing has
/// 1,048,576 entries and 256 MiB at most: FTP_ERROR_TOO_MANY_ENTRIES, FTP_ERROR_TOO_MANY_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_list(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    kind: i32,
    listing: *mut *mut ftp_ready_listing,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text and a place to write to.
    unsafe {
        if !listing.is_null() {
            listing.write(std::ptr::null_mut());
        }
        connected(client, |client, _| {
            must_be_given(listing)?;
            let path = optional_text(path, path_len)?;
            let mut wanted = Listing::new(path.map(Argument::try_from).transpose()?);
            (wanted.kind, wanted.fall_back) = ftp_ready_listing_kind::from_raw(kind)?.asked();
            let entries = client.entries_with(wanted)?;
            let entries = entries.collect::<Result<Vec<Entry>, _>>()?;
            match make(listing, || Ok(entries)) {
                ftp_result::FtpOk => Ok(()),
                other => Err(Failure::from(other)),
            }
        })
    }
}

/// What the server knows of one file or directory, or of the working directory where the path is
/// left out (MLST). The slices of the entry stay until the next call with this client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_facts(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    entry: *mut ftp_entry,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            must_be_given(entry)?;
            let path = optional_text(path, path_len)?;
            let facts = client.facts(path.map(Argument::try_from).transpose()?)?;
            write(entry, ftp_entry::from(&*rest.kept.entry.insert(facts)))
        })
    }
}

/// Frees a listing. NULL may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_listing_free(listing: *mut ftp_ready_listing) {
    // SAFETY: the caller frees it once, and uses it no more.
    unsafe { free(listing) };
}

/// The text of the last call on this listing that failed; empty if none has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_listing_last_error(
    listing: *const ftp_ready_listing,
) -> ftp_slice {
    // SAFETY: the caller gives a handle.
    unsafe { last_error(listing) }
}

/// How many entries a listing has; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_listing_count(listing: *const ftp_ready_listing) -> usize {
    // SAFETY: the caller gives a handle.
    unsafe { ask(listing, 0, |entries: &mut Vec<Entry>| entries.len()) }
}

/// One entry, by its place from 0 on. Its slices stay until the listing is freed. A line that cannot
/// be read is an entry too, with an empty name and the line in `raw`. FTP_ERROR_RANGE: there are not
/// so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_listing_entry(
    listing: *const ftp_ready_listing,
    at: usize,
    entry: *mut ftp_entry,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a place to write to.
    unsafe {
        with(listing, |entries: &mut Vec<Entry>| {
            must_be_given(entry)?;
            let found = entries.get(at).ok_or(ftp_result::FtpErrorRange)?;
            write(entry, ftp_entry::from(found))
        })
    }
}
