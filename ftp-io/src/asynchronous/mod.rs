//! A client on tokio.
//!
//! It has no task and no thread of its own: it works while a future of its methods, or a stream
//! that it gave, is polled. One that is dropped before its end is aborted there and then, as far as
//! that needs no waiting; the rest is done by the next call. The session never loses its place.
//!
//! ```
//! # mod serve { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/serve.rs")); }
//! # serve::run(async |server| {
//! use ftp_io::asynchronous::{Entries, Reader, Writer};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # let mut client = server.client().await?;
//! let mut writer: Writer = client.write("notes").await?;
//! writer.write_all(b"Buy milk.").await?;
//! assert_eq!(writer.finish().await?.bytes, 9);
//!
//! let mut reader: Reader = client.read("notes").await?;
//! let mut text = String::new();
//! reader.read_to_string(&mut text).await?;
//! assert_eq!(text, "Buy milk.");
//! assert_eq!(reader.transfer().map(|transfer| transfer.bytes), Some(9));
//! drop(reader);
//!
//! let mut entries: Entries = client.entries(None).await?;
//! let first = entries.next().await.ok_or("nothing is there")??;
//! let polled = std::future::poll_fn(|cx| entries.poll_next(cx)).await;
//! let second = polled.ok_or("one file is there")??;
//! assert_ne!(first.name(), second.name());
//! assert!(entries.next().await.is_none());
//! assert!(entries.transfer().is_some());
//! # Ok(())
//! # });
//! ```

mod client;
mod connect;
mod driver;
mod relay;
mod stream;

pub use client::Client;
pub use stream::{Entries, Reader, Writer};
