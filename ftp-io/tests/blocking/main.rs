//! The blocking client against a server that does what a script says, over loopback.

mod failures;
mod scripted;
mod silence;
mod transfers;
