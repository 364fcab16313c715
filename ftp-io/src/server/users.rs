//! Who may log in, and for what.

use std::collections::HashMap;

use bytes::Bytes;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Credentials, Denied, Grant, Permissions};
use ftp_proto::{ControlAddresses, Secret};

use crate::storage::Op;

/// Decides about logins.
///
/// The answer may come later, so that a directory service can be asked and a password be hashed
/// elsewhere; it should take the same time for a user who is known and for one who is not.
pub trait Authenticator: Send + Sync {
    /// What the bearer of these credentials may do; [`Denied::BadCredentials`] for nothing.
    fn authenticate(&self, credentials: Credentials, addresses: &ControlAddresses) -> Op<Grant>;
}

/// A table of users.
///
/// ```
/// use ftp_io::server::{Permissions, User, Users};
///
/// let users = Users::new()
///     .with(User::new("ada", "secret", Permissions::READ_WRITE))
///     .with_anonymous(Permissions::READ_ONLY);
/// assert!(!format!("{users:?}").contains("secret"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Users {
    users: HashMap<Bytes, User>,
    anonymous: Option<Permissions>,
}

/// A user of a table.
#[derive(Clone, Debug)]
pub struct User {
    name: Bytes,
    password: Secret<Bytes>,
    grant: Grant,
}

impl Users {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same and this user, in place of one of the same name.
    #[must_use]
    pub fn with(mut self, user: User) -> Self {
        self.users.insert(user.name.clone(), user);
        self
    }

    /// The same and whoever calls himself `anonymous` or `ftp`, with any password (RFC 1635).
    #[must_use]
    pub fn with_anonymous(mut self, permissions: Permissions) -> Self {
        self.anonymous = Some(permissions);
        self
    }
}

impl User {
    /// A user whose first working directory is the root.
    pub fn new(
        name: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
        permissions: Permissions,
    ) -> Self {
        Self {
            name: Bytes::copy_from_slice(name.as_ref()),
            password: Secret::new(Bytes::copy_from_slice(password.as_ref())),
            grant: Grant {
                permissions,
                home: VirtualPath::root(),
            },
        }
    }

    /// The same with another first working directory. It confines nobody.
    #[must_use]
    pub fn at_home(mut self, home: VirtualPath) -> Self {
        self.grant.home = home;
        self
    }
}

impl Authenticator for Users {
    fn authenticate(&self, credentials: Credentials, _: &ControlAddresses) -> Op<Grant> {
        let name = credentials.user.as_bytes();
        if let Some(permissions) = self.anonymous
            && ANONYMOUS
                .iter()
                .any(|anonymous| name.eq_ignore_ascii_case(anonymous))
        {
            return Op::Ready(Ok(Grant {
                permissions,
                home: VirtualPath::root(),
            }));
        }
        let user = self.users.get(name);
        // Somebody who is not known is compared too, so that the time tells nothing.
        let expected = user.map_or(&b""[..], |user| user.password.expose());
        let is_right = is_same(credentials.password.expose(), expected);
        Op::Ready(match user {
            Some(user) if is_right => Ok(user.grant.clone()),
            _ => Err(Denied::BadCredentials),
        })
    }
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

    fn ask(users: &Users, name: &'static str, password: &'static str) -> Result<Grant, Denied> {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 21));
        let credentials = Credentials {
            user: Argument::new(name.as_bytes()).expect("a name"),
            password: Secret::new(Bytes::from_static(password.as_bytes())),
        };
        match users.authenticate(credentials, &ControlAddresses::new(here, here)) {
            Op::Ready(answer) => answer,
            Op::Pending(_) => panic!("a table answers at once"),
        }
    }

    #[test]
    fn only_the_whole_password_is_right() {
        let users = Users::new().with(User::new("ada", "secret", Permissions::READ_ONLY));
        assert!(ask(&users, "ada", "secret").is_ok());
        for wrong in ["", "secre", "secret\0", "secrets", "Secret"] {
            assert_eq!(ask(&users, "ada", wrong), Err(Denied::BadCredentials));
        }
        assert_eq!(ask(&users, "bob", ""), Err(Denied::BadCredentials));
        assert_eq!(ask(&users, "anonymous", ""), Err(Denied::BadCredentials));
    }

    #[test]
    fn anybody_is_anonymous_where_that_is_allowed() {
        let users = Users::new().with_anonymous(Permissions::LIST);
        let grant = ask(&users, "FTP", "me@example.org").expect("allowed");
        assert_eq!(grant.permissions, Permissions::LIST);
    }
}
