//! Foreign clients that make many transfers under TLS, one after another over one control
//! connection.

use std::path::Path;
use std::process::Command;

use super::Mode;
use crate::peers::Server;
use crate::process::Finished;
use crate::{Trouble, programs};

/// A client program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Java's Apache Commons Net 3: `FTPSClient`, by a program of ours. Never resumes.
    CommonsNet,
    /// curl 7. In active mode under TLS it hangs with every server.
    Curl,
    /// Python's `ftplib.FTP_TLS`, by a script of ours. Never resumes.
    Ftplib,
    /// lftp 4.
    Lftp,
}

/// The newest version of TLS that a client is to speak; only curl and lftp can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newest {
    /// 1.2.
    Tls12,
    /// 1.3.
    Tls13,
}

/// Uploads and downloads, in turns: the client's file `up0` becomes `f0` at the server, which comes
/// back as `down0`, and so on.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// Whom to ask.
    pub server: &'a Server,
    /// Who opens the data connections.
    pub mode: Mode,
    /// The version of TLS.
    pub newest: Newest,
    /// How many files.
    pub files: usize,
}

impl Program {
    /// Runs the series and waits for the client's end, whatever its exit status.
    ///
    /// # Errors
    /// `Missing` when the program is not there, `Failed` when it does not end in time.
    pub fn run(self, series: &Series<'_>) -> Result<Finished, Trouble> {
        let command = match self {
            Self::CommonsNet => commons_net(series, "series")?,
            Self::Curl => curl(series)?,
            Self::Ftplib => ftplib(series, "series")?,
            Self::Lftp => lftp(series)?,
        };
        self.finish(command, series)
    }

    /// Has a client that never resumes try an upload and a download, each of which the server
    /// refuses, and ask for the working directory behind each. Its output holds the replies.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_refused(self, series: &Series<'_>) -> Result<Finished, Trouble> {
        let command = match self {
            Self::CommonsNet => commons_net(series, "refused")?,
            Self::Ftplib => ftplib(series, "refused")?,
            Self::Curl | Self::Lftp => {
                return Err(Trouble::failed(format_args!("{self} resumes")));
            }
        };
        self.finish(command, series)
    }

    fn finish(self, command: Command, series: &Series<'_>) -> Result<Finished, Trouble> {
        super::run(command, &self.to_string(), &series.server.client_folder())
    }
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::CommonsNet => "commons-net",
            Self::Curl => "curl",
            Self::Ftplib => "ftplib",
            Self::Lftp => "lftp",
        })
    }
}

impl std::fmt::Display for Newest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
        })
    }
}

fn curl(series: &Series<'_>) -> Result<Command, Trouble> {
    if series.mode != Mode::Passive {
        return Err(Trouble::failed("curl is passive under TLS"));
    }
    let mut command = Command::new(programs::find("curl")?);
    command.args(["--disable", "--silent", "--show-error", "--verbose"]);
    command.arg("--fail-early");
    let certificate = series.server.certificate()?;
    for file in 0..series.files {
        for upload in [true, false] {
            if file > 0 || !upload {
                command.arg("--next");
            }
            command.arg("--ssl-reqd").arg("--cacert").arg(certificate);
            if series.newest == Newest::Tls12 {
                command.args(["--tls-max", "1.2"]);
            }
            match upload {
                true => command.arg("--upload-file").arg(format!("up{file}")),
                false => command.arg("--output").arg(format!("down{file}")),
            };
            command.arg(series.server.url(&format!("f{file}")));
        }
    }
    Ok(command)
}

fn lftp(series: &Series<'_>) -> Result<Command, Trouble> {
    let server = series.server;
    let passive = match series.mode {
        Mode::Passive => "on",
        Mode::Active => "off",
        Mode::Auto => return Err(Trouble::failed("lftp has no automatic mode")),
    };
    let priority = match series.newest {
        Newest::Tls12 => "NORMAL:-VERS-TLS1.3",
        Newest::Tls13 => "NORMAL",
    };
    let mut script = format!(
        "debug 5; \
         set cmd:fail-exit yes; \
         set net:max-retries 1; \
         set net:timeout 120; \
         set ftp:ssl-force yes; \
         set ftp:ssl-protect-data yes; \
         set ftp:ssl-protect-list yes; \
         set ssl:ca-file \"{certificate}\"; \
         set ssl:priority {priority}; \
         set ftp:passive-mode {passive}; \
         open -u \"{user},{password}\" ftp://{address}/; \
         cd files",
        certificate = server.certificate()?.display(),
        user = server.user,
        password = server.password,
        address = server.address,
    );
    for file in 0..series.files {
        script += &format!("; put up{file} -o f{file}; get f{file} -o down{file}");
    }
    let mut command = Command::new(programs::find("lftp")?);
    command.args(["--norc", "-c", &script]);
    Ok(command)
}

fn ftplib(series: &Series<'_>, what: &str) -> Result<Command, Trouble> {
    let mut command = Command::new(programs::python("ftplib, ssl")?);
    command.arg("-B").arg(source("ftplib_tls.py"));
    add_arguments(&mut command, series, what)?;
    Ok(command)
}

/// The launcher of the JDK compiles a program in one file by itself.
fn commons_net(series: &Series<'_>, what: &str) -> Result<Command, Trouble> {
    let library = Path::new("/usr/share/java/commons-net.jar");
    if !library.is_file() {
        let missing = "Java's Commons Net is not installed (libcommons-net-java)";
        return Err(Trouble::missing(missing));
    }
    let mut command = Command::new(programs::find("java")?);
    command
        .args(["-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp"])
        .arg(library)
        .arg(source("CommonsNetTls.java"));
    add_arguments(&mut command, series, what)?;
    Ok(command)
}

fn add_arguments(command: &mut Command, series: &Series<'_>, what: &str) -> Result<(), Trouble> {
    let server = series.server;
    command
        .arg(server.address.ip().to_string())
        .arg(server.address.port().to_string())
        .args([&server.user, &server.password])
        .arg(server.certificate()?)
        .args([series.mode.to_string(), what.to_owned()])
        .arg(series.files.to_string());
    Ok(())
}

fn source(name: &str) -> String {
    format!("{}/clients/{name}", env!("CARGO_MANIFEST_DIR"))
}
