//! The seam between a session and its driver: what a session asks for, and the names by which
//! the two speak of the same thing. The loop itself is described at the top of the crate.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use crate::data::Codec;
use crate::protection::Protection;

/// The next thing for the driver to do.
///
/// Bytes, actions and events leave a session through one queue, so that their order is right by
/// construction: a listener is bound before PORT names it, 221 is written before `Close`.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "an output that is not carried out is lost, and the session waits for it"]
pub enum Output<'a, E> {
    /// Write these bytes to the control connection, then call `sent` with how many were taken.
    /// The rest is offered again.
    Send(&'a [u8]),
    /// The same for one byte, as TCP urgent data where the socket can: the Data Mark of the Telnet
    /// Synch before ABOR (RFC 959 §4.1.3). Where it cannot, as `Send`.
    SendUrgent(&'a [u8]),
    /// Begin this, and tell the session how it went.
    Action(Action),
    /// Tell the application.
    Event(E),
    /// Nothing more for now: wait for input, for an answer, or until the deadline.
    Wait(Wait),
}

/// What a session waits for when it has nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How many bytes of the control connection will be taken now; 0 asks the driver not to read.
    pub read: usize,
    /// Whether bytes wait to be written: they were offered, and the control connection did not
    /// take them.
    pub write: bool,
    /// When to poll again, whatever happens until then.
    pub deadline: Option<Instant>,
}

/// Something for the driver to begin. It runs beside the loop, which goes on polling.
///
/// There is one data connection at a time: `ConnectData` and `ListenData` begin one, and
/// `CloseData` comes before the next. `ListenData`, `ConnectData`, `MoveData`, `StartTls` and
/// `StopTls` are answered; `AcceptData`, `CloseData` and `Close` are not.
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// Open the data connection by connecting: passive mode at a client, active mode at a server.
    /// Answered by `handle_data_connected` or `handle_data_failed`.
    ConnectData {
        /// The data connection.
        id: DataId,
        /// Which mode this is, for the driver's log.
        mode: DataMode,
        /// The local address to connect from, at a server: the one that its client knows, with the
        /// data port, or port 0 for any. A port that cannot be bound is replaced by any.
        local: Option<SocketAddr>,
        /// Where to connect to.
        to: SocketAddr,
    },
    /// Reserve an address to listen on: active mode at a client, passive mode at a server.
    /// Answered by `handle_data_listening` with the address that the peer must be told, or by
    /// `handle_data_failed`.
    ListenData {
        /// The data connection.
        id: DataId,
        /// Which mode this is: it selects the driver's port range.
        mode: DataMode,
        /// The local address to listen at, the control connection's own. Its port is 0: the driver
        /// picks one.
        local: SocketAddr,
        /// The only peer whose connection will be kept, for a driver that shares its listeners.
        from: Option<IpAddr>,
    },
    /// The connection is wanted now: accept at the reserved address, and ask
    /// `handle_data_accepted` about every connection that comes until it says `Keep`. A listener
    /// that fails is told with `handle_data_failed`; a connection that was gone before it could be
    /// accepted is no failure.
    AcceptData {
        /// The data connection.
        id: DataId,
    },
    /// Move the bytes between the data connection and the file or the application that `op`
    /// names, through `codec`, and tell `handle_data_progress` of them. Answered by exactly one
    /// `handle_data_ended`, also if it cannot begin ([`DataEnd::local`]), unless `CloseData` comes
    /// first.
    ///
    /// A client's session may say it a second time for an operation, on another data connection,
    /// when the server refused the first one's TLS: the bytes then begin anew.
    MoveData {
        /// The data connection.
        id: DataId,
        /// The operation (at a client) or the question that opened the file (at a server).
        op: OpId,
        /// Which way the bytes go.
        direction: Direction,
        /// `Private`: first shake hands, whatever there is to move, and say how it went with
        /// `handle_data_secured`. An upload ends with close_notify.
        protection: Protection,
        /// What the bytes pass through on their way.
        codec: Codec,
    },
    /// The last word on this id, exactly once, also after a clean end. What is still running ends
    /// here, and is not answered: a transfer counts as ended with the last progress told, and its
    /// file or application is not touched any more.
    CloseData {
        /// The data connection.
        id: DataId,
        /// How to part from the peer.
        how: Closing,
    },
    /// Begin a TLS handshake on the control connection: everything queued before was written.
    /// Bytes of it that were read in clear and not handed over yet go to `handle_input` first,
    /// which is then fatal. Answered by `handle_tls_established`, before any byte from inside TLS
    /// is handed over, or by `handle_tls_failed`.
    StartTls,
    /// End TLS on the control connection and go on in clear (RFC 4217 §12.3, CCC): send
    /// close_notify and wait for the peer's. Bytes from inside TLS that are still to be handed over
    /// go to `handle_input`, which is fatal, as the peer was to wait. Answered by
    /// `handle_tls_stopped` or `handle_tls_failed`.
    StopTls,
    /// Close the control connection, under TLS with close_notify. Nothing follows.
    Close,
}

