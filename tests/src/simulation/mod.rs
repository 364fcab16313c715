//! A client session and a server session joined in memory, on a network that a seed makes up, in
//! virtual time.
//!
//! A run is a pure function of its seed: it replays exactly. Delays, cuts at any byte, writes that
//! take a part or nothing, data that ends before or after the final reply, connections that
//! cannot be opened or that break, strangers at a listener, late answers, full disks, aborted
//! operations: everything is drawn from it. What must hold in every run stands in [`world`].

pub mod driver;
pub mod event;
pub mod host;
pub mod model;
mod mover;
pub mod network;
pub mod random;
pub mod role;
pub mod scenario;
pub mod storage;
pub mod task;
pub mod user;
pub mod wire;
pub mod world;

pub use scenario::{Cuts, Scenario};
pub use world::{Report, Run};
