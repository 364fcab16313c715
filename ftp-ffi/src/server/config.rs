//! What the sessions of one server share.

use std::ffi::c_char;
use std::sync::Arc;

use bytes::Bytes;
use ftp_proto::server::{
    Abilities, CertificateLogin, ClearControl, DataPort, ServerConfig, TlsOffer, TlsRequired,
    Transfers, TruncatedUploads,
};

use crate::enumeration::enumeration;
use crate::handle::{Handle, free, last_error, new, opaque, with};
use crate::limits::{ftp_dialogue, set_limit, set_timeout};
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, text};

/// The settings of server sessions. One thread at a time.
pub struct ftp_server_config(Handle<Arc<ServerConfig>>);
opaque!(ftp_server_config, Arc<ServerConfig>);

/// Whether a client in clear may say AUTH.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_tls_offer {
    /// There is no TLS: 502.
    Never = 0,
    /// There is, and policy forbids it: 534.
    Forbidden = 1,
    /// There will be, but what it needs cannot be had now: 431.
    Unavailable = 2,
    /// AUTH TLS is taken, and FEAT says so.
    Offered = 3,
}
enumeration!(
    ftp_tls_offer = TlsOffer {
        Never,
        Forbidden,
        Unavailable,
        Offered
    }
);

/// What must be under TLS.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_tls_required {
    /// Nothing.
    Nothing = 0,
    /// The control connection: USER is refused before it is.
    Control = 1,
    /// Data connections: transfers are refused with 521 unless PROT P was said.
    Data = 2,
    /// Both.
    Both = 3,
}
enumeration!(
    ftp_tls_required = TlsRequired {
        Nothing,
        Control,
        Data,
        Both
    }
);

/// What becomes of CCC (RFC 4217 §6).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_clear_control {
    /// It is refused with 534.
    Refused = 0,
    /// It is carried out.
    Allowed = 1,
}
enumeration!(ftp_clear_control = ClearControl { Refused, Allowed });

/// What becomes of an upload that ends without TLS's close_notify.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_truncated_uploads {
    /// It has failed: 426.
    Refused = 0,
    /// It counts as whole, and an event tells of it.
    Reported = 1,
}
enumeration!(ftp_truncated_uploads = TruncatedUploads { Refused, Reported });

/// What a certificate that a client has shown counts for.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_certificate_login {
    /// Who decides about logins sees it beside the password.
    Beside = 0,
    /// It is asked for first whether the certificate alone will do (232 to USER, RFC 4217 §5).
    Alone = 1,
}
enumeration!(ftp_certificate_login = CertificateLogin { Beside, Alone });

/// Which transfer parameters a server takes.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_transfers {
    /// All that there are codecs for.
    All = 0,
    /// What every server must take (RFC 1123 §4.1.2.13), and nothing else.
    Plain = 1,
}
enumeration!(ftp_transfers { All, Plain });

impl From<ftp_transfers> for Transfers {
    fn from(transfers: ftp_transfers) -> Self {
        match transfers {
            ftp_transfers::All => Self::default(),
            ftp_transfers::Plain => Self::PLAIN,
        }
    }
}

/// The local port of data connections in active mode (RFC 959 §3.2, §8).
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ftp_data_port {
    /// The port below the control connection's own: 20 beside 21, 989 beside 990.
    Standard = 0,
    /// The port given.
    Port = 1,
    /// Any port that is free.
    Any = 2,
}
enumeration!(ftp_data_port {
    Standard,
    Port,
    Any
});

/// A storage can write behind what is there. (APPE)
pub const FTP_ABILITY_APPEND: u32 = 1;
/// A storage can read and write from an offset. (REST)
pub const FTP_ABILITY_RESUME: u32 = 2;
/// A storage can make a name that no other file has. (STOU)
pub const FTP_ABILITY_UNIQUE: u32 = 4;
/// A storage can set the time of modification. (MFMT)
pub const FTP_ABILITY_SET_MODIFIED: u32 = 8;

/// Settings with their defaults; NULL if there is a fault.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_server_config_new() -> *mut ftp_server_config {
    new(|| Arc::new(ServerConfig::default()))
}

/// Frees settings; NULL is nothing to free. Sessions made with them live on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_free(config: *mut ftp_server_config) {
    // SAFETY: as the header asks.
    unsafe { free(config) }
}

/// What the last call on these settings that failed has said.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_last_error(
    config: *const ftp_server_config,
) -> ftp_slice {
    // SAFETY: as the header asks.
    unsafe { last_error(config) }
}

/// The text of the greeting; lines are separated by LF.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_banner(
    config: *mut ftp_server_config,
    banner: *const c_char,
    banner_len: usize,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let banner = Bytes::copy_from_slice(text(banner, banner_len)?);
            Arc::make_mut(config).banner = banner;
            Ok(())
        })
    }
}