/// A number that names something within one session.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $name {
            /// The first id of a session.
            pub(crate) const FIRST: Self = Self(1);

            /// The id after this one.
            pub(crate) const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }

            /// The id as a number, for a driver's tables and for other languages.
            pub const fn to_raw(self) -> u32 {
                self.0
            }

            /// The id that [`to_raw`](Self::to_raw) gave.
            pub const fn from_raw(raw: u32) -> Self {
                Self(raw)
            }
        }
    };
}

id! {
    /// One data connection of one session. An answer that names an earlier one is ignored.
    DataId
}

id! {
    /// One operation of a client session, or one question of a server session.
    OpId
}

/// Who opens the data connection, said of the server's part (RFC 959 §3.2).
///
/// ```
/// use ftp_proto::DataMode;
/// use ftp_proto::client::Way;
///
/// // PASV asks the server to listen.
/// assert_eq!(Way::Pasv.mode(), DataMode::Passive);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataMode {
    /// The client listens and the server connects (PORT, EPRT).
    Active,
    /// The server listens and the client connects (PASV, EPSV).
    Passive,
}

/// The network protocol of an address (RFC 2428 §2).
///
/// ```
/// use ftp_proto::Family;
///
/// assert_eq!(Family::of("::ffff:192.0.2.1".parse()?), Family::V4);
/// assert_eq!(Family::of("2001:db8::1".parse()?), Family::V6);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4, number 1.
    V4,
    /// IPv6, number 2.
    V6,
}

impl Family {
    /// The family of an address; an IPv4-mapped IPv6 address is of family V4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

/// Which way file bytes go, seen from this machine.
///
/// ```
/// use ftp_proto::Direction;
/// use ftp_proto::data::{Codec, CodecOptions, TransferParameters};
///
/// // What line ends become depends on it.
/// let text = |direction| Codec::new(direction, TransferParameters::DEFAULT, CodecOptions::default());
/// let mut target = [0; 2];
/// assert_eq!(text(Direction::Send)?.run(b"\n", &mut target, true)?.written, 2);
/// assert_eq!(text(Direction::Receive)?.run(b"\r\n", &mut target, true)?.written, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From here to the peer.
    Send,
    /// From the peer to here.
    Receive,
}

