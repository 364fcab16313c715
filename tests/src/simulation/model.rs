//! What the client's side expects: what the server is like, and what has to come of each task.

use ftp_proto::client::{ListingKind, OperationError, Outcome};
use ftp_proto::codec::command::Argument;
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Kind, ListingStyle};
use ftp_proto::server::{Change, Denied, Placement};

use super::storage::{Node, Tree, modified};
use super::task::{Plain, Task};

/// What has to come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is done.
    Success,
    /// The server refuses it.
    Refused,
    /// Less came than was believed to be there.
    Short,
    /// No data connection can be had.
    NoDataConnection,
    /// The server refuses it, or what is needed for its data connection.
    RefusedEitherWay,
}

/// What the client's side believes the server to be.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The storage.
    pub tree: Tree,
    /// The working directory.
    pub directory: Option<VirtualPath>,
    /// Whether somebody is logged in.
    pub logged_in: bool,
    /// A listing failed whose detour may have left the session in another directory.
    pub is_lost: bool,
}

impl Model {
    fn here(&self) -> VirtualPath {
        self.directory.clone().unwrap_or_else(VirtualPath::root)
    }

    pub(super) fn resolve(&self, path: &Argument) -> Option<VirtualPath> {
        self.here().join(path.as_bytes()).ok()
    }

    /// What has to come of a task.
    pub fn expect(&self, task: &Task, can_open_data: bool) -> Expected {
        if task.needs_login() && !self.logged_in {
            return Expected::RefusedEitherWay;
        }
        let has_no_way = task.needs_data() && !can_open_data;
        let mut after = self.clone();
        match after.carry_out(task) {
            Err(_) if has_no_way => Expected::RefusedEitherWay,
            Err(_) => Expected::Refused,
            Ok(()) if has_no_way => Expected::NoDataConnection,
            Ok(()) => match task {
                Task::Retrieve {
                    path,
                    expected: Some(expected),
                    ascii: false,
                    ..
                } => {
                    match self
                        .resolve(path)
                        .and_then(|path| self.tree.file(&path).ok())
                    {
                        Some(content) if (content.len() as u64) < *expected => Expected::Short,
                        _ => Expected::Success,
                    }
                }
                _ => Expected::Success,
            },
        }
    }

    /// Does to the model what the server does.
    ///
    /// # Errors
    ///
    /// The server will refuse it.
    pub fn carry_out(&mut self, task: &Task) -> Result<(), Denied> {
        let here = self.here();
        let at = |path: &Argument| here.join(path.as_bytes()).map_err(|_| Denied::BadName);
        match task {
            Task::Login(good) => {
                self.logged_in = *good;
                self.directory = None;
                self.is_lost = false;
                if !good {
                    return Err(Denied::BadCredentials);
                }
            }
            Task::Retrieve { path, offset, .. } => {
                let length = self.tree.file(&at(path)?)?.len() as u64;
                if *offset > length {
                    return Err(Denied::BadOffset);
                }
            }
            Task::Store {
                path,
                place,
                content,
                ..
            } => {
                let mut path = at(path)?;
                let mut whole = self.tree.base(&path, *place)?;
                if *place == Placement::Unique {
                    path = self.tree.unique(&path);
                }
                whole.extend_from_slice(content);
                self.tree.put(path, whole);
            }
            Task::List(path, kind) => {
                self.listing(path.as_ref(), *kind)?;
                // What a server might take for flags is only listed from inside.
                let flags = path
                    .as_ref()
                    .filter(|path| path.as_bytes().starts_with(b"-"));
                if let (Some(path), ListingKind::Native | ListingKind::Names) = (flags, kind)
                    && self.tree.file(&at(path)?).is_ok()
                {
                    return Err(Denied::NotDirectory);
                }
            }
            Task::Size(path) | Task::Modified(path) => {
                self.tree.file(&at(path)?)?;
            }
            Task::Facts(path) => {
                self.tree.entry(&at(path)?)?;
            }
            Task::Cwd(path) => {
                let path = at(path)?;
                if self.tree.get(&path).ok_or(Denied::NotFound)? != &Node::Directory {
                    return Err(Denied::NotDirectory);
                }
                self.is_lost = false;
                self.directory = Some(path);
            }
            Task::Cdup => self.directory = Some(here.parent()),
            Task::Mkd(path) => self.tree.change(&Change::MakeDirectory(at(path)?))?,
            Task::Rmd(path) => self.tree.change(&Change::RemoveDirectory(at(path)?))?,
            Task::Delete(path) => self.tree.change(&Change::Delete(at(path)?))?,
            Task::Rename(from, to) => {
                let change = Change::Rename {
                    from: at(from)?,
                    to: at(to)?,
                };
                self.tree.entry(&at(from)?)?;
                self.tree.change(&change)?;
            }
            Task::Pwd | Task::Plain(_) | Task::Quit => {}
        }
        Ok(())
    }

    fn listing(&self, path: Option<&Argument>, kind: ListingKind) -> Result<Vec<u8>, Denied> {
        let path = match path {
            Some(path) => self.resolve(path).ok_or(Denied::BadName)?,
            None => self.here(),
        };
        let style = match kind {
            ListingKind::Machine => ListingStyle::Machine,
            ListingKind::Native => ListingStyle::Unix { all: false },
            ListingKind::Names => ListingStyle::Names { all: false },
        };
        self.tree.list(&path, style)
    }

