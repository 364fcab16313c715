//! `ftp://` addresses (RFC 1738 §3.2, RFC 3986), and `ftpes://` and `ftps://` for TLS.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use ftp_proto::client::Login;
use ftp_proto::codec::command::{Argument, Password};
use ftp_proto::{Secret, UsageError};
use thiserror::Error;

use super::ClientOptions;

/// Where a file or a directory is.
///
/// The path is relative to the directory that the login leads to; `%2F` at its start makes it
/// absolute (RFC 1738 §3.2.2). `Display` gives an address that reads as the same value again, but
/// for the password, which it leaves out.
///
/// ```
/// use ftp_io::client::FtpUrl;
///
/// let url: FtpUrl = "ftp://alice:s%40fe@[2001:db8::1]:2121/a%20dir/b;type=a".parse()?;
/// assert_eq!(url.user.as_ref().map(|u| u.as_bytes()), Some(&b"alice"[..]));
/// assert_eq!(url.host, "2001:db8::1");
/// assert_eq!(url.port, 2121);
/// assert_eq!(url.path.as_ref().map(|p| p.as_bytes()), Some(&b"a dir/b"[..]));
/// assert!(url.is_text());
/// assert_eq!(
///     url.to_string(),
///     "ftp://alice@[2001:db8::1]:2121/a%20dir/b;type=a"
/// );
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
    /// A name or an address, an IPv6 address without its brackets and with its zone behind `%`.
    pub host: String,
    /// The port of the control connection, 21 by default and 990 for `ftps://`.
    pub port: u16,
    /// The path, decoded; `None` for the login directory itself.
    pub path: Option<Argument>,
    /// What `;type=` asks for.
    pub type_code: Option<TypeCode>,
}

/// What `;type=` at the end of an address asks for (RFC 1738 §3.2.2).
///
/// ```
/// use ftp_io::client::{FtpUrl, TypeCode};
///
/// let url: FtpUrl = "ftp://192.0.2.1/notes.txt;type=a".parse()?;
/// assert_eq!(url.type_code, Some(TypeCode::Ascii));
/// # Ok::<(), ftp_io::client::UrlError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TypeCode {
    /// `a`: the file, in TYPE A.
    Ascii,
    /// `i`: the file, in TYPE I.
    Image,
    /// `d`: a listing of the directory.
    Directory,
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
    /// The host is no name, and no IPv6 address in brackets.
    #[error("the host is neither a name nor an address; an IPv6 address stands in brackets")]
    Host,
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
        let (path, type_code) = path_and_type(path)?;
        Ok(Self {
            scheme,
            user: user.map(argument).transpose()?.flatten(),
            password: password.map(Secret::new),
            host,
            port,
            path: argument(path)?,
            type_code,
        })
    }
}

impl Scheme {
    fn of(text: &str) -> Option<Self> {
        [Self::Ftp, Self::Ftpes, Self::Ftps]
            .into_iter()
            .find(|scheme| scheme.name().eq_ignore_ascii_case(text))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ftp => "ftp",
            Self::Ftpes => "ftpes",
            Self::Ftps => "ftps",
        }
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
    /// ```
    /// use ftp_io::client::{ClientOptions, FtpUrl};
    /// use ftp_proto::client::Tls;
    ///
    /// let url: FtpUrl = "ftpes://192.0.2.1/".parse()?;
    /// assert_eq!(url.options(ClientOptions::default())?.tls, Tls::Required);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

    /// The address with the password in it, which `Display` leaves out.
    ///
    /// ```
    /// use ftp_io::client::FtpUrl;
    ///
    /// let url: FtpUrl = "ftp://ada:s%40fe@ftp.example/".parse()?;
    /// assert_eq!(url.with_password().expose(), "ftp://ada:s%40fe@ftp.example/");
    /// assert_eq!(url.to_string(), "ftp://ada@ftp.example/");
    /// # Ok::<(), ftp_io::client::UrlError>(())
    /// ```
    pub fn with_password(&self) -> Secret<String> {
        let password = self.password.as_ref().map(|p| p.expose().as_slice());
        Secret::new(self.written(password))
    }

    /// Whether `;type=a` asks for TYPE A.
    pub fn is_text(&self) -> bool {
        self.type_code == Some(TypeCode::Ascii)
    }

    /// The last component of the path: the name of the file.
    pub fn name(&self) -> Option<&[u8]> {
        let path = self.path.as_ref()?.as_bytes();
        path.rsplit(|b| *b == b'/').next().filter(|n| !n.is_empty())
    }

