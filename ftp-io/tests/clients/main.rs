//! Both clients against a server that does what a script says, over loopback: each scenario runs
//! with the blocking one and with the one on tokio.

mod abort;
mod connecting;
mod failures;
mod files;
mod kind;
mod scripted;
mod silence;
mod streams;
mod transfers;
