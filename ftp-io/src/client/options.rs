//! How a client connects.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::time::Duration;

#[cfg(feature = "tls")]
use ftp_proto::Protection;
#[cfg(feature = "tls")]
use ftp_proto::client::{AuthFallback, Tls};
use ftp_proto::client::{DataPolicy, PassiveHost, Pipelining};
use ftp_proto::data::{CodePage, Level};
use ftp_proto::{Limits, Timeouts};

use super::notice::Observer;
use crate::net::PortRange;
#[cfg(feature = "tls")]
use crate::tls::ClientTls;

/// Settings of a client connection.
///
/// ```
/// use ftp_io::client::ClientOptions;
/// use ftp_proto::client::DataPolicy;
///
/// let options = ClientOptions {
///     data: DataPolicy::Auto,
///     ..ClientOptions::default()
/// };
/// assert!(options.active_ports.is_none());
/// ```
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// How long making the control connection may take, over all the host's addresses, which are
    /// tried 250 ms apart (RFC 8305). Default 30 s.
    pub connect_timeout: Duration,
    /// The address of this machine to leave from; the operating system's choice if `None`.
    pub local_address: Option<IpAddr>,
    /// Deadlines of the session. They run only while a call of the client waits.
    pub timeouts: Timeouts,
    /// Bounds on what the server may make the session hold.
    pub limits: Limits,
    /// Who opens the data connection.
    pub data: DataPolicy,
    /// What the host in a 227 reply counts for.
    pub passive_host: PassiveHost,
    /// How far commands run ahead of replies.
    pub pipelining: Pipelining,
    /// What TYPE E means. Default [`CodePage::Cp1047`].
    pub code_page: CodePage,
    /// How hard uploads in MODE Z are compressed. Default 6, as in zlib.
    pub level: Level,
    /// Uploads in MODE B and C: a restart marker each time that so many bytes of the file were
    /// sent, which the server answers by [`Notice::Marker`](super::Notice). Default `None`.
    pub markers: Option<NonZeroU64>,
    /// Ports to listen on in active mode; any if `None`.
    pub active_ports: Option<PortRange>,
    /// The address told to the server in active mode, where it is not this machine's own (NAT).
    pub active_address: Option<IpAddr>,
    /// Whether the control connection is brought under TLS. Default [`Tls::Off`].
    #[cfg(feature = "tls")]
    pub tls: Tls,
    /// Whom to trust; the system's root certificates if `None`.
    #[cfg(feature = "tls")]
    pub tls_config: Option<ClientTls>,
    /// Whom the server's certificate must be for, if not the host that is connected to.
    #[cfg(feature = "tls")]
    pub server_name: Option<String>,
    /// What is tried where AUTH TLS is refused.
    #[cfg(feature = "tls")]
    pub auth_fallback: AuthFallback,
    /// What data connections are to be, once the control connection is under TLS. Default
    /// [`Protection::Private`].
    #[cfg(feature = "tls")]
    pub protection: Protection,
    /// Who hears of the dialogue, of data connections and of progress.
    pub observer: Option<Observer>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(30),
            local_address: None,
            timeouts: Timeouts::client(),
            limits: Limits::default(),
            data: DataPolicy::default(),
            passive_host: PassiveHost::default(),
            pipelining: Pipelining::default(),
            code_page: CodePage::default(),
            level: Level::default(),
            markers: None,
            active_ports: None,
            active_address: None,
            #[cfg(feature = "tls")]
            tls: Tls::Off,
            #[cfg(feature = "tls")]
            tls_config: None,
            #[cfg(feature = "tls")]
            server_name: None,
            #[cfg(feature = "tls")]
            auth_fallback: AuthFallback::None,
            #[cfg(feature = "tls")]
            protection: Protection::Private,
            observer: None,
        }
    }
}
