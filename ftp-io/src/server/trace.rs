//! What the server tells through `tracing`: a span for each session, one in it for each transfer,
//! and events for what a log is read for. Nothing here ever sees a password.

#[cfg(feature = "tracing")]
pub(super) use on::{Trace, data_port_replaced, exposed, refused};
#[cfg(all(feature = "tracing", feature = "tls"))]
pub(super) use on::{certificates_changed, certificates_unusable};

#[cfg(not(feature = "tracing"))]
pub(super) use off::{Trace, data_port_replaced, exposed, refused};
#[cfg(all(not(feature = "tracing"), feature = "tls"))]
pub(super) use off::{certificates_changed, certificates_unusable};

#[cfg(feature = "tracing")]
mod on {
    use std::fmt;
    use std::io;
    use std::net::SocketAddr;
    use std::path::Path;

    use ftp_proto::codec::path::VirtualPath;
    use ftp_proto::server::{CloseReason, TransferKind, TransferOutcome};
    use ftp_proto::{ControlAddresses, DataMode};
    use tracing::field::{Empty, debug, display};
    use tracing::span::EnteredSpan;
    use tracing::{Span, debug, info, info_span, warn};

    use crate::channel::TlsSummary;
    use crate::server::admission::Limit;
    use crate::server::event::SessionId;
    use crate::server::users_file::Exposure;
    #[cfg(feature = "tls")]
    use crate::tls::{Fingerprint, TlsError};

    /// The spans of one session.
    #[derive(Debug)]
    pub(in crate::server) struct Trace {
        session: Span,
        transfer: Option<Box<Span>>,
    }

    impl Trace {
        pub(in crate::server) fn new(id: SessionId, control: &ControlAddresses) -> Self {
            Self {
                session: info_span!(
                    "session",
                    id = id.to_raw(),
                    peer = %control.peer,
                    local = %control.local,
                    user = Empty,
                ),
                transfer: None,
            }
        }

        /// Until the guard is dropped, all that happens belongs to the session.
        pub(in crate::server) fn enter(&self) -> EnteredSpan {
            self.session.clone().entered()
        }

        pub(in crate::server) fn logged_in(&self, user: &[u8]) {
            self.session.record("user", display(Text(user)));
            info!(parent: &self.session, user = %Text(user), "logged in");
        }

        pub(in crate::server) fn login_refused(&self, user: &[u8]) {
            warn!(parent: &self.session, user = %Text(user), "login refused");
        }

        pub(in crate::server) fn transfer_started(
            &mut self,
            kind: TransferKind,
            path: &VirtualPath,
            mode: DataMode,
        ) {
            let span = info_span!(
                parent: &self.session,
                "transfer",
                kind = ?kind,
                path = %path,
                mode = ?mode,
                bytes = Empty,
                outcome = Empty,
            );
            debug!(parent: &span, "transfer started");
            self.transfer = Some(Box::new(span));
        }

        pub(in crate::server) fn transfer_ended(&mut self, bytes: u64, outcome: TransferOutcome) {
            if let Some(span) = self.transfer.take() {
                span.record("bytes", bytes);
                span.record("outcome", debug(outcome));
                info!(parent: &*span, bytes, ?outcome, "transfer ended");
            }
        }

        /// A line of the dialogue in which secrets are `****`.
        pub(in crate::server) fn command(&self, line: &[u8]) {
            debug!(parent: &self.session, command = %Text(line));
        }

        pub(in crate::server) fn reply(&self, text: &[u8]) {
            debug!(parent: &self.session, reply = %Text(text));
        }

        pub(in crate::server) fn control_secured(&self, tls: &TlsSummary) {
            info!(parent: &self.session, %tls, "the control connection is under TLS");
        }

        pub(in crate::server) fn handshake_failed(&self, error: &io::Error) {
            warn!(parent: &self.session, %error, "the TLS handshake failed");
        }

