//! lftp: PASV over IPv4, EPSV over IPv6, PORT and EPRT when told to be active.

use std::process::Command;

use super::{Errand, Mode, Operation};
use crate::{Trouble, programs};

pub(super) fn command(errand: &Errand<'_>) -> Result<Command, Trouble> {
    let passive = match errand.mode {
        Mode::Passive => "on",
        Mode::Active => "off",
        Mode::Auto => return Err(Trouble::failed("lftp has no automatic mode")),
    };
    let server = errand.server;
    let (remote, local) = (errand.remote, errand.local.display());
    let action = match errand.operation {
        Operation::Get => format!("get \"{remote}\" -o \"{local}\""),
        Operation::ResumeGet => format!("get -c \"{remote}\" -o \"{local}\""),
        Operation::Put => format!("put \"{local}\" -o \"{remote}\""),
        Operation::ResumePut => format!("put -c \"{local}\" -o \"{remote}\""),
        Operation::List => "ls".to_owned(),
    };
    let script = format!(
        "debug 5; \
         set cmd:fail-exit yes; \
         set net:max-retries 1; \
         set net:timeout 20; \
         set ftp:ssl-allow no; \
         set ftp:charset UTF-8; \
         set ftp:passive-mode {passive}; \
         open -u \"{},{}\" ftp://{}/; \
         cd files; \
         {action}",
        server.user, server.password, server.address,
    );
    let mut command = Command::new(programs::find("lftp")?);
    command.args(["--norc", "-c", &script]);
    Ok(command)
}
