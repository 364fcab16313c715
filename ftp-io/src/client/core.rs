//! What a client's driver is besides its sockets: the session, its clock, and who waits for what.

use std::io;
use std::task::Waker;
use std::time::Duration;

use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Outcome};
use ftp_proto::codec::reply::Reply;
use ftp_proto::{
    ControlAddresses, Dialogue, Direction, Instant, OpId, Protection, ProtocolError, UsageError,
    Wait,
};

use super::canceller::Canceller;
use super::trace::{Asking, Trace};
use super::{ClientOptions, Error, Notice};
use crate::channel::{ClientSide, Connection, Part, Secured};
use crate::mover::{After, Cover, Shaken};
use crate::mover::{End, Ends};
use crate::storage::{Sink, Source};

/// A session, and the one operation that the application waits for.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) session: ClientSession,
    pub(crate) options: ClientOptions,
    /// What TLS is begun with, where it is asked for.
    tls: Option<ClientSide>,
    /// Why the control connection could not be brought under TLS.
    handshake: Option<io::Error>,
    trace: Trace,
    clock: Clock,
    canceller: Canceller,
    /// How many cancellations have been heeded.
    cancelled: u64,
    /// One has come during the call that runs now.
    is_cancelled: bool,
    waiting: Waiting,
    greeting: Option<Reply>,
    has_started: bool,
    settled: Option<Result<Outcome, Error>>,
    /// What the file on this side said when it failed.
    failed: Option<io::Error>,
    /// The end of the session, if it was not an orderly one.
    fault: Option<ProtocolError>,
}

/// What the application waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    Greeting,
    Operation(OpId),
}

/// What the application gives an operation to work with.
pub(crate) trait Site {
    /// Where the bytes come from or go to.
    fn end(&mut self) -> Option<End<'_>>;

    /// Whether the application is to have its turn, though the operation has not ended.
    fn is_satisfied(&self, _has_started: bool) -> bool {
        false
    }

    /// So many bytes have crossed the data connection.
    fn moved(&mut self, _bytes: u64) {}
}

/// Nothing, for an operation that moves no bytes.
#[derive(Debug)]
pub(crate) struct Nothing;

impl Site for Nothing {
    fn end(&mut self) -> Option<End<'_>> {
        None
    }
}

/// A sink that the application has given.
pub(crate) struct ToSink<'a, S: ?Sized>(pub(crate) &'a mut S);

/// A source that the application has given.
pub(crate) struct FromSource<'a, S: ?Sized>(pub(crate) &'a mut S);

/// Also for one that cannot be sent to another thread, where there is only one.
macro_rules! given {
    ($($sink:ty, $source:ty;)*) => {$(
        impl Site for ToSink<'_, $sink> {
            fn end(&mut self) -> Option<End<'_>> {
                Some(End::Sink(&mut *self.0))
            }
        }

        impl Site for FromSource<'_, $source> {
            fn end(&mut self) -> Option<End<'_>> {
                Some(End::Source(&mut *self.0))
            }
        }
    )*};
}

given! {
    dyn Sink + '_, dyn Source + '_;
    dyn Sink + Send + '_, dyn Source + Send + '_;
}

impl Core {
    /// A session that waits for its server's greeting. The server's certificate is to be for
    /// `host`.
    ///
    /// # Errors
    ///
    /// [`Error::Tls`], where TLS is asked for.
    pub(crate) fn new(
        options: ClientOptions,
        host: Option<&str>,
        addresses: ControlAddresses,
    ) -> Result<Self, Error> {
        let tls = client_side(&options, host, &addresses)?;
        let mut config = ClientConfig::default();
        config.limits = options.limits;
        config.timeouts = options.timeouts;
        config.data = options.data;
        config.passive_host = options.passive_host;
        config.pipelining = options.pipelining;
        config.code_page = options.code_page;
        config.level = options.level;
        config.markers = options.markers;
        #[cfg(feature = "tls")]
        {
            config.tls = options.tls;
            config.auth_fallback = options.auth_fallback;
            config.protection = options.protection;
        }
        let trace = Trace::new(&addresses);
        if options.observer.is_some() || trace.hears_dialogue() {
            config.dialogue = Dialogue::Shown;
        }
        Ok(Self {
            session: ClientSession::new(config, addresses, Instant::default()),
            options,
            tls,
            handshake: None,
            trace,
            clock: Clock::default(),
            canceller: Canceller::new(),
            cancelled: 0,
            is_cancelled: false,
            waiting: Waiting::Greeting,
            greeting: None,
            has_started: false,
            settled: None,
            failed: None,
            fault: None,
        })
    }

    /// TLS for the control connection, to be begun.
    pub(crate) fn control_tls(&self) -> Option<Box<Connection>> {
        self.tls.as_ref()?.connection(Part::Control)
    }

    /// What a transfer's bytes go through.
    pub(crate) fn cover(&self, protection: Protection) -> Cover {
        match protection {
            Protection::Clear => Cover::Clear,
            Protection::Private => {
                let tls = self.tls.as_ref();
                let tls = tls.and_then(|tls| tls.connection(Part::Data));
                Cover::Tls(tls, After::Drain)
            }
        }
    }

