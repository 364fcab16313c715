//! `.netrc`: names and passwords of a user at several machines, as ftp and curl read them.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ftp_proto::client::Login;
use ftp_proto::codec::command::{Argument, Password};
use ftp_proto::{Secret, UsageError};
use thiserror::Error;

/// What a `.netrc` file says: for each machine, or by default, who logs in and with which password.
///
/// Words stand between blanks and line ends. One that begins with `"` goes to the next `"` and may
/// hold blanks; a backslash in it takes the next character as it is, but for `\n`, `\r` and `\t`. A
/// `#` where a keyword is expected makes a comment of the rest of the line. What `macdef` defines,
/// up to an empty line, is passed over. The first entry that fits counts, so `default` stands last.
///
/// ```
/// use ftp_io::client::Netrc;
///
/// let netrc = Netrc::parse(b"machine ftp.example login ada password \"two words\"\n")?;
/// let login = netrc.login("ftp.example", None)?.ok_or("nobody")?;
/// assert_eq!(login.user.as_bytes(), b"ada");
/// assert!(netrc.login("ftp.example", Some(&"bob".try_into()?))?.is_none());
/// assert!(!format!("{netrc:?}").contains("words"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Netrc {
    path: Option<PathBuf>,
    /// The mode of the file, if it lets others read it.
    exposed: Option<u32>,
    entries: Vec<Entry>,
}

/// A `.netrc` file cannot be used. Nothing of what stands in it is shown.
///
/// ```
/// use ftp_io::client::{Netrc, NetrcFault};
///
/// let error = Netrc::parse(b"machine a\nlogin b passwd c\n").expect_err("no such keyword");
/// assert_eq!(error.line, Some(2));
/// assert!(matches!(error.fault, NetrcFault::UnknownKeyword));
/// ```
#[derive(Debug)]
pub struct NetrcError {
    /// The file; `None` when it was not read from one.
    pub path: Option<PathBuf>,
    /// The line, counted from 1; `None` when it is the whole file.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: NetrcFault,
}

