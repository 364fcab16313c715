//! Servers that are known to differ: one table, which a caller may replace.

/// What is different at a server.
///
/// ```
/// use ftp_proto::client::Quirks;
///
/// let quirks = Quirks::NONE.with_loose_endings().with_prelude("SITE UNLOCK");
/// assert!(quirks.loose_endings);
/// assert_eq!(quirks.prelude, Some("SITE UNLOCK"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quirks {
    /// A reply of several lines may end in another code than it began with, which then is its
    /// code. No server here is known to need it that could be told by its greeting: glFTPd does
    /// so in the middle of a session, depending on its scripts.
    pub loose_endings: bool,
    /// A command line that [`ClientSession::acquaint`](super::ClientSession::acquaint) sends, and
    /// whose reply does not matter.
    pub prelude: Option<&'static str>,
}

impl Quirks {
    /// Nothing is different.
    pub const NONE: Self = Self {
        loose_endings: false,
        prelude: None,
    };

    /// With [`loose_endings`](Self::loose_endings).
    #[must_use]
    pub const fn with_loose_endings(self) -> Self {
        Self {
            loose_endings: true,
            ..self
        }
    }

    /// With a [`prelude`](Self::prelude).
    #[must_use]
    pub const fn with_prelude(self, line: &'static str) -> Self {
        Self {
            prelude: Some(line),
            ..self
        }
    }

    /// Both; of two preludes this one's.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            loose_endings: self.loose_endings || other.loose_endings,
            prelude: self.prelude.or(other.prelude),
        }
    }

    /// What is different besides at a server that has said this.
    pub(super) fn learn(&mut self, known: &[KnownServer], sign: Sign<'_>) {
        for server in known.iter().filter(|server| server.sign.is_in(sign)) {
            *self = self.and(server.quirks);
        }
    }
}

/// A server that can be told by what it says.
///
/// ```
/// use ftp_proto::client::{ClientConfig, KnownServer, Quirks, Sign};
///
/// // A table of one's own, and what holds at every server.
/// static OURS: [KnownServer; 1] = [KnownServer {
///     sign: Sign::Greeting(b"warehouse 7"),
///     quirks: Quirks::NONE.with_prelude("SITE UNLOCK"),
///     source: "the warehouse's manual",
/// }];
/// let mut config = ClientConfig::default();
/// config.known_servers = &OURS;
/// config.quirks = Quirks::NONE.with_loose_endings();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownServer {
    /// What it says of itself.
    pub sign: Sign<'static>,
    /// What is different there.
    pub quirks: Quirks,
    /// Who found out.
    pub source: &'static str,
}

/// Words of a server, any case.
///
/// ```
/// use ftp_proto::client::{KNOWN_SERVERS, Sign};
///
/// assert!(KNOWN_SERVERS.iter().any(|server| server.sign == Sign::System(b"OS/400")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign<'a> {
    /// Of its greeting.
    Greeting(&'a [u8]),
    /// Of its reply to SYST, which only [`ClientSession::acquaint`](super::ClientSession::acquaint)
    /// asks for.
    System(&'a [u8]),
}

impl Sign<'_> {
    fn is_in(self, said: Sign<'_>) -> bool {
        let (words, text) = match (self, said) {
            (Self::Greeting(words), Sign::Greeting(text))
            | (Self::System(words), Sign::System(text)) => (words, text),
            _ => return false,
        };
        !words.is_empty()
            && text
                .windows(words.len())
                .any(|window| window.eq_ignore_ascii_case(words))
    }
}

/// The servers known here: what
/// [`ClientConfig::known_servers`](super::ClientConfig::known_servers) is by default.
///
/// ```
/// use ftp_proto::client::KNOWN_SERVERS;
///
/// for server in &KNOWN_SERVERS {
///     println!("{:?}: {:?} ({})", server.sign, server.quirks, server.source);
/// }
/// ```
pub static KNOWN_SERVERS: [KnownServer; 1] = [KnownServer {
    sign: Sign::System(b"OS/400"),
    // Names of the integrated file system, in place of LIBRARY/FILE.MEMBER.
    quirks: Quirks::NONE.with_prelude("SITE NAMEFMT 1"),
    source: "IBM i, File Transfer Protocol: NAMEFMT. curl and lftp do the same.",
}];
