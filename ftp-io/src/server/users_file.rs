//! A table of users in a TOML file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use ftp_proto::ControlAddresses;
use ftp_proto::codec::command::Argument;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Credentials, Permissions};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::hashing::{Hashing, HashingLimits, PasswordHash, PasswordHashError};
use super::trace;
use super::users::{Account, Authenticator, User, Users};
use crate::storage::Op;
#[cfg(feature = "tls")]
use crate::tls::Fingerprint;

/// Users as a TOML file has them, to be read again while the server runs.
///
/// ```toml
/// [users.ada]
/// hash = "$argon2id$v=19$m=19456,t=2,p=1$..."
/// home = "/people/ada"    # a directory beneath the served one; all of that by default
/// permissions = ["list", "read", "write", "delete", "rename", "make"]
///
/// [anonymous]             # whoever says so, without a password
/// home = "/pub"
/// permissions = ["list", "read"]
/// ```
///
/// With TLS, `certificates = ["SHA-256", ...]` names certificates of a client by their fingerprints:
/// the user must show one of them beside the password, or in place of it where there is no `hash`.
///
/// Without `permissions`, a user may list and read. A key that is not known is an error, so that a
/// misspelt one does not go unnoticed.
///
/// ```
/// use std::sync::Arc;
///
/// use ftp_io::server::{Account, PasswordHash, Permissions, Server, UsersFile};
/// use ftp_io::storage::LocalDirectory;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("users.toml");
/// let ada = UsersFile::entry("ada", &PasswordHash::of("secret")?, &Permissions::READ_WRITE.into());
/// std::fs::write(&path, ada)?;
///
/// let users = Arc::new(UsersFile::open(&path)?);
/// let storage = LocalDirectory::open(directory.path())?;
/// let server = Server::builder(Arc::new(storage)).authenticator(users.clone());
/// // Later, when the file has changed:
/// users.reload()?;
/// # drop(server);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct UsersFile {
    path: PathBuf,
    hashing: Hashing,
    table: RwLock<Table>,
}

#[derive(Debug)]
struct Table {
    users: Users,
    exposure: Option<Exposure>,
}

/// A file of users was not taken.
///
/// ```
/// use ftp_io::server::{UsersFault, UsersFile};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("users.toml");
/// std::fs::write(&path, "[users.ada]\nhush = '...'\n")?;
/// let error = UsersFile::open(&path).expect_err("no such key");
/// assert_eq!(error.line, Some(2));
/// assert!(matches!(error.fault, UsersFault::UnknownKey { .. }));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct UsersFileError {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1; `None` when it is the whole file.
    pub line: Option<usize>,
    /// What is wrong.
    pub fault: UsersFault,
}

/// What is wrong with a file of users.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UsersFault {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    /// It is longer than any table of users.
    #[error("expected at most {} bytes", SIZE_MAX)]
    TooLong,
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// Nothing of that name is known there.
    #[error("expected {expected}, found the key {found:?}")]
    UnknownKey {
        /// What may stand there.
        expected: &'static str,
        /// The key that does.
        found: String,
    },
    /// A user has no hash, and no certificate in place of it.
    #[error("user {user:?} has no hash")]
    NoHash {
        /// The user.
        user: String,
    },
    /// A value is of another type.
    #[error("expected {expected}, found a value of type {found}")]
    WrongType {
        /// What may stand there.
        expected: &'static str,
        /// What does.
        found: &'static str,
    },
    /// The hash of a password cannot be used.
    #[error(transparent)]
    Hash(#[from] PasswordHashError),
    /// A certificate is not named by its fingerprint.
    #[error("expected the SHA-256 of a certificate in 64 hexadecimal digits, found {0:?}")]
    Certificate(String),
    /// A home is no absolute path.
    #[error("expected a home that begins with / and holds no NUL, found {0:?}")]
    Home(String),
    /// A permission is not known.
    #[error("expected a permission among {names}, found {0:?}", names = Names)]
    Permission(String),
    /// A name that no client can give.
    #[error("expected the name of a user without CR, LF and NUL, found {0:?}")]
    Name(String),
}

/// The mode of a file of users lets others in, who should be warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Its permission bits.
    pub mode: u32,
}

