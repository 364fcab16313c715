//! The application of a server: one directory as its storage.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Seek, SeekFrom};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::listing::{self, Entry, Kind, ListingStyle, Metadata};
use ftp_proto::server::{
    Change, Credentials, Denied, Grant, Opened, Permissions, Placement, Request, ServerEvent,
    ServerSession,
};
use ftp_proto::{DateTime, Modified, OpId};

use super::{Application, Object};

/// The storage beneath one directory, for one session.
pub struct Server {
    root: PathBuf,
    user: Option<(String, String)>,
    /// What the last question opened.
    opened: Option<(OpId, Box<dyn Object>)>,
}

impl Server {
    /// Serves `root` to one user, or to `anonymous` if none is named.
    pub fn new(root: &Path, user: Option<(&str, &str)>) -> Self {
        Self {
            root: root.into(),
            user: user.map(|(name, password)| (name.into(), password.into())),
            opened: None,
        }
    }

    fn authenticate(&self, credentials: &Credentials) -> Result<Grant, Denied> {
        let name = credentials.user.as_bytes();
        let is_good = match &self.user {
            Some((user, password)) => {
                name == user.as_bytes()
                    && credentials.password.expose().as_ref() == password.as_bytes()
            }
            None => name == b"anonymous" || name == b"ftp",
        };
        let grant = Grant {
            permissions: Permissions::READ_WRITE,
            home: VirtualPath::root(),
        };
        is_good.then_some(grant).ok_or(Denied::BadCredentials)
    }

    /// The place of a path beneath the root. No component on the way or at the end may be a
    /// symbolic link, which could lead elsewhere.
    fn place(&self, path: &VirtualPath) -> Result<PathBuf, Denied> {
        let mut place = self.root.clone();
        for component in path.components() {
            place.push(OsStr::from_bytes(component));
            match fs::symlink_metadata(&place) {
                Ok(found) if found.is_symlink() => return Err(Denied::NotPermitted),
                _ => {}
            }
        }
        Ok(place)
    }

    fn entry(&self, path: &VirtualPath) -> Result<Entry, Denied> {
        let found = fs::symlink_metadata(self.place(path)?).map_err(denied)?;
        Ok(entry(path.name().unwrap_or(b"/"), &found))
    }

    fn open_read(&self, path: &VirtualPath, offset: u64) -> Result<(File, Opened), Denied> {
        let mut file = File::open(self.place(path)?).map_err(denied)?;
        let found = file.metadata().map_err(denied)?;
        if found.is_dir() {
            return Err(Denied::IsDirectory);
        }
        let size = found.len().checked_sub(offset).ok_or(Denied::BadOffset)?;
        file.seek(SeekFrom::Start(offset)).map_err(denied)?;
        let size = Some(size);
        Ok((file, Opened { size, name: None }))
    }

    fn open_write(&self, path: &VirtualPath, placement: Placement) -> Result<File, Denied> {
        let mut options = OpenOptions::new();
        let options = match placement {
            Placement::Whole => options.write(true).create(true).truncate(true),
            Placement::At(_) => options.write(true),
            Placement::Append => options.append(true).create(true),
            Placement::Unique => return Err(Denied::Unsupported),
        };
        let mut file = options.open(self.place(path)?).map_err(denied)?;
        if let Placement::At(offset) = placement {
            if offset > file.metadata().map_err(denied)?.len() {
                return Err(Denied::BadOffset);
            }
            file.seek(SeekFrom::Start(offset)).map_err(denied)?;
        }
        Ok(file)
    }

    fn list(&self, path: &VirtualPath, style: ListingStyle) -> Result<Vec<u8>, Denied> {
        let place = self.place(path)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = i64::try_from(now.map_or(0, |now| now.as_secs())).unwrap_or(0);
        let now = DateTime::from_unix(now).ok_or(Denied::Failed)?;
        let mut lines = Vec::new();
        if !place.is_dir() {
            listing::write(style, &self.entry(path)?, now, &mut lines);
            return Ok(lines);
        }
        for found in fs::read_dir(place).map_err(denied)? {
            let found = found.map_err(denied)?;
            // One that is gone by now is left out.
            if let Ok(metadata) = found.metadata() {
                let entry = entry(&found.file_name().into_vec(), &metadata);
                listing::write(style, &entry, now, &mut lines);
            }
        }
        Ok(lines)
    }

