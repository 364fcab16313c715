//! What is tried, and what is seen: nothing here says why.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ftp_io::blocking::Client;
use ftp_io::client::{ClientOptions, Error, FtpUrl, Notice, Observer, Route, Scheme, TlsSummary};
use ftp_io::storage::Writer;
use ftp_io::tls::{ClientTls, HandshakeFailure};
use ftp_proto::client::{Attempt, AttemptFailure, DataPolicy, Listing, Login, OperationError, Way};
use ftp_proto::codec::address::{read_227, read_eprt, read_port};
use ftp_proto::codec::reply::Reply;
use ftp_proto::{DataEnding, DataFailure, DataMode, Family, Handshake, ProtocolError, Step};

use super::Doctor;
use crate::connection::{self, EscapeAsciiText, reply_lines};
use crate::fault::{Exit, Fault};
use crate::login::Secrets;

/// A server, and how it is visited.
pub(super) struct Patient {
    pub(super) url: FtpUrl,
    pub(super) options: ClientOptions,
    login: Login,
    verbose: bool,
}

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Examination {
    /// The control connection's ends, once there was one.
    pub(super) server: Option<SocketAddr>,
    pub(super) client: Option<SocketAddr>,
    /// How the control connection is protected.
    pub(super) tls: Option<TlsSummary>,
    /// From the first look-up to the end of the first login.
    pub(super) login_took: Duration,
    /// What kept every way from being tried.
    pub(super) trouble: Option<ControlTrouble>,
    pub(super) tries: Vec<Try>,
}

/// What kept the control connection from being of use.
#[derive(Debug)]
pub(super) struct ControlTrouble {
    pub(super) step: ControlStep,
    pub(super) said: String,
}

/// Where it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ControlStep {
    /// The name has no address.
    Name,
    /// Connecting was refused.
    Rejected,
    /// Connecting met silence.
    Dropped,
    /// Connecting failed in another way.
    Unreachable,
    /// The server's first word was a refusal.
    Greeting,
    /// The server refused TLS, in reply to this command.
    TlsRefused(&'static str),
    /// The TLS handshake failed; without a failure, nothing came of it in time.
    Handshake(Option<HandshakeFailure>),
    /// The login was refused.
    Login,
    /// The server fell silent, went away, or cannot be understood.
    Session,
}

/// One listing in one way.
#[derive(Debug)]
pub(super) struct Try {
    pub(super) way: Way,
    pub(super) outcome: Outcome,
    /// From the first command after the login to the end of the listing, or of the hope for it.
    pub(super) took: Duration,
    /// What PASV's reply, PORT or EPRT tells.
    pub(super) told: Option<SocketAddr>,
    /// The data connection.
    pub(super) route: Option<Route>,
    /// How the data connection is protected, or why that failed.
    pub(super) tls: Option<Result<TlsSummary, HandshakeFailure>>,
    /// That failure in words.
    pub(super) handshake: Option<String>,
    /// The server's word, or the client's.
    pub(super) said: Option<String>,
}

/// What came of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The listing came.
    Works,
    /// The command cannot tell an address of this family.
    Impossible,
    /// The server refused the command, with this code.
    Refused(u16),
    /// The reply tells no address.
    Unreadable,
    /// Passive: this machine was told at once that nobody listens.
    Rejected,
    /// Passive: this machine heard nothing.
    Dropped,
    /// Passive: there is no way to the address.
    Unreachable,
    /// Passive: this machine connected, and the server says that it did not (425).
    NotTaken,
    /// Active: the server says that it could not connect (425).
    CouldNotConnect,
    /// Active: nobody connected.
    NobodyCame,
    /// Active: this machine had no port to listen at.
    NoPort,
    /// The TLS handshake on the data connection failed.
    NotSecured,
    /// The data connection did not resume the control connection's TLS session, and the server
    /// refused the listing with this code.
    NotResumed(u16),
    /// The data connection came about, and the listing was refused or broke off.
    NoListing,
    /// The listing was refused before there was a data connection.
    ListingRefused,
    /// The session ended.
    Broken,
}

