//! Who may log in, and for what.

use std::collections::HashMap;

use bytes::Bytes;
use ftp_proto::codec::command::Argument;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Credentials, Denied, Permissions};
use ftp_proto::{ControlAddresses, Secret};

use super::certificates::Certificates;
use super::hashing::{Hashing, HashingLimits, PasswordHash};
use crate::storage::Op;
#[cfg(feature = "tls")]
use crate::tls::Fingerprint;

/// Decides about logins.
///
/// The answer may come later, so that a directory service can be asked and a password be hashed
/// elsewhere; it should take the same time for a user who is known and for one who is not.
///
/// ```
/// use bytes::Bytes;
/// use ftp_io::server::{Account, Authenticator, Credentials, Denied, Permissions};
/// use ftp_io::storage::Op;
/// use ftp_proto::ControlAddresses;
/// use ftp_proto::codec::command::Argument;
///
/// /// Whoever comes from this machine may read.
/// struct Neighbours;
///
/// impl Authenticator for Neighbours {
///     fn authenticate(&self, _: Credentials, addresses: &ControlAddresses) -> Op<Account> {
///         Op::Ready(match addresses.peer.ip().is_loopback() {
///             true => Ok(Account::new(Permissions::READ_ONLY)),
///             false => Err(Denied::BadCredentials),
///         })
///     }
///
///     /// Whoever has shown a certificate that one of the server's roots has signed, too.
///     fn identify(&self, _: Argument, _: Bytes, _: &ControlAddresses) -> Op<Account> {
///         Op::Ready(Ok(Account::new(Permissions::READ_ONLY)))
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync {
    /// What the bearer of these credentials gets; [`Denied::BadCredentials`] for nothing, and
    /// [`Denied::Busy`] when it cannot be told now, which is not counted against the client.
    fn authenticate(&self, credentials: Credentials, addresses: &ControlAddresses) -> Op<Account>;

    /// What this user gets for the certificate alone, in DER, that the client has shown and one of
    /// the server's roots has signed. `Err` leads to the password. It is asked with
    /// `CertificateLogin::Alone` only; by default no certificate will do.
    fn identify(&self, user: Argument, certificate: Bytes, _: &ControlAddresses) -> Op<Account> {
        drop((user, certificate));
        Op::Ready(Err(Denied::BadCredentials))
    }
}

/// What a user gets: kinds of work, in a directory that is the user's whole world.
///
/// ```
/// use ftp_io::server::{Account, Permissions};
/// use ftp_proto::codec::path::VirtualPath;
///
/// let home = VirtualPath::root().join(b"people/ada").expect("no NUL in it");
/// let account = Account::new(Permissions::READ_WRITE).at_home(home);
/// assert_eq!(account.home().as_bytes(), b"/people/ada");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    permissions: Permissions,
    home: VirtualPath,
}

/// A table of users.
///
/// ```
/// use ftp_io::server::{PasswordHash, Permissions, User, Users};
///
/// let hash = PasswordHash::of("wonder")?;
/// let users = Users::new()
///     .with(User::new("ada", "secret", Permissions::READ_WRITE))
///     .with(User::hashed("eve", hash, Permissions::READ_ONLY))
///     .with_anonymous(Permissions::READ_ONLY);
/// assert!(!format!("{users:?}").contains("secret"));
/// # Ok::<(), ftp_io::server::PasswordHashError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Users {
    users: HashMap<Bytes, User>,
    anonymous: Option<Account>,
    /// What the password of somebody who is not known, or has no hash, is compared with. `None`
    /// while nobody has a hash.
    nobody: Option<PasswordHash>,
    hashing: Hashing,
}

/// A user of a table.
///
/// ```
/// use ftp_io::server::{Permissions, User, Users};
/// use ftp_proto::codec::path::VirtualPath;
///
/// let home = VirtualPath::root().join(b"ada").expect("no NUL in it");
/// let ada = User::new("ada", "secret", Permissions::READ_WRITE).at_home(home);
/// # drop(Users::new().with(ada));
/// ```
///
/// By a certificate, in place of a password or beside it:
///
/// ```
/// use ftp_io::server::{Permissions, User, Users};
/// use ftp_io::tls::Fingerprint;
///
/// let shown = Fingerprint::of(b"a certificate in DER");
/// let users = Users::new()
///     .with(User::certified("ada", shown, Permissions::READ_WRITE))
///     .with(User::new("eve", "wonder", Permissions::READ_ONLY).with_certificate(shown));
/// assert_eq!(users.len(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct User {
    name: Bytes,
    password: Password,
    /// One of them must be shown, if there are any.
    certificates: Certificates,
    account: Account,
}

#[derive(Clone, Debug)]
enum Password {
    Plain(Secret<Bytes>),
    Hashed(Box<PasswordHash>),
    /// A certificate stands for it.
    #[cfg_attr(
        not(feature = "tls"),
        expect(dead_code, reason = "without TLS nobody shows a certificate")
    )]
    None,
}

