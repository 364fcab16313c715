//! Every bound and every deadline of a session, with its default and the reason for it.

use core::time::Duration;

/// How much a peer may make a session hold. Nothing from the wire grows memory past these.
///
/// ```
/// use ftp_proto::Limits;
/// use ftp_proto::client::ClientConfig;
///
/// let mut config = ClientConfig::default();
/// assert_eq!(config.limits, Limits::default());
/// config.limits.line = 1_024;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes in one line, its end not counted. A command holds a path (4,096 bytes on Linux) and
    /// its verb; replies are shorter. Default 8,192.
    pub line: usize,
    /// Lines in one reply. A FEAT or HELP has some 50, a STAT of a directory may have many.
    /// Default 4,096.
    pub reply_lines: usize,
    /// Bytes in one reply. Default 262,144.
    pub reply_bytes: usize,
    /// Preliminary replies (1yz) to one command. RFC 959 §5.4 knows one or two; restart markers
    /// (110) bring more. Default 64.
    pub preliminary_replies: usize,
    /// Refused logins before a server closes the session. Default 3.
    pub login_tries: u32,
    /// Operations waiting in a client session. Default 65,536.
    pub queued_operations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 8_192,
            reply_lines: 4_096,
            reply_bytes: 262_144,
            preliminary_replies: 64,
            login_tries: 3,
            queued_operations: 65_536,
        }
    }
}

/// How long a session waits for what. A peer that goes silent at any step meets one of these.
///
/// A duration of [`Timeouts::NEVER`] switches a deadline off.
///
/// ```
/// use core::time::Duration;
/// use ftp_proto::Timeouts;
///
/// let mut timeouts = Timeouts::server();
/// assert_eq!(timeouts.idle, Duration::from_secs(300));
/// timeouts.idle = Timeouts::NEVER;
/// assert_eq!(Timeouts::client().stall, Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Client: from the start to the end of the server's greeting, and again after each 120. Some
    /// servers look up names or ask ident first. Default 60 s.
    pub greeting: Duration,
    /// Client: from a command to its reply, and between two preliminary replies. Default 60 s.
    pub reply: Duration,
    /// Client: from the end of the data to the final reply, as a server may hash or copy a large
    /// upload first; and from `CloseData` on a transfer that runs to the driver's word that it has
    /// ended. Data that still comes behind an early final reply has until `stall`. Default 120 s.
    pub final_reply: Duration,
    /// Both: until a data connection is open. A firewall that drops shows itself by this.
    /// Default 20 s at a client and 30 s at a server.
    pub data_open: Duration,
    /// Both: without a byte moved during a transfer; at a client, while its application is ready for
    /// one. Default 60 s at a client and 300 s at a server.
    pub stall: Duration,
    /// Client: from the start of a transfer between two servers, or the last reply during it, to its
    /// end. Nothing is heard of its bytes here. Default one hour.
    pub relay: Duration,
    /// Client: from ABOR to the first reply behind it, after which a NOOP finds out where the
    /// replies stand. Default 5 s.
    pub abort: Duration,
    /// Client: from the last command or reply during a transfer to a NOOP that keeps a firewall's
    /// state of the control connection alive. Default never.
    pub keep_alive: Duration,
    /// Server: from the start to a successful login. Default 60 s.
    pub login: Duration,
    /// Server: without a command, outside a transfer. RFC 1123 §4.1.3.2 asks for five minutes at
    /// least. Default 300 s.
    pub idle: Duration,
    /// Server: for the application's answer to a question. Default 60 s.
    pub answer: Duration,
    /// Server: added before the reply to each refused login, once for each refusal so far.
    /// Default 1 s.
    pub refused_login: Duration,
    /// Both: for writes that the peer does not take. Default 60 s.
    pub send: Duration,
    /// Both: for a TLS handshake, on the control connection and on a data connection, and for
    /// TLS to end on the control connection. Default 20 s.
    pub handshake: Duration,
    /// Client: for the server to close a data connection on which all has crossed, once the final
    /// reply is there too. Default 5 s.
    pub close: Duration,
}

impl Timeouts {
    /// A deadline that never comes.
    pub const NEVER: Duration = Duration::MAX;

    /// The defaults of a client session.
    pub const fn client() -> Self {
        Self {
            greeting: Duration::from_secs(60),
            reply: Duration::from_secs(60),
            final_reply: Duration::from_secs(120),
            data_open: Duration::from_secs(20),
            stall: Duration::from_secs(60),
            relay: Duration::from_secs(3_600),
            abort: Duration::from_secs(5),
            keep_alive: Self::NEVER,
            login: Duration::from_secs(60),
            idle: Duration::from_secs(300),
            answer: Duration::from_secs(60),
            refused_login: Duration::from_secs(1),
            send: Duration::from_secs(60),
            handshake: Duration::from_secs(20),
            close: Duration::from_secs(5),
        }
    }

    /// The defaults of a server session.
    pub const fn server() -> Self {
        Self {
            data_open: Duration::from_secs(30),
            stall: Duration::from_secs(300),
            ..Self::client()
        }
    }
}
