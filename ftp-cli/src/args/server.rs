//! The command line of `serve`.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "these comments are the help texts of clap"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args as ClapArgs;
use ftp_io::net::PortRange;
use ftp_proto::Secret;

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// The directory to serve; nothing outside it can be reached
    pub(crate) directory: PathBuf,

    /// Listen here; may be given several times, port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2121")]
    pub(crate) listen: Vec<SocketAddr>,

    /// Let this user log in; rw, the default, to write as well as read, ro to read only
    #[arg(long = "user", value_name = "NAME:PASSWORD[:rw|ro]")]
    pub(crate) users: Vec<UserSpec>,

    /// Let everybody log in as anonymous, to read, or with =rw to write as well
    #[arg(long, value_name = "rw", num_args = 0..=1, require_equals = true, default_missing_value = "ro")]
    pub(crate) anonymous: Option<Access>,

    /// Ports of data connections in passive mode, as a firewall lets them in; any by default
    #[arg(long, value_name = "A-B")]
    pub(crate) passive_ports: Option<PortRange>,

    /// Tell clients this address in the reply to PASV, where NAT stands before this machine
    #[arg(long, value_name = "IP")]
    pub(crate) announce: Option<Ipv4Addr>,

    /// The port from which data connections come in active mode; 20 by default when the control
    /// port is 21, else the control port less one
    #[arg(long, value_name = "N")]
    pub(crate) data_port: Option<u16>,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    ReadWrite,
}

impl FromStr for Access {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ro" => Ok(Self::ReadOnly),
            "rw" => Ok(Self::ReadWrite),
            _ => Err("expected rw or ro"),
        }
    }
}

/// A user of `serve`.
#[derive(Clone, Debug)]
pub(crate) struct UserSpec {
    pub(crate) name: String,
    pub(crate) password: Secret<String>,
    pub(crate) access: Access,
}

impl FromStr for UserSpec {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text
            .split_once(':')
            .filter(|(name, _)| !name.is_empty())
            .ok_or("expected NAME:PASSWORD, or NAME:PASSWORD:ro")?;
        let (password, access) = match rest.rsplit_once(':') {
            Some((password, "ro")) => (password, Access::ReadOnly),
            Some((password, "rw")) => (password, Access::ReadWrite),
            _ => (rest, Access::ReadWrite),
        };
        Ok(Self {
            name: name.to_owned(),
            password: Secret::new(password.to_owned()),
            access,
        })
    }
}
