//! `ftp://` addresses (RFC 1738 §3.2, RFC 3986), and `ftpes://` and `ftps://` for TLS.

use std::fmt;
use std::str::FromStr;

use ftp_proto::client::Login;
use ftp_proto::codec::command::{Argument, Password};
use ftp_proto::{Secret, UsageError};
use thiserror::Error;

use super::ClientOptions;

/// Where a file or a directory is.
///
/// The path is relative to the directory that the login leads to; `%2F` at its start makes it
/// absolute (RFC 1738 §3.2.2).
///
/// ```
/// use ftp_io::client::FtpUrl;
///
/// let url: FtpUrl = "ftp://alice:s%40fe@[2001:db8::1]:2121/a%20dir/b;type=a".parse()?;
/// assert_eq!(url.user.as_ref().map(|u| u.as_bytes()), Some(&b"alice"[..]));
/// assert_eq!(url.host, "2001:db8::1");
/// assert_eq!(url.port, 2121);
/// assert_eq!(url.path.as_ref().map(|p| p.as_bytes()), Some(&b"a dir/b"[..]));
/// assert!(url.is_text);
/// # Ok::<(), ftp_io::client::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FtpUrl {
    /// How the control connection is protected.
    pub scheme: Scheme,
    /// The user's name; anonymous if `None`.
    pub user: Option<Argument>,
    /// The password.
    pub password: Option<Secret<Vec<u8>>>,
    /// A name or an address, an IPv6 address without its brackets.
    pub host: String,
    /// The port of the control connection, 21 by default and 990 for `ftps://`.
    pub port: u16,
    /// The path, decoded; `None` for the login directory itself.
    pub path: Option<Argument>,
    /// Whether `;type=a` asks for TYPE A.
    pub is_text: bool,
}

/// What an address begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `ftp://`: in clear.
    #[default]
    Ftp,
    /// `ftpes://`: under TLS by AUTH TLS, before anything else is said.
    Ftpes,
    /// `ftps://`: under TLS from the start.
    Ftps,
}

/// Why a text is no FTP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("expected an address that begins with ftp://, ftpes:// or ftps://")]
    Scheme,
    /// No host.
    #[error("the address names no host")]
    NoHost,
    /// The port is no number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// A `%` without two hexadecimal digits.
    #[error("a % must be followed by two hexadecimal digits")]
    Percent,
    /// CR, LF or NUL, plain or encoded.
    #[error("the address must not hold CR, LF or NUL")]
    Control,
    /// `;type=` with something else than a, i or d.
    #[error(";type= must be a, i or d")]
    Type,
    /// `?` or `#`, which FTP addresses do not have.
    #[error("an FTP address has no ? and no #; write %3F or %23 for such a name")]
    Query,
}

impl FromStr for FtpUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let scheme = Scheme::of(scheme).ok_or(UrlError::Scheme)?;
        if rest.contains(['?', '#']) {
            return Err(UrlError::Query);
        }
        let (authority, path) = match rest.split_once('/') {
            Some((authority, path)) => (authority, path),
            None => (rest, ""),
        };
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let (user, password) = match login {
            None | Some("") => (None, None),
            Some(login) => match login.split_once(':') {
                Some((user, password)) => (Some(user), Some(decode(password)?)),
                None => (Some(login), None),
            },
        };
        let (host, port) = host_and_port(place, scheme)?;
        let (path, is_text) = path_and_type(path)?;
        Ok(Self {
            scheme,
            user: user.map(argument).transpose()?.flatten(),
            password: password.map(Secret::new),
            host: host.to_owned(),
            port,
            path: argument(path)?,
            is_text,
        })
    }
}

impl Scheme {
    fn of(text: &str) -> Option<Self> {
        let schemes = [
            ("ftp", Self::Ftp),
            ("ftpes", Self::Ftpes),
            ("ftps", Self::Ftps),
        ];
        let mut schemes = schemes.into_iter();
        let (_, scheme) = schemes.find(|(name, _)| name.eq_ignore_ascii_case(text))?;
        Some(scheme)
    }

    const fn port(self) -> u16 {
        match self {
            Self::Ftp | Self::Ftpes => 21,
            Self::Ftps => 990,
        }
    }
}

impl FtpUrl {
    /// The options with which a client connects there: under TLS where the scheme asks for it.
    ///
    /// # Errors
    ///
    /// [`Error::NoTls`](super::Error::NoTls) where this library was built without it.
    pub fn options(&self, options: ClientOptions) -> Result<ClientOptions, super::Error> {
        #[cfg(feature = "tls")]
        let options = match self.scheme {
            Scheme::Ftp => options,
            Scheme::Ftpes => ClientOptions {
                tls: ftp_proto::client::Tls::Required,
                ..options
            },
            Scheme::Ftps => ClientOptions {
                tls: ftp_proto::client::Tls::Implicit,
                ..options
            },
        };
        #[cfg(not(feature = "tls"))]
        if self.scheme != Scheme::Ftp {
            return Err(super::Error::NoTls);
        }
        Ok(options)
    }

