//! What the client's application asks for.

use bytes::Bytes;
use ftp_proto::client::{ClientSession, Listing, ListingKind, Login, Retrieve, Store, StoreAs};
use ftp_proto::codec::command::{Argument, Command, FormatControl, Password, RepresentationType};
use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::Placement;
use ftp_proto::{OpId, UsageError};

use super::host::PASSWORD;
use super::model::Model;
use super::random::Random;
use super::storage::Content;

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
                retrieve.parameters.representation = representation(ascii);
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
                store.parameters.representation = representation(ascii);
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

    pub(super) const fn needs_data(&self) -> bool {
        matches!(
            self,
            Self::Retrieve { .. } | Self::Store { .. } | Self::List(..)
        )
    }

    pub(super) const fn needs_login(&self) -> bool {
        !matches!(
            self,
            Self::Login(_)
                | Self::Quit
                | Self::Plain(Plain::Noop | Plain::Features | Plain::System | Plain::Help)
        )
    }
}