impl Account {
    /// An account whose world is all that the server has.
    pub const fn new(permissions: Permissions) -> Self {
        Self {
            permissions,
            home: VirtualPath::root(),
        }
    }

    /// The same in this directory of the server's storage. The session sees it as `/`, begins
    /// there and never leaves it, nor by a symbolic link in a
    /// [`LocalDirectory`](crate::storage::LocalDirectory). A login fails while there is no such
    /// directory.
    #[must_use]
    pub fn at_home(self, home: VirtualPath) -> Self {
        Self { home, ..self }
    }

    /// Allowed kinds of work.
    pub const fn permissions(&self) -> Permissions {
        self.permissions
    }

    /// The directory of the server's storage that the session is confined to.
    pub const fn home(&self) -> &VirtualPath {
        &self.home
    }
}

impl From<Permissions> for Account {
    fn from(permissions: Permissions) -> Self {
        Self::new(permissions)
    }
}

impl Users {
    /// Nobody.
    pub fn new() -> Self {
        Self::sharing(Hashing::new(HashingLimits::default()))
    }

    /// Nobody, with the hashing of another table.
    pub(super) fn sharing(hashing: Hashing) -> Self {
        Self {
            users: HashMap::new(),
            anonymous: None,
            nobody: None,
            hashing,
        }
    }

    /// The same and this user, in place of one of the same name.
    ///
    /// With one user who has a hash, every login takes the time of hashing; where costs differ,
    /// somebody who is not known takes the time of the dearest.
    #[must_use]
    pub fn with(mut self, user: User) -> Self {
        if let Password::Hashed(hash) = &user.password
            && self
                .nobody
                .as_ref()
                .is_none_or(|nobody| nobody.cost() < hash.cost())
        {
            self.nobody = Some(hash.of_nobody());
        }
        self.users.insert(user.name.clone(), user);
        self
    }

    /// The same and whoever calls himself `anonymous` or `ftp`, with any password (RFC 1635).
    #[must_use]
    pub fn with_anonymous(mut self, account: impl Into<Account>) -> Self {
        self.anonymous = Some(account.into());
        self
    }

    /// The same with other limits to hashing.
    #[must_use]
    pub fn with_hashing(mut self, limits: HashingLimits) -> Self {
        self.hashing = Hashing::new(limits);
        self
    }

    /// How many users there are, whoever is anonymous not counted.
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether nobody may log in.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.anonymous.is_none()
    }
}

impl Default for Users {
    fn default() -> Self {
        Self::new()
    }
}

impl User {
    /// A user with a password that is held as it is.
    pub fn new(
        name: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
        account: impl Into<Account>,
    ) -> Self {
        Self {
            name: Bytes::copy_from_slice(name.as_ref()),
            password: Password::Plain(Secret::new(Bytes::copy_from_slice(password.as_ref()))),
            certificates: Certificates::default(),
            account: account.into(),
        }
    }

    /// A user with the hash of a password.
    pub fn hashed(name: impl AsRef<[u8]>, hash: PasswordHash, account: impl Into<Account>) -> Self {
        Self {
            name: Bytes::copy_from_slice(name.as_ref()),
            password: Password::Hashed(Box::new(hash)),
            certificates: Certificates::default(),
            account: account.into(),
        }
    }

    /// A user who logs in by a certificate, without a password. The server must ask for one
    /// ([`ServerTls::client_roots`](crate::tls::ServerTls::client_roots)) and take it alone
    /// (`CertificateLogin::Alone`).
    #[cfg(feature = "tls")]
    pub fn certified(
        name: impl AsRef<[u8]>,
        certificate: Fingerprint,
        account: impl Into<Account>,
    ) -> Self {
        Self {
            name: Bytes::copy_from_slice(name.as_ref()),
            password: Password::None,
            certificates: Certificates::of(certificate),
            account: account.into(),
        }
    }

    /// The same, who may show this certificate too. A user with a password must then show one of
    /// the certificates beside it.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_certificate(mut self, certificate: Fingerprint) -> Self {
        self.certificates.add(certificate);
        self
    }

    /// The same in this directory of the storage; see [`Account::at_home`].
    #[must_use]
    pub fn at_home(mut self, home: VirtualPath) -> Self {
        self.account = self.account.at_home(home);
        self
    }
}

