//! AUTH, PBSZ, PROT and CCC: what is under TLS and what must be (RFC 2228 §3, RFC 4217).

use alloc::boxed::Box;

use bytes::Bytes;

use super::config::{CertificateLogin, ClearControl, ServerConfig, TlsOffer, TlsRequired};
use super::event::CloseReason;
use super::foreign::FirstBytes;
use super::session::{ServerSession, Work};
use crate::codec::command::{Argument, ProtectionLevel};
use crate::contract::Action;
use crate::protection::{Protection, TlsInfo};

/// What is under TLS. On the heap, and only once something is: most of a session's life is idle.
#[derive(Debug, Default)]
pub(super) struct Security(Option<Box<Secured>>);

#[derive(Debug)]
struct Secured {
    control: Control,
    /// PBSZ was said, without which PROT is refused (RFC 2228 §3).
    has_buffer_size: bool,
    data: Protection,
    /// What the client has shown in the handshake.
    certificate: Option<Bytes>,
}

/// How the control connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Clear,
    Tls,
}

/// What the driver is doing to the control connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Securing {
    /// Bringing it under TLS before the greeting.
    Implicit,
    /// Bringing it under TLS behind 234.
    Explicit,
    /// Taking it out of TLS behind the reply to CCC.
    Clearing,
}

impl Security {
    /// Right after a handshake of the control connection.
    fn established(certificate: Option<Bytes>) -> Self {
        Self(Some(Box::new(Secured {
            control: Control::Tls,
            has_buffer_size: false,
            data: Protection::Clear,
            certificate,
        })))
    }

    pub(super) fn control(&self) -> Control {
        self.0
            .as_ref()
            .map_or(Control::Clear, |secured| secured.control)
    }

    pub(super) fn data(&self) -> Protection {
        self.0
            .as_ref()
            .map_or(Protection::Clear, |secured| secured.data)
    }

    pub(super) fn certificate(&self) -> Option<&Bytes> {
        self.0.as_ref()?.certificate.as_ref()
    }

    /// The certificate, if it may stand for a password.
    pub(super) fn certificate_for_login(&self, config: &ServerConfig) -> Option<Bytes> {
        match config.tls.certificate_login {
            CertificateLogin::Alone => self.certificate().cloned(),
            CertificateLogin::Beside => None,
        }
    }

    /// What PBSZ and PROT set: REIN resets it (RFC 4217 §11). The control connection stays under
    /// TLS, although the RFC has it fall back to clear: the next user's password is at stake.
    pub(super) fn forget_data(&mut self) {
        if let Some(secured) = &mut self.0 {
            secured.has_buffer_size = false;
            secured.data = Protection::Clear;
        }
    }

    /// A line of STAT.
    pub(super) fn status(&self) -> Option<&'static str> {
        match (self.control(), self.data()) {
            (Control::Clear, Protection::Clear) => None,
            (Control::Clear, Protection::Private) => Some(" TLS on data connections\n"),
            (Control::Tls, Protection::Clear) => Some(" TLS on the control connection\n"),
            (Control::Tls, Protection::Private) => Some(" TLS on both connections\n"),
        }
    }
}