impl Patient {
    pub(super) fn new(job: &Doctor, verbose: bool) -> Result<Self, Fault> {
        let mut options = ClientOptions {
            connect_timeout: job.open_timeout,
            active_ports: job.active_ports,
            active_address: job.active_address,
            ..ClientOptions::default()
        };
        options.timeouts.data_open = job.open_timeout;
        options.timeouts.handshake = job.open_timeout;
        if job.url.scheme != Scheme::Ftp {
            options.tls_config = Some(match connection::tls(&job.tls)? {
                Some(tls) => tls,
                None => ClientTls::system().map_err(Error::from)?,
            });
        }
        Ok(Self {
            url: job.url.clone(),
            options: job.url.options(options)?,
            login: Secrets::new(&job.login)?.login(&job.url)?,
            verbose,
        })
    }

    /// Tries every way, one after the other, each in a session of its own: what one leaves behind
    /// is not to be taken for a trait of the next.
    pub(super) fn examine(
        &self,
        seen: &mut Examination,
        mut progress: impl FnMut(&Try) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        for way in WAYS {
            let trace = Trace::default();
            let begun = Instant::now();
            let tried = match self.enter(way, &trace) {
                Ok(client) => {
                    seen.tls = trace.lock().control;
                    let at = client.addresses();
                    if seen.server.is_none() {
                        seen.login_took = begun.elapsed();
                    }
                    (seen.client, seen.server) = (Some(at.local), Some(at.peer));
                    self.attempt(way, client, &trace)
                }
                // The first one tells what holds for all.
                Err(trouble) if seen.tries.is_empty() => {
                    seen.trouble = Some(trouble);
                    return Ok(());
                }
                Err(trouble) => Try {
                    way,
                    outcome: Outcome::Broken,
                    took: begun.elapsed(),
                    told: None,
                    route: None,
                    tls: None,
                    handshake: None,
                    said: Some(trouble.said),
                },
            };
            progress(&tried)?;
            seen.tries.push(tried);
        }
        Ok(())
    }

    fn enter(&self, way: Way, trace: &Trace) -> Result<Client, ControlTrouble> {
        let mut options = self.options.clone();
        options.data = DataPolicy::Only(way);
        options.observer = Some(trace.observer(self.verbose));
        let mut client = Client::connect(&self.url.host, self.url.port, options)
            .map_err(|error| ControlTrouble::new(&error, ControlStep::Session, trace))?;
        client
            .login(self.login.clone())
            .map_err(|error| ControlTrouble::new(&error, ControlStep::Login, trace))?;
        Ok(client)
    }

    fn attempt(&self, way: Way, mut client: Client, trace: &Trace) -> Try {
        let family = Family::of(client.addresses().peer.ip());
        let is_narrow = matches!(way, Way::Pasv | Way::Port);
        if is_narrow && family == Family::V6 {
            leave(client);
            return Try {
                way,
                outcome: Outcome::Impossible,
                took: Duration::ZERO,
                told: None,
                route: None,
                tls: None,
                handshake: None,
                said: None,
            };
        }
        let begun = Instant::now();
        let listed = self.list(&mut client);
        let took = begun.elapsed();
        let seen = trace.lock();
        let outcome = match &listed {
            Ok(()) => Outcome::Works,
            Err(error) => outcome(way, error, &seen),
        };
        let tried = Try {
            way,
            outcome,
            took,
            told: seen.told,
            route: seen.route,
            tls: seen.tls.clone(),
            handshake: seen.handshake.clone(),
            said: listed.err().map(|error| sentence(&error)),
        };
        drop(seen);
        if outcome != Outcome::Broken {
            leave(client);
        }
        tried
    }

