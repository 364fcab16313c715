//! The native half of the Python package `ftp_py`.
//!
//! No lock is held while Python runs: what a lock guards is taken out as a value first. So nothing
//! here depends on the interpreter's own lock, and no finaliser can meet a lock that its thread
//! holds.

mod address;
mod codec;
mod connection;
mod error;
mod listing;
mod moment;
mod outputs;
mod path;
mod reply;
mod server;
mod session;
mod storage;
mod text;

/// The private half of ``ftp_py``: what is meant for programs is named there.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use super::address::{
        format_227, format_229, format_eprt, format_port, parse_227, parse_229, parse_eprt,
        parse_port,
    };
    #[pymodule_export]
    use super::codec::Codec;
    #[pymodule_export]
    use super::connection::Connection;
    #[pymodule_export]
    use super::listing::{
        Entry, ListingReader, format_facts, format_time, parse_facts, parse_listing, parse_time,
        safe_leaf,
    };
    #[pymodule_export]
    use super::path::{parse_257, quote_path};
    #[pymodule_export]
    use super::reply::{Reply, ReplyReader, parse_features, parse_reply};
    #[pymodule_export]
    use super::server::RunningServer;
    #[pymodule_export]
    use super::session::{ClientSession, ServerSession};
}
