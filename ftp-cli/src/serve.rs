//! `ftp-cli serve`: serves a directory.

use std::io::{self, Write};
use std::sync::Arc;

use ftp_io::server::{Event, Server, ServerHandle, User, Users};
use ftp_io::storage::LocalDirectory;
use ftp_proto::Dialogue;
use ftp_proto::server::{DataPort, Permissions};

use crate::args::{Access, Serve};
use crate::connection::EscapeAsciiText;
use crate::fault::Fault;
use crate::firewall;

pub(crate) fn run(job: &Serve, verbose: bool) -> Result<(), Fault> {
    if job.explain {
        return firewall::explain(job);
    }
    if job.users.is_empty() && job.anonymous.is_none() {
        return Err(Fault::new("nobody could log in").advise(
            "Say who may: --user NAME:PASSWORD for a user, --anonymous for everybody, \
             who may then read.",
        ));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(format!("cannot start: {error}")))?;
    runtime.block_on(serve(job, verbose))
}

async fn serve(job: &Serve, verbose: bool) -> Result<(), Fault> {
    let directory = LocalDirectory::open(&job.directory)
        .map_err(|error| Fault::file(&job.directory, "serve", &error))?;
    directory
        .remove_leftovers()
        .map_err(|error| Fault::file(&job.directory, "clean up", &error))?;
    let mut builder = Server::builder(Arc::new(directory))
        .users(users(job))
        .data_port(job.data_port.map_or(DataPort::Standard, DataPort::Port))
        .on_event(move |event| tell(&event, verbose));
    if verbose {
        builder = builder.dialogue(Dialogue::Shown);
    }
    for &address in &job.listen {
        builder = builder.listen_on(address);
    }
    if let Some(ports) = job.passive_ports {
        builder = builder.passive_ports(ports);
    }
    if let Some(address) = job.announce {
        builder = builder.announce(address);
    }
    let server = builder
        .bind()
        .await
        .map_err(|error| Fault::new(format!("cannot listen: {error}")))?;
    for address in server.local_addresses() {
        // Nobody may be reading; the server serves all the same.
        let _ = writeln!(io::stdout(), "listening on {address}");
    }
    let _ = io::stdout().flush();
    tokio::spawn(stop_on_signal(server.handle()));
    server.run().await;
    Ok(())
}

fn users(job: &Serve) -> Users {
    let mut users = Users::new();
    for user in &job.users {
        users = users.with(User::new(
            &user.name,
            user.password.expose(),
            permissions(user.access),
        ));
    }
    match job.anonymous {
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

/// The first signal lets transfers end; the second ends everything at once.
async fn stop_on_signal(handle: ServerHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    next().await;
    handle.stop();
    next().await;
    handle.stop_now();
}

/// What an operator is told: on standard error, so that standard output stays for programs.
fn tell(event: &Event, verbose: bool) {
    let line = match event {
        Event::DataPortReplaced { wanted } => format!(
            "the data port {wanted} cannot be bound here: \
             in active mode data connections come from any port"
        ),
        _ if !verbose => return,
        Event::SessionStarted { session, control } => {
            format!("[{session}] connected from {}", control.peer)
        }
        Event::SessionRefused { peer, .. } => format!("{peer} was sent away: too many sessions"),
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
