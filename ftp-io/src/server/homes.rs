//! The directories that sessions are confined to.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Denied, Grant};

use super::users::Account;
use crate::storage::{Op, Storage};

/// The storage of a server, and those parts of it that sessions have as their own: one for each
/// home, however many sessions share it.
pub(super) struct Homes {
    storage: Arc<dyn Storage>,
    open: Mutex<HashMap<VirtualPath, Weak<dyn Storage>>>,
}

/// What a login has brought.
pub(super) struct Entered {
    pub(super) grant: Grant,
    pub(super) storage: Arc<dyn Storage>,
}

impl Homes {
    pub(super) fn new(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            open: Mutex::default(),
        }
    }

    /// All of the storage.
    pub(super) fn whole(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Opens the home of an account.
    pub(super) fn enter(self: Arc<Self>, account: Account) -> Op<Entered> {
        let grant = Grant {
            permissions: account.permissions(),
            home: VirtualPath::root(),
        };
        let home = account.home();
        if home.is_root() {
            let storage = Arc::clone(&self.storage);
            return Op::Ready(Ok(Entered { grant, storage }));
        }
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(storage) = open.get(home).and_then(Weak::upgrade) {
            return Op::Ready(Ok(Entered { grant, storage }));
        }
        drop(open);
        let home = home.clone();
        let opened = Arc::clone(&self.storage).beneath(&home);
        // Whatever is wrong with the home, the password was right.
        let opened = opened.map_denied(|_| Denied::Failed);
        opened.map(move |storage| {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.retain(|_, storage| storage.strong_count() > 0);
            open.insert(home, Arc::downgrade(&storage));
            drop(open);
            Entered { grant, storage }
        })
    }
}

impl fmt::Debug for Homes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Homes")
    }
}
