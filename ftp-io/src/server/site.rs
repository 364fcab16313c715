//! The application's own SITE commands.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use ftp_proto::ControlAddresses;
use ftp_proto::codec::command::{Argument, Verb};
use ftp_proto::server::{Denied, Text};

use crate::storage::{Op, Storage};

/// A SITE command that a client has said, and who is allowed to.
///
/// ```
/// use ftp_io::server::{SiteCall, Text};
/// use ftp_io::storage::Op;
///
/// /// How much room there is where the user says.
/// fn room(call: SiteCall) -> Op<Text> {
///     let root = ftp_proto::codec::path::VirtualPath::root();
///     call.storage.space(&root).map(|bytes| Text::from(format!("{bytes} bytes")))
/// }
/// # let _ = room;
/// ```
#[non_exhaustive]
pub struct SiteCall {
    /// The user's name.
    pub user: Bytes,
    /// What followed the command's name.
    pub argument: Option<Argument>,
    /// What the user sees.
    pub storage: Arc<dyn Storage>,
    /// The two ends of the control connection.
    pub addresses: ControlAddresses,
}

impl fmt::Debug for SiteCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteCall")
            .field("user", &self.user)
            .field("argument", &self.argument)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

pub(super) type Handler = dyn Fn(SiteCall) -> Op<Text> + Send + Sync;

/// Who carries out which command.
#[derive(Default)]
pub(super) struct Handlers(HashMap<Verb, Arc<Handler>>);

impl Handlers {
    pub(super) fn add(&mut self, verb: Verb, handler: Arc<Handler>) {
        self.0.insert(verb, handler);
    }

    pub(super) fn call(&self, verb: &Verb, call: SiteCall) -> Op<Text> {
        match self.0.get(verb) {
            Some(handler) => handler(call),
            None => Op::Ready(Err(Denied::Unsupported)),
        }
    }
}
