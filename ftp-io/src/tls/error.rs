//! What can be wrong with TLS before any peer is met.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why TLS cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A text in PEM holds nothing of what is looked for.
    #[error("expected {expected} in PEM, found none{}", in_file(.path.as_ref()))]
    Missing {
        /// What was expected.
        expected: &'static str,
        /// The file, if it is one.
        path: Option<PathBuf>,
    },
    /// The system has no certificate that servers could be trusted by.
    #[error("the system has no root certificates")]
    NoSystemRoots,
    /// The certificates or the key are not usable, or do not belong together.
    #[error("the certificate cannot be used: {0}")]
    Certificate(#[source] rustls::Error),
    /// The host is neither a name nor an address that a certificate can be for.
    #[error("no certificate can be for the host {0:?}")]
    Host(String),
}

fn in_file(path: Option<&PathBuf>) -> String {
    path.map_or_else(String::new, |path| format!(" in {}", path.display()))
}
