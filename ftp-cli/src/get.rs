//! `ftp-cli get` and `cat`: retrieve files.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ftp_io::blocking::Client;
use ftp_io::client::{Error, FtpUrl, TypeCode};
use ftp_proto::client::{OperationError, Retrieve};
use ftp_proto::codec::command::{Argument, FormatControl, RepresentationType};
use ftp_proto::listing::safe_leaf;

use crate::args::{Cat, Get, UrlOrPath};
use crate::connection::{Visits, each, named};
use crate::download::{Begin, Download, NamedBy, Partial};
use crate::fault::Fault;
use crate::progress::Progress;

/// Where downloads go.
enum Target {
    Output,
    File(PathBuf),
    /// Each under the name that it has at the server.
    Directory(PathBuf),
}

pub(crate) fn run(job: &Get, verbose: bool) -> Result<(), Fault> {
    let (urls, target) = what_and_where(job)?;
    urls.iter().try_for_each(|url| is_file(url))?;
    let begin = match job.resume {
        true => Begin::Resumed,
        false => Begin::Anew,
    };
    if begin == Begin::Resumed {
        if urls.iter().any(|url| url.is_text()) {
            return Err(Fault::usage(
                "a text transfer (;type=a) cannot be resumed: line ends differ in length",
            ));
        }
        if matches!(target, Target::Output) {
            return Err(Fault::usage(
                "standard output cannot be resumed: nothing tells what went there before",
            ));
        }
    }
    let mut visits = Visits::new(&job.client, verbose)?;
    let progress = visits.progress.clone();
    each(urls, |url| {
        let name = named(url);
        let got = match &target {
            Target::Output => visits.at(url, |client| to_output(client, url, &progress)),
            Target::File(path) => visits.at(url, |client| {
                to_file(client, url, path, NamedBy::User, begin, &progress)
            }),
            Target::Directory(directory) => own_name(url).and_then(|name| {
                let path = directory.join(name);
                visits.at(url, |client| {
                    to_file(client, url, &path, NamedBy::Server, begin, &progress)
                })
            }),
        };
        got.map_err(|fault| fault.about(name))
    })
}

pub(crate) fn cat(job: &Cat, verbose: bool) -> Result<(), Fault> {
    job.urls.iter().try_for_each(is_file)?;
    let mut visits = Visits::new(&job.client, verbose)?;
    let progress = visits.progress.clone();
    each(&job.urls, |url| {
        visits
            .at(url, |client| to_output(client, url, &progress))
            .map_err(|fault| fault.about(named(url)))
    })
}

/// The last of several is where to write, unless it is an address as well.
fn what_and_where(job: &Get) -> Result<(Vec<&FtpUrl>, Target), Fault> {
    let mut urls = Vec::new();
    let mut named = job.output.as_deref();
    for (at, place) in job.places.iter().enumerate() {
        match place {
            UrlOrPath::Url(url) => urls.push(url),
            UrlOrPath::Path(path) if at > 0 && at + 1 == job.places.len() && named.is_none() => {
                named = Some(path);
            }
            UrlOrPath::Path(path) => {
                return Err(Fault::usage(format!(
                    "{} is no address: expected one that begins with ftp://",
                    path.display()
                )));
            }
        }
    }
    if let Some(named) = named
        && ["ftp", "ftpes", "ftps"].iter().any(|scheme| {
            let named = named.as_os_str().as_bytes();
            let rest = named.strip_prefix(scheme.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b"://"))
        })
    {
        return Err(
            Fault::usage("--output takes the name of a local file, not an address")
                .advise("Without --output a file keeps the name that it has at the server."),
        );
    }
    let target = match named {
        None => Target::Directory(PathBuf::new()),
        Some(path) if path.as_os_str() == "-" => Target::Output,
        Some(path) if path.is_dir() => Target::Directory(path.to_owned()),
        Some(path) if path.as_os_str().as_bytes().ends_with(b"/") || urls.len() > 1 => {
            return Err(Fault::usage(format!(
                "{} is no directory here",
                path.display()
            )));
        }
        Some(path) => Target::File(path.to_owned()),
    };
    Ok((urls, target))
}

