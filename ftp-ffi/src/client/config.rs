//! What a client session is told before it starts.

use ftp_proto::client::{
    AuthFallback, ClientConfig, DataPolicy, PassiveHost, Pipelining, Tls, Way,
};

use crate::enumeration::enumeration;
use crate::handle::{Handle, free, last_error, new, opaque, with};
use crate::limits::{ftp_dialogue, set_limit, set_timeout};
use crate::output::ftp_protection;
use crate::result::ftp_result;
use crate::text::ftp_slice;

/// The settings of client sessions. One thread at a time.
pub struct ftp_client_config(Handle<ClientConfig>);
opaque!(ftp_client_config, ClientConfig);

/// Who opens the data connection, and what is tried when it does not work.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_data_policy {
    /// This side connects: EPSV, then PASV.
    Passive = 0,
    /// The server connects: EPRT, then PORT.
    Active = 1,
    /// Passive, and active when no passive data connection can be opened.
    Auto = 2,
    /// EPSV and no other way.
    OnlyEpsv = 3,
    /// PASV and no other way.
    OnlyPasv = 4,
    /// EPRT and no other way.
    OnlyEprt = 5,
    /// PORT and no other way.
    OnlyPort = 6,
}
enumeration!(ftp_data_policy {
    Passive,
    Active,
    Auto,
    OnlyEpsv,
    OnlyPasv,
    OnlyEprt,
    OnlyPort,
});

impl From<ftp_data_policy> for DataPolicy {
    fn from(policy: ftp_data_policy) -> Self {
        match policy {
            ftp_data_policy::Passive => Self::Passive,
            ftp_data_policy::Active => Self::Active,
            ftp_data_policy::Auto => Self::Auto,
            ftp_data_policy::OnlyEpsv => Self::Only(Way::Epsv),
            ftp_data_policy::OnlyPasv => Self::Only(Way::Pasv),
            ftp_data_policy::OnlyEprt => Self::Only(Way::Eprt),
            ftp_data_policy::OnlyPort => Self::Only(Way::Port),
        }
    }
}

/// What the host in a 227 reply counts for.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_passive_host {
    /// Nothing: connect to the control connection's peer.
    Peer = 0,
    /// The peer when the host told is a private address and the peer's is not; else what was told.
    PeerIfPrivate = 1,
    /// Everything: connect where the server says, but to the peer for 0.0.0.0.
    Trust = 2,
}
enumeration!(
    ftp_passive_host = PassiveHost {
        Peer,
        PeerIfPrivate,
        Trust
    }
);

/// How far commands run ahead of replies.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_pipelining {
    /// Each command waits for the reply to the one before.
    Off = 0,
    /// A transfer's own commands leave together, once an earlier transfer of the session has shown
    /// which way works.
    Within = 1,
}
enumeration!(ftp_pipelining = Pipelining { Off, Within });

/// Whether and how the control connection of a client is brought under TLS.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_client_tls {
    /// It stays in clear.
    Off = 0,
    /// By AUTH TLS; in clear where the server refuses that. Whoever sits on the way can have it
    /// refused.
    IfOffered = 1,
    /// By AUTH TLS, before anything else is said; where that fails, so does the session.
    Required = 2,
    /// The server begins with TLS, on a port of its own (mostly 990).
    Implicit = 3,
}
enumeration!(
    ftp_client_tls = Tls {
        Off,
        IfOffered,
        Required,
        Implicit
    }
);

/// What is tried where AUTH TLS is refused.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_auth_fallback {
    /// Nothing.
    None = 0,
    /// AUTH SSL: some servers from before RFC 4217 know no other word for the same.
    Ssl = 1,
}
enumeration!(ftp_auth_fallback = AuthFallback { None, Ssl });

/// Settings with their defaults; NULL if there is a fault.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_client_config_new() -> *mut ftp_client_config {
    new(ClientConfig::default)
}

/// Frees settings; NULL is nothing to free. Sessions made with them live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_free(config: *mut ftp_client_config) {
    // SAFETY: as the header asks.
    unsafe { free(config) }
}

/// What the last call on these settings that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_last_error(
    config: *const ftp_client_config,
) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(config) }
}

/// Sets a bound: an `ftp_limit`, and its value. `FTP_ERROR_RANGE` for more than the bound can be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_limit(
    config: *mut ftp_client_config,
    limit: i32,
    value: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe { with(config, |config| set_limit(&mut config.limits, limit, value)) }
}

/// Sets a deadline: an `ftp_timeout`, and microseconds, `FTP_NEVER` for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_timeout(
    config: *mut ftp_client_config,
    timeout: i32,
    micros: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            set_timeout(&mut config.timeouts, timeout, micros)
        })
    }
}

/// Who opens the data connection: an `ftp_data_policy`. Default `FTP_DATA_POLICY_PASSIVE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_data(
    config: *mut ftp_client_config,
    data: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.data = ftp_data_policy::from_raw(data)?.into();
            Ok(())
        })
    }
}

/// What the host in a 227 reply counts for: an `ftp_passive_host`. Default `FTP_PASSIVE_HOST_PEER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_passive_host(
    config: *mut ftp_client_config,
    passive_host: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.passive_host = ftp_passive_host::from_raw(passive_host)?.into();
            Ok(())
        })
    }
}

/// How far commands run ahead of replies: an `ftp_pipelining`. Default `FTP_PIPELINING_OFF`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_pipelining(
    config: *mut ftp_client_config,
    pipelining: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.pipelining = ftp_pipelining::from_raw(pipelining)?.into();
            Ok(())
        })
    }
}

/// Whether the control connection is brought under TLS, which is the driver's work: an
/// `ftp_client_tls`. Default `FTP_CLIENT_TLS_OFF`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_tls(
    config: *mut ftp_client_config,
    tls: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.tls = ftp_client_tls::from_raw(tls)?.into();
            Ok(())
        })
    }
}

/// What is tried where AUTH TLS is refused: an `ftp_auth_fallback`. Default
/// `FTP_AUTH_FALLBACK_NONE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_auth_fallback(
    config: *mut ftp_client_config,
    auth_fallback: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.auth_fallback = ftp_auth_fallback::from_raw(auth_fallback)?.into();
            Ok(())
        })
    }
}

/// What PROT asks for data connections, once the control connection is under TLS: an
/// `ftp_protection`. Default `FTP_PROTECTION_PRIVATE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_protection(
    config: *mut ftp_client_config,
    protection: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.protection = ftp_protection::from_raw(protection)?.into();
            Ok(())
        })
    }
}

/// Whether events tell each command and reply: an `ftp_dialogue`. Default `FTP_DIALOGUE_SILENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_client_config_set_dialogue(
    config: *mut ftp_client_config,
    dialogue: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            config.dialogue = ftp_dialogue::from_raw(dialogue)?.into();
            Ok(())
        })
    }
}
