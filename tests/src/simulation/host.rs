//! The server's side: its session, and the application that answers it.

use std::collections::BTreeMap;

use bytes::Bytes;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::Entry;
use ftp_proto::server::{
    Ask, CloseReason, Denied, Grant, Keep, Opened, Permissions, Placement, Request, ServerEvent,
    ServerSession,
};
use ftp_proto::{Direction, Instant, LocalFailure, OpId, Output};

use super::event::{Event, Notice, Who};
use super::network::Network;
use super::role::{Role, Said};
use super::storage::Tree;

/// The password that lets in.
pub const PASSWORD: &[u8] = b"let me in";

/// A server session and its storage.
#[derive(Debug)]
pub struct Host {
    /// The session.
    pub session: ServerSession,
    /// What is stored.
    pub tree: Tree,
    /// Why the session ended, once it has.
    pub reason: Option<CloseReason>,
    answers: Vec<Option<Answer>>,
    files: BTreeMap<u32, File>,
    /// The upload that is open.
    upload: Option<u32>,
}

/// Something open, named by the question that opened it.
#[derive(Debug)]
struct File {
    content: Content,
    /// After so many bytes, the file fails.
    fails_after: Option<usize>,
    used: bool,
}

#[derive(Debug)]
enum Content {
    Reading { bytes: Vec<u8>, at: usize },
    Writing { path: VirtualPath, bytes: Vec<u8> },
}

#[derive(Debug)]
enum Answer {
    Grant(Ask<Grant>, Result<Grant, Denied>),
    Entry(Ask<Entry>, Result<Entry, Denied>),
    Opened(Ask<Opened>, Result<Opened, Denied>),
    Done(Ask<()>, Result<(), Denied>),
}

impl Host {
    /// A session and an empty storage.
    pub fn new(session: ServerSession) -> Self {
        Self {
            session,
            tree: Tree::default(),
            reason: None,
            answers: Vec::new(),
            files: BTreeMap::new(),
            upload: None,
        }
    }

    /// A file that is still open.
    pub fn open_file(&self) -> Option<u32> {
        self.files.keys().next().copied()
    }

    fn event(&mut self, net: &mut Network, event: ServerEvent) {
        net.record(Who::Server, || format!("{event:?}"));
        match event {
            ServerEvent::Request(request) => self.request(net, request),
            ServerEvent::Cancel(op) => {
                net.note(|| format!("   S -> cancel {}", op.to_raw()));
                self.files.remove(&op.to_raw());
                if self.upload == Some(op.to_raw()) {
                    self.upload = None;
                }
            }
            ServerEvent::Closed(reason) => {
                net.note(|| format!("   S -> closed: {reason:?}"));
                self.reason = Some(reason);
            }
            other => net.note(|| format!("   S -> {other:?}")),
        }
    }

    /// What is asked is done at once; the answer takes a while.
    fn request(&mut self, net: &mut Network, request: Request) {
        net.note(|| format!("   S -> {request:?}"));
        let denied = net.random.percent(net.scenario.faults.denied);
        let denied = denied.then(|| {
            net.random.pick(&[
                Denied::Busy,
                Denied::Failed,
                Denied::QuotaExceeded,
                Denied::NoSpace,
            ])
        });
        let answer = match request {
            Request::Authenticate(ask, credentials) => {
                let good = credentials.password.expose().as_ref() == PASSWORD;
                let grant = Grant {
                    permissions: Permissions::READ_WRITE,
                    home: VirtualPath::root(),
                };
                Answer::Grant(
                    ask,
                    if good {
                        Ok(grant)
                    } else {
                        Err(Denied::BadCredentials)
                    },
                )
            }
            Request::Metadata(ask, path) => {
                let entry = denied.map_or_else(|| self.tree.entry(&path), Err);
                Answer::Entry(ask, entry)
            }
            Request::OpenRead(ask, path, offset) => {
                let content = denied.map_or_else(|| self.tree.file(&path).cloned(), Err);
                let bytes = content.and_then(|content| {
                    let offset = usize::try_from(offset).map_err(|_| Denied::BadOffset)?;
                    content
                        .get(offset..)
                        .map(<[u8]>::to_vec)
                        .ok_or(Denied::BadOffset)
                });
                let opened = bytes.map(|bytes| self.open_for_reading(net, ask.id(), bytes));
                Answer::Opened(ask, opened)
            }
            Request::OpenList(ask, path, style) => {
                let bytes = denied.map_or_else(|| self.tree.list(&path, style), Err);
                let opened = bytes.map(|bytes| self.open_for_reading(net, ask.id(), bytes));
                Answer::Opened(ask, opened)
            }
            Request::OpenWrite(ask, path, place) => {
                let base = denied.map_or_else(|| self.tree.base(&path, place), Err);
                let opened =
                    base.map(|base| self.open_for_writing(net, ask.id(), path, place, base));
                Answer::Opened(ask, opened)
            }
            Request::Finish(ask, keep) => {
                let result = self.finish(net, keep, denied);
                Answer::Done(ask, result)
            }
            Request::Change(ask, change) => {
                let result = denied.map_or_else(|| self.tree.change(&change), Err);
                Answer::Done(ask, result)
            }
            other => return net.fail(|| format!("a request that nobody knows: {other:?}")),
        };
        self.answers.push(Some(answer));
        self.answer_later(net);
    }

