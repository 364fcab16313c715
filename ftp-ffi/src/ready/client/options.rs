//! How a client connects.

use std::ffi::c_char;
#[cfg(feature = "tls")]
use std::path::PathBuf;
use std::time::Duration;

use ftp_io::client::{ClientOptions, FtpUrl};
use ftp_io::net::PortRange;
#[cfg(feature = "tls")]
use ftp_io::tls::{ClientTls, Fingerprint, MaxVersion};
use ftp_proto::Secret;
use ftp_proto::client::Login;
#[cfg(feature = "tls")]
use ftp_proto::client::Tls;
use ftp_proto::codec::command::{Argument, Password};

#[cfg(feature = "tls")]
use crate::client::ftp_client_tls;
use crate::client::{ftp_data_policy, ftp_passive_host};
use crate::handle::{Handle, free, last_error, new, opaque, with};
use crate::limits::{set_limit, set_timeout};
#[cfg(feature = "tls")]
use crate::ready::numbers::ftp_ready_tls_version;
use crate::ready::parse;
#[cfg(feature = "tls")]
use crate::ready::{path, utf8};
use crate::result::{Failure, ftp_result};
use crate::text::{ftp_slice, optional_text, text};

/// How clients connect. One serves any number of connections.
pub struct ftp_ready_client_options(Handle<Settings>);
opaque!(ftp_ready_client_options, Settings);

/// Options with their defaults. NULL only where there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_ready_client_options_new() -> *mut ftp_ready_client_options {
    new(Settings::default)
}

/// Frees options; clients that were connected with them are not concerned. NULL may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_free(options: *mut ftp_ready_client_options) {
    // SAFETY: the caller frees it once, and uses it no more.
    unsafe { free(options) };
}

/// The text of the last call on these options that failed; empty if none has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_last_error(
    options: *const ftp_ready_client_options,
) -> ftp_slice {
    // SAFETY: the caller gives a handle.
    unsafe { last_error(options) }
}

/// Who logs in. The password can be left out where the server asks for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_login(
    options: *mut ftp_ready_client_options,
    user: *const c_char,
    user_len: usize,
    password: *const c_char,
    password_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and texts.
    unsafe {
        with(options, |settings: &mut Settings| {
            let user = Argument::try_from(text(user, user_len)?)?;
            let password = match optional_text(password, password_len)? {
                Some(password) => Some(Password::new(password.to_owned())?),
                None => None,
            };
            settings.user = Some((user, password));
            Ok(())
        })
    }
}

/// The account of the login (ACCT), which few servers ask for. It counts only with a login.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_account(
    options: *mut ftp_ready_client_options,
    account: *const c_char,
    account_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            let account = Argument::try_from(text(account, account_len)?)?;
            settings.account = Some(Secret::new(account));
            Ok(())
        })
    }
}

/// Who opens data connections: a number of `ftp_data_policy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_data(
    options: *mut ftp_ready_client_options,
    data: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.options.data = ftp_data_policy::from_raw(data)?.into();
            Ok(())
        })
    }
}

/// What the host in a 227 reply counts for: a number of `ftp_passive_host`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_passive_host(
    options: *mut ftp_ready_client_options,
    host: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.options.passive_host = ftp_passive_host::from_raw(host)?.into();
            Ok(())
        })
    }
}

/// The ports to listen at in active mode, both included; any by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_active_ports(
    options: *mut ftp_ready_client_options,
    first: u16,
    last: u16,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            let ports = PortRange::new(first, last);
            let ports = ports.map_err(|error| Failure::of(ftp_result::FtpErrorRange, &error))?;
            settings.options.active_ports = Some(ports);
            Ok(())
        })
    }
}

/// The address that the server is told in active mode, where it is not this machine's own (NAT).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_active_address(
    options: *mut ftp_ready_client_options,
    address: *const c_char,
    address_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.options.active_address = Some(parse(text(address, address_len)?)?);
            Ok(())
        })
    }
}

/// The address of this machine to leave from, such as `192.0.2.7`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_local_address(
    options: *mut ftp_ready_client_options,
    address: *const c_char,
    address_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.options.local_address = Some(parse(text(address, address_len)?)?);
            Ok(())
        })
    }
}

/// How long making the control connection may take, over all addresses of the host. Default 30 s.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_connect_timeout(
    options: *mut ftp_ready_client_options,
    microseconds: u64,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.options.connect_timeout = Duration::from_micros(microseconds).min(LONGEST);
            Ok(())
        })
    }
}

/// Any other timeout: an `ftp_timeout` that a client has, and microseconds, FTP_NEVER for none. They
/// run only while a call of the client waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_timeout(
    options: *mut ftp_ready_client_options,
    timeout: i32,
    microseconds: u64,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            set_timeout(&mut settings.options.timeouts, timeout, microseconds)
        })
    }
}

