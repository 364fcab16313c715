//! The server's side of a control connection: the server-PI.
//!
//! [`ServerSession`] is driven by the loop that the top of the crate describes. What needs the
//! application is a [`Request`] with the right to answer it once; the answers are facts, and the
//! session words every reply.
//!
//! The next command is parsed only when the one before is answered, so that replies leave in the
//! order of the commands. During a transfer ABOR is looked for among the lines that wait, and STAT
//! is answered if it is the next one; everything else, QUIT too, waits for its turn.
//!
//! An application with one file in memory, which its user may replace:
//!
//! ```
//! # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/dialogue.rs")); }
//! # use doc::{Heard, at_server, replies};
//! use ftp_proto::codec::path::VirtualPath;
//! use ftp_proto::server::{
//!     Answer, Ask, Change, CloseReason, Credentials, Denied, Grant, Keep, Opened, Permissions,
//!     Placement, Request, ServerConfig, ServerEvent, ServerSession, TransferKind, TransferOutcome,
//! };
//! use ftp_proto::{Action, DataEnd, OpId};
//!
//! fn refuse<T: Answer>(session: &mut ServerSession, ask: Ask<T>) {
//!     session.answer(ask, Err(Denied::NotPermitted));
//! }
//!
//! /// Answers a question; the id of the upload that it opened.
//! fn decide(session: &mut ServerSession, request: Request) -> Option<OpId> {
//!     match request {
//!         Request::Authenticate(ask, Credentials { user, password, .. }) => {
//!             let is_ada = user.as_bytes() == b"ada" && password.expose() == "secret";
//!             let permissions = Permissions::READ_WRITE;
//!             let grant = Grant { permissions, home: VirtualPath::root() };
//!             session.answer(ask, is_ada.then_some(grant).ok_or(Denied::BadCredentials));
//!         }
//!         Request::OpenWrite(ask, path, Placement::Whole) => {
//!             assert_eq!(path.as_bytes(), b"/f");
//!             let id = ask.id();
//!             session.answer(ask, Ok(Opened::default()));
//!             return Some(id);
//!         }
//!         Request::Finish(ask, keep) => {
//!             assert_eq!(keep, Keep::Whole);
//!             session.answer(ask, Ok(()));
//!         }
//!         Request::Change(ask, Change::Delete(_)) => refuse(session, ask),
//!         Request::Change(ask, _) | Request::Finish(ask, _) => refuse(session, ask),
//!         Request::OpenRead(ask, ..) | Request::OpenWrite(ask, ..) => refuse(session, ask),
//!         Request::OpenList(ask, ..) => refuse(session, ask),
//!         Request::Metadata(ask, _) => refuse(session, ask),
//!         _ => {}
//!     }
//!     None
//! }
//!
//! let mut session = ServerSession::new(ServerConfig::default().into(), at_server(), Default::default());
//! let (mut upload, mut events) = (None, Vec::new());
//! let mut tell = |session: &mut ServerSession, heard| match heard {
//!     Heard::Event(ServerEvent::Request(request)) => upload = decide(session, request).or(upload),
//!     Heard::Event(event) => events.push(event),
//!     Heard::Action(Action::ListenData { id, local, .. }) => {
//!         session.handle_data_listening(id, (local.ip(), 50_000).into());
//!     }
//!     Heard::Action(Action::AcceptData { id }) => {
//!         let _ = session.handle_data_accepted(id, session.addresses().peer);
//!     }
//!     // Five bytes come.
//!     Heard::Action(Action::MoveData { id, op, .. }) => {
//!         assert_eq!(Some(op), upload);
//!         session.handle_data_ended(id, DataEnd::complete(5));
//!     }
//!     Heard::Action(_) => {}
//! };
//! let codes = |replies: String| -> Vec<String> {
//!     replies.lines().map(|line| line[..3].to_owned()).collect()
//! };
//! let login = replies(&mut session, "USER ada\r\nPASS wonder\r\n", &mut tell);
//! assert_eq!(codes(login), ["220", "331"]); // 530 follows after a second
//! # session = ServerSession::new(ServerConfig::default().into(), at_server(), Default::default());
//! let commands = "USER ada\r\nPASS secret\r\nDELE f\r\nEPSV\r\nSTOR f\r\nQUIT\r\n";
//! let said = replies(&mut session, commands, &mut tell);
//! assert_eq!(codes(said)[2..], ["230", "550", "229", "150", "226", "221"]);
//!
//! let mut ends = Vec::new();
//! for event in events {
//!     match event {
//!         ServerEvent::TransferStarted { kind, .. } => assert_eq!(kind, TransferKind::Store),
//!         ServerEvent::TransferEnded { outcome, bytes, .. } => ends.push((outcome, bytes)),
//!         ServerEvent::Closed(reason) => assert_eq!(reason, CloseReason::Quit),
//!         _ => {}
//!     }
//! }
//! assert_eq!(ends, [(TransferOutcome::Complete, 5)]);
//! ```

mod access;
mod channel;
mod clock;
mod commands;
mod config;
mod event;
mod files;
mod foreign;
mod job;
mod parameters;
mod protection;
mod replies;
mod request;
mod session;
mod transfer;
mod verbs;

pub use config::{
    Abilities, CertificateLogin, ClearControl, DataPort, ServerConfig, TlsOffer, TlsPolicy,
    TlsRequired, TruncatedUploads,
};
pub use event::{CloseReason, ServerEvent, TransferKind, TransferOutcome};
pub use parameters::Transfers;
pub use request::{
    Answer, Ask, Change, Credentials, Denied, Grant, Keep, Opened, Permissions, Placement, Request,
};
pub use session::ServerSession;