    fn list(&self, client: &mut Client) -> Result<(), Error> {
        if let Some(path) = &self.url.path {
            client.change_directory(path)?;
        }
        // What the directory holds is of no interest.
        let mut nowhere = Writer(std::io::sink());
        client.list_to(Listing::new(None), &mut nowhere).map(drop)
    }
}

/// Says goodbye, whatever the answer.
fn leave(client: Client) {
    let _ = client.quit();
}

/// What an error says of a way.
fn outcome(way: Way, error: &Error, seen: &Seen) -> Outcome {
    let Error::Operation(error) = error else {
        // A server that connects for longer than anybody waits answers nothing meanwhile.
        let gave_up = seen.aborted && seen.route.is_none() && way.mode() == DataMode::Active;
        return match gave_up {
            true => Outcome::NobodyCame,
            false => Outcome::Broken,
        };
    };
    let is_lost = |ending| matches!(ending, DataEnding::HandshakeFailed | DataEnding::Unproven);
    match (&seen.tls, error) {
        (Some(Err(_)), _) => return Outcome::NotSecured,
        (None, OperationError::DataLost { ending, .. }) if is_lost(*ending) => {
            return Outcome::NotSecured;
        }
        (Some(Ok(summary)), _) if summary.handshake == Handshake::Full => {
            if let Some(code) = refusal(error).filter(|code| matches!(code, 425 | 450 | 522)) {
                return Outcome::NotResumed(code);
            }
        }
        _ => {}
    }
    match error {
        OperationError::NoDataConnection(attempts) => match attempts.last() {
            Some(attempt) => attempted(attempt),
            None => Outcome::Broken,
        },
        _ if seen.route.is_some() => Outcome::NoListing,
        _ => Outcome::ListingRefused,
    }
}

/// The code with which the server refused.
fn refusal(error: &OperationError) -> Option<u16> {
    let reply = match error {
        OperationError::Failed { reply, .. } | OperationError::Refused(reply) => reply,
        OperationError::NoDataConnection(attempts) => match &attempts.last()?.failure {
            AttemptFailure::Refused(reply) | AttemptFailure::Server(reply) => reply,
            _ => return None,
        },
        _ => return None,
    };
    Some(reply.code().to_u16())
}

fn attempted(Attempt { way, failure, .. }: &Attempt) -> Outcome {
    let passive = way.mode() == DataMode::Passive;
    match failure {
        AttemptFailure::Refused(reply) => Outcome::Refused(reply.code().to_u16()),
        AttemptFailure::Unreadable(_) => Outcome::Unreadable,
        AttemptFailure::Connection(DataFailure::NoAddress) => Outcome::NoPort,
        AttemptFailure::Connection(DataFailure::Refused) => Outcome::Rejected,
        AttemptFailure::Connection(DataFailure::TimedOut) | AttemptFailure::TimedOut if passive => {
            Outcome::Dropped
        }
        AttemptFailure::Connection(DataFailure::TimedOut) | AttemptFailure::TimedOut => {
            Outcome::NobodyCame
        }
        AttemptFailure::Server(_) if passive => Outcome::NotTaken,
        AttemptFailure::Server(_) => Outcome::CouldNotConnect,
        AttemptFailure::Connection(_) if passive => Outcome::Unreachable,
        AttemptFailure::Connection(_) => Outcome::NoPort,
        _ => Outcome::Broken,
    }
}

/// An error's words, which hold what the server said.
fn sentence(error: &Error) -> String {
    let text = match error {
        Error::Operation(OperationError::NoDataConnection(attempts)) => match attempts.last() {
            Some(attempt) => attempt.failure.to_string(),
            None => error.to_string(),
        },
        _ => error.to_string(),
    };
    text.as_bytes().escape_ascii_text()
}

