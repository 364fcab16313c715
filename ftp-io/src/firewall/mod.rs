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
//!
//! A client behind NAT, and a server whose filter remembers no connections:
//!
//! ```
//! use ftp_io::firewall::{Answer, End, Firewall, Flow, Helper, Modes, Nat, Outcome, Passage, Plan};
//! use ftp_io::firewall::{Purpose, Rule, Setup, Side, Site, State, Tls, Told, Tracking, Verdict};
//! use ftp_io::firewall::Warning;
//! use ftp_io::net::PortRange;
//! use ftp_proto::client::{DataPolicy, Way};
//!
//! let mut filter = Firewall::rejecting();
//! assert_eq!(filter.answer, Answer::Reject);
//! filter.data_in = Passage::Open;
//! filter.tracking = Tracking::Stateless;
//!
//! let mut setup = Setup::new(21);
//! setup.client.nat = Nat::Present;
//! setup.server.firewall = Some(filter);
//! assert_eq!((setup.tls, setup.active_address), (Tls::Off, Told::Own));
//! let client: &Site = setup.site(Side::Client);
//! assert!(client.nat.translates());
//! assert_eq!(client.helper, Helper::Absent);
//!
//! let verdict: Verdict = setup.verdict(Way::Port);
//! assert_eq!(verdict.outcome, Outcome::AddressRefused);
//! assert_eq!(setup.chosen(DataPolicy::Active), None);
//! assert_eq!(setup.chosen(DataPolicy::Auto), Some(Way::Epsv));
//!
//! setup.modes = Modes::Passive;
//! assert!(setup.modes.passive() && !setup.modes.active());
//! let plan: Plan = setup.plan(Side::Server);
//! let of_data = |rule: &&Rule| rule.purpose == Purpose::PassiveData;
//! let data: &Rule = plan.rules.iter().find(of_data).ok_or("passive mode needs one")?;
//! assert_eq!((data.flow, data.state), (Flow::In, State::Opening));
//! let End { ports, .. } = data.destination;
//! assert_eq!(ports, PortRange::UNPRIVILEGED);
//! // A filter without memory needs the answers let out too.
//! assert!(plan.rules.contains(&data.answer()));
//! assert!(plan.warnings.contains(&Warning::AnyPassivePort));
//! # Ok::<(), Box<dyn std::error::Error>>(())
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
