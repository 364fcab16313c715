//! Values that must not be seen.

use core::fmt;

/// A value whose `Debug` prints nothing of it: a password, an account.
///
/// ```
/// use ftp_proto::Secret;
///
/// let password = Secret::new("hunter2");
/// assert_eq!(format!("{password:?}"), "****");
/// assert_eq!(*password.expose(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every use of it is a place to look at with care.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, taken out.
    ///
    /// ```
    /// use ftp_proto::Secret;
    ///
    /// assert_eq!(Secret::new("hunter2").into_inner(), "hunter2");
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}