impl ControlTrouble {
    fn new(error: &Error, refused: ControlStep, trace: &Trace) -> Self {
        let step = match error {
            Error::Resolve { .. } => ControlStep::Name,
            Error::Connect { source, .. } => match source.kind() {
                std::io::ErrorKind::ConnectionRefused => ControlStep::Rejected,
                std::io::ErrorKind::TimedOut => ControlStep::Dropped,
                _ => ControlStep::Unreachable,
            },
            Error::Protocol(ProtocolError::Refused(_)) => ControlStep::Greeting,
            Error::Protocol(ProtocolError::TlsRefused(_)) => {
                ControlStep::TlsRefused(trace.lock().security)
            }
            Error::Protocol(ProtocolError::TimedOut(Step::Handshake)) => {
                ControlStep::Handshake(None)
            }
            Error::Handshake(source) => ControlStep::Handshake(Some(HandshakeFailure::of(source))),
            Error::Operation(_) => refused,
            _ => ControlStep::Session,
        };
        Self {
            step,
            said: sentence(error),
        }
    }

    pub(super) const fn exit(&self) -> Exit {
        match &self.step {
            ControlStep::Name
            | ControlStep::Rejected
            | ControlStep::Dropped
            | ControlStep::Unreachable
            | ControlStep::Handshake(_) => Exit::NoConnection,
            ControlStep::Login => Exit::NoLogin,
            ControlStep::Greeting | ControlStep::TlsRefused(_) | ControlStep::Session => {
                Exit::Session
            }
        }
    }
}

/// What a session's dialogue shows.
#[derive(Clone, Debug, Default)]
struct Trace(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    told: Option<SocketAddr>,
    route: Option<Route>,
    control: Option<TlsSummary>,
    tls: Option<Result<TlsSummary, HandshakeFailure>>,
    handshake: Option<String>,
    /// The last command about protection.
    security: &'static str,
    aborted: bool,
}

impl Trace {
    fn observer(&self, verbose: bool) -> Observer {
        let trace = self.clone();
        Observer::new(move |notice| {
            match notice {
                Notice::Sent(line) if verbose => eprintln!("> {}", line.escape_ascii_text()),
                Notice::Received(reply) if verbose => {
                    for line in reply_lines(reply) {
                        eprintln!("< {line}");
                    }
                }
                _ => {}
            }
            trace.lock().note(notice);
        })
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn note(&mut self, notice: Notice<'_>) {
        match notice {
            Notice::Sent(line) => {
                if let Some(argument) = line.strip_prefix(b"PORT ") {
                    self.told = read_port(argument.trim_ascii_end()).ok().map(Into::into);
                } else if let Some(argument) = line.strip_prefix(b"EPRT ") {
                    self.told = read_eprt(argument.trim_ascii_end()).ok();
                }
                self.aborted |= line.starts_with(b"ABOR");
                for verb in ["AUTH", "PROT"] {
                    if line.starts_with(verb.as_bytes()) {
                        self.security = verb;
                    }
                }
            }
            Notice::Received(reply) if reply.code().to_u16() == 227 => {
                self.told = told(reply).or(self.told);
            }
            Notice::DataOpen(route) => (self.route, self.tls) = (Some(route), None),
            Notice::ControlSecured(summary) => self.control = Some(summary),
            Notice::DataSecured(summary) => self.tls = Some(Ok(summary)),
            Notice::DataNotSecured(error) => {
                self.tls = Some(Err(HandshakeFailure::of(error)));
                self.handshake = Some(error.to_string());
            }
            _ => {}
        }
    }
}

fn told(reply: &Reply) -> Option<SocketAddr> {
    let told = read_227(reply.last_line()).or_else(|_| read_227(reply.text()));
    told.ok().map(Into::into)
}

/// Whether an address can be reached from everywhere, as far as it shows (RFC 1918, RFC 6598).
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (b & 0xc0) == 64;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local())
        }
    }
}

const WAYS: [Way; 4] = [Way::Epsv, Way::Pasv, Way::Eprt, Way::Port];
