//! What the sessions of one server share.

use core::net::SocketAddr;

use bytes::Bytes;

use super::parameters::Transfers;
use crate::contract::{ControlAddresses, Dialogue};
use crate::limits::{Limits, Timeouts};

/// How the sessions of a server behave. One value serves all of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Every bound.
    pub limits: Limits,
    /// Every deadline.
    pub timeouts: Timeouts,
    /// The text of the greeting; lines are separated by LF.
    pub banner: Bytes,
    /// Where data connections come from in active mode.
    pub data_port: DataPort,
    /// What the storage can do beyond the plain.
    pub abilities: Abilities,
    /// What is done about TLS.
    pub tls: TlsPolicy,
    /// Which transfer parameters are taken.
    pub transfers: Transfers,
    /// Whether events tell the dialogue.
    pub dialogue: Dialogue,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            timeouts: Timeouts::server(),
            banner: Bytes::from_static(b"FTP server ready."),
            data_port: DataPort::Standard,
            abilities: Abilities::default(),
            tls: TlsPolicy::default(),
            transfers: Transfers::default(),
            dialogue: Dialogue::Silent,
        }
    }
}

/// What a server does about TLS (RFC 4217).
///
/// ```
/// use ftp_proto::server::{
///     CertificateLogin, ClearControl, ServerConfig, TlsOffer, TlsRequired, TruncatedUploads,
/// };
///
/// let mut config = ServerConfig::default();
/// assert_eq!(config.tls.clear_control, ClearControl::Refused);
/// assert_eq!(config.tls.truncated_uploads, TruncatedUploads::Refused);
/// assert_eq!(config.tls.certificate_login, CertificateLogin::Beside);
/// config.tls.offer = TlsOffer::Offered;
/// config.tls.required = TlsRequired::Both;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TlsPolicy {
    /// Whether AUTH is to be had. Default [`TlsOffer::Never`].
    pub offer: TlsOffer,
    /// What users must protect. Default [`TlsRequired::Nothing`].
    pub required: TlsRequired,
    /// What those must protect who log in as `anonymous` or `ftp`. Default
    /// [`TlsRequired::Nothing`].
    pub required_for_anonymous: TlsRequired,
    /// What becomes of CCC. Default [`ClearControl::Refused`].
    pub clear_control: ClearControl,
    /// What becomes of an upload that ends without close_notify. Default
    /// [`TruncatedUploads::Refused`].
    pub truncated_uploads: TruncatedUploads,
    /// What a client's certificate counts for. Default [`CertificateLogin::Beside`].
    pub certificate_login: CertificateLogin,
}

/// Whether a client in clear may say AUTH.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_server, replies};
/// use ftp_proto::server::{ServerConfig, ServerSession, TlsOffer};
///
/// let mut config = ServerConfig::default();
/// config.tls.offer = TlsOffer::Forbidden;
/// let mut session = ServerSession::new(config.into(), at_server(), Default::default());
/// let said = replies(&mut session, "AUTH TLS\r\n", |_, _| {});
/// assert!(said.lines().last().is_some_and(|line| line.starts_with("534 ")));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TlsOffer {
    /// There is no TLS: 502.
    #[default]
    Never,
    /// There is, and policy forbids it: 534 (RFC 2228 §3).
    Forbidden,
    /// There will be, but what it needs cannot be had now: 431 (RFC 2228 §3).
    Unavailable,
    /// AUTH TLS is taken, and FEAT says so.
    Offered,
}

/// What must be under TLS.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_server, replies};
/// use ftp_proto::server::{ServerConfig, ServerSession, TlsOffer, TlsRequired};
///
/// let mut config = ServerConfig::default();
/// config.tls.offer = TlsOffer::Offered;
/// config.tls.required = TlsRequired::Control;
/// let mut session = ServerSession::new(config.into(), at_server(), Default::default());
/// let said = replies(&mut session, "USER ada\r\n", |_, _| {});
/// assert!(said.lines().last().is_some_and(|line| line.starts_with("5")));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TlsRequired {
    /// Nothing.
    #[default]
    Nothing,
    /// The control connection: USER is refused before it is.
    Control,
    /// Data connections: transfers are refused with 521 unless PROT P was said.
    Data,
    /// Both.
    Both,
}

impl TlsRequired {
    pub(super) const fn control(self) -> bool {
        matches!(self, Self::Control | Self::Both)
    }

    pub(super) const fn data(self) -> bool {
        matches!(self, Self::Data | Self::Both)
    }
}

