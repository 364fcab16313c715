//! Who may speak: USER, PASS, ACCT, REIN and QUIT.

use bytes::Bytes;

use super::event::{CloseReason, ServerEvent};
use super::request::{Credentials, Denied, Grant, Permissions, Request};
use super::session::{ServerSession, Settings, Work};
use crate::codec::command::Argument;
use crate::codec::path::VirtualPath;
use crate::contract::Instant;
use crate::secret::Secret;

/// How far the login is.
#[derive(Debug)]
pub(super) struct Access {
    login: Login,
    /// Since when nobody is logged in; kept while somebody is.
    since: Instant,
}

#[derive(Debug)]
enum Login {
    New,
    NeedsPassword(Argument),
    Done {
        user: Argument,
        permissions: Permissions,
    },
}

impl Access {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            login: Login::New,
            since: now,
        }
    }

    /// Whether nobody has said USER.
    pub(super) const fn is_new(&self) -> bool {
        matches!(self.login, Login::New)
    }

    /// Since when the session waits for somebody to log in; `None` if somebody has.
    pub(super) const fn waiting_since(&self) -> Option<Instant> {
        match self.login {
            Login::Done { .. } => None,
            Login::New | Login::NeedsPassword(_) => Some(self.since),
        }
    }

    pub(super) fn user(&self) -> Option<&[u8]> {
        match &self.login {
            Login::Done { user, .. } => Some(user.as_bytes()),
            Login::New | Login::NeedsPassword(_) => None,
        }
    }

    pub(super) const fn permissions(&self) -> Option<Permissions> {
        match self.login {
            Login::Done { permissions, .. } => Some(permissions),
            Login::New | Login::NeedsPassword(_) => None,
        }
    }
}

impl ServerSession {
    /// USER begins a new login, whoever was logged in (RFC 959 §4.1.1). The reply does not tell
    /// whether there is such a user.
    pub(super) fn user_named(&mut self, user: &Argument) {
        let host = self.host().cloned();
        self.reinitialize();
        if let Some(host) = host {
            self.settings.options().host = Some(host);
        }
        if self.lacks_control_protection(user.as_bytes()) {
            return self.reply::<530>("TLS is required: say AUTH TLS first.");
        }
        // A copy: the line that it came in is given back.
        let user = Argument::new(Bytes::copy_from_slice(user.as_bytes())).unwrap_or(user.clone());
        self.access.login = Login::NeedsPassword(user.clone());
        // Whose certificate it is at a host that was named, only the whole login tells.
        let certificate = self.security.certificate_for_login(&self.config);
        match certificate.filter(|_| self.host().is_none()) {
            None => self.reply::<331>("Password, please."),
            Some(certificate) => {
                self.ask_about_login(
                    |ask| Request::Identify(ask, user, certificate),
                    Self::identified,
                );
            }
        }
    }

    /// Whether a certificate stands for the user.
    pub(super) fn identified(&mut self, result: Result<Grant, Denied>) {
        match (result, &self.access.login) {
            (Ok(grant), Login::NeedsPassword(user)) => {
                let user = user.clone();
                self.log_in(user, grant);
                self.reply::<232>("Logged in by certificate.");
            }
            _ => self.reply::<331>("Password, please."),
        }
    }

    pub(super) fn password(&mut self, password: Secret<Bytes>) {
        match &self.access.login {
            Login::New => self.reply::<503>("Say USER first."),
            Login::Done { .. } => self.reply::<503>("You are logged in; USER begins anew."),
            Login::NeedsPassword(user) => {
                let user = user.clone();
                let credentials = Credentials {
                    user,
                    password,
                    certificate: self.security.certificate().cloned(),
                    host: self.host().cloned(),
                };
                self.ask_about_login(
                    |ask| Request::Authenticate(ask, credentials),
                    Self::authenticated,
                );
            }
        }
    }

    pub(super) fn authenticated(&mut self, result: Result<Grant, Denied>) {
        let Login::NeedsPassword(user) = core::mem::replace(&mut self.access.login, Login::New)
        else {
            return;
        };
        match result {
            Ok(grant) => {
                self.log_in(user, grant);
                self.reply::<230>("Logged in.");
            }
            // Nothing is known about the password, and so nothing is counted.
            Err(Denied::Busy | Denied::Failed) => self.reply_login_impossible(),
            Err(_) => {
                self.refused_logins = self.refused_logins.saturating_add(1);
                self.outbox.event(ServerEvent::LoginRefused { user });
                let delay = self.config.timeouts.refused_login;
                let until = self.now() + delay.saturating_mul(self.refused_logins);
                self.enter(Work::Refusing { until });
            }
        }
    }

    fn log_in(&mut self, user: Argument, grant: Grant) {
        self.refused_logins = 0;
        self.access.login = Login::Done {
            user: user.clone(),
            permissions: grant.permissions,
        };
        self.settings.directory = grant.home;
        self.outbox.event(ServerEvent::LoggedIn { user });
    }

    /// Nobody can tell whether the password is right: the login begins anew.
    pub(super) fn reply_login_impossible(&mut self) {
        self.access.login = Login::New;
        self.reply::<530>("Logging in is not possible now.");
    }

    /// Tells of a refused login, when its delay is over.
    pub(super) fn refuse_login(&mut self) {
        self.become_ready();
        if self.refused_logins >= self.config.limits.login_tries {
            self.reply::<421>("Too many logins were refused.");
            self.close(CloseReason::TooManyLogins);
        } else {
            self.reply::<530>("Login refused.");
        }
    }

    /// ACCT: nobody is asked for one (RFC 959 §5.4, 202).
    pub(super) fn account(&mut self) {
        self.reply::<202>("No account is needed.");
    }

    /// REIN.
    pub(super) fn begin_anew(&mut self) {
        self.reinitialize();
        self.security.forget_data();
        self.reply::<220>("Ready for a new user.");
    }

    pub(super) fn quit(&mut self) {
        self.reply::<221>("Goodbye.");
        self.close(CloseReason::Quit);
    }

    /// As right after the greeting (RFC 959 §4.1.1).
    pub(super) fn reinitialize(&mut self) {
        self.close_channel();
        if self.access.permissions().is_some() {
            self.access.since = self.now();
        }
        self.access.login = Login::New;
        self.settings = Settings::new(VirtualPath::root());
        self.forget_rename();
    }
}
