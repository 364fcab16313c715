//! FTP (RFC 959 and its extensions) as state machines that perform no I/O.
//!
//! FTP is two machines that talk over two kinds of connection. A *protocol interpreter* understands
//! commands and replies; a *data transfer process* opens data connections and moves file bytes.
//! This crate is the interpreter of both sides, [`client::ClientSession`] and
//! [`server::ServerSession`]. A *driver* is the rest: sockets, a clock, files. The crate `ftp-io`
//! has two; this is what to know for one of your own.
//!
//! # The driver contract
//!
//! A session is driven by one loop, the same for a client and a server:
//!
//! ```text
//! loop {
//!     match session.poll_output(now) {
//!         Output::Send(bytes)   => write some of them, then session.sent(n),
//!         Output::Action(a)     => begin it; tell the session how it went,
//!         Output::Event(e)      => tell the application,
//!         Output::Wait(w)       => wait for input, for an answer, or for w.deadline,
//!     }
//! }
//! ```
//!
//! 1. **Poll until `Wait`.** Carry out outputs one by one, in their order: it holds by
//!    construction that a listener is bound before PORT names it and that 221 is written before
//!    `Close`. After every call of a `handle_` method, of `sent` or of a verb, poll again.
//! 2. **Write what is offered**, and say with `sent` how much was taken; the rest is offered
//!    again. Nothing that can be cancelled may stand between a write and `sent`. If the socket
//!    takes nothing, go on as after `Wait`, with what `wait()` says: a peer that does not read
//!    must stop neither reading nor the clock. If it is broken, say `handle_send_lost`, and read
//!    on: what the peer said before it went away tells more than that it did.
//! 3. **Read at most [`Wait::read`] bytes** of the control connection, hand them to
//!    `handle_input`, its end to `handle_eof`, its breaking to `handle_lost`. Urgent data stays in
//!    line (`SO_OOBINLINE`). A read that is in flight when `Wait::read` falls to 0 is handed over
//!    all the same: after the end of a session everything is taken, and forgotten.
//! 4. **Time enters with `poll_output(now)`** and nowhere else: [`Instant`] counts microseconds
//!    from any epoch. Past a deadline, just poll, but tell `handle_data_progress` first: bytes
//!    that have moved and were not told of count as stalled. A client's driver whose application is
//!    not ready to give or take bytes says so with `handle_data_held_up` in its place: that is no
//!    stall.
//! 5. **Begin actions, do not wait for them.** A connect, an accept or a transfer runs beside the
//!    loop, and is answered by `handle_data_connected`, `handle_data_listening`,
//!    `handle_data_accepted`, `handle_data_failed`, `handle_data_progress` and, for each
//!    [`Action::MoveData`], at most one `handle_data_ended`. What cannot begin is answered too, by
//!    `handle_data_failed` or with [`DataEnd::local`].
//! 6. **File bytes never enter the session.** [`Action::MoveData`] brings a [`data::Codec`] that
//!    the driver owns and may move to another thread. If it is a passthrough, sendfile, splice and
//!    the like may be used. Restart markers that it finds (MODE B and C) may be told by
//!    `handle_data_marker`.
//! 7. **There is one data connection at a time**, from `ConnectData` or `ListenData` to
//!    [`Action::CloseData`], the last word on its id, which comes exactly once. What is still
//!    running ends with it, and needs no answer; one that comes too late is ignored, as ids carry
//!    a generation.
//! 8. **After [`Action::Close`], and after an error** of a client's `poll_output`, nothing follows:
//!    drop every socket, and give the error to whoever waits.
//! 9. **TLS is an action like any other**: [`Action::StartTls`] and [`Action::StopTls`] for the
//!    control connection, answered by `handle_tls_established`, `handle_tls_stopped` or
//!    `handle_tls_failed`; [`Protection::Private`] for a data connection, whose handshake
//!    `handle_data_secured` tells, and whose last word, if the driver waits for the peer's end,
//!    `handle_data_crossed`. A driver that is never told to use TLS (`ServerConfig::tls`,
//!    `ClientConfig::tls`) is never asked to. What was read in clear and not handed over when TLS
//!    is to start goes to `handle_input` first, and is fatal.
//!
//! Who opens the data connection is the driver's to carry out and the session's to decide:
//!
//! | mode | at the client | at the server |
//! |---|---|---|
//! | passive | `ConnectData` | `ListenData`, then `AcceptData` |
//! | active | `ListenData`, `AcceptData` | `ConnectData`, from its data port |
//!
//! # A client
//!
//! No socket: the server's side of this dialogue is written down, and the file is a vector.
//!
//! ```
//! use ftp_proto::client::{ClientConfig, ClientEvent, ClientSession, Outcome, Retrieve};
//! use ftp_proto::codec::command::Argument;
//! use ftp_proto::{Action, ControlAddresses, DataEnd, Instant, Output};
//!
//! let mut server = [
//!     ("", "220 Ready.\r\n"),
//!     ("TYPE I\r\n", "200 Type is I.\r\n"),
//!     ("EPSV\r\n", "229 Here (|||50000|).\r\n"),
//!     ("RETR motd\r\n", "150 Here it comes.\r\n226 Done.\r\n"),
//! ]
//! .into_iter();
//! let mut heard = server.next().map(|(_, greeting)| String::from(greeting));
//!
//! let addresses = ControlAddresses::new("192.0.2.7:40000".parse()?, "192.0.2.1:21".parse()?);
//! let now = Instant::from_micros(0);
//! let mut session = ClientSession::new(ClientConfig::default(), addresses, now);
//! let op = session.retrieve(Retrieve::new(Argument::try_from("motd")?))?;
//! let mut file = Vec::new();
//! let transferred = loop {
//!     match session.poll_output(now)? {
//!         Output::Send(bytes) => {
//!             let (command, reply) = server.next().ok_or("one command too many")?;
//!             assert_eq!(bytes, command.as_bytes());
//!             heard = Some(reply.into());
//!             let written = bytes.len();
//!             session.sent(written);
//!         }
//!         Output::Action(Action::ConnectData { id, to, .. }) => {
//!             assert_eq!(to, "192.0.2.1:50000".parse()?);
//!             session.handle_data_connected(id);
//!         }
//!         Output::Action(Action::MoveData { id, codec, .. }) => {
//!             assert!(codec.is_passthrough());
//!             file.extend_from_slice(b"Hello.\n");
//!             session.handle_data_ended(id, DataEnd::complete(7));
//!         }
//!         Output::Action(_) => {}
//!         Output::Event(ClientEvent::Done { op: done, result }) if done == op => break result?,
//!         Output::Event(_) => {}
//!         Output::Wait(wait) => {
//!             let input = heard.take().ok_or("nothing to wait for")?;
//!             assert!(input.len() <= wait.read);
//!             assert_eq!(session.handle_input(input.as_bytes()), input.len());
//!         }
//!         _ => unreachable!(),
//!     }
//! };
//! assert!(matches!(transferred, Outcome::Transfer(transfer) if transfer.bytes == 7));
//! assert_eq!(file, b"Hello.\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A server
//!
//! What needs the application is a [`server::Request`] with the right to answer it once. Answers
//! are facts; the session words the replies.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ftp_proto::codec::path::VirtualPath;
//! use ftp_proto::server::{
//!     Grant, Permissions, Request, ServerConfig, ServerEvent, ServerSession,
//! };
//! use ftp_proto::{ControlAddresses, Instant, Output};
//!
//! let addresses = ControlAddresses::new("192.0.2.1:21".parse()?, "192.0.2.7:40000".parse()?);
//! let now = Instant::from_micros(0);
//! let mut session = ServerSession::new(Arc::new(ServerConfig::default()), addresses, now);
//! let client = b"USER ada\r\nPASS secret\r\nPWD\r\nQUIT\r\n";
//! assert_eq!(session.handle_input(client), client.len());
//! let mut replies = Vec::new();
//! loop {
//!     match session.poll_output(now) {
//!         Output::Send(bytes) => {
//!             replies.extend_from_slice(bytes);
//!             let written = bytes.len();
//!             session.sent(written);
//!         }
//!         Output::Event(ServerEvent::Request(Request::Authenticate(ask, credentials))) => {
//!             assert_eq!(credentials.user.as_bytes(), b"ada");
//!             let permissions = Permissions::READ_ONLY;
//!             let home = VirtualPath::root().join(b"home/ada")?;
//!             session.answer(ask, Ok(Grant { permissions, home }));
//!         }
//!         Output::Event(_) => {}
//!         Output::Action(_) => break, // `Close`
//!         Output::Wait(_) => unreachable!("everything is there"),
//!         _ => unreachable!(),
//!     }
//! }
//! let replies = String::from_utf8(replies)?;
//! let codes: Vec<&str> = replies.lines().map(|line| &line[..3]).collect();
//! assert_eq!(codes, ["220", "331", "230", "257", "221"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bounds
//!
//! Nothing from the wire panics, hangs or grows memory past [`Limits`]; every wait ends by
//! [`Timeouts`]. There are three kinds of error: [`UsageError`] for a call that makes no sense, and
//! changes nothing; [`ProtocolError`] for a server that broke the protocol, went silent or went
//! away, after which the session is over; and a reply that says no, which is an outcome
//! ([`client::OperationError`]). A bad command at a server is answered, and the session goes on.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod client;
pub mod codec;
mod contract;
pub mod data;
mod error;
mod limits;
pub mod listing;
mod outbox;
mod protection;
mod secret;
pub mod server;
mod session;
mod time;

pub use contract::{
    Accepted, Action, Closing, ControlAddresses, DataEnd, DataEnding, DataFailure, DataId,
    DataMode, Dialogue, Direction, Family, Instant, LocalFailure, OpId, Output, Wait,
};
pub use error::{DecodeError, ProtocolError, Step, UsageError};
pub use limits::{Limits, Timeouts};
pub use protection::{Handshake, Protection, TlsInfo};
pub use secret::Secret;
pub use session::Session;
pub use time::{DateTime, Modified, Precision, Zone};
