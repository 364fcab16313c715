//! The server that runs by itself.

mod event;
mod options;
mod queue;
mod running;

pub use event::*;
pub use options::*;
pub use queue::ftp_ready_counters;
pub use running::*;
