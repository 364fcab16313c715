//! The server's side of a control connection: the server-PI.
//!
//! [`ServerSession`] is driven by the loop that the top of the crate describes. What needs the
//! application is a [`Request`] with the right to answer it once; the answers are facts, and the
//! session words every reply.
//!
//! The next command is parsed only when the one before is answered, so that replies leave in the
//! order of the commands. During a transfer ABOR is looked for among the lines that wait, and STAT
//! is answered if it is the next one; everything else, QUIT too, waits for its turn.

mod access;
mod channel;
mod checksum;
mod clock;
mod commands;
mod config;
mod event;
mod files;
mod foreign;
mod gate;
mod help;
mod job;
mod options;
mod parameters;
mod peers;
mod protection;
mod question;
mod replies;
mod request;
mod session;
mod site;
mod space;
mod start;
mod times;
mod transfer;

pub use config::{
    Abilities, CertificateLogin, Checksums, ClearControl, DataPort, ServerConfig, SiteCommand,
    TlsOffer, TlsPolicy, TlsRequired, TruncatedUploads,
};
pub use event::{CloseReason, ServerEvent, TransferKind, TransferOutcome};
pub use parameters::Transfers;
pub use request::{
    Answer, Ask, Available, Change, Credentials, Denied, Grant, Keep, NewFacts, Opened,
    Permissions, Placement, Request, Summed, Text,
};
pub use session::ServerSession;
