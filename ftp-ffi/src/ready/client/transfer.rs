//! Files, to and from the server.

use std::ffi::{c_char, c_void};

use ftp_io::client::{Copied, Download, Progress, Upload};
use ftp_io::storage::{Sink, Source};
use ftp_proto::client::{Retrieve, Store, StoreAs, Transferred};
use ftp_proto::codec::command::Argument;

use super::connection::{Kept, Rest, connected, ftp_ready_client};
use super::ends::{Given, Taken, descriptor, ftp_ready_read_fn, ftp_ready_write_fn};
use crate::client::ftp_store_as;
use crate::ready::numbers::ftp_ready_resume;
use crate::ready::{User, path as local_path};
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, optional_text, text, write_if_wanted};

/// A file that is at both ends now.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ftp_ready_transfer {
    /// Bytes that crossed the data connection; 0 where nothing was missing.
    pub bytes: u64,
    /// Bytes up to where the transfer ended, those of an earlier one included.
    pub size: u64,
    /// The name that the server made for a unique file, where it told one.
    pub name: ftp_slice,
    /// Room for more; 0.
    pub reserved: [u64; 4],
}

const _: () = assert!(size_of::<ftp_ready_transfer>() == 48 + 2 * size_of::<usize>());

/// Retrieves a file into one of this machine, or with FTP_READY_RESUME_RESTART what is missing of it
/// there. What is here is not touched before the server gives the file.
///
/// `resume` is a number of `ftp_ready_resume`, but not FTP_READY_RESUME_APPEND. `transfer` may be
/// NULL.
///
/// FTP_ERROR_LARGER_THAN_SOURCE: what is here is no part of the file. FTP_ERROR_SHORT: less came
/// than the server had told.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_retrieve_file(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    file: *const c_char,
    file_len: usize,
    resume: i32,
    transfer: *mut ftp_ready_transfer,
) -> ftp_result {
    // SAFETY: the caller gives a handle, texts and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            let from = Argument::try_from(text(path, path_len)?)?;
            let mut download = Download::new(from, local_path(text(file, file_len)?)?)?;
            match ftp_ready_resume::from_raw(resume)? {
                ftp_ready_resume::None => {}
                ftp_ready_resume::Restart => download = download.resume(),
                ftp_ready_resume::Append => return Err(ftp_result::FtpErrorEnum.into()),
            }
            let copied = client.download_with(download, report(rest))?;
            write_if_wanted(transfer, of_file(copied, rest.kept));
            Ok(())
        })
    }
}

/// Retrieves a file, from an offset in bytes on, into an open descriptor that blocks: a file from
/// its position on, a pipe, a terminal. The descriptor stays open. `transfer` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_retrieve_fd(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    offset: u64,
    fd: i32,
    transfer: *mut ftp_ready_transfer,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text, a descriptor and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            let from = Argument::try_from(text(path, path_len)?)?;
            let mut file = descriptor(fd)?;
            retrieve(client, rest, from, offset, &mut file, transfer)
        })
    }
}

/// Retrieves a file, from an offset in bytes on, through a function that takes its bytes. `transfer`
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_retrieve_through(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    offset: u64,
    function: ftp_ready_write_fn,
    user: *mut c_void,
    transfer: *mut ftp_ready_transfer,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text, a function and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            let from = Argument::try_from(text(path, path_len)?)?;
            let function = function.ok_or(ftp_result::FtpErrorNull)?;
            let user = User(user);
            let mut taken = Taken { function, user };
            retrieve(client, rest, from, offset, &mut taken, transfer)
        })
    }
}

/// Stores a file of this machine, or what is missing of it at the server: FTP_READY_RESUME_RESTART,
/// or FTP_READY_RESUME_APPEND where the server takes no REST before STOR. `transfer` may be NULL.
///
/// FTP_ERROR_LARGER_THAN_SOURCE: what is at the server is no part of the file.
/// FTP_ERROR_SIZE_DIFFERS: after it was completed, the server has another size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_store_file(
    client: *mut ftp_ready_client,
    file: *const c_char,
    file_len: usize,
    path: *const c_char,
    path_len: usize,
    resume: i32,
    transfer: *mut ftp_ready_transfer,
) -> ftp_result {
    // SAFETY: the caller gives a handle, texts and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            let to = Argument::try_from(text(path, path_len)?)?;
            let upload = Upload::new(local_path(text(file, file_len)?)?, to)?;
            let upload = match ftp_ready_resume::from_raw(resume)? {
                ftp_ready_resume::None => upload,
                ftp_ready_resume::Restart => upload.resume(),
                ftp_ready_resume::Append => upload.resume_by_append(),
            };
            let copied = client.upload_with(upload, report(rest))?;
            write_if_wanted(transfer, of_file(copied, rest.kept));
            Ok(())
        })
    }
}