/// A bound on what the server may make the client hold: an `ftp_limit`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_limit(
    options: *mut ftp_ready_client_options,
    limit: i32,
    value: u64,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            set_limit(&mut settings.options.limits, limit, value)
        })
    }
}

/// Whether the control connection, and data connections with it, are brought under TLS: a number of
/// `ftp_client_tls`. Addresses with ftpes:// and ftps:// ask for it by themselves.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_tls(
    options: *mut ftp_ready_client_options,
    tls: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.options.tls = ftp_client_tls::from_raw(tls)?.into();
            Ok(())
        })
    }
}

/// Trusts the root certificates of a file in PEM, in place of the system's; of several files, if it
/// is called several times. The file is read when a client connects.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_add_root_file(
    options: *mut ftp_ready_client_options,
    file: *const c_char,
    file_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.trust.roots.push(path(text(file, file_len)?)?);
            Ok(())
        })
    }
}

/// Trusts the certificate with this fingerprint, a SHA-256 in 64 hexadecimal digits with or without
/// colons, whoever has signed it and whomever it is for, and no other but those pinned too.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_add_pin(
    options: *mut ftp_ready_client_options,
    fingerprint: *const c_char,
    fingerprint_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            let fingerprint = parse(text(fingerprint, fingerprint_len)?)?;
            settings.trust.pins.push(fingerprint);
            Ok(())
        })
    }
}

/// DANGER: trusts any certificate. Whoever sits on the way can pass himself off as the server, and
/// read and change everything, the password too. Pins that are given count all the same.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_danger_accept_any_certificate(
    options: *mut ftp_ready_client_options,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.trust.accepts_any = true;
            Ok(())
        })
    }
}

/// Shows a certificate where a server asks for one: files in PEM, read when a client connects.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_certificate(
    options: *mut ftp_ready_client_options,
    certificate: *const c_char,
    certificate_len: usize,
    key: *const c_char,
    key_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and texts.
    unsafe {
        with(options, |settings: &mut Settings| {
            let certificate = path(text(certificate, certificate_len)?)?;
            let key = path(text(key, key_len)?)?;
            settings.trust.identity = Some((certificate, key));
            Ok(())
        })
    }
}

/// The newest version of TLS to speak: a number of `ftp_ready_tls_version`.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_max_tls_version(
    options: *mut ftp_ready_client_options,
    version: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.trust.max_version = ftp_ready_tls_version::from_raw(version)?.into();
            Ok(())
        })
    }
}

/// Whom the server's certificate must be for, if not the host of the address.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_client_options_set_server_name(
    options: *mut ftp_ready_client_options,
    name: *const c_char,
    name_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            let name = utf8(text(name, name_len)?)?;
            settings.options.server_name = Some(name.to_owned());
            Ok(())
        })
    }
}

/// What stands behind the handle.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    options: ClientOptions,
    user: Option<(Argument, Option<Password>)>,
    account: Option<Secret<Argument>>,
    #[cfg(feature = "tls")]
    trust: Trust,
}

/// Whom to trust, and whom to be.
#[cfg(feature = "tls")]
#[derive(Clone, Default)]
struct Trust {
    roots: Vec<PathBuf>,
    pins: Vec<Fingerprint>,
    accepts_any: bool,
    identity: Option<(PathBuf, PathBuf)>,
    max_version: MaxVersion,
}

impl Settings {
    /// The login, if one was set.
    pub(super) fn login(&self) -> Result<Option<Login>, Failure> {
        Ok(self.user.clone().map(|(user, password)| Login {
            user,
            password,
            account: self.account.clone(),
        }))
    }

    /// The options with which to connect there.
    pub(super) fn options_for(self, url: &FtpUrl) -> Result<ClientOptions, Failure> {
        let options = url.options(self.options)?;
        #[cfg(feature = "tls")]
        let options = match options.tls {
            Tls::Off => options,
            _ => ClientOptions {
                tls_config: Some(self.trust.build()?),
                ..options
            },
        };
        Ok(options)
    }
}

#[cfg(feature = "tls")]
impl Trust {
    fn build(self) -> Result<ClientTls, Failure> {
        let mut tls = ClientTls::builder().max_version(self.max_version);
        for root in &self.roots {
            tls = tls.root_file(root)?;
        }
        if self.accepts_any {
            tls = tls.danger_accept_any_certificate();
        }
        for pin in self.pins {
            tls = tls.pin(pin);
        }
        if let Some((certificate, key)) = &self.identity {
            tls = tls.certificate_files(certificate, key)?;
        }
        Ok(tls.build()?)
    }
}

/// A day, more than which no operating system tries to connect.
const LONGEST: Duration = Duration::from_secs(86_400);
