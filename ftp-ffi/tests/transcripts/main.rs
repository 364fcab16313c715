//! Plays `tests/transcripts` against the sessions as C sees them: through the exported functions and
//! structures alone. The player is that of ftp-proto's own tests.
#![allow(
    non_camel_case_types,
    reason = "types bear the names that C programs know them by"
)]

mod client;
mod seam;
mod server;
#[allow(dead_code, reason = "the wording of Rust values")]
#[path = "../../../ftp-proto/tests/transcript/mod.rs"]
mod transcript;
