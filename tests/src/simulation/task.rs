//! What the client's application asks for, and what has to come of it.

use bytes::Bytes;
use ftp_proto::client::{
    ClientSession, Listing, ListingKind, Login, OperationError, Outcome, Retrieve, Store, StoreAs,
};
use ftp_proto::codec::command::{Argument, Command, FormatControl, Password, RepresentationType};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Kind, ListingStyle};
use ftp_proto::server::{Change, Denied, Placement};
use ftp_proto::{OpId, UsageError};

use super::host::PASSWORD;
use super::random::Random;
use super::storage::{Content, Node, Tree, modified};

/// One operation.
#[derive(Clone, Debug)]
pub enum Task {
    /// Log in, with the right password or not.
    Login(bool),
    /// Read a file.
    Retrieve {
        /// Which.
        path: Argument,
        /// From where.
        offset: u64,
        /// In TYPE A.
        ascii: bool,
        /// How long it is believed to be.
        expected: Option<u64>,
    },
    /// Write a file.
    Store {
        /// Which.
        path: Argument,
        /// In what way.
        place: Placement,
        /// What.
        content: Content,
        /// In TYPE A.
        ascii: bool,
    },
    /// List.
    List(Option<Argument>, ListingKind),
    /// SIZE.
    Size(Argument),
    /// MDTM.
    Modified(Argument),
    /// MLST.
    Facts(Argument),
    /// CWD.
    Cwd(Argument),
    /// CDUP.
    Cdup,
    /// PWD.
    Pwd,
    /// MKD.
    Mkd(Argument),
    /// RMD.
    Rmd(Argument),
    /// DELE.
    Delete(Argument),
    /// RNFR, RNTO.
    Rename(Argument, Argument),
    /// A command whose reply has this code.
    Plain(Plain),
    /// QUIT.
    Quit,
}

/// Commands that need nothing, each with a reply code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// 200
    Noop,
    /// 211
    Features,
    /// 215
    System,
    /// 211
    Status,
    /// 214
    Help,
    /// 200, by the caller's own command.
    TypeA,
}

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

const NAMES: [&str; 9] = [
    "a.txt", "b b.bin", "한글", "x;y=1", "q\"uote", "-n", "st*r", "d0", "d1",
];

fn argument(bytes: impl Into<Bytes>) -> Argument {
    Argument::new(bytes).expect("no CR, LF or NUL")
}

/// A path, mostly one that is there.
fn some_path(random: &mut Random, known: &[VirtualPath]) -> Argument {
    if !known.is_empty() && random.percent(88) {
        let at = usize::try_from(random.below(known.len() as u64)).unwrap_or(0);
        return argument(known[at].as_bytes().to_vec());
    }
    let name = random.pick(&NAMES);
    let path = match random.below(8) {
        0..3 => format!("/{name}"),
        3 => format!("/d0/{name}"),
        4 => format!("../{name}"),
        _ => name.into(),
    };
    argument(path.into_bytes())
}

fn some_content(random: &mut Random) -> Content {
    let length = match random.below(10) {
        0 => 0,
        1..7 => random.below(2_000),
        7..9 => random.below(9_000),
        _ => random.below(40_000),
    };
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    while (bytes.len() as u64) < length {
        match random.below(12) {
            0 => bytes.extend_from_slice(b"\r\n"),
            1 => bytes.push(b'\n'),
            2 => bytes.push(b'\r'),
            _ => bytes.extend_from_slice(&random.next().to_le_bytes()),
        }
    }
    bytes.truncate(usize::try_from(length).unwrap_or(0));
    Content::new(bytes)
}

