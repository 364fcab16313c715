//! Login: USER, PASS, ACCT, in whatever part the server asks for (RFC 959 §5.4, RFC 1635).

use alloc::boxed::Box;

use super::config::Tls;
use super::event::{OperationError, Outcome};
use super::link::Purpose;
use super::operation::{Context, Decision};
use crate::codec::command::{Argument, Command, Password};
use crate::codec::reply::{Reply, ReplyClass};
use crate::protection::Protection;
use crate::secret::Secret;

/// What a login may need. A part that the server does not ask for is not sent.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_client, play};
/// use ftp_proto::Secret;
/// use ftp_proto::client::{ClientConfig, ClientSession, Login};
///
/// let mut session = ClientSession::new(ClientConfig::default(), at_client(), Default::default());
/// session.login(Login {
///     account: Some(Secret::new("physics".try_into()?)),
///     ..Login::new("ada".try_into()?, "secret".try_into()?)
/// })?;
/// let outcomes = play(
///     &mut session,
///     &[
///         ("", "220 Ready."),
///         ("USER ada", "331 Password?"),
///         ("PASS secret", "332 Account?"),
///         ("ACCT physics", "230 Welcome."),
///     ],
/// );
/// assert!(outcomes[0].is_ok());
/// # Ok::<(), ftp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Login {
    /// The user's name.
    pub user: Argument,
    /// The password; may be empty.
    pub password: Option<Password>,
    /// The account, which few servers ask for.
    pub account: Option<Secret<Argument>>,
}

impl Login {
    /// A user with a password and no account.
    pub const fn new(user: Argument, password: Password) -> Self {
        Self {
            user,
            password: Some(password),
            account: None,
        }
    }

    pub(super) fn start(&mut self, cx: &mut Context<'_>) -> Decision {
        let required = matches!(cx.config.tls, Tls::Required | Tls::Implicit);
        if required && cx.link.control == Protection::Clear {
            return Some(Err(OperationError::NotProtected));
        }
        // USER leaves the parameters of transfers as they are (RFC 959 §4.1.1), but not everywhere.
        cx.learned.doubt_parameters();
        cx.link
            .send(Purpose::User, &Command::User(self.user.clone()));
        None
    }

    /// Each part leaves as it is sent, so that a server that asks for it again is refused.
    pub(super) fn on_reply(&mut self, cx: &mut Context<'_>, reply: Reply) -> Decision {
        match (reply.class(), reply.code().to_u16()) {
            (ReplyClass::Completion, _) => Some(Ok(Outcome::Reply(reply))),
            (_, 331) => match self.password.take() {
                Some(password) => {
                    cx.link.send(Purpose::Pass, &Command::Pass(password));
                    None
                }
                None => Some(Err(OperationError::PasswordNeeded(Box::new(reply)))),
            },
            (_, 332) => match self.account.take() {
                Some(account) => {
                    cx.link.send(Purpose::Acct, &Command::Acct(account));
                    None
                }
                None => Some(Err(OperationError::AccountNeeded(Box::new(reply)))),
            },
            (ReplyClass::TransientNegative | ReplyClass::PermanentNegative, _) => {
                Some(Err(OperationError::Refused(Box::new(reply))))
            }
            _ => Some(Err(OperationError::Unexpected {
                expected: "230, 331 or 332",
                reply: Box::new(reply),
            })),
        }
    }
}