    /// A handshake of the control connection, or TLS there, has come to its end.
    pub(crate) fn control_secured(&mut self, secured: Secured) {
        match secured {
            Secured::Established(summary) => self.notice(Notice::ControlSecured(summary)),
            Secured::Stopped => self.notice(Notice::ControlCleared),
            Secured::Failed(error) => self.handshake = Some(error),
        }
    }

    /// The handshake of a data connection is done, or has failed.
    pub(crate) fn data_shaken(&self, shaken: &Result<Shaken, io::Error>) {
        self.notice(match shaken {
            Ok(shaken) => Notice::DataSecured(shaken.summary),
            Err(error) => Notice::DataNotSecured(error),
        });
    }

    /// Begins an operation, the first of a call of the application.
    ///
    /// # Errors
    ///
    /// The session is over, or the call makes no sense; nothing was sent.
    pub(crate) fn begin(
        &mut self,
        ask: impl FnOnce(&mut Asking<'_>) -> Result<OpId, UsageError>,
    ) -> Result<(), Error> {
        self.cancelled = self.canceller.count();
        self.is_cancelled = false;
        self.begin_next(ask)
    }

    /// Begins a later operation of the same call, unless that was cancelled meanwhile.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin), and `Aborted`.
    pub(crate) fn begin_next(
        &mut self,
        ask: impl FnOnce(&mut Asking<'_>) -> Result<OpId, UsageError>,
    ) -> Result<(), Error> {
        // One that nobody waits for any more.
        self.abandon();
        if let Some(fault) = &self.fault {
            return Err(fault.clone().into());
        }
        if self.is_cancelled {
            return Err(ftp_proto::client::OperationError::Aborted.into());
        }
        let op = ask(&mut Asking {
            session: &mut self.session,
            trace: &mut self.trace,
        })?;
        self.waiting = Waiting::Operation(op);
        self.has_started = false;
        self.settled = None;
        self.failed = None;
        Ok(())
    }

    /// Nobody waits for the operation any more: it is aborted when the session is polled next.
    pub(crate) fn abandon(&mut self) {
        if let Waiting::Operation(op) = self.waiting
            && self.settled.is_none()
        {
            self.session.abort(op);
        }
        self.waiting = Waiting::Nothing;
        self.settled = None;
    }

    /// Whether an operation runs that nobody has been told the end of.
    pub(crate) fn is_running(&self) -> bool {
        self.waiting != Waiting::Nothing && self.settled.is_none()
    }

    /// Whether the end of an operation is still to be taken.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.waiting != Waiting::Nothing
    }

    /// The end of what was waited for, once.
    pub(crate) fn take_end(&mut self) -> Option<Result<Outcome, Error>> {
        let end = self.settled.take()?;
        self.waiting = Waiting::Nothing;
        Some(end)
    }

    /// What was waited for has failed, once; one that has succeeded is left to be taken.
    ///
    /// # Errors
    ///
    /// Its error.
    pub(crate) fn take_failure(&mut self) -> Result<(), Error> {
        match &self.settled {
            Some(Err(_)) => self.take_end().map_or(Ok(()), |end| end.map(|_| ())),
            _ => Ok(()),
        }
    }

    /// Whether there is nothing more to do for now: the end has come, or the application has what
    /// it asked for.
    pub(crate) fn is_enough(&mut self, site: &dyn Site) -> bool {
        // The server's greeting is not the end of it where TLS follows.
        if self.waiting == Waiting::Greeting
            && self.session.is_ready()
            && let Some(reply) = self.greeting.take()
        {
            self.settled = Some(Ok(Outcome::Reply(reply)));
        }
        self.settled.is_some()
            || self.waiting == Waiting::Nothing
            || site.is_satisfied(self.has_started)
    }

    /// Takes what the session tells.
    pub(crate) fn tell(&mut self, event: ClientEvent) {
        self.trace.event(&event);
        match event {
            ClientEvent::Sent(line) => self.notice(Notice::Sent(&line)),
            ClientEvent::Received(reply) => self.notice(Notice::Received(&reply)),
            ClientEvent::Greeting(reply) if self.waiting == Waiting::Greeting => {
                self.greeting = Some(reply);
            }
            ClientEvent::NotSecured(_) => self.notice(Notice::NotSecured),
            ClientEvent::Marker { text, position, .. } => self.notice(Notice::Marker {
                text: &text,
                position,
            }),
            ClientEvent::Started { op, .. } if self.waiting == Waiting::Operation(op) => {
                self.has_started = true;
            }
            ClientEvent::Done { op, result } if self.waiting == Waiting::Operation(op) => {
                self.settled = Some(match (result, self.failed.take()) {
                    (Err(_), Some(error)) => Err(Error::Local(error)),
                    (result, _) => result.map_err(Error::Operation),
                });
            }
            _ => {}
        }
    }

    /// The session is over, and so is all that runs.
    pub(crate) fn fail(&mut self, error: ProtocolError) {
        self.trace.failed(&error);
        if self.is_running() {
            self.settled = Some(Err(match (&error, self.handshake.take()) {
                (ProtocolError::TlsFailed, Some(cause)) => Error::Handshake(cause),
                _ => error.clone().into(),
            }));
        }
        self.fault = Some(error);
    }

    /// What a data connection works with: the session, and the application's end of the transfer.
    pub(crate) fn parts<'a, S: Site + ?Sized>(
        &'a mut self,
        site: &'a mut S,
    ) -> (&'a mut ClientSession, Local<'a, S>) {
        let op = match self.waiting {
            Waiting::Operation(op) => Some(op),
            _ => None,
        };
        let local = Local {
            site,
            op,
            failed: &mut self.failed,
        };
        (&mut self.session, local)
    }