impl ServerSession {
    /// AUTH. TLS-C, SSL and TLS are one: what they once said about data connections, PROT says now
    /// (RFC 4217 §4, §17).
    pub(super) fn authenticate_connection(&mut self, mechanism: &Argument) {
        const MECHANISMS: [&[u8]; 3] = [b"TLS", b"TLS-C", b"SSL"];
        let mechanism = mechanism.as_bytes().trim_ascii();
        if !MECHANISMS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(mechanism))
        {
            return self.reply::<504>("AUTH knows TLS only.");
        }
        match (self.security.control(), self.config.tls.offer) {
            (Control::Tls, _) => self.reply::<503>("The control connection is under TLS already."),
            (Control::Clear, TlsOffer::Never | TlsOffer::Forbidden) => {
                self.reply::<534>("TLS is switched off here.");
            }
            (Control::Clear, TlsOffer::Unavailable) => {
                self.reply::<431>("TLS is not to be had now; try again later.");
            }
            (Control::Clear, TlsOffer::Offered) => {
                self.close_channel();
                self.reply::<234>("Begin the TLS handshake.");
                self.outbox.action(Action::StartTls);
                self.enter(Work::Securing(Securing::Explicit));
            }
        }
    }

    /// PBSZ: under TLS the size is always 0 (RFC 4217 §8).
    pub(super) fn protection_buffer_size(&mut self) {
        match self.secured_now() {
            None => self.reply::<503>("Say AUTH TLS first."),
            Some(secured) => {
                secured.has_buffer_size = true;
                self.reply::<200>("PBSZ=0");
            }
        }
    }

    /// PROT.
    pub(super) fn protection_level(&mut self, level: ProtectionLevel) {
        let requires_protection = self.requires_data_protection();
        let Some(secured) = self.secured_now() else {
            return self.reply::<503>("Say AUTH TLS first.");
        };
        if !secured.has_buffer_size {
            return self.reply::<503>("Say PBSZ 0 first.");
        }
        match level {
            ProtectionLevel::Safe | ProtectionLevel::Confidential => {
                self.reply::<536>("TLS has the levels C and P only.");
            }
            ProtectionLevel::Clear if requires_protection => {
                self.reply::<534>("Data connections must be under TLS here.");
            }
            ProtectionLevel::Clear => {
                secured.data = Protection::Clear;
                self.reply::<200>("Data connections are in clear.");
            }
            ProtectionLevel::Private => {
                secured.data = Protection::Private;
                self.reply::<200>("Data connections are under TLS.");
            }
        }
    }

    /// CCC.
    pub(super) fn clear_control(&mut self) {
        match (self.security.control(), self.config.tls.clear_control) {
            (Control::Clear, _) => self.reply::<533>("The control connection is in clear."),
            (Control::Tls, ClearControl::Refused) => {
                self.reply::<534>("The control connection stays under TLS.");
            }
            (Control::Tls, ClearControl::Allowed) => {
                self.reply::<200>("The control connection goes on in clear.");
                self.outbox.action(Action::StopTls);
                self.enter(Work::Securing(Securing::Clearing));
            }
        }
    }

    /// The handshake is done. What was said in clear is forgotten: it may have been anybody's.
    pub(super) fn secured(&mut self, info: TlsInfo) {
        let Work::Securing(how @ (Securing::Implicit | Securing::Explicit)) = self.work else {
            return;
        };
        if self.is_spoilt() || self.outbox.has_action() {
            return;
        }
        self.reinitialize();
        self.security = Security::established(info.certificate);
        self.first_bytes = FirstBytes::Awaited;
        self.become_ready();
        if how == Securing::Implicit {
            self.greet();
        }
    }

    /// TLS has ended behind CCC. PROT stays as it is (RFC 4217 §12.3), and so does the login.
    pub(super) fn cleared(&mut self) {
        let is_clearing = matches!(self.work, Work::Securing(Securing::Clearing));
        if is_clearing && !self.is_spoilt() && !self.outbox.has_action() {
            if let Some(secured) = &mut self.security.0 {
                secured.control = Control::Clear;
            }
            self.become_ready();
        }
    }

    /// Whether bytes came behind AUTH, or behind CCC, before the client could know that they
    /// belong inside or outside TLS (CVE-2011-0411 and its kin).
    pub(super) fn is_spoilt(&self) -> bool {
        matches!(self.work, Work::Securing(_)) && self.lines.has_more()
    }

    pub(super) fn securing_failed(&mut self) {
        if matches!(self.work, Work::Securing(_)) && !self.outbox.has_action() {
            self.close(CloseReason::TlsFailed);
        }
    }

    /// Whether this user may not log in because the control connection is in clear.
    pub(super) fn lacks_control_protection(&self, user: &[u8]) -> bool {
        self.security.control() == Control::Clear && self.required(Some(user)).control()
    }

    /// Whether nothing may be transferred because data connections are in clear.
    pub(super) fn lacks_data_protection(&self) -> bool {
        self.security.data() == Protection::Clear && self.requires_data_protection()
    }

    /// Whether there is anything to be said about TLS.
    pub(super) fn knows_tls(&self) -> bool {
        self.config.tls.offer != TlsOffer::Never
    }

    pub(super) fn offers_auth(&self) -> bool {
        self.config.tls.offer == TlsOffer::Offered
    }

    pub(super) fn offers_protection(&self) -> bool {
        self.offers_auth() || self.security.control() == Control::Tls
    }

    pub(super) fn offers_clear_control(&self) -> bool {
        self.offers_protection() && self.config.tls.clear_control == ClearControl::Allowed
    }

    /// What is under TLS, if the control connection is.
    fn secured_now(&mut self) -> Option<&mut Secured> {
        let secured = self.security.0.as_deref_mut();
        secured.filter(|secured| secured.control == Control::Tls)
    }

    fn requires_data_protection(&self) -> bool {
        self.required(self.access.user()).data()
    }

    /// What this user must protect; before a login, what nobody is spared.
    fn required(&self, user: Option<&[u8]>) -> TlsRequired {
        let policy = &self.config.tls;
        match user {
            Some(user) if is_anonymous(user) => policy.required_for_anonymous,
            Some(_) => policy.required,
            None if policy.required.data() && policy.required_for_anonymous.data() => {
                TlsRequired::Data
            }
            None => TlsRequired::Nothing,
        }
    }
}

/// The names of RFC 1635, and its custom.
fn is_anonymous(user: &[u8]) -> bool {
    user.eq_ignore_ascii_case(b"anonymous") || user.eq_ignore_ascii_case(b"ftp")
}
