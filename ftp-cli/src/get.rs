//! `ftp-cli get`: retrieves a file.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ftp_io::client::Error;
use ftp_proto::client::{OperationError, Retrieve};
use ftp_proto::codec::command::{FormatControl, RepresentationType};
use ftp_proto::listing::safe_leaf;

use crate::args::Get;
use crate::fault::Fault;
use crate::{connection, progress};

pub(crate) fn run(job: &Get, verbose: bool) -> Result<(), Fault> {
    let path = job
        .url
        .path
        .clone()
        .ok_or_else(|| Fault::new("the address names no file"))?;
    let target = match &job.file {
        Some(file) => file.clone(),
        None => own_name(job)?,
    };
    if job.resume && job.url.is_text {
        return Err(Fault::new(
            "a text transfer (;type=a) cannot be resumed: line ends differ in length",
        ));
    }
    let bar = progress::bar();
    let mut client = connection::open(&job.url, &job.data, verbose, &bar)?;
    let mut retrieve = Retrieve::new(path.clone());
    if job.url.is_text {
        retrieve.representation = RepresentationType::Ascii(FormatControl::NonPrint);
    } else {
        retrieve.expected = match client.size(path) {
            Ok(size) => Some(size),
            // Not every server tells.
            Err(Error::Operation(_)) => None,
            Err(error) => return Err(error.into()),
        };
    }
    let mut local = Local::open(&target)?;
    if job.resume {
        retrieve.offset = local.length()?;
        local.seek(retrieve.offset)?;
    }
    match retrieve.expected {
        Some(size) if job.resume && retrieve.offset > size => {
            return Err(Fault::new(format!(
                "{} has {} bytes, more than the {size} at the server: it is another file",
                target.display(),
                retrieve.offset
            ))
            .advise("Without --resume it is replaced."));
        }
        Some(size) if job.resume && retrieve.offset == size => {
            client.quit()?;
            return Ok(());
        }
        _ => {}
    }
    progress::begin(&bar, retrieve.offset, retrieve.expected);
    let result = client.retrieve_with(retrieve, &mut local.file);
    bar.finish_and_clear();
    local.settle(result.as_ref().err())?;
    result?;
    client.quit()?;
    Ok(())
}

/// The name of the file at the server, if it is safe as a name here.
fn own_name(job: &Get) -> Result<PathBuf, Fault> {
    let name = job.url.name().unwrap_or_default();
    safe_leaf(name)
        .and_then(|leaf| std::str::from_utf8(leaf).ok())
        .map(PathBuf::from)
        .ok_or_else(|| {
            Fault::new("the address does not end in a name that a file here could have")
                .advise("Say where to write it: ftp-cli get URL FILE")
        })
}

/// The file on this side. What it held is not touched before the first byte comes.
struct Local<'a> {
    file: File,
    path: &'a Path,
    was_there: bool,
}

impl<'a> Local<'a> {
    fn open(path: &'a Path) -> Result<Self, Fault> {
        let was_there = path.symlink_metadata().is_ok();
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| Fault::file(path, "write", &error))?;
        Ok(Self {
            file,
            path,
            was_there,
        })
    }

    fn length(&self) -> Result<u64, Fault> {
        let metadata = self.file.metadata();
        Ok(metadata
            .map_err(|e| Fault::file(self.path, "read", &e))?
            .len())
    }

    fn seek(&mut self, to: u64) -> Result<(), Fault> {
        let moved = self.file.seek(SeekFrom::Start(to));
        moved.map_err(|e| Fault::file(self.path, "write", &e))?;
        Ok(())
    }

    /// Cuts the file where the transfer ended, or leaves it as it was if there was none.
    fn settle(&mut self, error: Option<&Error>) -> Result<(), Fault> {
        let began = !matches!(
            error,
            Some(Error::Operation(
                OperationError::Refused(_) | OperationError::NoDataConnection(_)
            ))
        );
        let written = self
            .file
            .stream_position()
            .map_err(|e| Fault::file(self.path, "write", &e))?;
        let is_file = self.file.metadata().is_ok_and(|m| m.is_file());
        if !is_file {
            return Ok(());
        }
        if error.is_some() && written == 0 {
            if !self.was_there {
                // An empty file would say that there is one at the server.
                let _ = std::fs::remove_file(self.path);
            }
            return Ok(());
        }
        if began {
            let cut = self.file.set_len(written);
            cut.map_err(|e| Fault::file(self.path, "write", &e))?;
        }
        Ok(())
    }
}
