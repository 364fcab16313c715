//! A directory of a storage as a storage of its own.

use std::sync::Arc;

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Kind, Metadata};
use ftp_proto::server::{Abilities, Change, Denied, Placement};

use super::{Entries, Op, Sink, Source, Storage};

/// The default of [`Storage::beneath`]: what begins with `directory` in another storage.
struct Beneath<S: ?Sized> {
    storage: Arc<S>,
    directory: VirtualPath,
}

pub(super) fn beneath<S: Storage + ?Sized + 'static>(
    storage: Arc<S>,
    directory: &VirtualPath,
) -> Op<Arc<dyn Storage>> {
    let found = storage.metadata(directory);
    let beneath = Beneath {
        storage,
        directory: directory.clone(),
    };
    found.and_then(move |metadata| {
        Op::Ready(match metadata.kind {
            Kind::Directory => Ok(Arc::new(beneath) as Arc<dyn Storage>),
            _ => Err(Denied::NotDirectory),
        })
    })
}

impl<S: ?Sized> Beneath<S> {
    /// The path in the other storage. A path holds no `..`, so that none leads out.
    fn at(&self, path: &VirtualPath) -> VirtualPath {
        let relative = path.as_bytes().strip_prefix(b"/").unwrap_or_default();
        self.directory
            .join(relative)
            .expect("no path holds a NUL, and only that is refused")
    }
}

impl<S: Storage + ?Sized + 'static> Storage for Beneath<S> {
    fn metadata(&self, path: &VirtualPath) -> Op<Metadata> {
        self.storage.metadata(&self.at(path))
    }

    fn open_read(&self, path: &VirtualPath, offset: u64) -> Op<Box<dyn Source + Send>> {
        self.storage.open_read(&self.at(path), offset)
    }

    fn open_write(&self, path: &VirtualPath, place: Placement) -> Op<Box<dyn Sink + Send>> {
        self.storage.open_write(&self.at(path), place)
    }

    fn open_list(&self, path: &VirtualPath) -> Op<Box<dyn Entries + Send>> {
        self.storage.open_list(&self.at(path))
    }

    fn change(&self, change: Change) -> Op<()> {
        self.storage.change(match change {
            Change::Delete(path) => Change::Delete(self.at(&path)),
            // To the session this directory is the root, which cannot be deleted or renamed.
            Change::RemoveDirectory(path) if path.is_root() => return denied(),
            Change::RemoveDirectory(path) => Change::RemoveDirectory(self.at(&path)),
            Change::MakeDirectory(path) => Change::MakeDirectory(self.at(&path)),
            Change::Rename { from, to } if from.is_root() || to.is_root() => return denied(),
            Change::Rename { from, to } => Change::Rename {
                from: self.at(&from),
                to: self.at(&to),
            },
            Change::SetModified(path, at) => Change::SetModified(self.at(&path), at),
            Change::SetFacts(path, facts) => Change::SetFacts(self.at(&path), facts),
            Change::Link { path, target } => Change::Link {
                path: self.at(&path),
                target: self.at(&target),
            },
            // A path in a change of a later version could lead out.
            _ => return Op::Ready(Err(Denied::Unsupported)),
        })
    }

    fn abilities(&self) -> Abilities {
        self.storage.abilities()
    }

    fn space(&self, path: &VirtualPath) -> Op<u64> {
        self.storage.space(&self.at(path))
    }

    fn masked(self: Arc<Self>, mask: u16) -> Op<Arc<dyn Storage>> {
        let directory = self.directory.clone();
        let masked = Arc::clone(&self.storage).masked(mask);
        masked.map(move |storage| Arc::new(Beneath { storage, directory }) as Arc<dyn Storage>)
    }

    fn beneath(self: Arc<Self>, directory: &VirtualPath) -> Op<Arc<dyn Storage>> {
        beneath(Arc::clone(&self.storage), &self.at(directory))
    }
}

fn denied() -> Op<()> {
    Op::Ready(Err(Denied::NotPermitted))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::storage::LocalDirectory;

    fn path(path: &str) -> VirtualPath {
        VirtualPath::root().join(path.as_bytes()).expect("a path")
    }

    fn now<T>(op: Op<T>) -> Result<T, Denied> {
        match op {
            Op::Ready(answer) => answer,
            Op::Pending(_) => panic!("a local directory answers at once"),
        }
    }

    /// A directory `ada` with a file, beside one `bob` with another, and a link between them.
    fn site() -> (tempfile::TempDir, Arc<LocalDirectory>) {
        let top = tempfile::tempdir().expect("a directory");
        for name in ["ada", "bob"] {
            fs::create_dir(top.path().join(name)).expect("new");
            fs::write(top.path().join(name).join("own"), name).expect("new");
        }
        symlink("../bob", top.path().join("ada/other")).expect("new");
        let files = LocalDirectory::open(top.path()).expect("there");
        (top, Arc::new(files))
    }

    #[test]
    fn both_ways_keep_a_session_in_its_directory() {
        let (top, files) = site();
        for home in [
            now(beneath(Arc::clone(&files), &path("ada"))).expect("a directory"),
            now(files.beneath(&path("ada"))).expect("a directory"),
        ] {
            assert_eq!(
                now(home.metadata(&path("own"))).expect("there").size,
                Some(3)
            );
            assert_eq!(now(home.metadata(&path("bob"))), Err(Denied::NotFound));
            assert_eq!(now(home.metadata(&path("../bob"))), Err(Denied::NotFound));
            let to = path("new");
            let from = path("own");
            now(home.change(Change::Rename {
                from: from.clone(),
                to: to.clone(),
            }))
            .expect("new");
            assert!(top.path().join("ada/new").exists());
            now(home.change(Change::Rename { from: to, to: from })).expect("new");
            let root = VirtualPath::root();
            now(home.change(Change::RemoveDirectory(root.clone()))).expect_err("its own root");
            now(home.change(Change::Rename {
                from: root,
                to: path("x"),
            }))
            .expect_err("the root");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_link_out_of_a_local_directory_leads_nowhere() {
        let (_top, files) = site();
        let home = now(files.beneath(&path("ada"))).expect("a directory");
        now(home.metadata(&path("other/own"))).expect_err("outside");
        assert!(now(home.open_read(&path("other/own"), 0)).is_err());
    }

    #[test]
    fn what_is_no_directory_is_nobodys_home() {
        let (_top, files) = site();
        for (home, denied) in [("ada/own", Denied::NotDirectory), ("eve", Denied::NotFound)] {
            let home = path(home);
            assert_eq!(now(beneath(Arc::clone(&files), &home)).err(), Some(denied));
            assert_eq!(now(Arc::clone(&files).beneath(&home)).err(), Some(denied));
        }
    }
}
