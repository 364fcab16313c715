//! The server as a client on the network sees it.

mod client;
mod commands;
mod data_connections;
mod ends;
mod extensions;
mod harness;
mod interruptions;
mod logins;
mod sessions;
mod slow_storage;
mod transfers;