impl UsersFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no table of users; the error tells the line.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, UsersFileError> {
        Self::open_with(path, HashingLimits::default())
    }

    /// The same with other limits to hashing.
    ///
    /// # Errors
    ///
    /// As [`UsersFile::open`].
    pub fn open_with(
        path: impl AsRef<Path>,
        limits: HashingLimits,
    ) -> Result<Self, UsersFileError> {
        let path = path.as_ref().to_owned();
        let hashing = Hashing::new(limits);
        let table = read(&path, &hashing)?;
        Ok(Self {
            path,
            hashing,
            table: RwLock::new(table),
        })
    }

    /// The text of one user, to be put at the end of such a file. A name or a home that is no UTF-8
    /// cannot be told in TOML, and what is none of it is replaced.
    pub fn entry(name: &str, hash: &PasswordHash, account: &Account) -> String {
        entry(name, &[format!("hash = \"{hash}\"\n")], account)
    }

    /// The same for a user who shows one of these certificates: beside the password, or in place of
    /// it without a hash.
    ///
    /// ```
    /// use ftp_io::server::{Account, Permissions, UsersFile};
    /// use ftp_io::tls::Fingerprint;
    ///
    /// let shown = Fingerprint::of(b"a certificate in DER");
    /// let account = Account::new(Permissions::READ_ONLY);
    /// let entry = UsersFile::certified_entry("ada", None, &[shown], &account);
    /// assert!(entry.contains("certificates = ["));
    /// ```
    #[cfg(feature = "tls")]
    pub fn certified_entry(
        name: &str,
        hash: Option<&PasswordHash>,
        certificates: &[Fingerprint],
        account: &Account,
    ) -> String {
        let hash = hash.map_or_else(String::new, |hash| format!("hash = \"{hash}\"\n"));
        let certificates = certificates.iter().map(|it| format!("\"{it}\""));
        let certificates: Vec<String> = certificates.collect();
        let certificates = format!("certificates = [{}]\n", certificates.join(", "));
        entry(name, &[hash, certificates], account)
    }

    /// Reads the file again. Sessions that have logged in go on with what they got.
    ///
    /// # Errors
    ///
    /// As [`UsersFile::open`]; then the table stays as it was.
    pub fn reload(&self) -> Result<(), UsersFileError> {
        let table = read(&self.path, &self.hashing)?;
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        Ok(())
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.with_table(|table| table.users.len())
    }

    /// Whether nobody may log in.
    pub fn is_empty(&self) -> bool {
        self.with_table(|table| table.users.is_empty())
    }

    /// Whether others than the owner can read or write the file, as it was when it was last read.
    pub fn exposure(&self) -> Option<Exposure> {
        self.with_table(|table| table.exposure)
    }

    fn with_table<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        look(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Authenticator for UsersFile {
    /// To be called in a tokio runtime.
    fn authenticate(&self, credentials: Credentials, addresses: &ControlAddresses) -> Op<Account> {
        self.with_table(|table| table.users.authenticate(credentials, addresses))
    }

    fn identify(
        &self,
        user: Argument,
        certificate: Bytes,
        addresses: &ControlAddresses,
    ) -> Op<Account> {
        self.with_table(|table| table.users.identify(user, certificate, addresses))
    }
}

impl fmt::Display for UsersFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl std::error::Error for UsersFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            UsersFault::Read(error) => Some(error),
            UsersFault::Hash(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.mode & 0o022 {
            0 => "others can read the users' hashes and try passwords on them",
            _ => "others can change the users",
        };
        write!(f, "{what} (mode {:04o}, expected 0600)", self.mode)
    }
}

fn entry(name: &str, logins: &[String], account: &Account) -> String {
    let home = String::from_utf8_lossy(account.home().as_bytes());
    let permissions: Vec<String> = PERMISSIONS
        .iter()
        .filter(|(_, permission)| account.permissions().allow(*permission))
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    format!(
        "[users.{}]\n{}home = {}\npermissions = [{}]\n",
        Quoted(name),
        logins.concat(),
        Quoted(&home),
        permissions.join(", ")
    )
}

