//! What went wrong, as one plain sentence and what to do about it.

use std::fmt;
use std::path::Path;

use ftp_io::client::Error;
use ftp_proto::client::OperationError;

/// A sentence for the user.
#[derive(Debug)]
pub(crate) struct Fault {
    sentence: String,
    /// What to do, where that is known.
    advice: Option<&'static str>,
}

impl Fault {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            advice: None,
        }
    }

    pub(crate) fn advise(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }

    /// A local file that cannot be used.
    pub(crate) fn file(path: &Path, does: &str, error: &std::io::Error) -> Self {
        Self::new(format!("cannot {does} {}: {error}", path.display()))
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
        let fault = Self::new(error.to_string());
        match error {
            Error::Operation(OperationError::NoDataConnection(_)) => fault.advise(
                "Something between the two machines lets no data connection through. \
                 Try --passive, --active or --auto, and -v to see the dialogue.",
            ),
            Error::Operation(OperationError::PasswordNeeded(_)) => {
                fault.advise("Write the password into the address: ftp://USER:PASSWORD@HOST/")
            }
            Error::Operation(
                OperationError::DataLost { .. }
                | OperationError::Stalled { .. }
                | OperationError::Short { .. },
            ) => fault.advise("What was transferred is kept: --resume goes on from there."),
            Error::Connect { .. } => {
                fault.advise("Is the server running there, and does a firewall let its port in?")
            }
            _ => fault,
        }
    }
}
