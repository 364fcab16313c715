//! What a server is made of, and how it behaves.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
#[cfg(feature = "tls")]
use ftp_proto::server::{CertificateLogin, ClearControl, TlsOffer, TlsRequired, TruncatedUploads};
use ftp_proto::server::{DataPort, ServerConfig, Transfers};
use ftp_proto::{ControlAddresses, Dialogue, Limits, Timeouts};

use super::admission::{Admission, Sessions};
use super::error::BindError;
use super::event::{Event, Listener};
use super::homes::Homes;
use super::leases::{KEPT, Leases};
use super::listening::Server;
use super::session::Start;
use super::stop::Stop;
use super::trace;
use super::users::{Authenticator, Users};
use crate::channel::ServerTls;
use crate::net::PortRange;
use crate::storage::Storage;

/// A server to be. Made by [`Server::builder`].
///
/// One that insists on TLS, and also takes clients that begin with it:
///
/// ```
/// use std::sync::Arc;
///
/// use ftp_io::Server;
/// use ftp_io::server::{CertificateLogin, ClearControl, TlsRequired, TruncatedUploads};
/// use ftp_io::storage::LocalDirectory;
/// use ftp_io::tls::ServerTls;
///
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
/// # let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
/// let tls = Arc::new(ServerTls::from_pem(certificate.as_bytes(), key.as_bytes())?);
/// # let directory = tempfile::tempdir()?;
/// let builder = Server::builder(Arc::new(LocalDirectory::open(directory.path())?))
///     .tls(Arc::clone(&tls))
///     .listen_on(([127, 0, 0, 1], 0).into())
///     .listen_implicit(([127, 0, 0, 1], 0).into())
///     .require_tls(TlsRequired::Both)
///     .require_tls_of_anonymous(TlsRequired::Nothing)
///     .clear_control(ClearControl::Refused)
///     .truncated_uploads(TruncatedUploads::Refused)
///     .certificate_login(CertificateLogin::Beside);
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let server = builder.bind().await?;
/// assert_eq!(server.local_addresses().len(), 2);
/// // Whenever the certificate has been renewed:
/// tls.reload()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Builder {
    storage: Arc<dyn Storage>,
    authenticator: Arc<dyn Authenticator>,
    addresses: Vec<(SocketAddr, Start)>,
    tls: Option<Arc<ServerTls>>,
    config: ServerConfig,
    passive_ports: Option<PortRange>,
    kept_listeners: usize,
    announced: Option<Ipv4Addr>,
    sessions: Sessions,
    listener: Listener,
}

/// What the sessions of a server share.
pub(super) struct Shared {
    pub(super) homes: Arc<Homes>,
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) config: Arc<ServerConfig>,
    pub(super) tls: Option<Arc<ServerTls>>,
    pub(super) leases: Arc<Leases>,
    announced: Option<Ipv4Addr>,
    pub(super) admission: Arc<Admission>,
    pub(super) listener: Listener,
    pub(super) stop: Arc<Stop>,
    has_told_data_port: AtomicBool,
}

