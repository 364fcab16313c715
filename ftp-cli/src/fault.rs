//! What went wrong, as one plain sentence and what to do about it, and the exit status it gives.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use ftp_io::client::Error;
use ftp_proto::client::OperationError;

/// A sentence for the user.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Empty where everything has been said already.
    sentence: String,
    /// What to do, where that is known.
    advice: Option<&'static str>,
    exit: Exit,
}

/// How the program ends when it could not do all that it was asked. The numbers are part of the
/// interface, and stand in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Some of several things were done, and some were not.
    Partial = 1,
    /// The command line makes no sense. (clap ends with the same number.)
    Usage = 2,
    /// There is no control connection.
    NoConnection = 3,
    /// Nobody is logged in.
    NoLogin = 4,
    /// The server refused, by a 4yz or 5yz reply.
    Refused = 5,
    /// A transfer broke off, or had no data connection.
    Transfer = 6,
    /// Something on this machine: a file, an address to listen at.
    Local = 7,
    /// The session broke: the server said what cannot be understood, fell silent or went away.
    Session = 8,
}

impl Fault {
    /// Something on this machine.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            advice: None,
            exit: Exit::Local,
        }
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(sentence).ending(Exit::Usage)
    }

    /// Everything has been said already.
    pub(crate) fn said(exit: Exit) -> Self {
        Self::new("").ending(exit)
    }

    /// A local file that cannot be used.
    pub(crate) fn file(path: &Path, does: &str, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {does} {}: {error}", path.display()))
    }

    /// What to do, unless something better is known.
    pub(crate) fn advise(mut self, advice: &'static str) -> Self {
        self.advice.get_or_insert(advice);
        self
    }

    pub(crate) fn ending(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The same, said of one thing among several.
    pub(crate) fn about(mut self, what: impl fmt::Display) -> Self {
        self.sentence = format!("{what}: {}", self.sentence);
        self
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether a transfer broke off, from which it might go on.
    pub(crate) fn is_transfer(&self) -> bool {
        self.exit == Exit::Transfer
    }

    /// Tells the user, if there is anything to tell.
    pub(crate) fn say(&self) {
        if !self.sentence.is_empty() {
            eprintln!("ftp-cli: {self}");
        }
    }
}

impl Exit {
    /// Whether trying the next of several things at the same server is of no use.
    pub(crate) const fn ends_visit(self) -> bool {
        matches!(self, Self::NoConnection | Self::NoLogin)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        match self.advice {
            Some(advice) => write!(f, "\n{advice}"),
            None => Ok(()),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (exit, advice) = judge(&error);
        Self {
            sentence: error.to_string(),
            advice,
            exit,
        }
    }
}

fn judge(error: &Error) -> (Exit, Option<&'static str>) {
    match error {
        Error::Resolve { .. } => (Exit::NoConnection, None),
        Error::Handshake(_) => (
            Exit::NoConnection,
            Some(
                "Is it the right server? One whose certificate nobody known has signed is trusted \
                 with --ca FILE, or by its fingerprint with --pin SHA256.",
            ),
        ),
        Error::Tls(_) | Error::NoTls => (Exit::Usage, None),
        Error::Connect { .. } => (
            Exit::NoConnection,
            Some("Is the server running there, and does a firewall let its port in?"),
        ),
        Error::Operation(error) => judge_operation(error),
        Error::Local(_) => (Exit::Local, None),
        Error::Usage(_) => (Exit::Usage, None),
        _ => (Exit::Session, None),
    }
}

fn judge_operation(error: &OperationError) -> (Exit, Option<&'static str>) {
    match error {
        OperationError::Refused(_) => (Exit::Refused, None),
        OperationError::PasswordNeeded(_) => (
            Exit::NoLogin,
            Some(
                "Give it with --password-file FILE, in the environment as FTP_PASSWORD, in ~/.netrc, \
                 or at the prompt on a terminal.",
            ),
        ),
        OperationError::AccountNeeded(_) => (Exit::NoLogin, None),
        OperationError::NoDataConnection(_) => (
            Exit::Transfer,
            Some(
                "Something between the two machines lets no data connection through. \
                 Try --passive, --active or --auto, and -v to see the dialogue.",
            ),
        ),
        OperationError::Failed { .. }
        | OperationError::DataLost { .. }
        | OperationError::Stalled { .. }
        | OperationError::Short { .. }
        | OperationError::Aborted => (Exit::Transfer, None),
        OperationError::Local { .. } => (Exit::Local, None),
        _ => (Exit::Session, None),
    }
}
