//! ProFTPD: one virtual user from a password file.

use std::path::PathBuf;
use std::process::Command;

use super::{Account, PASSWORD_CRYPT, Site, USER, command as quiet, is_root};
use crate::{Family, Trouble, programs};

pub(super) fn command(site: &Site) -> Result<Command, Trouble> {
    let account = Account::of_tests()?;
    let root = site.root();
    let passwords = format!(
        "{USER}:{PASSWORD_CRYPT}:{}:{}::{}:/bin/false\n",
        account.uid,
        account.gid,
        root.display()
    );
    let passwords = site.write("proftpd.passwd", &passwords)?;
    let at = |name: &str| site.folder.path().join(name).display().to_string();
    let passive = site.ports.passive();
    let configuration = format!(
        "ServerName tests\n\
         ServerType standalone\n\
         DefaultAddress {address}\n\
         Port {control}\n\
         PassivePorts {first} {last}\n\
         UseIPv6 {ipv6}\n\
         UseReverseDNS off\n\
         User {user}\n\
         Group {group}\n\
         PidFile {pid}\n\
         ScoreboardFile {scoreboard}\n\
         SystemLog {log}\n\
         ControlsEngine off\n\
         ControlsSocket {controls}\n\
         DelayTable none\n\
         DelayEngine off\n\
         WtmpLog off\n\
         TransferLog none\n\
         AuthOrder mod_auth_file.c\n\
         AuthUserFile {passwords}\n\
         RequireValidShell off\n\
         AllowOverwrite on\n\
         AllowStoreRestart on\n\
         {confined}",
        address = site.family.loopback(),
        control = site.ports.control(),
        first = passive.start(),
        last = passive.end(),
        ipv6 = if site.family == Family::V6 {
            "on"
        } else {
            "off"
        },
        user = account.name,
        group = account.group,
        pid = at("proftpd.pid"),
        scoreboard = at("proftpd.scoreboard"),
        log = site.log().display(),
        controls = at("proftpd.sock"),
        passwords = passwords.display(),
        confined = if is_root() { "DefaultRoot ~\n" } else { "" },
    );
    let configuration = match &site.tls {
        None => configuration,
        Some(tls) => {
            // Data connections must resume the session: that is the default.
            let modules = modules()?;
            format!(
                "ModulePath {modules}\n\
                 LoadModule mod_tls.c\n\
                 {configuration}\
                 TLSEngine on\n\
                 TLSRequired on\n\
                 TLSProtocol TLSv1.2 TLSv1.3\n\
                 TLSLog {log}\n\
                 TLSECCertificateFile {certificate}\n\
                 TLSECCertificateKeyFile {key}\n",
                modules = modules.display(),
                log = site.log().display(),
                certificate = tls.certificate.display(),
                key = tls.key.display(),
            )
        }
    };
    let mut command = quiet(&programs::find("proftpd")?);
    command
        .args(["-n", "-q", "-c"])
        .arg(site.write("proftpd.conf", &configuration)?);
    Ok(command)
}

/// The folder of its modules, if the one for TLS is there: it is in a package of its own.
fn modules() -> Result<PathBuf, Trouble> {
    [
        programs::unpacked().join("usr/lib/proftpd"),
        "/usr/lib/proftpd".into(),
    ]
    .into_iter()
    .find(|folder| folder.join("mod_tls.so").is_file())
    .ok_or_else(|| Trouble::missing("proftpd's mod_tls is not installed"))
}
