//! `ftp-cli rm`, `mkdir`, `rmdir` and `mv`: change what a server holds.

use ftp_io::blocking::Client;
use ftp_io::client::{Error, FtpUrl};
use ftp_proto::client::OperationError;
use ftp_proto::codec::command::Argument;

use crate::args::{Mkdir, Mv, Rm, Rmdir};
use crate::connection::{Visits, each, named};
use crate::fault::Fault;
use crate::get::file_of;

pub(crate) fn rm(job: &Rm, verbose: bool) -> Result<(), Fault> {
    let mut visits = Visits::new(&job.client, verbose)?;
    each_path(&job.urls, &mut visits, |client, path| {
        client.delete(path)?;
        Ok(())
    })
}

pub(crate) fn rmdir(job: &Rmdir, verbose: bool) -> Result<(), Fault> {
    let mut visits = Visits::new(&job.client, verbose)?;
    each_path(&job.urls, &mut visits, |client, path| {
        client.remove_directory(without_last_slash(&path))?;
        Ok(())
    })
}

pub(crate) fn mkdir(job: &Mkdir, verbose: bool) -> Result<(), Fault> {
    let mut visits = Visits::new(&job.client, verbose)?;
    each_path(&job.urls, &mut visits, |client, path| {
        if job.parents {
            return make_all(client, &path);
        }
        client.make_directory(without_last_slash(&path))?;
        Ok(())
    })
}

pub(crate) fn mv(job: &Mv, verbose: bool) -> Result<(), Fault> {
    let from = file_of(&job.from)?;
    let to = new_path(job)?;
    let mut visits = Visits::new(&job.client, verbose)?;
    visits
        .at(&job.from, |client| {
            client.rename(from, to)?;
            Ok(())
        })
        .map_err(|fault| fault.about(named(&job.from)))
}

fn each_path(
    urls: &[FtpUrl],
    visits: &mut Visits,
    act: impl Fn(&mut Client, Argument) -> Result<(), Fault>,
) -> Result<(), Fault> {
    each(urls, |url| {
        file_of(url)
            .and_then(|path| visits.at(url, |client| act(client, path)))
            .map_err(|fault| fault.about(named(url)))
    })
}

/// Makes a directory and those above it, as far as they are not there. No reply code says "is
/// there already" at every server, so what is refused is tried by entering it.
fn make_all(client: &mut Client, path: &Argument) -> Result<(), Fault> {
    let path = without_last_slash(path);
    let bytes = path.as_bytes();
    let ends = (1..bytes.len()).filter(|&at| bytes[at] == b'/' && bytes[at - 1] != b'/');
    let mut refused = None;
    for end in ends.chain([bytes.len()]) {
        let directory = Argument::new(bytes[..end].to_vec()).map_err(Error::from)?;
        match client.make_directory(directory) {
            Ok(_) => refused = None,
            Err(error @ Error::Operation(OperationError::Refused(_))) => refused = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    let Some(refused) = refused else {
        return Ok(());
    };
    let before = Argument::new(client.working_directory()?).map_err(Error::from)?;
    if client.change_directory(path).is_err() {
        return Err(refused.into());
    }
    // Other addresses of this visit are relative to the directory that the login led to.
    client.change_directory(before)?;
    Ok(())
}

/// Where a file is to be moved: an address at the same server or a path, and a directory if it
/// ends in a slash.
fn new_path(job: &Mv) -> Result<Argument, Fault> {
    let mut to = match job.to.contains("://") {
        false => job.to.clone().into_bytes(),
        true => {
            let url: FtpUrl = job
                .to
                .parse()
                .map_err(|error| Fault::usage(format!("{}: {error}", job.to)))?;
            if url.host != job.from.host || url.port != job.from.port {
                return Err(Fault::usage(
                    "a file can only be moved within one server: get it, put it, and rm it",
                ));
            }
            url.path.map_or(Vec::new(), |path| path.as_bytes().to_vec())
        }
    };
    if to.is_empty() || to.ends_with(b"/") {
        to.extend_from_slice(job.from.name().unwrap_or_default());
    }
    Argument::new(to).map_err(|error| Fault::usage(format!("the new name: {error}")))
}

fn without_last_slash(path: &Argument) -> Argument {
    match path.as_bytes().strip_suffix(b"/") {
        Some(shorter) if !shorter.is_empty() => {
            Argument::new(shorter.to_vec()).unwrap_or_else(|_| path.clone())
        }
        _ => path.clone(),
    }
}