impl Task {
    /// Something to do in a tree such as this.
    pub fn new(random: &mut Random, model: &Model) -> Self {
        let files = model.tree.paths(true);
        let directories = model.tree.paths(false);
        // Without files there is little to do.
        let most = if files.len() < 2 { 46 } else { 100 };
        match random.between(if most < 100 { 12 } else { 0 }, most - 1) {
            0..22 => {
                let path = some_path(random, &files);
                let length = match model.resolve(&path).and_then(|p| model.tree.file(&p).ok()) {
                    Some(content) => content.len() as u64,
                    None => 0,
                };
                let ascii = random.percent(25);
                Self::Retrieve {
                    path,
                    offset: if ascii || random.percent(60) {
                        0
                    } else {
                        random.below(length + 2)
                    },
                    ascii,
                    expected: match random.below(10) {
                        0..4 => None,
                        4..9 => Some(length),
                        _ => Some(length + 1),
                    },
                }
            }
            22..46 => {
                let known = if random.percent(50) { &files[..] } else { &[] };
                let path = some_path(random, known);
                let place = match random.below(6) {
                    0 => Placement::Append,
                    1 if !files.is_empty() => Placement::At(random.between(1, 1_000)),
                    2 => Placement::Unique,
                    _ => Placement::Whole,
                };
                let content = some_content(random);
                let ascii = !matches!(place, Placement::At(_)) && random.percent(25);
                Self::Store {
                    path,
                    place,
                    content,
                    ascii,
                }
            }
            46..58 => {
                let known = if random.percent(80) {
                    &directories
                } else {
                    &files
                };
                let path = random.percent(60).then(|| some_path(random, known));
                let kind = random.pick(&[
                    ListingKind::Machine,
                    ListingKind::Native,
                    ListingKind::Names,
                ]);
                Self::List(path, kind)
            }
            58..62 => Self::Size(some_path(random, &files)),
            62..66 => Self::Modified(some_path(random, &files)),
            66..70 => Self::Facts(some_path(random, &files)),
            70..74 => Self::Cwd(some_path(random, &directories)),
            74..75 => Self::Cdup,
            75..78 => Self::Pwd,
            78..83 => Self::Mkd(some_path(random, &[])),
            83..85 => Self::Rmd(some_path(random, &directories)),
            85..88 => Self::Delete(some_path(random, &files)),
            88..92 => Self::Rename(some_path(random, &files), some_path(random, &[])),
            92 => Self::Login(random.percent(80)),
            _ => Self::Plain(random.pick(&[
                Plain::Noop,
                Plain::Features,
                Plain::System,
                Plain::Status,
                Plain::Help,
                Plain::TypeA,
            ])),
        }
    }

    /// CWD to the root.
    pub fn home() -> Self {
        Self::Cwd(argument("/"))
    }

    /// Asks the session for it.
    ///
    /// # Errors
    ///
    /// The session's.
    pub fn ask(&self, session: &mut ClientSession) -> Result<OpId, UsageError> {
        let representation = |ascii: bool| match ascii {
            true => RepresentationType::Ascii(FormatControl::NonPrint),
            false => RepresentationType::Image,
        };
        match self.clone() {
            Self::Login(good) => {
                let password = if good { PASSWORD } else { &b"wrong"[..] };
                let password = Password::new(password)?;
                session.login(Login::new(argument("somebody"), password))
            }
            Self::Retrieve {
                path,
                offset,
                ascii,
                expected,
            } => {
                let mut retrieve = Retrieve::new(path);
                retrieve.offset = offset;
                retrieve.representation = representation(ascii);
                retrieve.expected = expected;
                session.retrieve(retrieve)
            }
            Self::Store {
                path, place, ascii, ..
            } => {
                let mut store = Store::new(match place {
                    Placement::Whole => StoreAs::Whole(path),
                    Placement::At(offset) => StoreAs::At(path, offset),
                    Placement::Append => StoreAs::Append(path),
                    Placement::Unique => StoreAs::Unique(Some(path)),
                });
                store.representation = representation(ascii);
                session.store(store)
            }
            Self::List(path, kind) => {
                let mut listing = Listing::new(path);
                listing.kind = kind;
                session.list(listing)
            }
            Self::Size(path) => session.size(path),
            Self::Modified(path) => session.modified(path),
            Self::Facts(path) => session.facts(Some(path)),
            Self::Cwd(path) => session.change_directory(path),
            Self::Cdup => session.change_to_parent(),
            Self::Pwd => session.working_directory(),
            Self::Mkd(path) => session.make_directory(path),
            Self::Rmd(path) => session.remove_directory(path),
            Self::Delete(path) => session.delete(path),
            Self::Rename(from, to) => session.rename(from, to),
            Self::Plain(Plain::Noop) => session.noop(),
            Self::Plain(Plain::Features) => session.features(),
            Self::Plain(Plain::System) => session.system(),
            Self::Plain(Plain::Status) => session.status(None),
            Self::Plain(Plain::Help) => session.help(None),
            Self::Plain(Plain::TypeA) => session.command(Command::Type(representation(true))),
            Self::Quit => session.quit(),
        }
    }

    /// What is sent, if it is an upload.
    pub fn upload(&self) -> Option<&Content> {
        match self {
            Self::Store { content, .. } => Some(content),
            _ => None,
        }
    }

    const fn needs_data(&self) -> bool {
        matches!(
            self,
            Self::Retrieve { .. } | Self::Store { .. } | Self::List(..)
        )
    }

    const fn needs_login(&self) -> bool {
        !matches!(
            self,
            Self::Login(_)
                | Self::Quit
                | Self::Plain(Plain::Noop | Plain::Features | Plain::System | Plain::Help)
        )
    }
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

    fn resolve(&self, path: &Argument) -> Option<VirtualPath> {
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
                same(&&entry.name[..], &path.as_bytes())?;
                same(&entry.metadata.size, &facts.metadata.size)?;
                same(&entry.metadata.modified, &facts.metadata.modified)?;
                let directory = |kind| matches!(kind, Kind::Directory | Kind::CurrentDirectory);
                same(
                    &directory(entry.metadata.kind),
                    &directory(facts.metadata.kind),
                )
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
