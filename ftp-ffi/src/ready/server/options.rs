//! What a server is made of.

use std::ffi::c_char;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use ftp_io::net::PortRange;
use ftp_io::server::{
    Account, Builder, Dialogue, PasswordHash, Permissions, Server, User, Users, UsersFile,
};
use ftp_io::storage::LocalDirectory;
#[cfg(feature = "tls")]
use ftp_io::tls::{MaxVersion, ServerTls};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::{Limits, Timeouts};

use crate::handle::{Handle, free, last_error, new, opaque, with};
use crate::limits::{ftp_dialogue, set_limit, set_timeout};
#[cfg(feature = "tls")]
use crate::ready::numbers::ftp_ready_tls_version;
use crate::ready::{parse, path};
use crate::result::{Failure, ftp_result};
#[cfg(feature = "tls")]
use crate::server::ftp_tls_required;
use crate::text::{ftp_slice, optional_text, text};

/// What a server is made of. One serves any number of servers, each as it is when that starts.
pub struct ftp_ready_server_options(Handle<Settings>);
opaque!(ftp_ready_server_options, Settings);

/// Options of a server that nobody can use yet: it has no directory and no users. It listens at any
/// port of all addresses. NULL only where there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn ftp_ready_server_options_new() -> *mut ftp_ready_server_options {
    new(Settings::default)
}

/// Frees options; servers that were started with them are not concerned. NULL may be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_free(options: *mut ftp_ready_server_options) {
    // SAFETY: the caller frees it once, and uses it no more.
    unsafe { free(options) };
}

/// The text of the last call on these options that failed; empty if none has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_last_error(
    options: *const ftp_ready_server_options,
) -> ftp_slice {
    // SAFETY: the caller gives a handle.
    unsafe { last_error(options) }
}

/// The directory to serve, and nothing outside of it. It must be there when the server starts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_directory(
    options: *mut ftp_ready_server_options,
    directory: *const c_char,
    directory_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.directory = Some(path(text(directory, directory_len)?)?);
            Ok(())
        })
    }
}

/// A user, in place of one of the same name: kinds of work as some `FTP_PERMISSION_...`
/// joined by `|`, in a directory of the server's that is the user's whole world, or in all of it
/// where that is left out. The password is as it is, or a hash that begins with `$argon2`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_add_user(
    options: *mut ftp_ready_server_options,
    name: *const c_char,
    name_len: usize,
    password: *const c_char,
    password_len: usize,
    permissions: u32,
    home: *const c_char,
    home_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and texts.
    unsafe {
        with(options, |settings: &mut Settings| {
            let (name, password) = (text(name, name_len)?, text(password, password_len)?);
            if name.is_empty() {
                return Err(ftp_result::FtpErrorEmpty.into());
            }
            let account = account(permissions, optional_text(home, home_len)?)?;
            let user = match password.starts_with(b"$argon2") {
                true => User::hashed(name, parse::<PasswordHash>(password)?, account),
                false => User::new(name, password, account),
            };
            settings.users = std::mem::take(&mut settings.users).with(user);
            Ok(())
        })
    }
}

/// Lets in whoever says `anonymous` or `ftp`, with any password; otherwise as for users.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_allow_anonymous(
    options: *mut ftp_ready_server_options,
    permissions: u32,
    home: *const c_char,
    home_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            let account = account(permissions, optional_text(home, home_len)?)?;
            settings.users = std::mem::take(&mut settings.users).with_anonymous(account);
            Ok(())
        })
    }
}

/// A file of users, as `ftp-cli user` writes it, in place of those given one by one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_users_file(
    options: *mut ftp_ready_server_options,
    file: *const c_char,
    file_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.users_file = Some(path(text(file, file_len)?)?);
            Ok(())
        })
    }
}

/// Listens at this address too, such as `0.0.0.0:21` or `[::1]:2121`; port 0 picks one. An IPv6
/// address takes IPv6 only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_listen_on(
    options: *mut ftp_ready_server_options,
    address: *const c_char,
    address_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.addresses.push(parse(text(address, address_len)?)?);
            Ok(())
        })
    }
}

/// The ports of data connections in passive mode, both included; any by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_passive_ports(
    options: *mut ftp_ready_server_options,
    first: u16,
    last: u16,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            let ports = PortRange::new(first, last);
            let ports = ports.map_err(|error| Failure::of(ftp_result::FtpErrorRange, &error))?;
            settings.passive_ports = Some(ports);
            Ok(())
        })
    }
}

/// The IPv4 address that the reply to PASV tells, for a server behind address translation. By
/// default the one that the client has connected to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_announced_address(
    options: *mut ftp_ready_server_options,
    address: *const c_char,
    address_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.announced = Some(parse(text(address, address_len)?)?);
            Ok(())
        })
    }
}

/// The text of the greeting; lines are separated by LF.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_banner(
    options: *mut ftp_ready_server_options,
    banner: *const c_char,
    banner_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.banner = Some(text(banner, banner_len)?.to_owned());
            Ok(())
        })
    }
}

