//! What a local directory lets through and what not, against real files.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{Entry, Kind};
use ftp_proto::server::{Change, Denied, Keep, Placement};
use ftp_proto::{DateTime, Modified};
use tempfile::TempDir;

use super::root::{Root, Way};
use super::{Durability, LocalDirectory, Partial};
use crate::storage::{Op, Sink, Storage};

/// A served directory `root` with another, `outside`, beside it.
struct Site {
    top: TempDir,
    files: LocalDirectory,
}

impl Site {
    fn new() -> Self {
        let top = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(top.path().join("root")).expect("a root");
        fs::create_dir(top.path().join("outside")).expect("an outside");
        fs::write(top.path().join("outside/secret"), b"secret").expect("a secret");
        let files = LocalDirectory::open(top.path().join("root")).expect("the root opens");
        Self { top, files }
    }

    /// The same without openat2.
    fn walking() -> Self {
        let mut site = Self::new();
        let root = Root::open_walking(&site.root()).expect("the root opens");
        assert_eq!(root.way(), Way::Walk);
        site.files.root = Arc::new(root);
        site
    }

    fn root(&self) -> std::path::PathBuf {
        self.top.path().join("root")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.root().join(name), bytes).expect("a file is written");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.root().join(name)).expect("a file is read")
    }

    fn names(&self) -> Vec<String> {
        names_in(&self.root())
    }

    fn link(&self, target: impl AsRef<Path>, name: &str) {
        symlink(target, self.root().join(name)).expect("a link is made");
    }

    fn retrieve(&self, path: &str) -> Result<Vec<u8>, Denied> {
        self.retrieve_from(path, 0)
    }

    fn retrieve_from(&self, path: &str, offset: u64) -> Result<Vec<u8>, Denied> {
        let mut source = now(self.files.open_read(&at(path), offset))?;
        let mut whole = Vec::new();
        let mut piece = [0; 7];
        loop {
            match source.poll_read(&mut Context::from_waker(Waker::noop()), &mut piece) {
                Poll::Ready(Ok(0)) => return Ok(whole),
                Poll::Ready(Ok(read)) => whole.extend_from_slice(&piece[..read]),
                other => panic!("a local file answers: {other:?}"),
            }
        }
    }

    fn open(&self, path: &str, place: Placement) -> Result<Box<dyn Sink + Send>, Denied> {
        now(self.files.open_write(&at(path), place))
    }

    fn store(&self, path: &str, place: Placement, bytes: &[u8], keep: Keep) -> Result<(), Denied> {
        let mut sink = self.open(path, place)?;
        pour(&mut *sink, bytes);
        now(sink.finish(keep))
    }

    fn list(&self, path: &str) -> Result<Vec<Entry>, Denied> {
        let mut entries = now(self.files.open_list(&at(path)))?;
        let mut all = Vec::new();
        while let Poll::Ready(Some(entry)) =
            entries.poll_next(&mut Context::from_waker(Waker::noop()))
        {
            all.push(entry.expect("an entry is read"));
        }
        all.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(all)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Denied> {
        now(self.files.change(Change::Rename {
            from: at(from),
            to: at(to),
        }))
    }

    fn delete(&self, path: &str) -> Result<(), Denied> {
        now(self.files.change(Change::Delete(at(path))))
    }

    fn kind(&self, path: &str) -> Result<Kind, Denied> {
        now(self.files.metadata(&at(path))).map(|metadata| metadata.kind)
    }
}

fn at(path: &str) -> VirtualPath {
    VirtualPath::root().join(path.as_bytes()).expect("a path")
}

fn now<T>(op: Op<T>) -> Result<T, Denied> {
    match op {
        Op::Ready(answer) => answer,
        Op::Pending(_) => panic!("a local directory answers at once"),
    }
}

fn pour(sink: &mut dyn Sink, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match sink.poll_write(&mut Context::from_waker(Waker::noop()), bytes) {
            Poll::Ready(Ok(written)) => bytes = &bytes[written..],
            other => panic!("a local file takes bytes: {other:?}"),
        }
    }
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .expect("a directory is read")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a plain name"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_is_read_from_its_beginning_and_from_an_offset() {
    let site = Site::new();
    site.write("f", b"hello, world");
    assert_eq!(site.retrieve("/f").as_deref(), Ok(&b"hello, world"[..]));
    assert_eq!(site.retrieve_from("/f", 7).as_deref(), Ok(&b"world"[..]));
    assert_eq!(site.retrieve_from("/f", 12).as_deref(), Ok(&b""[..]));
    assert_eq!(site.retrieve_from("/f", 13), Err(Denied::BadOffset));
}