/// Where data connections come from in active mode: an `ftp_data_port`, and the port with
/// `FTP_DATA_PORT_PORT`, else 0. Default `FTP_DATA_PORT_STANDARD`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_data_port(
    config: *mut ftp_server_config,
    data_port: i32,
    port: u16,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            Arc::make_mut(config).data_port = match ftp_data_port::from_raw(data_port)? {
                ftp_data_port::Standard => DataPort::Standard,
                ftp_data_port::Port => DataPort::Port(port),
                ftp_data_port::Any => DataPort::Any,
            };
            Ok(())
        })
    }
}

/// What the storage can do beyond the plain: the sum of some `FTP_ABILITY_...`. FEAT follows it, and
/// a command for what is missing is answered with 502. Default all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_abilities(
    config: *mut ftp_server_config,
    abilities: u32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            if abilities & !ALL_ABILITIES != 0 {
                return Err(Failure::new(
                    ftp_result::FtpErrorEnum,
                    "there is no such ability",
                ));
            }
            let has = |ability| abilities & ability != 0;
            let into = &mut Arc::make_mut(config).abilities;
            *into = Abilities::NONE;
            into.append = has(FTP_ABILITY_APPEND);
            into.resume = has(FTP_ABILITY_RESUME);
            into.unique = has(FTP_ABILITY_UNIQUE);
            into.set_modified = has(FTP_ABILITY_SET_MODIFIED);
            Ok(())
        })
    }
}

const ALL_ABILITIES: u32 =
    FTP_ABILITY_APPEND | FTP_ABILITY_RESUME | FTP_ABILITY_UNIQUE | FTP_ABILITY_SET_MODIFIED;

/// Sets a bound: an `ftp_limit`, and its value. `FTP_ERROR_RANGE` for more than the bound can be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_limit(
    config: *mut ftp_server_config,
    limit: i32,
    value: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            set_limit(&mut Arc::make_mut(config).limits, limit, value)
        })
    }
}

/// Sets a deadline: an `ftp_timeout`, and microseconds, `FTP_NEVER` for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_timeout(
    config: *mut ftp_server_config,
    timeout: i32,
    micros: u64,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            set_timeout(&mut Arc::make_mut(config).timeouts, timeout, micros)
        })
    }
}

/// Whether AUTH is to be had: an `ftp_tls_offer`. Default `FTP_TLS_OFFER_NEVER`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_tls_offer(
    config: *mut ftp_server_config,
    tls_offer: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.tls.offer = ftp_tls_offer::from_raw(tls_offer)?.into();
            Ok(())
        })
    }
}

/// What users must protect: an `ftp_tls_required`. Default `FTP_TLS_REQUIRED_NOTHING`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_tls_required(
    config: *mut ftp_server_config,
    tls_required: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.tls.required = ftp_tls_required::from_raw(tls_required)?.into();
            Ok(())
        })
    }
}

/// What those must protect who log in as `anonymous` or `ftp`: an `ftp_tls_required`. Default
/// `FTP_TLS_REQUIRED_NOTHING`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_tls_required_for_anonymous(
    config: *mut ftp_server_config,
    tls_required_for_anonymous: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.tls.required_for_anonymous =
                ftp_tls_required::from_raw(tls_required_for_anonymous)?.into();
            Ok(())
        })
    }
}

/// What becomes of CCC: an `ftp_clear_control`. Default `FTP_CLEAR_CONTROL_REFUSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_clear_control(
    config: *mut ftp_server_config,
    clear_control: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.tls.clear_control = ftp_clear_control::from_raw(clear_control)?.into();
            Ok(())
        })
    }
}

/// What becomes of an upload that ends without close_notify: an `ftp_truncated_uploads`. Default
/// `FTP_TRUNCATED_UPLOADS_REFUSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_truncated_uploads(
    config: *mut ftp_server_config,
    truncated_uploads: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.tls.truncated_uploads =
                ftp_truncated_uploads::from_raw(truncated_uploads)?.into();
            Ok(())
        })
    }
}

/// What a client's certificate counts for: an `ftp_certificate_login`. Default
/// `FTP_CERTIFICATE_LOGIN_BESIDE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_certificate_login(
    config: *mut ftp_server_config,
    certificate_login: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.tls.certificate_login =
                ftp_certificate_login::from_raw(certificate_login)?.into();
            Ok(())
        })
    }
}

/// Which transfer parameters are taken: an `ftp_transfers`. Default `FTP_TRANSFERS_ALL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_transfers(
    config: *mut ftp_server_config,
    transfers: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.transfers = ftp_transfers::from_raw(transfers)?.into();
            Ok(())
        })
    }
}

/// Whether events tell each command and reply: an `ftp_dialogue`. Default `FTP_DIALOGUE_SILENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_server_config_set_dialogue(
    config: *mut ftp_server_config,
    dialogue: i32,
) -> ftp_result {
    // SAFETY: as the header asks.
    unsafe {
        with(config, |config| {
            let config = Arc::make_mut(config);
            config.dialogue = ftp_dialogue::from_raw(dialogue)?.into();
            Ok(())
        })
    }
}
