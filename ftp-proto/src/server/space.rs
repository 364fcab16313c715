//! ALLO, AVBL and COMB: room for files, and files put together of parts.

use alloc::format;
use alloc::vec::Vec;

use super::request::{Available, Change, Request};
use super::session::ServerSession;
use crate::codec::command::{Argument, Combination};

impl ServerSession {
    /// ALLO: files grow by themselves (RFC 959 §4.1.3).
    pub(super) fn allocate(&mut self, _size: u64, _record: Option<u64>) {
        self.reply::<202>("No space needs to be allocated.");
    }

    pub(super) fn ask_space(&mut self, path: Option<&Argument>) {
        let path = path.map(Argument::as_bytes).unwrap_or_default();
        if let Some(path) = self.resolve(path) {
            self.ask_then(
                |ask| Request::Space(ask, path),
                |session, Available(bytes)| session.reply::<213>(format!("{bytes}")),
            );
        }
    }

    pub(super) fn combine(&mut self, files: &Combination) {
        let Some(target) = self.resolve(files.target().as_bytes()) else {
            return;
        };
        let mut parts = Vec::with_capacity(files.parts().len());
        for part in files.parts() {
            match self.resolve(part.as_bytes()) {
                // What is deleted at the end must not be what was made.
                Some(part) if part == target || parts.contains(&part) => {
                    return self.reply::<501>("Each file can be named once.");
                }
                Some(part) => parts.push(part),
                None => return,
            }
        }
        self.ask_long(
            |ask| Request::Change(ask, Change::Combine { target, parts }),
            |session, answer| match answer {
                Ok(()) => session.reply::<250>("Done."),
                Err(denied) => session.reply_denied(denied),
            },
        );
    }
}
