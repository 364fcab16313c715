//! vsftpd: anonymous users who may write, so that no user or PAM service has to be added.

use std::process::Command;

use super::{Site, command as quiet, is_root};
use crate::{Family, Trouble, programs};

pub(super) fn command(site: &Site) -> Result<Command, Trouble> {
    let listen = match site.family {
        Family::V4 => "listen=YES\nlisten_ipv6=NO\nlisten_address=127.0.0.1",
        Family::V6 => "listen=NO\nlisten_ipv6=YES\nlisten_address6=::1",
    };
    // As root it changes to the user `daemon` and below its root folder; vsftpd wants the user's
    // home to exist. Otherwise it stays who started it.
    let identity = if is_root() {
        format!(
            "ftp_username=daemon\nsecure_chroot_dir={}",
            site.empty().display()
        )
    } else {
        "ftp_username=nobody\nrun_as_launching_user=YES".to_owned()
    };
    let (control, passive) = (site.ports.control(), site.ports.passive());
    let configuration = format!(
        "{listen}\n{identity}\n\
         background=NO\n\
         listen_port={control}\n\
         pasv_min_port={first}\n\
         pasv_max_port={last}\n\
         anon_root={root}\n\
         anonymous_enable=YES\n\
         no_anon_password=YES\n\
         local_enable=NO\n\
         write_enable=YES\n\
         anon_upload_enable=YES\n\
         anon_mkdir_write_enable=YES\n\
         anon_other_write_enable=YES\n\
         anon_world_readable_only=NO\n\
         anon_umask=022\n\
         ascii_upload_enable=YES\n\
         ascii_download_enable=YES\n\
         max_clients=0\n\
         max_per_ip=0\n\
         xferlog_enable=YES\n\
         log_ftp_protocol=YES\n\
         vsftpd_log_file={log}\n",
        first = passive.start(),
        last = passive.end(),
        root = site.root().display(),
        log = site.log().display(),
    );
    let configuration = match &site.tls {
        None => configuration,
        Some(tls) => format!(
            "{configuration}\
             ssl_enable=YES\n\
             ssl_tlsv1=YES\n\
             ssl_ciphers=HIGH\n\
             rsa_cert_file={certificate}\n\
             rsa_private_key_file={key}\n\
             require_ssl_reuse=YES\n\
             strict_ssl_read_eof=YES\n\
             allow_anon_ssl=YES\n\
             force_anon_logins_ssl=YES\n\
             force_anon_data_ssl=YES\n",
            certificate = tls.certificate.display(),
            key = tls.key.display(),
        ),
    };
    let mut command = quiet(&programs::find("vsftpd")?);
    command.arg(site.write("vsftpd.conf", &configuration)?);
    Ok(command)
}
