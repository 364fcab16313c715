//! The server's storage: a tree in memory, which is also what the client's side expects it to be.

use std::collections::BTreeMap;
use std::sync::Arc;

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{self, Entry, Kind, ListingStyle, Metadata};
use ftp_proto::server::{Change, Denied, Placement};
use ftp_proto::{DateTime, Modified};

/// The bytes of a file, shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Content(Arc<Vec<u8>>);

impl Content {
    /// These bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl std::ops::Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory,
    /// A file.
    File(Content),
}

/// A tree of directories and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(BTreeMap<VirtualPath, Node>);

impl Default for Tree {
    fn default() -> Self {
        Self(BTreeMap::from([(VirtualPath::root(), Node::Directory)]))
    }
}

impl Tree {
    /// What is at a path.
    pub fn get(&self, path: &VirtualPath) -> Option<&Node> {
        self.0.get(path)
    }

    /// The file at a path.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn file(&self, path: &VirtualPath) -> Result<&Content, Denied> {
        match self.get(path) {
            None => Err(Denied::NotFound),
            Some(Node::Directory) => Err(Denied::IsDirectory),
            Some(Node::File(content)) => Ok(content),
        }
    }

    /// Every path of a kind.
    pub fn paths(&self, files: bool) -> Vec<VirtualPath> {
        self.0
            .iter()
            .filter(|(_, node)| matches!(node, Node::File(_)) == files)
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// What was there before an upload, as far as it stays.
    ///
    /// # Errors
    ///
    /// The upload is not possible.
    pub fn base(&self, path: &VirtualPath, place: Placement) -> Result<Vec<u8>, Denied> {
        self.room_for(path)?;
        match (place, self.get(path)) {
            (_, Some(Node::Directory)) => Err(Denied::IsDirectory),
            (Placement::Whole | Placement::Unique, _) | (Placement::Append, None) => Ok(Vec::new()),
            (Placement::Append, Some(Node::File(content))) => Ok(content.to_vec()),
            (Placement::At(_), None) => Err(Denied::NotFound),
            (Placement::At(offset), Some(Node::File(content))) => {
                let offset = usize::try_from(offset).map_err(|_| Denied::BadOffset)?;
                let kept = content.get(..offset).ok_or(Denied::BadOffset)?;
                Ok(kept.to_vec())
            }
        }
    }

    /// Puts a file there.
    pub fn put(&mut self, path: VirtualPath, content: Vec<u8>) {
        self.0.insert(path, Node::File(Content::new(content)));
    }

    /// A name that STOU may use.
    pub fn unique(&self, wish: &VirtualPath) -> VirtualPath {
        (1..)
            .filter_map(|n: u32| {
                let mut name = wish.as_bytes().to_vec();
                name.extend_from_slice(format!(".{n}").as_bytes());
                VirtualPath::root().join(&name).ok()
            })
            .find(|path| self.get(path).is_none())
            .unwrap_or_else(VirtualPath::root)
    }

    /// Changes the tree.
    ///
    /// # Errors
    ///
    /// It cannot be.
    pub fn change(&mut self, change: &Change) -> Result<(), Denied> {
        match change {
            Change::Delete(path) => {
                self.file(path)?;
                self.0.remove(path);
            }
            Change::RemoveDirectory(path) => {
                match self.get(path) {
                    None => return Err(Denied::NotFound),
                    Some(Node::File(_)) => return Err(Denied::NotDirectory),
                    Some(Node::Directory) if path.is_root() => return Err(Denied::NotPermitted),
                    Some(Node::Directory) => {}
                }
                if self.children(path).next().is_some() {
                    return Err(Denied::NotEmpty);
                }
                self.0.remove(path);
            }
            Change::MakeDirectory(path) => {
                if self.get(path).is_some() {
                    return Err(Denied::Exists);
                }
                self.room_for(path)?;
                self.0.insert(path.clone(), Node::Directory);
            }
            Change::Rename { from, to } => {
                // Directories stay where they are, for simplicity.
                let content = self.file(from)?.clone();
                if self.get(to).is_some() {
                    return Err(Denied::Exists);
                }
                self.room_for(to)?;
                self.0.remove(from);
                self.0.insert(to.clone(), Node::File(content));
            }
            _ => return Err(Denied::Unsupported),
        }
        Ok(())
    }

    /// Facts about a path.
    ///
    /// # Errors
    ///
    /// There is nothing.
    pub fn entry(&self, path: &VirtualPath) -> Result<Entry, Denied> {
        let node = self.get(path).ok_or(Denied::NotFound)?;
        Ok(entry(path, node))
    }

    /// A listing, written.
    ///
    /// # Errors
    ///
    /// It cannot be listed in that style.
    pub fn list(&self, path: &VirtualPath, style: ListingStyle) -> Result<Vec<u8>, Denied> {
        let mut out = Vec::new();
        let now = moment(0);
        match self.get(path) {
            None => return Err(Denied::NotFound),
            Some(Node::File(_)) if style == ListingStyle::Machine => {
                return Err(Denied::NotDirectory);
            }
            Some(node @ Node::File(_)) => {
                listing::write(style, &entry(path, node), now, &mut out);
            }
            Some(Node::Directory) => {
                for (path, node) in self.children(path) {
                    listing::write(style, &entry(path, node), now, &mut out);
                }
            }
        }
        Ok(out)
    }

    fn children<'a>(
        &'a self,
        parent: &'a VirtualPath,
    ) -> impl Iterator<Item = (&'a VirtualPath, &'a Node)> {
        self.0
            .iter()
            .filter(move |(path, _)| !path.is_root() && path.parent() == *parent)
    }

    fn room_for(&self, path: &VirtualPath) -> Result<(), Denied> {
        match self.get(&path.parent()) {
            None => Err(Denied::NotFound),
            Some(Node::File(_)) => Err(Denied::NotDirectory),
            Some(Node::Directory) => Ok(()),
        }
    }
}

/// The time of modification follows from the content, so that two files never share one by chance.
pub fn modified(content: &[u8]) -> DateTime {
    let sum = content.iter().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    moment(i64::from(sum % 1_000_000_000))
}

fn moment(seconds: i64) -> DateTime {
    DateTime::from_unix(1_000_000_000 + seconds).expect("the years 2001 to 2033")
}

fn entry(path: &VirtualPath, node: &Node) -> Entry {
    let mut metadata = Metadata::default();
    match node {
        Node::Directory => metadata.kind = Kind::Directory,
        Node::File(content) => {
            metadata.kind = Kind::File;
            metadata.size = Some(content.len() as u64);
            metadata.modified = Some(Modified::utc(modified(content)));
        }
    }
    Entry::new(path.name().unwrap_or(b"/"), &metadata)
}