#[test]
fn what_cannot_be_read_says_why() {
    let site = Site::new();
    fs::create_dir(site.root().join("d")).expect("a directory");
    site.write("f", b"");
    assert_eq!(site.retrieve("/none"), Err(Denied::NotFound));
    assert_eq!(site.retrieve("/d"), Err(Denied::IsDirectory));
    assert_eq!(site.retrieve("/"), Err(Denied::IsDirectory));
    assert_eq!(site.retrieve("/f/x"), Err(Denied::NotDirectory));
    let long = format!("/{}", "n".repeat(300));
    assert_eq!(site.retrieve(&long), Err(Denied::BadName));
}

#[test]
fn a_pipe_in_the_tree_blocks_nobody() {
    let site = Site::new();
    let fifo = rustix::fs::FileType::Fifo;
    let mode = rustix::fs::Mode::from_raw_mode(0o666);
    rustix::fs::mknodat(rustix::fs::CWD, site.root().join("p"), fifo, mode, 0).expect("a pipe");
    assert_eq!(site.retrieve("/p"), Err(Denied::NotPermitted));
    for place in [Placement::Whole, Placement::Append, Placement::At(0)] {
        assert_eq!(site.open("/p", place).err(), Some(Denied::NotPermitted));
    }
    assert_eq!(site.kind("/p"), Ok(Kind::Other));
}

