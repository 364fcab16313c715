//! Who may connect to whom: which ways of opening a data connection work in a network, and which
//! rules its firewalls need.
//!
//! Values only: nothing here looks at a network. A [`Setup`] describes a client, a server and what
//! stands before each; [`Setup::verdict`] tells for EPSV, PASV, EPRT and PORT what becomes of the
//! data connection and why, [`Setup::plan`] what each side's firewall must let through.
//!
//! ```
//! use ftp_io::firewall::{Firewall, Outcome, Setup, Side};
//! use ftp_proto::client::Way;
//!
//! let mut setup = Setup::new(21);
//! setup.server.firewall = Some(Firewall::dropping());
//! assert_eq!(setup.verdict(Way::Epsv).outcome, Outcome::Dropped);
//! assert_eq!(setup.verdict(Way::Port).outcome, Outcome::Works);
//!
//! setup.passive_ports = Some("50000-50099".parse()?);
//! for rule in setup.plan(Side::Server).rules {
//!     println!("{rule}");
//! }
//! # Ok::<(), ftp_io::net::PortRangeError>(())
//! ```

mod description;
mod rules;
#[cfg(test)]
mod tests;
mod verdict;
mod warning;

pub use description::{
    Answer, Firewall, Helper, Modes, Nat, Passage, Setup, Side, Site, Tls, Told, Tracking,
};
pub use rules::{End, Flow, Plan, Purpose, Rule, State};
pub use verdict::{Outcome, Verdict};
pub use warning::Warning;