    pub(crate) fn notice(&self, notice: Notice<'_>) {
        self.trace.notice(&notice);
        if let Some(observer) = &self.options.observer {
            observer.tell(notice);
        }
    }

    /// Heeds a cancellation, if there is one.
    pub(crate) fn heed_cancellation(&mut self) {
        let count = self.canceller.count();
        if count == self.cancelled {
            return;
        }
        self.cancelled = count;
        self.is_cancelled = true;
        if let Waiting::Operation(op) = self.waiting {
            self.session.abort(op);
        }
    }

    /// Who is woken by a cancellation.
    pub(crate) fn watch_cancellation(&self, waker: &Waker) {
        self.canceller.watch(waker);
    }

    pub(crate) fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// The application waits, from this moment of the driver's clock on.
    pub(crate) fn resume(&mut self, elapsed: Duration) {
        self.clock.resume(elapsed);
    }

    /// The application does something else.
    pub(crate) fn rest(&mut self, elapsed: Duration) {
        self.clock.rest(elapsed);
    }

    /// The session's time.
    pub(crate) fn now(&self, elapsed: Duration) -> Instant {
        self.clock.now(elapsed)
    }

    /// The moment of the driver's clock at which the session is to be polled again.
    pub(crate) fn due(&self, wait: &Wait) -> Option<Duration> {
        let after = wait.deadline?.saturating_since(Instant::default());
        Some(after.saturating_add(self.clock.stood))
    }
}

/// TLS, where it is asked for.
#[cfg(feature = "tls")]
fn client_side(
    options: &ClientOptions,
    host: Option<&str>,
    addresses: &ControlAddresses,
) -> Result<Option<ClientSide>, Error> {
    if options.tls == ftp_proto::client::Tls::Off {
        return Ok(None);
    }
    let tls = match &options.tls_config {
        Some(tls) => tls.clone(),
        None => crate::tls::ClientTls::system()?,
    };
    let address = addresses.peer.ip().to_string();
    Ok(Some(ClientSide::new(
        &tls,
        options.server_name.as_deref().or(host).unwrap_or(&address),
    )?))
}

#[cfg(not(feature = "tls"))]
fn client_side(
    _: &ClientOptions,
    _: Option<&str>,
    _: &ControlAddresses,
) -> Result<Option<ClientSide>, Error> {
    Ok(None)
}

/// The application's end of a transfer, as a data connection asks for it.
pub(crate) struct Local<'a, S: ?Sized> {
    site: &'a mut S,
    op: Option<OpId>,
    failed: &'a mut Option<io::Error>,
}

impl<S: Site + ?Sized> Ends for Local<'_, S> {
    fn end(&mut self, op: OpId) -> Option<End<'_>> {
        // Nobody gives or takes the bytes of an operation that was abandoned.
        self.site.end().filter(|_| self.op == Some(op))
    }

    fn ended(&mut self, _: Direction, error: Option<&io::Error>) {
        *self.failed = error.map(again);
    }
}

/// The session's time. It stands while the application does something else: a peer must not be
/// called silent that nobody has listened to.
#[derive(Debug, Default)]
struct Clock {
    stood: Duration,
    resting_since: Option<Duration>,
}

impl Clock {
    fn resume(&mut self, elapsed: Duration) {
        if let Some(since) = self.resting_since.take() {
            self.stood += elapsed.saturating_sub(since);
        }
    }

    fn rest(&mut self, elapsed: Duration) {
        self.resting_since.get_or_insert(elapsed);
    }

    fn now(&self, elapsed: Duration) -> Instant {
        let elapsed = self.resting_since.unwrap_or(elapsed);
        Instant::default() + elapsed.saturating_sub(self.stood)
    }
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_clock_stands_while_nobody_waits() {
        let mut clock = Clock::default();
        assert_eq!(clock.now(SECOND), Instant::from_micros(1_000_000));
        clock.rest(2 * SECOND);
        clock.rest(3 * SECOND);
        assert_eq!(clock.now(100 * SECOND), Instant::from_micros(2_000_000));
        clock.resume(100 * SECOND);
        clock.resume(100 * SECOND);
        assert_eq!(clock.now(101 * SECOND), Instant::from_micros(3_000_000));
        clock.rest(102 * SECOND);
        clock.resume(200 * SECOND);
        assert_eq!(clock.now(200 * SECOND), Instant::from_micros(4_000_000));
    }
}