/// What is wrong with a `.netrc` file.
///
/// ```
/// use ftp_io::client::{Netrc, NetrcFault};
///
/// let error = Netrc::parse(b"machine").expect_err("it names no machine");
/// assert!(!matches!(error.fault, NetrcFault::Read(_)));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetrcFault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[source] io::Error),
    /// It is larger than 1 MiB.
    #[error("it is larger than 1 MiB")]
    TooLong,
    /// A word stands where a keyword should.
    #[error("expected machine, default, login, password, account or macdef")]
    UnknownKeyword,
    /// `login`, `password` or `account` stands before any `machine` or `default`.
    #[error("{0} belongs behind a machine or default")]
    NoMachine(&'static str),
    /// A keyword is the last word.
    #[error("nothing stands behind {0}")]
    NoValue(&'static str),
    /// A word that begins with a quotation mark does not end in its line.
    #[error("a quotation mark is missing")]
    Unterminated,
    /// A word that no command can hold.
    #[error("what stands behind {keyword} cannot be sent: {source}")]
    Value {
        /// What it stands behind.
        keyword: &'static str,
        /// Why not.
        source: UsageError,
    },
    /// It holds the password that is asked for, and others may read or write it.
    #[error("others can read the passwords in it (mode {mode:04o}, expected 0600)")]
    Exposed {
        /// Its permission bits.
        mode: u32,
    },
}

impl Netrc {
    /// Reads the file at `path`, of at most 1 MiB.
    ///
    /// ```
    /// use ftp_io::client::Netrc;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join(".netrc");
    /// std::fs::write(&path, "default login anonymous password ada@example.org\n")?;
    /// let login = Netrc::open(&path)?.login("ftp.example", None)?;
    /// assert_eq!(login.ok_or("nobody")?.user.as_bytes(), b"anonymous");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// It cannot be read, or something in it is not understood; the error tells the line.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, NetrcError> {
        let path = path.as_ref();
        let in_file = |mut error: NetrcError| {
            error.path = Some(path.to_owned());
            error
        };
        let (text, mode) = read(path).map_err(|fault| in_file(NetrcError::of(fault)))?;
        let mut netrc = Self::parse(&text).map_err(in_file)?;
        netrc.path = Some(path.to_owned());
        netrc.exposed = (mode & 0o077 != 0).then_some(mode);
        Ok(netrc)
    }

    /// Understands the text of such a file.
    ///
    /// ```
    /// use ftp_io::client::Netrc;
    ///
    /// let netrc = Netrc::parse(b"machine a login b # of last year\n")?;
    /// assert!(netrc.login("A", None)?.is_some());
    /// # Ok::<(), ftp_io::client::NetrcError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Something in it is not understood; the error tells the line.
    pub fn parse(text: &[u8]) -> Result<Self, NetrcError> {
        let mut words = Words {
            rest: text,
            line: 1,
        };
        let entries = entries(&mut words).map_err(|fault| NetrcError {
            line: Some(words.line),
            ..NetrcError::of(fault)
        })?;
        Ok(Self {
            path: None,
            exposed: None,
            entries,
        })
    }

    /// Who logs in at a host, compared without case: `user`, or whom the file names if that is
    /// `None`. `None` if the file says nothing of that host, or of that user there.
    ///
    /// ```
    /// use ftp_io::client::Netrc;
    ///
    /// let netrc = Netrc::parse(b"machine a login b password c")?;
    /// assert!(netrc.login("b", None)?.is_none());
    /// # Ok::<(), ftp_io::client::NetrcError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NetrcFault::Exposed`]: there is a password, not of `anonymous`, in a file which others
    /// can read or write.
    pub fn login(&self, host: &str, user: Option<&Argument>) -> Result<Option<Login>, NetrcError> {
        let found = self.entries.iter().find_map(|entry| {
            let fits = match &entry.machine {
                Some(machine) => machine.eq_ignore_ascii_case(host.as_bytes()),
                None => true,
            };
            let user = match (user, &entry.login) {
                (Some(user), Some(login)) => (user == login).then_some(user),
                (user, login) => user.or(login.as_ref()),
            };
            user.filter(|_| fits).map(|user| (entry, user.clone()))
        });
        let Some((entry, user)) = found else {
            return Ok(None);
        };
        let is_secret = entry.password.is_some() || entry.account.is_some();
        if let Some(mode) = self.exposed
            && is_secret
            && user.as_bytes() != b"anonymous"
        {
            return Err(NetrcError {
                path: self.path.clone(),
                ..NetrcError::of(NetrcFault::Exposed { mode })
            });
        }
        Ok(Some(Login {
            user,
            password: entry.password.clone(),
            account: entry.account.clone(),
        }))
    }
}

impl NetrcError {
    const fn of(fault: NetrcFault) -> Self {
        Self {
            path: None,
            line: None,
            fault,
        }
    }
}

impl fmt::Display for NetrcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}", path.display())?,
            None => write!(f, ".netrc")?,
        }
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for NetrcError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.fault)
    }
}

/// What is said of one machine.
#[derive(Clone, Debug, Default)]
struct Entry {
    /// Any, if `None`.
    machine: Option<Vec<u8>>,
    login: Option<Argument>,
    password: Option<Password>,
    account: Option<Secret<Argument>>,
}

fn read(path: &Path) -> Result<(Vec<u8>, u32), NetrcFault> {
    let file = File::open(path).map_err(NetrcFault::Read)?;
    let mode = file.metadata().map_err(NetrcFault::Read)?;
    let mode = mode.permissions().mode() & 0o7777;
    let mut text = Vec::new();
    file.take(LONGEST + 1)
        .read_to_end(&mut text)
        .map_err(NetrcFault::Read)?;
    match text.len() as u64 > LONGEST {
        true => Err(NetrcFault::TooLong),
        false => Ok((text, mode)),
    }
}