/// What becomes of CCC (RFC 4217 §6): what is said behind it can be read, and forged, by anybody
/// on the way.
///
/// ```
/// use ftp_proto::server::{ClearControl, ServerConfig};
///
/// let mut config = ServerConfig::default();
/// // So that a firewall can follow the control connection.
/// config.tls.clear_control = ClearControl::Allowed;
/// assert_ne!(config.tls.clear_control, ClearControl::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClearControl {
    /// It is refused with 534.
    #[default]
    Refused,
    /// It is carried out.
    Allowed,
}

/// What becomes of an upload that ends without TLS's close_notify: whether it is whole cannot be
/// told, for anybody on the way can end a TCP connection.
///
/// ```
/// use ftp_proto::server::{ServerConfig, TruncatedUploads};
///
/// let mut config = ServerConfig::default();
/// config.tls.truncated_uploads = TruncatedUploads::Reported;
/// assert_ne!(config.tls.truncated_uploads, TruncatedUploads::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TruncatedUploads {
    /// It has failed: 426.
    #[default]
    Refused,
    /// It counts as whole, and an event tells of it. Some old clients never say close_notify.
    Reported,
}

/// What a certificate that a client has shown counts for.
///
/// ```
/// use ftp_proto::server::{CertificateLogin, ServerConfig};
///
/// let mut config = ServerConfig::default();
/// config.tls.certificate_login = CertificateLogin::Alone;
/// assert_ne!(config.tls.certificate_login, CertificateLogin::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CertificateLogin {
    /// Who decides about logins sees it beside the password.
    #[default]
    Beside,
    /// It is asked for first whether the certificate alone will do (232 to USER, RFC 4217 §5);
    /// if not, the password is asked for.
    Alone,
}

/// The local port of data connections in active mode (RFC 959 §3.2, §8).
///
/// ```
/// use ftp_proto::server::{DataPort, ServerConfig};
///
/// let mut config = ServerConfig::default();
/// assert_eq!(config.data_port, DataPort::Standard);
/// config.data_port = DataPort::Any;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataPort {
    /// The port below the control connection's own: 20 beside 21, 989 beside 990.
    #[default]
    Standard,
    /// This port.
    Port(u16),
    /// Any port that is free.
    Any,
}

impl DataPort {
    /// The local address to connect from, for a session with these control addresses; its port is
    /// 0 for any.
    pub(super) fn for_session(self, addresses: &ControlAddresses) -> SocketAddr {
        addresses.local_at(match self {
            Self::Standard => addresses.local.port().saturating_sub(1),
            Self::Port(port) => port,
            Self::Any => 0,
        })
    }
}

/// What a storage can do beyond reading, writing whole files and listing. FEAT follows it, and a
/// command for what is missing is answered with 502.
///
/// ```
/// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
/// # use doc::{at_server, replies};
/// use ftp_proto::server::{Abilities, ServerConfig, ServerSession};
///
/// let features = |abilities| {
///     let mut config = ServerConfig::default();
///     config.abilities = abilities;
///     let mut session = ServerSession::new(config.into(), at_server(), Default::default());
///     replies(&mut session, "FEAT\r\n", |_, _| {})
/// };
/// assert!(features(Abilities::ALL).contains(" REST STREAM\r\n"));
/// assert!(!features(Abilities::NONE).contains(" REST STREAM\r\n"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Abilities {
    /// Write behind what is there. (APPE)
    pub append: bool,
    /// Read and write from an offset. (REST)
    pub resume: bool,
    /// Make a name that no other file has. (STOU)
    pub unique: bool,
    /// Set the time of modification. (MFMT)
    pub set_modified: bool,
}

impl Abilities {
    /// Everything.
    pub const ALL: Self = Self {
        append: true,
        resume: true,
        unique: true,
        set_modified: true,
    };

    /// Nothing beyond the plain.
    pub const NONE: Self = Self {
        append: false,
        resume: false,
        unique: false,
        set_modified: false,
    };
}

impl Default for Abilities {
    fn default() -> Self {
        Self::ALL
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;

    fn data_port(config: DataPort, control: u16) -> u16 {
        config.for_session(&control_on(control)).port()
    }

    fn control_on(port: u16) -> ControlAddresses {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        ControlAddresses::new(here, SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000)))
    }

    #[test]
    fn the_standard_data_port_lies_below_the_control_port() {
        for (control, data) in [(21, 20), (990, 989), (2121, 2120), (1, 0), (0, 0)] {
            assert_eq!(data_port(DataPort::Standard, control), data);
        }
    }

    #[test]
    fn a_data_port_can_be_set() {
        assert_eq!(data_port(DataPort::Port(7), 21), 7);
        assert_eq!(data_port(DataPort::Any, 21), 0);
    }
}