#[test]
fn links_that_stay_beneath_the_root_are_followed() {
    let site = Site::new();
    if site.files.root.way() == Way::Walk {
        return; // no openat2 here: `without_openat2_no_link_is_followed` holds
    }
    fs::create_dir(site.root().join("d")).expect("a directory");
    site.write("d/f", b"beneath");
    site.link("d", "to-directory");
    site.link("d/../d/f", "to-file");
    assert_eq!(
        site.retrieve("/to-directory/f").as_deref(),
        Ok(&b"beneath"[..])
    );
    assert_eq!(site.retrieve("/to-file").as_deref(), Ok(&b"beneath"[..]));
    assert_eq!(site.kind("/to-directory"), Ok(Kind::Directory));
    assert_eq!(site.list("/to-directory").map(|all| all.len()), Ok(1));
    assert_eq!(
        site.store("/to-directory/g", Placement::Whole, b"g", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("d/g"), b"g");
}

#[test]
fn without_openat2_no_link_is_followed() {
    let site = Site::walking();
    fs::create_dir_all(site.root().join("d/e")).expect("a directory");
    site.write("d/e/f", b"beneath");
    site.link("d", "to-directory");
    site.link("d/e/f", "to-file");
    assert_eq!(site.retrieve("/d/e/f").as_deref(), Ok(&b"beneath"[..]));
    assert_eq!(
        site.retrieve("/to-directory/e/f"),
        Err(Denied::NotPermitted)
    );
    assert_eq!(site.retrieve("/to-file"), Err(Denied::NotPermitted));
    assert_eq!(site.kind("/to-file"), Ok(Kind::Link));
    assert_eq!(site.kind("/d/e"), Ok(Kind::Directory));
    assert_eq!(site.kind("/"), Ok(Kind::Directory));
}

#[test]
fn nothing_outside_the_root_is_reached() {
    for site in [Site::new(), Site::walking()] {
        let outside = site.top.path().join("outside");
        site.write("mine", b"mine");
        site.link("../outside", "out");
        site.link("../outside/secret", "out-file");
        site.link(&outside, "absolute");
        site.link(outside.join("secret"), "absolute-file");
        site.link("/proc/self/root", "magic");
        for path in [
            "/out/secret",
            "/out-file",
            "/absolute/secret",
            "/absolute-file",
        ] {
            assert_eq!(site.retrieve(path), Err(Denied::NotPermitted), "{path}");
            for place in [Placement::At(0), Placement::Append] {
                assert_eq!(
                    site.open(path, place).err(),
                    Some(Denied::NotPermitted),
                    "{path}"
                );
            }
        }
        let denied = Err(Denied::NotPermitted);
        for way in ["/out", "/absolute", "/magic"] {
            let beyond = format!("{way}/new");
            assert_eq!(
                site.open(&beyond, Placement::Whole).map(|_| ()),
                denied,
                "{way}"
            );
            assert_eq!(
                site.open(&beyond, Placement::Unique).map(|_| ()),
                denied,
                "{way}"
            );
            assert_eq!(site.rename("/mine", &beyond), denied, "{way}");
            assert_eq!(
                site.rename(&format!("{way}/secret"), "/stolen"),
                denied,
                "{way}"
            );
            assert_eq!(site.delete(&format!("{way}/secret")), denied, "{way}");
            let make = Change::MakeDirectory(at(&beyond));
            assert_eq!(now(site.files.change(make)), denied, "{way}");
            // The link itself may be seen; nothing behind it.
            assert_eq!(site.kind(way), Ok(Kind::Link), "{way}");
            assert_eq!(
                site.kind(&format!("{way}/secret")),
                Err(Denied::NotPermitted),
                "{way}"
            );
            let listed = site.list(way).expect("the link is listed as itself");
            assert_eq!(listed.len(), 1, "{way}");
            assert_eq!(listed[0].kind(), Kind::Link, "{way}");
        }
        assert_eq!(names_in(&outside), ["secret"]);
        assert_eq!(
            fs::read(outside.join("secret")).expect("it is there"),
            b"secret"
        );
        assert_eq!(site.read("mine"), b"mine");
    }
}

#[test]
fn a_link_made_of_dots_does_not_climb() {
    let site = Site::new();
    fs::create_dir(site.root().join("d")).expect("a directory");
    site.link("../../outside/secret", "d/up");
    site.link("..", "parent");
    assert_eq!(site.retrieve("/d/up"), Err(Denied::NotPermitted));
    assert_eq!(
        site.retrieve("/parent/outside/secret"),
        Err(Denied::NotPermitted)
    );
    assert_eq!(site.retrieve("/../outside/secret"), Err(Denied::NotFound));
}

#[test]
fn deleting_a_link_leaves_its_target() {
    let site = Site::new();
    site.write("f", b"kept");
    site.link("f", "l");
    site.link("nowhere", "dangling");
    assert_eq!(site.kind("/dangling"), Ok(Kind::Link));
    assert_eq!(site.delete("/l"), Ok(()));
    assert_eq!(site.delete("/dangling"), Ok(()));
    assert_eq!(site.names(), ["f"]);
}

#[test]
fn the_root_itself_cannot_be_changed() {
    let site = Site::new();
    site.write("f", b"");
    let denied = Err(Denied::NotPermitted);
    assert_eq!(
        now(site.files.change(Change::RemoveDirectory(at("/")))),
        denied
    );
    assert_eq!(site.rename("/", "/x"), denied);
    assert_eq!(site.rename("/f", "/"), denied);
    assert_eq!(
        now(site.files.change(Change::MakeDirectory(at("/")))),
        Err(Denied::Exists)
    );
    assert_eq!(site.open("/", Placement::Whole).map(|_| ()), denied);
}

#[test]
fn directories_are_made_renamed_and_removed() {
    let site = Site::new();
    let make = |path| now(site.files.change(Change::MakeDirectory(at(path))));
    let remove = |path| now(site.files.change(Change::RemoveDirectory(at(path))));
    assert_eq!(make("/a"), Ok(()));
    assert_eq!(make("/a/b"), Ok(()));
    assert_eq!(make("/a"), Err(Denied::Exists));
    assert_eq!(make("/none/b"), Err(Denied::NotFound));
    assert_eq!(remove("/a"), Err(Denied::NotEmpty));
    assert_eq!(site.rename("/a/b", "/b"), Ok(()));
    assert_eq!(site.rename("/b", "/b/c"), Err(Denied::BadName));
    assert_eq!(remove("/a"), Ok(()));
    assert_eq!(site.delete("/b"), Err(Denied::IsDirectory));
    assert_eq!(remove("/b"), Ok(()));
    assert_eq!(remove("/b"), Err(Denied::NotFound));
}

#[test]
fn a_whole_upload_is_seen_when_it_is_whole() {
    let site = Site::new();
    site.write("f", b"old");
    let mut sink = site.open("/f", Placement::Whole).expect("it opens");
    pour(&mut *sink, b"new and longer");
    assert_eq!(site.retrieve("/f").as_deref(), Ok(&b"old"[..]));
    assert_eq!(site.list("/").map(|all| all.len()), Ok(1));
    assert_eq!(now(sink.finish(Keep::Whole)), Ok(()));
    assert_eq!(site.read("f"), b"new and longer");
    assert_eq!(site.names(), ["f"]);
}

#[test]
fn of_two_uploads_at_once_the_last_to_finish_wins_whole() {
    let site = Site::new();
    let mut first = site.open("/f", Placement::Whole).expect("it opens");
    let mut second = site.open("/f", Placement::Whole).expect("it opens");
    pour(&mut *first, b"first, ");
    pour(&mut *second, b"second");
    pour(&mut *first, b"in two pieces");
    assert_eq!(now(second.finish(Keep::Whole)), Ok(()));
    assert_eq!(site.read("f"), b"second");
    assert_eq!(now(first.finish(Keep::Whole)), Ok(()));
    assert_eq!(site.read("f"), b"first, in two pieces");
    assert_eq!(site.names(), ["f"]);
}

#[test]
fn uploads_that_wait_for_the_disk_end_like_others() {
    let mut site = Site::new();
    site.files = site.files.clone().with_durability(Durability::Disk);
    for (place, whole) in [
        (Placement::Whole, &b"new"[..]),
        (Placement::At(1), b"nnew"),
        (Placement::Append, b"nnewnew"),
    ] {
        assert_eq!(site.store("/f", place, b"new", Keep::Whole), Ok(()));
        assert_eq!(site.read("f"), whole);
    }
    let unique = site.store("/f", Placement::Unique, b"other", Keep::Whole);
    assert_eq!(unique, Ok(()));
    let part = site.store("/g", Placement::Whole, b"part", Keep::Partial);
    assert_eq!(part, Ok(()));
    assert_eq!(site.names(), ["f", "f.1", "g"]);
}

#[test]
fn a_replaced_file_keeps_its_mode() {
    let site = Site::new();
    site.write("f", b"old");
    fs::set_permissions(site.root().join("f"), fs::Permissions::from_mode(0o640)).expect("a mode");
    assert_eq!(
        site.store("/f", Placement::Whole, b"new", Keep::Whole),
        Ok(())
    );
    let mode = fs::metadata(site.root().join("f"))
        .expect("it is there")
        .mode();
    assert_eq!(mode & 0o7777, 0o640);
}

#[test]
fn an_upload_onto_a_directory_is_refused_before_it_begins() {
    let site = Site::new();
    fs::create_dir(site.root().join("d")).expect("a directory");
    for place in [Placement::Whole, Placement::At(0), Placement::Append] {
        assert_eq!(site.open("/d", place).err(), Some(Denied::IsDirectory));
    }
    assert_eq!(site.names(), ["d"]);
    assert_eq!(
        site.open("/none/f", Placement::Whole).err(),
        Some(Denied::NotFound)
    );
}

#[test]
fn an_upload_replaces_a_link_and_never_writes_through_it() {
    let site = Site::new();
    site.link("../outside/secret", "l");
    assert_eq!(
        site.store("/l", Placement::Whole, b"mine", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("l"), b"mine");
    let secret = fs::read(site.top.path().join("outside/secret")).expect("it is there");
    assert_eq!(secret, b"secret");
}

#[test]
fn an_upload_cut_short_takes_its_name_if_that_is_free() {
    let site = Site::new();
    assert_eq!(
        site.store("/f", Placement::Whole, b"half", Keep::Partial),
        Ok(())
    );
    assert_eq!(site.read("f"), b"half");
    assert_eq!(
        site.store("/f", Placement::At(4), b" and half", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("f"), b"half and half");
    assert_eq!(site.names(), ["f"]);
}

#[test]
fn an_upload_cut_short_never_replaces_a_file() {
    let site = Site::new();
    site.write("f", b"a whole file");
    assert_eq!(
        site.store("/f", Placement::Whole, b"half", Keep::Partial),
        Ok(())
    );
    assert_eq!(site.read("f"), b"a whole file");
    assert_eq!(site.names(), ["f"]);
}

#[test]
fn an_upload_cut_short_before_its_first_byte_leaves_nothing() {
    let site = Site::new();
    assert_eq!(
        site.store("/f", Placement::Whole, b"", Keep::Partial),
        Ok(())
    );
    assert_eq!(
        site.store("/g", Placement::Unique, b"", Keep::Partial),
        Ok(())
    );
    assert_eq!(site.names(), [""; 0]);
    assert_eq!(
        site.store("/empty", Placement::Whole, b"", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("empty"), b"");
}

#[test]
fn an_upload_cut_short_can_be_discarded() {
    let mut site = Site::new();
    site.files = site.files.clone().with_partial(Partial::Discard);
    site.write("f", b"whole");
    assert_eq!(
        site.store("/f", Placement::Whole, b"half", Keep::Partial),
        Ok(())
    );
    assert_eq!(
        site.store("/g", Placement::Whole, b"half", Keep::Partial),
        Ok(())
    );
    assert_eq!(
        site.store("/h", Placement::Unique, b"half", Keep::Partial),
        Ok(())
    );
    assert_eq!(site.names(), ["f"]);
    // In place there is nothing to go back to.
    assert_eq!(
        site.store("/f", Placement::Append, b", more", Keep::Partial),
        Ok(())
    );
    assert_eq!(site.read("f"), b"whole, more");
}

#[test]
fn an_upload_that_is_dropped_is_one_cut_short() {
    let site = Site::new();
    let mut sink = site.open("/f", Placement::Whole).expect("it opens");
    pour(&mut *sink, b"half");
    drop(sink);
    assert_eq!(site.read("f"), b"half");
    assert_eq!(site.names(), ["f"]);
}

#[test]
fn writing_in_place_starts_where_it_is_told() {
    let site = Site::new();
    site.write("f", b"0123456789");
    assert_eq!(
        site.store("/f", Placement::At(3), b"abc", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("f"), b"012abc6789");
    assert_eq!(
        site.store("/f", Placement::Append, b"!", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("f"), b"012abc6789!");
    assert_eq!(
        site.open("/f", Placement::At(12)).err(),
        Some(Denied::BadOffset)
    );
    assert_eq!(
        site.open("/none", Placement::At(1)).err(),
        Some(Denied::NotFound)
    );
    assert_eq!(
        site.store("/new", Placement::Append, b"n", Keep::Whole),
        Ok(())
    );
    assert_eq!(site.read("new"), b"n");
}

#[test]
fn a_unique_upload_takes_a_name_that_was_free() {
    let site = Site::new();
    site.write("f", b"old");
    let mut sink = site.open("/f", Placement::Unique).expect("it opens");
    let name = sink.name().expect("it tells its name");
    assert_eq!(&name[..], b"f.1");
    pour(&mut *sink, b"new");
    assert_eq!(now(sink.finish(Keep::Whole)), Ok(()));
    assert_eq!(site.read("f"), b"old");
    assert_eq!(site.read("f.1"), b"new");
    let sink = site
        .open("/", Placement::Unique)
        .expect("a directory will do");
    assert_eq!(sink.name().as_deref(), Some(&b"upload"[..]));
}

#[test]
fn leftovers_are_removed_and_running_uploads_are_not() {
    let site = Site::new();
    fs::create_dir_all(site.root().join("a/b")).expect("a directory");
    let leftover = ".ftp-io-0123456789abcdef.part";
    site.write(leftover, b"left");
    site.write(&format!("a/b/{leftover}"), b"left");
    site.write("a/.ftp-io-mine.part", b"no such name of ours");
    symlink(site.top.path().join("outside"), site.root().join("out")).expect("a link");
    fs::create_dir(site.root().join("b")).expect("a directory");
    fs::create_dir(site.root().join("b").join(leftover)).expect("a directory");
    let beyond = site.top.path().join("outside").join(leftover);
    fs::write(&beyond, b"not ours").expect("a file outside");
    let mut running = site.open("/a/f", Placement::Whole).expect("it opens");
    pour(&mut *running, b"running");

    assert_eq!(site.files.remove_leftovers().expect("the root is read"), 2);
    assert_eq!(now(running.finish(Keep::Whole)), Ok(()));
    assert_eq!(site.read("a/f"), b"running");
    assert_eq!(site.names(), ["a", "b", "out"]);
    assert_eq!(names_in(&site.root().join("b")), [leftover], "a directory");
    assert_eq!(
        names_in(&site.root().join("a")),
        [".ftp-io-mine.part", "b", "f"]
    );
    assert_eq!(names_in(&site.root().join("a/b")), [""; 0]);
    assert!(beyond.exists());
}

#[test]
fn nobody_names_a_temporary_file() {
    let site = Site::new();
    let leftover = ".ftp-io-0123456789abcdef.part";
    let path = format!("/{leftover}");
    site.write("f", b"f");
    for place in [
        Placement::Whole,
        Placement::At(0),
        Placement::Append,
        Placement::Unique,
    ] {
        assert_eq!(site.open(&path, place).err(), Some(Denied::BadName));
    }
    assert_eq!(site.rename("/f", &path), Err(Denied::BadName));
    site.write(leftover, b"somebody's");
    assert_eq!(site.retrieve(&path), Err(Denied::NotFound));
    assert_eq!(site.kind(&path), Err(Denied::NotFound));
    assert_eq!(site.delete(&path), Err(Denied::NotFound));
    assert_eq!(site.rename(&path, "/g"), Err(Denied::NotFound));
    assert_eq!(site.list("/").map(|all| all.len()), Ok(1));
}

#[test]
fn a_listing_tells_what_is_known() {
    let site = Site::new();
    site.write("a file", b"12345");
    fs::hard_link(site.root().join("a file"), site.root().join("b")).expect("a second name");
    fs::create_dir(site.root().join("c")).expect("a directory");
    site.link("a file", "d");
    let all = site.list("/").expect("it is listed");
    let names: Vec<&[u8]> = all.iter().map(|entry| entry.name()).collect();
    assert_eq!(names, [&b"a file"[..], b"b", b"c", b"d"]);
    let kinds: Vec<Kind> = all.iter().map(|entry| entry.kind()).collect();
    assert_eq!(kinds, [Kind::File, Kind::File, Kind::Directory, Kind::Link]);
    let file = &all[0];
    assert_eq!(file.size(), Some(5));
    assert_eq!(file.links(), Some(2));
    assert!(file.modified().is_some() && file.mode().is_some() && file.owner().is_some());
    assert_eq!(file.unique(), all[1].unique());
    assert_ne!(file.unique(), all[2].unique());
    assert_eq!(all[3].target(), Some(&b"a file"[..]));
    let one = site.list("/a file").expect("a file is listed as itself");
    assert_eq!(one.len(), 1);
    assert_eq!(one[0], all[0]);
    assert_eq!(site.list("/none"), Err(Denied::NotFound));
}

#[test]
fn a_listing_is_read_piece_by_piece() {
    let site = Site::new();
    for number in 0..2_000 {
        site.write(&format!("file-with-a-rather-long-name-{number}"), b"");
    }
    assert_eq!(site.list("/").map(|all| all.len()), Ok(2_000));
}

#[test]
fn the_time_of_modification_can_be_set() {
    let site = Site::new();
    site.write("f", b"");
    let time = DateTime::from_unix(1_000_000_000).expect("a date");
    let change = Change::SetModified(at("/f"), time);
    assert_eq!(now(site.files.change(change)), Ok(()));
    let metadata = now(site.files.metadata(&at("/f"))).expect("it is there");
    assert_eq!(metadata.modified, Some(Modified::utc(time)));
}

#[test]
fn the_owner_of_number_0_has_a_name_where_the_system_names_it() {
    let owners = super::entries::Owners::default();
    let named = fs::read_to_string("/etc/passwd")
        .ok()
        .and_then(|text| {
            text.lines().find_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next()?;
                (fields.nth(1)? == "0").then(|| name.to_owned())
            })
        })
        .unwrap_or_else(|| "0".to_owned());
    assert_eq!(owners.user(0), named.as_bytes());
    assert_eq!(
        owners.user(u32::MAX - 7),
        (u32::MAX - 7).to_string().as_bytes()
    );
}
