//! Whom to connect to, and how.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::time::Duration;

use ftp_proto::Timeouts;
use ftp_proto::client::{DataPolicy, Login, PassiveHost, Pipelining};
use ftp_proto::codec::command::Password;
use ftp_proto::data::{CodePage, Level};

use super::{ClientOptions, Error, FtpUrl, IntoArgument, Observer};
use crate::net::PortRange;

/// A connection to be made, by either client. Without a login it is anonymous (RFC 1635).
///
/// ```
/// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
/// # let server = serve::Served::new();
/// use ftp_io::client::Builder;
/// use ftp_proto::client::DataPolicy;
///
/// # let port = server.address.port();
/// let mut client = Builder::new("127.0.0.1")
///     .port(port)
///     .login("ada", "secret")?
///     .data(DataPolicy::Auto)
///     .connect_blocking()?;
/// assert_eq!(client.size("motd")?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With everything that can be set:
///
/// ```
/// use std::num::NonZeroU64;
/// use std::time::Duration;
///
/// use ftp_io::client::{Builder, ClientOptions, FtpUrl, Observer};
/// use ftp_proto::Timeouts;
/// use ftp_proto::client::{Login, PassiveHost, Pipelining};
/// use ftp_proto::data::{CodePage, Level};
///
/// let url: FtpUrl = "ftp://ftp.example.net/pub".parse()?;
/// let builder = Builder::url(&url)?
///     .options(ClientOptions::default())
///     .login_as(Login::new("ada".try_into()?, "secret".try_into()?))
///     .connect_timeout(Duration::from_secs(5))
///     .timeouts(Timeouts::client())
///     .local_address([192, 0, 2, 7].into())
///     .passive_host(PassiveHost::Peer)
///     .pipelining(Pipelining::Within)
///     .code_page(CodePage::Cp037)
///     .level(Level::new(9).unwrap_or_default())
///     .markers(NonZeroU64::MIN.saturating_add(1 << 20))
///     .active_ports("50000-50099".parse()?)
///     .active_address([192, 0, 2, 8].into())
///     .observer(Observer::new(|notice| println!("{notice:?}")));
/// assert!(!format!("{builder:?}").contains("secret"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is connected before `connect` or `connect_blocking`"]
pub struct Builder {
    pub(super) host: String,
    port: u16,
    pub(super) login: Option<Login>,
    options: ClientOptions,
}

