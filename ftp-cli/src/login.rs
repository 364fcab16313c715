//! Who logs in, and with which password. An argument shows in `ps`, so a password may come from a
//! file, from the environment, from `.netrc` or from whoever sits at the terminal.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use ftp_io::client::{Error, FtpUrl};
use ftp_proto::Secret;
use ftp_proto::client::{Login, OperationError};
use ftp_proto::codec::command::{Argument, Password};

use crate::args::LoginArgs;
use crate::connection::EscapeAsciiText;
use crate::fault::{Exit, Fault};

/// Where passwords come from, in the order in which they are asked: the address itself,
/// `--password-file`, the environment, `.netrc`, the terminal.
pub(crate) struct Secrets {
    given: Option<Secret<Vec<u8>>>,
}

impl Secrets {
    pub(crate) fn new(args: &LoginArgs) -> Result<Self, Fault> {
        let given = match &args.password_file {
            Some(path) => Some(read(path)?),
            None => std::env::var_os(VARIABLE).map(|value| Secret::new(value.into_vec())),
        };
        Ok(Self { given })
    }

    /// What to log in with at an address; anonymously if nobody is named (RFC 1635).
    pub(crate) fn login(&self, url: &FtpUrl) -> Result<Login, Fault> {
        let Some(user) = &url.user else {
            return Ok(Login::new(
                argument(b"anonymous")?,
                password(Secret::new(b"anonymous@".to_vec()))?,
            ));
        };
        let found = match (&url.password, &self.given) {
            (Some(own), _) => Some(own.clone()),
            (None, Some(given)) => Some(given.clone()),
            (None, None) => ask(user, &url.host)?,
        };
        Ok(Login {
            user: user.clone(),
            password: found.map(password).transpose()?,
            account: None,
        })
    }
}

/// A login that failed is told apart from every other refusal.
pub(crate) fn refused(error: Error) -> Fault {
    let is_refused = matches!(&error, Error::Operation(OperationError::Refused(_)));
    let fault = Fault::from(error);
    match is_refused {
        true => fault
            .ending(Exit::NoLogin)
            .advise("Are the name and the password right?"),
        false => fault,
    }
}

/// Asks whoever sits at the terminal, if anybody does, without showing what is typed.
pub(crate) fn ask_at_terminal(prompt: &str) -> Result<Option<Secret<Vec<u8>>>, Fault> {
    // What is asked for on a terminal that nobody looks at would wait for ever.
    if File::open(TERMINAL).is_err() || !(io::stdin().is_terminal() || io::stderr().is_terminal()) {
        return Ok(None);
    }
    match rpassword::prompt_password(prompt) {
        Ok(typed) => Ok(Some(Secret::new(typed.into_bytes()))),
        Err(error) => Err(Fault::new(format!("no password was typed: {error}"))),
    }
}

/// The first line of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Secret<Vec<u8>>, Fault> {
    let mut text = Vec::new();
    let read = match path.as_os_str().as_encoded_bytes() {
        b"-" => io::stdin().lock().take(LONGEST).read_to_end(&mut text),
        _ => File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text)),
    };
    read.map_err(|error| Fault::file(path, "read", &error))?;
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(Secret::new(line.to_vec()))
}

fn ask(user: &Argument, host: &str) -> Result<Option<Secret<Vec<u8>>>, Fault> {
    let user = user.as_bytes().escape_ascii_text();
    ask_at_terminal(&format!("Password of {user} at {host}: "))
}

fn argument(text: &'static [u8]) -> Result<Argument, Fault> {
    Argument::new(text).map_err(|error| Error::from(error).into())
}

fn password(secret: Secret<Vec<u8>>) -> Result<Password, Fault> {
    Password::new(secret.expose().clone())
        .map_err(|_| Fault::usage("the password holds CR, LF or NUL, which FTP cannot send"))
}

/// The environment's password.
const VARIABLE: &str = "FTP_PASSWORD";

const TERMINAL: &str = "/dev/tty";

/// No password is as long; a file named by mistake is not read to its end.
const LONGEST: u64 = 64 << 10;
