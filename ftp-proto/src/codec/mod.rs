//! Bytes to values and back: pure functions, no session.

pub mod address;
pub mod command;
pub mod facts;
pub mod feature;
pub mod hash;
pub mod line;
pub mod path;
pub mod reply;
pub(crate) mod short;
mod text;