fn read(path: &Path, hashing: &Hashing) -> Result<Table, UsersFileError> {
    let failed = |fault| UsersFileError {
        path: path.to_owned(),
        line: None,
        fault,
    };
    let mut text = String::new();
    let file = File::open(path).map_err(|error| failed(UsersFault::Read(error)))?;
    let mode = file
        .metadata()
        .map_err(|error| failed(UsersFault::Read(error)))?
        .permissions()
        .mode()
        & 0o7777;
    let mut limited = file.take(SIZE_MAX + 1);
    limited
        .read_to_string(&mut text)
        .map_err(|error| failed(UsersFault::Read(error)))?;
    if text.len() as u64 > SIZE_MAX {
        return Err(failed(UsersFault::TooLong));
    }
    let users = parse(&text, Users::sharing(hashing.clone())).map_err(|Found { at, fault }| {
        UsersFileError {
            line: at.map(|at| line_of(&text, at)),
            ..failed(fault)
        }
    })?;
    let exposure = (mode & 0o066 != 0).then_some(Exposure { mode });
    if let Some(exposure) = exposure {
        trace::exposed(path, exposure);
    }
    Ok(Table { users, exposure })
}

/// A fault, and at which byte it was found.
struct Found {
    at: Option<usize>,
    fault: UsersFault,
}

fn found<T>(at: &Spanned<T>, fault: UsersFault) -> Found {
    Found {
        at: Some(at.span().start),
        fault,
    }
}

fn parse(text: &str, mut users: Users) -> Result<Users, Found> {
    let file = DeTable::parse(text).map_err(|error| Found {
        at: error.span().map(|span| span.start),
        // Not its Display, which shows the line and so a hash.
        fault: UsersFault::Syntax(error.message().to_owned()),
    })?;
    for (key, value) in file.get_ref() {
        match key.get_ref().as_ref() {
            "users" => {
                for (name, value) in table(value, "a table of users")? {
                    users = users.with(user(name, value)?);
                }
            }
            "anonymous" => {
                let mut account = Account::new(Permissions::READ_ONLY);
                for (key, value) in table(value, "a table with home and permissions")? {
                    account = grant(account, key, value)?
                        .ok_or_else(|| unknown(key, "home or permissions"))?;
                }
                users = users.with_anonymous(account);
            }
            _ => return Err(unknown(key, "users or anonymous")),
        }
    }
    Ok(users)
}

fn user(name: &Key<'_>, value: &Value<'_>) -> Result<User, Found> {
    let mut account = Account::new(Permissions::READ_ONLY);
    let mut hash = None;
    #[cfg(feature = "tls")]
    let mut certificates: Vec<Fingerprint> = Vec::new();
    let called = name.get_ref().as_ref();
    if called.is_empty() || called.contains(['\r', '\n', '\0']) {
        return Err(found(name, UsersFault::Name(called.to_owned())));
    }
    for (key, value) in table(value, "a table with hash, home and permissions")? {
        if key.get_ref() == "hash" {
            let text = string(value, "a hash in quotes")?;
            let read = text.parse::<PasswordHash>();
            hash = Some(read.map_err(|error| found(value, error.into()))?);
            continue;
        }
        #[cfg(feature = "tls")]
        if key.get_ref() == "certificates" {
            certificates = fingerprints(value)?;
            continue;
        }
        account = grant(account, key, value)?.ok_or_else(|| unknown(key, OF_A_USER))?;
    }
    #[cfg(feature = "tls")]
    if let Some((first, others)) = certificates.split_first() {
        let user = match hash {
            Some(hash) => User::hashed(called, hash, account).with_certificate(*first),
            None => User::certified(called, *first, account),
        };
        let others = others.iter().copied();
        return Ok(others.fold(user, User::with_certificate));
    }
    let user = called.to_owned();
    let hash = hash.ok_or_else(|| found(name, UsersFault::NoHash { user }))?;
    Ok(User::hashed(called, hash, account))
}

#[cfg(feature = "tls")]
fn fingerprints(value: &Value<'_>) -> Result<Vec<Fingerprint>, Found> {
    let list = value.get_ref().as_array();
    let list = list.ok_or_else(|| wrong_type(value, "a list of fingerprints"))?;
    let read = list.iter().map(|value| {
        let text = string(value, "a fingerprint in quotes")?;
        let read = text.parse();
        read.map_err(|_| found(value, UsersFault::Certificate(text.to_owned())))
    });
    read.collect()
}