fn to_file(
    client: &mut Client,
    url: &FtpUrl,
    path: &Path,
    named_by: NamedBy,
    begin: Begin,
    progress: &Progress,
) -> Result<(), Fault> {
    let mut retrieve = ask_for(client, url)?;
    let mut local = Download::open(path, named_by, begin)?;
    retrieve.offset = local.offset();
    match retrieve.expected {
        Some(size) if retrieve.offset > size => {
            return Err(Fault::new(format!(
                "{} has {} bytes, more than the {size} at the server: it is another file",
                path.display(),
                retrieve.offset
            ))
            .advise("Without --resume it is replaced."));
        }
        Some(size) if begin == Begin::Resumed && retrieve.offset == size && size > 0 => {
            return local.finish();
        }
        _ => {}
    }
    progress.begin(named(url).to_string(), retrieve.offset, retrieve.expected);
    let result = client.retrieve_with(retrieve, &mut local);
    progress.end();
    match result {
        Ok(_) => local.finish(),
        Err(error) => {
            let partial = match url.is_text() {
                true => Partial::Discard,
                false => Partial::Keep,
            };
            let fault = Fault::from(error);
            Err(match local.cut(partial) && fault.is_transfer() {
                true => fault.advise("What came is kept: --resume goes on from there."),
                false => fault,
            })
        }
    }
}

fn to_output(client: &mut Client, url: &FtpUrl, progress: &Progress) -> Result<(), Fault> {
    let retrieve = ask_for(client, url)?;
    let output = io::stdout().as_fd().try_clone_to_owned();
    let mut output = File::from(output.map_err(|error| writing(&error))?);
    let shows_progress = !io::stdout().is_terminal();
    if shows_progress {
        progress.begin(named(url).to_string(), 0, retrieve.expected);
    }
    let result = client.retrieve_with(retrieve, &mut output);
    progress.end();
    match result {
        Ok(_) => Ok(()),
        // Whoever reads has seen enough.
        Err(Error::Local(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Error::Local(error)) => Err(writing(&error)),
        Err(error) => Err(error.into()),
    }
}

fn writing(error: &io::Error) -> Fault {
    Fault::new(format!("cannot write to standard output: {error}"))
}

/// What to ask for, with the size of the file where the server tells it.
fn ask_for(client: &mut Client, url: &FtpUrl) -> Result<Retrieve, Fault> {
    let mut retrieve = Retrieve::new(file_of(url)?);
    if url.is_text() {
        retrieve.parameters.representation = RepresentationType::Ascii(FormatControl::NonPrint);
        return Ok(retrieve);
    }
    retrieve.expected = match client.size(retrieve.path.clone()) {
        Ok(size) => Some(size),
        // Not every server tells.
        Err(Error::Operation(OperationError::Refused(_) | OperationError::Unreadable { .. })) => {
            None
        }
        Err(error) => return Err(error.into()),
    };
    Ok(retrieve)
}

/// That an address stands for a file: with `;type=d` it stands for the names in a directory
/// (RFC 1738 §3.2.2).
pub(crate) fn is_file(url: &FtpUrl) -> Result<(), Fault> {
    match url.type_code {
        Some(TypeCode::Directory) => Err(Fault::usage(format!(
            "{}: an address with ;type=d stands for the listing of a directory, not for a file",
            named(url)
        ))
        .advise("A directory is listed with ftp-cli ls.")),
        _ => Ok(()),
    }
}

/// The path of an address that must name something.
pub(crate) fn file_of(url: &FtpUrl) -> Result<Argument, Fault> {
    url.path.clone().ok_or_else(|| {
        Fault::usage("the address names no file").advise("It is written ftp://HOST/FILE.")
    })
}

/// The name of the file at the server, if it is safe as a name here.
fn own_name(url: &FtpUrl) -> Result<PathBuf, Fault> {
    let name = url.name().unwrap_or_default();
    safe_leaf(name)
        .map(|leaf| PathBuf::from(std::ffi::OsStr::from_bytes(leaf)))
        .ok_or_else(|| {
            Fault::usage("the address does not end in a name that a file here could have")
                .advise("Say where to write it: ftp-cli get URL FILE")
        })
}