    fn answer_later(&mut self, net: &mut Network) {
        let what = Notice::Application(self.answers.len() - 1);
        let mut delay = net.draw(net.scenario.answer_delay);
        if net.random.percent(net.scenario.faults.slow_answers) {
            delay +=
                net.random
                    .pick(&[1_000_000, 9_000_000, 29_000_000, 100_000_000, u64::MAX / 2]);
        }
        if delay < u64::MAX / 2 {
            net.after(
                delay,
                Event::Notice {
                    to: Who::Server,
                    what,
                },
            );
        }
    }

    fn open_for_reading(&mut self, net: &mut Network, op: OpId, bytes: Vec<u8>) -> Opened {
        let size = Some(bytes.len() as u64);
        self.open(net, op, Content::Reading { bytes, at: 0 });
        Opened { size, name: None }
    }

    fn open_for_writing(
        &mut self,
        net: &mut Network,
        op: OpId,
        path: VirtualPath,
        place: Placement,
        base: Vec<u8>,
    ) -> Opened {
        let (path, name) = if place == Placement::Unique {
            let path = self.tree.unique(&path);
            let name = path.name().map(Bytes::copy_from_slice);
            (path, name)
        } else {
            (path, None)
        };
        if let Some(open) = self.upload.replace(op.to_raw()) {
            net.fail(|| format!("an upload begins before {open} has ended"));
        }
        self.open(net, op, Content::Writing { path, bytes: base });
        Opened { size: None, name }
    }

    fn open(&mut self, net: &mut Network, op: OpId, content: Content) {
        let fails = net.random.percent(net.scenario.faults.server_disk);
        let fails_after = fails.then(|| net.random.length(4_000) - 1);
        let file = File {
            content,
            fails_after,
            used: false,
        };
        self.files.insert(op.to_raw(), file);
    }

    fn finish(
        &mut self,
        net: &mut Network,
        keep: Keep,
        denied: Option<Denied>,
    ) -> Result<(), Denied> {
        let Some(file) = self.upload.take().and_then(|op| self.files.remove(&op)) else {
            net.fail(|| "Finish without an open upload".into());
            return Err(Denied::Failed);
        };
        let Content::Writing { path, bytes } = file.content else {
            return Err(Denied::Failed);
        };
        if let Some(denied) = denied {
            return Err(denied);
        }
        if keep == Keep::Whole {
            self.tree.put(path, bytes);
        }
        Ok(())
    }
}

impl Role for Host {
    type Session = ServerSession;

    fn session(&mut self) -> &mut ServerSession {
        &mut self.session
    }

    fn poll(&mut self, net: &mut Network) -> Said {
        match self.session.poll_output(Instant::from_micros(net.now())) {
            Output::Send(bytes) | Output::SendUrgent(bytes) => Said::Bytes(bytes.to_vec()),
            Output::Action(action) => Said::Action(action),
            Output::Event(event) => {
                self.event(net, event);
                Said::Event
            }
            Output::Wait(wait) => Said::Wait(wait),
            other => {
                net.fail(|| format!("an output that nobody knows: {other:?}"));
                Said::Over
            }
        }
    }

    fn begin(&mut self, op: OpId, direction: Direction) -> Result<(), String> {
        let file = self.files.get_mut(&op.to_raw()).ok_or("nothing is open")?;
        let fits = match file.content {
            Content::Reading { .. } => Direction::Send,
            Content::Writing { .. } => Direction::Receive,
        };
        if fits != direction {
            return Err("the wrong way".into());
        }
        if std::mem::replace(&mut file.used, true) {
            return Err("for the second time".into());
        }
        Ok(())
    }

    fn read(&mut self, op: OpId, most: usize) -> Result<Vec<u8>, LocalFailure> {
        let file = self
            .files
            .get_mut(&op.to_raw())
            .ok_or(LocalFailure::Other)?;
        let Content::Reading { bytes, at } = &mut file.content else {
            return Err(LocalFailure::Other);
        };
        if file.fails_after.is_some_and(|n| *at >= n) {
            return Err(LocalFailure::Other);
        }
        let end = bytes.len().min(*at + most);
        let piece = bytes[*at..end].to_vec();
        *at = end;
        Ok(piece)
    }

    fn write(&mut self, op: OpId, piece: &[u8]) -> Result<(), LocalFailure> {
        let file = self
            .files
            .get_mut(&op.to_raw())
            .ok_or(LocalFailure::Other)?;
        let Content::Writing { bytes, .. } = &mut file.content else {
            return Err(LocalFailure::Other);
        };
        if file
            .fails_after
            .is_some_and(|n| bytes.len() + piece.len() > n)
        {
            return Err(LocalFailure::NoSpace);
        }
        bytes.extend_from_slice(piece);
        Ok(())
    }

    fn release(&mut self, op: OpId) {
        // What was read is done with; an upload waits for its Finish.
        if self.upload != Some(op.to_raw()) {
            self.files.remove(&op.to_raw());
        }
    }

    fn timer(&mut self, net: &mut Network, token: usize) {
        let Some(answer) = self.answers.get_mut(token).and_then(Option::take) else {
            return;
        };
        net.note(|| format!("   S <- {answer:?}"));
        match answer {
            Answer::Grant(ask, result) => self.session.answer(ask, result),
            Answer::Entry(ask, result) => self.session.answer(ask, result),
            Answer::Opened(ask, result) => self.session.answer(ask, result),
            Answer::Done(ask, result) => self.session.answer(ask, result),
        }
    }
}
