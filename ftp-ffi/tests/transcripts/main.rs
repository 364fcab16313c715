//! Plays `tests/transcripts` against the sessions as C sees them: through the exported functions and
//! structures alone. The player is that of ftp-proto's own tests.
#![allow(
    non_camel_case_types,
    reason = "types bear the names that C programs know them by"
)]
#![allow(
    clippy::undocumented_unsafe_blocks,
    reason = "a macro makes the calls, each with a handle that lives and places that are the caller's"
)]

mod client;
mod seam;
mod server;
#[allow(dead_code, reason = "the wording of Rust values")]
#[path = "../../../ftp-proto/tests/transcript/mod.rs"]
mod transcript;

/// Whether C has words for what is in this file of transcripts.
fn is_in_c(role: &str, file: &str) -> bool {
    let name = format!("{role}/{file}");
    !include_str!("../../../tests/transcripts/core-alone.txt")
        .lines()
        .any(|line| line == name)
}