    /// The login that the address asks for; anonymous if it names nobody (RFC 1635).
    ///
    /// ```
    /// use ftp_io::client::FtpUrl;
    ///
    /// let url: FtpUrl = "ftp://192.0.2.1/".parse()?;
    /// assert_eq!(url.login()?.user.as_bytes(), b"anonymous");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`UsageError`] for a password that no command can hold.
    pub fn login(&self) -> Result<Login, UsageError> {
        let password = self.password.as_ref().map(|p| p.expose().clone());
        Ok(match &self.user {
            None => Login::new(
                Argument::try_from("anonymous")?,
                Password::try_from("anonymous@")?,
            ),
            Some(user) => Login {
                user: user.clone(),
                password: password.map(Password::new).transpose()?,
                account: None,
            },
        })
    }

    /// The last component of the path: the name of the file.
    pub fn name(&self) -> Option<&[u8]> {
        let path = self.path.as_ref()?.as_bytes();
        path.rsplit(|b| *b == b'/').next().filter(|n| !n.is_empty())
    }
}

impl fmt::Debug for FtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FtpUrl")
            .field("scheme", &self.scheme)
            .field("user", &self.user)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn host_and_port(place: &str, scheme: Scheme) -> Result<(&str, u16), UrlError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(UrlError::NoHost)?;
            match after {
                "" => (host, None),
                _ => (host, Some(after.strip_prefix(':').ok_or(UrlError::Port)?)),
            }
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    match port {
        None | Some("") => Ok((host, scheme.port())),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse() {
            Ok(port) if port != 0 => Ok((host, port)),
            _ => Err(UrlError::Port),
        },
        Some(_) => Err(UrlError::Port),
    }
}

fn path_and_type(path: &str) -> Result<(&str, bool), UrlError> {
    let Some((path, kind)) = path.rsplit_once(";type=") else {
        return Ok((path, false));
    };
    match kind {
        "a" | "A" => Ok((path, true)),
        "i" | "I" | "d" | "D" => Ok((path, false)),
        _ => Err(UrlError::Type),
    }
}

/// Decoded text for a command; `None` if there is nothing.
fn argument(encoded: &str) -> Result<Option<Argument>, UrlError> {
    let bytes = decode(encoded)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    Argument::new(bytes)
        .map(Some)
        .map_err(|_| UrlError::Control)
}

fn decode(encoded: &str) -> Result<Vec<u8>, UrlError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || {
                    let digit = rest.next().map(char::from)?;
                    digit.to_digit(16).and_then(|d| u8::try_from(d).ok())
                };
                match (digit(), digit()) {
                    (Some(high), Some(low)) => high << 4 | low,
                    _ => return Err(UrlError::Percent),
                }
            }
            _ => byte,
        });
    }
    if bytes.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(UrlError::Control);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> Option<Vec<u8>> {
        let url: FtpUrl = url.parse().expect("an address");
        url.path.map(|p| p.as_bytes().to_vec())
    }

    #[test]
    fn a_path_is_relative_unless_it_begins_with_an_encoded_slash() {
        assert_eq!(path("ftp://h/a/b"), Some(b"a/b".to_vec()));
        assert_eq!(path("ftp://h/%2Fetc/motd"), Some(b"/etc/motd".to_vec()));
        assert_eq!(path("ftp://h/"), None);
        assert_eq!(path("FTP://h"), None);
    }

    #[test]
    fn a_scheme_tells_how_to_protect_and_at_which_port() {
        for (text, scheme, port) in [
            ("FTP://h", Scheme::Ftp, 21),
            ("ftpes://h/", Scheme::Ftpes, 21),
            ("ftps://h/a", Scheme::Ftps, 990),
            ("ftps://h:2990/a", Scheme::Ftps, 2990),
        ] {
            let url: FtpUrl = text.parse().expect("an address");
            assert_eq!((url.scheme, url.port), (scheme, port), "{text}");
        }
    }

    #[test]
    fn line_ends_cannot_be_smuggled_in() {
        for url in ["ftp://h/a%0d%0aDELE%20b", "ftp://h/a%00", "ftp://u%0a:p@h/"] {
            assert_eq!(url.parse::<FtpUrl>(), Err(UrlError::Control), "{url}");
        }
        assert_eq!("ftp://u:p%0d@h/".parse::<FtpUrl>(), Err(UrlError::Control));
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for (url, error) in [
            ("http://h/", UrlError::Scheme),
            ("ftp:/h", UrlError::Scheme),
            ("ftp:///a", UrlError::NoHost),
            ("ftp://h:0/", UrlError::Port),
            ("ftp://h:+1/", UrlError::Port),
            ("ftp://h:99999/", UrlError::Port),
            ("ftp://[::1]21/", UrlError::Port),
            ("ftp://h/%zz", UrlError::Percent),
            ("ftp://h/%4", UrlError::Percent),
            ("ftp://h/a;type=x", UrlError::Type),
            ("ftp://h/a?b", UrlError::Query),
        ] {
            assert_eq!(url.parse::<FtpUrl>(), Err(error), "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: FtpUrl = "ftp://alice:hunter2@h/".parse().expect("an address");
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