impl Authenticator for Users {
    /// To be called in a tokio runtime, if somebody has a hash.
    fn authenticate(&self, credentials: Credentials, _: &ControlAddresses) -> Op<Account> {
        let name = credentials.user.as_bytes();
        if let Some(account) = &self.anonymous
            && ANONYMOUS
                .iter()
                .any(|anonymous| name.eq_ignore_ascii_case(anonymous))
        {
            return Op::Ready(Ok(account.clone()));
        }
        let user = self.users.get(name);
        let given = credentials.password;
        // Somebody who is not known is compared too, so that the time tells nothing.
        let expected = match user.map(|user| &user.password) {
            Some(Password::Plain(password)) => password.expose(),
            Some(Password::Hashed(_) | Password::None) | None => &b""[..],
        };
        let is_same = is_same(given.expose(), expected);
        let shown = credentials.certificate.as_deref();
        let account = user
            .filter(|user| user.certificates.are_satisfied_by(shown))
            .map(|user| user.account.clone());
        let (hash, plain) = match (user.map(|user| &user.password), &self.nobody) {
            (Some(Password::Hashed(hash)), _) => (Some(&**hash), None),
            (Some(Password::Plain(_)), nobody) => (nobody.as_ref(), Some(is_same)),
            // Whose certificate fits; any password is none.
            (Some(Password::None), nobody) => (nobody.as_ref(), Some(true)),
            (None, nobody) => (nobody.as_ref(), Some(false)),
        };
        let Some(hash) = hash.cloned() else {
            return Op::Ready(granted(account, plain.unwrap_or(false)));
        };
        let checked = self.hashing.run(move || hash.fits(given.expose()));
        match checked {
            Ok(fits) => Op::Pending(Box::pin(async move {
                let fits = fits.await?;
                granted(account, plain.unwrap_or(fits))
            })),
            Err(denied) => Op::Ready(Err(denied)),
        }
    }

    /// For those who have no password.
    fn identify(&self, user: Argument, certificate: Bytes, _: &ControlAddresses) -> Op<Account> {
        let user = self.users.get(user.as_bytes()).filter(|user| {
            matches!(user.password, Password::None)
                && user.certificates.are_satisfied_by(Some(&certificate))
        });
        Op::Ready(granted(user.map(|user| user.account.clone()), true))
    }
}

fn granted(account: Option<Account>, is_right: bool) -> Result<Account, Denied> {
    account.filter(|_| is_right).ok_or(Denied::BadCredentials)
}

/// Whether two are the same, in a time that depends on `given` alone.
fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let differing = given.iter().enumerate().fold(0, |differing, (at, byte)| {
        differing | (byte ^ expected.get(at).unwrap_or(&0))
    });
    (differing == 0) & (given.len() == expected.len())
}

const ANONYMOUS: [&[u8]; 2] = [b"anonymous", b"ftp"];

#[cfg(test)]
mod tests {
    use super::*;
    use ftp_proto::codec::command::Argument;
    use std::net::{Ipv4Addr, SocketAddr};

    fn ask(users: &Users, name: &'static str, password: &'static str) -> Op<Account> {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 21));
        let credentials = Credentials {
            user: Argument::new(name.as_bytes()).expect("a name"),
            password: Secret::new(Bytes::from_static(password.as_bytes())),
            certificate: None,
        };
        users.authenticate(credentials, &ControlAddresses::new(here, here))
    }

    fn at_once(op: Op<Account>) -> Result<Account, Denied> {
        match op {
            Op::Ready(answer) => answer,
            Op::Pending(_) => panic!("nothing is to be hashed"),
        }
    }

    /// The answer of a table in which somebody has a hash.
    fn hashed(
        users: &Users,
        name: &'static str,
        password: &'static str,
    ) -> Result<Account, Denied> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async {
            match ask(users, name, password) {
                Op::Ready(answer) => panic!("{answer:?} without hashing"),
                Op::Pending(answer) => answer.await,
            }
        })
    }

    #[test]
    fn only_the_whole_password_is_right() {
        let users = Users::new().with(User::new("ada", "secret", Permissions::READ_ONLY));
        assert!(at_once(ask(&users, "ada", "secret")).is_ok());
        for (name, wrong) in [
            ("ada", ""),
            ("ada", "secre"),
            ("ada", "secret\0"),
            ("ada", "secrets"),
            ("ada", "Secret"),
            ("bob", ""),
            ("anonymous", ""),
        ] {
            let answer = at_once(ask(&users, name, wrong));
            assert_eq!(answer, Err(Denied::BadCredentials));
        }
    }

    #[test]
    fn anybody_is_anonymous_where_that_is_allowed() {
        let users = Users::new().with_anonymous(Permissions::LIST);
        let account = at_once(ask(&users, "FTP", "me@example.org")).expect("allowed");
        assert_eq!(account.permissions(), Permissions::LIST);
    }

    #[test]
    fn with_one_hash_in_the_table_every_login_is_hashed() {
        let hash = PasswordHash::of("secret").expect("random numbers");
        let users = Users::new()
            .with(User::hashed("ada", hash, Permissions::READ_WRITE))
            .with(User::new("bob", "plain", Permissions::READ_ONLY));
        let account = hashed(&users, "ada", "secret").expect("right");
        assert_eq!(account.permissions(), Permissions::READ_WRITE);
        assert!(hashed(&users, "bob", "plain").is_ok());
        for (name, wrong) in [
            ("ada", "plain"),
            ("ada", ""),
            ("bob", "secret"),
            ("eve", ""),
        ] {
            assert_eq!(hashed(&users, name, wrong), Err(Denied::BadCredentials));
        }
    }
}
