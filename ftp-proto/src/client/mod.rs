//! The client's side of a control connection: the user-PI (RFC 959 §2.3).
//!
//! A [`ClientSession`] is asked for operations by verbs (`login`, `retrieve`, `list`, ...), each of
//! which gives an [`OpId`](crate::OpId) at once and queues. Operations are carried out in order;
//! each ends in one [`ClientEvent::Done`].

mod acquaint;
mod config;
mod event;
mod link;
mod login;
mod operation;
mod quirks;
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
pub use session::ClientSession;
pub use verbs::{Listing, Retrieve, Store, StoreAs};
pub use way::Way;
