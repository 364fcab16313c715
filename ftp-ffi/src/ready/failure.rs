//! Errors of `ftp-io` as results.

use std::io;

use ftp_io::client::{Error, UrlError};

use crate::result::{Failure, ftp_result};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Usage(error) => return error.into(),
            Error::Protocol(error) => return (&error).into(),
            Error::Operation(error) => return (&error).into(),
            Error::Listing(error) => return error.into(),
            Error::Resolve { .. } => ftp_result::FtpErrorResolve,
            Error::Connect { .. } => ftp_result::FtpErrorConnect,
            Error::Control(_) => ftp_result::FtpErrorSystem,
            #[cfg(feature = "tls")]
            Error::Tls(_) => ftp_result::FtpErrorTls,
            Error::NoTls => ftp_result::FtpErrorUnsupported,
            Error::Handshake(_) => ftp_result::FtpErrorTlsFailed,
            Error::Local(_) => ftp_result::FtpErrorLocal,
            Error::LargerThanSource { .. } => ftp_result::FtpErrorLargerThanSource,
            Error::SizeDiffers { .. } => ftp_result::FtpErrorSizeDiffers,
            Error::Over => ftp_result::FtpErrorEnded,
            _ => ftp_result::FtpErrorOther,
        };
        Self::of(code, &error)
    }
}

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        Self::of(ftp_result::FtpErrorUrl, &error)
    }
}

#[cfg(feature = "tls")]
impl From<ftp_io::tls::TlsError> for Failure {
    fn from(error: ftp_io::tls::TlsError) -> Self {
        Self::of(ftp_result::FtpErrorTls, &error)
    }
}

/// What the operating system refused.
pub(super) fn system(error: &io::Error) -> Failure {
    Failure::of(ftp_result::FtpErrorSystem, error)
}
