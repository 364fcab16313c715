//! What a client tells through `tracing`: a span for each session, one in it for each transfer, and
//! events for what a log is read for. Nothing here ever sees a password.

use std::ops::{Deref, DerefMut};

use ftp_proto::client::{ClientSession, Listing, Login, Retrieve, Store, StoreAs};
use ftp_proto::{OpId, UsageError};

#[cfg(feature = "tracing")]
pub(crate) use on::Trace;

#[cfg(not(feature = "tracing"))]
pub(crate) use off::Trace;

/// A session that is asked for something, and what is told of that.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    pub(super) session: &'a mut ClientSession,
    pub(super) trace: &'a mut Trace,
}

impl Asking<'_> {
    pub(crate) fn login(&mut self, login: Login) -> Result<OpId, UsageError> {
        let user = login.user.clone();
        let op = self.session.login(login)?;
        self.trace.login(op, user);
        Ok(op)
    }

    pub(crate) fn retrieve(&mut self, retrieve: Retrieve) -> Result<OpId, UsageError> {
        let path = retrieve.path.clone();
        let op = self.session.retrieve(retrieve)?;
        self.trace.transfer(op, "Retrieve", Some(&path));
        Ok(op)
    }

    pub(crate) fn store(&mut self, store: Store) -> Result<OpId, UsageError> {
        let path = match &store.target {
            StoreAs::Whole(path) | StoreAs::At(path, _) | StoreAs::Append(path) => Some(path),
            StoreAs::Unique(path) => path.as_ref(),
        };
        let path = path.cloned();
        let op = self.session.store(store)?;
        self.trace.transfer(op, "Store", path.as_ref());
        Ok(op)
    }

    pub(crate) fn list(&mut self, listing: Listing) -> Result<OpId, UsageError> {
        let path = listing.path.clone();
        let op = self.session.list(listing)?;
        self.trace.transfer(op, "List", path.as_ref());
        Ok(op)
    }
}

impl Deref for Asking<'_> {
    type Target = ClientSession;

    fn deref(&self) -> &ClientSession {
        self.session
    }
}

impl DerefMut for Asking<'_> {
    fn deref_mut(&mut self) -> &mut ClientSession {
        self.session
    }
}

#[cfg(feature = "tracing")]
mod on {
    use std::fmt;

    use ftp_proto::client::{ClientEvent, OperationError, Outcome};
    use ftp_proto::codec::command::Argument;
    use ftp_proto::{ControlAddresses, OpId, ProtocolError};
    use tracing::field::{Empty, debug, display};
    use tracing::{Level, Span, debug, enabled, info, info_span, warn};

    use crate::client::{Notice, Route};

    /// The spans of one session.
    #[derive(Debug)]
    pub(crate) struct Trace {
        session: Span,
        /// What has not ended: one, and what was abandoned before it.
        running: Vec<(OpId, Running)>,
    }

    #[derive(Debug)]
    enum Running {
        Login(Argument),
        Transfer(Span),
    }

    impl Trace {
        pub(crate) fn new(control: &ControlAddresses) -> Self {
            let session = info_span!(
                "session",
                peer = %control.peer,
                local = %control.local,
                user = Empty,
            );
            Self {
                session,
                running: Vec::new(),
            }
        }

        /// Whether the dialogue is to be told.
        pub(crate) fn hears_dialogue(&self) -> bool {
            enabled!(Level::DEBUG)
        }

        pub(crate) fn login(&mut self, op: OpId, user: Argument) {
            self.running.push((op, Running::Login(user)));
        }

        pub(crate) fn transfer(&mut self, op: OpId, kind: &'static str, path: Option<&Argument>) {
            let span = info_span!(
                parent: &self.session,
                "transfer",
                kind,
                path = path.map(|path| display(Text(path.as_bytes()))),
                mode = Empty,
                bytes = Empty,
                outcome = Empty,
            );
            self.running.push((op, Running::Transfer(span)));
        }

        pub(crate) fn event(&mut self, event: &ClientEvent) {
            match event {
                ClientEvent::Sent(line) => {
                    debug!(parent: &self.session, command = %Text(line));
                }
                ClientEvent::Received(reply) => {
                    let code = reply.code().to_u16();
                    let text = Text(reply.last_line());
                    debug!(parent: &self.session, code, reply = %text);
                }
                ClientEvent::Done { op, result } => self.ended(*op, result),
                _ => {}
            }
        }

        pub(crate) fn notice(&self, notice: &Notice<'_>) {
            if let Notice::DataOpen(Route { mode, local, peer }) = notice
                && let Some((_, Running::Transfer(span))) = self.running.last()
            {
                span.record("mode", debug(mode));
                debug!(parent: span, %local, %peer, "data connection open");
            }
        }

        /// The session is over.
        pub(crate) fn failed(&mut self, error: &ProtocolError) {
            self.running.clear();
            warn!(parent: &self.session, %error, "session failed");
        }

        fn ended(&mut self, op: OpId, result: &Result<Outcome, OperationError>) {
            let Some(at) = self.running.iter().position(|(running, _)| *running == op) else {
                return;
            };
            match (self.running.remove(at).1, result) {
                (Running::Login(user), Ok(_)) => {
                    let user = Text(user.as_bytes());
                    self.session.record("user", display(&user));
                    info!(parent: &self.session, %user, "logged in");
                }
                (Running::Login(user), Err(error)) => {
                    let user = Text(user.as_bytes());
                    warn!(parent: &self.session, %user, %error, "login failed");
                }
                (Running::Transfer(span), Ok(outcome)) => {
                    if let Outcome::Transfer(transfer) = outcome {
                        span.record("bytes", transfer.bytes);
                    }
                    span.record("outcome", "Complete");
                    info!(parent: &span, "transfer ended");
                }
                (Running::Transfer(span), Err(error)) => {
                    span.record("outcome", display(error));
                    warn!(parent: &span, %error, "transfer failed");
                }
            }
        }
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
    use ftp_proto::client::ClientEvent;
    use ftp_proto::codec::command::Argument;
    use ftp_proto::{ControlAddresses, OpId, ProtocolError};

    use crate::client::Notice;

    /// Nobody listens.
    #[derive(Debug)]
    pub(crate) struct Trace;

    impl Trace {
        pub(crate) fn new(_: &ControlAddresses) -> Self {
            Self
        }

        pub(crate) fn hears_dialogue(&self) -> bool {
            false
        }

        pub(crate) fn login(&mut self, _: OpId, _: Argument) {}

        pub(crate) fn transfer(&mut self, _: OpId, _: &'static str, _: Option<&Argument>) {}

        pub(crate) fn event(&mut self, _: &ClientEvent) {}

        pub(crate) fn notice(&self, _: &Notice<'_>) {}

        pub(crate) fn failed(&mut self, _: &ProtocolError) {}
    }
}