/// The account with what one key says; `None` if it says nothing about an account.
fn grant(account: Account, key: &Key<'_>, value: &Value<'_>) -> Result<Option<Account>, Found> {
    Ok(match key.get_ref().as_ref() {
        "home" => {
            let text = string(value, "a path in quotes")?;
            let home = match text.starts_with('/') {
                true => VirtualPath::root().join(text.as_bytes()).ok(),
                false => None,
            };
            let home = home.ok_or_else(|| found(value, UsersFault::Home(text.to_owned())))?;
            Some(account.at_home(home))
        }
        "permissions" => {
            let list = value.get_ref().as_array();
            let list = list.ok_or_else(|| wrong_type(value, "a list of permissions"))?;
            let mut permissions = Permissions::NONE;
            for name in list.iter() {
                let text = string(name, "a permission in quotes")?;
                let permission = permission_named(text)
                    .ok_or_else(|| found(name, UsersFault::Permission(text.to_owned())))?;
                permissions = permissions.and(permission);
            }
            Some(Account::new(permissions).at_home(account.home().clone()))
        }
        _ => None,
    })
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

fn table<'v, 'i>(
    value: &'v Value<'i>,
    expected: &'static str,
) -> Result<impl Iterator<Item = (&'v Key<'i>, &'v Value<'i>)>, Found> {
    let table = value.get_ref().as_table();
    Ok(table.ok_or_else(|| wrong_type(value, expected))?.iter())
}

fn string<'v>(value: &'v Value<'_>, expected: &'static str) -> Result<&'v str, Found> {
    let text = value.get_ref().as_str();
    text.ok_or_else(|| wrong_type(value, expected))
}

fn wrong_type(value: &Value<'_>, expected: &'static str) -> Found {
    let fault = UsersFault::WrongType {
        expected,
        found: value.get_ref().type_str(),
    };
    found(value, fault)
}

fn unknown(key: &Key<'_>, expected: &'static str) -> Found {
    let fault = UsersFault::UnknownKey {
        expected,
        found: key.get_ref().to_string(),
    };
    found(key, fault)
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|&&byte| byte == b'\n').count()
}

fn permission_named(name: &str) -> Option<Permissions> {
    let mut known = PERMISSIONS.iter();
    known
        .find(|(known, _)| *known == name)
        .map(|(_, permission)| *permission)
}

/// A basic string of TOML.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                _ if character.is_control() => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

/// The names of the permissions, with commas between.
struct Names;

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, _)) in PERMISSIONS.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{name}")?;
        }
        Ok(())
    }
}

/// Keys of one user.
#[cfg(feature = "tls")]
const OF_A_USER: &str = "hash, certificates, home or permissions";
#[cfg(not(feature = "tls"))]
const OF_A_USER: &str = "hash, home or permissions";

const PERMISSIONS: [(&str, Permissions); 6] = [
    ("list", Permissions::LIST),
    ("read", Permissions::READ),
    ("write", Permissions::WRITE),
    ("delete", Permissions::DELETE),
    ("rename", Permissions::RENAME),
    ("make", Permissions::MAKE),
];

