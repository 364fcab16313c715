//! What a client session is told before it starts.

use core::num::NonZeroU64;

use super::quirks::{KNOWN_SERVERS, KnownServer, Quirks};
use super::way::Way;
use crate::contract::Dialogue;
use crate::data::{CodePage, Level};
use crate::limits::{Limits, Timeouts};
use crate::protection::Protection;

/// The settings of a client session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Bounds on what the server may make the session hold.
    pub limits: Limits,
    /// Deadlines. Default [`Timeouts::client`].
    pub timeouts: Timeouts,
    /// Who opens the data connection. Default [`DataPolicy::Passive`].
    pub data: DataPolicy,
    /// What the host in a 227 reply counts for. Default [`PassiveHost::Peer`].
    pub passive_host: PassiveHost,
    /// How far commands run ahead of replies. Default [`Pipelining::Off`].
    pub pipelining: Pipelining,
    /// Whether the control connection is brought under TLS. Default [`Tls::Off`].
    pub tls: Tls,
    /// What is tried where AUTH TLS is refused. Default [`AuthFallback::None`].
    pub auth_fallback: AuthFallback,
    /// What PROT asks for data connections, once the control connection is under TLS. Default
    /// [`Protection::Private`].
    pub protection: Protection,
    /// What is different at this server, whatever it says of itself. Default nothing.
    pub quirks: Quirks,
    /// Servers that are known to differ. Default [`KNOWN_SERVERS`].
    pub known_servers: &'static [KnownServer],
    /// What TYPE E means. Default [`CodePage::Cp1047`].
    pub code_page: CodePage,
    /// How hard an upload in MODE Z is compressed. Default 6, as in zlib.
    pub level: Level,
    /// Uploads in MODE B and C: a restart marker each time that so many bytes of the file were
    /// sent, which the server answers by [`ClientEvent::Marker`](super::ClientEvent). Default
    /// `None`.
    pub markers: Option<NonZeroU64>,
    /// Whether events tell each command and reply. Default [`Dialogue::Silent`].
    pub dialogue: Dialogue,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeouts: Timeouts::client(),
            data: DataPolicy::default(),
            passive_host: PassiveHost::default(),
            pipelining: Pipelining::default(),
            tls: Tls::default(),
            auth_fallback: AuthFallback::default(),
            protection: Protection::Private,
            quirks: Quirks::NONE,
            known_servers: &KNOWN_SERVERS,
            code_page: CodePage::default(),
            level: Level::default(),
            markers: None,
            dialogue: Dialogue::default(),
        }
    }
}

/// Whether and how the control connection is brought under TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tls {
    /// It stays in clear.
    #[default]
    Off,
    /// By AUTH TLS; in clear where the server refuses that. Whoever sits on the way can have it
    /// refused.
    IfOffered,
    /// By AUTH TLS, before anything else is said (RFC 4217 §4); where that fails, so does the
    /// session. Data connections too, unless `ClientConfig::protection` says otherwise.
    Required,
    /// The server begins with TLS, on a port of its own (mostly 990).
    Implicit,
}

/// What is tried where AUTH TLS is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AuthFallback {
    /// Nothing.
    #[default]
    None,
    /// AUTH SSL: some servers from before RFC 4217 know no other word for the same.
    Ssl,
}

/// Who opens the data connection, and what is tried when it does not work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataPolicy {
    /// This side connects: EPSV, then PASV.
    #[default]
    Passive,
    /// The server connects: EPRT, then PORT.
    Active,
    /// Passive, and active when no passive data connection can be opened.
    Auto,
    /// This way and no other, to find out whether it works.
    Only(Way),
}

/// What the host in a 227 reply counts for. (229 has none: RFC 2428 §3.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PassiveHost {
    /// Nothing: connect to the control connection's peer. A server cannot send this client to
    /// another machine, and a server behind NAT that tells its private address works.
    #[default]
    Peer,
    /// The peer when the host told is a private address and the peer's is not; else what was told.
    PeerIfPrivate,
    /// Everything: connect where the server says, but to the peer for 0.0.0.0. Some load balancers
    /// need it.
    Trust,
}

/// How far commands run ahead of replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Pipelining {
    /// Each command waits for the reply to the one before.
    #[default]
    Off,
    /// A transfer's own commands (EPSV, REST, RETR) leave together, once an earlier transfer of
    /// the session has shown which way works. Saves one or two round trips for each.
    Within,
}
