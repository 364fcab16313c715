//! Both clients, and peers that do what none should, against the server under TLS, over loopback.

mod attacks;
mod certificates;
mod harness;
#[path = "../clients/kind.rs"]
#[allow(dead_code, reason = "shared with another test, which calls more of it")]
mod kind;
mod peer;
mod raw;
mod resumption;
mod servers;
mod transfers;
