//! Real networks on one machine: hosts in network namespaces, joined by veth, with firewalls, NATs
//! and the kernel's FTP helper between them. Linux and root are needed.
//!
//! ```text
//! client ── the client's gate ══ the server's gate ── server
//! ```
//!
//! A [`Scenario`] is a [`Setup`](ftp_io::firewall::Setup) with a name. [`Network`] builds it, a
//! [`Host`] serves in it, [`try_all`] runs clients through it, and each [`Cell`]
//! holds what was predicted and what happened, the [`Diagnosis`] what `ftp-cli doctor` made of it.

mod capture;
mod cell;
mod doctor;
mod gate;
mod namespace;
mod network;
mod rules;
mod scan;
mod scenario;
mod scene;
mod server;

pub use cell::{Cell, Row, Seen, User, try_all};
pub use doctor::Diagnosis;
pub use namespace::Namespace;
pub use network::{ACTIVE_PORTS, Network, PASSIVE_PORTS};
pub use rules::Filter;
pub use scan::answers;
pub use scenario::{Scenario, scenarios};
pub use scene::{SCENES, Scene, alike};
pub use server::{Daemon, Host};

use crate::{Trouble, programs};

/// A skip where networks cannot be made.
///
/// # Errors
/// `Missing` without root's rights or without the programs.
pub fn require() -> Result<(), Trouble> {
    if !rustix::process::geteuid().is_root() {
        return Err(Trouble::missing("only root may make network namespaces"));
    }
    for program in ["ip", "nft", "iptables-restore"] {
        programs::find(program)?;
    }
    Ok(())
}