/// How to part from a data connection.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{Heard, at_server, replies};
/// use ftp_proto::server::{ServerConfig, ServerEvent, ServerSession};
/// use ftp_proto::{Action, Closing, DataMode};
///
/// # use ftp_proto::codec::path::VirtualPath;
/// # use ftp_proto::server::{Grant, Permissions, Request};
/// let mut session = ServerSession::new(ServerConfig::default().into(), at_server(), Default::default());
/// // An address that was reserved, and that nobody came to.
/// let mut closed = None;
/// replies(&mut session, "USER ada\r\nPASS secret\r\nEPSV\r\nQUIT\r\n", |session, heard| match heard {
///     Heard::Action(Action::ListenData { id, mode: DataMode::Passive, local, .. }) => {
///         session.handle_data_listening(id, (local.ip(), 50_000).into());
///     }
///     Heard::Action(Action::CloseData { how, .. }) => closed = Some(how),
/// #   Heard::Event(ServerEvent::Request(Request::Authenticate(ask, _))) => {
/// #       let (permissions, home) = (Permissions::READ_ONLY, VirtualPath::root());
/// #       session.answer(ask, Ok(Grant { permissions, home }));
/// #   }
///     _ => {}
/// });
/// assert_eq!(closed, Some(Closing::Orderly));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closing {
    /// An ordinary close: everything that was sent is whole.
    Orderly,
    /// Abort the connection (a zero linger time), so that the peer of an upload cut short cannot
    /// take what it has for the whole file.
    Reset,
}

/// What a driver is to do with a connection that came to a reserved address.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::at_server;
/// use ftp_proto::server::{ServerConfig, ServerSession};
/// use ftp_proto::{Accepted, DataId};
///
/// let mut session = ServerSession::new(ServerConfig::default().into(), at_server(), Default::default());
/// // Nobody was waited for.
/// let verdict = session.handle_data_accepted(DataId::from_raw(7), "192.0.2.7:40001".parse()?);
/// assert_eq!(verdict, Accepted::Drop);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Accepted {
    /// This is the data connection, and it is open: stop listening.
    Keep,
    /// A stranger, or a connection nobody wants any more: drop it and go on listening.
    Drop,
}

/// How the moving of bytes over a data connection ended.
///
/// ```
/// use ftp_proto::{DataEnd, DataEnding, LocalFailure};
///
/// assert_eq!(DataEnd::complete(5).ending, DataEnding::Complete);
/// assert_eq!(DataEnd::reset(5).ending, DataEnding::Reset);
/// assert_eq!(DataEnd::local(0).ending, DataEnding::Local(LocalFailure::Other));
/// let full = DataEnd {
///     bytes: 5,
///     ending: DataEnding::Local(LocalFailure::NoSpace),
/// };
/// assert_eq!(full.bytes, 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataEnd {
    /// Bytes that crossed the data connection.
    pub bytes: u64,
    /// In which way it ended.
    pub ending: DataEnding,
}

impl DataEnd {
    /// All bytes have crossed, and their end was in order.
    pub const fn complete(bytes: u64) -> Self {
        let ending = DataEnding::Complete;
        Self { bytes, ending }
    }

    /// The connection broke behind so many bytes.
    pub const fn reset(bytes: u64) -> Self {
        let ending = DataEnding::Reset;
        Self { bytes, ending }
    }

    /// The file or the application failed behind so many bytes, or there was none.
    pub const fn local(bytes: u64) -> Self {
        let ending = DataEnding::Local(LocalFailure::Other);
        Self { bytes, ending }
    }
}

/// In which way a data connection ended.
///
/// ```
/// use ftp_proto::DataEnding;
/// use ftp_proto::data::Fault;
///
/// // A file in MODE B that ended before its last block.
/// assert_eq!(DataEnding::from(Fault::Truncated), DataEnding::Reset);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataEnding {
    /// Receiving: the peer closed in order. Sending: all bytes are with the operating system and
    /// this side has closed its half.
    Complete,
    /// The connection was reset or broke.
    Reset,
    /// Receiving under TLS: the connection ended without close_notify, so that what came may be
    /// cut short.
    Truncated,
    /// The TLS handshake failed. Nothing was moved.
    HandshakeFailed,
    /// At a server that requires it: the handshake did not resume the control connection's
    /// session, so that whose connection this is cannot be told. Nothing was moved.
    Unproven,
    /// The file or the application failed on this side: it could not be read or written.
    Local(LocalFailure),
}

