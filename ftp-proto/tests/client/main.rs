//! The client session, driven through its public contract alone.

#[path = "../transcript/mod.rs"]
mod transcript;
mod transcripts;
mod words;
