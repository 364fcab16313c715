//! What a command may hold: checked once, so that no line can be ended from within.

use core::fmt;

use bytes::Bytes;

use crate::codec::text::Escaped;
use crate::error::UsageError;
use crate::secret::Secret;

/// Text of a command: bytes without CR, LF and NUL, not empty. A path on the wire is such text.
///
/// ```
/// use ftp_proto::codec::command::Argument;
///
/// let argument = Argument::try_from("a b")?;
/// assert_eq!(argument.as_bytes(), b"a b");
/// assert_eq!(argument.to_bytes(), "a b"); // shared, not copied
/// assert!(Argument::try_from("a\r\nDELE b").is_err());
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Argument(Bytes);

impl Argument {
    /// Checks the bytes.
    ///
    /// # Errors
    /// [`UsageError::Empty`], or [`UsageError::ForbiddenByte`] for CR, LF and NUL.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, UsageError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            let expected = "text";
            return Err(UsageError::Empty { expected });
        }
        check(&bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, shared.
    pub fn to_bytes(&self) -> Bytes {
        self.0.clone()
    }
}

impl AsRef<[u8]> for Argument {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Argument> for Bytes {
    fn from(argument: Argument) -> Self {
        argument.0
    }
}

impl TryFrom<Bytes> for Argument {
    type Error = UsageError;

    fn try_from(bytes: Bytes) -> Result<Self, UsageError> {
        Self::new(bytes)
    }
}

impl TryFrom<&[u8]> for Argument {
    type Error = UsageError;

    fn try_from(bytes: &[u8]) -> Result<Self, UsageError> {
        Self::new(Bytes::copy_from_slice(bytes))
    }
}

impl TryFrom<&str> for Argument {
    type Error = UsageError;

    fn try_from(text: &str) -> Result<Self, UsageError> {
        text.as_bytes().try_into()
    }
}

/// The text, with control characters and what is no UTF-8 escaped.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A password: bytes without CR, LF and NUL, which may be empty. `Debug` prints nothing of it.
///
/// ```
/// use ftp_proto::Secret;
/// use ftp_proto::codec::command::Password;
///
/// let password = Password::try_from("hunter2")?;
/// assert_eq!(format!("{password:?}"), "****");
/// assert_eq!(password.expose(), "hunter2");
/// let secret: Secret<_> = password.into_secret();
/// assert_eq!(secret.expose(), "hunter2");
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Password(Secret<Bytes>);

impl Password {
    /// Checks the bytes.
    ///
    /// # Errors
    /// [`UsageError::ForbiddenByte`] for CR, LF and NUL.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, UsageError> {
        let bytes = bytes.into();
        check(&bytes)?;
        Ok(Self(Secret::new(bytes)))
    }

    /// The bytes. Every use of them is a place to look at with care.
    pub const fn expose(&self) -> &Bytes {
        self.0.expose()
    }

    /// The bytes, taken out, still hidden.
    pub fn into_secret(self) -> Secret<Bytes> {
        self.0
    }
}

impl TryFrom<&str> for Password {
    type Error = UsageError;

    fn try_from(text: &str) -> Result<Self, UsageError> {
        Self::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a command: 3 to 16 letters and digits, the first one a letter, in upper case.
///
/// ```
/// use ftp_proto::codec::command::Verb;
///
/// assert_eq!(Verb::try_from("xcrc")?.as_bytes(), b"XCRC");
/// assert_eq!(Verb::new("Site")?.to_string(), "SITE");
/// assert!(Verb::try_from("no verb").is_err());
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verb(Bytes);

impl Verb {
    /// Letters and digits at least. RFC 959 knows none of fewer.
    pub const SHORTEST: usize = 3;
    /// Letters and digits at most. The longest one in use is `XSHA512`.
    pub const LONGEST: usize = 16;

    /// Checks the bytes; letters in lower case are raised.
    ///
    /// # Errors
    /// [`UsageError::Empty`] for fewer than 3 bytes, [`UsageError::TooLong`] for more than 16,
    /// [`UsageError::ForbiddenByte`] for what is no letter or digit, or a digit at the beginning.
    pub fn new(bytes: impl Into<Bytes>) -> Result<Self, UsageError> {
        let bytes = bytes.into();
        if bytes.len() < Self::SHORTEST {
            let expected = "a verb of 3 letters or more";
            return Err(UsageError::Empty { expected });
        }
        if bytes.len() > Self::LONGEST {
            return Err(UsageError::TooLong {
                length: bytes.len(),
                limit: Self::LONGEST,
            });
        }
        let forbidden = |(at, &byte): (usize, &u8)| {
            let allowed = byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit());
            (!allowed).then_some(UsageError::ForbiddenByte { byte, at })
        };
        if let Some(error) = bytes.iter().enumerate().find_map(forbidden) {
            return Err(error);
        }
        Ok(Self(if bytes.iter().any(u8::is_ascii_lowercase) {
            bytes.to_ascii_uppercase().into()
        } else {
            bytes
        }))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&str> for Verb {
    type Error = UsageError;

    fn try_from(text: &str) -> Result<Self, UsageError> {
        Self::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// CR and LF end a line, and Telnet drops NUL behind CR.
fn check(bytes: &[u8]) -> Result<(), UsageError> {
    match bytes
        .iter()
        .enumerate()
        .find(|(_, b)| matches!(b, b'\r' | b'\n' | 0))
    {
        Some((at, &byte)) => Err(UsageError::ForbiddenByte { byte, at }),
        None => Ok(()),
    }
}