        pub(in crate::server) fn data_secured(&self, tls: &TlsSummary, is_proven: bool) {
            let span = self.transfer.as_deref().unwrap_or(&self.session);
            match is_proven {
                true => debug!(parent: span, %tls, "the data connection is under TLS"),
                false => warn!(
                    parent: span,
                    %tls,
                    "the data connection does not resume the session's TLS: whose it is, is not proven"
                ),
            }
        }

        pub(in crate::server) fn ended(&self, reason: Option<CloseReason>) {
            match reason {
                Some(reason) => info!(parent: &self.session, ?reason, "session ended"),
                None => info!(parent: &self.session, "session ended with the server"),
            }
        }
    }

    pub(in crate::server) fn refused(peer: SocketAddr, limit: Limit) {
        warn!(%peer, %limit, "session refused");
    }

    pub(in crate::server) fn data_port_replaced(wanted: u16) {
        warn!(wanted, "the data port cannot be used, any other is");
    }

    pub(in crate::server) fn exposed(path: &Path, exposure: Exposure) {
        warn!(path = %path.display(), "{exposure}");
    }

    #[cfg(feature = "tls")]
    pub(in crate::server) fn certificates_changed(fingerprint: &Fingerprint) {
        info!(%fingerprint, "the certificates have changed");
    }

    #[cfg(feature = "tls")]
    pub(in crate::server) fn certificates_unusable(error: &TlsError) {
        warn!(%error, "the certificates have changed and cannot be used");
    }

    /// Bytes from the wire that no terminal obeys.
    struct Text<'a>(&'a [u8]);

    impl fmt::Display for Text<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.escape_ascii().fmt(f)
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use std::io;
    use std::net::SocketAddr;
    use std::path::Path;

    use ftp_proto::codec::path::VirtualPath;
    use ftp_proto::server::{CloseReason, TransferKind, TransferOutcome};
    use ftp_proto::{ControlAddresses, DataMode};

    use crate::channel::TlsSummary;
    use crate::server::admission::Limit;
    use crate::server::event::SessionId;
    use crate::server::users_file::Exposure;
    #[cfg(feature = "tls")]
    use crate::tls::{Fingerprint, TlsError};

    #[must_use]
    pub(in crate::server) struct Entered;

    /// Nobody listens.
    #[derive(Debug)]
    pub(in crate::server) struct Trace;

    impl Trace {
        pub(in crate::server) fn new(_: SessionId, _: &ControlAddresses) -> Self {
            Self
        }

        pub(in crate::server) fn enter(&self) -> Entered {
            Entered
        }

        pub(in crate::server) fn logged_in(&self, _: &[u8]) {}

        pub(in crate::server) fn login_refused(&self, _: &[u8]) {}

        pub(in crate::server) fn transfer_started(
            &mut self,
            _: TransferKind,
            _: &VirtualPath,
            _: DataMode,
        ) {
        }

        pub(in crate::server) fn transfer_ended(&mut self, _: u64, _: TransferOutcome) {}

        pub(in crate::server) fn command(&self, _: &[u8]) {}

        pub(in crate::server) fn reply(&self, _: &[u8]) {}

        pub(in crate::server) fn control_secured(&self, _: &TlsSummary) {}

        pub(in crate::server) fn handshake_failed(&self, _: &io::Error) {}

        pub(in crate::server) fn data_secured(&self, _: &TlsSummary, _: bool) {}

        pub(in crate::server) fn ended(&self, _: Option<CloseReason>) {}
    }

    pub(in crate::server) fn refused(_: SocketAddr, _: Limit) {}

    pub(in crate::server) fn data_port_replaced(_: u16) {}

    pub(in crate::server) fn exposed(_: &Path, _: Exposure) {}

    #[cfg(feature = "tls")]
    pub(in crate::server) fn certificates_changed(_: &Fingerprint) {}

    #[cfg(feature = "tls")]
    pub(in crate::server) fn certificates_unusable(_: &TlsError) {}
}
