//! Pure-FTPd: one virtual user from a database that `pure-pw` makes.

use std::process::Command;
use std::time::Duration;

use super::{Account, PASSWORD_CRYPT, Site, USER, command as quiet, is_root};
use crate::process::Running;
use crate::{Family, Trouble, programs};

pub(super) fn command(site: &Site) -> Result<Command, Trouble> {
    let program = programs::find("pure-ftpd")?;
    let maker = programs::find("pure-pw")?;
    if !is_root() {
        return Err(Trouble::missing("only root may run Pure-FTPd"));
    }
    let account = Account::of_tests()?;
    let user = format!(
        "{USER}:{PASSWORD_CRYPT}:{}:{}::{}/./::::::::::::\n",
        account.uid,
        account.gid,
        site.root().display()
    );
    let passwords = site.write("pure.passwd", &user)?;
    let database = site.folder.path().join("pure.pdb");
    let mut make = quiet(&maker);
    make.arg("mkdb").arg(&database).arg("-f").arg(passwords);
    let made = Running::start(make, "pure-pw", site.folder.path())?.finish(MAKE)?;
    if !made.status.success() {
        return Err(Trouble::failed(made));
    }

    let passive = site.ports.passive();
    let mut command = quiet(&program);
    command
        .arg("-S")
        .arg(format!(
            "{},{}",
            site.family.loopback(),
            site.ports.control()
        ))
        .arg(if site.family == Family::V6 {
            "-6"
        } else {
            "-4"
        })
        .arg("-l")
        .arg(format!("puredb:{}", database.display()))
        .arg("-p")
        .arg(format!("{}:{}", passive.start(), passive.end()))
        .arg("-g")
        .arg(site.folder.path().join("pure.pid"))
        // Everybody below the root folder, no name look-up, no anonymous users, verbose log.
        .args(["-A", "-H", "-E", "-d"])
        .args(["-c", "50", "-C", "50"]);
    match &site.tls {
        None => command.args(["-Y", "0"]),
        // On both connections.
        Some(tls) => command.args(["-Y", "3", "-2"]).arg(&tls.both),
    };
    Ok(command)
}

const MAKE: Duration = Duration::from_secs(20);