    /// What a download or a listing has to bring.
    pub fn download(&self, task: &Task) -> Option<Vec<u8>> {
        match task {
            Task::Retrieve { path, offset, .. } => {
                let path = self.resolve(path)?;
                let content = self.tree.file(&path).ok()?;
                Some(content.get(usize::try_from(*offset).ok()?..)?.to_vec())
            }
            Task::List(path, kind) => self.listing(path.as_ref(), *kind).ok(),
            _ => None,
        }
    }

    /// Whether what an operation gave is what was asked for; `came` is what was downloaded.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub fn check_outcome(&self, task: &Task, outcome: &Outcome, came: &[u8]) -> Result<(), String> {
        let reply_code = |wanted: u16| match outcome {
            Outcome::Reply(reply) if reply.code().to_u16() == wanted => Ok(()),
            _ => Err(format!("expected a reply {wanted}, got {outcome:?}")),
        };
        match (task, outcome) {
            (Task::Login(_), _) => reply_code(230),
            (Task::Retrieve { .. } | Task::List(..), Outcome::Transfer(transfer)) => {
                let whole = self.download(task).unwrap_or_default();
                if whole != came {
                    return Err(format!(
                        "{} bytes are not the {} there are",
                        came.len(),
                        whole.len()
                    ));
                }
                let converted = matches!(task, Task::Retrieve { ascii: true, .. });
                if !converted && transfer.bytes != whole.len() as u64 {
                    return Err(format!("{} bytes, it says", transfer.bytes));
                }
                Ok(())
            }
            (
                Task::Store {
                    path,
                    place,
                    content,
                    ascii,
                },
                Outcome::Transfer(transfer),
            ) => {
                if !ascii && transfer.bytes != content.len() as u64 {
                    return Err(format!("{} bytes, it says", transfer.bytes));
                }
                if *place == Placement::Unique {
                    let wish = self.resolve(path).ok_or("no path")?;
                    let name = self.tree.unique(&wish);
                    if transfer.name.as_deref() != name.name() {
                        return Err(format!("the name is {:?}, not {name:?}", transfer.name));
                    }
                }
                Ok(())
            }
            (Task::Size(path), Outcome::Size(size)) => {
                let path = self.resolve(path).ok_or("no path")?;
                let content = self.tree.file(&path).map_err(|_| "no file")?;
                same(size, &(content.len() as u64))
            }
            (Task::Modified(path), Outcome::Modified(time)) => {
                let path = self.resolve(path).ok_or("no path")?;
                let content = self.tree.file(&path).map_err(|_| "no file")?;
                same(time, &modified(content))
            }
            (Task::Facts(path), Outcome::Entry(entry)) => {
                let path = self.resolve(path).ok_or("no path")?;
                let facts = self.tree.entry(&path).map_err(|_| "nothing there")?;
                same(&entry.name(), &path.as_bytes())?;
                same(&entry.size(), &facts.size())?;
                same(&entry.modified(), &facts.modified())?;
                let directory = |kind| matches!(kind, Kind::Directory | Kind::CurrentDirectory);
                same(&directory(entry.kind()), &directory(facts.kind()))
            }
            (Task::Pwd, Outcome::Path(path)) => same(&&path[..], &self.here().as_bytes()),
            (Task::Mkd(path), Outcome::Reply(reply)) => {
                let path = self.resolve(path).ok_or("no path")?;
                reply_code(257)?;
                let told =
                    ftp_proto::codec::path::read_257(reply.text()).map_err(|e| e.to_string())?;
                same(&&told[..], &path.as_bytes())
            }
            (Task::Cwd(_) | Task::Cdup | Task::Rmd(_) | Task::Delete(_) | Task::Rename(..), _) => {
                reply_code(250)
            }
            (Task::Plain(Plain::Noop | Plain::TypeA), _) => reply_code(200),
            (Task::Plain(Plain::System), _) => reply_code(215),
            (Task::Plain(Plain::Status), _) => reply_code(211),
            (Task::Plain(Plain::Help), _) => reply_code(214),
            (Task::Plain(Plain::Features), Outcome::Features(features)) => {
                same(&features.has("EPSV"), &true)
            }
            (Task::Quit, Outcome::Closed) => Ok(()),
            // A server that closes by itself says so in place of 221.
            (Task::Quit, Outcome::Reply(reply)) if reply.code().to_u16() == 421 => Ok(()),
            (Task::Quit, _) => reply_code(221),
            _ => Err(format!("an outcome of another kind: {outcome:?}")),
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("got {got:?}, wanted {wanted:?}"))
    }
}

/// Whether an error is the one expected.
pub fn fits(expected: Expected, error: &OperationError) -> bool {
    match expected {
        Expected::Success => false,
        Expected::Refused => matches!(error, OperationError::Refused(_)),
        Expected::Short => matches!(error, OperationError::Short { .. }),
        Expected::NoDataConnection => matches!(error, OperationError::NoDataConnection(_)),
        Expected::RefusedEitherWay => matches!(
            error,
            OperationError::Refused(_) | OperationError::NoDataConnection(_)
        ),
    }
}