impl Builder {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            authenticator: Arc::new(Users::new()),
            addresses: Vec::new(),
            tls: None,
            config: ServerConfig::default(),
            passive_ports: None,
            kept_listeners: KEPT,
            announced: None,
            sessions: Sessions::default(),
            listener: Listener::default(),
        }
    }

    /// Who may log in. By default nobody.
    #[must_use]
    pub fn users(self, users: Users) -> Self {
        self.authenticator(Arc::new(users))
    }

    /// Who decides about logins, in place of a table of users.
    #[must_use]
    pub fn authenticator(mut self, authenticator: Arc<dyn Authenticator>) -> Self {
        self.authenticator = authenticator;
        self
    }

    /// Listens at this address too. Port 0 picks one; an IPv6 address takes IPv6 only. By default
    /// one port of all addresses of both families is picked, as far as the machine has them.
    #[must_use]
    pub fn listen_on(mut self, address: SocketAddr) -> Self {
        self.addresses.push((address, Start::InClear));
        self
    }

    /// Listens at this address too, for clients that begin with TLS (implicit TLS, mostly at port
    /// 990); only with [`tls`](Self::tls).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn listen_implicit(mut self, address: SocketAddr) -> Self {
        self.addresses.push((address, Start::UnderTls));
        self
    }

    /// Offers TLS: AUTH TLS, and whatever [`listen_implicit`](Self::listen_implicit) says. The
    /// caller may keep a clone, to reload the certificate.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: Arc<ServerTls>) -> Self {
        self.tls = Some(tls);
        self.config.tls.offer = TlsOffer::Offered;
        self
    }

    /// What clients must protect. By default nothing; anonymous users are a matter of their own.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn require_tls(mut self, required: TlsRequired) -> Self {
        self.config.tls.required = required;
        self
    }

    /// What those must protect who log in as `anonymous` or `ftp`. By default nothing.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn require_tls_of_anonymous(mut self, required: TlsRequired) -> Self {
        self.config.tls.required_for_anonymous = required;
        self
    }

    /// What becomes of CCC. By default it is refused.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn clear_control(mut self, clear: ClearControl) -> Self {
        self.config.tls.clear_control = clear;
        self
    }

    /// What becomes of an upload that ends without close_notify. By default it is refused.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn truncated_uploads(mut self, uploads: TruncatedUploads) -> Self {
        self.config.tls.truncated_uploads = uploads;
        self
    }

    /// What a client's certificate counts for. By default it is seen beside the password.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn certificate_login(mut self, login: CertificateLogin) -> Self {
        self.config.tls.certificate_login = login;
        self
    }

    /// The ports of data connections in passive mode. By default any.
    #[must_use]
    pub fn passive_ports(mut self, ports: PortRange) -> Self {
        self.passive_ports = Some(ports);
        self
    }

    /// The address that the reply to PASV tells, for a server behind address translation. By
    /// default the one that the client has connected to. EPSV tells none.
    #[must_use]
    pub fn announce(mut self, address: Ipv4Addr) -> Self {
        self.announced = Some(address);
        self
    }

    /// Where data connections come from in active mode. By default the port below the control
    /// connection's own; where that may not be bound, any port.
    #[must_use]
    pub fn data_port(mut self, port: DataPort) -> Self {
        self.config.data_port = port;
        self
    }

    /// How many listeners of passive mode stay open for later transfers, at each address that
    /// clients have connected to; each is closed when nobody has used it for a minute. 0 closes
    /// each after its transfer, which is slower. By default 64.
    #[must_use]
    pub fn kept_listeners(mut self, count: usize) -> Self {
        self.kept_listeners = count;
        self
    }

    /// Sessions at once, in all and from one address. A client too many is told 421. By default
    /// 1,000 and 1,000.
    #[must_use]
    pub fn sessions(mut self, all: usize, from_one_address: usize) -> Self {
        self.sessions.all = all;
        self.sessions.from_one_address = from_one_address;
        self
    }

    /// Sessions at once in which nobody has logged in yet, so that strangers cannot take all
    /// places. A client too many is told 421. By default 500.
    #[must_use]
    pub fn sessions_before_login(mut self, count: usize) -> Self {
        self.sessions.before_login = count;
        self
    }

    /// The text of the greeting; lines are separated by LF.
    #[must_use]
    pub fn banner(mut self, text: impl Into<Bytes>) -> Self {
        self.config.banner = text.into();
        self
    }

    /// Every bound of a session.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Every deadline of a session.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.config.timeouts = timeouts;
        self
    }

    /// Which transfer parameters are taken besides those that every server must take, and what they
    /// leave open.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ftp_io::Server;
    /// use ftp_io::server::Transfers;
    /// use ftp_io::storage::LocalDirectory;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let builder = Server::builder(Arc::new(LocalDirectory::open(directory.path())?))
    ///     // No compression, which costs much time of a processor.
    ///     .transfers(Transfers::PLAIN);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn transfers(mut self, transfers: Transfers) -> Self {
        self.config.transfers = transfers;
        self
    }

    /// Whether events tell every command and reply. By default they do not.
    #[must_use]
    pub fn dialogue(mut self, dialogue: Dialogue) -> Self {
        self.config.dialogue = dialogue;
        self
    }

    /// Who is told what happens. It is called from the sessions' tasks, and must not block.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.listener = Listener(Some(Arc::new(listener)));
        self
    }

    /// Listens. Clients can connect from now on; they are served by [`Server::run`].
    ///
    /// To be called in a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    ///
    /// [`BindError`]: which address cannot be bound, and why.
    pub async fn bind(self) -> Result<Server, BindError> {
        let mut config = self.config;
        config.abilities = self.storage.abilities();
        let shared = Shared {
            homes: Arc::new(Homes::new(self.storage)),
            authenticator: self.authenticator,
            config: Arc::new(config),
            tls: self.tls,
            leases: Arc::new(Leases::new(self.passive_ports, self.kept_listeners)),
            announced: self.announced,
            admission: Arc::new(Admission::new(self.sessions)),
            listener: self.listener,
            stop: Arc::default(),
            has_told_data_port: AtomicBool::new(false),
        };
        Server::listen(&self.addresses, shared)
    }
}

impl Shared {
    /// The address that a client is told for a port that is listened at.
    pub(super) fn announced(&self, control: &ControlAddresses, port: u16) -> SocketAddr {
        match (control.local.ip(), self.announced) {
            (IpAddr::V4(_), Some(announced)) => SocketAddr::from((announced, port)),
            (local, _) => SocketAddr::new(local, port),
        }
    }

    /// The data port of active mode could not be used: that is told once.
    pub(super) fn data_port_replaced(&self, wanted: u16) {
        if !self.has_told_data_port.swap(true, Ordering::Relaxed) {
            trace::data_port_replaced(wanted);
            self.listener.tell(|| Event::DataPortReplaced { wanted });
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("addresses", &self.addresses)
            .field("config", &self.config)
            .field("passive_ports", &self.passive_ports)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("config", &self.config)
            .field("leases", &self.leases)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}