    fn change(&self, change: &Change) -> Result<(), Denied> {
        let done = match change {
            Change::Delete(path) => fs::remove_file(self.place(path)?),
            Change::RemoveDirectory(path) => fs::remove_dir(self.place(path)?),
            Change::MakeDirectory(path) => fs::create_dir(self.place(path)?),
            Change::Rename { from, to } => fs::rename(self.place(from)?, self.place(to)?),
            _ => return Err(Denied::Unsupported),
        };
        done.map_err(denied)
    }

    fn keep<T: Object + 'static>(&mut self, op: OpId, object: T) {
        self.opened = Some((op, Box::new(object)));
    }
}

impl Application for Server {
    type Session = ServerSession;

    fn tell(&mut self, session: &mut ServerSession, event: ServerEvent) {
        let request = match event {
            ServerEvent::Request(request) => request,
            ServerEvent::Cancel(op) => {
                self.opened.take_if(|(opened, _)| *opened == op);
                return;
            }
            _ => return,
        };
        match request {
            Request::Authenticate(ask, credentials) => {
                session.answer(ask, self.authenticate(&credentials));
            }
            Request::Metadata(ask, path) => session.answer(ask, self.entry(&path)),
            Request::OpenRead(ask, path, offset) => {
                let result = self.open_read(&path, offset);
                let result = result.map(|(file, opened)| {
                    self.keep(ask.id(), file);
                    opened
                });
                session.answer(ask, result);
            }
            Request::OpenWrite(ask, path, placement) => {
                let result = self.open_write(&path, placement);
                let result = result.map(|file| {
                    self.keep(ask.id(), file);
                    Opened::default()
                });
                session.answer(ask, result);
            }
            Request::OpenList(ask, path, style) => {
                let result = self.list(&path, style).map(|lines| {
                    self.keep(ask.id(), Cursor::new(lines));
                    Opened::default()
                });
                session.answer(ask, result);
            }
            // The file was written in place, whole or not.
            Request::Finish(ask, _) => session.answer(ask, Ok(())),
            Request::Change(ask, change) => session.answer(ask, self.change(&change)),
            _ => {}
        }
    }

    fn object(&mut self, op: OpId) -> Option<Box<dyn Object>> {
        let (_, object) = self.opened.take_if(|(opened, _)| *opened == op)?;
        Some(object)
    }
}

fn entry(name: &[u8], found: &fs::Metadata) -> Entry {
    let modified = found.modified().ok().and_then(|at| {
        let seconds = at.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let at = DateTime::from_unix(i64::try_from(seconds).ok()?)?;
        Some(Modified::utc(at))
    });
    let metadata = Metadata {
        kind: match found.file_type() {
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_file() => Kind::File,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::Other,
        },
        size: found.is_file().then_some(found.len()),
        modified,
        ..Metadata::default()
    };
    Entry::new(name, &metadata)
}

fn denied(error: io::Error) -> Denied {
    match error.kind() {
        io::ErrorKind::NotFound => Denied::NotFound,
        io::ErrorKind::PermissionDenied => Denied::NotPermitted,
        io::ErrorKind::AlreadyExists => Denied::Exists,
        io::ErrorKind::NotADirectory => Denied::NotDirectory,
        io::ErrorKind::IsADirectory => Denied::IsDirectory,
        io::ErrorKind::DirectoryNotEmpty => Denied::NotEmpty,
        io::ErrorKind::StorageFull => Denied::NoSpace,
        io::ErrorKind::QuotaExceeded => Denied::QuotaExceeded,
        _ => Denied::Failed,
    }
}
