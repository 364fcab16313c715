//! `ftp-cli serve`: serves a directory.

use std::io::{self, Write};
use std::sync::Arc;

use ftp_io::server::{
    Authenticator, BindError, CertificateLogin, Event, Limit, Permissions, Server, ServerHandle,
    User, Users, UsersFile,
};
use ftp_io::storage::LocalDirectory;
use ftp_io::tls::ServerTls;
use ftp_proto::server::DataPort;
use ftp_proto::{Dialogue, Timeouts};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::{Access, Serve, ServeLoginArgs};
use crate::connection::EscapeAsciiText;
use crate::fault::Fault;
use crate::{certificate, firewall, privileges};

pub(crate) fn run(job: &Serve, verbose: bool) -> Result<(), Fault> {
    if job.explain {
        return firewall::explain(job);
    }
    let login = &job.login;
    if login.file.is_none() && login.users.is_empty() && login.anonymous.is_none() {
        return Err(Fault::usage("nobody could log in").advise(
            "Say who may: --users FILE for the users of a file, --user NAME:PASSWORD for one, \
             --anonymous for everybody, who may then read.",
        ));
    }
    // Before anything starts a thread.
    if let Some(run_as) = &job.run_as {
        privileges::give_up(run_as)?;
    }
    allow_descriptors(job.limits.max_sessions);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(format!("cannot start: {error}")))?;
    runtime.block_on(serve(job, verbose))
}

/// Takes as many descriptors as the system allows, up to what so many sessions may need: a shell
/// gives its programs 1,024, less than the sessions of the default.
fn allow_descriptors(sessions: usize) {
    let wanted = (sessions as u64)
        .saturating_mul(PER_SESSION)
        .saturating_add(SPARE);
    let limit = getrlimit(Resource::Nofile);
    let current = match limit.maximum {
        Some(maximum) => wanted.min(maximum),
        None => wanted,
    };
    if limit.current.is_some_and(|now| now < current) {
        // With fewer it serves all the same, and accepts nobody while it has none left.
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(current),
                ..limit
            },
        );
    }
}

async fn serve(job: &Serve, verbose: bool) -> Result<(), Fault> {
    // Before anybody is told that this process can be sent one.
    let signals =
        Signals::new().map_err(|error| Fault::new(format!("cannot heed signals: {error}")))?;
    let directory = LocalDirectory::open(&job.directory)
        .map_err(|error| Fault::file(&job.directory, "serve", &error))?;
    directory
        .remove_leftovers()
        .map_err(|error| Fault::file(&job.directory, "clean up", &error))?;
    let file = job.login.file.as_ref().map(UsersFile::open).transpose();
    let file = file.map_err(|error| Fault::new(error.to_string()))?;
    let file = file.map(Arc::new);
    if let Some(file) = &file {
        warn_of(file);
    }
    let authenticator: Arc<dyn Authenticator> = match &file {
        Some(file) => Arc::<UsersFile>::clone(file),
        None => Arc::new(given(&job.login)),
    };
    let tls = certificate::of(job)?;
    let server = builder(job, directory, verbose, tls)
        .authenticator(authenticator)
        .bind()
        .await
        .map_err(|error| refused(&error))?;
    for address in server.local_addresses() {
        // Nobody may be reading; the server serves all the same.
        let _ = writeln!(io::stdout(), "listening on {address}");
    }
    let _ = io::stdout().flush();
    tokio::spawn(heed(signals, server.handle(), file));
    server.run().await;
    Ok(())
}

fn builder(
    job: &Serve,
    directory: LocalDirectory,
    verbose: bool,
    tls: Option<ServerTls>,
) -> ftp_io::server::Builder {
    let limits = &job.limits;
    let mut timeouts = Timeouts::server();
    timeouts.idle = limits.idle_timeout;
    timeouts.stall = limits.stall_timeout;
    let all = limits.max_sessions;
    let of_one = limits.max_sessions_per_address.unwrap_or(all);
    let before_login = limits.max_sessions_before_login.unwrap_or(all.div_ceil(2));
    let mut builder = Server::builder(Arc::new(directory))
        .data_port(
            job.data
                .data_port
                .map_or(DataPort::Standard, DataPort::Port),
        )
        .sessions(all, of_one)
        .sessions_before_login(before_login)
        .timeouts(timeouts)
        .on_event(move |event| tell(&event, verbose));
    if verbose {
        builder = builder.dialogue(Dialogue::Shown);
    }
    for &address in &job.listen {
        builder = builder.listen_on(address);
    }
    if let Some(tls) = tls {
        builder = builder
            .tls(Arc::new(tls))
            .require_tls(job.tls.require_tls)
            .require_tls_of_anonymous(job.tls.require_tls_anonymous.unwrap_or(job.tls.require_tls))
            // Which users may log in by a certificate is the file's to say.
            .certificate_login(CertificateLogin::Alone);
        for &address in &job.tls.implicit {
            builder = builder.listen_implicit(address);
        }
    }
    if let Some(text) = &job.banner {
        builder = builder.banner(text.clone());
    }
    if let Some(ports) = job.data.passive_ports {
        builder = builder.passive_ports(ports);
    }
    if let Some(address) = job.data.announce {
        builder = builder.announce(address);
    }
    builder
}