/// Sessions at once: in all, from one address, and those in which nobody has logged in yet. By
/// default 1,000, 1,000 and 500.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_sessions(
    options: *mut ftp_ready_server_options,
    all: usize,
    from_one_address: usize,
    before_login: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.sessions = Some((all, from_one_address, before_login));
            Ok(())
        })
    }
}

/// A timeout: an `ftp_timeout` that a server has, and microseconds, FTP_NEVER for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_timeout(
    options: *mut ftp_ready_server_options,
    timeout: i32,
    microseconds: u64,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            set_timeout(&mut settings.timeouts, timeout, microseconds)
        })
    }
}

/// A bound on what a client may make its session hold: an `ftp_limit`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_limit(
    options: *mut ftp_ready_server_options,
    limit: i32,
    value: u64,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            set_limit(&mut settings.limits, limit, value)
        })
    }
}

/// Whether events tell every command and reply: an `ftp_dialogue`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_dialogue(
    options: *mut ftp_ready_server_options,
    dialogue: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.dialogue = ftp_dialogue::from_raw(dialogue)?.into();
            Ok(())
        })
    }
}

/// How many events wait to be taken at most; more are dropped and counted. By default 10,000. With 0
/// there are counters only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_event_room(
    options: *mut ftp_ready_server_options,
    events: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.event_room = events;
            Ok(())
        })
    }
}

/// How many threads serve, 1 to 1,024. By default 2: a thread serves any number of sessions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_threads(
    options: *mut ftp_ready_server_options,
    threads: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            if !(1..=1_024).contains(&threads) {
                return Err(ftp_result::FtpErrorRange.into());
            }
            settings.threads = threads;
            Ok(())
        })
    }
}

/// Offers TLS, with the certificate and the private key of files in PEM. They are read when the
/// server starts, and again when they have changed.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_certificate(
    options: *mut ftp_ready_server_options,
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
            settings.tls.certificate = Some((certificate, key));
            Ok(())
        })
    }
}

/// Listens at this address for clients that begin with TLS, mostly at port 990.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_listen_implicit(
    options: *mut ftp_ready_server_options,
    address: *const c_char,
    address_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings
                .tls
                .implicit
                .push(parse(text(address, address_len)?)?);
            Ok(())
        })
    }
}

/// What clients must protect, and what those must who are anonymous: numbers of
/// `ftp_tls_required`.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_require_tls(
    options: *mut ftp_ready_server_options,
    required: i32,
    required_of_anonymous: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            let required = ftp_tls_required::from_raw(required)?;
            let of_anonymous = ftp_tls_required::from_raw(required_of_anonymous)?;
            settings.tls.required = (required, of_anonymous);
            Ok(())
        })
    }
}

/// Asks clients for a certificate that one of the roots in this file has signed, in PEM.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_client_roots(
    options: *mut ftp_ready_server_options,
    file: *const c_char,
    file_len: usize,
) -> ftp_result {
    // SAFETY: the caller gives a handle and a text.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.tls.client_roots = Some(path(text(file, file_len)?)?);
            Ok(())
        })
    }
}

/// The newest version of TLS to speak: a number of `ftp_ready_tls_version`.
#[cfg(feature = "tls")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftp_ready_server_options_set_max_tls_version(
    options: *mut ftp_ready_server_options,
    version: i32,
) -> ftp_result {
    // SAFETY: the caller gives a handle.
    unsafe {
        with(options, |settings: &mut Settings| {
            settings.tls.max_version = Some(ftp_ready_tls_version::from_raw(version)?);
            Ok(())
        })
    }
}

/// What stands behind the handle.
#[derive(Clone)]
pub(crate) struct Settings {
    directory: Option<PathBuf>,
    users: Users,
    users_file: Option<PathBuf>,
    addresses: Vec<SocketAddr>,
    passive_ports: Option<PortRange>,
    announced: Option<Ipv4Addr>,
    banner: Option<Vec<u8>>,
    sessions: Option<(usize, usize, usize)>,
    timeouts: Timeouts,
    limits: Limits,
    dialogue: Dialogue,
    pub(super) event_room: usize,
    pub(super) threads: usize,
    #[cfg(feature = "tls")]
    tls: TlsSettings,
}

#[cfg(feature = "tls")]
#[derive(Clone)]
struct TlsSettings {
    certificate: Option<(PathBuf, PathBuf)>,
    implicit: Vec<SocketAddr>,
    required: (ftp_tls_required, ftp_tls_required),
    client_roots: Option<PathBuf>,
    max_version: Option<ftp_ready_tls_version>,
}

/// A server to be, and what can be changed of it while it runs.
pub(super) struct Made {
    pub(super) builder: Builder,
    pub(super) renewable: Renewable,
}