/// Some tens of thousands of users, in bytes.
const SIZE_MAX: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$\
                        qf2xS/xIbVY3eMqBHIfPSQMPXQcLmpIEMQSKNBBqvlo";

    struct InFile {
        directory: tempfile::TempDir,
    }

    impl InFile {
        fn of(text: &str) -> Self {
            let directory = tempfile::tempdir().expect("a directory");
            let file = Self { directory };
            file.write(text);
            file
        }

        fn path(&self) -> PathBuf {
            self.directory.path().join("users.toml")
        }

        fn write(&self, text: &str) {
            fs::write(self.path(), text).expect("a writable directory");
        }

        fn chmod(&self, mode: u32) {
            fs::set_permissions(self.path(), fs::Permissions::from_mode(mode)).expect("owned");
        }
    }

    fn error(text: &str) -> UsersFileError {
        let file = InFile::of(text);
        UsersFile::open(file.path()).expect_err("refused")
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        let ada = format!("# users\n[users.ada]\nhash = '{HASH}'\n");
        for (text, line, message) in [
            (format!("{ada}hom = '/'\n"), 4, "found the key \"hom\""),
            (format!("{ada}home = 'ada'\n"), 4, "begins with /"),
            (format!("{ada}home = 7\n"), 4, "a value of type integer"),
            (
                format!("{ada}permissions = ['list',\n 'fly']\n"),
                5,
                "\"fly\"",
            ),
            (format!("{ada}permissions = 'list'\n"), 4, "a list"),
            (format!("{ada}hash = ''\n"), 4, "duplicate key"),
            (format!("{ada}[users.eve]\n"), 4, "\"eve\" has no hash"),
            (format!("{ada}[users.\"e\\nve\"]\n"), 4, "without CR, LF"),
            (format!("{ada}[user.eve]\n"), 4, "found the key \"user\""),
            ("\n[users.ada]\nhash = 'secret'".into(), 3, "argon2"),
            ("\nusers = []\n".into(), 2, "a table of users"),
            #[cfg(feature = "tls")]
            (
                format!("{ada}certificates = [\n 'c0ffee']\n"),
                5,
                "the SHA-256 of a certificate",
            ),
            #[cfg(feature = "tls")]
            (format!("{ada}certificates = 'c0'\n"), 4, "a list"),
            #[cfg(feature = "tls")]
            ("[users.eve]\ncertificates = []\n".into(), 1, "has no hash"),
            ("\n[users\n".into(), 2, ""),
        ] {
            let error = error(&text);
            assert_eq!(error.line, Some(line), "{error}");
            assert!(error.to_string().contains(message), "{error}");
            assert!(!error.to_string().contains("c29tZXNhbHQ"), "{error}");
        }
        let missing = UsersFile::open("/nowhere/users.toml").expect_err("refused");
        assert!(matches!(missing.fault, UsersFault::Read(_)));
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let hash: PasswordHash = HASH.parse().expect("a hash");
        let home = VirtualPath::root().join("a \"b\"/\u{1}é".as_bytes());
        let account = Account::new(Permissions::LIST.and(Permissions::MAKE))
            .at_home(home.expect("no NUL in it"));
        let text = UsersFile::entry("a.b \\c", &hash, &account);
        let file = DeTable::parse(&text).expect("TOML");
        let users = file.get_ref().get("users").and_then(|value| {
            let (name, value) = value.get_ref().as_table()?.iter().next()?;
            Some(user(name, value).map(|user| format!("{user:?}")))
        });
        let expected = format!("{:?}", User::hashed("a.b \\c", hash, account));
        assert_eq!(users.and_then(Result::ok), Some(expected));
    }

    #[cfg(feature = "tls")]
    #[test]
    fn an_entry_with_certificates_is_read_as_it_was_written() {
        let [first, second] = ["one", "two"].map(|der| Fingerprint::of(der.as_bytes()));
        let hash: PasswordHash = HASH.parse().expect("a hash");
        let account = Account::new(Permissions::READ_ONLY);
        for hash in [None, Some(hash)] {
            let text = UsersFile::certified_entry("ada", hash.as_ref(), &[first, second], &account);
            let file = DeTable::parse(&text).expect("TOML");
            let users = file.get_ref().get("users").and_then(|value| {
                let (name, value) = value.get_ref().as_table()?.iter().next()?;
                Some(user(name, value).map(|user| format!("{user:?}")))
            });
            let expected = match hash {
                Some(hash) => User::hashed("ada", hash, account.clone()).with_certificate(first),
                None => User::certified("ada", first, account.clone()),
            };
            let expected = format!("{:?}", expected.with_certificate(second));
            assert_eq!(users.and_then(Result::ok), Some(expected));
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_again_changes_nothing() {
        let file = InFile::of(&format!("[users.ada]\nhash = '{HASH}'\n"));
        let users = UsersFile::open(file.path()).expect("a table");
        assert_eq!(users.len(), 1);
        file.write("[users.ada]\n");
        users.reload().expect_err("no hash");
        assert_eq!(users.len(), 1);
        file.write(&format!(
            "[users.ada]\nhash = '{HASH}'\n[users.eve]\nhash = '{HASH}'\n"
        ));
        users.reload().expect("a table");
        assert_eq!(users.len(), 2);
    }

    #[test]
    fn a_file_that_others_can_open_is_told() {
        let file = InFile::of("[anonymous]\n");
        file.chmod(0o600);
        let users = UsersFile::open(file.path()).expect("a table");
        assert_eq!(users.exposure(), None);
        assert!(!users.is_empty());
        for (mode, what) in [(0o640, "read"), (0o602, "change")] {
            file.chmod(mode);
            users.reload().expect("a table");
            let exposure = users.exposure().expect("open to others");
            assert!(exposure.to_string().contains(what), "{exposure}");
        }
    }
}