/// Why it does not listen, and what to do about it.
fn refused(error: &BindError) -> Fault {
    let address = error.address;
    match error.source.kind() {
        io::ErrorKind::PermissionDenied => {
            Fault::new(format!("this user may not listen at {address}")).advise(
                "A port below 1024 is root's to bind: start it as root, with --run-as USER to \
                 serve as somebody else, or listen at a port above 1023.",
            )
        }
        io::ErrorKind::AddrInUse => {
            Fault::new(format!("another program listens at {address} already"))
                .advise("Choose another port with --listen.")
        }
        io::ErrorKind::AddrNotAvailable => Fault::new(format!(
            "this machine does not have the address of {address}"
        ))
        .advise("Choose one that it has with --listen; 0.0.0.0 and [::] are all of them."),
        _ => Fault::new(error.to_string()),
    }
}

/// The users of the command line.
fn given(login: &ServeLoginArgs) -> Users {
    let mut users = Users::new();
    for user in &login.users {
        users = users.with(User::new(
            &user.name,
            user.password.expose(),
            permissions(user.access),
        ));
    }
    match login.anonymous {
        Some(access) => users.with_anonymous(permissions(access)),
        None => users,
    }
}

const fn permissions(access: Access) -> Permissions {
    match access {
        Access::ReadOnly => Permissions::READ_ONLY,
        Access::ReadWrite => Permissions::READ_WRITE,
    }
}

fn warn_of(file: &UsersFile) {
    if let Some(exposure) = file.exposure() {
        say(&format!("the file of users is not safe: {exposure}"));
    }
}

/// What this process can be told from outside.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
}

/// The first signal to stop lets transfers end, the second ends everything at once; SIGHUP reads
/// the users again.
async fn heed(mut signals: Signals, handle: ServerHandle, file: Option<Arc<UsersFile>>) {
    let mut stops = 0;
    loop {
        tokio::select! {
            _ = signals.interrupt.recv() => stops += 1,
            _ = signals.terminate.recv() => stops += 1,
            _ = signals.hang_up.recv() => {
                reload(file.clone()).await;
                continue;
            }
        }
        match stops {
            1 => handle.stop(),
            _ => handle.stop_now(),
        }
    }
}

async fn reload(file: Option<Arc<UsersFile>>) {
    let Some(file) = file else {
        say("there is no file of users to read again");
        return;
    };
    // A file on a slow disk must not hold up the sessions.
    let read = tokio::task::spawn_blocking(move || match file.reload() {
        Ok(()) => {
            warn_of(&file);
            say(&format!(
                "the users were read again: {} of them",
                file.len()
            ));
        }
        Err(error) => say(&format!("the users stay as they were: {error}")),
    });
    // A panic there was printed there.
    let _ = read.await;
}

/// On standard error, so that standard output stays for programs. Nobody may be reading.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "ftp-cli: {line}");
}

/// What an operator is told.
fn tell(event: &Event, verbose: bool) {
    let line = match event {
        Event::DataPortReplaced { wanted } => format!(
            "the data port {wanted} cannot be bound here: \
             in active mode data connections come from any port"
        ),
        Event::DataSecured {
            session,
            summary,
            is_proven: false,
        } => format!(
            "[{session}] a data connection is under {summary}, and does not resume its session's \
             TLS: whose it is, is not proven"
        ),
        Event::CertificatesChanged { fingerprint } => {
            format!("the certificates have changed: the first is now {fingerprint}")
        }
        Event::CertificatesUnusable { error } => {
            format!("the certificates stay as they were, for the new ones cannot be used: {error}")
        }
        _ if !verbose => return,
        Event::ControlSecured { session, summary } => {
            format!("[{session}] the control connection is under {summary}")
        }
        Event::DataSecured {
            session, summary, ..
        } => format!("[{session}] the data connection is under {summary}"),
        Event::SessionStarted { session, control } => {
            format!("[{session}] connected from {}", control.peer)
        }
        Event::SessionRefused { peer, limit, .. } => {
            let of_what = match limit {
                Limit::OneAddress => "from its address",
                Limit::BeforeLogin => "in which nobody has logged in",
                _ => "in all",
            };
            format!("{peer} was sent away: too many sessions {of_what}")
        }
        Event::Command { session, line } => {
            format!("[{session}] < {}", line.escape_ascii_text())
        }
        Event::Reply { session, text } => {
            let lines = text.split(|b| *b == b'\n');
            let lines: Vec<String> = lines
                .map(|line| format!("[{session}] > {}", line.escape_ascii_text()))
                .collect();
            lines.join("\n")
        }
        Event::SessionEnded { session, reason } => match reason {
            Some(reason) => format!("[{session}] ended: {reason:?}"),
            None => format!("[{session}] ended with the server"),
        },
        _ => return,
    };
    let _ = writeln!(io::stderr(), "{line}");
}

/// Descriptors of one session: its control connection, and for a transfer a listener, the data
/// connection, a file and its directory.
const PER_SESSION: u64 = 5;

/// Those of everything else: listeners, pipes, the runtime's own.
const SPARE: u64 = 200;
