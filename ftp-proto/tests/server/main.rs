//! The server session, driven through its public contract alone.

mod economy;
mod states;
mod survives;
#[path = "../transcript/mod.rs"]
mod transcript;
mod transcripts;
mod words;
