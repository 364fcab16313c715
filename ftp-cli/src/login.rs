//! Who logs in, and with which password. An argument shows in `ps`, so a password may come from a
//! file, from the environment, from `.netrc` or from whoever sits at the terminal.

use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use ftp_io::client::{Error, FtpUrl, Netrc, NetrcError, NetrcFault};
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
    /// Read when something is asked of it: an error in it is of no interest before.
    netrc: OnceCell<Option<Netrc>>,
}

impl Secrets {
    pub(crate) fn new(args: &LoginArgs) -> Result<Self, Fault> {
        let given = match &args.password_file {
            Some(path) => Some(read(path)?),
            None => std::env::var_os(VARIABLE).map(|value| Secret::new(value.into_vec())),
        };
        let netrc = match &args.netrc_file {
            Some(path) => OnceCell::from(Some(Netrc::open(path).map_err(unusable)?)),
            None if args.no_netrc => OnceCell::from(None),
            None => OnceCell::new(),
        };
        Ok(Self { given, netrc })
    }

    /// What to log in with at an address. If that names nobody, `.netrc` may, and a name in it goes
    /// with the password beside it; else the login is anonymous (RFC 1635).
    pub(crate) fn login(&self, url: &FtpUrl) -> Result<Login, Fault> {
        let mut login = match &url.user {
            None => match self.noted(url)? {
                Some(login) => login,
                None => {
                    return Ok(Login::new(
                        argument(b"anonymous")?,
                        password(Secret::new(b"anonymous@".to_vec()))?,
                    ));
                }
            },
            Some(user) => Login {
                user: user.clone(),
                password: match url.password.as_ref().or(self.given.as_ref()) {
                    Some(found) => Some(password(found.clone())?),
                    None => None,
                },
                account: None,
            },
        };
        if login.password.is_none()
            && url.user.is_some()
            && let Some(noted) = self.noted(url)?
        {
            login = noted;
        }
        if login.password.is_none() {
            let found = match &self.given {
                Some(given) => Some(given.clone()),
                None => ask(&login.user, &url.host)?,
            };
            login.password = found.map(password).transpose()?;
        }
        Ok(login)
    }

    /// What `.netrc` says of an address.
    fn noted(&self, url: &FtpUrl) -> Result<Option<Login>, Fault> {
        let netrc = match self.netrc.get() {
            Some(netrc) => netrc,
            None => {
                let found = at_home()?;
                self.netrc.get_or_init(|| found)
            }
        };
        match netrc {
            Some(netrc) => netrc.login(&url.host, url.user.as_ref()).map_err(unusable),
            None => Ok(None),
        }
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

/// The user's own `.netrc`, if there is one.
fn at_home() -> Result<Option<Netrc>, Fault> {
    let Some(home) = std::env::var_os("HOME").filter(|home| !home.is_empty()) else {
        return Ok(None);
    };
    match Netrc::open(Path::new(&home).join(".netrc")) {
        Ok(netrc) => Ok(Some(netrc)),
        Err(NetrcError {
            fault: NetrcFault::Read(error),
            ..
        }) if is_absent(&error) => Ok(None),
        Err(error) => Err(unusable(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied
    )
}

fn unusable(error: NetrcError) -> Fault {
    let fault = Fault::new(error.to_string());
    match error.fault {
        NetrcFault::Exposed { .. } => {
            fault.advise("Let nobody else read it (chmod 600), or leave it out with --no-netrc.")
        }
        _ => fault,
    }
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
