//! What a caller may name a file by.

use bytes::Bytes;
use ftp_proto::UsageError;
use ftp_proto::codec::command::Argument;

/// What names a file, a directory or a user to a server: text, bytes, or an [`Argument`] that was
/// checked before.
///
/// ```
/// use ftp_io::client::IntoArgument;
///
/// assert!("a dir/file".into_argument().is_ok());
/// assert!("a\r\nDELE b".into_argument().is_err());
/// ```
pub trait IntoArgument {
    /// The argument of a command.
    ///
    /// # Errors
    ///
    /// [`UsageError::ForbiddenByte`] for CR, LF or NUL, [`UsageError::Empty`] for nothing.
    fn into_argument(self) -> Result<Argument, UsageError>;
}

impl IntoArgument for Argument {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Ok(self)
    }
}

impl IntoArgument for &Argument {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Ok(self.clone())
    }
}

impl IntoArgument for Bytes {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Argument::new(self)
    }
}

impl IntoArgument for Vec<u8> {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Argument::new(self)
    }
}

impl IntoArgument for &[u8] {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Argument::try_from(self)
    }
}

impl IntoArgument for String {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Argument::new(self)
    }
}

impl IntoArgument for &String {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Argument::try_from(self.as_str())
    }
}

impl IntoArgument for &str {
    fn into_argument(self) -> Result<Argument, UsageError> {
        Argument::try_from(self)
    }
}
