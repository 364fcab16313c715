//! Both clients against a server that does what a script says, over loopback: each scenario runs
//! with the blocking one and with the one on tokio.

mod abort;
mod connecting;
mod endings;
mod failures;
mod files;
mod killed;
mod kind;
mod listings;
mod pauses;
mod replies;
mod scripted;
mod silence;
mod streams;
mod transfers;
mod ways;
