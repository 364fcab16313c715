//! The client's side of a control connection: the user-PI (RFC 959 §2.3).
//!
//! A [`ClientSession`] is asked for operations by verbs (`login`, `retrieve`, `list`, ...), each of
//! which gives an [`OpId`](crate::OpId) at once and queues. Operations are carried out in order;
//! each ends in one [`ClientEvent::Done`].
//!
//! How a session behaves is set before it starts:
//!
//! ```
//! use ftp_proto::client::{
//!     AuthFallback, ClientConfig, DataPolicy, PassiveHost, Pipelining, Tls, Way,
//! };
//!
//! let mut config = ClientConfig::default();
//! assert_eq!((config.data, config.passive_host), (DataPolicy::Passive, PassiveHost::Peer));
//! assert_eq!((config.tls, config.pipelining), (Tls::Off, Pipelining::Off));
//! // A server of the last century, that is to be found out about.
//! config.data = DataPolicy::Only(Way::Pasv);
//! config.passive_host = PassiveHost::Trust;
//! config.tls = Tls::IfOffered;
//! config.auth_fallback = AuthFallback::Ssl;
//! config.pipelining = Pipelining::Within;
//! ```
//!
//! Beyond RFC 959 and 3659 servers have much that a session asks for in the same way:
//!
//! ```
//! use ftp_proto::client::{ClientConfig, ClientSession};
//! use ftp_proto::codec::command::{Argument, Combination, FactChanges, PartOfFile};
//! use ftp_proto::codec::facts::Facts;
//! use ftp_proto::codec::hash::HashAlgorithm;
//! use ftp_proto::{ControlAddresses, DateTime, Instant};
//!
//! let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
//! let now = Instant::from_micros(0);
//! let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
//! let path = || Argument::try_from("notes");
//! let time = DateTime::from_date(2026, 1, 2).ok_or("a day of the calendar")?;
//! let part = PartOfFile { path: path()?, range: None };
//! let facts = FactChanges::new([("UNIX.mode", "0640")])?;
//! let parts = Combination::new(path()?, vec!["notes.1".try_into()?, "notes.2".try_into()?])?;
//!
//! let first = session.hash(path()?)?;
//! session.choose_hash(HashAlgorithm::Sha512)?;
//! session.checksum(HashAlgorithm::Crc32, part)?;
//! session.available_space(None)?;
//! session.set_modified(path()?, time)?;
//! session.set_created(path()?, time)?;
//! session.set_facts(path()?, facts)?;
//! session.choose_facts(Facts::named(b"size;modify;"))?;
//! session.change_mode(path()?, 0o640)?;
//! session.set_times(path()?, time, time)?;
//! session.link("notes".try_into()?, "link".try_into()?)?;
//! session.combine(parts)?;
//! session.choose_host("ftp.example.com".try_into()?)?;
//! session.choose_language(None)?;
//! let last = session.site("HELP".try_into()?)?;
//! assert!(first < last);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acquaint;
mod config;
mod event;
mod extensions;
mod link;
mod login;
mod operation;
mod parameters;
mod quirks;
mod relay;
mod session;
mod transfer;
mod verbs;
mod way;

pub use config::{AuthFallback, ClientConfig, DataPolicy, PassiveHost, Pipelining, Tls};
pub use event::{
    Attempt, AttemptFailure, ClientEvent, ListingKind, OperationError, Outcome, Transferred,
};
pub use login::Login;
pub use quirks::{KNOWN_SERVERS, KnownServer, Quirks, Sign};
pub use relay::{Relay, RelayEnd, RelayPart};
pub use session::ClientSession;
pub use verbs::{Listing, Retrieve, Store, StoreAs};
pub use way::Way;