/// What is read again from files on demand.
#[derive(Default)]
pub(super) struct Renewable {
    pub(super) users: Option<Arc<UsersFile>>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Arc<ServerTls>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            directory: None,
            users: Users::new(),
            users_file: None,
            addresses: Vec::new(),
            passive_ports: None,
            announced: None,
            banner: None,
            sessions: None,
            timeouts: Timeouts::server(),
            limits: Limits::default(),
            dialogue: Dialogue::default(),
            event_room: 10_000,
            threads: 2,
            #[cfg(feature = "tls")]
            tls: TlsSettings {
                certificate: None,
                implicit: Vec::new(),
                required: (ftp_tls_required::Nothing, ftp_tls_required::Nothing),
                client_roots: None,
                max_version: None,
            },
        }
    }
}

impl Settings {
    /// Puts it together.
    pub(super) fn make(self) -> Result<Made, Failure> {
        let directory = self.directory.ok_or_else(|| {
            Failure::new(ftp_result::FtpErrorEmpty, "no directory to serve was set")
        })?;
        let storage = LocalDirectory::open(&directory).map_err(|error| {
            let text = format!("{}: {error}", directory.display());
            Failure::new(ftp_result::FtpErrorSystem, text)
        })?;
        let mut renewable = Renewable::default();
        let mut builder = Server::builder(Arc::new(storage))
            .timeouts(self.timeouts)
            .limits(self.limits)
            .dialogue(self.dialogue);
        builder = match self.users_file {
            None => builder.users(self.users),
            Some(file) => {
                let users = UsersFile::open(file);
                let users =
                    users.map_err(|error| Failure::of(ftp_result::FtpErrorSystem, &error))?;
                let users = Arc::new(users);
                renewable.users = Some(Arc::clone(&users));
                builder.authenticator(users)
            }
        };
        for address in self.addresses {
            builder = builder.listen_on(address);
        }
        if let Some(ports) = self.passive_ports {
            builder = builder.passive_ports(ports);
        }
        if let Some(announced) = self.announced {
            builder = builder.announce(announced);
        }
        if let Some(banner) = self.banner {
            builder = builder.banner(banner);
        }
        if let Some((all, from_one_address, before_login)) = self.sessions {
            builder = builder.sessions(all, from_one_address);
            builder = builder.sessions_before_login(before_login);
        }
        #[cfg(feature = "tls")]
        {
            let tls = self.tls.server()?;
            renewable.tls.clone_from(&tls);
            if let Some(tls) = tls {
                builder = builder
                    .tls(tls)
                    .require_tls(self.tls.required.0.into())
                    .require_tls_of_anonymous(self.tls.required.1.into());
                for address in self.tls.implicit {
                    builder = builder.listen_implicit(address);
                }
            }
        }
        Ok(Made { builder, renewable })
    }
}

impl Renewable {
    /// Reads the files again; after a failure what was read before stays.
    pub(super) fn renew(&self) -> Result<(), Failure> {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            tls.reload()?;
        }
        if let Some(users) = &self.users {
            let renewed = users.reload();
            renewed.map_err(|error| Failure::of(ftp_result::FtpErrorSystem, &error))?;
        }
        Ok(())
    }
}

#[cfg(feature = "tls")]
impl TlsSettings {
    fn server(&self) -> Result<Option<Arc<ServerTls>>, Failure> {
        let Some((certificate, key)) = &self.certificate else {
            let wanted = !self.implicit.is_empty()
                || self.required.0 != ftp_tls_required::Nothing
                || self.required.1 != ftp_tls_required::Nothing;
            return match wanted {
                // A server that was to insist on TLS must not serve in clear.
                true => Err(Failure::new(
                    ftp_result::FtpErrorTls,
                    "TLS is asked for, and no certificate was set",
                )),
                false => Ok(None),
            };
        };
        let mut tls = ServerTls::from_files(certificate, key)?;
        if let Some(roots) = &self.client_roots {
            tls = tls.client_roots(roots)?;
        }
        if let Some(version) = self.max_version {
            tls = tls.max_version(MaxVersion::from(version))?;
        }
        Ok(Some(Arc::new(tls)))
    }
}

/// What a user gets.
fn account(permissions: u32, home: Option<&[u8]>) -> Result<Account, Failure> {
    let kinds = [
        Permissions::LIST,
        Permissions::READ,
        Permissions::WRITE,
        Permissions::DELETE,
        Permissions::RENAME,
        Permissions::MAKE,
    ];
    if !(0..1 << kinds.len()).contains(&permissions) {
        let text = format!("{permissions} is no set of FTP_PERMISSION_...");
        return Err(Failure::new(ftp_result::FtpErrorRange, text));
    }
    let chosen = (0..)
        .zip(kinds)
        .filter(|(at, _)| permissions & (1 << at) != 0);
    let granted = chosen.fold(Permissions::NONE, |all, (_, kind)| all.and(kind));
    let account = Account::new(granted);
    let Some(home) = home else {
        return Ok(account);
    };
    let home = VirtualPath::root().join(home);
    let home = home.map_err(|error| Failure::of(ftp_result::FtpErrorForbiddenByte, &error))?;
    Ok(account.at_home(home))
}