/// Why the file's side of a transfer failed.
///
/// ```
/// use ftp_proto::data::Fault;
/// use ftp_proto::{DataEnding, LocalFailure};
///
/// assert_eq!(DataEnding::from(Fault::Malformed), DataEnding::Local(LocalFailure::Other));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LocalFailure {
    /// There is no space left, or a quota is used up.
    NoSpace,
    /// Anything else.
    Other,
}

/// Why a data connection could not be opened.
///
/// ```
/// use ftp_proto::DataFailure;
/// use ftp_proto::client::AttemptFailure;
///
/// let failure = AttemptFailure::Connection(DataFailure::Unreachable);
/// assert_eq!(failure.to_string(), "the address cannot be reached");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataFailure {
    /// The peer answered that nobody listens there.
    Refused,
    /// There is no way to the address.
    Unreachable,
    /// Nothing came back in time.
    TimedOut,
    /// No local address or port was to be had.
    NoAddress,
    /// Anything else.
    Other,
}

/// Whether a session's events tell each command and each reply, for a log.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{Heard, at_server, replies};
/// use ftp_proto::Dialogue;
/// use ftp_proto::server::{ServerConfig, ServerEvent, ServerSession};
///
/// let mut config = ServerConfig::default();
/// config.dialogue = Dialogue::Shown;
/// let mut session = ServerSession::new(config.into(), at_server(), Default::default());
/// let mut commands = Vec::new();
/// replies(&mut session, "USER ada\r\nPASS secret\r\n", |_, heard| {
///     if let Heard::Event(ServerEvent::Command(line)) = heard {
///         commands.push(line);
///     }
/// });
/// assert_eq!(commands, ["USER ada", "PASS ****"]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialogue {
    /// They do not.
    #[default]
    Silent,
    /// They do, secrets as `****`.
    Shown,
}

/// The two ends of the control connection, as the operating system tells them.
///
/// ```
/// use ftp_proto::{ControlAddresses, Family};
///
/// let addresses = ControlAddresses::new(
///     "[::ffff:192.0.2.1]:21".parse()?,
///     "[::ffff:192.0.2.7]:40000".parse()?,
/// );
/// assert_eq!(addresses.local, "192.0.2.1:21".parse()?);
/// assert_eq!(addresses.family(), Family::V4);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ControlAddresses {
    /// This side.
    pub local: SocketAddr,
    /// The other side.
    pub peer: SocketAddr,
}

impl ControlAddresses {
    /// The two ends, with IPv4-mapped IPv6 addresses turned into IPv4 ones.
    pub fn new(local: SocketAddr, peer: SocketAddr) -> Self {
        let plain = |a: SocketAddr| match a.ip().to_canonical() {
            // A link-local IPv6 address keeps its scope.
            IpAddr::V6(_) => a,
            ip @ IpAddr::V4(_) => SocketAddr::new(ip, a.port()),
        };
        Self {
            local: plain(local),
            peer: plain(peer),
        }
    }

    /// This side's address with another port; a link-local one keeps its scope.
    pub(crate) fn local_at(&self, port: u16) -> SocketAddr {
        let mut at = self.local;
        at.set_port(port);
        at
    }

    /// The peer's address with another port; a link-local one keeps its scope.
    pub(crate) fn peer_at(&self, port: u16) -> SocketAddr {
        let mut at = self.peer;
        at.set_port(port);
        at
    }

    /// The family of the control connection.
    pub fn family(&self) -> Family {
        Family::of(self.peer.ip())
    }
}

/// A moment of monotonic time: microseconds since an epoch that the driver picks.
///
/// ```
/// use core::time::Duration;
/// use ftp_proto::Instant;
///
/// let start = Instant::from_micros(5);
/// let later = start + Duration::from_millis(1);
/// assert_eq!(later.as_micros(), 1_005);
/// assert_eq!(later.saturating_since(start), Duration::from_millis(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The moment this many microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this moment, zero if it lies ahead.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl core::ops::Add<Duration> for Instant {
    type Output = Self;

    /// A duration too long to count means the end of time.
    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}
