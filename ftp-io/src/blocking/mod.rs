//! A client on `std::net` and `poll(2)`: one thread, which waits.
//!
//! ```
//! # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
//! # let server = serve::Served::new();
//! use std::io::{Read, Write};
//!
//! use ftp_io::blocking::{Entries, Reader, Writer};
//!
//! # let mut client = server.blocking()?;
//! let mut writer: Writer = client.write("notes")?;
//! writer.write_all(b"Buy milk.")?;
//! assert_eq!(writer.finish()?.bytes, 9);
//!
//! let mut reader: Reader = client.read("notes")?;
//! let mut text = String::new();
//! reader.read_to_string(&mut text)?;
//! assert_eq!(text, "Buy milk.");
//! assert_eq!(reader.transfer().map(|transfer| transfer.bytes), Some(9));
//! drop(reader);
//!
//! let mut entries: Entries = client.entries(None)?;
//! for entry in &mut entries {
//!     assert!(entry?.size().is_some());
//! }
//! assert!(entries.transfer().is_some());
//! # drop(entries);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bell;
mod client;
mod connect;
mod data;
mod driver;
mod relay;
mod stream;

pub use client::Client;
pub use stream::{Entries, Reader, Writer};

pub use crate::client::Transfer;
