//! The server as a client on the network sees it.

mod client;
mod ends;
mod harness;
mod interruptions;
mod logins;
mod sessions;
mod slow_storage;
mod transfers;
