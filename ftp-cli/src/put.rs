//! `ftp-cli put`: stores a file.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;

use ftp_io::client::Error;
use ftp_proto::client::{OperationError, Store, StoreAs};
use ftp_proto::codec::command::{Argument, FormatControl, RepresentationType};

use crate::args::Put;
use crate::fault::Fault;
use crate::{connection, progress};

pub(crate) fn run(job: &Put, verbose: bool) -> Result<(), Fault> {
    let reading = |error: &std::io::Error| Fault::file(&job.file, "read", error);
    let mut file = File::open(&job.file).map_err(|e| reading(&e))?;
    let metadata = file.metadata().map_err(|e| reading(&e))?;
    if metadata.is_dir() {
        return Err(Fault::new(format!(
            "{} is a directory; put takes a file",
            job.file.display()
        )));
    }
    let length = metadata.is_file().then_some(metadata.len());
    let path = target(job)?;
    if job.resume && job.url.is_text {
        return Err(Fault::new(
            "a text transfer (;type=a) cannot be resumed: line ends differ in length",
        ));
    }
    let bar = progress::bar();
    let mut client = connection::open(&job.url, &job.data, verbose, &bar)?;
    let mut already = 0;
    let target = if job.append {
        StoreAs::Append(path)
    } else if job.resume {
        already = match client.size(path.clone()) {
            Ok(size) => size,
            Err(Error::Operation(OperationError::Refused(reply)))
                if reply.code().to_u16() == 550 =>
            {
                0
            }
            Err(error) => return Err(error.into()),
        };
        match length {
            Some(length) if already > length => {
                return Err(Fault::new(format!(
                    "the file at the server has {already} bytes, more than the {length} of {}: \
                     it is another file",
                    job.file.display()
                ))
                .advise("Without --resume it is replaced."));
            }
            Some(length) if already == length && length > 0 => {
                client.quit()?;
                return Ok(());
            }
            _ => {}
        }
        file.seek(SeekFrom::Start(already))
            .map_err(|e| reading(&e))?;
        match already {
            0 => StoreAs::Whole(path),
            offset => StoreAs::At(path, offset),
        }
    } else {
        StoreAs::Whole(path)
    };
    let mut store = Store::new(target);
    if job.url.is_text {
        store.representation = RepresentationType::Ascii(FormatControl::NonPrint);
    }
    progress::begin(&bar, already, length);
    let result = client.store(store, &mut file);
    bar.finish_and_clear();
    result?;
    client.quit()?;
    Ok(())
}

/// Where to store: the path of the address, with the file's own name if that ends in a slash.
fn target(job: &Put) -> Result<Argument, Fault> {
    let mut path = job
        .url
        .path
        .as_ref()
        .map_or(Vec::new(), |p| p.as_bytes().to_vec());
    if path.is_empty() || path.ends_with(b"/") {
        let name = job.file.file_name().map(OsStrExt::as_bytes);
        path.extend_from_slice(name.unwrap_or_default());
    }
    Argument::new(path).map_err(|error| {
        Fault::new(format!(
            "the file cannot be stored under its own name: {error}"
        ))
        .advise("Name it in the address: ftp-cli put FILE ftp://HOST/NAME")
    })
}
