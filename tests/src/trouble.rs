//! How a test ends that did not pass: skipped for a stated reason, or failed.

use libtest_mimic::{Completion, Failed, Trial};

/// Why a test did not pass.
#[derive(Debug)]
pub enum Trouble {
    /// This machine or this user cannot run the test: a skip, counted by the runner.
    Missing(String),
    /// The test ran and what it asserts does not hold.
    Failed(String),
}

impl Trouble {
    /// A skip, with what is missing.
    pub fn missing(what: impl std::fmt::Display) -> Self {
        Self::Missing(what.to_string())
    }

    /// A failure, with what was expected and what came.
    pub fn failed(what: impl std::fmt::Display) -> Self {
        Self::Failed(what.to_string())
    }

    /// The same trouble; a failure also shows `context`, such as the log of a server.
    #[must_use]
    pub fn with(self, context: impl std::fmt::Display) -> Self {
        match self {
            Self::Failed(what) => Self::Failed(format!("{what}\n{context}")),
            missing @ Self::Missing(_) => missing,
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}

impl From<rustix::io::Errno> for Trouble {
    fn from(error: rustix::io::Errno) -> Self {
        Self::failed(error)
    }
}

/// A test for the runner: what is missing is ignored at run time, or fails where all must be
/// there (`FTP_FULL=1`).
pub fn trial(
    name: impl Into<String>,
    run: impl FnOnce() -> Result<(), Trouble> + Send + 'static,
) -> Trial {
    let full = std::env::var_os("FTP_FULL").is_some_and(|value| value == "1");
    Trial::ignorable_test(name, move || match run() {
        Ok(()) => Ok(Completion::Completed),
        Err(Trouble::Missing(what)) if full => {
            Err(Failed::from(format!("FTP_FULL=1 allows no skip: {what}")))
        }
        Err(Trouble::Missing(what)) => Ok(Completion::ignored_with(what)),
        Err(Trouble::Failed(what)) => Err(Failed::from(what)),
    })
}
