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

mod acquaint;
mod config;
mod event;
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
