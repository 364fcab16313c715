//! The server as a client on the network sees it.

mod client;
mod harness;
mod transfers;
