//! `ftp-cli put`: stores files.

use std::fs::{File, Metadata};
use std::io::{self, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use ftp_io::blocking::Client;
use ftp_io::client::Error;
use ftp_proto::client::{OperationError, Store, StoreAs};
use ftp_proto::codec::command::{Argument, FormatControl, RepresentationType};

use crate::args::Put;
use crate::connection::{EscapeAsciiText, Visits, each};
use crate::fault::Fault;
use crate::get::is_file;
use crate::producer::Producer;
use crate::progress::Progress;

pub(crate) fn run(job: &Put, verbose: bool) -> Result<(), Fault> {
    check(job)?;
    let mut visits = Visits::new(&job.client, verbose)?;
    let progress = visits.progress.clone();
    each(&job.files, |file| {
        store(job, file, &mut visits, &progress).map_err(|fault| fault.about(file.display()))
    })
}

/// What cannot be meant.
fn check(job: &Put) -> Result<(), Fault> {
    is_file(&job.url)?;
    let into_directory = takes_own_name(job);
    if job.files.len() > 1 && !into_directory {
        return Err(Fault::usage(
            "several files can only be stored in a directory: the address must end in /",
        ));
    }
    let has_input = job.files.iter().any(|file| is_input(file));
    if has_input && into_directory {
        return Err(Fault::usage("standard input has no name of its own")
            .advise("Name it in the address: ftp-cli put - ftp://HOST/NAME"));
    }
    if has_input && job.resume {
        return Err(Fault::usage(
            "standard input cannot be resumed: nothing tells what it held before",
        ));
    }
    if has_input
        && job
            .client
            .login
            .password_file
            .as_deref()
            .is_some_and(is_input)
    {
        return Err(Fault::usage(
            "standard input cannot be both the file and the password",
        ));
    }
    if job.resume && job.url.is_text() {
        return Err(Fault::usage(
            "a text transfer (;type=a) cannot be resumed: line ends differ in length",
        ));
    }
    Ok(())
}

fn store(job: &Put, path: &Path, visits: &mut Visits, progress: &Progress) -> Result<(), Fault> {
    let reading = |error: io::Error| Fault::new(format!("cannot be read: {error}"));
    let mut file = open(path).map_err(reading)?;
    let metadata = file.metadata().map_err(reading)?;
    if metadata.is_dir() {
        return Err(Fault::new("is a directory; put takes files"));
    }
    let target = target(job, path)?;
    // What others still write may pause; a file never does.
    let mut producer = match is_input(path) && !metadata.is_file() {
        true => Some(Producer::new(file.try_clone().map_err(reading)?)),
        false => None,
    };
    visits.at(&job.url, |client| {
        let Some(target) = place(job, client, &mut file, &metadata, target)? else {
            return Ok(());
        };
        let already = match &target {
            StoreAs::At(_, offset) => *offset,
            _ => 0,
        };
        let mut store = Store::new(target);
        if job.url.is_text() {
            store.parameters.representation = RepresentationType::Ascii(FormatControl::NonPrint);
        }
        progress.begin(path.display().to_string(), already, length(&metadata));
        let result = match &mut producer {
            Some(producer) => client.store(store, producer),
            None => client.store(store, &mut file),
        };
        progress.end();
        result.map_err(|error| {
            let fault = Fault::from(error);
            match fault.is_transfer() && !is_input(path) && !job.append && !job.url.is_text() {
                true => {
                    fault.advise("Where the server keeps what came, --resume goes on from there.")
                }
                false => fault,
            }
        })?;
        Ok(())
    })
}

/// How the file is to be stored; `None` if all of it is there.
fn place(
    job: &Put,
    client: &mut Client,
    file: &mut File,
    metadata: &Metadata,
    path: Argument,
) -> Result<Option<StoreAs>, Fault> {
    if job.append {
        return Ok(Some(StoreAs::Append(path)));
    }
    if !job.resume {
        return Ok(Some(StoreAs::Whole(path)));
    }
    let already = match client.size(path.clone()) {
        Ok(size) => size,
        Err(Error::Operation(OperationError::Refused(reply))) if reply.code().to_u16() == 550 => 0,
        Err(error) => return Err(error.into()),
    };
    match length(metadata) {
        Some(length) if already > length => {
            return Err(Fault::new(format!(
                "the file at the server has {already} bytes, more than the {length} of this one: \
                 it is another file"
            ))
            .advise("Without --resume it is replaced."));
        }
        Some(length) if already == length && length > 0 => return Ok(None),
        _ => {}
    }
    file.seek(SeekFrom::Start(already))
        .map_err(|error| Fault::new(format!("cannot be read: {error}")))?;
    Ok(Some(match already {
        0 => StoreAs::Whole(path),
        offset => StoreAs::At(path, offset),
    }))
}

/// A file, or standard input for `-`.
fn open(path: &Path) -> io::Result<File> {
    if is_input(path) {
        return Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?));
    }
    File::open(path)
}

fn is_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Bytes of a regular file. What others have is told by their end.
fn length(metadata: &Metadata) -> Option<u64> {
    metadata.is_file().then_some(metadata.len())
}

/// Whether the address names a directory, in which files keep their names.
fn takes_own_name(job: &Put) -> bool {
    match &job.url.path {
        None => true,
        Some(path) => path.as_bytes().ends_with(b"/"),
    }
}

/// Where to store: the path of the address, with the file's own name if that ends in a slash.
fn target(job: &Put, file: &Path) -> Result<Argument, Fault> {
    let mut path = match &job.url.path {
        Some(path) => path.as_bytes().to_vec(),
        None => Vec::new(),
    };
    if takes_own_name(job) {
        let name = file.file_name().map(OsStrExt::as_bytes);
        path.extend_from_slice(name.unwrap_or_default());
    }
    Argument::new(path).map_err(|error| {
        let name = file.as_os_str().as_bytes().escape_ascii_text();
        Fault::usage(format!(
            "{name} cannot be stored under its own name: {error}"
        ))
        .advise("Name it in the address: ftp-cli put FILE ftp://HOST/NAME")
    })
}