fn entries(words: &mut Words<'_>) -> Result<Vec<Entry>, NetrcFault> {
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(keyword) = words.keyword()? {
        match &keyword[..] {
            b"machine" => entries.push(Entry {
                machine: Some(words.value("machine")?),
                ..Entry::default()
            }),
            b"default" => entries.push(Entry::default()),
            b"macdef" => {
                words.value("macdef")?;
                words.pass_over_definition();
            }
            b"login" => {
                let login = words.argument("login")?;
                last(&mut entries, "login")?.login = Some(login);
            }
            b"password" => {
                let password = Password::new(words.value("password")?);
                let password = password.map_err(|source| NetrcFault::Value {
                    keyword: "password",
                    source,
                })?;
                last(&mut entries, "password")?.password = Some(password);
            }
            b"account" => {
                let account = Secret::new(words.argument("account")?);
                last(&mut entries, "account")?.account = Some(account);
            }
            _ => return Err(NetrcFault::UnknownKeyword),
        }
    }
    Ok(entries)
}

fn last<'a>(entries: &'a mut [Entry], keyword: &'static str) -> Result<&'a mut Entry, NetrcFault> {
    entries.last_mut().ok_or(NetrcFault::NoMachine(keyword))
}

/// The words of a file.
struct Words<'a> {
    rest: &'a [u8],
    /// In which the last word stands.
    line: usize,
}

impl Words<'_> {
    /// The next word that is not in a comment.
    fn keyword(&mut self) -> Result<Option<Vec<u8>>, NetrcFault> {
        loop {
            self.pass_over_blanks();
            match self.rest.first() {
                None => return Ok(None),
                Some(b'#') => {
                    let end = self.rest.iter().position(|&byte| byte == b'\n');
                    self.advance(end.unwrap_or(self.rest.len()));
                }
                Some(_) => return self.word(),
            }
        }
    }

    /// What stands behind a keyword, also if it begins with `#`, as passwords may.
    fn value(&mut self, keyword: &'static str) -> Result<Vec<u8>, NetrcFault> {
        self.word()?.ok_or(NetrcFault::NoValue(keyword))
    }

    fn argument(&mut self, keyword: &'static str) -> Result<Argument, NetrcFault> {
        let value = self.value(keyword)?;
        Argument::new(value).map_err(|source| NetrcFault::Value { keyword, source })
    }

    fn word(&mut self) -> Result<Option<Vec<u8>>, NetrcFault> {
        self.pass_over_blanks();
        match self.rest.first() {
            None => Ok(None),
            Some(b'"') => self.quoted().map(Some),
            Some(_) => {
                let end = self.rest.iter().position(is_blank);
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                Ok(Some(word.to_vec()))
            }
        }
    }

    fn quoted(&mut self) -> Result<Vec<u8>, NetrcFault> {
        let mut word = Vec::new();
        let mut bytes = self.rest.iter().enumerate().skip(1);
        while let Some((at, &byte)) = bytes.next() {
            word.push(match byte {
                b'"' => {
                    self.advance(at + 1);
                    return Ok(word);
                }
                b'\n' => break,
                b'\\' => match bytes.next() {
                    Some((_, b'n')) => b'\n',
                    Some((_, b'r')) => b'\r',
                    Some((_, b't')) => b'\t',
                    None | Some((_, b'\n')) => break,
                    Some((_, &other)) => other,
                },
                _ => byte,
            });
        }
        Err(NetrcFault::Unterminated)
    }

    /// A macro's lines, up to an empty one or to the end.
    fn pass_over_definition(&mut self) {
        loop {
            let end = self.rest.iter().position(|&byte| byte == b'\n');
            self.advance(end.map_or(self.rest.len(), |end| end + 1));
            if matches!(self.rest, [] | [b'\n', ..] | [b'\r', b'\n', ..]) {
                return;
            }
        }
    }

    fn pass_over_blanks(&mut self) {
        let start = self.rest.iter().position(|byte| !is_blank(byte));
        self.advance(start.unwrap_or(self.rest.len()));
    }

    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.rest = rest;
    }
}

const fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace()
}

/// Bytes of a file, which somebody wrote by hand.
const LONGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests;
