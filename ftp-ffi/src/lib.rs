//! The C library libftpproto; `ftpproto.h` is its documentation for programs in C.
//!
//! Every exported function stands in this crate under its C name. It checks what it was given,
//! enters the handle by `handle::with`, which keeps panics from crossing the boundary, and calls
//! the function of `ftp-proto` or `ftp-io` that has the same name.
#![deny(unsafe_op_in_unsafe_fn)]
#![deny(missing_docs)]
#![allow(
    non_camel_case_types,
    reason = "types bear the names that C programs know them by"
)]
#![allow(
    clippy::missing_safety_doc,
    reason = "what all functions ask of their pointers is said once, at the top of ftpproto.h"
)]

mod address;
mod client;
mod codec;
mod enumeration;
mod handle;
mod limits;
mod listing;
mod output;
#[cfg(feature = "io")]
mod ready;
mod reply;
mod result;
mod server;
mod session;
mod text;
mod time;
mod version;

pub use address::*;
pub use client::*;
pub use codec::*;
pub use limits::*;
pub use listing::*;
pub use output::*;
#[cfg(feature = "io")]
pub use ready::*;
pub use reply::*;
pub use result::*;
pub use server::*;
pub use session::*;
pub use text::*;
pub use time::*;
pub use version::*;