impl Builder {
    /// A connection to a host, by name or address, at port 21.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: 21,
            login: None,
            options: ClientOptions::default(),
        }
    }

    /// A connection to where an address says, with the login that it names.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a password that no command can hold.
    pub fn url(url: &FtpUrl) -> Result<Self, Error> {
        Ok(Self {
            port: url.port,
            options: url.options(ClientOptions::default())?,
            login: match url.user {
                Some(_) => Some(url.login()?),
                None => None,
            },
            ..Self::new(url.host.clone())
        })
    }

    /// The port of the control connection. Default 21.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Who logs in, with a password.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for CR, LF or NUL in one of the two.
    pub fn login(self, user: impl IntoArgument, password: &str) -> Result<Self, Error> {
        let login = Login::new(user.into_argument()?, Password::try_from(password)?);
        Ok(self.login_as(login))
    }

    /// Who logs in: also with an account, or without a password.
    pub fn login_as(mut self, login: Login) -> Self {
        self.login = Some(login);
        self
    }

    /// All options at once.
    pub fn options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    /// [`ClientOptions::connect_timeout`].
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect_timeout = timeout;
        self
    }

    /// [`ClientOptions::local_address`].
    pub const fn local_address(mut self, address: IpAddr) -> Self {
        self.options.local_address = Some(address);
        self
    }

    /// [`ClientOptions::timeouts`].
    pub const fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.options.timeouts = timeouts;
        self
    }

    /// [`ClientOptions::data`].
    pub const fn data(mut self, data: DataPolicy) -> Self {
        self.options.data = data;
        self
    }

    /// [`ClientOptions::passive_host`].
    pub const fn passive_host(mut self, host: PassiveHost) -> Self {
        self.options.passive_host = host;
        self
    }

    /// [`ClientOptions::pipelining`].
    pub const fn pipelining(mut self, pipelining: Pipelining) -> Self {
        self.options.pipelining = pipelining;
        self
    }

    /// [`ClientOptions::code_page`].
    pub const fn code_page(mut self, page: CodePage) -> Self {
        self.options.code_page = page;
        self
    }

    /// [`ClientOptions::level`].
    pub const fn level(mut self, level: Level) -> Self {
        self.options.level = level;
        self
    }

    /// [`ClientOptions::markers`].
    pub const fn markers(mut self, every: NonZeroU64) -> Self {
        self.options.markers = Some(every);
        self
    }

    /// [`ClientOptions::active_ports`].
    pub const fn active_ports(mut self, ports: PortRange) -> Self {
        self.options.active_ports = Some(ports);
        self
    }

    /// [`ClientOptions::active_address`].
    pub const fn active_address(mut self, address: IpAddr) -> Self {
        self.options.active_address = Some(address);
        self
    }

    /// [`ClientOptions::tls`].
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve_tls.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::client::Builder;
    /// use ftp_proto::client::Tls;
    ///
    /// # let (port, trust) = (server.address.port(), server.trust.clone());
    /// let mut client = Builder::new("127.0.0.1")
    ///     .port(port)
    ///     .login("ada", "secret")?
    ///     .tls(Tls::Required)
    ///     .tls_config(trust)
    ///     .connect_blocking()?;
    /// assert_eq!(client.size("motd")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    pub const fn tls(mut self, tls: ftp_proto::client::Tls) -> Self {
        self.options.tls = tls;
        self
    }

    /// [`ClientOptions::tls_config`]. What becomes of it is told as it happens:
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve_tls.rs")); }
    /// # let server = serve::Served::new();
    /// use ftp_io::client::{Builder, Notice, Observer};
    /// use ftp_io::tls::TlsSummary;
    ///
    /// # let trust = server.trust.clone();
    /// let secured = Observer::new(|notice| {
    ///     if let Notice::ControlSecured(TlsSummary { version, cipher, .. }) = notice {
    ///         println!("{version}, {cipher}");
    ///     }
    /// });
    /// # let builder: Builder = server.client()?;
    /// let mut client = builder.tls_config(trust).observer(secured).connect_blocking()?;
    /// assert_eq!(client.size("motd")?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls_config(mut self, tls: crate::tls::ClientTls) -> Self {
        self.options.tls_config = Some(tls);
        self
    }

    /// [`ClientOptions::observer`].
    pub fn observer(mut self, observer: Observer) -> Self {
        self.options.observer = Some(observer);
        self
    }

    /// Connects and logs in.
    ///
    /// ```
    /// # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
    /// # serve::run(async |server| {
    /// use ftp_io::client::Builder;
    ///
    /// # let address = server.address;
    /// let builder = Builder::url(&format!("ftp://ada:secret@{address}/").parse()?)?;
    /// let mut client = builder.connect().await?;
    /// assert_eq!(client.size("motd").await?, 7);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Client::connect`](crate::Client::connect) and of
    /// [`Client::login`](crate::Client::login).
    #[cfg(feature = "client")]
    pub async fn connect(self) -> Result<crate::Client, Error> {
        let login = self.login.map_or_else(anonymous, Ok)?;
        let mut client = crate::Client::connect(&self.host, self.port, self.options).await?;
        client.login(login).await?;
        Ok(client)
    }

    /// Connects and logs in a blocking client.
    ///
    /// # Errors
    ///
    /// Those of [`Client::connect`](crate::blocking::Client::connect) and of
    /// [`Client::login`](crate::blocking::Client::login).
    #[cfg(feature = "blocking")]
    pub fn connect_blocking(self) -> Result<crate::blocking::Client, Error> {
        let login = self.login.map_or_else(anonymous, Ok)?;
        let mut client = crate::blocking::Client::connect(&self.host, self.port, self.options)?;
        client.login(login)?;
        Ok(client)
    }
}

/// The login of who names nobody (RFC 1635).
pub(super) fn anonymous() -> Result<Login, Error> {
    let user = "anonymous".into_argument()?;
    Ok(Login::new(user, Password::try_from("anonymous@")?))
}