    fn written(&self, password: Option<&[u8]>) -> String {
        let mut text = format!("{}://", self.scheme.name());
        if let Some(user) = &self.user {
            encode(&mut text, user.as_bytes(), is_unreserved);
        }
        if let Some(password) = password {
            text.push(':');
            encode(&mut text, password, is_unreserved);
        }
        if self.user.is_some() || password.is_some() {
            text.push('@');
        }
        if self.host.contains(':') {
            text.push('[');
            text.push_str(&self.host.replacen('%', "%25", 1));
            text.push(']');
        } else {
            encode(&mut text, self.host.as_bytes(), is_unreserved);
        }
        if self.port != self.scheme.port() {
            text.push(':');
            text.push_str(&self.port.to_string());
        }
        text.push('/');
        let path = self.path.as_ref().map_or(&b""[..], Argument::as_bytes);
        let relative = path.strip_prefix(b"/");
        if relative.is_some() {
            text.push_str("%2F");
        }
        let is_plain = |byte| byte == b'/' || is_unreserved(byte);
        encode(&mut text, relative.unwrap_or(path), is_plain);
        text.push_str(match self.type_code {
            Some(TypeCode::Ascii) => ";type=a",
            Some(TypeCode::Image) => ";type=i",
            Some(TypeCode::Directory) => ";type=d",
            None => "",
        });
        text
    }
}

impl fmt::Display for FtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(None))
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
            .field("type_code", &self.type_code)
            .finish_non_exhaustive()
    }
}

fn host_and_port(place: &str, scheme: Scheme) -> Result<(String, u16), UrlError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(UrlError::Host)?;
            let port = match after {
                "" => None,
                _ => Some(after.strip_prefix(':').ok_or(UrlError::Port)?),
            };
            (address(host)?, port)
        }
        None => match place.split_once(':') {
            Some((host, port)) => (name(host)?, Some(port)),
            None => (name(place)?, None),
        },
    };
    match port {
        None | Some("") => Ok((host, scheme.port())),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse() {
            Ok(port) if port != 0 => Ok((host, port)),
            _ => Err(UrlError::Port),
        },
        Some(_) => Err(UrlError::Port),
    }
}

/// What stands in brackets: an IPv6 address, its zone behind `%25` (RFC 6874 §2) or, as people
/// write it, behind `%` alone.
fn address(text: &str) -> Result<String, UrlError> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    if address.parse::<Ipv6Addr>().is_err() {
        return Err(UrlError::Host);
    }
    let Some(zone) = zone else {
        return Ok(address.to_owned());
    };
    let zone = decode(match zone.strip_prefix("25") {
        Some(zone) if !zone.is_empty() => zone,
        _ => zone,
    })?;
    match std::str::from_utf8(&zone) {
        Ok(zone) if !zone.is_empty() && zone.bytes().all(is_unreserved) => {
            Ok(format!("{address}%{zone}"))
        }
        _ => Err(UrlError::Host),
    }
}

/// A host's name (RFC 3986 §3.2.2), which need not be ASCII.
fn name(encoded: &str) -> Result<String, UrlError> {
    let name = String::from_utf8(decode(encoded)?).map_err(|_| UrlError::Host)?;
    if name.is_empty() {
        return Err(UrlError::NoHost);
    }
    let is_forbidden = |c: char| {
        c.is_control() || c.is_whitespace() || c.is_ascii_punctuation() && !NAME_MARKS.contains(c)
    };
    match name.contains(is_forbidden) {
        true => Err(UrlError::Host),
        false => Ok(name),
    }
}

fn path_and_type(path: &str) -> Result<(&str, Option<TypeCode>), UrlError> {
    let Some((path, code)) = path.rsplit_once(";type=") else {
        return Ok((path, None));
    };
    let code = match code {
        "a" | "A" => TypeCode::Ascii,
        "i" | "I" => TypeCode::Image,
        "d" | "D" => TypeCode::Directory,
        _ => return Err(UrlError::Type),
    };
    Ok((path, Some(code)))
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

fn encode(text: &mut String, bytes: &[u8], is_plain: impl Fn(u8) -> bool) {
    for &byte in bytes {
        if is_plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            for digit in [byte >> 4, byte & 0xF] {
                text.extend(char::from_digit(digit.into(), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
}

/// What stands for itself everywhere in an address (RFC 3986 §2.3).
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What a name may hold besides letters and digits: the marks that are not reserved, and the
/// sub-delimiters (RFC 3986 §2.2).
const NAME_MARKS: &str = "-._~!$&'()*+,;=";

#[cfg(test)]
mod tests;