/// Stores what an open descriptor that blocks gives, up to its end: a file from its position on, a
/// pipe. The descriptor stays open. `placement` is a number of `ftp_store_as`, to which
/// `offset`, in bytes, belongs with FTP_STORE_AS_AT. `transfer` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_store_fd(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    placement: i32,
    offset: u64,
    fd: i32,
    transfer: *mut ftp_ready_transfer,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text, a descriptor and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            let target = target(optional_text(path, path_len)?, placement, offset)?;
            let mut file = descriptor(fd)?;
            store(client, rest, target, &mut file, transfer)
        })
    }
}

/// Stores what a function gives, up to its end; otherwise as `ftp_ready_client_store_fd`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_store_through(
    client: *mut ftp_ready_client,
    path: *const c_char,
    path_len: usize,
    placement: i32,
    offset: u64,
    function: ftp_ready_read_fn,
    user: *mut c_void,
    transfer: *mut ftp_ready_transfer,
) -> ftp_result {
    // SAFETY: the caller gives a handle, a text, a function and a place to write to.
    unsafe {
        connected(client, |client, rest| {
            let target = target(optional_text(path, path_len)?, placement, offset)?;
            let function = function.ok_or(ftp_result::FtpErrorNull)?;
            let user = User(user);
            let mut given = Given { function, user };
            store(client, rest, target, &mut given, transfer)
        })
    }
}

/// # Safety
/// `transfer` is NULL or room for one.
unsafe fn retrieve(
    client: &mut ftp_io::blocking::Client,
    rest: &mut Rest<'_>,
    from: Argument,
    offset: u64,
    sink: &mut dyn Sink,
    transfer: *mut ftp_ready_transfer,
) -> Result<(), Failure> {
    let mut retrieve = Retrieve::new(from);
    retrieve.offset = offset;
    rest.measure(offset);
    let transferred = client.retrieve_with(retrieve, sink)?;
    // SAFETY: as this function asks.
    unsafe { write_if_wanted(transfer, of_stream(transferred, offset, rest.kept)) };
    Ok(())
}

/// # Safety
/// `transfer` is NULL or room for one.
unsafe fn store(
    client: &mut ftp_io::blocking::Client,
    rest: &mut Rest<'_>,
    target: StoreAs,
    source: &mut dyn Source,
    transfer: *mut ftp_ready_transfer,
) -> Result<(), Failure> {
    let offset = match &target {
        StoreAs::At(_, offset) => *offset,
        _ => 0,
    };
    rest.measure(offset);
    let transferred = client.store(Store::new(target), source)?;
    // SAFETY: as this function asks.
    unsafe { write_if_wanted(transfer, of_stream(transferred, offset, rest.kept)) };
    Ok(())
}

fn target(path: Option<&[u8]>, placement: i32, offset: u64) -> Result<StoreAs, Failure> {
    let placement = ftp_store_as::from_raw(placement)?;
    let path = path.map(Argument::try_from).transpose()?;
    Ok(match (placement, path) {
        (ftp_store_as::Unique, path) => StoreAs::Unique(path),
        (_, None) => return Err(ftp_result::FtpErrorNull.into()),
        (ftp_store_as::Whole, Some(path)) => StoreAs::Whole(path),
        (ftp_store_as::At, Some(path)) => StoreAs::At(path, offset),
        (ftp_store_as::Append, Some(path)) => StoreAs::Append(path),
    })
}

/// Tells the program's function, if there is one.
fn report(rest: &Rest<'_>) -> impl FnMut(Progress) + Send + use<> {
    let (progress, cancelling) = (rest.progress, rest.cancelling.clone());
    move |told: Progress| {
        if let Some(progress) = progress {
            progress.tell(told.done, told.total.unwrap_or(u64::MAX), &cancelling);
        }
    }
}

fn of_file(copied: Copied, kept: &mut Kept) -> ftp_ready_transfer {
    let size = copied.size;
    match copied.transfer {
        Some(transferred) => ftp_ready_transfer {
            size,
            ..of_stream(transferred, 0, kept)
        },
        None => ftp_ready_transfer {
            bytes: 0,
            size,
            name: ftp_slice::NONE,
            reserved: [0; 4],
        },
    }
}

fn of_stream(transferred: Transferred, offset: u64, kept: &mut Kept) -> ftp_ready_transfer {
    let name = transferred.name.map(|name| {
        kept.bytes = name.to_vec();
        ftp_slice::of(&kept.bytes)
    });
    ftp_ready_transfer {
        bytes: transferred.bytes,
        size: offset.saturating_add(transferred.bytes),
        name: name.unwrap_or_default(),
        reserved: [0; 4],
    }
}
